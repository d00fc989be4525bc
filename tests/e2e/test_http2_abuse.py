"""Clients of HTTP/2 that do what is allowed too often, or what is not allowed: the one connection ends with
ENHANCE_YOUR_CALM, or the one stream is reset; everybody else is served."""

from __future__ import annotations

import struct

import hpack
import pytest
from h2_client import (ACK, CANCEL, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM,
                       ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, NO_ERROR,
                       PADDED, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS,
                       STREAM_CLOSED, WINDOW_UPDATE, Answer, H2Client, fields_block, frame, h2_on,
                       request_fields)

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")


@pytest.fixture
def gateway(lab):
    origin = lab.origin()
    return lab.gateway(f"""server {{
        listen 127.0.0.1:%port% http2; server_name localhost;
        location / {{ proxy_pass http://{origin}; }}
        location /text {{ return 200 text; }}
        keepalive_requests 100000;
    }}""")


def head(stream: int, *fields: tuple[str, str], end: bool = True, path: str = "/text") -> bytes:
    flags = END_HEADERS | (END_STREAM if end else 0)
    return frame(HEADERS, flags, stream, fields_block(request_fields("GET", path, *fields)))


def resets(streams: range, path: str = "/text") -> bytes:
    return b"".join(head(stream, path=path) + frame(RST_STREAM, 0, stream, struct.pack("!I", CANCEL))
                    for stream in streams)


def in_batches(pieces: list[bytes], count: int = 100) -> list[bytes]:
    return [b"".join(pieces[start:start + count]) for start in range(0, len(pieces), count)]


SHORT = fields_block([("x", "y")])
FLOODS = {
    "rapid resets": (resets(range(1, 2001, 2)), "too many resets"),
    "rapid resets of forwarded requests": (resets(range(1, 2001, 2), "/"), "too many resets"),
    "provoked resets": (in_batches([head(stream, ("connection", "close")) for stream in range(1, 2001, 2)]),
                        "too many resets"),
    "resets provoked by trailers": (
        in_batches([head(stream, end=False) + frame(HEADERS, END_HEADERS, stream, SHORT)
                    for stream in range(1, 2001, 2)]), "too many resets"),
    "CONTINUATION without end": (frame(HEADERS, END_STREAM, 1, fields_block(request_fields()))
                                 + frame(CONTINUATION, 0, 1, SHORT) * 500, "CONTINUATION"),
    "empty CONTINUATION": (frame(HEADERS, END_STREAM, 1, fields_block(request_fields()))
                           + frame(CONTINUATION, 0, 1) * 5000, "CONTINUATION"),
    "pings": (frame(PING, 0, 0, b"12345678") * 2000, "too many PING frames"),
    "settings": (frame(SETTINGS) * 2000, "too many SETTINGS frames"),
    "priorities": (frame(PRIORITY, 0, 1, b"\0\0\0\0\x10") * 5000, "too many PRIORITY frames"),
    "empty DATA": (head(1, end=False, path="/") + frame(DATA, 0, 1) * 2000, "too many empty DATA frames"),
    "padding": (head(1, end=False, path="/") + frame(DATA, PADDED, 1, b"\0") * 2000,
                "too many empty DATA frames"),
    "window updates": (frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1)) * 20_000,
                       "too many frames without effect"),
    "unknown frames": (frame(0x77, 0, 0, b"x") * 20_000, "too many frames without effect"),
}


def flood(gateway, data: bytes | list[bytes]) -> H2Client:
    """A client that sends all of it, or batch for batch as each is answered, and then reads."""
    client = h2_on(gateway)
    client.ping()
    client.is_raw = True
    try:
        for batch in data if isinstance(data, list) else [data]:
            client.wire.send(batch)
            if isinstance(data, list):
                client.wire.send(frame(PING, 0, 0, b"12345678"))
                before = client.pongs
                while client.pongs == before and client.pump():
                    pass
    except (BrokenPipeError, ConnectionResetError):
        pass   # it was thrown out in the middle
    client.read_to_end()
    return client


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_ends_its_connection_and_no_other(gateway, name):
    data, message = FLOODS[name]
    other = h2_on(gateway)
    assert other.get("/text").text == "text"
    client = flood(gateway, data)
    assert client.goaways and client.goaways[-1][1] == ENHANCE_YOUR_CALM
    gateway.says("HTTP/2 connection ended (ENHANCE_YOUR_CALM)")
    gateway.says(message)
    assert other.get("/text").text == "text"
    assert other.is_alive()


