"""Checks of clients that speak TLS, beside the others of kazoo_suite.py; run in the same way.

SECURE_HOSTS names the ports for TLS, SECURE_FILES the directory of ca.pem and of a PEM file for each client.
"""
import os
import ssl

from kazoo.exceptions import NoAuthError
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.security import make_acl

import kazoo_suite
from kazoo_suite import Events, check, equal, raises

HOSTS = os.environ.get("SECURE_HOSTS", "")
FILES = os.environ.get("SECURE_FILES", "")
ANN = "CN=ann,O=Example\\, Inc."


def file(name):
    return os.path.join(FILES, name + ".pem")


def secure(context, name, hosts=None, **options):
    """A started client with the certificate of that name."""
    own = {"certfile": file(name), "keyfile": file(name)}
    return context.client(hosts=hosts or HOSTS, use_ssl=True, ca=file("ca"), **own, **options)


def secure_addresses():
    return HOSTS.split(",")


@check("tls: data, watches and ephemerals of 1 MB and less, at every server")
def operations(context):
    plain = context.client()
    root = context.node(plain)
    large = os.urandom(1000 * 1000)
    for number, address in enumerate(secure_addresses()):
        client = secure(context, "ann", hosts=address)
        path = "%s/%d" % (root, number)
        client.create(path, large, ephemeral=True)
        plain.sync(path)
        equal(plain.get(path)[0], large)
        equal(client.get(path)[0], large)
        events = Events()
        client.get(path, watch=events)
        plain.set(path, b"new")
        equal(events.wait(1), [("CHANGED", path)])
        client.stop()
    plain.sync(root)
    equal(plain.get_children(root), [])


@check("tls: x509: who has the certificate may, others may not, whichever server they ask")
def x509_acl(context):
    root = context.node(context.client())
    acl = [make_acl("x509", ANN, all=True)]
    for number, address in enumerate(secure_addresses()):
        ann = secure(context, "ann", hosts=address)
        path = "%s/%d" % (root, number)
        ann.create(path, b"hers", acl=acl)
        # Writes are judged by the leader, reads by the client's own server.
        ann.set(path, b"hers still")
        equal(ann.get(path)[0], b"hers still")
        equal([(one.id.scheme, one.id.id) for one in ann.get_acls(path)[0]], [("x509", ANN)])
        for other in (secure(context, "bob", hosts=address), context.client()):
            other.sync(path)
            raises(NoAuthError, other.get, path)
            raises(NoAuthError, other.set, path, b"theirs")


@check("tls: x509: auth stands for the certificate, also beside a digest")
def auth_acl(context):
    root = context.node(context.client())
    ann = secure(context, "ann")
    ann.create(root + "/own", b"", acl=[make_acl("auth", "", all=True)])
    equal([(one.id.scheme, one.id.id) for one in ann.get_acls(root + "/own")[0]], [("x509", ANN)])
    ann.add_auth("digest", "ann:secret")
    ann.create(root + "/both", b"", acl=[make_acl("auth", "", all=True)])
    equal({one.id.scheme for one in ann.get_acls(root + "/both")[0]}, {"x509", "digest"})


@check("tls: x509: the superuser by certificate reads what nobody else may")
def superuser(context):
    root = context.node(context.client())
    secure(context, "ann").create(root + "/hers", b"hers", acl=[make_acl("x509", ANN, all=True)])
    boss = secure(context, "root")
    boss.sync(root)
    equal(boss.get(root + "/hers")[0], b"hers")
    boss.set(root + "/hers", b"read")


@check("tls: a session is resumed by a client with its certificate on another server")
def resumption(context):
    first, *others = secure_addresses()
    root = context.node(context.client())
    ann = secure(context, "ann", hosts=first)
    ann.create(root + "/e", ephemeral=True)
    session = ann.client_id
    again = secure(context, "ann", hosts=(others or [first])[-1], client_id=session)
    equal(again.client_id, session)
    equal(again.exists(root + "/e").ephemeralOwner, session[0])


@check("tls: security 12: a certificate of somebody else, or none, gives no session")
def refusals(context):
    def attempt(**own):
        client = kazoo_suite.KazooClient(hosts=HOSTS, use_ssl=True, ca=file("ca"), **own)
        try:
            raises(KazooTimeoutError, client.start, timeout=0.8)
        finally:
            client.stop()
            client.close()

    attempt(certfile=file("stranger"), keyfile=file("stranger"))
    attempt()
    raises(NoAuthError, context.client().get_children, secret(context))


def secret(context):
    """A node that only the holder of the certificate may read."""
    path = context.root + "-secret"
    secure(context, "ann").create(path, b"", acl=[make_acl("x509", ANN, all=True)])
    return path


@check("tls: a client that does not trust the server's certificate goes away, and the server stays")
def distrust(context):
    context_of_nobody = ssl.create_default_context(cafile=file("strangers"))
    import socket

    for address in secure_addresses():
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            try:
                context_of_nobody.wrap_socket(raw, server_hostname=host)
            except ssl.SSLCertVerificationError:
                continue
            raise AssertionError("it was trusted")
    secure(context, "ann").get_children("/")


if __name__ == "__main__":
    kazoo_suite.main()
