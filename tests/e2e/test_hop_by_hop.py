"""Hop-by-hop fields never cross the gateway; the end-to-end ones do (RFC 9110 section 7.6.1)."""

from __future__ import annotations

import pytest
from conftest import Lab
from origins import always, echo
from raw import response


@pytest.mark.parametrize("line", [
    "Keep-Alive: timeout=5", "TE: trailers", "Upgrade: h2c", "Expect: 100-continue",
    pytest.param("Proxy-Connection: keep-alive", marks=pytest.mark.gatehouse("nginx 1.22 forwards it"))])
def test_a_request_loses(lab: Lab, line: str) -> None:
    origin = lab.origin(echo)
    wire = lab.forward(origin).connect()
    wire.send(f"GET / HTTP/1.1\r\nHost: localhost\r\n{line}\r\n\r\n")
    while wire.read_response().status < 200:
        pass
    assert origin.requests[0].all(line.split(":")[0]) == []


@pytest.mark.gatehouse("nginx forwards them")
def test_a_request_loses_the_fields_that_connection_names(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).connect().ask("GET", "/", "Connection: x-private, X-Other", "X-Private: 1",
                                      "x-other: 2", "X-Kept: 3")
    assert origin.requests[0].get("x-private") is None and origin.requests[0].get("x-other") is None
    assert origin.requests[0].get("x-kept") == "3"


@pytest.mark.gatehouse("nginx forwards them")
def test_connection_cannot_name_away_what_the_gateway_sets(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = lab.forward(origin, "proxy_set_header X-Real-IP $remote_addr; proxy_set_header Host $host;")
    gateway.connect().ask("GET", "/", "Connection: close, X-Real-IP, Host, Cookie", "X-Real-IP: 6.6.6.6")
    assert origin.requests[0].get("x-real-ip") == "127.0.0.1"
    assert origin.requests[0].get("host") == "localhost"


def test_the_clients_connection_field_says_nothing_to_the_origin(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).connect().ask("GET", "/", "Connection: keep-alive, x-token")
    assert "x-token" not in (origin.requests[0].get("connection") or "")


@pytest.mark.parametrize("line", ["Keep-Alive: timeout=5", "Connection: x-private"])
def test_an_answer_loses(lab: Lab, line: str) -> None:
    answer = lab.forward(always(response("x", line))).connect().ask("GET", "/")
    assert "x-private" not in (answer.get("connection") or "") and answer.get("keep-alive") is None


@pytest.mark.gatehouse("nginx forwards them")
@pytest.mark.parametrize("lines", [("Connection: x-private", "X-Private: 1"),
                                   ("Proxy-Connection: keep-alive",),
                                   ("Upgrade: h2c", "Connection: Upgrade")])
def test_an_answer_loses_what_belongs_to_its_connection(lab: Lab, lines: tuple[str, ...]) -> None:
    answer = lab.forward(always(response("x", *lines))).connect().ask("GET", "/")
    for name in ("x-private", "proxy-connection", "upgrade"):
        assert answer.get(name) is None


def test_end_to_end_fields_cross_unchanged(lab: Lab) -> None:
    origin = lab.origin(always(response("x", "ETag: W/\"a\"", "Cache-Control: no-store", "X-Odd: a  b\t c",
                                        "WWW-Authenticate: Basic realm=\"x\"", "Link: <a>; rel=next")))
    answer = lab.forward(origin).get("/", "Authorization: Basic eDp5", "Cookie: a=1; b=2",
                                     "Accept: text/*;q=0.5",
                                     "X-Odd: a  b\t c", "Range: bytes=0-1", "If-None-Match: \"x\"")
    seen = origin.requests[0]
    assert seen.get("authorization") == "Basic eDp5" and seen.get("cookie") == "a=1; b=2"
    assert seen.get("accept") == "text/*;q=0.5" and seen.get("x-odd") == "a  b\t c"
    assert seen.get("range") == "bytes=0-1" and seen.get("if-none-match") == "\"x\""
    assert answer.get("etag") == "W/\"a\"" and answer.get("cache-control") == "no-store"
    assert answer.get("x-odd") == "a  b\t c" and answer.get("www-authenticate") == "Basic realm=\"x\""


def test_server_and_date_are_the_gateways_own(lab: Lab) -> None:
    gateway = lab.forward(always(response("x", "Server: Secret/1.0", "Date: Thu, 01 Jan 1970 00:00:00 GMT")))
    answer = gateway.get("/")
    assert "Secret" not in (answer.get("server") or "")
    assert answer.get("date") not in (None, "Thu, 01 Jan 1970 00:00:00 GMT")


def test_server_and_date_of_the_origin_pass_when_told_so(lab: Lab) -> None:
    gateway = lab.forward(always(response("x", "Server: Own/1.0", "Date: Thu, 01 Jan 1970 00:00:00 GMT")),
                          "proxy_pass_header Server; proxy_pass_header Date;")
    answer = gateway.get("/")
    assert answer.get("server") == "Own/1.0" and answer.get("date") == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.gatehouse("nginx before 1.29.7 speaks HTTP/1.0 upstream by default")
def test_the_upstream_is_spoken_to_in_http_11_by_default(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).get("/")
    assert origin.requests[0].start == "GET / HTTP/1.1"


def test_host_is_the_upstreams_name_by_default(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).get("/", host="client.example")
    assert origin.requests[0].get("host") == str(origin)
