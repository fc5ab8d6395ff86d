"""Checks of the plain operations: nodes, versions, children, transactions, ACLs, limits."""
import threading

from kazoo import exceptions
from kazoo.exceptions import (
    AuthFailedError,
    BadArgumentsError,
    BadVersionError,
    InvalidACLError,
    NoAuthError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)
from kazoo.security import ACL, CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Id, make_acl, make_digest_acl

from kazoo_suite import check, equal, raises


@check("create: persistent, sequential, ephemeral and ephemeral sequential nodes")
def create_modes(context):
    client = context.client()
    root = context.node(client)
    equal(client.create(root + "/plain", b"one"), root + "/plain")
    equal(client.create(root + "/s-", b"", sequence=True), root + "/s-0000000001")
    equal(client.create(root + "/e", b"two", ephemeral=True), root + "/e")
    equal(client.create(root + "/es-", b"", ephemeral=True, sequence=True), root + "/es-0000000003")
    equal(sorted(client.get_children(root)), ["e", "es-0000000003", "plain", "s-0000000001"])
    equal(client.exists(root + "/plain").ephemeralOwner, 0)
    equal(client.exists(root + "/e").ephemeralOwner, client.client_id[0])
    equal(client.exists(root + "/es-0000000003").ephemeralOwner, client.client_id[0])


@check("create: existing node, missing parent, child of an ephemeral node, bad paths")
def create_errors(context):
    client = context.client()
    root = context.node(client)
    raises(NodeExistsError, client.create, root)
    raises(NodeExistsError, client.create, "/")
    raises(NoNodeError, client.create, root + "/no/child")
    client.create(root + "/e", ephemeral=True)
    raises(NoChildrenForEphemeralsError, client.create, root + "/e/child")
    raises(BadArgumentsError, client.create, root + "/nul\0")
    raises(BadArgumentsError, client.create, root + "/control\x01")


@check("create: makepath creates the missing parents")
def makepath(context):
    client = context.client()
    path = context.root + "/a/b/c"
    equal(client.create(path, b"deep", makepath=True), path)
    equal(client.get(path)[0], b"deep")
    equal(client.get(context.root + "/a")[0], b"")


@check("create2: answers with the path and the stat")
def create2(context):
    client = context.client()
    root = context.node(client)
    path, stat = client.create(root + "/n-", b"12345", sequence=True, include_data=True)
    equal(path, root + "/n-0000000000")
    equal((stat.version, stat.cversion, stat.aversion, stat.dataLength, stat.numChildren), (0, 0, 0, 5, 0))
    equal(stat, client.exists(path))
    equal(stat.czxid, stat.mzxid)
    equal(stat.czxid, stat.pzxid)
    path, stat = client.create(root + "/e", ephemeral=True, include_data=True)
    equal(stat.ephemeralOwner, client.client_id[0])


@check("sequence numbers count the creates and do not go back after deletes")
def sequences(context):
    client = context.client()
    root = context.node(client)
    equal(client.create(root + "/a-", sequence=True), root + "/a-0000000000")
    client.delete(root + "/a-0000000000")
    equal(client.create(root + "/b-", sequence=True), root + "/b-0000000001")
    client.create(root + "/plain")
    equal(client.create(root + "/", sequence=True), root + "/0000000003")
    raises(NodeExistsError, client.create, root + "/plain")
    equal(client.create(root + "/c-", sequence=True), root + "/c-0000000004")


