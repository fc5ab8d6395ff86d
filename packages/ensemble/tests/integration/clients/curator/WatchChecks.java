import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache.StartMode;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.WatcherType;

/** Watches of every mode, and the caches that stand on them. */
final class WatchChecks {
    private WatchChecks() {}

    static void register() {
        Suite.check("watches of exists, data and children fire once", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            Seen<String> seen = new Seen<>();
            Watcher watcher = event -> seen.add(event.getType() + " " + event.getPath());
            String root = context.root;
            client.checkExists().usingWatcher(watcher).forPath(root);
            other.create().forPath(root);
            Context.equal(seen.await(1), List.of("NodeCreated " + root));
            client.getData().usingWatcher(watcher).forPath(root);
            other.setData().forPath(root);
            other.setData().forPath(root);
            Context.equal(seen.await(2).get(1), "NodeDataChanged " + root);
            client.getChildren().usingWatcher(watcher).forPath(root);
            other.create().forPath(root + "/a");
            Context.equal(seen.await(3).get(2), "NodeChildrenChanged " + root);
            client.checkExists().usingWatcher(watcher).forPath(root + "/a");
            other.delete().forPath(root + "/a");
            Context.equal(seen.await(4).subList(3, 4), List.of("NodeDeleted " + root + "/a"));
        });

