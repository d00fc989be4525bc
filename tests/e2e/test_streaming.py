"""Bodies on their way: streaming in bounded memory, buffering as configured, and clients that leave."""

from __future__ import annotations

import threading
import time

import pytest
from conftest import Lab
from origins import Peer, echo
from raw import chunked, eventually, request, response

STREAM_UP = "proxy_http_version 1.1; proxy_request_buffering off;"
MIB = 1 << 20


def stream_out(peer: Peer, total: int) -> None:
    """Answers with `total` bytes in pieces."""
    peer.read_request()
    peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n")
    piece = b"d" * 65536
    for _ in range(total // len(piece)):
        peer.send(piece)


def drain(peer: Peer) -> None:
    """Reads a request's body of known length without keeping it, and answers with its length."""
    length = int(peer.read_head().get("content-length") or 0)
    remaining = length - len(peer.take(length))
    while remaining:
        remaining -= len(peer.sock.recv(min(remaining, 1 << 16)))
    peer.send(response(str(length)))


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_a_big_answer_streams_in_bounded_memory(lab: Lab, buffering: str) -> None:
    total = 64 * MIB
    gateway = lab.forward(lambda peer: stream_out(peer, total), f"proxy_buffering {buffering};")
    before = gateway.anonymous_memory()
    wire = gateway.send(request("GET", "/"))
    wire.read_head()
    remaining = total - len(wire.take(total))
    worst = 0
    while remaining:
        count = len(wire.sock.recv(min(remaining, MIB)))
        assert count, f"{remaining} bytes are missing"
        if remaining // MIB != (remaining - count) // MIB:
            worst = max(worst, gateway.anonymous_memory())
        remaining -= count
    assert worst - before < 16 * MIB


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_a_big_request_streams_in_bounded_memory(lab: Lab, buffering: str) -> None:
    total = 64 * MIB
    directives = f"{STREAM_UP} client_max_body_size 0;" if buffering == "off" else "client_max_body_size 0;"
    gateway = lab.forward(drain, directives)
    before = gateway.anonymous_memory()
    wire = gateway.send(request("POST", "/", f"Content-Length: {total}"))
    worst = 0
    for _ in range(total // MIB):
        wire.send(b"u" * MIB)
        worst = max(worst, gateway.anonymous_memory())
    assert wire.read_response().body == str(total).encode()
    assert worst - before < 16 * MIB


def test_the_time_for_an_answer_begins_when_the_origin_has_the_whole_request(lab: Lab) -> None:
    gateway = lab.forward(drain, f"{STREAM_UP} proxy_read_timeout 500ms;")
    wire = gateway.send(request("POST", "/", "Content-Length: 4"))
    for letter in "slow":
        time.sleep(0.4)   # the subject of the test: an upload that takes longer than proxy_read_timeout
        wire.send(letter)
    assert wire.read_response().text == "4"


def test_a_slow_client_does_not_hold_the_origin_when_answers_are_buffered(lab: Lab) -> None:
    total, sent = 16 * MIB, threading.Event()

    def script(peer: Peer) -> None:
        stream_out(peer, total)
        sent.set()

    wire = lab.forward(script).send(request("GET", "/"))
    assert sent.wait(10), "the whole answer is taken before the client reads a byte of it"
    assert len(wire.read_response().body) == total


@pytest.mark.parametrize("size", [3, 4095, 4096, 8192, 16383, 16384, 16385, 100_000, 1_000_003])
def test_bodies_of_any_size_pass_unchanged_both_ways(lab: Lab, size: int) -> None:
    body = bytes(number * 31 % 251 for number in range(size))

    def back(peer: Peer) -> None:
        while True:
            peer.send(response(peer.read_request().body))

    gateway = lab.forward(back)
    wire = gateway.connect()
    assert wire.ask("POST", "/", body=body).body == body
    pieces = body[:size // 3], body[size // 3:]
    wire.send(request("POST", "/", "Transfer-Encoding: chunked") + chunked(*pieces))
    assert wire.read_response().body == body


def test_a_chunked_request_streams_when_request_buffering_is_off(lab: Lab) -> None:
    seen = threading.Event()

    def script(peer: Peer) -> None:
        message = peer.read_head()
        assert message.get("transfer-encoding") == "chunked"
        assert peer.read_chunk() == b"first"
        seen.set()
        peer.read_chunked(message)
        peer.send(response(message.body))

    wire = lab.forward(script, STREAM_UP).connect()
    wire.send(request("POST", "/", "Transfer-Encoding: chunked") + b"5\r\nfirst\r\n")
    assert seen.wait(10), "the first chunk reaches the origin before the second is sent"
    wire.send(b"6\r\nsecond\r\n0\r\n\r\n")
    assert wire.read_response().body == b"second"


def test_request_buffering_hands_over_whole_bodies_only(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = lab.forward(origin)
    wire = gateway.send(request("POST", "/slow", "Content-Length: 10") + b"hello")
    assert gateway.get("/quick").status == 200
    assert [message.target for message in origin.requests] == ["/quick"]
    wire.send("world")
    assert wire.read_response().status == 200
    assert origin.requests[-1].body == b"helloworld"


def until_gone(peer: Peer, gone: threading.Event, head: bytes) -> None:
    """Sends the head and one event, and waits for the gateway to close."""
    peer.read_request()
    peer.send(head + b"data: one\n\n")
    if peer.ended():
        gone.set()


SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


@pytest.mark.parametrize("head, directives", [
    pytest.param(SSE, "", marks=pytest.mark.gatehouse("there proxy_buffering must be turned off"),
                 id="by itself"),
    pytest.param(SSE, "proxy_buffering off;", id="with buffering off"),
    pytest.param(PLAIN, "proxy_buffering off;", id="plain text with buffering off"),
    pytest.param(PLAIN[:-2] + b"X-Accel-Buffering: no\r\n\r\n", "", id="by X-Accel-Buffering"),
])
def test_events_arrive_while_the_answer_goes_on(lab: Lab, head: bytes, directives: str) -> None:
    gone = threading.Event()
    gateway = lab.forward(lambda peer: until_gone(peer, gone, head), directives)
    wire = gateway.send(request("GET", "/"))
    wire.read_until(b"data: one\n\n")
    wire.close()
    assert gone.wait(10), "a client that left takes the upstream connection with it"


def test_a_client_that_leaves_while_waiting_closes_the_upstream(lab: Lab) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        if peer.ended():
            gone.set()

    origin = lab.origin(script)
    wire = lab.forward(origin).send(request("GET", "/"))
    eventually(lambda: origin.requests, "the request arrives")
    wire.close()
    assert gone.wait(10)


def test_a_client_that_leaves_is_ignored_when_configured_so(lab: Lab) -> None:
    proceed, answered = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        proceed.wait(10)
        peer.send(response("late"))
        answered.set()

    origin = lab.origin(script)
    gateway = lab.forward(origin, "proxy_ignore_client_abort on;")
    wire = gateway.send(request("GET", "/"))
    eventually(lambda: origin.requests, "the request arrives")
    wire.close()
    proceed.set()
    assert answered.wait(10)
    assert "499" not in gateway.access_lines(1)[0]


def test_an_early_answer_reaches_a_client_that_still_uploads(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(response("too much", "Connection: close", status="413 Too Much"))
        peer.read_to_end()

    wire = lab.forward(script, STREAM_UP).send(request("POST", "/", "Content-Length: 900000") + b"x" * 1000)
    assert wire.read_response().status == 413


def test_an_origin_that_answers_early_and_closes_does_not_lose_its_answer(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(response("enough", "Connection: close", status="403 Forbidden"))
        peer.half_close()
        peer.read_to_end()

    wire = lab.forward(script, STREAM_UP).connect()
    wire.send(request("POST", "/", "Content-Length: 900000") + b"x" * 300_000)
    assert wire.read_response().start == "HTTP/1.1 403 Forbidden"