@check("sequence numbers are unique among concurrent clients")
def concurrent_sequences(context):
    clients = [context.client() for _ in range(4)]
    root = context.node(clients[0])
    paths = []

    def create_some(client):
        pending = [client.create_async(root + "/q-", sequence=True) for _ in range(50)]
        paths.extend(one.get(timeout=20) for one in pending)

    threads = [threading.Thread(target=create_some, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(paths), ["%s/q-%010d" % (root, number) for number in range(200)])


@check("exists, get and set, with version counting and BadVersion")
def versions(context):
    client = context.client()
    root = context.node(client, b"zero")
    equal(client.exists(root + "/missing"), None)
    raises(NoNodeError, client.get, root + "/missing")
    raises(NoNodeError, client.set, root + "/missing", b"")
    data, before = client.get(root)
    equal((data, before.version, before.dataLength), (b"zero", 0, 4))
    stat = client.set(root, b"first", version=0)
    equal((stat.version, stat.dataLength, stat.czxid), (1, 5, before.czxid))
    assert stat.mzxid > before.mzxid
    raises(BadVersionError, client.set, root, b"no", version=0)
    raises(BadVersionError, client.set, root, b"no", version=2)
    equal(client.set(root, b"second").version, 2)
    equal(client.get(root), (b"second", client.exists(root)))
    client.set(root, b"")
    equal(client.get(root)[0], b"")


@check("delete: versions, missing node, node with children, recursive, special nodes")
def delete(context):
    client = context.client()
    root = context.node(client)
    client.create(root + "/a/b", makepath=True)
    raises(NotEmptyError, client.delete, root + "/a")
    raises(NoNodeError, client.delete, root + "/missing")
    raises(BadVersionError, client.delete, root + "/a/b", version=7)
    client.delete(root + "/a/b", version=0)
    client.delete(root + "/a")
    equal(client.get_children(root), [])
    client.create(root + "/x/y/z", makepath=True)
    client.delete(root + "/x", recursive=True)
    equal(client.exists(root + "/x"), None)
    raises(BadArgumentsError, client.delete, "/")
    raises(BadArgumentsError, client.delete, "/zookeeper")


@check("children, with and without the parent's stat")
def children(context):
    client = context.client()
    root = context.node(client)
    equal(client.get_children(root), [])
    for name in ("b", "a", "c"):
        client.create(root + "/" + name)
    equal(sorted(client.get_children(root)), ["a", "b", "c"])
    client.delete(root + "/a")
    names, stat = client.get_children(root, include_data=True)
    equal(sorted(names), ["b", "c"])
    equal((stat.numChildren, stat.cversion, stat.version), (2, 4, 0))
    equal(stat.pzxid, client.last_zxid)
    raises(NoNodeError, client.get_children, root + "/missing")
    assert "zookeeper" in client.get_children("/")


@check("sync answers with the path, and a read after it sees the latest write of another client")
def sync(context):
    writer = context.client(hosts=context.addresses[0])
    reader = context.client(hosts=context.addresses[-1])
    root = context.node(writer)
    for number in range(20):
        writer.set(root, b"%d" % number)
        equal(reader.sync(root), root)
        equal(reader.get(root)[0], b"%d" % number)


@check("pipelined requests are answered in order, and a client reads its own writes")
def pipeline(context):
    client = context.client()
    root = context.node(client)
    results = []
    for number in range(200):
        results.append(client.set_async(root, b"%d" % number))
        results.append(client.get_async(root))
    for number in range(200):
        equal(results[2 * number].get(timeout=20).version, number + 1)
        data, stat = results[2 * number + 1].get(timeout=20)
        equal((data, stat.version), (b"%d" % number, number + 1))


@check("transaction: all operations succeed together and give their own results")
def transaction_success(context):
    client = context.client()
    root = context.node(client, b"old")
    client.create(root + "/gone")
    transaction = client.transaction()
    transaction.check(root, 0)
    transaction.create(root + "/a", b"1")
    transaction.create(root + "/s-", b"2", sequence=True)
    transaction.set_data(root, b"new", version=0)
    transaction.delete(root + "/gone", version=0)
    transaction.create(root + "/a/child", b"3", ephemeral=True)
    transaction.check(root, 1)
    results = transaction.commit()
    equal(results[:3], [True, root + "/a", root + "/s-0000000002"])
    equal((results[3].version, results[3].dataLength), (1, 3))
    equal(results[4:], [True, root + "/a/child", True])
    stats = [client.exists(root + "/a"), client.exists(root + "/s-0000000002"), client.exists(root + "/a/child")]
    equal({stat.czxid for stat in stats}, {results[3].mzxid})
    equal(client.get(root)[0], b"new")
    equal(sorted(client.get_children(root)), ["a", "s-0000000002"])


@check("transaction: a failing operation rolls all back; 0 before it, its error, -2 after it")
def transaction_failure(context):
    client = context.client()
    root = context.node(client, b"old")
    transaction = client.transaction()
    transaction.create(root + "/a")
    transaction.set_data(root, b"new")
    transaction.delete(root + "/missing")
    transaction.create(root + "/b")
    results = transaction.commit()
    equal([type(result) for result in results], [RolledBackError, RolledBackError, NoNodeError, RuntimeInconsistency])
    equal(client.get_children(root), [])
    equal(client.get(root)[0], b"old")
    equal(client.exists(root).version, 0)
    equal(client.create(root + "/s-", sequence=True), root + "/s-0000000000")


@check("transaction: check of a version, of a missing node; an empty one")
def transaction_check(context):
    client = context.client()
    root = context.node(client)
    transaction = client.transaction()
    transaction.check(root, 3)
    transaction.create(root + "/a")
    equal([type(result) for result in transaction.commit()], [BadVersionError, RuntimeInconsistency])
    transaction = client.transaction()
    transaction.create(root + "/a")
    transaction.check(root + "/missing", -1)
    equal([type(result) for result in transaction.commit()], [RolledBackError, NoNodeError])
    equal(client.transaction().commit(), [])
    equal(client.get_children(root), [])


@check("get_acls and set_acls: world, versions, invalid ACLs")
def acls_world(context):
    client = context.client()
    root = context.node(client)
    acls, stat = client.get_acls(root)
    equal((acls, stat.aversion), (OPEN_ACL_UNSAFE, 0))
    read_admin = [ACL(1 | 16, Id("world", "anyone"))]
    equal(client.set_acls(root, read_admin, version=0).aversion, 1)
    equal(client.get_acls(root)[0], read_admin)
    raises(BadVersionError, client.set_acls, root, OPEN_ACL_UNSAFE, version=0)
    raises(NoAuthError, client.set, root, b"x")
    raises(NoAuthError, client.create, root + "/child")
    equal(client.get(root)[0], b"")
    raises(InvalidACLError, client.set_acls, root, [ACL(31, Id("nothing", "x"))])
    raises(InvalidACLError, client.set_acls, root, [])
    raises(InvalidACLError, client.create, root + "-x", acl=[ACL(31, Id("digest", "no-colon"))])
    raises(NoNodeError, client.get_acls, root + "/missing")
    client.set_acls(root, OPEN_ACL_UNSAFE)
    client.create(root + "/child")


@check("digest ACLs: add_auth opens the node, others get NoAuth, hashes are masked")
def acls_digest(context):
    owner = context.client()
    stranger = context.client()
    owner.add_auth("digest", "ann:secret")
    acl = make_digest_acl("ann", "secret", all=True)
    owner.create(context.root, b"private", acl=[acl])
    equal(owner.get(context.root)[0], b"private")
    equal(owner.get_acls(context.root)[0], [acl])
    raises(NoAuthError, stranger.get, context.root)
    raises(NoAuthError, stranger.set, context.root, b"x")
    raises(NoAuthError, stranger.get_children, context.root)
    raises(NoAuthError, stranger.create, context.root + "/child")
    raises(NoAuthError, stranger.get_acls, context.root)
    raises(NoAuthError, stranger.set_acls, context.root, OPEN_ACL_UNSAFE)
    stranger.add_auth("digest", "ann:wrong")
    raises(NoAuthError, stranger.get, context.root)
    stranger.add_auth("digest", "ann:secret")
    equal(stranger.get(context.root)[0], b"private")
    owner.set_acls(context.root, [acl, make_acl("world", "anyone", read=True)])
    reader = context.client()
    equal(sorted(entry.id.id for entry in reader.get_acls(context.root)[0]), ["ann:x", "anyone"])


@check("the auth scheme stands for the connection's own ids; without one it is invalid")
def acls_auth(context):
    client = context.client()
    raises(InvalidACLError, client.create, context.root, acl=CREATOR_ALL_ACL)
    client.add_auth("digest", "bob:pw")
    client.create(context.root, acl=CREATOR_ALL_ACL)
    equal(client.get_acls(context.root)[0], [make_digest_acl("bob", "pw", all=True)])
    raises(NoAuthError, context.client().get, context.root)


@check("delete needs DELETE on the parent, not on the node")
def acl_delete(context):
    client = context.client()
    root = context.node(client)
    client.create(root + "/locked", acl=[make_acl("world", "anyone", read=True)])
    client.delete(root + "/locked")
    client.create(root + "/open")
    client.set_acls(root, [make_acl("world", "anyone", read=True, admin=True)])
    raises(NoAuthError, client.delete, root + "/open")
    client.set_acls(root, OPEN_ACL_UNSAFE)


@check("an unknown authentication scheme fails the authentication")
def auth_failed(context):
    client = context.client()
    raises(AuthFailedError, client.add_auth, "nothing", "x:y")


@check("chroot: paths are relative to it in requests, results and watches")
def chroot(context):
    plain = context.client()
    root = context.node(plain)
    inside = context.client(hosts=context.hosts + root)
    equal(inside.create("/a", b"1"), "/a")
    equal(inside.create("/s-", sequence=True), "/s-0000000001")
    equal(plain.get(root + "/a")[0], b"1")
    equal(sorted(inside.get_children("/")), ["a", "s-0000000001"])
    transaction = inside.transaction()
    transaction.create("/t")
    equal(transaction.commit(), ["/t"])
    seen = threading.Event()
    paths = []

    def watcher(event):
        paths.append(event.path)
        seen.set()

    inside.get("/a", watch=watcher)
    plain.set(root + "/a", b"2")
    assert seen.wait(10)
    equal(paths, ["/a"])


@check("names in UTF-8 and data with every byte")
def unicode(context):
    client = context.client()
    root = context.node(client)
    every_byte = bytes(range(256)) * 4
    path = root + "/grüße-汉字"
    equal(client.create(path, every_byte), path)
    equal(client.get(path)[0], every_byte)
    equal(client.get_children(root), ["grüße-汉字"])


@check("1 MB limit: a frame of 1,048,575 bytes is served, one byte more closes the connection")
def size_limit(context):
    client = context.client()
    root = context.node(client)
    # header (8) + path (4 + length) + data (4 + length) + version (4)
    room = 1048575 - 8 - 4 - len(root) - 4 - 4
    client.set(root, b"x" * room)
    other = context.client()
    other.sync(root)
    # The answer may be longer than the request was: the limit is on what the server reads.
    equal(client.exists(root).dataLength, room)
    session = client.client_id[0]
    raises(exceptions.ConnectionLoss, client.set, root, b"x" * (room + 1))
    client.retry(client.exists, root)
    equal(client.client_id[0], session)
    equal(client.exists(root).version, 1)
