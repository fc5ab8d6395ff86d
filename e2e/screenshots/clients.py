"""The clients of a small shop, so that there is something to see: kazoo sessions that write as programs do.

Usage: clients.py host:port[,...]

Prints `ready` once the tree is there, and goes on until its standard input ends.
"""
import json
import logging
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NodeExistsError
from kazoo.retry import KazooRetry

SESSION_TIMEOUT_SECONDS = 30
PAUSE_SECONDS = 0.25
WORKERS = 6

TREE = {
    "/shop": b"",
    "/shop/config": json.dumps(
        {
            "currency": "EUR",
            "orders": {"maxItems": 200, "reserveMinutes": 15, "regions": ["north", "west", "islands"]},
            "payment": {"provider": "ledger", "retries": 3, "timeoutMs": 2500, "accountId": 9007199254740993},
            "features": {"giftCards": True, "preorders": False},
        },
        indent=2,
    ).encode(),
    "/shop/config/flags": b'{"darkLaunch":false,"rollout":25}',
    "/shop/catalogue": b"",
    "/shop/catalogue/version": b"2026-11-20T18:04:00Z",
    "/shop/leader": b"",
    "/shop/locks": b"",
    "/shop/orders": b"",
    "/shop/stock": b"",
    "/shop/workers": b"",
    "/billing": b"",
    "/billing/config": b'{"cycle":"monthly","graceDays":5}',
    "/billing/queue": b"",
    "/search": b"",
    "/search/index": b"",
    "/search/index/shards": b"12",
}

stopping = threading.Event()


def connect(hosts):
    retry = KazooRetry(max_tries=-1, delay=0.05, max_delay=0.5, backoff=1.5)
    client = KazooClient(hosts, SESSION_TIMEOUT_SECONDS, connection_retry=retry, command_retry=retry.copy())
    client.start(timeout=30)
    return client


def create_tree(client):
    for path, data in TREE.items():
        try:
            client.create(path, data)
        except NodeExistsError:
            pass
    for number in range(1, 25):
        client.ensure_path("/shop/stock/article-%03d" % number)


def work(hosts, number):
    """One worker: it is registered, waits for a place in a queue, and changes what it is in charge of."""
    client = connect(hosts)
    name = "worker-%d" % number
    client.create("/shop/workers/" + name, b'{"host":"10.0.4.%d"}' % (20 + number), ephemeral=True)
    client.create("/shop/leader/candidate-", name.encode(), ephemeral=True, sequence=True)
    client.get_children("/shop/workers", watch=lambda event: None)
    count = 0
    while not stopping.wait(PAUSE_SECONDS):
        count += 1
        try:
            client.set("/shop/stock/article-%03d" % (1 + (number * 7 + count) % 24), b'{"left":%d}' % (500 - count % 90))
            if count % 8 == number:
                client.create("/shop/orders/order-", b'{"items":%d}' % (1 + count % 5), sequence=True)
        except KazooException:
            # The leader has just been killed: whether it was written, the next round need not know.
            continue
    client.stop()
    client.close()


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.CRITICAL)
    first = connect(sys.argv[1])
    create_tree(first)
    workers = [threading.Thread(target=work, args=(sys.argv[1], number), daemon=True) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    print("ready", flush=True)
    sys.stdin.read()
    stopping.set()
    for worker in workers:
        worker.join(10)
    first.stop()


if __name__ == "__main__":
    main()