def test_a_header_bomb_ends_its_connection(gateway):
    """One large entry of the table, named again and again: few bytes become many."""
    entry = b"\x40" + b"\x06x-bomb" + b"\x7f" + bytes([0xa1, 0x1e]) + b"v" * 4000   # 127 + 3873, indexed
    block = fields_block(request_fields()) + entry + b"\xbe" * 10_000
    client = flood(gateway, frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
    assert client.goaways[-1][1] == ENHANCE_YOUR_CALM
    gateway.says("header bomb")


def test_who_does_not_read_is_not_answered_for_ever(gateway):
    """Answers to pings and settings that nobody takes are memory."""
    client = h2_on(gateway)
    client.ping()
    before = gateway.anonymous_memory()
    try:
        for _ in range(200):
            client.wire.send(frame(PING, 0, 0, b"12345678") * 1000)
    except (BrokenPipeError, ConnectionResetError, TimeoutError):
        pass
    assert gateway.anonymous_memory() - before < 8 << 20
    assert h2_on(gateway).get("/text").text == "text"


def test_ordinary_use_is_no_abuse(gateway):
    """Ten thousand requests, with pings and settings between them, and a reset now and then."""
    client = h2_on(gateway)
    for turn in range(100):
        streams = [client.begin("GET", "/text") for _ in range(100)]
        assert all(client.answer(stream).status == 200 for stream in streams)
        if turn % 10 == 0:
            client.ping()
            client.reset(client.begin("GET", "/"))
    assert client.is_alive()


def with_head(*fields: tuple[str, str], rest: bytes = b"", flags: int = END_HEADERS | END_STREAM) -> bytes:
    return frame(HEADERS, flags, 1, fields_block(fields) + rest)


GET = (":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/text")

# What makes a request malformed (RFC 9113 8.1.1): its stream is reset, and nothing else happens.
MALFORMED = {
    "no method": with_head(*GET[1:]),
    "no scheme": with_head(GET[0], *GET[2:]),
    "no path": with_head(*GET[:3]),
    "an empty path": with_head(*GET[:3], (":path", "")),
    "a path without a slash": with_head(*GET[:3], (":path", "text")),
    "a pseudo-field twice": with_head(*GET, (":path", "/other")),
    "an unknown pseudo-field": with_head(*GET, (":strange", "x")),
    "a pseudo-field of responses": with_head((":status", "200"), *GET),
    "a pseudo-field behind a field": with_head(*GET[:3], ("x-field", "1"), GET[3]),
    "a name in capitals": with_head(*GET, ("X-Field", "1")),
    "a name with a space": with_head(*GET, ("x field", "1")),
    "a name with a colon": with_head(*GET, ("x:field", "1")),
    "an empty name": with_head(*GET, ("", "1")),
    "a line end in a value": with_head(*GET, ("x-field", "1\r\nx-other: 2")),
    "a NUL in a value": with_head(*GET, ("x-field", "1\0")),
    "a space before a value": with_head(*GET, ("x-field", " 1")),
    "Connection": with_head(*GET, ("connection", "close")),
    "Transfer-Encoding": with_head(*GET, ("transfer-encoding", "chunked")),
    "Upgrade": with_head(*GET, ("upgrade", "websocket")),
    "Keep-Alive": with_head(*GET, ("keep-alive", "1")),
    "Proxy-Connection": with_head(*GET, ("proxy-connection", "close")),
    "TE with more than trailers": with_head(*GET, ("te", "gzip")),
    "a host that is another": with_head(*GET, ("host", "other.example")),
    "lengths that differ": with_head(*GET, ("content-length", "1"), ("content-length", "2")),
    "a length that is none": with_head(*GET, ("content-length", "x")),
    "a length and no body": with_head(*GET, ("content-length", "5")),
    "a body that is too short": with_head(*GET, ("content-length", "5"), flags=END_HEADERS)
                                + frame(DATA, END_STREAM, 1, b"1234"),
    "a body that is too long": with_head(*GET, ("content-length", "5"), flags=END_HEADERS)
                               + frame(DATA, END_STREAM, 1, b"123456"),
    "pseudo-fields in trailers": with_head((":method", "POST"), *GET[1:], flags=END_HEADERS)
                                 + with_head((":path", "/x")),
    "trailers that end nothing": with_head((":method", "POST"), *GET[1:], flags=END_HEADERS)
                                 + frame(HEADERS, END_HEADERS, 1, fields_block([("x-sum", "1")])),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_resets_its_stream(gateway, name):
    client = h2_on(gateway)
    client.ping()
    answer = client.answers[1] = Answer()
    client.h2.send_headers(1, [*GET], end_stream=False)   # the package must know of the stream
    client.h2.data_to_send()
    client.h2.encoder = hpack.Encoder()   # the gateway's table is as empty
    client.wire.send(MALFORMED[name])
    client.until(lambda: answer.reset is not None or client.goaways, "a reset")
    assert not client.goaways
    assert answer.reset in (PROTOCOL_ERROR, STREAM_CLOSED)
    assert client.get("/text").text == "text"
    gateway.says("refused")


# What breaks the connection (RFC 9113 5.4.1), and with which code.
BROKEN = {
    "DATA on stream 0": (frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR),
    "HEADERS on stream 0": (frame(HEADERS, END_HEADERS, 0, fields_block(GET)), PROTOCOL_ERROR),
    "HEADERS on an even stream": (head(2), PROTOCOL_ERROR),
    "DATA behind the end": (head(1, path="/x") + frame(DATA, 0, 1, b"x"), STREAM_CLOSED),
    "DATA on an idle stream": (frame(DATA, 0, 99, b"x"), PROTOCOL_ERROR),
    "RST_STREAM on an idle stream": (frame(RST_STREAM, 0, 99, b"\0\0\0\0"), PROTOCOL_ERROR),
    "PUSH_PROMISE": (frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + fields_block(GET)), PROTOCOL_ERROR),
    "CONTINUATION alone": (frame(CONTINUATION, END_HEADERS, 1, b""), PROTOCOL_ERROR),
    "another frame within a head": (frame(HEADERS, 0, 1, fields_block(GET)) + frame(PING, 0, 0, b"12345678"),
                                    PROTOCOL_ERROR),
    "PING of another size": (frame(PING, 0, 0, b"1234567"), FRAME_SIZE_ERROR),
    "PING on a stream": (frame(PING, 0, 1, b"12345678"), PROTOCOL_ERROR),
    "SETTINGS of another size": (frame(SETTINGS, 0, 0, b"12345"), FRAME_SIZE_ERROR),
    "SETTINGS on a stream": (frame(SETTINGS, 0, 1), PROTOCOL_ERROR),
    "an ACK with content": (frame(SETTINGS, ACK, 0, b"123456"), FRAME_SIZE_ERROR),
    "a window beyond all": (frame(SETTINGS, 0, 0, struct.pack("!HI", 4, 2**31)), FLOW_CONTROL_ERROR),
    "a window that overflows": (frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 2**31 - 1)) * 2,
                                FLOW_CONTROL_ERROR),
    "a window update of nothing": (frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 0)), PROTOCOL_ERROR),
    "a window update of nothing for a stream": (
        head(1, end=False) + frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 0)), PROTOCOL_ERROR),
    "a dependency on itself": (frame(HEADERS, END_HEADERS | END_STREAM | 0x20, 1,
                                     struct.pack("!IB", 1, 15) + fields_block(GET)), PROTOCOL_ERROR),
    "a frame that is too large": (frame(DATA, 0, 1, b"x" * 16_385), FRAME_SIZE_ERROR),
    "more padding than frame": (frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + fields_block(GET)),
                                PROTOCOL_ERROR),
    "a table that is too large": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xe1\xff\x03"),
                                  COMPRESSION_ERROR),
    "an index that is none": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\x00"), COMPRESSION_ERROR),
    "a block that is cut": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x40\x7f"), COMPRESSION_ERROR),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connection_ends_with_a_reason(gateway, name):
    data, code = BROKEN[name]
    client = h2_on(gateway)
    client.ping()
    client.is_raw = True
    client.wire.send(data)
    client.read_to_end()
    assert client.goaways and client.goaways[-1][1] == code
    gateway.says("HTTP/2 connection ended")
    assert h2_on(gateway).get("/text").text == "text"


def test_a_preface_that_goes_wrong_is_not_answered_with_a_page(gateway):
    wire = gateway.send(PREFACE + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = wire.read_to_end()
    assert b"HTTP/1.1" not in received
    assert bytes([GOAWAY]) in received


def test_a_goaway_of_the_client_lets_its_requests_end(gateway):
    client = h2_on(gateway)
    stream = client.begin("GET", "/text")
    client.wire.send(frame(GOAWAY, 0, 0, struct.pack("!II", 0, NO_ERROR)))
    assert client.answer(stream).text == "text"
    client.read_to_end()
