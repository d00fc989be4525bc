"""TLS on real sockets: records in any pieces, sessions that are resumed, certificates of clients, and what
comes through a proxy in front."""

from __future__ import annotations

import re
import signal
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Certificates
from gateway import Gateway
from h2_client import H2Client, h2_over_tls
from proxy_header import v1, v2_of
from raw import PATIENCE, Wire, connect, eventually, request

LISTEN = "listen 127.0.0.1:%port% ssl; server_name localhost;"
young = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")


class MemoryTls:
    """A client whose TLS is in memory: what goes over the wire is cut as the test says."""

    def __init__(self, wire: Wire, context: ssl.SSLContext, name: str, piece: int) -> None:
        self.wire, self.piece = wire, piece
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.sock = self
        self._run(self.tls.do_handshake)

    def _flush(self) -> None:
        data = self.outgoing.read()
        for start in range(0, len(data), self.piece):
            self.wire.sock.send(data[start:start + self.piece])

    def _run(self, step):
        while True:
            try:
                result = step()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.wire.sock.recv(1 if self.piece == 1 else 1 << 16)
                self.incoming.write(data) if data else self.incoming.write_eof()

    def send(self, data: bytes) -> None:
        self.tls.write(data)
        self._flush()

    def recv(self, count: int) -> bytes:
        try:
            return self._run(lambda: self.tls.read(count))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""


def plain_socket(gateway: Gateway, port: str = "port") -> Wire:
    wire = gateway.connect(port)
    wire.sock.setsockopt(6, 1, 1)   # TCP_NODELAY: what is cut stays cut
    return wire


@young
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_records_may_come_in_any_pieces(lab, certificates, version, piece, protocol):
    gateway = lab.gateway(f"server {{ {LISTEN} http2 on; {certificates.localhost} root %prefix%; }}",
                          files={"file": "0123456789" * 2000})
    wire = plain_socket(gateway)
    tls = MemoryTls(wire, certificates.context(alpn=[protocol], version=version), "localhost", piece)
    if protocol == "h2":
        client = H2Client(tls)
        for _ in range(3):
            assert client.get("/file").text == "0123456789" * 2000
        return
    for _ in range(3):
        tls.send(request("GET", "/file"))
        received = b""
        while b"\r\n\r\n" not in received or len(received.partition(b"\r\n\r\n")[2]) < 20_000:
            received += tls.recv(1 << 16)
        assert received.endswith(b"0123456789")


@pytest.mark.parametrize("cut", [0, 1, 5, 40, 150])
def test_a_client_may_leave_within_the_handshake(lab, certificates, cut):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200 here; }}")
    outgoing = ssl.MemoryBIO()
    tls = certificates.context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    wire = gateway.send(outgoing.read()[:cut])
    wire.half_close()
    wire.read_to_end()
    assert certificates.connect(gateway).ask("GET", "/").text == "here"


def test_a_record_that_was_tampered_with_ends_the_connection(lab, certificates):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200 here; }}")
    wire = plain_socket(gateway)
    tls = MemoryTls(wire, certificates.context(), "localhost", 1000)
    tls.tls.write(request("GET", "/"))
    data = bytearray(tls.outgoing.read())
    data[-1] ^= 1
    wire.send(bytes(data))
    assert b"HTTP" not in wire.read_to_end()
    assert certificates.connect(gateway).ask("GET", "/").text == "here"


def test_an_end_is_said_before_it_is_made(lab, certificates):
    """close_notify: a client can tell the end of a body from a cut."""
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200 here; }}")
    wire = certificates.connect(gateway)
    wire.send(request("GET", "/", "Connection: close"))
    assert wire.read_to_end().endswith(b"here")   # raises if there is none


def resumed(gateway, directory: Path, *options: str) -> Iterator[bool]:
    """Whether the session of the first connection is taken up by each following one."""
    session = directory / "session"

    def s_client(*more: str) -> str:
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-servername",
                               "localhost", "-ign_eof", *options, *more],
                              text=True, capture_output=True, timeout=20,
                              input="GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert "200 OK" in done.stdout, done.stderr
        return done.stdout

    assert "New, TLS" in s_client("-sess_out", str(session))
    while True:
        yield session.exists() and "Reused, TLS" in s_client("-sess_in", str(session))


