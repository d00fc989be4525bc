"""Who leaves in the middle, and what the other side learns of it: clients of HTTP/1 and HTTP/2, answers
buffered and not. And requests that wait for long."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from conftest import Lab
from h2_client import INTERNAL_ERROR, h2_on
from origins import Peer
from raw import eventually, request, response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

PIECE = b"d" * 65_536
LENGTH = 64 << 20

both = pytest.mark.parametrize("version", ["h1", "h2"])
buffered = pytest.mark.parametrize("buffering", ["on", "off"])


def forward(lab: Lab, script: Callable[[Peer], None], directives: str = ""):
    origin = lab.origin(script)
    return lab.gateway(f"""log_format brief "$status $gatehouse_reason";
        server {{ listen 127.0.0.1:%port%; server_name localhost; http2 on; client_max_body_size 0;
        access_log access.log brief; location / {{ proxy_pass http://{origin}; {directives} }} }}""")


class Client:
    """One request of either version, by hand."""

    def __init__(self, gateway, version: str, method: str = "GET", length: int = 0) -> None:
        self.version = version
        if version == "h1":
            fields = [f"Content-Length: {length}"] if length else []
            self.wire = gateway.send(request(method, "/", *fields))
            return
        self.h2 = h2_on(gateway)
        self.wire = self.h2.wire
        fields = [("content-length", str(length))] if length else []
        self.stream = self.h2.begin(method, "/", *fields, end=not length)
        self.answer = self.h2.answers[self.stream]

    def send(self, data: bytes) -> None:
        if self.version == "h1":
            self.wire.send(data)
        else:
            self.h2.send(self.stream, data)

    def receive(self, count: int) -> None:
        """At least so many bytes of the answer have come."""
        if self.version == "h1":
            while len(self.wire.received) < count:
                assert self.wire.fill(), "it ended too early"
        else:
            self.h2.until(lambda: len(self.answer.body) >= count)

    def sees_it_cut(self) -> bool:
        """The answer is over, and the client knows that it is not whole."""
        if self.version == "h2":
            self.h2.until(lambda: self.answer.is_over)
            return self.answer.reset == INTERNAL_ERROR and not self.answer.ended
        try:
            while self.wire.fill():
                pass
        except ConnectionResetError:
            pass
        return not self.wire.received.endswith(b"0\r\n\r\n") and len(self.wire.received) < LENGTH

    def leave(self, how: str) -> None:
        if how == "reset" and self.version == "h2":
            self.h2.reset(self.stream)
        elif how == "reset":
            self.wire.reset()
        else:
            self.wire.close()


def send_until_gone(peer: Peer, gone: threading.Event) -> None:
    """An answer that would go on for ever."""
    peer.read_request()
    try:
        peer.send("HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.send(PIECE)
    except OSError:
        gone.set()


@both
@buffered
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_in_the_middle_of_an_answer(lab: Lab, version: str, buffering: str,
                                                         how: str) -> None:
    gone = threading.Event()
    gateway = forward(lab, lambda peer: send_until_gone(peer, gone), f"proxy_buffering {buffering};")
    client = Client(gateway, version)
    client.receive(1 << 20)
    client.leave(how)
    assert gone.wait(10), "the endpoint's connection is closed"
    assert gateway.access_lines(1) == ["200 -"]


@both
@buffered
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_while_the_endpoint_is_silent_in_its_answer(lab: Lab, version: str,
                                                                        buffering: str, how: str) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + PIECE)
        if peer.ended():
            gone.set()

    client = Client(forward(lab, script, f"proxy_buffering {buffering};"), version)
    client.receive(len(PIECE))
    client.leave(how)
    assert gone.wait(10), "the endpoint's connection is closed"


@both
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_in_its_upload(lab: Lab, version: str, how: str) -> None:
    gone, begun = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        begun.set()
        try:
            while peer.fill():
                pass
        finally:
            gone.set()

    gateway = forward(lab, script, "proxy_request_buffering off;")
    client = Client(gateway, version, "POST", LENGTH)
    client.send(PIECE[:1000])
    assert begun.wait(10)
    client.leave(how)
    assert gone.wait(10), "the endpoint's connection is closed"
    assert gateway.access_lines(1)[0] in ("499 client-closed", "400 client-closed")


@both
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_before_its_upload_is_whole_is_never_heard_of(lab: Lab, version: str,
                                                                          how: str) -> None:
    origin_saw: list[Peer] = []
    gateway = forward(lab, origin_saw.append)
    client = Client(gateway, version, "POST", LENGTH)
    client.send(PIECE)
    client.leave(how)
    gateway.access_lines(1)
    assert not origin_saw


@both
@buffered
@pytest.mark.parametrize("head", ["Content-Length: 67108864", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_endpoint_that_leaves_in_the_middle_of_its_answer(lab: Lab, version: str, buffering: str,
                                                             head: str, how: str) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n")
        peer.send(b"10000\r\n" + PIECE + b"\r\n" if "chunked" in head else PIECE)
        go.wait(10)
        if how == "reset":
            peer.reset()

    gateway = forward(lab, script, f"proxy_buffering {buffering};")
    client = Client(gateway, version)
    client.receive(60_000)
    go.set()
    assert client.sees_it_cut()
    assert gateway.access_lines(1)[0].startswith("200 ")


@both
@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_endpoint_that_leaves_in_the_middle_of_an_upload(lab: Lab, version: str, how: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.read_exactly(10)
        if how == "reset":
            peer.reset()

    gateway = forward(lab, script, "proxy_request_buffering off; proxy_next_upstream off;")
    client = Client(gateway, version, "POST", LENGTH)
    client.send(PIECE[:10])
    if version == "h1":
        assert client.wire.read_response().status == 502
    else:
        client.h2.until(lambda: client.answer.status)
        assert client.answer.status == 502
    assert gateway.access_lines(1)[0].startswith("502 upstream-")


# --- requests that wait for long ---

@both
def test_long_polls_wait_beside_each_other_and_are_answered_one_by_one(lab: Lab, version: str) -> None:
    """A hundred clients ask what is new; each is told when there is something for it."""
    waiting: dict[str, Peer] = {}

    def script(peer: Peer) -> None:
        while True:
            target = peer.read_request().target
            told = waiting[target] = threading.Event()
            told.wait(10)
            peer.send(response(f"news for {target}"))

    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; server_name localhost; http2 on;
        location / {{ proxy_pass http://{lab.origin(script)}; proxy_read_timeout 1h; }} }}""", workers=2)
    targets = [f"/{number}" for number in range(100)]
    if version == "h2":
        client = h2_on(gateway)
        streams = {target: client.begin("GET", target) for target in targets}
    else:
        wires = {target: gateway.send(request("GET", target)) for target in targets}
    eventually(lambda: len(waiting) == 100, "all of them wait")
    for target in reversed(targets):
        waiting[target].set()
        text = client.answer(streams[target]).text if version == "h2" else wires[target].read_response().text
        assert text == f"news for {target}"
    if version == "h1":   # and ask again, on the same connections
        for target, wire in wires.items():
            wire.send(request("GET", f"{target}/again"))
        eventually(lambda: len(waiting) == 200)
        for target, wire in wires.items():
            waiting[f"{target}/again"].set()
            assert wire.read_response().text == f"news for {target}/again"


@both
def test_an_endpoint_that_asks_for_buffering_is_soon_free(lab: Lab, version: str) -> None:
    sent = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(f"HTTP/1.1 200 OK\r\nX-Accel-Buffering: yes\r\nContent-Length: {16 << 20}\r\n\r\n")
        for _ in range((16 << 20) // len(PIECE)):
            peer.send(PIECE)
        sent.set()

    gateway = forward(lab, script, "proxy_buffering off;")
    client = Client(gateway, version)
    assert sent.wait(10), "the whole answer is taken before the client reads a byte of it"
    client.receive(16 << 20)
