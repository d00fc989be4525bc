"""stream {}: connections that are passed on as bytes, and what is logged of them."""

from __future__ import annotations

import socket

import pytest

from conftest import Lab
from origins import Peer
from raw import eventually, request
from tcp import Exchange, echo, passing, stream, tells

pytestmark = pytest.mark.gatehouse("Debian's has no stream block unless a package of its own is installed")


def test_bytes_are_passed_on_both_ways_and_counted(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.send("hello")
    assert wire.read_exactly(5) == b"hello"
    wire.send(b"\0\xff more")
    assert wire.read_exactly(7) == b"\0\xff more"
    wire.close()
    assert gateway.access_lines(1) == [f"200 12 12 {lab.origins[0]} 12 12"]


def test_an_endpoint_may_speak_first(lab: Lab) -> None:
    gateway = passing(lab, tells("220 ready\r\n"))
    assert gateway.connect().read_to_end() == b"220 ready\r\n"
    assert gateway.access_lines(1) == [f"200 0 11 {lab.origins[0]} 0 11"]


def test_the_end_of_one_side_ends_the_other_after_what_it_sent_was_written(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_until(b"last")
        assert peer.ended()

    gateway = passing(lab, script)
    wire = gateway.send("last")
    wire.half_close()
    assert wire.read_to_end() == b""
    gateway.access_lines(1)
    gateway.says("client disconnected, bytes from/to client:4/0, bytes from/to upstream:0/4")


@pytest.mark.parametrize("first", ["client", "endpoint"])
def test_with_proxy_half_close_either_side_may_go_on(lab: Lab, first: str) -> None:
    def script(peer: Peer) -> None:
        if first == "client":
            peer.send("got " + peer.read_to_end().decode())
        else:
            peer.send("bye")
            peer.half_close()
            assert peer.read_to_end() == b"still here"

    gateway = passing(lab, script, "proxy_half_close on;")
    wire = gateway.connect()
    if first == "client":
        wire.send("everything")
        wire.half_close()
        assert wire.read_to_end() == b"got everything"
    else:
        assert wire.read_to_end() == b"bye"
        wire.send("still here")
        wire.half_close()
    gateway.access_lines(1)


@pytest.mark.parametrize("who", ["client", "endpoint"])
def test_a_reset_ends_the_other_side(lab: Lab, who: str) -> None:
    ended = []

    def script(peer: Peer) -> None:
        peer.read_until(b"go")
        if who == "endpoint":
            peer.reset()
        else:
            peer.send("ok")
            ended.append(peer.ended())

    gateway = passing(lab, script)
    wire = gateway.send("go")
    if who == "endpoint":
        assert wire.ended()
    else:
        assert wire.read_exactly(2) == b"ok"
        wire.reset()
        eventually(lambda: ended == [True], "the endpoint sees the end")
    gateway.access_lines(1)


@pytest.mark.parametrize("buffer", ["1k", "16k", "200k"])
def test_large_transfers_both_ways_at_once_arrive_unchanged(lab: Lab, buffer: str) -> None:
    ends = []
    gateway = passing(lab, lambda peer: (ends.append(Exchange(peer, 8 << 20)), ends[0].join(60)),
                      f"proxy_half_close on; proxy_buffer_size {buffer};")
    client = Exchange(gateway.connect(), 8 << 20)
    client.join(60)
    endpoint = ends[0]
    endpoint.join(60)
    assert client.received.hexdigest() == endpoint.sent and endpoint.received.hexdigest() == client.sent
    assert gateway.access_lines(1) == [f"200 {8 << 20} {8 << 20} {lab.origins[0]} {8 << 20} {8 << 20}"]


def test_whoever_does_not_read_slows_down_who_sends(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.connect()
    wire.sock.setblocking(False)
    sent = 0
    with pytest.raises(BlockingIOError):
        while sent < 256 << 20:
            sent += wire.sock.send(b"x" * (1 << 16))
    assert gateway.anonymous_memory() < 64 << 20
    wire.sock.settimeout(10)
    wire.half_close()


def test_a_rate_limits_each_direction(lab: Lab) -> None:
    gateway = passing(lab, echo, "proxy_upload_rate 4k; set $fast 1m; proxy_download_rate $fast;",
                      log="$session_time")
    wire = gateway.send("x" * 10000)
    assert len(wire.read_exactly(10000)) == 10000
    wire.close()
    assert float(gateway.access_lines(1)[0]) >= 2


def test_nothing_moved_for_proxy_timeout_ends_it(lab: Lab) -> None:
    gateway = passing(lab, echo, "proxy_timeout 500ms;")
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert wire.ended()
    gateway.says("connection timed out, bytes from/to client:1/1")


def test_access_rules_are_asked_before_anything_is_connected_to(lab: Lab) -> None:
    gateway = passing(lab, echo, "allow 192.0.2.0/24; deny all;")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == ["403 0 0 - - -"]
    gateway.says("access forbidden by rule, client: 127.0.0.1, server: 127.0.0.1:")
    assert not lab.origins[0].peers


def test_variables_tell_what_there_is_to_tell(lab: Lab) -> None:
    values = ("$protocol $server_addr $server_port $remote_addr $connection $pid $hostname $nginx_version"
              " $msec $time_iso8601 $upstream_connect_time $upstream_first_byte_time $upstream_session_time")
    gateway = passing(lab, echo, log=values)
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    wire.close()
    words = gateway.access_lines(1)[0].split(" ")
    assert words[:4] == ["TCP", "127.0.0.1", str(gateway.port), "127.0.0.1"]
    assert int(words[5]) in gateway.processes() and words[6] == socket.gethostname().lower()
    assert all(float(word) >= 0 for word in words[-3:])


def test_logs_that_depend_on_the_end_are_written_at_the_end(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        map $bytes_sent $size {{ 0 nothing; default something; }}
        map $bytes_sent $logged {{ 0 ""; default 1; }}
        log_format size "$size $bytes_sent";
        server {{ listen 127.0.0.1:%port%; proxy_pass {origin};
                  access_log size.log size if=$logged; access_log $bytes_sent.log basic; }}
    """)
    for text in ("", "abc"):
        wire = gateway.send(text)
        assert wire.read_exactly(len(text)) == text.encode()
        wire.half_close()
        assert wire.ended()
    eventually(lambda: gateway.read("3.log") and gateway.read("0.log"), "a log for each size")
    assert gateway.access_lines(1, "size.log") == ["something 3"]


def test_a_websocket_is_logged_with_what_it_moved(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        peer.send(peer.read_exactly(5))

    gateway = lab.gateway(f"""
        log_format ws "$request_uri $status $body_bytes_sent $upstream_status";
        map $body_bytes_sent $late {{ 5 five; default other; }}
        log_format late $late;
        server {{
            listen 127.0.0.1:%port%; proxy_pass_request_headers on;
            location / {{ proxy_pass http://{lab.origin(script)}; proxy_set_header Upgrade $http_upgrade;
                          proxy_set_header Connection upgrade; access_log ws.log ws; }}
            location /late {{ proxy_pass http://{lab.origins[0]}; proxy_set_header Upgrade $http_upgrade;
                              proxy_set_header Connection upgrade; access_log late.log late; }}
        }}
    """)
    for path in ("/chat", "/late"):
        wire = gateway.send(request("GET", path, "Upgrade: websocket", "Connection: Upgrade") + b"hello")
        assert wire.read_response().status == 101
        assert wire.read_to_end() == b"hello"
        wire.close()
    assert gateway.access_lines(1, "ws.log") == ["/chat 101 5 101"]
    assert gateway.access_lines(1, "late.log") == ["five"]
