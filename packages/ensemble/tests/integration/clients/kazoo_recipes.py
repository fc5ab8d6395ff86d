"""Checks of kazoo's recipes: what people build on the operations must work unchanged."""
import threading

from kazoo.exceptions import LockTimeout

from kazoo_suite import Events, check, equal, raises, server_port, track_states, until


def run(*functions):
    """Runs functions in threads; returns the threads."""
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a thread did not end"


@check("recipe Lock: excludes, queues in order, times out, is released when the holder's session ends")
def lock(context):
    clients = [context.client() for _ in range(3)]
    path = context.root
    inside = []
    counts = {"now": 0, "most": 0}

    def work(client, name):
        def run_it():
            for _ in range(5):
                with client.Lock(path, name):
                    counts["now"] += 1
                    counts["most"] = max(counts["most"], counts["now"])
                    inside.append(name)
                    counts["now"] -= 1

        return run_it

    join(run(*[work(client, "worker-%d" % number) for number, client in enumerate(clients)]))
    equal((len(inside), counts["most"]), (15, 1))
    holder = clients[0].Lock(path, "holder")
    assert holder.acquire(timeout=10)
    waiter = clients[1].Lock(path, "waiter")
    raises(LockTimeout, waiter.acquire, timeout=0.5)
    equal(waiter.contenders(), ["holder"])
    taken = threading.Event()
    thread = run(lambda: waiter.acquire(timeout=15) and taken.set())
    until(lambda: "waiter" in holder.contenders(), "the second contender queues")
    clients[0].stop()
    assert taken.wait(15)
    join(thread)


@check("recipe Lock: is kept over the loss of the holder's server")
def lock_kept(context):
    holder_client = context.client()
    other = context.client()
    holder = holder_client.Lock(context.root, "holder")
    holder.acquire(timeout=10)
    states, resumed = track_states(holder_client)
    port = server_port(holder_client)
    context.ask("kill", port)
    context.ask("start", port)
    assert resumed.wait(20), states
    waiter = other.Lock(context.root, "waiter")
    raises(LockTimeout, waiter.acquire, timeout=1)
    holder_client.retry(holder_client.exists, context.root)
    holder.release()
    assert waiter.acquire(timeout=10)


@check("recipes ReadLock, WriteLock and Semaphore")
def read_write(context):
    first, second = context.client(), context.client()
    path = context.root
    read_one, read_two = first.ReadLock(path, "r1"), second.ReadLock(path, "r2")
    assert read_one.acquire(timeout=5) and read_two.acquire(timeout=5)
    write = second.WriteLock(path, "w")
    raises(LockTimeout, write.acquire, timeout=0.5)
    read_one.release()
    read_two.release()
    assert write.acquire(timeout=5)
    semaphores = [client.Semaphore(path + "-semaphore", "s", max_leases=2) for client in (first, second, first)]
    assert semaphores[0].acquire(timeout=5) and semaphores[1].acquire(timeout=5)
    equal(semaphores[2].acquire(blocking=False), False)
    semaphores[0].release()
    assert semaphores[2].acquire(timeout=5)


@check("recipe Election: one leader at a time, the next one takes over")
def election(context):
    clients = [context.client() for _ in range(3)]
    elections = [client.Election(context.root, "n%d" % number) for number, client in enumerate(clients)]
    led = Events()
    leave = [threading.Event() for _ in clients]

    def lead(number):
        def leader():
            led.add(number)
            leave[number].wait(20)

        return lambda: elections[number].run(leader)

    threads = run(lead(0))
    equal(led.wait(1), [0])
    threads += run(lead(1))
    until(lambda: elections[0].contenders() == ["n0", "n1"], "the second contender queues")
    threads += run(lead(2))
    until(lambda: elections[0].contenders() == ["n0", "n1", "n2"], "the third contender queues")
    equal(led.wait(1), [0])
    for number in range(3):
        leave[number].set()
        equal(led.wait(min(number + 2, 3)), [0, 1, 2][: min(number + 2, 3)])
    join(threads)


@check("recipe Counter: concurrent additions all count")
def counter(context):
    clients = [context.client() for _ in range(3)]
    clients[0].ensure_path(context.root)

    def add(client):
        def add_ten():
            own = client.Counter(context.root)
            for _ in range(10):
                own += 2

        return add_ten

    join(run(*[add(client) for client in clients]))
    equal(clients[0].Counter(context.root).value, 60)


@check("recipes Queue and LockingQueue: every entry once, in order and by priority")
def queue(context):
    producer, consumer = context.client(), context.client()
    queue_in, queue_out = producer.Queue(context.root + "-q"), consumer.Queue(context.root + "-q")
    for number in range(10):
        queue_in.put(b"%d" % number)
    queue_in.put(b"first", priority=1)
    consumer.sync(context.root + "-q")
    equal(len(queue_out), 11)
    equal([queue_out.get() for _ in range(12)], [b"first"] + [b"%d" % number for number in range(10)] + [None])
    locking_in, locking_out = (
        producer.LockingQueue(context.root + "-l"),
        consumer.LockingQueue(context.root + "-l"),
    )
    locking_in.put_all([b"a", b"b"])
    equal(locking_out.get(timeout=5), b"a")
    assert locking_out.holds_lock()
    equal(locking_in.get(timeout=5), b"b")
    assert locking_out.consume() and locking_in.consume()
    equal(locking_out.get(timeout=1), None)


@check("recipes Barrier and DoubleBarrier")
def barriers(context):
    first, second = context.client(), context.client()
    barrier = first.Barrier(context.root + "-b")
    barrier.create()
    equal(second.Barrier(context.root + "-b").wait(timeout=0.5), False)
    results = Events()
    threads = run(lambda: results.add(second.Barrier(context.root + "-b").wait(timeout=15)))
    barrier.remove()
    equal(results.wait(1), [True])
    join(threads)
    doubles = [client.DoubleBarrier(context.root + "-d", 2, "n%d" % number) for number, client in enumerate((first, second))]
    passed = Events()

    def through(double):
        def walk():
            double.enter()
            passed.add(double.participating)
            double.leave()

        return walk

    join(run(*[through(double) for double in doubles]))
    equal(passed.wait(2), [True, True])


@check("recipes Party and NonBlockingLease")
def party(context):
    import datetime

    first, second = context.client(), context.client()
    parties = [first.Party(context.root + "-p", "ann"), second.Party(context.root + "-p", "bob")]
    for one in parties:
        one.join()
    first.sync(context.root + "-p")
    equal(sorted(parties[0]), ["ann", "bob"])
    parties[1].leave()
    first.sync(context.root + "-p")
    equal(list(parties[0]), ["ann"])
    assert first.NonBlockingLease(context.root + "-n", datetime.timedelta(seconds=30), identifier="ann")
    assert not second.NonBlockingLease(context.root + "-n", datetime.timedelta(seconds=30), identifier="bob")