SESSIONS = {
    "tickets": ("ssl_session_tickets on;", []),
    "tickets of TLS 1.2": ("ssl_session_tickets on; ssl_session_cache off;", ["-tls1_2"]),
    "a cache": ("ssl_session_tickets off; ssl_session_cache shared:tls:1m;", ["-tls1_2", "-no_ticket"]),
    "a cache of TLS 1.3": ("ssl_session_tickets off; ssl_session_cache shared:tls:1m;", []),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_resumed_by_any_worker(lab, certificates, tmp_path, name):
    settings, options = SESSIONS[name]
    server = f"server {{ {LISTEN} {certificates.localhost} return 200 $pid; }}"
    gateway = lab.gateway(settings + server, workers=4)
    again = resumed(gateway, tmp_path, *options)
    assert [next(again) for _ in range(6)] == [True] * 6


@pytest.mark.gatehouse("its tickets are of a key that a reload forgets")
@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_resumed_after_a_reload(lab, certificates, tmp_path, name):
    settings, options = SESSIONS[name]
    server = "{} server {{ {} {} add_header X-Age {}; return 200; }}"
    gateway = lab.gateway(server.format(settings, LISTEN, certificates.localhost, "before"), workers=2)
    again = resumed(gateway, tmp_path, *options)
    assert next(again)
    gateway.reload(server.format(settings, LISTEN, certificates.localhost, "after"))
    eventually(lambda: certificates.connect(gateway).ask("GET", "/").get("X-Age") == "after")
    assert next(again)


def test_no_session_is_resumed_where_none_are_kept(lab, certificates, tmp_path):
    gateway = lab.gateway(f"""ssl_session_tickets off; ssl_session_cache off;
        server {{ {LISTEN} {certificates.localhost} return 200; }}""")
    assert not next(resumed(gateway, tmp_path, "-tls1_2"))


def shown(wire: Wire) -> str:
    return wire.sock.getpeercert()["subjectAltName"][0][1]


@young
def test_another_certificate_leaves_connections_open(lab, certificates):
    server = "server {{ listen 127.0.0.1:%port% ssl; http2 on; {} return 200 {}; }}"
    gateway = lab.gateway(server.format(certificates.localhost, "before"))
    kept = certificates.connect(gateway)
    kept_h2 = h2_over_tls(gateway, certificates)
    assert (kept.ask("GET", "/").text, kept_h2.get().text) == ("before", "before")
    gateway.reload(server.format(certificates.other, "after"))

    def is_taken() -> bool:
        wire = certificates.connect(gateway, None)
        try:
            return shown(wire) == "other.example"
        finally:
            wire.close()
    eventually(is_taken, "the other certificate is shown")
    assert (kept.ask("GET", "/").text, kept_h2.get().text) == ("after", "after")
    assert kept_h2.is_alive()


@young
def test_a_certificate_that_is_no_good_leaves_the_old_one(lab, certificates):
    server = "server {{ listen 127.0.0.1:%port% ssl; {} return 200; }}"
    gateway = lab.gateway(server.format(certificates.localhost))
    gateway.reload(server.format("ssl_certificate none.pem; ssl_certificate_key none.pem;"))
    gateway.says("none.pem")
    assert shown(certificates.connect(gateway)) == "localhost"
    gateway.configure(server.format(certificates.localhost))


VERIFYING = """
    server {
        listen 127.0.0.1:%port% ssl; server_name localhost;
        %pair% ssl_client_certificate %authority%; ssl_verify_client %verify%;
        error_page 495 496 497 = /told; location = /told { return 403 "$status $ssl_client_verify"; }
        return 200 $ssl_client_verify;
    }
"""


def verifying(lab, certificates, verify: str, text: str = VERIFYING):
    authority = certificates.authority.certificate
    return lab.gateway(text, pair=certificates.localhost, authority=authority, verify=verify)


@pytest.mark.parametrize("verify, client, status", [
    ("on", "client", 200), ("on", "stranger", 400), ("on", None, 400),
    ("optional", "client", 200), ("optional", "stranger", 400), ("optional", None, 200),
    ("optional_no_ca", "stranger", 200), ("optional_no_ca", None, 200),
])
def test_a_clients_certificate(lab, certificates: Certificates, verify, client, status):
    text = VERIFYING.replace("error_page 495 496 497 = /told;", "")
    gateway = verifying(lab, certificates, verify, text)
    pair = getattr(certificates, client) if client else None
    assert certificates.connect(gateway, client=pair).ask("GET", "/").status == status


@pytest.mark.parametrize("client", ["stranger", None])
def test_a_page_for_clients_without_a_good_certificate(lab, certificates, client):
    gateway = lab.gateway(f"""server {{
        {LISTEN} {certificates.localhost}
        ssl_client_certificate {certificates.authority.certificate}; ssl_verify_client on;
        error_page 495 496 =403 /told; location / {{ return 200 in; }} location /told {{ return 200 told; }}
    }}""")
    pair = getattr(certificates, client) if client else None
    message = certificates.connect(gateway, client=pair).ask("GET", "/")
    assert (message.status, message.text) == (403, "told")


def test_http_where_tls_is_spoken(lab, certificates):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200; }}")
    message = gateway.get("/")
    assert message.status == 400
    assert "plain HTTP request was sent to HTTPS port" in message.text


