"""Inserts rows into whichever PostgreSQL server takes writes, and prints the value of each row that was acknowledged.

Usage: writer.py port[,...]

The rows go into the table `written(value)`, one transaction each; values only grow. A row whose acknowledgement was lost
is not inserted again: the next one has a new value. On the line `stop` on its standard input the program ends.
"""
import sys
import threading
import time

import psycopg2

PAUSE_SECONDS = 0.01

stopping = threading.Event()


def connect(ports):
    """A connection to the server that is not in recovery: libpq tries one after the other."""
    connection = psycopg2.connect(
        host=",".join("127.0.0.1" for _ in ports),
        port=",".join(ports),
        user="postgres",
        dbname="postgres",
        target_session_attrs="read-write",
        connect_timeout=2,
        # A server that hangs must not hang the writer for ever.
        options="-c statement_timeout=20000",
    )
    connection.autocommit = True
    return connection


def insert(connection, value):
    """Whether the row is acknowledged: with a notice it is on this server and may be on no other."""
    del connection.notices[:]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO written VALUES (%s)", (value,))
    return not connection.notices


def write(ports):
    connection = None
    value = 0
    while not stopping.is_set():
        value += 1
        try:
            if connection is None:
                connection = connect(ports)
            if insert(connection, value):
                print(value, flush=True)
        except psycopg2.Error as error:
            print(str(error).strip(), file=sys.stderr, flush=True)
            if connection is not None:
                connection.close()
            connection = None
        time.sleep(PAUSE_SECONDS)


def main():
    writer = threading.Thread(target=write, args=(sys.argv[1].split(","),), daemon=True)
    writer.start()
    for line in sys.stdin:
        if line.strip() == "stop":
            break
    stopping.set()
    writer.join(30)


if __name__ == "__main__":
    main()
