import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What listeners were called with, in order, for checks of which events come. */
final class Seen<T> {
    private final List<T> items = new ArrayList<>();

    synchronized void add(T item) {
        items.add(item);
        notifyAll();
    }

    /** Everything so far, after waiting until there are `count` of them, or for long enough. */
    synchronized List<T> await(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Context.WAIT_SECONDS);
        while (items.size() < count) {
            long restMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (restMs <= 0) break;
            wait(restMs);
        }
        return List.copyOf(items);
    }

    /** Waits until an item is among them. */
    synchronized void awaitItem(T item) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Context.WAIT_SECONDS);
        while (!items.contains(item)) {
            long restMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            Context.yes(restMs > 0, item + " is among " + items);
            wait(restMs);
        }
    }
}
