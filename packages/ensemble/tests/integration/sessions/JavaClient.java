import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * Apache's own client: arguments are the connect string, the session timeout and whether servers that are read-only will do.
 * Commands come in as lines; every change of its state, and every answer, goes out as one.
 */
public class JavaClient {
    public static void main(String[] args) throws Exception {
        ZooKeeper client = new ZooKeeper(args[0], Integer.parseInt(args[1]), event -> {
            if (event.getPath() == null) {
                say("state " + event.getState());
            }
        }, Boolean.parseBoolean(args[2]));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            try {
                say("answer " + answer(client, words));
            } catch (KeeperException error) {
                say("answer " + error.code());
            }
        }
        client.close();
    }

    private static String answer(ZooKeeper client, String[] words) throws Exception {
        switch (words[0]) {
            case "session":
                return Long.toHexString(client.getSessionId());
            case "ephemeral":
                return client.create(words[1], new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            case "owner":
                return Long.toHexString(client.exists(words[1], false).getEphemeralOwner());
            case "children":
                return String.join(",", client.getChildren(words[1], true));
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }
}