        Suite.check("persistent and persistent recursive watches go on until they are removed", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            String root = context.root;
            Seen<String> plain = new Seen<>();
            Seen<String> recursive = new Seen<>();
            Watcher plainWatcher = event -> plain.add(event.getType() + " " + event.getPath());
            Watcher recursiveWatcher = event -> recursive.add(event.getType() + " " + event.getPath());
            client.watchers().add().withMode(AddWatchMode.PERSISTENT).usingWatcher(plainWatcher).forPath(root + "/p");
            client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(recursiveWatcher)
                    .forPath(root + "/r");
            other.create().creatingParentsIfNeeded().forPath(root + "/p/a");
            other.setData().forPath(root + "/p");
            other.create().creatingParentsIfNeeded().forPath(root + "/r/a/b");
            other.setData().forPath(root + "/r/a/b");
            other.delete().forPath(root + "/r/a/b");
            Context.equal(plain.await(3), List.of(
                    "NodeCreated " + root + "/p", "NodeChildrenChanged " + root + "/p", "NodeDataChanged " + root + "/p"));
            Context.equal(recursive.await(5), List.of(
                    "NodeCreated " + root + "/r", "NodeCreated " + root + "/r/a", "NodeCreated " + root + "/r/a/b",
                    "NodeDataChanged " + root + "/r/a/b", "NodeDeleted " + root + "/r/a/b"));
            client.watchers().remove(recursiveWatcher).ofType(WatcherType.Any).forPath(root + "/r");
            client.watchers().remove(plainWatcher).ofType(WatcherType.Any).forPath(root + "/p");
            int before = recursive.await(5).size();
            other.setData().forPath(root + "/r");
            client.sync().forPath(root);
            // What Curator says of a removal is the only event after it.
            Context.yes(recursive.await(0).stream().skip(before - 1).noneMatch(("NodeDataChanged " + root + "/r")::equals),
                    "a removed watch is silent");
        });

        Suite.check("PersistentWatcher: recursive, and again after the loss of its server", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            Seen<String> seen = new Seen<>();
            PersistentWatcher watcher = context.later(new PersistentWatcher(client, context.root, true));
            watcher.getListenable().addListener(event -> seen.add(event.getType() + " " + event.getPath()));
            Seen<String> resets = new Seen<>();
            watcher.getResetListenable().addListener(() -> resets.add("reset"));
            watcher.start();
            resets.await(1);
            other.create().forPath(context.root);
            seen.awaitItem("NodeCreated " + context.root);
            int port = Context.portOf(client);
            context.kill(port);
            Context.equal(resets.await(2), List.of("reset", "reset"));
            other.create().forPath(context.root + "/a");
            seen.awaitItem("NodeCreated " + context.root + "/a");
            context.restore(port);
        });

        Suite.check("CuratorCache: what is there, what is created, changed and deleted, at any depth", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            String root = context.root;
            other.create().creatingParentsIfNeeded().forPath(root + "/a", Context.bytes("1"));
            client.sync().forPath(root);
            Seen<String> seen = new Seen<>();
            CuratorCache cache = context.later(CuratorCache.build(client, root));
            cache.listenable().addListener(CuratorCacheListener.builder()
                    .forInitialized(() -> seen.add("initialized"))
                    .forCreates(node -> seen.add("created " + node.getPath()))
                    .forChanges((old, node) -> seen.add("changed " + node.getPath() + " " + Context.text(old.getData())
                            + " " + Context.text(node.getData())))
                    .forDeletes(node -> seen.add("deleted " + node.getPath()))
                    .build());
            cache.start();
            seen.awaitItem("initialized");
            Context.equal(seen.await(3).stream().sorted().toList(),
                    List.of("created " + root, "created " + root + "/a", "initialized"));
            other.create().forPath(root + "/a/b", Context.bytes("2"));
            Context.equal(seen.await(4).get(3), "created " + root + "/a/b");
            other.setData().forPath(root + "/a/b", Context.bytes("3"));
            Context.equal(seen.await(5).get(4), "changed " + root + "/a/b 2 3");
            Context.equal(Context.text(cache.get(root + "/a/b").orElseThrow().getData()), "3");
            other.delete().forPath(root + "/a/b");
            Context.equal(seen.await(6).get(5), "deleted " + root + "/a/b");
            Context.equal(cache.size(), 2);
        });

        Suite.check("CuratorCache: is right again after the loss of its server", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            other.create().creatingParentsIfNeeded().forPath(context.root + "/gone");
            other.create().forPath(context.root + "/kept", Context.bytes("old"));
            client.sync().forPath(context.root);
            Seen<String> seen = new Seen<>();
            CuratorCache cache = context.later(CuratorCache.build(client, context.root));
            cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(() -> seen.add("ready")).build());
            cache.start();
            seen.await(1);
            int port = Context.portOf(client);
            context.kill(port);
            other.delete().forPath(context.root + "/gone");
            other.setData().forPath(context.root + "/kept", Context.bytes("new"));
            other.create().forPath(context.root + "/made");
            Context.until(
                    () -> cache.get(context.root + "/gone").isEmpty()
                            && cache.get(context.root + "/made").isPresent()
                            && "new".equals(Context.text(cache.get(context.root + "/kept").orElseThrow().getData())),
                    "the cache has caught up");
            context.restore(port);
        });

        Suite.check("CuratorCache of 3,000 nodes under load ends as the tree is", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            other.create().forPath(context.root);
            client.sync().forPath(context.root);
            CuratorCache cache = context.later(CuratorCache.build(client, context.root));
            cache.start();
            Seen<Integer> answered = new Seen<>();
            for (int number = 0; number < 3_000; number++) {
                other.create().inBackground((source, event) -> answered.add(event.getResultCode()))
                        .forPath(context.root + "/" + number, Context.bytes("first"));
            }
            for (int number = 0; number < 3_000; number += 2) {
                other.setData().inBackground((source, event) -> answered.add(event.getResultCode()))
                        .forPath(context.root + "/" + number, Context.bytes("second"));
            }
            for (int number = 0; number < 3_000; number += 3) {
                other.delete().inBackground((source, event) -> answered.add(event.getResultCode()))
                        .forPath(context.root + "/" + number);
            }
            Context.equal(answered.await(5_500).stream().distinct().toList(), List.of(0));
            Context.until(() -> cache.size() == 2_001
                    && cache.stream().filter(node -> "second".equals(Context.text(node.getData()))).count() == 1_000,
                    "the cache is as the tree");
        });

        Suite.check("NodeCache, PathChildrenCache and TreeCache", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            String root = context.root;
            other.create().forPath(root, Context.bytes("0"));
            client.sync().forPath(root);
            Seen<String> seen = new Seen<>();
            NodeCache node = context.later(new NodeCache(client, root));
            node.getListenable().addListener(() -> seen.add("node " + Context.text(node.getCurrentData().getData())));
            node.start(true);
            PathChildrenCache children = context.later(new PathChildrenCache(client, root, true));
            children.getListenable().addListener((source, event) -> {
                if (event.getData() != null) seen.add(event.getType() + " " + event.getData().getPath());
            });
            children.start(StartMode.POST_INITIALIZED_EVENT);
            TreeCache tree = context.later(new TreeCache(client, root));
            tree.getListenable().addListener((source, event) ->
                    seen.add("tree " + event.getType() + (event.getData() == null ? "" : " " + event.getData().getPath())));
            tree.start();
            seen.awaitItem("tree INITIALIZED");
            other.setData().forPath(root, Context.bytes("1"));
            seen.awaitItem("node 1");
            seen.awaitItem("tree NODE_UPDATED " + root);
            other.create().forPath(root + "/a");
            seen.awaitItem("CHILD_ADDED " + root + "/a");
            seen.awaitItem("tree NODE_ADDED " + root + "/a");
            other.setData().forPath(root + "/a", Context.bytes("x"));
            seen.awaitItem("CHILD_UPDATED " + root + "/a");
            other.delete().forPath(root + "/a");
            seen.awaitItem("CHILD_REMOVED " + root + "/a");
            seen.awaitItem("tree NODE_REMOVED " + root + "/a");
        });
    }
}
