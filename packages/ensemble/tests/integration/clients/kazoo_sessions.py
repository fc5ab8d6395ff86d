"""Checks of sessions: timeouts, ephemeral nodes, resumption and expiry."""
import time

from kazoo.client import KazooState
from kazoo.exceptions import NoNodeError

from kazoo_suite import Events, check, equal, raises, server_port, track_states, until



@check("sessions: ids differ, and each has a password of 16 bytes")
def session_ids(context):
    clients = [context.client(hosts=address) for address in context.addresses for _ in range(2)]
    ids = [client.client_id for client in clients]
    equal(len({session for session, _ in ids}), len(clients))
    equal({len(password) for _, password in ids}, {16})


@check("sessions: ephemeral nodes vanish when the session is closed")
def close_session(context):
    owner = context.client(hosts=context.addresses[0])
    other = context.client(hosts=context.addresses[-1])
    root = context.node(other)
    owner.create(root + "/e1", ephemeral=True)
    owner.create(root + "/e-", ephemeral=True, sequence=True)
    owner.create(root + "/stays")
    events = Events()
    other.sync(root)
    other.get(root + "/e1", watch=events)
    owner.stop()
    equal(events.wait(1), [("DELETED", root + "/e1")])
    equal(other.get_children(root), ["stays"])


@check("sessions: ephemeral nodes vanish when a silent session expires, not before")
def expiry(context):
    owner = context.client(timeout=2.0)
    other = context.client()
    root = context.node(other)
    owner.create(root + "/e", ephemeral=True)
    events = Events()
    other.sync(root)
    other.exists(root + "/e", watch=events)
    # The socket is shut without closing the session, as when a client dies, and must not reconnect.
    silent_from = time.monotonic()
    owner._connection._connect_loop = lambda *_: None
    owner._stopped.set()
    owner._connection._socket.shutdown(2)
    equal(events.wait(1, timeout=12), [("DELETED", root + "/e")])
    silent = time.monotonic() - silent_from
    # kazoo pings every third of the timeout: the server heard of the session 0.7 s before at the most.
    assert 1.2 < silent < 6, "expired after %.1f s of silence" % silent


@check("sessions: a resumed session keeps its id, an expired or unknown one becomes a new one")
def resume_expired(context):
    first = context.client()
    session = first.client_id
    first._stopped.set()
    first._connection._socket.shutdown(2)
    second = context.client(client_id=session)
    equal(second.client_id, session)
    second.stop()
    third = context.client(client_id=session)
    assert third.client_id[0] != session[0]
    third.create(context.root, ephemeral=True)
    session = third.client_id
    fourth = context.client(client_id=(session[0], b"\1" * 16))
    assert fourth.client_id[0] != session[0]
    # The attempt with a wrong password may cost the owner its connection, never its session.
    equal(third.retry(third.exists, context.root).ephemeralOwner, session[0])
    equal(third.client_id, session)


@check("sessions: pings keep an idle session alive beyond its timeout")
def pings(context):
    owner = context.client(timeout=2.0)
    states, _ = track_states(owner)
    root = context.node(owner)
    owner.create(root + "/e", ephemeral=True)
    session = owner.client_id[0]
    time.sleep(3)
    equal(states, [])
    equal(owner.exists(root + "/e").ephemeralOwner, session)


@check("sessions: after SIGKILL of its server a session goes on with the same id and its ephemeral node")
def resumption(context):
    client = context.client()
    root = context.node(client)
    client.create(root + "/e", ephemeral=True)
    session = client.client_id
    states, resumed = track_states(client)
    port = server_port(client)
    context.ask("kill", port)
    if context.standalone:
        context.ask("start", port)
    assert resumed.wait(20), states
    equal(client.client_id, session)
    assert KazooState.LOST not in states, states
    equal(client.retry(client.exists, root + "/e").ephemeralOwner, session[0])
    client.retry(client.create, root + "/after")
    if not context.standalone:
        assert server_port(client) != port
        context.ask("start", port)
        other = context.client(hosts="127.0.0.1:%d" % port)
        other.sync(root)
        equal(other.exists(root + "/e").ephemeralOwner, session[0])
    client.stop()
    other = context.client()
    other.sync(root)
    until(lambda: other.exists(root + "/e") is None, "the ephemeral of a closed session is gone", 5)


@check("sessions: added authentication is repeated after a reconnection")
def authentication_resent(context):
    client = context.client()
    client.add_auth("digest", "carl:pw")
    from kazoo.security import CREATOR_ALL_ACL

    client.create(context.root, b"mine", acl=CREATOR_ALL_ACL)
    states, resumed = track_states(client)
    port = server_port(client)
    context.ask("kill", port)
    context.ask("start", port)
    assert resumed.wait(20), states
    equal(client.retry(client.get, context.root)[0], b"mine")


@check("sessions: data, ephemerals of live sessions and versions survive a restart of every server")
def full_restart(context):
    client = context.client(timeout=20)
    root = context.node(client)
    for number in range(50):
        client.create(root + "/n%02d" % number, b"%d" % number)
    client.set(root, b"set once")
    client.create(root + "/e", ephemeral=True)
    before = {name: client.get(root + "/" + name) for name in client.get_children(root)}
    session = client.client_id
    ports = [int(address.split(":")[1]) for address in context.addresses]
    for port in ports:
        context.ask("kill", port)
    for port in ports:
        context.ask("launch", port)
    for port in ports:
        context.ask("serving", port)
    # Between the kills it may have resumed on a server that was killed next, and its id is only told while it is connected.
    until(lambda: client.client_id is not None, "the client is connected again", 20)
    equal(client.client_id, session)
    after = {name: client.retry(client.get, root + "/" + name) for name in client.retry(client.get_children, root)}
    equal(after, before)
    equal(client.get(root)[1].version, 1)
    raises(NoNodeError, client.get, root + "/n50")
