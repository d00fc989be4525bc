"""Bodies of requests by HTTP/2: of known and unknown length, too large ones, late ones, and those that nobody
waits for."""

from __future__ import annotations

import threading

import pytest
from h2_client import CANCEL, NO_ERROR, h2_on, h2_over_tls
from origins import Peer, echo
from raw import response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

MIB = 1 << 20
LISTEN = "listen 127.0.0.1:%port%; server_name localhost; http2 on;"


def forward(lab, script=echo, directives: str = "", server: str = ""):
    origin = lab.origin(script)
    location = f"location / {{ proxy_pass http://{origin}; {directives} }}"
    return lab.gateway(f"server {{ {LISTEN} {server} {location} }}")


def report(peer: Peer) -> None:
    """Answers with how the request was framed, and how much of a body came."""
    while True:
        message = peer.read_request()
        framing = message.get("content-length") or message.get("transfer-encoding") or "none"
        peer.send(response(f"{message.method} {framing} {len(message.body)} {sum(message.body)}"))


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("size", [0, 1, 1000, 16 * 1024, 65_536, 300_000])
def test_a_body_of_known_length(lab, buffering, size):
    gateway = forward(lab, report, f"proxy_request_buffering {buffering};")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", ("content-length", str(size)), end=False)
    client.send(stream, b"\1" * size, end=True)
    assert client.answer(stream).text == f"POST {size} {size} {size}"


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("size", [0, 1000, 300_000])
def test_a_body_of_unknown_length(lab, buffering, size):
    gateway = forward(lab, report, f"proxy_request_buffering {buffering};")
    client = h2_on(gateway)
    stream = client.begin("PUT", "/", end=False)
    client.ping()   # the gateway has seen the head alone
    for start in range(0, size, 30_000):
        client.send(stream, b"\1" * min(30_000, size - start))
    client.send(stream, b"", end=True)
    framing = size if buffering == "on" else "chunked"
    assert client.answer(stream).text == f"PUT {framing} {size} {size}"


def test_a_body_that_ends_with_trailers(lab):
    client = h2_on(forward(lab, report))
    stream = client.begin("POST", "/", end=False)
    client.send(stream, b"\1\1\1")
    client.h2.send_headers(stream, [("x-sum", "3")], end_stream=True)
    client.flush()
    assert client.answer(stream).text == "POST 3 3 3"
    assert client.get().text == "GET none 0 0"


def test_a_file_takes_what_is_no_longer_kept_in_memory(lab):
    gateway = forward(lab, report, server="client_max_body_size 16m; client_body_buffer_size 8k;")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", end=False)
    client.send(stream, b"\1" * (10 * MIB), end=True)
    assert client.answer(stream).text == f"POST {10 * MIB} {10 * MIB} {10 * MIB}"


def test_a_body_that_is_too_large_is_known_from_the_head(lab):
    gateway = forward(lab, report, server="client_max_body_size 1m;")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", ("content-length", str(10 * MIB)), end=False)
    answer = client.answer(stream)
    assert (answer.status, answer.ended) == (413, True)
    gateway.says("client intended to send too large body: 10485760 bytes")
    assert client.get().text == "GET none 0 0"


@pytest.mark.parametrize("buffering", ["on", "off"])
def test_a_body_that_proves_too_large_on_its_way(lab, buffering):
    gateway = forward(lab, report, f"proxy_request_buffering {buffering};",
                      server="client_max_body_size 100k;")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", end=False)
    answer = client.answers[stream]
    sent = 0
    while not answer.is_over and sent < 10 * MIB:
        try:
            client.send(stream, b"x" * 10_000)
            sent += 10_000
        except Exception:   # noqa: BLE001: the stream has just been closed by the other side
            break
        client.ping()
    assert client.answer(stream).status == 413
    assert sent < 10 * MIB
    assert client.get().text == "GET none 0 0"


def test_what_nobody_reads_is_given_back_to_the_window(lab):
    """More is refused than the connection's window holds, and yet it never closes."""
    gateway = forward(lab, report, server="client_max_body_size 1k;")
    client = h2_on(gateway)
    for _ in range(60):
        stream = client.begin("POST", "/", end=False)
        room = min(60_000, client.h2.local_flow_control_window(stream))
        assert room > 16_000, "what was refused is still charged"
        for start in range(0, room, 16_000):
            client.h2.send_data(stream, b"x" * min(16_000, room - start))
        client.flush()
        assert client.answer(stream).status == 413
    assert client.is_alive()


def test_the_windows_hold_a_client_up_whose_body_nobody_takes(lab):
    """An endpoint that does not read holds up its own stream, and no other."""
    release = threading.Event()

    def script(peer: Peer) -> None:
        head = peer.read_head()
        if head.target == "/stuck":
            release.wait(10)
        peer.send(response(head.target))

    gateway = forward(lab, script, "proxy_request_buffering off;", server="client_max_body_size 0;")
    client = h2_on(gateway)
    stuck = client.begin("POST", "/stuck", end=False)
    sent = pings = 0
    while pings < 10 and sent < 64 * MIB:
        room = min(client.h2.local_flow_control_window(stuck), 16_384)
        client.h2.send_data(stuck, b"x" * room)
        client.flush()
        sent += room
        if room == 0:
            client.ping()
        pings = pings + 1 if room == 0 else 0
    assert pings, "the stream's window never closed"
    assert client.get("/other").text == "/other"
    release.set()
    assert client.answer(stuck).text == "/stuck"


