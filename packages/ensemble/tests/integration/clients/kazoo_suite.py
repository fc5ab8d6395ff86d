"""Runs checks with the kazoo client, one at a time, as its parent asks over standard input.

Usage: kazoo_suite.py --list            prints the names of all checks, one JSON array
       kazoo_suite.py host:port[,...]   reads names of checks, one a line, answers each with {"check", "ok", "error"}

A check may ask its parent to do something to the servers: it prints {"request": method, "port": n} and reads the
answer, one line, from standard input.
"""
import json
import logging
import signal
import sys
import threading
import time
import traceback

from kazoo.client import KazooClient, KazooState
from kazoo.retry import KazooRetry

CHECKS = {}
CHECK_LIMIT_SECONDS = 60


def check(name):
    """Registers a function of one argument, a Context, under the name that the test report shows."""

    def register(function):
        if name in CHECKS:
            raise ValueError("two checks are named %r" % name)
        CHECKS[name] = function
        return function

    return register


def raises(error_class, function, *args, **kwargs):
    """Asserts that the call raises exactly this class, and returns the error."""
    try:
        result = function(*args, **kwargs)
    except Exception as error:  # the assertion below tells a wrong one
        assert type(error) is error_class, "expected %s, got %r" % (error_class.__name__, error)
        return error
    raise AssertionError("expected %s, got the result %r" % (error_class.__name__, result))


def equal(actual, expected):
    """Asserts equality and shows both sides."""
    assert actual == expected, "got %r, expected %r" % (actual, expected)


class Events:
    """A watcher that keeps what it was called with, for checks of which events come, in which order."""

    def __init__(self):
        self._seen = []
        self._changed = threading.Condition()

    def __call__(self, event):
        self.add((event.type, event.path))

    def add(self, item):
        with self._changed:
            self._seen.append(item)
            self._changed.notify_all()

    def wait(self, count, timeout=10):
        """Waits for at least `count` events and returns all so far."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._seen) >= count, timeout)
            return list(self._seen)


class Context:
    """What one check works with: clients that are closed after it, and a path of its own."""

    def __init__(self, hosts, number):
        self.hosts = hosts
        self.addresses = hosts.split(",")
        self.standalone = len(self.addresses) == 1
        self.root = "/check-%d" % number
        self._clients = []

    def client(self, hosts=None, timeout=10.0, **options):
        """A started client."""
        client = KazooClient(
            hosts=hosts or self.hosts,
            timeout=timeout,
            connection_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.3),
            command_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.3),
            **options,
        )
        self._clients.append(client)
        client.start(timeout=20)
        return client

    def node(self, client, value=b""):
        """Creates this check's own node and returns its path."""
        client.create(self.root, value)
        return self.root

    def ask(self, method, port):
        """Asks the parent to `kill` or `start` the server on a client port, and waits until it is done."""
        print(json.dumps({"request": method, "port": port}), flush=True)
        assert sys.stdin.readline() != "", "the parent is gone"

    def close(self):
        for client in self._clients:
            try:
                client.stop()
                client.close()
            except Exception:  # a client whose server was killed may fail to close; the check is over
                pass


def server_port(client):
    """The port of the server that the client is connected to now."""
    return client._connection._socket.getpeername()[1]


def until(condition, what, timeout=15):
    """Waits for another client's or server's state, which can't be awaited."""
    end = time.monotonic() + timeout
    while True:
        if condition():
            return
        assert time.monotonic() < end, "not within %d s: %s" % (timeout, what)
        time.sleep(0.02)


def track_states(client):
    """A list that grows with the client's states, and an event for the first CONNECTED after SUSPENDED."""
    states = []
    resumed = threading.Event()

    def listener(state):
        states.append(state)
        if state == KazooState.CONNECTED and KazooState.SUSPENDED in states:
            resumed.set()

    client.add_listener(listener)
    return states, resumed


def stop_check(signal_number, frame):
    raise TimeoutError("the check took more than %d s" % CHECK_LIMIT_SECONDS)


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    if sys.argv[1] == "--list":
        print(json.dumps(list(CHECKS)))
        return
    signal.signal(signal.SIGALRM, stop_check)
    for number, line in enumerate(iter(sys.stdin.readline, "")):
        name = line.rstrip("\n")
        context = Context(sys.argv[1], number)
        error = None
        signal.alarm(CHECK_LIMIT_SECONDS)
        try:
            CHECKS[name](context)
        except Exception:
            error = traceback.format_exc()
        signal.alarm(0)
        context.close()
        print(json.dumps({"check": name, "ok": error is None, "error": error}), flush=True)


if __name__ == "__main__":
    # The modules of checks import this one by name; running under that name keeps one registry.
    import kazoo_operations  # noqa: F401
    import kazoo_recipes  # noqa: F401
    import kazoo_sessions  # noqa: F401
    import kazoo_watches  # noqa: F401
    import kazoo_suite

    kazoo_suite.main()
