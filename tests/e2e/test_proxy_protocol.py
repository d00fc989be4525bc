"""`listen … proxy_protocol`: what a proxy in front says of a connection before its first byte."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest

from conftest import Lab
from gateway import Gateway
from programs import Program, curl
from proxy_header import LOCAL, PROXY, SIGNATURE, UNIX, crc32c, tlv, v1, v2, v2_of
from raw import Wire, eventually, request

HAPROXY = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")

SHOWS = """
log_format shown "$remote_addr $proxy_protocol_addr";
server {
    listen 127.0.0.1:%port% proxy_protocol;
    access_log access.log shown;
    %more%
    set $server "$proxy_protocol_server_addr|$proxy_protocol_server_port";
    location / { return 200 "$remote_addr|$proxy_protocol_addr|$proxy_protocol_port|$server"; }
}
"""
FROM_V4 = "127.0.0.1|192.0.2.1|123|192.0.2.2|5678"
FROM_V6 = "127.0.0.1|2001:db8::1|123|2001:db8::2|5678"
FROM_NOBODY = "127.0.0.1||||"


@pytest.fixture
def gateway(lab: Lab) -> Gateway:
    return lab.gateway(SHOWS, more="")


def answer(gateway: Gateway, header: bytes) -> str:
    """What a request behind this header is answered."""
    wire = gateway.send(header + request("GET", "/"))
    return wire.read_response().text


@pytest.mark.parametrize("header, expected", [
    pytest.param(v1(), FROM_V4, id="v1-tcp4"),
    pytest.param(v1("2001:db8::1", server="2001:db8::2"), FROM_V6, id="v1-tcp6"),
    pytest.param(b"PROXY UNKNOWN\r\n", FROM_NOBODY, id="v1-unknown"),
    pytest.param(b"PROXY UNKNOWN 1 2 3 4 5 6\r\n", FROM_NOBODY, id="v1-unknown-with-more"),
    pytest.param(v2_of(), FROM_V4, id="v2-tcp4"),
    pytest.param(v2_of("2001:db8::1", server="2001:db8::2"), FROM_V6, id="v2-tcp6"),
    pytest.param(v2_of(tlvs=bytes(9)), FROM_V4, id="v2-padding"),
    pytest.param(v2_of(tlvs=b"\1\0\x09h2"), FROM_V4, id="v2-tlv-cut-short"),
    pytest.param(v2(b"", command=LOCAL, family=0), FROM_NOBODY, id="v2-local"),
    pytest.param(v2(v2_of()[16:], command=LOCAL), FROM_NOBODY, id="v2-local-with-addresses"),
    pytest.param(v2(b"", family=0), FROM_NOBODY, id="v2-unspecified"),
    pytest.param(v2(v2_of()[16:], family=0x12), FROM_NOBODY, id="v2-datagram"),
    pytest.param(v2(b"/a".ljust(108, b"\0") * 2, family=UNIX), FROM_NOBODY, id="v2-unix"),
    pytest.param(v2(bytes(4), family=0x41), FROM_NOBODY, id="v2-unknown-family"),
])
def test_a_header_says_who_is_relayed(gateway: Gateway, header: bytes, expected: str) -> None:
    assert answer(gateway, header) == expected


@pytest.mark.parametrize("bytes_sent", [
    pytest.param(request("GET", "/"), id="a-request"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="tls"),
    pytest.param(b"PROXY TCP4 192.0.2.1 192.0.2.2 123\r\n\r\n", id="a-word-missing"),
    pytest.param(b"PROXY TCP5 192.0.2.1 192.0.2.2 123 5678\r\n", id="unknown-protocol"),
    pytest.param(b"PROXY TCP4 192.0.2.1 192.0.2.2 123 65536\r\n", id="no-port"),
    pytest.param(b"PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\n" + request("GET", "/"), id="bare-lf"),
    pytest.param(b"PROXY UNKNOWN " + b"x" * 200, id="endless"),
    pytest.param(v2(v2_of()[16:], command=0x11), id="version-1-in-binary"),
    pytest.param(v2(v2_of()[16:-1]), id="too-short"),
])
def test_a_connection_without_a_valid_header_is_closed_without_an_answer(gateway: Gateway,
                                                                         bytes_sent: bytes) -> None:
    assert gateway.send(bytes_sent).ended()
    assert answer(gateway, v1()) == FROM_V4


@pytest.mark.gatehouse("nginx takes the first ones, and its limit is that of a buffer")
@pytest.mark.parametrize("header", [
    pytest.param(b"PROXY TCP4 192.0.2 192.0.2.2 123 5678\r\n", id="no-address"),
    pytest.param(v1(port=0).replace(b" 0 ", b" 00 "), id="leading-zero"),
    pytest.param(b"PROXY UNKNOWNS\r\n", id="unknowns"),
    pytest.param(v2(v2_of()[16:], command=0x22), id="unknown-command"),
    pytest.param(v2_of(tlvs=bytes(4096 - 12 + 1)), id="too-large"),
])
def test_what_the_specification_does_not_know_is_refused(gateway: Gateway, header: bytes) -> None:
    assert gateway.send(header + request("GET", "/")).ended()
    gateway.says("broken header: \"")


@pytest.mark.gatehouse("Debian's logs all that came")
def test_the_error_log_shows_what_came_instead(gateway: Gateway) -> None:
    assert gateway.send("GET /secret HTTP/1.1\r\nCookie: a=b\r\n\r\n").ended()
    gateway.says('broken header: "GET /secret HTTP/1.1"')
    gateway.says("while reading PROXY protocol, client: 127.0.0.1")
    assert "[error]" in gateway.messages
    assert "Cookie" not in gateway.messages


@pytest.mark.gatehouse("its limit is that of a buffer")
def test_the_largest_header_is_read(gateway: Gateway) -> None:
    assert answer(gateway, v2_of(tlvs=tlv(4, bytes(4096 - 12 - 3)))) == FROM_V4
    assert answer(gateway, b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n") == FROM_NOBODY


@pytest.mark.gatehouse("nginx wants the header in one piece")
@pytest.mark.parametrize("header", [v1(), v2_of(tlvs=tlv(2, b"shop.example"))])
def test_a_header_comes_in_pieces(gateway: Gateway, header: bytes) -> None:
    for cut in range(1, len(header) + 1):
        wire = gateway.connect()
        wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.send(header[:cut])
        wire.send(header[cut:] + request("GET", "/"))
        assert wire.read_response().text == FROM_V4, f"cut at {cut}"
        wire.close()


def test_a_request_comes_long_after_the_header(gateway: Gateway) -> None:
    wire = gateway.send(v1())
    eventually(lambda: has_read(wire), "the header was read")
    assert wire.ask("GET", "/").text == FROM_V4


def has_read(wire: Wire) -> bool:
    """The other end has taken all that was sent: nothing waits in its queue."""
    ports = [wire.sock.getpeername()[1], wire.sock.getsockname()[1]]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if [int(address.rpartition(":")[2], 16) for address in words[1:3]] == ports:
            return int(words[4].rpartition(":")[2], 16) == 0
    return False


def test_a_header_holds_for_every_request_of_its_connection(gateway: Gateway) -> None:
    wire = gateway.send(v1() + request("GET", "/") + request("GET", "/"))
    assert [wire.read_response().text for _ in range(2)] == [FROM_V4, FROM_V4]
    assert wire.ask("GET", "/").text == FROM_V4
    assert gateway.access_lines(3) == ["127.0.0.1 192.0.2.1"] * 3


def test_a_second_header_is_no_request(gateway: Gateway) -> None:
    wire = gateway.send(v1() + v1() + request("GET", "/"))
    assert wire.read_response().status == 400


def test_variables_that_are_not_set_are_logged_as_such(gateway: Gateway) -> None:
    answer(gateway, b"PROXY UNKNOWN\r\n")
    assert gateway.access_lines(1) == ["127.0.0.1 -"]


def test_a_header_must_come_in_time(lab: Lab) -> None:
    gateway = lab.gateway(SHOWS, more="client_header_timeout 300ms;")
    assert gateway.connect().ended()


@pytest.mark.gatehouse("nginx wants the header in one piece")
def test_a_header_must_be_whole_in_time(lab: Lab) -> None:
    gateway = lab.gateway(SHOWS, more="client_header_timeout 300ms;")
    assert gateway.send(b"PROXY TCP4 ").ended()
    gateway.says("client timed out while reading PROXY protocol")


@pytest.mark.parametrize("part", [b"", b"PROXY TCP4 "])
def test_a_client_may_leave_before_the_header_is_whole(gateway: Gateway, part: bytes) -> None:
    wire = gateway.send(part)
    wire.half_close()
    assert wire.ended()


@pytest.mark.gatehouse("nginx waits for their time to be over")
def test_connections_that_wait_for_their_header_end_at_quit(gateway: Gateway) -> None:
    wire = gateway.connect()
    assert answer(gateway, v1()) == FROM_V4   # the connection before has been accepted
    gateway.signal(signal.SIGQUIT)
    assert wire.ended()
    assert gateway.wait() == 0


def test_a_unix_listener_has_headers_too(lab: Lab) -> None:
    gateway = lab.gateway("""
        server {
            listen unix:%prefix%/socket proxy_protocol;
            location / { return 200 "$remote_addr|$remote_port|$proxy_protocol_addr|$server_port"; }
        }""")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(gateway.prefix / "socket"))
        wire = Wire(sock)
        wire.send(v2_of() + request("GET", "/"))
        assert wire.read_response().text == "unix:||192.0.2.1|"


def test_one_listen_of_an_address_speaks_for_all(lab: Lab) -> None:
    gateway = lab.gateway("""
        server { listen 127.0.0.1:%port%; server_name a; return 200 "a $proxy_protocol_addr"; }
        server { listen 127.0.0.1:%port% proxy_protocol; server_name b; return 200 "b $proxy_protocol_addr"; }
        server { listen 127.0.0.1:%port_plain%; return 200 plain; }""")
    for name in "ab":
        wire = gateway.send(v1() + request("GET", "/", host=name))
        assert wire.read_response().text == f"{name} 192.0.2.1"
    assert gateway.get("/", port="port_plain").text == "plain"
    assert "redefined" not in gateway.messages


@pytest.mark.gatehouse("its warning is younger than Debian's nginx")
def test_a_listen_that_contradicts_others_is_warned_of(lab: Lab) -> None:
    gateway = lab.gateway("""
        server { listen 127.0.0.1:%port% backlog=100; server_name a; return 200 a; }
        server { listen 127.0.0.1:%port% proxy_protocol; server_name b; return 200 b; }""")
    assert f"protocol options redefined for 127.0.0.1:{gateway.port}" in gateway.messages


@pytest.mark.gatehouse("workers that are leaving still accept")
def test_a_reload_begins_and_ends_to_expect_headers(lab: Lab) -> None:
    plain = "server { listen 127.0.0.1:%port%; return 200 plain; }"
    gateway = lab.gateway(plain)
    kept = gateway.connect()
    assert kept.ask("GET", "/").text == "plain"
    gateway.reload(plain.replace(";", " proxy_protocol;", 1))
    eventually(lambda: gateway.send(request("GET", "/")).ended(), "a header is expected")
    assert answer(gateway, v1()) == "plain"
    gateway.reload(plain)
    eventually(lambda: not gateway.send(request("GET", "/")).ended(), "no header is expected any more")


TLVS = """
server {
    listen 127.0.0.1:%port% proxy_protocol;
    set $plain "$proxy_protocol_tlv_alpn|$proxy_protocol_tlv_authority|$proxy_protocol_tlv_unique_id";
    set $vendor "$proxy_protocol_tlv_netns|$proxy_protocol_tlv_0xEA|$proxy_protocol_tlv_0x0e0";
    set $tls "$proxy_protocol_tlv_ssl_verify|$proxy_protocol_tlv_ssl_version|$proxy_protocol_tlv_ssl_cn";
    set $cipher "$proxy_protocol_tlv_ssl_0x23";
    set $keys "$proxy_protocol_tlv_ssl_sig_alg|$proxy_protocol_tlv_ssl_key_alg";
    location / { return 200 "$plain|$vendor|$tls|$cipher|$keys"; }
    location /field { add_header X-Field $proxy_protocol_tlv_unique_id; return 204; }
}
"""


@pytest.mark.gatehouse("TLVs are younger than Debian's nginx")
def test_tlvs_are_variables(lab: Lab) -> None:
    gateway = lab.gateway(TLVS)
    inner = b"".join(tlv(kind, value) for kind, value in [
        (0x21, b"TLSv1.3"), (0x22, b"example.com"), (0x23, b"AES256-SHA"), (0x24, b"SHA256"),
        (0x25, b"RSA2048")])
    tlvs = b"".join(tlv(kind, value) for kind, value in [
        (1, b"h2"), (2, b"shop.example"), (5, b"id"), (0x30, b"blue"), (0xEA, b"\x01vpce-1"),
        (0x20, struct.pack("!BI", 1, 4294967295) + inner), (1, b"second")])
    assert answer(gateway, v2_of(tlvs=tlvs)) == (
        "h2|shop.example|id|blue|\x01vpce-1||4294967295|TLSv1.3|example.com|AES256-SHA|SHA256|RSA2048")
    assert answer(gateway, v2_of()) == "|||||||||||"
    assert answer(gateway, v1()) == "|||||||||||"


@pytest.mark.gatehouse("TLVs are younger than Debian's nginx")
def test_a_tlv_cannot_end_a_field_line(lab: Lab) -> None:
    gateway = lab.gateway(TLVS)
    wire = gateway.send(v2_of(tlvs=tlv(5, b"a\r\nX-Forged: b")) + request("GET", "/field"))
    response = wire.read_response()
    assert response.get("x-forged") is None
    assert response.get("x-field") == "a  X-Forged: b"


def test_a_wrong_checksum_does_not_close_the_connection(gateway: Gateway) -> None:
    header = v2_of(tlvs=tlv(3, bytes(4)))
    right = header[:-4] + struct.pack("!I", crc32c(header))
    assert answer(gateway, right) == FROM_V4
    assert "wrong checksum" not in gateway.messages
    assert answer(gateway, header) == FROM_V4


@pytest.mark.gatehouse("nginx does not look at it")
def test_a_wrong_checksum_is_noted(gateway: Gateway) -> None:
    answer(gateway, v2_of(tlvs=tlv(3, b"4321")))
    gateway.says("wrong checksum while reading PROXY protocol, client: 127.0.0.1")


def test_curl_speaks_it(gateway: Gateway) -> None:
    shown = curl("--haproxy-protocol", f"http://127.0.0.1:{gateway.port}/").stdout
    fields = shown.split("|")
    assert fields[:2] == ["127.0.0.1", "127.0.0.1"] and fields[3:] == ["127.0.0.1", str(gateway.port)]


BALANCER = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    timeout check 5s
listen one
    bind 127.0.0.1:{front}
    unique-id-format %ci-%cp
    server gateway 127.0.0.1:{port} {options}
"""


@pytest.mark.skipif(HAPROXY is None, reason="there is no haproxy here")
@pytest.mark.parametrize("options", [
    "send-proxy",
    "send-proxy-v2 proxy-v2-options crc32c,unique-id",
    "send-proxy-v2 check check-send-proxy inter 50ms fall 1 rise 1",
])
def test_haproxy_speaks_it(gateway: Gateway, lab: Lab, tmp_path: Path, options: str) -> None:
    front = lab.free_port()
    path = tmp_path / "haproxy.cfg"
    path.write_text(BALANCER.format(front=front, port=gateway.port, options=options))
    balancer = Program([HAPROXY or "", "-db", "-f", str(path)], "127.0.0.1", front, tmp_path / "haproxy.log")
    balancer.start()
    try:
        with socket.create_connection(("127.0.0.1", front)) as sock:
            own = sock.getsockname()[1]
            text = Wire(sock).ask("GET", "/").text
        assert text == f"127.0.0.1|127.0.0.1|{own}|127.0.0.1|{front}"
    finally:
        balancer.close()
    assert "wrong checksum" not in gateway.messages
    assert "broken header" not in gateway.messages
