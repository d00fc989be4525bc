"""Limits: each has a clear answer, and none is hit by a request that stays below it."""

from __future__ import annotations

import pytest
from conftest import Lab
from origins import Peer, always, echo, silent
from raw import chunked, eventually, request, response

TOO_MANY_FIELDS = (400, 431)   # nginx answers 400 where RFC 6585 has 431


def test_a_long_target_is_served_and_one_too_long_is_414(lab: Lab) -> None:
    gateway = lab.server("return 200 ok;")
    assert gateway.get("/" + "x" * 7000).status == 200
    wire = gateway.send(request("GET", "/" + "x" * 9000))
    assert wire.read_response().status == 414
    assert wire.ended()


def test_a_field_too_large_is_refused(lab: Lab) -> None:
    gateway = lab.server("return 200 ok;")
    assert gateway.get("/", f"X-Big: {'x' * 7000}").status == 200
    wire = gateway.send(request("GET", "/", f"X-Big: {'x' * 9000}"))
    assert wire.read_response().status in TOO_MANY_FIELDS
    assert wire.ended()


def test_too_many_bytes_of_fields_are_refused(lab: Lab) -> None:
    gateway = lab.server("return 200 ok;")
    lines = [f"X-Field-{number}: {'x' * 1000}" for number in range(60)]
    assert gateway.get("/", *lines[:20]).status == 200
    wire = gateway.send(request("GET", "/", *lines))
    assert wire.read_response().status in TOO_MANY_FIELDS
    assert wire.ended()


def test_large_client_header_buffers_moves_the_limit(lab: Lab) -> None:
    gateway = lab.server("large_client_header_buffers 2 1k; return 200 ok;",
                         "client_header_buffer_size 512; connection_pool_size 256;")
    assert gateway.get("/", f"X-Big: {'x' * 900}").status == 200
    wire = gateway.send(request("GET", "/", f"X-Big: {'x' * 1100}"))
    assert wire.read_response().status in TOO_MANY_FIELDS
    assert gateway.send(request("GET", "/" + "x" * 1100)).read_response().status == 414


def test_a_head_that_comes_in_single_bytes_is_served(lab: Lab) -> None:
    wire = lab.server("return 200 ok;").connect()
    for byte in request("GET", "/", "X-A: 1", "Connection: close"):
        wire.send(bytes([byte]))
    assert wire.read_response().text == "ok"


@pytest.mark.parametrize("size, status", [(1024, 200), (1025, 413)])
def test_client_max_body_size_of_a_known_length(lab: Lab, size: int, status: int) -> None:
    origin = lab.origin(echo)
    gateway = lab.forward(origin, "client_max_body_size 1k;")
    assert gateway.ask("POST", "/", body=b"x" * size).status == status
    assert len(origin.requests) == (status == 200)


def test_client_max_body_size_is_answered_before_the_body_comes(lab: Lab) -> None:
    gateway = lab.forward(echo, "client_max_body_size 1k;")
    assert gateway.send(request("POST", "/", "Content-Length: 2000")).read_response().status == 413


def test_client_max_body_size_of_a_chunked_body(lab: Lab) -> None:
    gateway = lab.forward(echo, "client_max_body_size 1k;")
    wire = gateway.send(request("POST", "/", "Transfer-Encoding: chunked") + chunked("x" * 600, "x" * 600))
    assert wire.read_response().status == 413


def test_client_max_body_size_is_1m_by_default_and_0_is_none(lab: Lab) -> None:
    gateway = lab.server("location /a { proxy_pass http://%origin%; }"
                         " location /b { client_max_body_size 0; proxy_pass http://%origin%; }",
                         origin=lab.origin(always(response("ok"))))
    body = b"x" * ((1 << 20) + 1)
    assert gateway.ask("POST", "/b", body=body).status == 200
    assert gateway.ask("POST", "/a", body=body[:-1]).status == 200
    assert gateway.send(request("POST", "/a", f"Content-Length: {len(body)}")).read_response().status == 413


def test_a_413_with_expect_sends_no_100(lab: Lab) -> None:
    gateway = lab.forward(echo, "client_max_body_size 1k;")
    wire = gateway.send(request("POST", "/", "Expect: 100-continue", "Content-Length: 2000"))
    assert wire.read_response().status == 413


