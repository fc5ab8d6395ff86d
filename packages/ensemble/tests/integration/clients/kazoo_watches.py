"""Checks of watches: which events come, once, in order, and after a reconnection."""
from kazoo.exceptions import NoNodeError

from kazoo_suite import Events, check, equal, raises, server_port, track_states, until


@check("watches: a data watch fires once, for set and for delete")
def data_watch(context):
    client = context.client()
    root = context.node(client)
    events = Events()
    client.get(root, watch=events)
    client.set(root, b"1")
    client.set(root, b"2")
    equal(events.wait(1), [("CHANGED", root)])
    client.get(root, watch=events)
    client.delete(root)
    equal(events.wait(2), [("CHANGED", root), ("DELETED", root)])
    client.create(root)
    client.sync(root)
    equal(events.wait(2), [("CHANGED", root), ("DELETED", root)])


@check("watches: an exists watch fires for create, set and delete")
def exists_watch(context):
    client = context.client()
    other = context.client()
    path = context.root
    events = Events()
    equal(client.exists(path, watch=events), None)
    other.create(path)
    equal(events.wait(1), [("CREATED", path)])
    client.exists(path, watch=events)
    other.set(path, b"x")
    equal(events.wait(2)[1:], [("CHANGED", path)])
    client.exists(path, watch=events)
    other.delete(path)
    equal(events.wait(3)[2:], [("DELETED", path)])


@check("watches: a child watch fires for create and delete of a child and for its own delete, not for set")
def child_watch(context):
    client = context.client()
    other = context.client()
    root = context.node(client)
    events = Events()
    client.get_children(root, watch=events)
    other.set(root, b"not a child")
    other.create(root + "/a")
    equal(events.wait(1), [("CHILD", root)])
    client.get_children(root, watch=events)
    other.delete(root + "/a")
    equal(events.wait(2)[1:], [("CHILD", root)])
    client.get_children(root, watch=events)
    other.delete(root)
    equal(events.wait(3)[2:], [("DELETED", root)])


@check("watches: failed reads set none")
def failed_reads(context):
    client = context.client()
    root = context.node(client)
    events = Events()
    raises(NoNodeError, client.get, root + "/a", watch=events)
    raises(NoNodeError, client.get_children, root + "/a", watch=events)
    client.create(root + "/a")
    client.set(root + "/a", b"x")
    client.delete(root + "/a")
    last = Events()
    client.exists(root + "/b", watch=last)
    client.create(root + "/b")
    last.wait(1)
    equal(events.wait(0), [])


@check("watches: events of all kinds come in the order of the changes, also those of one transaction")
def order(context):
    client = context.client()
    other = context.client()
    root = context.node(client)
    client.create(root + "/a")
    events = Events()
    client.get(root, watch=events)
    client.get(root + "/a", watch=events)
    client.get_children(root, watch=events)
    client.exists(root + "/b", watch=events)
    transaction = other.transaction()
    transaction.set_data(root, b"1")
    transaction.set_data(root + "/a", b"2")
    transaction.create(root + "/b")
    transaction.commit()
    equal(
        events.wait(4),
        [("CHANGED", root), ("CHANGED", root + "/a"), ("CREATED", root + "/b"), ("CHILD", root)],
    )


@check("watches: a client sees the event of a change before it reads the change")
def event_before_read(context):
    client = context.client(hosts=context.addresses[-1])
    other = context.client(hosts=context.addresses[0])
    root = context.node(client)
    events = Events()
    for number in range(20):
        client.get(root, watch=events)
        other.set(root, b"%d" % number)
        client.sync(root)
        read = client.get_async(root)
        read.get(timeout=10)
        # kazoo runs callbacks on one thread in the order of arrival: this marker is queued after the read's answer.
        client.handler.dispatch_callback(_marker(events, number))
        equal(events.wait(2 * number + 2)[-2:], [("CHANGED", root), number])


def _marker(events, number):
    from kazoo.protocol.states import Callback

    return Callback("watch", events.add, (number,))


@check("watches: DataWatch and ChildrenWatch follow every change")
def watch_recipes(context):
    client = context.client()
    other = context.client()
    root = context.node(client, b"0")
    data = Events()
    children = Events()
    client.DataWatch(root, func=lambda value, stat: data.add(value))
    client.ChildrenWatch(root, func=lambda names: children.add(sorted(names)))
    equal(data.wait(1), [b"0"])
    equal(children.wait(1), [[]])
    for number in range(1, 5):
        other.set(root, b"%d" % number)
        equal(data.wait(number + 1)[number], b"%d" % number)
        other.create(root + "/%d" % number)
        equal(children.wait(number + 1)[number], [str(one) for one in range(1, number + 1)])


@check("watches: DataWatch and ChildrenWatch go on over the loss of the server")
def reconnection(context):
    client = context.client()
    root = context.node(client)
    client.create(root + "/changed", b"old")
    data, children = Events(), Events()
    client.DataWatch(root + "/changed", func=lambda value, stat: data.add(value))
    client.ChildrenWatch(root, func=lambda names: children.add(sorted(names)))
    data.wait(1)
    children.wait(1)
    session = client.client_id[0]
    states, resumed = track_states(client)
    port = server_port(client)
    context.ask("kill", port)
    if context.standalone:
        context.ask("start", port)
    assert resumed.wait(20), states
    other = context.client()
    other.set(root + "/changed", b"new")
    other.create(root + "/created")
    until(lambda: data.wait(0)[-1] == b"new", "the new data")
    until(lambda: children.wait(0)[-1] == ["changed", "created"], "the new children")
    equal(client.client_id[0], session)
    if not context.standalone:
        context.ask("start", port)
