"""kazoo: arguments are the hosts, the session timeout in seconds and whether servers that are read-only will do. Commands come in
as lines; every change of its state, and every answer, goes out as one."""
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import ZookeeperError
from kazoo.retry import KazooRetry

turn = threading.Lock()


def say(line):
    with turn:
        print(line, flush=True)


def main():
    # It waits longer after each failure otherwise, up to an hour.
    retry = KazooRetry(max_tries=-1, delay=0.1, backoff=1, max_delay=0.2)
    client = KazooClient(
        hosts=sys.argv[1], timeout=float(sys.argv[2]), read_only=sys.argv[3] == "true", connection_retry=retry
    )
    # The state of listeners is CONNECTED in both cases; this one tells them apart.
    client.add_listener(lambda state: say("state " + (client.client_state if state == "CONNECTED" else state)))
    commands = {
        "session": lambda: "%x" % (client.client_id[0] & (2 ** 64 - 1)),
        "ephemeral": lambda path: client.create(path, ephemeral=True),
        "owner": lambda path: "%x" % (client.exists(path).ephemeralOwner & (2 ** 64 - 1)),
        "children": lambda path: ",".join(client.get_children(path, watch=lambda event: None)),
    }
    client.start(timeout=30)
    for line in sys.stdin:
        name, *arguments = line.split()
        try:
            say("answer " + commands[name](*arguments))
        except ZookeeperError as error:
            say("answer " + type(error).__name__)
    client.stop()


main()
