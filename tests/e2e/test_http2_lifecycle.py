"""How HTTP/2 connections end: by their age, when idle, at quit; and how they live through a reload."""

from __future__ import annotations

import signal
import threading

import pytest
from h2_client import (HEADERS, NO_ERROR, PING, H2Client, fields_block, frame, h2_on, h2_over_tls,
                       request_fields)
from raw import connect, eventually
from test_http2_streams import Gate

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

EVERY_STREAM = 2**31 - 1
SERVER = """
    server {
        listen 127.0.0.1:%port% http2; listen 127.0.0.1:%port_tls% ssl http2; %pair%
        server_name localhost;
        %settings%
        location / { proxy_pass http://%origin%; }
        location = /text { return 200 "%text%"; }
        location = /file { root %prefix%; }
        location = /status { stub_status; }
    }
"""


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open.set()


@pytest.fixture
def start(lab, certificates, gate):
    def begin(settings: str = "", main: str | None = None):
        options = {} if main is None else {"main": main}
        return lab.gateway(SERVER, pair=certificates.localhost, origin=lab.origin(gate), settings=settings,
                           text="before", files={"file": b"x" * (1 << 20)}, **options)
    return begin


def client_of(kind: str, gateway, certificates) -> H2Client:
    return h2_on(gateway) if kind == "plain" else h2_over_tls(gateway, certificates, port="port_tls")


kinds = pytest.mark.parametrize("kind", ["plain", "tls"])


def refuses(gateway) -> bool:
    try:
        connect(gateway.port).close()
    except ConnectionRefusedError:
        return True
    return False


@kinds
def test_keepalive_requests_ends_the_connection_in_peace(start, certificates, kind):
    client = client_of(kind, start("keepalive_requests 3;"), certificates)
    assert [client.get("/text").text for _ in range(3)] == ["before"] * 3
    client.read_to_end()
    assert client.goaways[-1] == (5, NO_ERROR)


def test_requests_on_their_way_when_the_last_is_answered_are_served(start, gate):
    """The first GOAWAY names no stream: what the client sent before it knew is not lost."""
    client = h2_on(start("keepalive_requests 2;"))
    waiting, *others = [client.begin("GET", path) for path in ("/x", "/text", "/text", "/text")]
    assert [client.answer(stream).text for stream in others] == ["before"] * 3
    gate.open.set()
    assert client.answer(waiting).text == "/x"
    client.read_to_end()
    assert client.goaways == [(EVERY_STREAM, NO_ERROR), (7, NO_ERROR)]


def test_keepalive_time_ends_the_connection(start):
    client = h2_on(start("keepalive_time 1s;"))
    while not client.goaways:
        assert client.get("/text").text == "before"
    client.read_to_end()


@kinds
def test_an_idle_connection_ends_after_its_time(start, certificates, kind):
    client = client_of(kind, start("keepalive_timeout 1s;"), certificates)
    assert client.get("/text").text == "before"
    client.read_to_end()
    assert client.goaways[-1] == (1, NO_ERROR)


def test_pings_do_not_keep_an_idle_connection(start):
    client = h2_on(start("keepalive_timeout 1s;"))
    assert client.get("/text").text == "before"
    pause = threading.Event()
    while not client.goaways and client.pongs < 100:
        client.wire.send(frame(PING, 0, 0, b"12345678"))
        client.pump()
        pause.wait(0.1)
    client.read_to_end()
    assert client.goaways[-1] == (1, NO_ERROR)


def test_a_connection_with_a_stream_is_not_idle(start, gate):
    client = h2_on(start("keepalive_timeout 1s;"))
    stream = client.begin("GET", "/x")
    threading.Event().wait(2.5)
    client.ping()
    assert not client.goaways
    gate.open.set()
    assert client.answer(stream).text == "/x"
    client.read_to_end()
    assert client.goaways[-1] == (1, NO_ERROR)


def test_keepalive_timeout_0_closes_after_what_is_under_way(start, gate):
    gateway = start("keepalive_timeout 0;")
    client = h2_on(gateway)
    client.ping()   # it has read the beginning, and no request
    first, second = client.begin("GET", "/x"), client.begin("GET", "/text")
    assert client.answer(second).text == "before"
    gate.open.set()
    assert client.answer(first).text == "/x"
    client.read_to_end()
    assert client.goaways[-1][1] == NO_ERROR


def test_a_connection_that_never_asks_ends_as_one_of_http1(start):
    client = h2_on(start("client_header_timeout 1s;"))
    client.read_to_end()
    assert client.goaways[-1] == (0, NO_ERROR)


def test_a_head_that_never_ends_does_not_keep_a_connection(start):
    gateway = start("client_header_timeout 1s; keepalive_timeout 1s;")
    part = frame(HEADERS, 0, 1, fields_block(request_fields()))
    for beginning in (part, part[:-1], part[:11]):
        client = h2_on(gateway)
        client.is_raw = True
        client.wire.send(beginning)
        client.read_to_end()
        assert client.ended


