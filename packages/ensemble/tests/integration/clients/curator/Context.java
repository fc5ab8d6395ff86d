import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** What one check works with: clients that are closed after it, a path of its own, and assertions. */
final class Context implements AutoCloseable {
    static final int WAIT_SECONDS = 15;
    private static final int SESSION_TIMEOUT_MS = 10_000;
    private static final Pattern REMOTE_PORT = Pattern.compile("remoteserver:[^ ]*:(\\d+)");

    final String hosts;
    final boolean standalone;
    /** The path that is this check's own; it does not exist at first. */
    final String root;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    Context(String hosts, String root) {
        this.hosts = hosts;
        this.standalone = !hosts.contains(",");
        this.root = root;
    }

    /** What a check expects to happen. */
    interface Action {
        void run() throws Exception;
    }

    CuratorFrameworkFactory.Builder builder() {
        return CuratorFrameworkFactory.builder()
                .connectString(hosts)
                .sessionTimeoutMs(SESSION_TIMEOUT_MS)
                .connectionTimeoutMs(5_000)
                .retryPolicy(new RetryForever(50));
    }

    /** A started client with the usual settings. */
    CuratorFramework client() throws Exception {
        return start(builder());
    }

    /** A started client, closed after the check. */
    CuratorFramework start(CuratorFrameworkFactory.Builder builder) throws Exception {
        CuratorFramework client = later(builder.build());
        client.start();
        yes(client.blockUntilConnected(20, TimeUnit.SECONDS), "the client connects");
        return client;
    }

    /** Several clients with the usual settings. */
    List<CuratorFramework> clients(int count) throws Exception {
        List<CuratorFramework> clients = new ArrayList<>();
        for (int number = 0; number < count; number++) clients.add(client());
        return clients;
    }

    /** Closes something when the check is over, what came last first. */
    <T extends AutoCloseable> T later(T closeable) {
        open.push(closeable);
        return closeable;
    }

    /** The client port of the server that a client is connected to. */
    static int portOf(CuratorFramework client) throws Exception {
        Matcher matcher = REMOTE_PORT.matcher(client.getZookeeperClient().getZooKeeper().toString());
        yes(matcher.find(), "the client is connected");
        return Integer.parseInt(matcher.group(1));
    }

    /** Kills the server on a client port; a server alone is started again at once. */
    void kill(int port) throws Exception {
        Suite.ask("kill", port);
        if (standalone) revive(port);
    }

    /** Starts what {@link #kill} killed, and waits until all serve. */
    void restore(int port) throws Exception {
        if (!standalone) revive(port);
    }

    private static void revive(int port) throws Exception {
        Suite.ask("start", port);
    }

    /** Closes a client's session on the server behind its back, as if it had expired. */
    void killSession(CuratorFramework client) throws Exception {
        ZooKeeper victim = client.getZookeeperClient().getZooKeeper();
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper killer = new ZooKeeper(hosts, SESSION_TIMEOUT_MS, event -> {
            if (event.getState() == KeeperState.SyncConnected) connected.countDown();
        }, victim.getSessionId(), victim.getSessionPasswd());
        yes(connected.await(WAIT_SECONDS, TimeUnit.SECONDS), "the session moves to who kills it");
        killer.close();
    }

    /** Runs something beside the check. */
    static <T> FutureTask<T> fork(Callable<T> callable) {
        FutureTask<T> task = new FutureTask<>(callable);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    static void yes(boolean condition, String what) {
        if (!condition) throw new AssertionError("not so: " + what);
    }

    static void equal(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) throw new AssertionError("got " + actual + ", expected " + expected);
    }

    static void fails(KeeperException.Code code, Action action) throws Exception {
        try {
            action.run();
        } catch (KeeperException error) {
            equal(error.code(), code);
            return;
        }
        throw new AssertionError("no " + code);
    }

    /** Waits for the state of another client or of a server, which cannot be awaited. */
    static void until(Callable<Boolean> condition, String what) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.call()) {
            yes(System.nanoTime() < end, "within " + WAIT_SECONDS + " s: " + what);
            Thread.sleep(20);
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception alreadyClosed) {
                // Some recipes throw when the check has closed them itself.
            }
        }
    }
}
