"""The same requests get the same answers, whichever protocol they are asked in, and whichever the endpoint
speaks: HTTP/1.1 or HTTP/2, with TLS or without, on either side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import pytest
from h2_client import h2_on, h2_over_tls
from matrix_origins import ENDPOINTS, endpoint_of, pass_to

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

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
        location /reference/ { proxy_pass_trailers on; %reference% }
        location /tested/ { proxy_pass_trailers on; %tested% }
        location /unbuffered-reference/ { proxy_pass_trailers on; %reference% %unbuffered% }
        location /unbuffered-tested/ { proxy_pass_trailers on; %tested% %unbuffered% }
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
    ("GET", "/missing", [], b""),
    ("GET", "/broken", [], b""),
]


@dataclass
class Result:
    """What may be compared."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]]

    @classmethod
    def of(cls, status: int, fields, body: bytes, trailers) -> Result:
        dates = [value for name, value in fields if name.lower() == "date"]
        kept = sorted((name.lower(), comparable(name.lower(), value, dates)) for name, value in fields
                      if name.lower() not in CONNECTION_FIELDS and not name.startswith(":"))
        return cls(status, kept, bytes(body), sorted((name.lower(), value) for name, value in trailers))


def comparable(name: str, value: str, dates: list[str]) -> str:
    """What does not depend on the port, the place that was asked or the second in which it was."""
    if name == "expires" and dates and value.endswith("GMT"):
        return f"Date + {parsedate_to_datetime(value) - parsedate_to_datetime(dates[0])}"
    value = re.sub(r"https?://localhost(:\d+)?", "SITE", value)
    return re.sub(r"/(unbuffered-)?(reference|tested)/", "/PLACE/", value)


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


def asker(gateway, certificates, client: str) -> Callable[[Case], Result]:
    """Asks as one of CLIENTS does: by HTTP/1.1 on a connection for each request, else all on one."""
    if client == "h1":
        return lambda case: ask_h1(gateway.connect(), case)
    if client == "h1-tls":
        return lambda case: ask_h1(certificates.connect(gateway, port="port_tls"), case)
    asked = h2_on(gateway) if client == "h2" else h2_over_tls(gateway, certificates, port="port_tls")
    return lambda case: ask_h2(asked, case)


def compare(reference: Callable[[Case], Result], tested: Callable[[Case], Result],
            cases: list[tuple[Case, Case]]) -> None:
    """The second of each pair, tested, gets what the first gets from the reference."""
    different = []
    for case, other in cases:
        expected, found = reference(case), tested(other)
        if case[1] in HAS_NO_LENGTH_IN_H1:
            for result in expected, found:
                result.fields = [(name, value) for name, value in result.fields if name != "content-length"]
        if found != expected:
            different.append(f"{case[0]} {case[1][:60]} {case[2]}: {str(found)[:400]}\n"
                             f"   not {str(expected)[:400]}")
    assert not different, "\n".join(different)


def gateway_to(lab, certificates, endpoint: str):
    reference = endpoint_of(lab, certificates, "h1")
    tested = endpoint_of(lab, certificates, endpoint)
    return lab.gateway(SERVER, files=FILES, pair=certificates.localhost, reference=pass_to(reference, "h1"),
                       tested=pass_to(tested, endpoint),
                       unbuffered="proxy_buffering off; proxy_request_buffering off;")


CLIENTS = ["h1", "h1-tls", "h2", "h2-tls"]


@pytest.mark.parametrize("client", CLIENTS[1:])
def test_an_own_answer_does_not_depend_on_how_it_was_asked_for(lab, certificates, client) -> None:
    gateway = gateway_to(lab, certificates, "h1")
    compare(asker(gateway, certificates, "h1"), asker(gateway, certificates, client),
            [(case, case) for case in STATIC_CASES])


@pytest.mark.parametrize("kind", ["", "unbuffered-"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_forwarded_answer_depends_on_neither_side(lab, certificates, client, endpoint, kind) -> None:
    gateway = gateway_to(lab, certificates, endpoint)
    cases = [[(method, f"/{kind}{place}{target}", fields, body)
              for method, target, fields, body in PROXIED_CASES] for place in ("reference", "tested")]
    compare(asker(gateway, certificates, "h1"), asker(gateway, certificates, client), list(zip(*cases)))
