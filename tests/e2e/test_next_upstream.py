"""proxy_next_upstream: what is tried again elsewhere, and what must not be."""

from __future__ import annotations

import pytest
from conftest import Lab
from gateway import Gateway
from origins import Origin, Peer, Script, always, named, once_then_close, reset, reset_at_once, silent
from raw import request, response


def two(lab: Lab, first: Script, location: str = "",
        parameters: str = "max_fails=0") -> tuple[Gateway, Origin, Origin]:
    """A gateway whose first endpoint has the script, and whose second answers b."""
    one, other = lab.origin(first), lab.origin(named("b"))
    gateway = lab.server(f"location / {{ proxy_pass http://pool; {location} }}",
                         f"upstream pool {{ server {one} {parameters}; server {other} {parameters}; }}")
    return gateway, one, other


FAILING = {
    "a reset": reset,
    "an end without an answer": once_then_close(b""),
    "an end within the head": once_then_close(b"HTTP/1.1 200 OK\r\nX-"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_get_goes_to_the_next_server_after(lab: Lab, name: str) -> None:
    gateway, one, _ = two(lab, FAILING[name])
    assert [gateway.get("/").text for _ in range(4)] == ["b"] * 4
    assert one.requests


def test_a_get_goes_to_the_next_server_after_a_timeout(lab: Lab) -> None:
    gateway, _, _ = two(lab, silent, "proxy_read_timeout 200ms;")
    assert gateway.get("/").text == "b"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_an_idempotent_request_is_sent_again(lab: Lab, method: str) -> None:
    gateway, one, other = two(lab, reset)
    assert gateway.ask(method, "/", body="" if method in ("GET", "HEAD") else "body").status == 200
    assert (len(one.requests), len(other.requests)) == (1, 1)
    assert other.requests[0].body == one.requests[0].body


@pytest.mark.parametrize("method", ["POST", "PATCH", "LOCK"])
def test_a_request_that_is_not_idempotent_is_not_sent_twice(lab: Lab, method: str) -> None:
    gateway, one, other = two(lab, reset)
    assert gateway.ask(method, "/", body="body").status == 502
    assert (len(one.requests), len(other.requests)) == (1, 0)


def test_a_post_is_sent_twice_when_told_so(lab: Lab) -> None:
    gateway, one, other = two(lab, reset, "proxy_next_upstream error timeout non_idempotent;")
    assert gateway.ask("POST", "/", body="body").text == "b"
    assert other.requests[0].body == b"body"


def test_a_post_that_could_not_be_sent_goes_to_the_next_server(lab: Lab) -> None:
    gateway, one, other = two(lab, silent)
    one.stop()
    assert [gateway.ask("POST", "/", body="body").text for _ in range(3)] == ["b"] * 3
    assert other.requests[0].body == b"body"


def test_off_means_never(lab: Lab) -> None:
    gateway, _, other = two(lab, reset, "proxy_next_upstream off;")
    assert gateway.get("/").status == 502
    assert not other.requests


@pytest.mark.parametrize("status", [500, 502, 503, 504, 403, 404, 429])
def test_a_listed_status_goes_to_the_next_server(lab: Lab, status: int) -> None:
    gateway, _, _ = two(lab, always(response("failed", status=f"{status} Oops")),
                        f"proxy_next_upstream http_{status};")
    assert gateway.get("/").text == "b"


def test_a_status_that_is_not_listed_is_the_answer(lab: Lab) -> None:
    gateway, _, other = two(lab, always(response("failed", status="503 Oops")))
    assert gateway.get("/").start == "HTTP/1.1 503 Oops"
    assert not other.requests


def test_when_all_servers_answer_a_listed_status_the_last_answer_is_relayed(lab: Lab) -> None:
    answer = always(response("failed", status="503 Oops"))
    one, other = lab.origin(answer), lab.origin(answer)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_next_upstream http_503; }",
                         f"upstream pool {{ server {one}; server {other}; }}")
    answered = gateway.get("/")
    assert answered.status == 503 and answered.text == "failed"
    assert (len(one.requests), len(other.requests)) == (1, 1)


def test_tries_bounds_how_many_servers_are_asked(lab: Lab) -> None:
    origins = [lab.origin(reset) for _ in range(4)]
    servers = " ".join(f"server {origin};" for origin in origins)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_next_upstream_tries 2; }",
                         f"upstream pool {{ {servers} }}")
    assert gateway.get("/").status == 502
    assert sum(len(origin.requests) for origin in origins) == 2


def test_nothing_is_tried_again_once_the_answer_began(lab: Lab) -> None:
    def broken(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50_000)

    gateway, _, other = two(lab, broken)
    wire = gateway.send(request("GET", "/"))
    assert wire.read_head().status == 200
    assert b"b" not in wire.read_to_end()
    assert not other.requests


def test_a_kept_connection_that_is_reset_as_it_is_reused_is_replaced(lab: Lab) -> None:
    def first_only(peer: Peer) -> None:
        peer.read_request()
        peer.send(response("ok"))
        peer.sock.settimeout(None)
        if not peer.fill():
            return
        peer.reset()

    origin = lab.origin(first_only)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_http_version 1.1;"
                         " proxy_set_header Connection ''; }",
                         f"upstream pool {{ server {origin}; keepalive 4; }}")
    assert [gateway.get("/").status for _ in range(6)] == [200] * 6


def test_one_endpoint_that_resets_at_once_never_loses_a_get(lab: Lab) -> None:
    gateway, _, _ = two(lab, reset_at_once)
    assert [gateway.get("/").text for _ in range(10)] == ["b"] * 10


def test_a_failed_server_is_left_alone_for_a_while(lab: Lab) -> None:
    gateway, one, _ = two(lab, reset, parameters="max_fails=1 fail_timeout=60s")
    assert [gateway.get("/").text for _ in range(10)] == ["b"] * 10
    assert len(one.requests) == 1


def test_a_listed_5xx_counts_as_a_failure_and_a_404_does_not(lab: Lab) -> None:
    for status, tries in ((503, 1), (404, 5)):
        gateway, one, _ = two(lab, always(response("x", status=f"{status} Oops")),
                              f"proxy_next_upstream http_{status};", "max_fails=1 fail_timeout=60s")
        assert [gateway.get("/").text for _ in range(10)] == ["b"] * 10
        assert len(one.requests) == tries


def test_an_unresolvable_server_among_others_is_passed_over(lab: Lab) -> None:
    port = lab.free_port()
    other = lab.origin(named("b"))
    gateway = lab.server("location / { proxy_pass http://pool; }",
                         f"upstream pool {{ server 127.0.0.1:{port}; server {other}; }}")
    assert [gateway.get("/").text for _ in range(6)] == ["b"] * 6


def test_upstream_variables_name_every_try(lab: Lab) -> None:
    one, other = lab.origin(reset), lab.origin(named("b"))
    gateway = lab.server("access_log access.log tries; location / { proxy_pass http://pool; }",
                         "log_format tries '$upstream_addr|$upstream_status';"
                         f"upstream pool {{ server {one}; server {other}; }}")
    gateway.get("/")
    assert gateway.access_lines(1) == [f"{one}, {other}|502, 200"]
