import java.util.List;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.ACLProvider;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** Curator's own operations: nodes of every kind, transactions, background calls, ACLs, namespaces. */
final class OperationChecks {
    private OperationChecks() {}

    static void register() {
        Suite.check("create in every mode, get, set, exists, children and delete with their errors", context -> {
            CuratorFramework client = context.client();
            String root = context.root;
            Context.equal(client.create().forPath(root, Context.bytes("zero")), root);
            Context.fails(Code.NODEEXISTS, () -> client.create().forPath(root));
            Context.fails(Code.NONODE, () -> client.create().forPath(root + "/a/b"));
            Context.equal(client.create().creatingParentsIfNeeded().forPath(root + "/a/b"), root + "/a/b");
            Context.equal(create(client, CreateMode.PERSISTENT_SEQUENTIAL, root + "/s-"), root + "/s-0000000001");
            Context.equal(create(client, CreateMode.EPHEMERAL_SEQUENTIAL, root + "/e-"), root + "/e-0000000002");
            Stat stat = new Stat();
            client.create().storingStatIn(stat).withMode(CreateMode.EPHEMERAL).forPath(root + "/e", Context.bytes("e"));
            Context.equal(stat.getEphemeralOwner(), client.getZookeeperClient().getZooKeeper().getSessionId());
            Context.equal(stat, client.checkExists().forPath(root + "/e"));
            Context.fails(Code.NOCHILDRENFOREPHEMERALS, () -> client.create().forPath(root + "/e/x"));
            Context.equal(client.setData().withVersion(0).forPath(root, Context.bytes("one")).getVersion(), 1);
            Context.fails(Code.BADVERSION, () -> client.setData().withVersion(0).forPath(root));
            Context.equal(Context.text(client.getData().storingStatIn(stat).forPath(root)), "one");
            Context.equal(List.of(stat.getVersion(), stat.getNumChildren()), List.of(1, 4));
            Context.equal(client.checkExists().forPath(root + "/missing"), null);
            Context.equal(
                    client.getChildren().forPath(root).stream().sorted().toList(),
                    List.of("a", "e", "e-0000000002", "s-0000000001"));
            Context.fails(Code.NOTEMPTY, () -> client.delete().forPath(root));
            Context.fails(Code.BADVERSION, () -> client.delete().withVersion(7).forPath(root + "/a/b"));
            client.delete().guaranteed().deletingChildrenIfNeeded().forPath(root);
            Context.fails(Code.NONODE, () -> client.getData().forPath(root));
        });

        Suite.check("create with protection, or setting data, or idempotent; quiet delete", context -> {
            CuratorFramework client = context.client();
            String path = client.create().creatingParentsIfNeeded().withProtection()
                    .withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(context.root + "/p-");
            Context.yes(path.matches(context.root + "/_c_[0-9a-f-]{36}-p-0000000000"), path);
            client.create().orSetData().forPath(context.root + "/a", Context.bytes("one"));
            client.create().orSetData().forPath(context.root + "/a", Context.bytes("two"));
            Context.equal(Context.text(client.getData().forPath(context.root + "/a")), "two");
            for (int time = 0; time < 2; time++) {
                client.create().idempotent().forPath(context.root + "/b", Context.bytes("one"));
            }
            for (int time = 0; time < 2; time++) {
                client.setData().idempotent().withVersion(0).forPath(context.root + "/b", Context.bytes("two"));
            }
            client.delete().quietly().forPath(context.root + "/missing");
        });

        Suite.check("containers: made as parents, gone some time after their last child", context -> {
            CuratorFramework client = context.client();
            client.createContainers(context.root);
            client.create().creatingParentContainersIfNeeded().forPath(context.root + "/a/b");
            Context.equal(create(client, CreateMode.CONTAINER, context.root + "/c"), context.root + "/c");
            Context.equal(client.checkExists().forPath(context.root + "/a").getEphemeralOwner(), 0L);
            client.delete().forPath(context.root + "/a/b");
            Context.until(() -> client.checkExists().forPath(context.root + "/a") == null, "the container is gone");
            // One that never had a child stays.
            Context.yes(client.checkExists().forPath(context.root + "/c") != null, "the unused container is there");
        });

        Suite.check("time to live: gone when it has passed, kept by a child and by setting data", context -> {
            CuratorFramework client = context.client();
            String root = context.root;
            client.create().withTtl(600_000).withMode(CreateMode.PERSISTENT_WITH_TTL).forPath(root);
            String path = client.create().withTtl(300).withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL)
                    .forPath(root + "/s-");
            Context.equal(path, root + "/s-0000000000");
            client.create().withTtl(300).withMode(CreateMode.PERSISTENT_WITH_TTL).forPath(root + "/parent");
            client.create().forPath(root + "/parent/child");
            Context.equal(client.checkExists().forPath(path).getEphemeralOwner(), 0L);
            Context.until(() -> client.checkExists().forPath(path) == null, "the node has lived its time");
            Context.yes(client.checkExists().forPath(root + "/parent") != null, "a parent outlives its time");
            client.delete().forPath(root + "/parent/child");
            Context.until(() -> client.checkExists().forPath(root + "/parent") == null, "the parent is gone");
        });

