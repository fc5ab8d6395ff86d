"""Writes without pause with several kazoo sessions and prints every acknowledged write.

Usage: writer.py host:port[,...] sessions root

All znodes stand below the path `root`.

Prints one JSON line for each acknowledged write: {"path", "value", "session", "at" (ms since 1970)}; values of one path
only grow. Each session holds an ephemeral node, and goes on with the same session after a connection loss: a write whose
answer was lost is not repeated, the next one has a new value. On the line `stop` it finishes, prints {"sessions": [...],
"losses": n} and keeps the sessions open until its standard input ends.
"""
import json
import logging
import sys
import threading
import time

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.retry import KazooRetry

SESSION_TIMEOUT_SECONDS = 30
SETS_A_BATCH = 6
PAUSE_SECONDS = 0.02

stopping = threading.Event()
output = threading.Lock()


def say(value):
    with output:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()


class Writer(threading.Thread):
    """One session: it sets one node and creates sequential children of it, several requests in flight."""

    def __init__(self, hosts, number, root):
        super().__init__(daemon=True)
        retry = KazooRetry(max_tries=-1, delay=0.02, max_delay=0.1, backoff=1.5)
        self.client = KazooClient(
            hosts=hosts,
            timeout=SESSION_TIMEOUT_SECONDS,
            connection_retry=retry,
            command_retry=retry.copy(),
            randomize_hosts=True,
        )
        self.losses = 0
        self.client.add_listener(self.on_state)
        self.client.start(timeout=20)
        self.first_id = self.session_id()
        self.path = "%s/writer-%d" % (root, number)
        self.ephemeral = "%s/ephemeral-%d" % (root, number)
        self.client.create(self.path, b"0", makepath=True)
        self.client.create(self.ephemeral, ephemeral=True)
        self.value = 0

    def session_id(self):
        """In hex: a JSON number would lose bits."""
        return "0x%x" % self.client.client_id[0]

    def on_state(self, state):
        if state == KazooState.LOST and not stopping.is_set():
            self.losses += 1

    def next_value(self):
        self.value += 1
        return self.value

    def acknowledged(self, path, value):
        say({"path": path, "value": value, "session": self.first_id, "at": time.time() * 1000})

    def batch(self):
        sent = []
        for _ in range(SETS_A_BATCH):
            value = self.next_value()
            sent.append((value, self.client.set_async(self.path, b"%d" % value), False))
        value = self.next_value()
        sent.append((value, self.client.create_async(self.path + "/n-", b"%d" % value, sequence=True), True))
        for value, pending, created in sent:
            try:
                result = pending.get(timeout=60)
            except (KazooException, KazooTimeoutError):
                continue
            self.acknowledged(result if created else self.path, value)

    def run(self):
        while not stopping.is_set():
            if not self.client.connected:
                time.sleep(0.005)
                continue
            self.batch()
            time.sleep(PAUSE_SECONDS)


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    writers = [Writer(sys.argv[1], number, sys.argv[3]) for number in range(int(sys.argv[2]))]
    say({"started": len(writers)})
    for writer in writers:
        writer.start()
    for line in sys.stdin:
        if line.strip() == "stop":
            stopping.set()
            for writer in writers:
                writer.join(60)
            say(
                {
                    "sessions": [
                        {"first": w.first_id, "last": w.session_id(), "ephemeral": w.ephemeral} for w in writers
                    ],
                    "losses": sum(writer.losses for writer in writers),
                }
            )


if __name__ == "__main__":
    main()
