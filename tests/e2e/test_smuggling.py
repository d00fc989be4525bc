"""Request smuggling: every ambiguity of a request's framing is refused and never reaches an origin."""

from __future__ import annotations

import pytest
from conftest import Lab
from origins import always, echo
from raw import chunked, request, response

SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

CHUNKED = "5\r\nhello\r\n0\r\n\r\n"
NOTHING = "0\r\n\r\n"


def post(*lines: str, body: str = "hello") -> str:
    """A POST of these field lines, with a body and a second request right behind."""
    return "\r\n".join(["POST / HTTP/1.1", "Host: localhost", *lines, "", ""]) + body + SMUGGLED


AMBIGUOUS = {
    "content-length beside transfer-encoding": post("Content-Length: 5", "Transfer-Encoding: chunked",
                                                    body=NOTHING),
    "transfer-encoding beside content-length": post("Transfer-Encoding: chunked", "Content-Length: 5",
                                                    body=NOTHING),
    "two different content-lengths": post("Content-Length: 5", "Content-Length: 6"),
    "two equal content-lengths": post("Content-Length: 5", "Content-Length: 5"),
    "a list of content-lengths": post("Content-Length: 5, 5"),
    "a content-length with a plus sign": post("Content-Length: +5"),
    "a negative content-length": post("Content-Length: -5"),
    "a hexadecimal content-length": post("Content-Length: 0x5"),
    "a content-length with a blank inside": post("Content-Length: 5 0"),
    "a content-length with a fraction": post("Content-Length: 5.0"),
    "an empty content-length": post("Content-Length:"),
    "a content-length beyond 64 bits": post("Content-Length: 18446744073709551621"),
    "a content-length in words": post("Content-Length: five"),
    "a content-length with a NUL behind": post("Content-Length: 5\0"),
    "a content-length with a vertical tab in front": post("Content-Length: \x0b5"),
    "an unknown transfer-encoding": post("Transfer-Encoding: xchunked"),
    "transfer-encoding identity": post("Transfer-Encoding: identity"),
    "transfer-encoding identity beside a content-length": post("Transfer-Encoding: identity",
                                                               "Content-Length: 5"),
    "chunked twice in a list": post("Transfer-Encoding: chunked, chunked", body=CHUNKED),
    "chunked before identity": post("Transfer-Encoding: chunked, identity", body=CHUNKED),
    "identity before chunked": post("Transfer-Encoding: identity, chunked", body=CHUNKED),
    "two transfer-encoding lines": post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked",
                                        body=CHUNKED),
    "a second transfer-encoding that is unknown": post("Transfer-Encoding: chunked", "Transfer-Encoding: x",
                                                       body=CHUNKED),
    "an empty transfer-encoding": post("Transfer-Encoding:", body=CHUNKED),
    "chunked in quotes": post('Transfer-Encoding: "chunked"', body=CHUNKED),
    "chunked behind a vertical tab": post("Transfer-Encoding: \x0bchunked", body=CHUNKED),
    "chunked with a parameter": post("Transfer-Encoding: chunked;q=1", body=CHUNKED),
    "chunked with a NUL behind": post("Transfer-Encoding: chunked\0", body=CHUNKED),
    "a blank before the colon of transfer-encoding": post("Transfer-Encoding : chunked", body=CHUNKED),
    "a tab before the colon of transfer-encoding": post("Transfer-Encoding\t: chunked", body=CHUNKED),
    "a blank before the colon of content-length": post("Content-Length : 5"),
    "a control character in a field name": post("Transfer-\x01Encoding: chunked", "Content-Length: 5"),
    "a NUL in a field name": post("Transfer-\0Encoding: chunked", "Content-Length: 5"),
    "a NUL in a field value": post("X-Nothing: a\0b", "Content-Length: 5"),
    "a bare CR in a field value": post("X-Nothing: a\rTransfer-Encoding: chunked", "Content-Length: 5"),
    "a bare CR as the line end": post("Content-Length: 5").replace("localhost\r\n", "localhost\r"),
    "transfer-encoding in HTTP/1.0": post("Transfer-Encoding: chunked", body=CHUNKED).replace(
        "HTTP/1.1", "HTTP/1.0", 1),
    "a folded field line": post("X-Nothing: a", " Transfer-Encoding: chunked", "Content-Length: 5"),
    "a blank before the first field": post("Content-Length: 5").replace("Host", " Host", 1),
    "a field line without a colon": post("Transfer-Encoding chunked", "Content-Length: 5"),
    "a field line with an empty name": post(": chunked", "Content-Length: 5"),
    "no Host in HTTP/1.1": SMUGGLED.replace("Host: localhost\r\n", "") + SMUGGLED,
    "two Hosts": SMUGGLED.replace("\r\n\r\n", "\r\nHost: other\r\n\r\n") + SMUGGLED,
    "two equal Hosts": SMUGGLED.replace("\r\n\r\n", "\r\nHost: localhost\r\n\r\n") + SMUGGLED,
    "a Host with a slash": SMUGGLED.replace("localhost", "local/host") + SMUGGLED,
    "a Host with a blank": SMUGGLED.replace("localhost", "local host") + SMUGGLED,
    "a Host with a NUL": SMUGGLED.replace("localhost", "local\0host") + SMUGGLED,
    "an empty Host with a port alone": SMUGGLED.replace("localhost", ":80") + SMUGGLED,
    "a blank in the request target": SMUGGLED.replace("/smuggled", "/smug gled") + SMUGGLED,
    "a NUL in the request target": SMUGGLED.replace("/smuggled", "/smug\0gled") + SMUGGLED,
    "an encoded NUL in the request target": SMUGGLED.replace("/smuggled", "/smug%00gled") + SMUGGLED,
    "a control character in the request target": SMUGGLED.replace("/smuggled", "/smug\x01gled") + SMUGGLED,
    "a bare CR in the request target": SMUGGLED.replace("/smuggled", "/smug\rgled") + SMUGGLED,
    "a broken percent encoding": SMUGGLED.replace("/smuggled", "/smug%zzgled") + SMUGGLED,
    "a tab behind the method": SMUGGLED.replace("GET ", "GET\t") + SMUGGLED,
    "words behind the version": SMUGGLED.replace("HTTP/1.1", "HTTP/1.1 x") + SMUGGLED,
    "a version that is none": SMUGGLED.replace("HTTP/1.1", "HTTP/1.x") + SMUGGLED,
    "another protocol's name": SMUGGLED.replace("HTTP/1.1", "HTTX/1.1") + SMUGGLED,
    "a target that climbs out of the root": SMUGGLED.replace("/smuggled", "/../smuggled") + SMUGGLED,
}