        Suite.check("transactions: all or nothing, with the result of each operation", context -> {
            CuratorFramework client = context.client();
            String root = context.root;
            client.create().forPath(root, Context.bytes("old"));
            List<CuratorTransactionResult> results = client.transaction().forOperations(
                    client.transactionOp().create().forPath(root + "/a", Context.bytes("a")),
                    client.transactionOp().create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(root + "/s-"),
                    client.transactionOp().setData().withVersion(0).forPath(root, Context.bytes("new")),
                    client.transactionOp().check().withVersion(1).forPath(root),
                    client.transactionOp().delete().forPath(root + "/a"));
            Context.equal(results.stream().map(CuratorTransactionResult::getType).toList(), List.of(
                    OperationType.CREATE, OperationType.CREATE, OperationType.SET_DATA, OperationType.CHECK,
                    OperationType.DELETE));
            Context.equal(results.get(1).getResultPath(), root + "/s-0000000001");
            Context.equal(results.get(2).getResultStat().getVersion(), 1);
            try {
                client.transaction().forOperations(
                        client.transactionOp().create().forPath(root + "/b"),
                        client.transactionOp().check().withVersion(7).forPath(root),
                        client.transactionOp().delete().forPath(root + "/s-0000000001"));
                throw new AssertionError("the transaction succeeded");
            } catch (KeeperException error) {
                Context.equal(error.code(), Code.BADVERSION);
                Context.equal(
                        error.getResults().stream()
                                .map(result -> ((org.apache.zookeeper.OpResult.ErrorResult) result).getErr())
                                .toList(),
                        List.of(0, Code.BADVERSION.intValue(), Code.RUNTIMEINCONSISTENCY.intValue()));
            }
            Context.equal(client.getChildren().forPath(root), List.of("s-0000000001"));
            Context.equal(Context.text(client.getData().forPath(root)), "new");
        });

