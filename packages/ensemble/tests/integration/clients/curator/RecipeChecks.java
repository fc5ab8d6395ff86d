import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.CreateMode;

/** Queues, barriers, counters, groups, and nodes that come back. */
final class RecipeChecks {
    private RecipeChecks() {}

    static void register() {
        Suite.check("DistributedQueue: every item once, in order, also with a lock", context -> {
            CuratorFramework producer = context.client();
            CuratorFramework consumer = context.client();
            for (boolean safe : List.of(false, true)) {
                String path = context.root + "/queue-" + safe;
                Seen<String> seen = new Seen<>();
                QueueBuilder<String> sink = QueueBuilder.builder(consumer, listener(seen), TEXT, path);
                DistributedQueue<String> queue = context.later(
                        (safe ? sink.lockPath(path + "-locks") : sink.maxItems(1000)).buildQueue());
                queue.start();
                DistributedQueue<String> source =
                        context.later(QueueBuilder.<String>builder(producer, null, TEXT, path).buildQueue());
                source.start();
                List<String> items = IntStream.range(0, 50).mapToObj(number -> "item " + number).toList();
                for (String item : items) source.put(item);
                Context.equal(seen.await(50), items);
            }
        });

        Suite.check("DistributedPriorityQueue, DistributedIdQueue, DistributedDelayQueue, SimpleDistributedQueue", context -> {
            CuratorFramework client = context.client();
            // Without a consumer items stay in their order until they are taken.
            DistributedPriorityQueue<String> source = context.later(
                    QueueBuilder.<String>builder(client, null, TEXT, context.root + "/p").buildPriorityQueue(0));
            source.start();
            for (int priority : List.of(3, 1, 2)) source.put("priority " + priority, priority);
            Seen<String> seen = new Seen<>();
            DistributedPriorityQueue<String> sink = context.later(
                    QueueBuilder.builder(client, listener(seen), TEXT, context.root + "/p").buildPriorityQueue(0));
            Context.until(() -> client.getChildren().forPath(context.root + "/p").size() == 3, "the items are there");
            sink.start();
            Context.equal(seen.await(3), List.of("priority 1", "priority 2", "priority 3"));
            Seen<String> taken = new Seen<>();
            DistributedIdQueue<String> ids = context.later(
                    QueueBuilder.<String>builder(client, null, TEXT, context.root + "/i").buildIdQueue());
            ids.start();
            ids.put("kept", "one");
            ids.put("removed", "two");
            ids.flushPuts(Context.WAIT_SECONDS, TimeUnit.SECONDS);
            Context.equal(ids.remove("two"), 1);
            DistributedIdQueue<String> idSink = context.later(
                    QueueBuilder.builder(client, listener(taken), TEXT, context.root + "/i").buildIdQueue());
            idSink.start();
            Context.equal(taken.await(1), List.of("kept"));
            Seen<String> late = new Seen<>();
            DistributedDelayQueue<String> delayed = context.later(
                    QueueBuilder.builder(client, listener(late), TEXT, context.root + "/d").buildDelayQueue());
            delayed.start();
            long now = System.currentTimeMillis();
            delayed.put("second", now + 400);
            delayed.put("first", now + 200);
            Context.equal(late.await(2), List.of("first", "second"));
            Context.yes(System.currentTimeMillis() >= now + 400, "the items were held back");
            SimpleDistributedQueue simple = new SimpleDistributedQueue(client, context.root + "/s");
            FutureTask<byte[]> waiting = Context.fork(simple::take);
            simple.offer(Context.bytes("simple"));
            Context.equal(Context.text(waiting.get(Context.WAIT_SECONDS, TimeUnit.SECONDS)), "simple");
            Context.equal(simple.poll(), null);
        });

        Suite.check("DistributedBarrier and DistributedDoubleBarrier", context -> {
            List<CuratorFramework> clients = context.clients(3);
            DistributedBarrier barrier = new DistributedBarrier(clients.get(0), context.root + "/b");
            barrier.setBarrier();
            clients.get(1).sync().forPath(context.root);
            DistributedBarrier others = new DistributedBarrier(clients.get(1), context.root + "/b");
            Context.yes(!others.waitOnBarrier(200, TimeUnit.MILLISECONDS), "the barrier is there");
            FutureTask<Boolean> waiting = Context.fork(() -> others.waitOnBarrier(20, TimeUnit.SECONDS));
            barrier.removeBarrier();
            Context.equal(waiting.get(), true);
            List<FutureTask<String>> walkers = new ArrayList<>();
            Seen<String> entered = new Seen<>();
            for (CuratorFramework client : clients) {
                walkers.add(Context.fork(() -> {
                    DistributedDoubleBarrier door = new DistributedDoubleBarrier(client, context.root + "/d", 3);
                    Context.yes(door.enter(20, TimeUnit.SECONDS), "all enter");
                    entered.add("entered");
                    entered.await(3);
                    Context.yes(door.leave(20, TimeUnit.SECONDS), "all leave");
                    return "left";
                }));
                if (walkers.size() < 3) Context.equal(entered.await(0).size(), 0);
            }
            for (FutureTask<String> walker : walkers) Context.equal(walker.get(30, TimeUnit.SECONDS), "left");
        });

        Suite.check("DistributedAtomicLong and SharedCount", context -> {
            List<CuratorFramework> clients = context.clients(3);
            List<FutureTask<Integer>> adders = new ArrayList<>();
            for (CuratorFramework client : clients) {
                DistributedAtomicLong number =
                        new DistributedAtomicLong(client, context.root + "/n", new RetryNTimes(1_000, 2));
                adders.add(Context.fork(() -> {
                    int added = 0;
                    for (int turn = 0; turn < 20; turn++) if (number.increment().succeeded()) added++;
                    return added;
                }));
            }
            for (FutureTask<Integer> adder : adders) Context.equal(adder.get(30, TimeUnit.SECONDS), 20);
            clients.get(0).sync().forPath(context.root);
            DistributedAtomicLong number =
                    new DistributedAtomicLong(clients.get(0), context.root + "/n", new RetryNTimes(10, 2));
            Context.equal(number.get().postValue(), 60L);
            SharedCount count = context.later(new SharedCount(clients.get(0), context.root + "/c", 7));
            SharedCount others = context.later(new SharedCount(clients.get(1), context.root + "/c", 7));
            Seen<Integer> seen = new Seen<>();
            others.addListener(new SharedCountListener() {
                @Override
                public void countHasChanged(SharedCountReader source, int value) {
                    seen.add(value);
                }

                @Override
                public void stateChanged(CuratorFramework source, ConnectionState state) {}
            });
            count.start();
            others.start();
            Context.equal(others.getCount(), 7);
            count.setCount(8);
            Context.equal(seen.await(1), List.of(8));
            Context.yes(count.trySetCount(count.getVersionedValue(), 9), "nobody else has set it");
            Context.equal(seen.await(2), List.of(8, 9));
        });

        Suite.check("GroupMember: the members see who comes and who goes", context -> {
            List<CuratorFramework> clients = context.clients(2);
            GroupMember ann = context.later(new GroupMember(clients.get(0), context.root, "ann", Context.bytes("A")));
            GroupMember bob = context.later(new GroupMember(clients.get(1), context.root, "bob", Context.bytes("B")));
            ann.start();
            bob.start();
            Context.until(() -> ann.getCurrentMembers().size() == 2 && bob.getCurrentMembers().size() == 2, "both are in");
            Context.equal(Context.text(ann.getCurrentMembers().get("bob")), "B");
            clients.get(1).close();
            Context.until(() -> ann.getCurrentMembers().size() == 1, "bob has gone");
        });

        Suite.check("PersistentNode: comes back when it is deleted and when its session is killed", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            PersistentNode node = context.later(new PersistentNode(
                    client, CreateMode.EPHEMERAL, false, context.root + "/node", Context.bytes("me"), true));
            node.start();
            Context.yes(node.waitForInitialCreate(Context.WAIT_SECONDS, TimeUnit.SECONDS), "the node is made");
            String path = context.root + "/node";
            long session = client.getZookeeperClient().getZooKeeper().getSessionId();
            other.sync().forPath(path);
            Context.equal(other.checkExists().forPath(path).getEphemeralOwner(), session);
            long czxid = other.checkExists().forPath(path).getCzxid();
            other.delete().forPath(path);
            Context.until(() -> other.checkExists().forPath(path) != null
                    && other.checkExists().forPath(path).getCzxid() != czxid, "the node is back");
            context.killSession(client);
            Context.until(() -> {
                var stat = other.checkExists().forPath(path);
                return stat != null && stat.getEphemeralOwner() != session;
            }, "the node belongs to the next session");
            Context.equal(Context.text(other.getData().forPath(path)), "me");
            node.setData(Context.bytes("you"));
            Context.until(() -> "you".equals(Context.text(other.getData().forPath(path))), "the data follows");
        });

