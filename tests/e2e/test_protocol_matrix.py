"""The same requests by HTTP/1.1 and HTTP/2, with and without TLS, get the same answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from h2_client import h2_on, h2_over_tls
from origins import Peer
from raw import chunked, response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

MIB = 1 << 20
CONNECTION_FIELDS = {"connection", "keep-alive", "transfer-encoding", "date"}

SERVER = """
    server {
        listen 127.0.0.1:%port%;
        listen 127.0.0.1:%port_tls% ssl;
        server_name localhost;
        http2 on;
        %pair%
        client_max_body_size 2k;
        root %prefix%/www;
        etag on;
        location / { add_header X-Added "$request_method $uri"; }
        location /expires/ { expires 1h; alias %prefix%/www/; }
        location /moved { return 302 /elsewhere?x=$arg_x; }
        location /gone { return 410 "gone for $arg_who"; }
        location /nothing { return 204; }
        location /text { return 200 "some text"; }
        location /denied { deny all; }
        location /trailing { add_trailer X-Sum 42; root %prefix%/www; try_files /small.txt =404; }
        location /page/ { error_page 404 =200 /small.txt; }
        location /charset.txt { charset utf-8; }
        location /limited { alias %prefix%/www/small.txt; limit_rate 100k; }
        location /proxied/ { proxy_pass http://%origin%/; proxy_pass_trailers on; }
        location /unbuffered/ {
            proxy_pass http://%origin%/; proxy_pass_trailers on;
            proxy_buffering off; proxy_request_buffering off;
        }
    }
"""

FILES = {"www/small.txt": "hello, world\n", "www/empty.txt": "", "www/large.bin": bytes(range(256)) * 4096,
         "www/charset.txt": "text", "www/sub/index.html": "<p>index</p>"}

Case = tuple[str, str, list[tuple[str, str]], bytes]   # method, target, fields, body
ETAG = '"not-this-one"'
LATER, EARLIER = "Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:01 GMT"

STATIC_CASES: list[Case] = [
    ("GET", "/small.txt", [], b""),
    ("HEAD", "/small.txt", [], b""),
    ("GET", "/small.txt?a=b&c=%20d", [("x-custom", "value")], b""),
    ("GET", "/empty.txt", [], b""),
    ("HEAD", "/empty.txt", [], b""),
    ("GET", "/large.bin", [], b""),
    ("GET", "/sub/", [], b""),
    ("GET", "/sub", [], b""),
    ("GET", "/none", [], b""),
    ("HEAD", "/none", [], b""),
    ("GET", "/page/none", [], b""),
    ("GET", "/charset.txt", [], b""),
    ("GET", "/expires/small.txt", [], b""),
    ("GET", "/limited", [], b""),
    ("GET", "/small.txt", [("range", "bytes=1-3")], b""),
    ("HEAD", "/small.txt", [("range", "bytes=1-3")], b""),
    ("GET", "/small.txt", [("range", "bytes=-4")], b""),
    ("GET", "/small.txt", [("range", "bytes=100-")], b""),
    ("GET", "/large.bin", [("range", "bytes=100000-900000")], b""),
    ("GET", "/small.txt", [("if-modified-since", LATER)], b""),
    ("GET", "/small.txt", [("if-unmodified-since", EARLIER)], b""),
    ("GET", "/small.txt", [("if-match", ETAG)], b""),
    ("GET", "/small.txt", [("if-none-match", ETAG)], b""),
    ("GET", "/small.txt", [("if-none-match", "*")], b""),
    ("POST", "/small.txt", [], b"body"),
    ("DELETE", "/small.txt", [], b""),
    ("OPTIONS", "/small.txt", [], b""),
    ("STRANGE", "/small.txt", [], b""),
    ("POST", "/small.txt", [], b"b" * 4000),
    ("GET", "/moved?x=y", [], b""),
    ("GET", "/gone?who=me", [], b""),
    ("HEAD", "/gone?who=me", [], b""),
    ("GET", "/nothing", [], b""),
    ("GET", "/text", [("cookie", "a=b; c=d")], b""),
    ("POST", "/text", [], b"body"),
    ("HEAD", "/text", [], b""),
    ("GET", "/denied", [], b""),
    ("GET", "/trailing", [], b""),
    ("HEAD", "/trailing", [], b""),
    ("GET", "/%2e%2e/x", [], b""),
    ("GET", "/%00", [], b""),
    ("GET", "/" + "a" * 9000, [], b""),
    ("GET", "/small.txt", [("x-long", "v" * 9000)], b""),
    ("GET", "/small.txt", [("expect", "the-unexpected")], b""),
    ("GET", "/small.txt", [("authorization", "a"), ("authorization", "b")], b""),
]

HAS_NO_LENGTH_IN_H1 = {"/trailing"}   # only chunks have trailers there

PROXIED_CASES: list[Case] = [
    ("GET", "/length", [], b""),
    ("HEAD", "/length", [], b""),
    ("GET", "/chunked", [], b""),
    ("HEAD", "/chunked", [], b""),
    ("GET", "/closed", [], b""),
    ("GET", "/trailers", [("te", "trailers")], b""),
    ("GET", "/empty", [], b""),
    ("GET", "/204", [], b""),
    ("GET", "/304", [], b""),
    ("GET", "/redirect", [], b""),
    ("GET", "/cookies", [("cookie", "a=b; c=d")], b""),
    ("GET", "/hints", [], b""),
    ("GET", "/large", [], b""),
    ("GET", "/events", [], b""),
    ("POST", "/echo", [], b"a body"),
    ("PUT", "/echo", [], b"b" * 2000),
    ("PATCH", "/echo", [], b""),
    ("POST", "/echo", [], b"b" * 4000),
    ("GET", "/echo", [("x-one", "1"), ("x-two", "2"), ("x-one", "3"), ("accept", "*/*")], b""),
    ("GET", "/hop", [("connection", "x-hop")], b""),
    ("GET", "/no-date", [], b""),
]


def script(peer: Peer) -> None:
    """Answers by the path."""
    while True:
        message = peer.read_request()
        path = message.target.partition("?")[0]
        large = b"0123456789abcdef" * (MIB // 16)
        answers = {
            "/length": response("a body", "X-Field: of the origin", "Content-Type: text/plain"),
            "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("one ", "two"),
            "/trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                         + chunked("one", trailers=["X-Sum: 3"]),
            "/empty": response(""),
            "/204": b"HTTP/1.1 204 No Content\r\nX-Field: here\r\n\r\n",
            "/304": b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
            "/redirect": response("", f"Location: http://{peer.origin}/there", status="302 Found"),
            "/cookies": response(message.get("Cookie") or "", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2"),
            "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + response("hinted"),
            "/large": response(large),
            "/events": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n" + chunked("data: 1\n\n", "data: 2\n\n"),
            "/hop": response("hop", "Connection: X-Private", "X-Private: secret", "Keep-Alive: timeout=5"),
            "/no-date": response("x", "Server: other", "X-Odd:   spaced   "),
        }
        if path == "/closed":
            peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end")
            return
        if path == "/echo":
            shown = sorted(f"{name.lower()}: {value}" for name, value in message.fields)
            peer.send(response("\n".join([message.start, *shown, message.text])))
            continue
        answer = answers[path]
        if message.method == "HEAD":
            answer = answer[:answer.index(b"\r\n\r\n") + 4]
        peer.send(answer)


@dataclass
class Result:
    """What may be compared."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]]

    @classmethod
    def of(cls, status: int, fields, body: bytes, trailers) -> Result:
        kept = sorted((name.lower(), re.sub(r"https?://localhost(:\d+)?", "SITE", value))
                      for name, value in fields
                      if name.lower() not in CONNECTION_FIELDS and not name.startswith(":"))
        return cls(status, kept, bytes(body), sorted((name.lower(), value) for name, value in trailers))


def ask_h1(wire, case: Case) -> Result:
    method, target, fields, body = case
    lines = [f"{name}: {value}" for name, value in fields]
    message = wire.ask(method, target, *lines, "Connection: close", body=body)
    while message.status < 200:
        message = wire.read_response(method)
    return Result.of(message.status, message.fields, message.body, message.trailers)


def ask_h2(client, case: Case) -> Result:
    method, target, fields, body = case
    fields = [(name, value) for name, value in fields if name != "connection"]
    if body:
        fields.append(("content-length", str(len(body))))
    stream = client.begin(method, target, *fields, end=not body)
    if body:
        client.send(stream, body, end=True)
    answer = client.answer(stream)
    assert answer.reset in (None, 0), f"reset with {answer.reset}"
    assert not any(name in CONNECTION_FIELDS - {"date"} for name, _ in answer.fields)
    return Result.of(answer.status, answer.fields, answer.body, answer.trailers)


@pytest.fixture
def gateway(lab, certificates):
    return lab.gateway(SERVER, files=FILES, pair=certificates.localhost, origin=lab.origin(script))


def cases_of(kind: str) -> list[Case]:
    if kind == "static":
        return STATIC_CASES
    return [(method, f"/{kind}{target}", fields, body) for method, target, fields, body in PROXIED_CASES]


@pytest.mark.parametrize("kind", ["static", "proxied", "unbuffered"])
@pytest.mark.parametrize("client", ["h1-tls", "h2", "h2-tls"])
def test_an_answer_does_not_depend_on_how_it_was_asked_for(gateway, certificates, client, kind):
    h2_client = {"h1-tls": lambda: None, "h2": lambda: h2_on(gateway),
                 "h2-tls": lambda: h2_over_tls(gateway, certificates, port="port_tls")}[client]()
    different = []
    for case in cases_of(kind):
        expected = ask_h1(gateway.connect(), case)
        if h2_client is None:
            wire = certificates.connect(gateway, port="port_tls")
            found = ask_h1(wire, case)
            wire.close()
        else:
            found = ask_h2(h2_client, case)
        if case[1] in HAS_NO_LENGTH_IN_H1:
            for result in expected, found:
                result.fields = [(name, value) for name, value in result.fields if name != "content-length"]
        if found != expected:
            different.append(f"{case[0]} {case[1][:60]} {case[2]}: {str(found)[:400]}\n"
                             f"   not {str(expected)[:400]}")
    assert not different, "\n".join(different)
