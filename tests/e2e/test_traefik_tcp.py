"""TCP routers of the Traefik face: what is passed on as bytes, beside HTTP on the same entry point."""

from __future__ import annotations

import ssl
import threading

import pytest

import proxy_header
from gateway import PORTS
from origins import Peer, named
from raw import PATIENCE, eventually
from tcp import Exchange, echo, encrypted, tells
from traefik import traefik

pytestmark = pytest.mark.gatehouse("nginx is not started as Traefik is")

TWO = ["--entrypoints.web.address=127.0.0.1:%port%", "--entrypoints.db.address=127.0.0.1:%port_db%"]


def one(router: str, *servers, more: str = "", **service: str) -> str:
    """One TCP router at entry point db."""
    addresses = ", ".join(f"{{address: '{server}'}}" for server in servers)
    options = "".join(f", {name}: {value}" for name, value in service.items())
    return f"""\
tcp:
  routers:
    r: {{service: s, entryPoints: [db], {router}}}
  services:
    s: {{loadBalancer: {{servers: [{addresses}]{options}}}}}
{more}"""


def server_context(pair) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def test_a_server_that_speaks_first_is_heard(lab):
    gateway = traefik(lab, one("rule: HostSNI(`*`)", lab.origin(tells("220 ready"))), TWO)
    assert gateway.connect("port_db").read_to_end() == b"220 ready"


def test_bytes_pass_both_ways_and_a_half_closed_client_is_answered(lab):
    gateway = traefik(lab, one("rule: HostSNI(`*`)", lab.origin(echo)), TWO)
    exchange = Exchange(gateway.connect("port_db"), 3_000_000)
    exchange.join(60)
    assert (exchange.count, exchange.received.hexdigest()) == (3_000_000, exchange.sent)


def test_a_server_that_stays_silent_after_the_clients_end_is_left(lab):
    done = threading.Event()
    origin = lab.origin(lambda peer: done.wait(PATIENCE * 2) and None)
    gateway = traefik(lab, one("rule: HostSNI(`*`)", origin, terminationDelay="100"), TWO)
    wire = gateway.connect("port_db")
    wire.half_close()
    assert wire.read_to_end() == b""
    done.set()


def test_connections_are_spread_and_a_dead_server_is_passed_over(lab):
    live = [lab.origin(tells(name)) for name in "ab"]
    gateway = traefik(lab, one("rule: HostSNI(`*`)", *live, f"127.0.0.1:{PORTS.free()}"), TWO)
    seen = [gateway.connect("port_db").read_to_end() for _ in range(12)]
    assert set(seen) == {b"a", b"b"}


MIXED = """\
http:
  services: {s: {loadBalancer: {servers: [{url: 'http://%web%'}]}}}
  routers:
    plain: {rule: PathPrefix(`/`), service: s}
    local: {rule: Host(`localhost`), service: s, tls: {}}
tcp:
  services:
    passed: {loadBalancer: {servers: [{address: '%passed%'}]}}
    ended: {loadBalancer: {servers: [{address: '%ended%'}]}}
    near: {loadBalancer: {servers: [{address: '%near%'}]}}
    rest: {loadBalancer: {servers: [{address: '%rest%'}]}}
  routers:
    passed: {rule: HostSNI(`other.example`), service: passed, tls: {passthrough: true}}
    ended: {rule: HostSNI(`example.com`), service: ended, tls: {}}
    local: {rule: HostSNI(`localhost`), service: ended, tls: {}}
    alpn: {rule: ALPN(`special`), service: near, tls: {options: special}}
    near: {rule: ClientIP(`127.0.0.9`), service: near}
    rest: {rule: HostSNI(`*`), service: rest, tls: {passthrough: true}, priority: 2}
tls:
  certificates: [{certFile: %site%.pem, keyFile: %site%.key}]
  options: {special: {alpnProtocols: [special]}}
"""