        Suite.check("PersistentTtlNode: lives as long as it is touched, and dies afterwards", context -> {
            CuratorFramework client = context.client();
            PersistentTtlNode node =
                    context.later(new PersistentTtlNode(client, context.root, 1_000, Context.bytes("x")));
            node.start();
            Context.yes(node.waitForInitialCreate(Context.WAIT_SECONDS, TimeUnit.SECONDS), "the node is made");
            // The child is made again and again, so the parent outlives its own time to live by far.
            Seen<String> children = new Seen<>();
            long first = client.checkExists().forPath(context.root).getCzxid();
            Context.until(() -> {
                var stat = client.checkExists().forPath(context.root + "/touch");
                if (stat != null) children.add(stat.getCzxid() + " " + stat.getVersion());
                return children.await(0).stream().distinct().count() >= 3;
            }, "the child is touched");
            Context.equal(client.checkExists().forPath(context.root).getCzxid(), first);
            node.close();
            Context.until(() -> client.checkExists().forPath(context.root) == null, "the node has lived its time");
        });
    }

    private static final QueueSerializer<String> TEXT = new QueueSerializer<>() {
        @Override
        public byte[] serialize(String item) {
            return Context.bytes(item);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return Context.text(bytes);
        }
    };

    private static QueueConsumer<String> listener(Seen<String> seen) {
        return new QueueConsumer<>() {
            @Override
            public void consumeMessage(String message) {
                seen.add(message);
            }

            @Override
            public void stateChanged(CuratorFramework source, ConnectionState state) {}
        };
    }
}