LENIENT_IN_NGINX = {
    "a bare LF in the size line of a chunk": post("Transfer-Encoding: chunked",
                                                  body="5\nhello\r\n0\r\n\r\n"),
    "a bare LF in a chunk extension": post("Transfer-Encoding: chunked", body="5;a\nhello\r\n0\r\n\r\n"),
    "a bare LF behind the data of a chunk": post("Transfer-Encoding: chunked", body="5\r\nhello\n0\r\n\r\n"),
    "a control character in a field value": post("X-Nothing: a\x01b", "Content-Length: 5"),
}

BROKEN_CHUNKS = {
    "a sign before a chunk size": "+5\r\nhello\r\n0\r\n\r\n",
    "a negative chunk size": "-5\r\nhello\r\n0\r\n\r\n",
    "a chunk size with 0x": "0x5\r\nhello\r\n0\r\n\r\n",
    "no chunk size": "\r\nhello\r\n0\r\n\r\n",
    "a blank before a chunk size": " 5\r\nhello\r\n0\r\n\r\n",
    "a chunk size beyond 64 bits": "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than its size": "4\r\nhello\r\n0\r\n\r\n",
    "a chunk without a line end": "5\r\nhello0\r\n\r\n",
    "a bare CR behind a chunk size": "5\rhello\r\n0\r\n\r\n",
    "a NUL in a chunk size": "5\0\r\nhello\r\n0\r\n\r\n",
    "a last chunk without a line end": "5\r\nhello\r\n0\r\r\n\r\n",
}


def assert_refused(lab: Lab, data: str, statuses: tuple[int, ...] = (400,)) -> None:
    """One answer, the end of the connection, and nothing at the origin."""
    origin = lab.origin(echo)
    gateway = lab.forward(origin)
    wire = gateway.send(data)
    answer = wire.read_response()
    assert answer.status in statuses
    assert wire.ended(), f"more came behind the {answer.status}: {wire.buffered!r}"
    assert origin.received == b""


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_refuses(lab: Lab, name: str) -> None:
    unknown_coding = "encoding" in name or "chunked" in name or "identity" in name
    assert_refused(lab, AMBIGUOUS[name], (400, 501) if unknown_coding else (400,))


@pytest.mark.gatehouse("nginx is lenient here")
@pytest.mark.parametrize("name", LENIENT_IN_NGINX)
def test_refuses_what_others_let_pass(lab: Lab, name: str) -> None:
    assert_refused(lab, LENIENT_IN_NGINX[name])


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_refuses_a_body_with(lab: Lab, name: str) -> None:
    assert_refused(lab, post("Transfer-Encoding: chunked", body=BROKEN_CHUNKS[name]))


def test_a_version_that_is_not_1_is_answered_505(lab: Lab) -> None:
    assert_refused(lab, SMUGGLED.replace("HTTP/1.1", "HTTP/2.0"), (505,))