def mixed(lab, certificates, text: str = MIXED):
    return traefik(lab, text, web=lab.origin(named("web")), ended=lab.origin(tells("ended")),
                   near=lab.origin(tells("near")), rest=lab.origin(encrypted(
                       server_context(certificates.rsa), tells("rest"))),
                   passed=lab.origin(encrypted(server_context(certificates.other), tells("passed"))),
                   site=certificates.directory / "localhost")


def test_tls_is_passed_on_or_ended_by_name_beside_http_and_https(lab, certificates):
    gateway = mixed(lab, certificates)
    assert certificates.connect(gateway, "other.example").read_to_end() == b"passed"
    assert certificates.connect(gateway, "example.com").read_to_end() == b"ended"
    assert certificates.connect(gateway, "localhost").ask("GET", "/").body == b"web"
    assert gateway.get("/").body == b"web"


def test_what_no_name_is_for_goes_to_the_router_for_everything(lab, certificates):
    gateway = mixed(lab, certificates)
    assert certificates.connect(gateway, "sub.example.com").read_to_end() == b"rest"
    assert certificates.connect(gateway, None).read_to_end() == b"rest"
    text = MIXED.replace("    plain:", "    all: {rule: PathPrefix(`/`), service: s, tls: {}}\n    plain:")
    gateway = mixed(lab, certificates, text)
    assert certificates.connect(gateway, "sub.example.com").ask("GET", "/", host="x").body == b"web"


def test_protocols_choose_and_are_agreed_on(lab, certificates):
    gateway = mixed(lab, certificates)
    wire = certificates.connect(gateway, None, alpn=["special"])
    assert wire.sock.selected_alpn_protocol() == "special"
    assert wire.read_to_end() == b"near"
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        certificates.connect(gateway, "example.com", alpn=["unheard-of"])


def test_a_hello_in_pieces_is_waited_for(lab, certificates):
    gateway = mixed(lab, certificates)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = certificates.context().wrap_bio(incoming, outgoing, server_hostname="other.example")
    wire = gateway.connect()
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    for byte in hello[:40]:
        wire.send(bytes([byte]))
    wire.send(hello[40:])
    while tls.version() is None:
        assert wire.fill()
        incoming.write(wire.take(1 << 20))
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ("DNS", "other.example") in tls.getpeercert()["subjectAltName"]


def test_addresses_choose_without_tls(lab, certificates):
    gateway = mixed(lab, certificates)
    wire = gateway.connect(source="127.0.0.9")
    wire.send("hello")   # where TLS may come, the client speaks first
    assert wire.read_to_end() == b"near"


def test_only_listed_addresses_are_let_in(lab):
    more = "  middlewares: {near: {ipAllowList: {sourceRange: [127.0.0.8/31]}}}\n"
    rule = "rule: HostSNI(`*`), middlewares: [near]"
    gateway = traefik(lab, one(rule, lab.origin(tells("in")), more=more), TWO)
    assert gateway.connect("port_db", source="127.0.0.9").read_to_end() == b"in"
    assert gateway.connect("port_db").ended()
    gateway.says("not let in by near@file: address-not-allowed")


def test_connections_of_one_address_are_limited(lab):
    more = "  middlewares: {few: {inFlightConn: {amount: 2}}}\n"
    rule = "rule: HostSNI(`*`), middlewares: [few]"
    gateway = traefik(lab, one(rule, lab.origin(echo), more=more), TWO)

    def open_one():
        wire = gateway.connect("port_db", source="127.0.0.9")
        wire.send("x")
        return wire

    first, second = open_one(), open_one()
    assert first.read_exactly(1) == second.read_exactly(1) == b"x"
    assert open_one().ended()
    other = gateway.connect("port_db", source="127.0.0.8")
    other.send("y")
    assert other.read_exactly(1) == b"y"
    first.close()
    eventually(lambda: not open_one().ended(), "there is room again")


@pytest.mark.parametrize("version, begin", [(1, b"PROXY TCP4 127.0.0.9 127.0.0.1 "),
                                            (2, proxy_header.SIGNATURE)])
