import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;

/** What becomes of a session when its server or it itself is killed. */
final class SessionChecks {
    private SessionChecks() {}

    static void register() {
        Suite.check("a killed server: the client is told, the session, ephemerals, watches and authentication go on", context -> {
            CuratorFramework client = context.start(
                    context.builder().authorization("digest", Context.bytes("ann:secret")));
            Seen<ConnectionState> states = new Seen<>();
            client.getConnectionStateListenable().addListener((source, state) -> states.add(state));
            long session = client.getZookeeperClient().getZooKeeper().getSessionId();
            client.create().forPath(context.root);
            client.create().withMode(CreateMode.EPHEMERAL).withACL(Ids.CREATOR_ALL_ACL).forPath(context.root + "/mine");
            Seen<String> seen = new Seen<>();
            Watcher watcher = event -> {
                if (event.getPath() != null) seen.add(event.getType() + " " + event.getPath());
            };
            client.getData().usingWatcher(watcher).forPath(context.root);
            client.checkExists().usingWatcher(watcher).forPath(context.root + "/later");
            int port = Context.portOf(client);
            context.kill(port);
            states.awaitItem(ConnectionState.RECONNECTED);
            // Curator may tell of the first connection only now.
            Context.equal(states.await(2).stream().filter(state -> state != ConnectionState.CONNECTED).toList(),
                    List.of(ConnectionState.SUSPENDED, ConnectionState.RECONNECTED));
            Context.equal(client.getZookeeperClient().getZooKeeper().getSessionId(), session);
            Context.equal(client.checkExists().forPath(context.root + "/mine").getEphemeralOwner(), session);
            Context.equal(client.getData().forPath(context.root + "/mine") != null, true);
            Context.equal(seen.await(0), List.of());
            client.setData().forPath(context.root);
            client.create().forPath(context.root + "/later");
            Context.equal(seen.await(2),
                    List.of("NodeDataChanged " + context.root, "NodeCreated " + context.root + "/later"));
            context.restore(port);
        });

        Suite.check("a killed session: LOST, its ephemerals are gone, and a new session takes over", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            Seen<ConnectionState> states = new Seen<>();
            client.getConnectionStateListenable().addListener((source, state) -> states.add(state));
            client.create().forPath(context.root);
            client.create().withMode(CreateMode.EPHEMERAL).forPath(context.root + "/mine");
            long session = client.getZookeeperClient().getZooKeeper().getSessionId();
            context.killSession(client);
            states.awaitItem(ConnectionState.LOST);
            states.awaitItem(ConnectionState.RECONNECTED);
            Context.yes(client.getZookeeperClient().getZooKeeper().getSessionId() != session, "the session is a new one");
            other.sync().forPath(context.root);
            Context.equal(other.getChildren().forPath(context.root), List.of());
            client.create().withMode(CreateMode.EPHEMERAL).forPath(context.root + "/mine");
        });

        Suite.check("calls made while the server is away are made when it is back, in order", context -> {
            CuratorFramework client = context.client();
            client.create().forPath(context.root);
            int port = Context.portOf(client);
            Seen<Integer> answered = new Seen<>();
            context.kill(port);
            for (int number = 0; number < 20; number++) {
                client.setData().inBackground((source, event) -> answered.add(event.getResultCode()))
                        .forPath(context.root, Context.bytes("" + number));
            }
            Context.equal(answered.await(20).stream().distinct().toList(), List.of(0));
            context.restore(port);
            Context.yes(client.checkExists().forPath(context.root).getVersion() >= 20, "every call was made");
        });
    }
}