def test_a_body_that_does_not_come_is_a_timeout(lab):
    gateway = forward(lab, report, server="client_body_timeout 1s;")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", ("content-length", "100"), end=False)
    client.send(stream, b"x" * 10)
    assert client.answer(stream).status == 408
    assert client.get().text == "GET none 0 0"


def test_a_body_is_waited_for_by_its_pieces(lab):
    """The timeout is between two pieces; other streams do not count."""
    gateway = forward(lab, report, "proxy_request_buffering off;", server="client_body_timeout 1s;")
    client = h2_on(gateway)
    late = client.begin("POST", "/", ("content-length", "100"), end=False)
    while not client.answers[late].is_over:
        assert client.get().status == 200
        client.pump()
    assert client.answers[late].status in (0, 408)


def test_expect_100_is_answered_when_the_body_is_wanted(lab):
    client = h2_on(forward(lab, report))
    stream = client.begin("POST", "/", ("content-length", "3"), ("expect", "100-continue"), end=False)
    answer = client.answers[stream]
    client.until(lambda: answer.interim, "100 Continue")
    assert dict(answer.interim[0]) == {":status": "100"}
    client.send(stream, b"\1\1\1", end=True)
    assert client.answer(stream).text == "POST 3 3 3"


def test_expect_100_is_not_answered_when_the_body_is_not_wanted(lab):
    gateway = lab.gateway(f"server {{ {LISTEN} return 200 no; }}")
    client = h2_on(gateway)
    stream = client.begin("POST", "/", ("content-length", "3"), ("expect", "100-continue"), end=False)
    answer = client.answer(stream)
    assert (answer.interim, answer.text) == ([], "no")
    assert answer.reset in (None, NO_ERROR)


def test_an_answer_that_comes_before_the_end_of_the_request(lab):
    """The endpoint answers when it has seen the head; the client is told to stop, and is not blamed."""
    def early(peer: Peer) -> None:
        peer.read_head()
        peer.send(response("early"))
        while peer.fill():
            pass

    gateway = forward(lab, early, "proxy_request_buffering off;", server="client_max_body_size 0;")
    client = h2_on(gateway)
    for _ in range(3):
        stream = client.begin("POST", "/", end=False)
        client.send(stream, b"x" * 1000)
        answer = client.answers[stream]
        client.until(lambda answer=answer: answer.reset is not None, "the stream is reset")
        assert (answer.status, answer.text, answer.ended, answer.reset) == (200, "early", True, NO_ERROR)
    assert client.is_alive()
    assert all(' 200 ' in line for line in gateway.access_lines(3))


def test_a_request_that_is_reset_in_its_body_ends_quietly(lab):
    gateway = forward(lab, report)
    client = h2_on(gateway)
    stream = client.begin("POST", "/", ("content-length", "100"), end=False)
    client.send(stream, b"x" * 10)
    client.reset(stream, CANCEL)
    assert client.get().text == "GET none 0 0"
    lines = gateway.access_lines(2)
    assert sorted(line.split('"')[2].split()[0] for line in lines) == ["200", "400"]


@pytest.mark.parametrize("over_tls", [False, True])
def test_many_bodies_at_once(lab, certificates, over_tls):
    origin = lab.origin(report)
    gateway = lab.gateway(f"""server {{
        {LISTEN} listen 127.0.0.1:%port_tls% ssl; {certificates.localhost}
        location / {{ proxy_pass http://{origin}; proxy_request_buffering off; }}
    }}""")
    client = h2_over_tls(gateway, certificates, port="port_tls") if over_tls else h2_on(gateway)
    streams = [client.begin("POST", "/", end=False) for _ in range(40)]
    for _ in range(5):
        for stream in streams:
            client.send(stream, b"\1" * 7000)
    for stream in streams:
        client.send(stream, b"", end=True)
    assert {client.answer(stream).text for stream in streams} == {"POST chunked 35000 35000"}


def test_request_length_and_body_are_known_to_the_log(lab):
    origin = lab.origin(report)
    gateway = lab.gateway(f"""
        log_format sizes "$request_length $body_bytes_sent $request_body";
        server {{ {LISTEN} access_log access.log sizes; location / {{ proxy_pass http://{origin}; }} }}
    """)
    assert h2_on(gateway).ask("POST", "/", body="content").text == f"POST 7 7 {sum(b'content')}"
    length, sent, body = gateway.access_lines(1)[0].split(" ")
    assert int(length) > 7 + len("POST/httplocalhost") and (sent, body) == ("12", "content")