def test_http_where_tls_is_spoken_may_be_led_there(lab, certificates):
    gateway = lab.gateway(f"""server {{
        {LISTEN} {certificates.localhost} error_page 497 https://$host:$server_port$request_uri; return 200;
    }}""")
    message = gateway.get("/x?y")
    assert (message.status, message.get("Location")) == (302, f"https://localhost:{gateway.port}/x?y")


@young
def test_another_name_than_the_one_that_was_verified_is_misdirected(lab, certificates):
    gateway = lab.gateway(f"""
        server {{
            listen 127.0.0.1:%port% ssl http2; server_name localhost; {certificates.localhost}
            return 200 open;
        }}
        server {{
            listen 127.0.0.1:%port% ssl; server_name www.example.com; {certificates.localhost}
            ssl_client_certificate {certificates.authority.certificate}; ssl_verify_client on;
            return 200 closed;
        }}
    """)
    client = h2_over_tls(gateway, certificates)
    assert client.get(authority="localhost").text == "open"
    assert client.get(authority="www.example.com").status == 421
    assert client.get(authority="localhost").text == "open"
    wire = certificates.connect(gateway, "www.example.com", client=certificates.client, alpn=["h2"])
    assert H2Client(wire).get(authority="www.example.com").text == "closed"


@young
@pytest.mark.parametrize("header", [v1("192.0.2.7"), v2_of("192.0.2.7")])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_proxy_in_front_of_tls_and_http2(lab, certificates, header, at_once):
    gateway = lab.gateway(f"""server {{
        listen 127.0.0.1:%port% ssl http2 proxy_protocol; server_name localhost; {certificates.localhost}
        set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;
        return 200 "$remote_addr $proxy_protocol_addr $http2";
    }}""")
    wire = plain_socket(gateway)
    if at_once:
        held = Held(wire, header)
    else:
        wire.send(header)
        held = wire
    tls = MemoryTls(held, certificates.context(alpn=["h2"]), "localhost", 1 << 16)
    client = H2Client(tls)
    assert client.get().text == "192.0.2.7 192.0.2.7 h2"
    assert client.get().text == "192.0.2.7 192.0.2.7 h2"


class Held:
    """A wire that sends what it held back with what comes next."""

    def __init__(self, wire: Wire, held: bytes) -> None:
        self.wire, self.held, self.sock = wire, held, self

    def send(self, data: bytes) -> None:
        self.wire.send(self.held + data)
        self.held = b""

    def recv(self, count: int) -> bytes:
        return self.wire.sock.recv(count)


def test_quit_ends_idle_connections_with_close_notify(lab, certificates):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200 here; }}")
    idle = certificates.connect(gateway)
    assert idle.ask("GET", "/").text == "here"
    gateway.signal(signal.SIGQUIT)
    assert idle.sock.recv(1) == b""   # an error, were it cut
    assert gateway.wait() == 0


@pytest.mark.gatehouse("it gives a connection that says nothing the time for a head")
def test_quit_does_not_wait_for_a_hello(lab, certificates):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} return 200 here; }}")
    silent = [connect(gateway.port) for _ in range(5)]
    assert certificates.connect(gateway).ask("GET", "/").text == "here"
    gateway.signal(signal.SIGQUIT)
    assert gateway.wait(PATIENCE) == 0
    for wire in silent:
        wire.close()


def test_a_handshake_must_end_in_time(lab, certificates):
    gateway = lab.gateway(f"""client_header_timeout 1s;
        server {{ {LISTEN} {certificates.localhost} return 200 here; }}""")
    for beginning in (b"", b"\x16\x03\x01"):
        wire = gateway.send(beginning)
        wire.read_to_end()
    assert re.search("here", certificates.connect(gateway).ask("GET", "/").text)
