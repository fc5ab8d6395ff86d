"""Runs the tests that kazoo brings along, one at a time, as kazoo_suite.py runs its checks.

Usage: kazoo_own.py --list            prints the names of all tests, one JSON array
       kazoo_own.py host:port[,...]   reads names of tests, one a line, answers each with {"check", "ok", "error"}

They are written for pytest and mock, of which they use little: what they use is here. Where they start and stop servers of
their own, they are given those of the parent.
"""
import contextlib
import json
import logging
import os
import signal
import sys
import types
import unittest
import unittest.mock

LIMIT_SECONDS = 60

# Those that speak to a server.
MODULES = [
    "test_barrier", "test_cache", "test_client", "test_connection", "test_counter", "test_election", "test_lease",
    "test_lock", "test_partitioner", "test_party", "test_queue", "test_watchers",
]  # fmt: skip

# What is left out, and why; everything else is run, and may not skip itself.
LEFT_OUT = {
    # Servers have numbers up to 255 with us, as in the manual; Apache's leader takes any from a reconfiguration.
    "test_client.TestReconfig.test_no_super_auth",
    # A session of the ensemble goes on with no read-only server, Apache's either, and this client asks for nothing else.
    "test_connection.TestReadOnlyMode.test_read_only",
    # These sleep for most of their 3 to 10 seconds. They pass, and what they are about is in other checks too.
    "test_cache.KazooTreeCacheTests.test_close",
    "test_cache.KazooTreeCacheTests.test_delete_operation",
    "test_client.TestClient.test_update_host_list",
    "test_client.TestConnection.test_listener_only_called_on_real_state_change",
    "test_lock.KazooLockTests.test_lock_timeout",
    "test_lock.TestSemaphore.test_timeout",
    "test_partitioner.KazooPartitionerTests.test_race_condition_new_partitioner_during_the_lock",
    "test_partitioner.KazooPartitionerTests.test_race_condition_new_partitioner_steals_the_lock",
    "test_watchers.KazooChildrenWatcherTests.test_child_stop_on_session_loss",
    "test_watchers.KazooChildrenWatcherTests.test_child_watcher_remove_session_watcher",
}


class Raises:
    """What pytest.raises gives."""

    value = None


@contextlib.contextmanager
def raising(expected):
    seen = Raises()
    try:
        yield seen
    except expected as error:
        seen.value = error
    else:
        raise AssertionError("did not raise %r" % (expected,))


def raises(expected, function=None, *args, **kwargs):
    if function is None:
        return raising(expected)
    with raising(expected):
        function(*args, **kwargs)


def skip(reason):
    raise unittest.SkipTest(reason)


def stand_in():
    """Puts what the tests import, and Debian's kazoo does not bring, into the place of the modules."""
    pytest = types.ModuleType("pytest")
    pytest.raises, pytest.skip = raises, skip
    objgraph = types.ModuleType("objgraph")

    def count(name):
        import gc

        return sum(type(thing).__name__ == name for thing in gc.get_objects())

    objgraph.count = count
    sys.modules.update(pytest=pytest, mock=unittest.mock, objgraph=objgraph)


class Server:
    """One server of the parent's, as kazoo's harness has them."""

    def __init__(self, address):
        self.address = address
        self.client_port = int(address.split(":")[1])
        self.running = True

    def stop(self):
        if self.running:
            ask("kill", self.client_port)
            self.running = False

    def run(self):
        if not self.running:
            ask("launch", self.client_port)
            self.running = True


class Cluster(list):
    """All servers of the parent's."""

    def start(self):
        for server in self:
            server.run()
        for server in self:
            ask("serving", server.client_port)


def ask(request, port):
    print(json.dumps({"request": request, "port": port}), flush=True)
    assert sys.stdin.readline() != "", "the parent is gone"


def all_tests():
    loader = unittest.TestLoader()
    tests = {}

    def add(suite):
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                add(test)
            else:
                tests[test.id().replace("kazoo.tests.", "")] = test

    for module in MODULES:
        add(loader.loadTestsFromName("kazoo.tests." + module))
    return {name: test for name, test in tests.items() if name not in LEFT_OUT}


def stop_test(signal_number, frame):
    raise TimeoutError("the test took more than %d s" % LIMIT_SECONDS)


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL)
    os.environ["ZOOKEEPER_VERSION"] = "3.8.0"
    stand_in()
    tests = all_tests()
    if sys.argv[1] == "--list":
        print(json.dumps(list(tests)))
        return
    import kazoo.testing.harness

    cluster = Cluster(Server(address) for address in sys.argv[1].split(","))
    kazoo.testing.harness.get_global_cluster = lambda: cluster
    signal.signal(signal.SIGALRM, stop_test)
    for line in iter(sys.stdin.readline, ""):
        name = line.rstrip("\n")
        result = unittest.TestResult()
        signal.alarm(LIMIT_SECONDS)
        tests[name].run(result)
        signal.alarm(0)
        cluster.start()
        wrong = [text for _, text in result.errors + result.failures]
        wrong += ["skipped: " + reason for _, reason in result.skipped]
        error = "\n".join(wrong) if wrong else None
        print(json.dumps({"check": name, "ok": error is None, "error": error}), flush=True)


if __name__ == "__main__":
    main()
