import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;

/** Curator's locks. */
final class LockChecks {
    private LockChecks() {}

    static void register() {
        Suite.check("InterProcessMutex: excludes among several clients, is reentrant, times out, goes on to the next", context -> {
            List<CuratorFramework> clients = context.clients(3);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<FutureTask<Integer>> workers = new ArrayList<>();
            for (CuratorFramework client : clients) {
                workers.add(Context.fork(() -> {
                    InterProcessMutex mutex = new InterProcessMutex(client, context.root);
                    for (int turn = 0; turn < 10; turn++) {
                        mutex.acquire();
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        inside.decrementAndGet();
                        mutex.release();
                    }
                    return 10;
                }));
            }
            for (FutureTask<Integer> worker : workers) Context.equal(worker.get(30, TimeUnit.SECONDS), 10);
            Context.equal(most.get(), 1);
            InterProcessMutex first = new InterProcessMutex(clients.get(0), context.root);
            InterProcessMutex second = new InterProcessMutex(clients.get(1), context.root);
            first.acquire();
            first.acquire();
            Context.yes(!second.acquire(200, TimeUnit.MILLISECONDS), "the lock is held");
            first.release();
            Context.yes(!second.acquire(200, TimeUnit.MILLISECONDS), "the lock is still held once");
            FutureTask<Boolean> next = Context.fork(() -> second.acquire(20, TimeUnit.SECONDS));
            Context.until(() -> first.getParticipantNodes().size() == 2, "the second client queues");
            // The holder's session ends with the lock in its hands.
            clients.get(0).close();
            Context.equal(next.get(), true);
        });

        Suite.check("InterProcessMutex: survives the kill of the leader, excluding all the time", context -> {
            List<CuratorFramework> clients = context.clients(3);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            AtomicInteger turns = new AtomicInteger();
            List<FutureTask<Void>> workers = new ArrayList<>();
            boolean[] stop = {false};
            for (CuratorFramework client : clients) {
                workers.add(Context.fork(() -> {
                    InterProcessMutex mutex = new InterProcessMutex(client, context.root);
                    while (!stop[0]) {
                        mutex.acquire();
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.sleep(5);
                        inside.decrementAndGet();
                        turns.incrementAndGet();
                        mutex.release();
                    }
                    return null;
                }));
            }
            Context.until(() -> turns.get() > 5, "the clients take turns");
            int port = Integer.parseInt(Suite.ask("leader", 0));
            context.kill(port);
            int before = turns.get();
            Context.until(() -> turns.get() > before + 10, "the clients take turns again");
            stop[0] = true;
            for (FutureTask<Void> worker : workers) worker.get(30, TimeUnit.SECONDS);
            Context.equal(most.get(), 1);
            context.restore(port);
        });

        Suite.check("InterProcessReadWriteLock in the order R R W R: readers together, the writer alone, in order", context -> {
            List<CuratorFramework> clients = context.clients(4);
            List<InterProcessReadWriteLock> locks = new ArrayList<>();
            for (CuratorFramework client : clients) locks.add(new InterProcessReadWriteLock(client, context.root));
            List<String> order = new ArrayList<>();
            // Each holds its lock in a thread of its own and lets go when told: a lock belongs to a thread.
            Holder first = new Holder(locks.get(0).readLock(), () -> order.add("first reader"));
            first.taken();
            Holder second = new Holder(locks.get(1).readLock(), () -> order.add("second reader"));
            second.taken();
            Holder writer = new Holder(locks.get(2).writeLock(), () -> order.add("writer"));
            CuratorFramework observer = clients.get(0);
            Context.until(() -> observer.getChildren().forPath(context.root).size() == 3, "the writer queues");
            Holder last = new Holder(locks.get(3).readLock(), () -> order.add("later reader"));
            Context.until(() -> observer.getChildren().forPath(context.root).size() == 4, "the later reader queues");
            Context.equal(order, List.of("first reader", "second reader"));
            first.release();
            Context.until(() -> observer.getChildren().forPath(context.root).size() == 3, "the first reader has gone");
            Context.equal(order.size(), 2);
            second.release();
            writer.taken();
            Context.equal(order, List.of("first reader", "second reader", "writer"));
            writer.release();
            last.taken();
            Context.equal(order, List.of("first reader", "second reader", "writer", "later reader"));
            last.release();
        });

        Suite.check("InterProcessReadWriteLock: a writer may take the read lock and let the write lock go", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            InterProcessReadWriteLock lock = new InterProcessReadWriteLock(client, context.root);
            lock.writeLock().acquire();
            Context.yes(lock.readLock().acquire(5, TimeUnit.SECONDS), "the writer may read");
            InterProcessReadWriteLock others = new InterProcessReadWriteLock(other, context.root);
            Context.yes(!others.readLock().acquire(200, TimeUnit.MILLISECONDS), "others may not read");
            lock.writeLock().release();
            Context.yes(others.readLock().acquire(5, TimeUnit.SECONDS), "others may read");
            Context.yes(!others.writeLock().acquire(200, TimeUnit.MILLISECONDS), "others may not write");
        });

        Suite.check("InterProcessSemaphoreV2, InterProcessSemaphoreMutex and InterProcessMultiLock", context -> {
            CuratorFramework client = context.client();
            CuratorFramework other = context.client();
            InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, context.root + "/s", 2);
            InterProcessSemaphoreV2 others = new InterProcessSemaphoreV2(other, context.root + "/s", 2);
            Lease first = semaphore.acquire();
            Lease second = others.acquire();
            Context.equal(semaphore.acquire(200, TimeUnit.MILLISECONDS), null);
            FutureTask<Lease> third = Context.fork(() -> semaphore.acquire(20, TimeUnit.SECONDS));
            others.returnLease(second);
            Context.yes(third.get() != null, "a lease that was returned is given again");
            semaphore.returnLease(first);
            InterProcessSemaphoreMutex mutex = new InterProcessSemaphoreMutex(client, context.root + "/m");
            mutex.acquire();
            InterProcessLock both = new InterProcessMultiLock(List.of(
                    new InterProcessSemaphoreMutex(other, context.root + "/m"),
                    new InterProcessMutex(other, context.root + "/n")));
            Context.yes(!both.acquire(300, TimeUnit.MILLISECONDS), "one of the locks is held");
            mutex.release();
            Context.yes(both.acquire(10, TimeUnit.SECONDS), "both are free");
            both.release();
        });
    }

    /** A thread that takes a lock, says so, and lets it go when it is told. */
    private static final class Holder {
        private final Seen<String> taken = new Seen<>();
        private final Seen<String> told = new Seen<>();
        private final FutureTask<Void> task;

        Holder(InterProcessLock lock, Callable<Boolean> onTaken) {
            task = Context.fork(() -> {
                Context.yes(lock.acquire(20, TimeUnit.SECONDS), "the lock is given");
                onTaken.call();
                taken.add("taken");
                told.await(1);
                lock.release();
                return null;
            });
        }

        void taken() throws InterruptedException {
            Context.equal(taken.await(1), List.of("taken"));
        }

        void release() throws Exception {
            told.add("release");
            task.get(20, TimeUnit.SECONDS);
        }
    }
}
