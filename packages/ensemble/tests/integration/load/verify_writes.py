"""Checks on one server that what was acknowledged is there.

Usage: verify_writes.py host:port < {"values": {path: value}, "ephemerals": {path: session id in hex}}

Prints {"missing": [path], "stale": [[path, found, expected]], "orphans": [path], "checked": n}.
"""
import json
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

WINDOW = 500


def main():
    expected = json.load(sys.stdin)
    client = KazooClient(hosts=sys.argv[1], timeout=20)
    client.start(timeout=20)
    client.sync("/")
    missing, stale, orphans = [], [], []
    paths = list(expected["values"])
    for start in range(0, len(paths), WINDOW):
        pending = [(path, client.get_async(path)) for path in paths[start : start + WINDOW]]
        for path, result in pending:
            try:
                found = int(result.get(timeout=30)[0])
            except NoNodeError:
                missing.append(path)
                continue
            if found < expected["values"][path]:
                stale.append([path, found, expected["values"][path]])
    for path, session in expected["ephemerals"].items():
        stat = client.exists(path)
        if stat is None or stat.ephemeralOwner != int(session, 16):
            orphans.append(path)
    print(json.dumps({"missing": missing, "stale": stale, "orphans": orphans, "checked": len(paths)}))
    client.stop()


if __name__ == "__main__":
    main()
