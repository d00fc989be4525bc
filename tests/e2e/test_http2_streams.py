"""Streams of one HTTP/2 connection beside each other: their number, their windows, clients that are slow."""

from __future__ import annotations

import threading

import pytest
from h2_client import CANCEL, REFUSED_STREAM, H2Client, h2_on, h2_over_tls
from origins import Peer
from raw import chunked, eventually, response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

MIB = 1 << 20
LISTEN = "listen 127.0.0.1:%port%; server_name localhost; http2 on;"


def serve(lab, body: str, before: str = "", **options):
    return lab.gateway(f"{before} server {{ {LISTEN} {body} }}", **options)


def large(peer: Peer) -> None:
    """A MiB to every request."""
    while True:
        peer.read_request()
        peer.send(response(b"0123456789abcdef" * (MIB // 16)))


class Gate:
    """An endpoint whose answers wait until all are let go; it counts who waits and who has left."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.lock = threading.Lock()
        self.waiting = self.left = 0

    def __call__(self, peer: Peer) -> None:
        while True:
            message = peer.read_request()
            with self.lock:
                self.waiting += 1
            peer.sock.settimeout(0.05)
            while not self.open.is_set():
                try:
                    if not peer.fill():
                        with self.lock:
                            self.left += 1
                        return
                except TimeoutError:
                    continue
            peer.sock.settimeout(10)
            peer.send(response(message.target))


def test_five_hundred_at_once(lab):
    gate = Gate()
    gateway = serve(lab, f"location / {{ proxy_pass http://{lab.origin(gate)}; }}",
                    "http2_max_concurrent_streams 500;")
    client = h2_on(gateway)
    client.ping()
    assert client.h2.remote_settings.max_concurrent_streams == 500
    streams = [client.begin("GET", f"/{number}") for number in range(300)]
    eventually(lambda: gate.waiting == 300, "all are with the endpoint")
    gate.open.set()
    assert [client.answer(stream).text for stream in streams] == [f"/{number}" for number in range(300)]
    streams = [client.begin("GET", f"/{number}") for number in range(500)]
    assert [client.answer(stream).text for stream in streams] == [f"/{number}" for number in range(500)]


def test_more_than_are_allowed_are_refused(lab):
    gate = Gate()
    gateway = serve(lab, f"location / {{ proxy_pass http://{lab.origin(gate)}; }}",
                    "http2_max_concurrent_streams 10;")
    client = h2_on(gateway)   # has not yet been told
    client.h2.remote_settings.max_concurrent_streams = 100
    streams = [client.begin("GET", f"/{number}") for number in range(12)]
    client.until(lambda: all(client.answers[stream].is_over for stream in streams[10:]), "two are refused")
    assert [client.answers[stream].reset for stream in streams[10:]] == [REFUSED_STREAM] * 2
    gate.open.set()
    assert [client.answer(stream).text for stream in streams[:10]] == [f"/{number}" for number in range(10)]
    assert len(gateway.access_lines(10)) == 10


@pytest.mark.parametrize("over_tls", [False, True])
def test_answers_share_the_connection(lab, certificates, over_tls):
    gateway = lab.gateway(f"""server {{
        {LISTEN} listen 127.0.0.1:%port_tls% ssl; {certificates.localhost} root %prefix%;
        location /proxied {{ proxy_pass http://{lab.origin(large)}; }}
    }}""", files={"file": b"x" * MIB})
    client = h2_over_tls(gateway, certificates, port="port_tls") if over_tls else h2_on(gateway)
    streams = [client.begin("GET", path) for path in ("/file", "/file", "/proxied", "/proxied")]
    for stream in streams:
        assert len(client.answer(stream).body) == MIB
    turns = sum(before != after for before, after in zip(client.order, client.order[1:]))
    assert turns > 20, f"one after the other: {turns} changes"


def test_windows_of_one_byte(lab):
    gateway = serve(lab, "root %prefix%; location /text { return 200 text; }",
                    files={"file": "0123456789" * 10})
    client = h2_on(gateway, initial_window=1)
    answer = client.get("/file")
    assert (answer.text, set(answer.pieces)) == ("0123456789" * 10, {1})
    assert client.get("/text").text == "text"


def test_a_window_that_shrinks_below_nothing(lab):
    """RFC 9113 6.9.2: a change of the initial window may leave less than none of a stream's."""
    gateway = serve(lab, "root %prefix%;", files={"file": b"x" * 200_000})
    client = h2_on(gateway, windows=False)
    stream = client.begin("GET", "/file")
    answer = client.answers[stream]
    client.until(lambda: len(answer.body) == 65_535, "the first window is full")
    client.h2.update_settings({4: 100})
    client.flush()
    client.ping()
    client.allow(200_000)
    client.allow(65_000, stream)
    client.ping()
    assert len(answer.body) == 65_535
    client.allow(200_000, stream)
    assert len(client.answer(stream).body) == 200_000


@pytest.mark.parametrize("target", ["/file", "/proxied", "/unbuffered", "/text", "/trailers"])
def test_a_stream_whose_window_never_opens_is_reset_alone(lab, target):
    """send_timeout is that stream's; the connection and the other streams go on."""
    def trailing(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + chunked("x" * 10, trailers=["X-Sum: 1"]))

    gateway = serve(lab, f"""
        send_timeout 1s; root %prefix%;
        location /proxied {{ proxy_pass http://{lab.origin(large)}; }}
        location /unbuffered {{ proxy_pass http://{lab.origin(large)}; proxy_buffering off; }}
        location /trailers {{ proxy_pass http://{lab.origin(trailing)}; }}
        location /text {{ return 200 "more than ten bytes"; }}
        location /empty {{ return 204; }}
    """, files={"file": b"x" * MIB})
    client = h2_on(gateway, windows=False, initial_window=10)
    stream = client.begin("GET", target)
    answer = client.answers[stream]
    client.until(lambda: len(answer.body) == 10, "its window is full")
    while not answer.is_over:
        assert client.get("/empty").status == 204
        client.pump()
    assert (answer.status, answer.reset, len(answer.body)) == (200, CANCEL, 10)
    assert client.get("/empty").status == 204
    gateway.says("timed out")


def test_a_stream_that_gets_on_slowly_is_not_late(lab):
    """What counts is that something was taken, not that all of it was."""
    gateway = serve(lab, "send_timeout 1s; location /text { return 200 0123456789; }")
    client = h2_on(gateway, windows=False, initial_window=1)
    stream = client.begin("GET", "/text")
    answer = client.answers[stream]
    timer = threading.Event()
    for length in range(1, 4):
        client.until(lambda length=length: len(answer.body) == length, "one byte more")
        timer.wait(0.7)   # each less than the timeout, together more
        client.allow(1, stream)
    client.allow(10, stream)
    assert client.answer(stream).text == "0123456789"


@pytest.mark.parametrize("buffering, released", [("on", True), ("off", False)])
def test_an_endpoint_is_released_from_a_client_that_waits(lab, buffering, released):
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(response(b"x" * (8 * MIB)))
        done.set()
        peer.read_request()

    location = f"location / {{ proxy_pass http://{lab.origin(script)}; }}"
    gateway = serve(lab, f"proxy_buffering {buffering}; {location}")
    client = h2_on(gateway, windows=False)
    stream = client.begin("GET", "/")
    client.until(lambda: len(client.answers[stream].body) == 65_535, "its window is full")
    assert done.wait(5 if released else 0.5) == released
    client.windows = True
    client.allow(8 * MIB)
    client.allow(8 * MIB, stream)
    assert len(client.answer(stream).body) == 8 * MIB


def test_a_client_that_does_not_read_holds_up_nobody_else(lab):
    """The socket is full, not a window: other connections of the worker go on, and the endpoint is free."""
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(response(b"x" * (32 * MIB)))
        done.set()

    gateway = serve(lab, f"""
        location / {{ proxy_pass http://{lab.origin(script)}; }}
        location /empty {{ return 204; }}
    """)
    slow = h2_on(gateway, initial_window=64 * MIB)
    slow.allow(64 * MIB)
    stream = slow.begin("GET", "/")
    assert done.wait(10)
    assert h2_on(gateway).get("/empty").status == 204
    assert len(slow.answer(stream).body) == 32 * MIB


def test_a_client_that_never_reads_is_closed(lab):
    gateway = serve(lab, "send_timeout 1s; root %prefix%;", files={"file": b"x" * (8 * MIB)})
    client = h2_on(gateway, initial_window=64 * MIB)
    client.allow(64 * MIB)
    client.begin("GET", "/file")
    gateway.says("timed out")
    client.read_to_end()
    assert client.ended


def test_events_come_one_by_one(lab):
    """Server-sent events are never held back, though buffering is on."""
    turn = threading.Semaphore(0)

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            turn.acquire(timeout=10)
            event = f"data: {number}\n\n"
            peer.send(f"{len(event):x}\r\n{event}\r\n")
        peer.send("0\r\n\r\n")

    gateway = serve(lab, f"location / {{ proxy_pass http://{lab.origin(script)}; }}"
                         "location /e { return 204; }")
    client = h2_on(gateway)
    stream = client.begin("GET", "/")
    answer = client.answers[stream]
    client.until(lambda: answer.status == 200, "the head comes before any event")
    for number in range(5):
        assert client.get("/e").status == 204
        assert answer.text.count("data") == number
        turn.release()
        client.until(lambda number=number: f"data: {number}\n\n" in answer.text, "the event")
    assert client.answer(stream).ended


def test_limit_rate_is_each_streams_own(lab):
    gateway = serve(lab, "root %prefix%; location /slow { alias %prefix%/file; limit_rate 20k; }",
                    files={"file": b"x" * 45_000})
    client = h2_on(gateway)
    slow = client.begin("GET", "/slow")
    assert len(client.get("/file").body) == 45_000
    assert len(client.answers[slow].body) < 45_000
    assert len(client.answer(slow).body) == 45_000


def test_a_stream_that_waits_for_its_rate_ends_when_it_is_reset(lab):
    gateway = serve(lab, "root %prefix%; location /slow { alias %prefix%/file; limit_rate 1; }",
                    files={"file": b"x" * 45_000})
    client: H2Client = h2_on(gateway)
    stream = client.begin("GET", "/slow")
    client.until(lambda: client.answers[stream].status == 200, "it began")
    client.reset(stream)
    assert len(gateway.access_lines(1)) == 1   # long before its second byte