def test_servers_are_told_who_connects(lab, version, begin):
    def script(peer: Peer) -> None:
        peer.fill()
        peer.send(peer.take(1 << 16))

    gateway = traefik(lab, one("rule: HostSNI(`*`)", lab.origin(script),
                               proxyProtocol=f"{{version: {version}}}"), TWO)
    assert gateway.connect("port_db", source="127.0.0.9").read_to_end().startswith(begin)


def test_a_proxy_protocol_header_says_who_connects(lab):
    flags = [*TWO, "--entrypoints.db.proxyprotocol.trustedips=127.0.0.1"]
    more = "  middlewares: {near: {ipAllowList: {sourceRange: [192.0.2.0/24]}}}\n"
    rule = "rule: 'ClientIP(`192.0.2.0/25`)', middlewares: [near]"
    gateway = traefik(lab, one(rule, lab.origin(tells("in")), more=more), flags)
    wire = gateway.connect("port_db")
    wire.send(proxy_header.v1("192.0.2.1"))
    assert wire.read_to_end() == b"in"


def test_servers_may_be_spoken_to_with_tls(lab, certificates):
    origin = lab.origin(encrypted(server_context(certificates.localhost), tells("in secret")))
    more = f"""\
  serversTransports:
    good: {{tls: {{rootCAs: [{certificates.authority.certificate}], serverName: localhost}}}}
    other: {{tls: {{rootCAs: [{certificates.strange_authority.certificate}], serverName: localhost}}}}
"""
    text = one("rule: HostSNI(`*`)", origin, more=more, serversTransport="%transport%")
    text = text.replace("'}", "', tls: true}")
    assert traefik(lab, text, TWO, transport="good").connect("port_db").read_to_end() == b"in secret"
    assert traefik(lab, text, TWO, transport="other").connect("port_db").ended()


def test_weights_lead_to_services(lab):
    text = """\
tcp:
  routers: {r: {rule: HostSNI(`*`), entryPoints: [db], service: both}}
  services:
    both: {weighted: {services: [{name: a, weight: 3}, {name: b, weight: 1}]}}
    a: {loadBalancer: {servers: [{address: '%a%'}]}}
    b: {loadBalancer: {servers: [{address: '%b%'}]}}
"""
    gateway = traefik(lab, text, TWO, a=lab.origin(tells("a")), b=lab.origin(tells("b")))
    seen = [gateway.connect("port_db").read_to_end() for _ in range(40)]
    assert 29 <= seen.count(b"a") <= 31   # who asked whether the port is open may have had one


def test_clients_need_the_certificate_that_a_router_asks_for(lab, certificates):
    more = f"""\
tls:
  certificates: [{{certFile: {certificates.localhost.certificate}, keyFile: {certificates.localhost.key}}}]
  options: {{mutual: {{clientAuth: {{caFiles: [{certificates.authority.certificate}]}}}}}}
"""
    router = "rule: HostSNI(`localhost`), tls: {options: mutual}"
    gateway = traefik(lab, one(router, lab.origin(tells("in")), more=more), TWO)
    good = certificates.connect(gateway, port="port_db", client=certificates.client)
    assert good.read_to_end() == b"in"
    assert certificates.connect(gateway, port="port_db").ended()


def test_a_new_configuration_leaves_what_is_open_and_holds_for_what_comes(lab):
    old, new = lab.origin(echo), lab.origin(tells("new"))
    gateway = traefik(lab, one("rule: HostSNI(`*`)", old), TWO)
    wire = gateway.connect("port_db")
    wire.send("a")
    assert wire.read_exactly(1) == b"a"
    gateway.reload(one("rule: HostSNI(`*`)", new))

    def is_new() -> bool:
        other = gateway.connect("port_db")
        other.half_close()
        return other.read_to_end() == b"new"

    eventually(is_new, "the new server answers")
    wire.send("b")
    assert wire.read_exactly(1) == b"b"