def test_a_head_that_does_not_end_is_timed_out(lab: Lab) -> None:
    gateway = lab.server("return 200 ok;", "client_header_timeout 300ms;")
    wire = gateway.send("GET / HTTP/1.1\r\nHost: loc")
    assert wire.read_to_end() == b"" or b" 408 " in bytes(wire.received)


def test_a_body_that_does_not_come_is_answered_408(lab: Lab) -> None:
    gateway = lab.forward(echo, "client_body_timeout 300ms;")
    answer = gateway.send(request("POST", "/", "Content-Length: 10") + b"hello").read_to_end()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_after_keepalive_timeout(lab: Lab) -> None:
    wire = lab.server("location / { return 200 ok; }", "keepalive_timeout 300ms;").connect()
    assert wire.ask("GET", "/").text == "ok"
    assert wire.ended()


def test_keepalive_timeout_0_closes_after_each_answer(lab: Lab) -> None:
    wire = lab.server("location / { return 200 ok; }", "keepalive_timeout 0;").connect()
    assert wire.ask("GET", "/").get("connection") == "close"
    assert wire.ended()


def test_keepalive_requests_bounds_a_connection(lab: Lab) -> None:
    wire = lab.server("location / { return 200 ok; }", "keepalive_requests 3;").connect()
    kept = [wire.ask("GET", "/").get("connection") for _ in range(3)]
    assert kept == ["keep-alive", "keep-alive", "close"]
    assert wire.ended()


def test_keepalive_timeout_tells_the_client(lab: Lab) -> None:
    gateway = lab.server("location / { return 200 ok; }", "keepalive_timeout 75s 20s;")
    answer = gateway.connect().ask("GET", "/")
    assert answer.get("keep-alive") == "timeout=20"


@pytest.mark.parametrize("size", [10, 20_000, 300_000])
@pytest.mark.parametrize("target, status", [("/return", 200), ("/file.txt", 405), ("/missing", 404)])
def test_a_body_that_nobody_wants_is_skipped(lab: Lab, target: str, status: int, size: int) -> None:
    gateway = lab.server("location /return { return 200 ok; }", files={"html/file.txt": "text"})
    wire = gateway.connect()
    for _ in range(2):
        assert wire.ask("POST", target, body=b"x" * size).status == status
        wire.send(request("POST", target, "Transfer-Encoding: chunked") + chunked(b"x" * size, b"y"))
        assert wire.read_response().status == status


def test_a_body_that_nobody_wants_does_not_become_the_next_request(lab: Lab) -> None:
    gateway = lab.server("return 200 $uri;")
    wire = gateway.connect()
    wire.send(request("POST", "/outer", body="GET /inner HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    wire.send(request("GET", "/next", "Connection: close"))
    assert [wire.read_response().text for _ in range(2)] == ["/outer", "/next"]
    assert wire.ended()


def test_proxy_read_timeout_is_between_two_reads(lab: Lab) -> None:
    def slow(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        peer.read_to_end()

    gateway = lab.forward(slow, "proxy_read_timeout 300ms; proxy_buffering off;")
    assert gateway.send(request("GET", "/")).read_to_end().endswith(b"hello")


def test_a_504_says_so_in_the_log(lab: Lab) -> None:
    gateway = lab.forward(silent, "proxy_read_timeout 200ms;")
    assert gateway.get("/").status == 504
    gateway.says("timed out")


def test_limit_except_refuses_other_methods(lab: Lab) -> None:
    gateway = lab.forward(always(response("ok")), "limit_except GET { deny all; }")
    statuses = [gateway.ask(method, "/").status for method in ("GET", "HEAD", "POST", "DELETE")]
    assert statuses == [200, 200, 403, 403]


def test_many_connections_beyond_worker_connections_do_not_stop_the_service(lab: Lab) -> None:
    gateway = lab.server("return 200 ok;")
    wires = [gateway.connect() for _ in range(600)]
    assert wires[0].ask("GET", "/").text == "ok" and wires[-1].ask("GET", "/").text == "ok"
    for wire in wires:
        wire.close()
    eventually(lambda: gateway.get("/").text == "ok", "it serves on")
