"""stream {}: TLS that ends at the gateway, begins there, or is only looked at."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess

import pytest

from conftest import Lab
from origins import Peer
from tcp import echo, encrypted, passing, stream, tells

pytestmark = pytest.mark.gatehouse("Debian's has no stream block unless a package of its own is installed")


def test_tls_ends_at_the_gateway(lab: Lab, certificates) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost} proxy_pass {origin}; }}
    """, log="$status $ssl_protocol $ssl_server_name $bytes_received $bytes_sent")
    wire = certificates.connect(gateway)
    wire.send("secret")
    assert wire.read_exactly(6) == b"secret"
    wire.sock.unwrap()
    wire.close()
    plain = gateway.send("not TLS at all, and long enough")
    assert plain.read_to_end()[:1] in (b"", b"\x15")
    lines = gateway.access_lines(2)
    assert "200 TLSv1.3 localhost 6 6" in lines and any(line.startswith("500 ") for line in lines)
    gateway.says("while SSL handshaking, client: 127.0.0.1, server: 127.0.0.1:")


def test_a_large_transfer_through_tls_on_both_sides_arrives_unchanged(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.certificate, certificates.localhost.key)
    origin = lab.origin(encrypted(server, echo))
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost}
                  proxy_pass {origin}; proxy_ssl on; proxy_ssl_verify on; proxy_ssl_name localhost;
                  proxy_ssl_trusted_certificate {certificates.authority.certificate}; }}
    """)
    wire = certificates.connect(gateway)
    data = os.urandom(1 << 20)
    for start in range(0, len(data), 1 << 16):
        wire.send(data[start:start + (1 << 16)])
        assert wire.read_exactly(1 << 16) == data[start:start + (1 << 16)]


def test_an_endpoint_whose_certificate_is_wrong_is_not_used(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.stranger.certificate, certificates.stranger.key)
    origin = lab.origin(encrypted(server, echo))
    gateway = stream(lab, f"""
        proxy_ssl on;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate {certificates.authority.certificate};
        server {{ listen 127.0.0.1:%port%; proxy_pass {origin}; proxy_ssl_name localhost; }}
    """, log="$status $upstream_addr")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == [f"502 {origin}"]
    gateway.says("while SSL handshaking to upstream")


def test_the_proxy_header_stands_before_tls(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.certificate, certificates.localhost.key)
    seen = []

    def script(peer: Peer) -> None:
        line = b""
        while not line.endswith(b"\r\n"):
            line += peer.sock.recv(1)
        seen.append(line)
        encrypted(server, echo)(peer)

    gateway = passing(lab, script, "proxy_ssl on; proxy_protocol on;")
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert seen[0].startswith(b"PROXY TCP4 127.0.0.1 127.0.0.1 ")


def test_a_site_and_its_protocols_are_chosen_by_the_name_of_the_hello(lab: Lab, certificates) -> None:
    gateway = stream(lab, f"""
        {certificates.localhost}
        server {{ listen 127.0.0.1:%port% ssl; server_name localhost; return first; }}
        server {{ listen 127.0.0.1:%port% ssl; server_name ~^(?<who>w.*)\\.example\\.com$;
                  return "second $who"; }}
        server {{ listen 127.0.0.1:%port% ssl; server_name mail.example.com; ssl_alpn smtp imap;
                  return "third $ssl_alpn_protocol"; }}
    """)

    def told(name: str, **options) -> bytes:
        return certificates.connect(gateway, name, **options).read_to_end()

    assert told("localhost") == b"first"
    assert told("www.example.com") == b"second www"
    assert told("mail.example.com", alpn=["irc", "imap", "smtp"]) == b"third smtp"
    assert told("mail.example.com") == b"third "
    with pytest.raises(ssl.SSLError):
        told("mail.example.com", alpn=["irc"])


def test_who_asks_for_no_name_gets_the_default_server(lab: Lab, certificates) -> None:
    gateway = stream(lab, f"""
        {certificates.localhost}
        server {{ listen 127.0.0.1:%port% ssl; return first; }}
        server {{ listen 127.0.0.1:%port% ssl default_server; server_name localhost; return second; }}
    """)
    for name in (None, "localhost", "www.example.com"):
        assert certificates.connect(gateway, name).read_to_end() == b"second"


def test_clients_must_show_a_certificate_where_it_is_asked_for(lab: Lab, certificates) -> None:
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost} return $ssl_client_s_dn;
                  ssl_verify_client on; ssl_client_certificate {certificates.authority.certificate}; }}
    """, log="$status $gatehouse_reason")
    assert b"client.example" in certificates.connect(gateway, client=certificates.client).read_to_end()
    for client in (None, certificates.stranger):
        try:
            assert certificates.connect(gateway, client=client).read_to_end() == b""
        except (ssl.SSLError, ConnectionError):
            pass
    assert gateway.access_lines(3)[1:] == ["500 no-client-certificate", "500 bad-client-certificate"]


def test_tls_is_passed_on_by_the_name_it_asks_for(lab: Lab, certificates) -> None:
    def serving(pair, text: str):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        return lab.origin(encrypted(context, tells(text)))

    shop, other = serving(certificates.localhost, "shop\n"), serving(certificates.other, "other\n")
    plain = lab.origin(tells("plain\n"))
    gateway = stream(lab, f"""
        map $ssl_preread_server_name $where {{
            www.example.com {shop}; other.example {other}; default {plain}; }}
        server {{ listen 127.0.0.1:%port%; ssl_preread on; proxy_pass $where; }}
    """, log="$ssl_preread_server_name $ssl_preread_protocol $ssl_preread_alpn_protocols $upstream_addr")

    def s_client(*arguments: str) -> str:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-quiet", *arguments]
        return subprocess.run(command, capture_output=True, text=True, input="", timeout=20).stdout

    assert s_client("-servername", "www.example.com", "-alpn", "h2,http/1.1").endswith("shop\n")
    assert s_client("-servername", "other.example", "-tls1_2").endswith("other\n")
    assert gateway.send("whatever this is").read_to_end() == b"plain\n"
    assert gateway.access_lines(3) == [f"www.example.com TLSv1.3 h2,http/1.1 {shop}",
                                       f"other.example TLSv1.2  {other}", f"- - - {plain}"]


def test_a_hello_may_come_in_pieces_and_must_come_in_time(lab: Lab, certificates) -> None:
    gateway = stream(lab, """
        ssl_preread on;
        server { listen 127.0.0.1:%port%; return $ssl_preread_server_name; }
        server { listen 127.0.0.1:%port_b%; preread_buffer_size 42; return x; }
        server { listen 127.0.0.1:%port_c%; preread_timeout 300ms; return x; }
    """, log="$status $gatehouse_reason")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="slow.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    wire = gateway.connect()
    wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in hello:
        wire.send(bytes([byte]))
    assert wire.read_to_end() == b"slow.example"
    assert gateway.send(hello, "port_b").ended()
    assert gateway.send(hello[:20], "port_c").ended()
    assert gateway.access_lines(3) == ["200 -", "400 preread-buffer-full", "200 preread-timeout"]
