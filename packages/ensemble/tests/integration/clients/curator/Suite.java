import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Runs checks with Curator, one at a time, as its parent asks over standard input.
 *
 * <p>Usage: {@code Suite --list} prints the names of all checks, one JSON array; {@code Suite host:port[,...]} reads names
 * of checks, one a line, and answers each with {@code {"check", "ok", "error"}}. A check may ask its parent to do something
 * to the servers ({@code {"request", "port"}}), and then reads one line when it is done.
 */
final class Suite {
    /** One check; what it throws is what went wrong. */
    interface Check {
        void run(Context context) throws Exception;
    }

    private static final int CHECK_LIMIT_SECONDS = 60;
    private static final Map<String, Check> CHECKS = new LinkedHashMap<>();
    private static final BufferedReader INPUT =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    private Suite() {}

    /** Registers a check under the name that the test report shows. */
    static void check(String name, Check check) {
        if (CHECKS.put(name, check) != null) throw new IllegalStateException("two checks are named " + name);
    }

    /** Asks the parent to do something to the server on a client port; returns its answer. */
    static synchronized String ask(String request, int port) throws Exception {
        System.out.println("{\"request\": " + quote(request) + ", \"port\": " + port + "}");
        String answer = INPUT.readLine();
        if (answer == null) throw new IllegalStateException("the parent is gone");
        return answer;
    }

    public static void main(String[] arguments) throws Exception {
        OperationChecks.register();
        WatchChecks.register();
        LockChecks.register();
        LeaderChecks.register();
        RecipeChecks.register();
        SessionChecks.register();
        if (arguments[0].equals("--list")) {
            System.out.println(CHECKS.keySet().stream().map(Suite::quote).collect(Collectors.joining(", ", "[", "]")));
            return;
        }
        int number = 0;
        for (String name = INPUT.readLine(); name != null; name = INPUT.readLine()) {
            String error = run(CHECKS.get(name), new Context(arguments[0], "/curator-" + number++));
            System.out.println("{\"check\": " + quote(name) + ", \"ok\": " + (error == null) + ", \"error\": "
                    + (error == null ? "null" : quote(error)) + "}");
        }
        // A recipe that a failed check left behind must not keep the process alive.
        System.exit(0);
    }

    /** Runs one check in a thread of its own, so that one that hangs can be left; returns what went wrong. */
    private static String run(Check check, Context context) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<?> result = thread.submit(() -> {
            check.run(context);
            return null;
        });
        try {
            result.get(CHECK_LIMIT_SECONDS, TimeUnit.SECONDS);
            return null;
        } catch (TimeoutException late) {
            return "the check took more than " + CHECK_LIMIT_SECONDS + " s";
        } catch (ExecutionException failed) {
            StringWriter trace = new StringWriter();
            failed.getCause().printStackTrace(new PrintWriter(trace));
            return trace.toString();
        } catch (InterruptedException interrupted) {
            return "interrupted";
        } finally {
            thread.shutdownNow();
            context.close();
        }
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            switch (letter) {
                case '"', '\\' -> quoted.append('\\').append(letter);
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> quoted.append(letter < ' ' ? ' ' : letter);
            }
        }
        return quoted.append('"').toString();
    }
}