@kinds
def test_reload_keeps_connections_and_streams(start, certificates, gate, kind):
    gateway = start()
    client = client_of(kind, gateway, certificates)
    waiting = client.begin("GET", "/x")
    assert client.get("/text").text == "before"
    eventually(lambda: gate.waiting == 1)
    gateway.values["text"] = "after"
    gateway.reload(SERVER)
    eventually(lambda: gateway.get("/text").text == "after", "the new configuration is in use")
    assert client.get("/text").text == "after"
    gate.open.set()
    assert client.answer(waiting).text == "/x"
    assert client.is_alive()


@kinds
def test_quit_ends_idle_connections_and_finishes_streams(start, certificates, gate, kind):
    gateway = start()
    idle = client_of(kind, gateway, certificates)
    busy = client_of(kind, gateway, certificates)
    assert idle.get("/text").text == "before"
    stream = busy.begin("GET", "/x")
    eventually(lambda: gate.waiting == 1)
    gateway.signal(signal.SIGQUIT)
    idle.read_to_end()
    assert idle.goaways[-1] == (1, NO_ERROR)
    busy.until(lambda: busy.goaways, "it is told")
    gate.open.set()
    assert busy.answer(stream).text == "/x"
    busy.read_to_end()
    assert busy.goaways[-1] == (1, NO_ERROR)
    assert gateway.wait() == 0


def test_quit_waits_for_an_answer_that_is_being_taken(start):
    gateway = start()
    client = h2_on(gateway, windows=False)
    stream = client.begin("GET", "/file")
    client.until(lambda: len(client.answers[stream].body) == 65_535, "its window is full")
    gateway.signal(signal.SIGQUIT)
    eventually(lambda: refuses(gateway))
    client.windows = True
    client.allow(1 << 20)
    client.allow(1 << 20, stream)
    assert len(client.answer(stream).body) == 1 << 20
    client.read_to_end()
    assert gateway.wait() == 0


@pytest.mark.parametrize("port, beginning", [("port", b""), ("port", b"PRI * HT"), ("port_tls", b"")])
def test_quit_does_not_wait_for_who_has_not_begun(start, port, beginning):
    gateway = start("client_header_timeout 2s;")
    wires = [gateway.send(beginning, port) for _ in range(3)]
    assert gateway.get("/text").text == "before"   # and so they have been accepted
    gateway.signal(signal.SIGQUIT)
    for wire in wires:
        wire.read_to_end()
    assert gateway.wait() == 0


def test_quit_serves_who_has_just_come(start, gate):
    """A connection without a request yet: one that is on its way is served."""
    gateway = start()
    client = h2_on(gateway)
    client.ping()
    gateway.signal(signal.SIGQUIT)
    client.until(lambda: client.goaways, "it is told")
    assert client.goaways[0] == (EVERY_STREAM, NO_ERROR)
    assert gateway.wait() == 0


def test_worker_shutdown_timeout_cuts_what_is_left(start, gate):
    from gateway import MAIN
    gateway = start(main="worker_shutdown_timeout 1s;\n" + MAIN)
    client = h2_on(gateway)
    client.begin("GET", "/x")
    eventually(lambda: gate.waiting == 1)
    gateway.signal(signal.SIGQUIT)
    client.read_to_end()
    assert gateway.wait() == 0
    eventually(lambda: gate.left == 1, "the endpoint is let go")


def test_what_is_idle_is_counted_so(start):
    gateway = start()

    def numbers() -> list[int]:
        words = gateway.get("/status").text.split()
        return [int(words[2]), int(words[words.index("Waiting:") + 1])]

    clients = [h2_on(gateway) for _ in range(3)]
    for client in clients:
        client.ping()
    eventually(lambda: numbers() == [4, 3], "three wait")
    for client in clients:
        assert client.get("/text").text == "before"
    eventually(lambda: numbers() == [4, 3], "again")
    for client in clients:
        client.wire.close()
    eventually(lambda: numbers() == [1, 0], "nobody waits")


def test_idle_ones_make_room_and_are_counted_out(lab):
    """worker_connections: the longest idle goes, and the number of those that wait stays right."""
    from gateway import MAIN
    gateway = lab.gateway("""server {
        listen 127.0.0.1:%port% http2; location / { return 204; } location /status { stub_status; }
    }""", main=MAIN.replace("worker_connections 1024", "worker_connections 10"))
    clients = []
    for _ in range(30):
        clients.append(h2_on(gateway))
        assert clients[-1].get("/").status == 204
    for client in clients[:-9]:
        client.read_to_end()
        assert client.ended
    words = clients[-1].get("/status").text.split()
    assert int(words[words.index("Waiting:") + 1]) <= 10


def test_an_idle_connection_is_small(lab):
    count = 300
    gateway = lab.gateway("server { listen 127.0.0.1:%port% http2; location / { return 204; } }")
    warm = [h2_on(gateway) for _ in range(20)]
    for client in warm:
        assert client.get("/").status == 204
    before = gateway.anonymous_memory()
    clients = [h2_on(gateway) for _ in range(count)]
    for client in clients:
        assert client.get("/").status == 204
    for client in clients:
        client.ping()
    each = (gateway.anonymous_memory() - before) / count
    assert each < 48 * 1024, f"{each:.0f} bytes each"