        Suite.check("calls in the background are answered in order, with their results and errors", context -> {
            CuratorFramework client = context.client();
            client.create().forPath(context.root);
            Seen<CuratorEvent> seen = new Seen<>();
            for (int number = 0; number < 100; number++) {
                client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL)
                        .inBackground((source, event) -> seen.add(event)).forPath(context.root + "/n-");
            }
            List<CuratorEvent> events = seen.await(100);
            Context.equal(
                    events.stream().map(CuratorEvent::getName).toList(),
                    IntStream.range(0, 100).mapToObj(n -> String.format("%s/n-%010d", context.root, n)).toList());
            Seen<String> answers = new Seen<>();
            Context.Action[] calls = {
                () -> client.getChildren().inBackground((c, e) -> answers.add("" + e.getChildren().size()))
                        .forPath(context.root),
                () -> client.setData().inBackground((c, e) -> answers.add("" + e.getStat().getVersion()))
                        .forPath(context.root, Context.bytes("x")),
                () -> client.getData().inBackground((c, e) -> answers.add(Context.text(e.getData())))
                        .forPath(context.root),
                () -> client.checkExists().inBackground((c, e) -> answers.add("" + e.getResultCode()))
                        .forPath(context.root + "/missing"),
                () -> client.delete().inBackground((c, e) -> answers.add("" + e.getResultCode()))
                        .forPath(context.root),
                () -> client.sync().inBackground((c, e) -> answers.add(e.getPath())).forPath(context.root),
                () -> client.getACL().inBackground((c, e) -> answers.add("" + e.getACLList().size()))
                        .forPath(context.root),
                () -> client.transaction().inBackground((c, e) -> answers.add("" + e.getOpResults().size()))
                        .forOperations(client.transactionOp().check().forPath(context.root)),
            };
            for (Context.Action call : calls) call.run();
            Context.equal(answers.await(calls.length), List.of("100", "1", "x", "-101", "-111", context.root, "1", "1"));
        });

        Suite.check("ACLs: digest and auth, a provider, versions, a stranger, ip", context -> {
            List<ACL> creator = Ids.CREATOR_ALL_ACL;
            CuratorFramework owner = context.start(context.builder()
                    .authorization("digest", Context.bytes("ann:secret"))
                    .aclProvider(new ACLProvider() {
                        @Override
                        public List<ACL> getDefaultAcl() {
                            return creator;
                        }

                        @Override
                        public List<ACL> getAclForPath(String path) {
                            return creator;
                        }
                    }));
            CuratorFramework stranger = context.client();
            owner.create().creatingParentsIfNeeded().forPath(context.root + "/a", Context.bytes("mine"));
            List<ACL> acls = owner.getACL().forPath(context.root);
            Context.equal(acls.get(0).getId().getScheme(), "digest");
            Context.yes(acls.get(0).getId().getId().matches("ann:.{28}"), acls.toString());
            stranger.sync().forPath(context.root);
            Context.fails(Code.NOAUTH, () -> stranger.getData().forPath(context.root + "/a"));
            Context.fails(Code.NOAUTH, () -> stranger.create().forPath(context.root + "/b"));
            Context.fails(Code.NOAUTH, () -> stranger.delete().forPath(context.root + "/a"));
            Context.fails(Code.INVALIDACL, () -> stranger.create().withACL(creator).forPath(context.root + "-x"));
            List<ACL> local = List.of(
                    new ACL(Perms.ALL, new Id("auth", "")), new ACL(Perms.READ, new Id("ip", "127.0.0.0/8")));
            Context.equal(owner.setACL().withVersion(0).withACL(local).forPath(context.root + "/a").getAversion(), 1);
            Context.fails(Code.BADVERSION, () -> owner.setACL().withVersion(0).withACL(local).forPath(context.root + "/a"));
            stranger.sync().forPath(context.root);
            Context.equal(Context.text(stranger.getData().forPath(context.root + "/a")), "mine");
            Context.fails(Code.NOAUTH, () -> stranger.setData().forPath(context.root + "/a"));
        });

        Suite.check("a namespace and a chroot are in front of every path", context -> {
            CuratorFramework plain = context.client();
            String name = context.root.substring(1);
            CuratorFramework inside = context.start(context.builder().namespace(name));
            inside.create().forPath("/a", Context.bytes("x"));
            plain.sync().forPath(context.root);
            Context.equal(plain.getChildren().forPath(context.root), List.of("a"));
            CuratorFramework rooted = context.start(context.builder().connectString(context.hosts + context.root));
            rooted.sync().forPath("/a");
            Context.equal(Context.text(rooted.getData().forPath("/a")), "x");
            Seen<String> seen = new Seen<>();
            rooted.getData().usingWatcher((org.apache.zookeeper.Watcher) event -> seen.add(event.getPath())).forPath("/a");
            inside.setData().forPath("/a", Context.bytes("y"));
            Context.equal(seen.await(1), List.of("/a"));
        });

        Suite.check("names in UTF-8, long paths, a megabyte of data, no data", context -> {
            CuratorFramework client = context.client();
            byte[] data = new byte[1_000_000];
            for (int at = 0; at < data.length; at++) data[at] = (byte) at;
            String path = context.root + "/grüße-汉字";
            client.create().creatingParentsIfNeeded().forPath(path, data);
            Context.yes(java.util.Arrays.equals(client.getData().forPath(path), data), "the data is what was set");
            Context.equal(client.getChildren().forPath(context.root), List.of("grüße-汉字"));
            String deep = context.root + "/" + "n".repeat(20_000) + "/" + "m".repeat(20_000);
            Context.equal(client.create().creatingParentsIfNeeded().forPath(deep), deep);
            Context.yes(client.checkExists().forPath(deep) != null, "the long path is there");
            client.create().forPath(context.root + "/empty", new byte[0]);
            Context.equal(client.getData().forPath(context.root + "/empty").length, 0);
            client.create().forPath(context.root + "/null", null);
            Context.equal(client.getData().forPath(context.root + "/null"), null);
        });

        Suite.check("the configuration of the ensemble is told", context -> {
            CuratorFramework client = context.client();
            String config = Context.text(client.getConfig().forEnsemble());
            long servers = config.lines().filter(line -> line.startsWith("server.")).count();
            Context.equal(servers, (long) (context.standalone ? 0 : context.hosts.split(",").length));
            Context.yes(context.standalone || config.contains("version="), config);
        });
    }

    private static String create(CuratorFramework client, CreateMode mode, String path) throws Exception {
        return client.create().withMode(mode).forPath(path);
    }
}