@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
def test_methods_that_a_gateway_must_not_forward_are_answered_405(lab: Lab, method: str) -> None:
    origin = lab.origin(echo)
    target = "localhost:80" if method == "CONNECT" else "/"
    answer = lab.forward(origin).ask(method, target)
    assert answer.status in (400, 405) if method == "CONNECT" else answer.status == 405
    assert origin.received == b""


def test_a_field_name_with_an_underscore_is_not_forwarded(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).get("/", "Transfer_Encoding: chunked", "Content_Length: 5", "X-Kept: yes")
    names = [name.lower() for name, _ in origin.requests[0].fields]
    assert "x-kept" in names
    assert "transfer_encoding" not in names and "content_length" not in names


def test_a_second_request_behind_a_sized_body_is_a_request_of_its_own(lab: Lab) -> None:
    origin = lab.origin(echo)
    wire = lab.forward(origin).send(post("Content-Length: 5"))
    assert wire.read_response().body.endswith(b"hello")
    assert wire.read_response().text.startswith("GET /smuggled ")
    assert [message.target for message in origin.requests] == ["/", "/smuggled"]


def test_the_origin_sees_one_framing_of_a_chunked_body(lab: Lab) -> None:
    origin = lab.origin(echo)
    body = '5;ext="x"\r\nhello\r\n0\r\n\r\n'
    wire = lab.forward(origin).send(post("Transfer-Encoding: chunked", body=body))
    assert wire.read_response().status == 200
    message = origin.requests[0]
    assert message.body == b"hello"
    assert (message.get("content-length") is None) != (message.get("transfer-encoding") is None)


def test_chunk_extensions_do_not_reach_the_origin(lab: Lab) -> None:
    origin = lab.origin(echo)
    body = "5;secret\r\nhello\r\n0;more\r\n\r\n"
    wire = lab.forward(origin).send(post("Transfer-Encoding: chunked", body=body))
    assert wire.read_response().status == 200
    assert b"secret" not in origin.received and b"more" not in origin.received


@pytest.mark.parametrize("cut", [1, 21, 45, 70, 94, 100, 108])
def test_a_request_cut_in_two_is_the_same_request(lab: Lab, cut: int) -> None:
    origin = lab.origin(echo)
    gateway = lab.forward(origin)
    data = request("POST", "/whole", "X-First: 1", "X-Second: 2",
                   "Transfer-Encoding: chunked") + chunked("hello")
    wire = gateway.send(data[:cut])
    gateway.get("/between")
    wire.send(data[cut:])
    assert wire.read_response().status == 200
    assert origin.requests[-1].target == "/whole" and origin.requests[-1].body == b"hello"


CRLF_IN = {
    "a decoded path in a rewritten target":
        "location / { rewrite ^/(.*)$ /to/$1 break; proxy_pass http://%origin%; }",
    "a location with a uri": "location / { proxy_pass http://%origin%/sub/; }",
    "the target as sent": "location / { proxy_pass http://%origin%; }",
}


@pytest.mark.parametrize("place", CRLF_IN)
def test_an_encoded_line_end_cannot_split_the_forwarded_request_through(lab: Lab, place: str) -> None:
    origin = lab.origin(echo)
    gateway = lab.server(CRLF_IN[place], origin=origin)
    gateway.get("/a%20HTTP/1.1%0d%0aX-Injected:%20yes%0d%0a")
    assert len(origin.requests) == 1
    assert origin.requests[0].get("x-injected") is None
    assert "%0D%0A" in origin.requests[0].target.upper()


FORGED = {
    "two different content-lengths":
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "an unreadable content-length": "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "a NUL in a field": "HTTP/1.1 200 OK\r\nX-Nothing: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "content-length beside transfer-encoding":
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "an unknown transfer-encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.gatehouse("nginx 1.22 relays some of these; newer ones refuse most")
@pytest.mark.parametrize("name", FORGED)
def test_a_response_whose_framing_is_ambiguous_is_answered_502(lab: Lab, name: str) -> None:
    assert lab.forward(always(FORGED[name])).get("/").status == 502


def test_a_blank_before_the_colon_in_a_response_does_not_reach_the_client(lab: Lab) -> None:
    """RFC 9112 section 5.1 has a proxy remove it; refusing such a response would do as well."""
    answer = lab.forward(always("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello")).get("/")
    assert answer.status == 502 or (answer.body == b"hello" and b" :" not in answer.head)


def test_bytes_behind_a_response_never_become_the_next_clients_answer(lab: Lab) -> None:
    forged = response("first") + response("FORGED")
    origin = lab.origin(always(forged))
    gateway = lab.gateway(
        "upstream pool { server %origin%; keepalive 4; }"
        "server { listen 127.0.0.1:%port%;"
        " location / { proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection ''; } }",
        origin=origin)
    for _ in range(4):
        assert gateway.get("/").body == b"first"
