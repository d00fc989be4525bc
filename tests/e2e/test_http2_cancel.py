"""Clients of HTTP/2 that leave, by a stream's reset or with the connection: what was begun for them ends."""

from __future__ import annotations

import threading

import pytest
from h2_client import CANCEL, NO_ERROR, h2_on, h2_over_tls
from origins import Peer, once_then_close
from raw import eventually, response
from test_http2_streams import Gate

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

MIB = 1 << 20
SERVER = """
    log_format brief "$uri $status $gatehouse_reason";
    server {
        listen 127.0.0.1:%port% http2; listen 127.0.0.1:%port_tls% ssl http2; %pair%
        server_name localhost; access_log access.log brief;
        location / { proxy_pass http://%origin%; }
        location /ignoring { proxy_pass http://%origin%; proxy_ignore_client_abort on; }
        location /unbuffered { proxy_pass http://%origin%; proxy_buffering off; }
        location /streaming { proxy_pass http://%origin%; proxy_request_buffering off; }
        location = /empty { return 204; }
        location /drop { return 444; }
    }
"""


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open.set()


def start(lab, certificates, origin):
    return lab.gateway(SERVER, pair=certificates.localhost, origin=origin)


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_reset_takes_the_request_back_from_the_endpoint(lab, certificates, gate, over_tls):
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_over_tls(gateway, certificates, port="port_tls") if over_tls else h2_on(gateway)
    stream = client.begin("GET", "/x")
    other = client.begin("GET", "/y")
    eventually(lambda: gate.waiting == 2)
    client.reset(stream)
    eventually(lambda: gate.left == 1, "the endpoint's connection is closed")
    assert gateway.access_lines(1) == ["/x 499 client-closed"]
    gate.open.set()
    assert client.answer(other).text == "/y"
    assert client.is_alive()


def test_requests_are_taken_back_when_the_connection_closes(lab, certificates, gate):
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_on(gateway)
    for number in range(20):
        client.begin("GET", f"/{number}")
    eventually(lambda: gate.waiting == 20)
    client.wire.close()
    eventually(lambda: gate.left == 20, "all are closed")
    assert sorted(gateway.access_lines(20)) == sorted(f"/{number} 499 client-closed" for number in range(20))


def test_a_reset_of_the_connection_is_the_end_as_well(lab, certificates, gate):
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_on(gateway)
    client.begin("GET", "/x")
    eventually(lambda: gate.waiting == 1)
    client.wire.reset()
    eventually(lambda: gate.left == 1)
    assert gateway.access_lines(1) == ["/x 499 client-closed"]


def test_a_reset_does_not_end_what_is_to_be_finished(lab, certificates, gate):
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_on(gateway)
    stream = client.begin("GET", "/ignoring")
    eventually(lambda: gate.waiting == 1)
    client.reset(stream)
    client.ping()
    assert gate.left == 0


@pytest.mark.parametrize("target", ["/x", "/unbuffered"])
def test_a_reset_in_the_middle_of_the_answer(lab, certificates, target):
    ended = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        try:
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                peer.send(b"x" * 65_536)
        except OSError:
            ended.set()

    gateway = start(lab, certificates, lab.origin(script))
    client = h2_on(gateway)
    stream = client.begin("GET", target)
    client.until(lambda: len(client.answers[stream].body) > MIB, "a part has come")
    client.reset(stream)
    assert ended.wait(10), "the endpoint is told"
    assert client.get("/empty").status == 204
    assert gateway.access_lines(2)[0].startswith(f"{target} 200")


def test_a_reset_while_the_body_is_passed_on(lab, certificates):
    left = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        while peer.fill():
            pass
        left.set()

    gateway = start(lab, certificates, lab.origin(script))
    client = h2_on(gateway)
    stream = client.begin("POST", "/streaming", ("content-length", "100000"), end=False)
    client.send(stream, b"x" * 1000)
    client.ping()
    client.reset(stream)
    assert left.wait(10), "the endpoint's connection is closed"
    assert client.get("/empty").status == 204
    assert gateway.access_lines(2)[0] == "/streaming 499 client-closed"


def test_many_resets_at_any_time(lab, certificates, gate):
    """Each at another point of its request's life; nothing is left of them."""
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_on(gateway)
    for number in range(100):
        stream = client.begin("GET", f"/{number}")
        if number % 3 == 0:
            client.ping()
        client.reset(stream)
    assert client.get("/empty").status == 204
    gateway.access_lines(101)
    eventually(lambda: gate.left == gate.waiting, "the endpoint is rid of all")


def test_an_answer_without_one_resets_the_stream(lab, certificates, gate):
    gateway = start(lab, certificates, lab.origin(gate))
    client = h2_on(gateway)
    answer = client.get("/drop")
    assert (answer.status, answer.reset not in (None, NO_ERROR, CANCEL)) == (0, True)
    assert client.get("/empty").status == 204
    assert gateway.access_lines(2)[0] == "/drop 444 -"


def test_an_endpoint_that_breaks_off_resets_the_stream(lab, certificates):
    gateway = start(lab, certificates, lab.origin(once_then_close(response("x" * 100)[:-10])))
    client = h2_on(gateway)
    answer = client.get("/x")
    assert (answer.status, len(answer.body), answer.ended) == (200, 90, False)
    assert answer.reset not in (None, NO_ERROR)
    assert client.get("/empty").status == 204


def test_an_endpoint_that_is_not_there_is_a_502(lab, certificates):
    gateway = start(lab, certificates, f"127.0.0.1:{lab.free_port()}")
    client = h2_on(gateway)
    assert client.get("/x").status == 502
    assert client.get("/x").status == 502
