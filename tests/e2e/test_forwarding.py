"""Forwarding: framing, connections and bodies of both sides, as RFC 9110 and RFC 9112 have them."""

from __future__ import annotations

import threading

import pytest
from conftest import Lab
from gateway import Gateway
from origins import Origin, Peer, always, echo, in_turn, once_then_close, silent
from raw import chunked, request, response

KEEP_ALIVE = "proxy_http_version 1.1; proxy_set_header Connection '';"


def pooled(lab: Lab, origin: Origin, directives: str = "", keepalive: int = 8) -> Gateway:
    """A gateway in front of an upstream {} that keeps connections."""
    return lab.server(f"location / {{ proxy_pass http://pool; {KEEP_ALIVE} {directives} }}",
                      f"upstream pool {{ server {origin}; keepalive {keepalive}; }}")


def test_a_client_connection_is_kept_for_the_next_request(lab: Lab) -> None:
    wire = lab.forward(echo).connect()
    for number in range(5):
        answer = wire.ask("GET", f"/{number}")
        assert answer.text.startswith(f"GET /{number} ")


def test_connection_close_of_the_client_ends_the_connection(lab: Lab) -> None:
    wire = lab.forward(echo).connect()
    answer = wire.ask("GET", "/", "Connection: close")
    assert (answer.get("connection") or "").lower() == "close"
    assert wire.ended()


def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    wire = lab.forward(echo).send(b"".join(request("GET", f"/{number}") for number in range(20)))
    for number in range(20):
        assert wire.read_response().text.startswith(f"GET /{number} ")


def test_an_upstream_connection_is_kept_for_the_next_request(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = pooled(lab, origin)
    for number in range(5):
        assert gateway.get(f"/{number}").status == 200
    assert len(origin.peers) == 1


def test_a_kept_upstream_connection_that_the_origin_closed_costs_no_request(lab: Lab) -> None:
    origin = lab.origin(once_then_close(response("one")))
    gateway = pooled(lab, origin)
    assert [gateway.get("/").status for _ in range(5)] == [200] * 5


def test_an_upstream_connection_is_not_reused_after_connection_close(lab: Lab) -> None:
    origin = lab.origin(always(response("bye", "Connection: close")))
    gateway = pooled(lab, origin)
    assert [gateway.get("/").text for _ in range(3)] == ["bye"] * 3
    assert len(origin.peers) == 3


def test_an_answer_of_known_length_keeps_its_length(lab: Lab) -> None:
    answer = lab.forward(always(response("hello"))).get("/")
    assert answer.get("content-length") == "5" and answer.get("transfer-encoding") is None


def test_a_chunked_answer_is_relayed_chunked_to_http_11(lab: Lab) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("hello", " ", "world")
    answer = lab.forward(always(data), "proxy_http_version 1.1;").get("/")
    assert answer.body == b"hello world" and answer.get("transfer-encoding") == "chunked"


def test_a_chunked_answer_reaches_an_http_10_client_without_chunks(lab: Lab) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("hello", " ", "world")
    gateway = lab.forward(always(data), "proxy_http_version 1.1;")
    wire = gateway.send(request("GET", "/", version="1.0"))
    answer = wire.read_response()
    assert answer.body == b"hello world" and answer.get("transfer-encoding") is None
    assert wire.ended()


def test_a_cut_off_chunked_answer_is_not_ended_as_if_whole(lab: Lab) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    wire = lab.forward(once_then_close(data), "proxy_http_version 1.1;").send(request("GET", "/"))
    assert b"0\r\n\r\n" not in wire.read_to_end()


def test_a_cut_off_answer_of_known_length_closes_the_client_connection(lab: Lab) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
    wire = lab.forward(once_then_close(data)).send(request("GET", "/"))
    assert wire.read_to_end().endswith(b"hello")


@pytest.mark.gatehouse("nginx 1.22 drops trailers")
def test_trailers_of_a_chunked_answer_are_relayed_to_a_client_that_asks(lab: Lab) -> None:
    data = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            + chunked("hello", trailers=["X-Sum: 42", "Content-Length: 7"]))
    gateway = lab.forward(always(data), "proxy_http_version 1.1; proxy_pass_trailers on;")
    answer = gateway.connect().ask("GET", "/", "TE: trailers", "Connection: TE")
    assert answer.body == b"hello" and ("X-Sum", "42") in answer.trailers
    assert "content-length" not in [name.lower() for name, _ in answer.trailers]


def test_trailers_of_a_chunked_request_do_not_become_fields(lab: Lab) -> None:
    origin = lab.origin(echo)
    wire = lab.forward(origin).send(request("POST", "/", "Transfer-Encoding: chunked")
                                    + chunked("hello", trailers=["X-Admin: yes"]))
    assert wire.read_response().status == 200
    assert origin.requests[0].get("x-admin") is None and origin.requests[0].body == b"hello"


def test_an_answer_that_ends_with_the_connection_is_relayed_whole(lab: Lab) -> None:
    gateway = lab.forward(once_then_close(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000))
    wire = gateway.connect()
    assert wire.ask("GET", "/").body == b"x" * 100_000
    assert wire.ask("GET", "/").status == 200


def test_an_http_10_origin_is_served(lab: Lab) -> None:
    answer = lab.forward(once_then_close(b"HTTP/1.0 200 OK\r\nX-Old: yes\r\n\r\nold")).get("/")
    assert answer.start == "HTTP/1.1 200 OK" and answer.body == b"old" and answer.get("x-old") == "yes"


def test_an_http_10_client_is_answered_and_its_connection_closed(lab: Lab) -> None:
    wire = lab.forward(always(response("hello"))).send(request("GET", "/", version="1.0"))
    assert wire.read_response().body == b"hello"
    assert wire.ended()


def test_an_http_10_client_may_keep_its_connection(lab: Lab) -> None:
    wire = lab.forward(always(response("hello"))).connect()
    for _ in range(3):
        answer = wire.ask("GET", "/", "Connection: keep-alive", version="1.0")
        assert answer.body == b"hello" and answer.get("connection") == "keep-alive"


def test_head_is_relayed_without_a_body_and_with_its_length(lab: Lab) -> None:
    origin = lab.origin(always(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"))
    wire = lab.forward(origin).connect()
    for _ in range(2):
        assert wire.ask("HEAD", "/").get("content-length") == "12345"
    assert origin.requests[0].method == "HEAD"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_status_without_a_body_leaves_the_connection_usable(lab: Lab, status: str) -> None:
    origin = lab.origin(in_turn([f"HTTP/1.1 {status}\r\nETag: \"x\"\r\n\r\n", response("next")]))
    wire = pooled(lab, origin).connect()
    assert wire.ask("GET", "/").status == int(status[:3])
    assert wire.ask("GET", "/").body == b"next"
    assert len(origin.peers) == 1


@pytest.mark.gatehouse("nginx has early_hints for it since 1.29, off by default")
def test_interim_answers_of_the_origin_come_before_the_final_one(lab: Lab) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    origin = lab.origin(always(b"HTTP/1.1 100 Continue\r\n\r\n" + hints + response("final")))
    wire = lab.forward(origin).send(request("GET", "/"))
    interim = []
    while (answer := wire.read_response()).status < 200:
        interim.append(answer)
    assert answer.body == b"final"
    assert interim[-1].status == 103 and interim[-1].get("link") == "</style.css>; rel=preload"


@pytest.mark.gatehouse("nginx 1.22 reads an interim answer as the final one")
def test_interim_answers_are_kept_from_an_http_10_client(lab: Lab) -> None:
    origin = lab.origin(always(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + response("final")))
    assert lab.forward(origin).connect().ask("GET", "/", version="1.0").body == b"final"


def test_expect_100_continue_is_answered_before_the_body_is_sent(lab: Lab) -> None:
    origin = lab.origin(echo)
    wire = lab.forward(origin).send(request("POST", "/", "Expect: 100-continue", "Content-Length: 5"))
    assert wire.read_response().status == 100
    wire.send("hello")
    assert wire.read_response().status == 200
    assert origin.requests[0].body == b"hello" and origin.requests[0].get("expect") is None


def test_an_unknown_method_is_forwarded(lab: Lab) -> None:
    origin = lab.origin(echo)
    assert lab.forward(origin).ask("PROPFIND", "/x").text.startswith("PROPFIND /x ")


@pytest.mark.parametrize("target", ["/a%2Fb/./c", "/a//b", "/x?a=b&c=%20d", "/%e2%82%ac", "/a/../b", "/?",
                                    "/a;b=c"])
def test_without_a_uri_the_target_is_forwarded_as_it_was_sent(lab: Lab, target: str) -> None:
    assert lab.forward(echo).get(target).text.startswith(f"GET {target} ")


def test_an_absolute_target_is_forwarded_in_origin_form(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = lab.forward(origin, "proxy_set_header Host $host;")
    gateway.get("http://LOCALHOST/path?x=1", host="other")
    assert origin.requests[0].target == "/path?x=1"
    assert origin.requests[0].get("host") == "localhost"


def test_all_status_codes_and_reasons_are_relayed(lab: Lab) -> None:
    for status in ("299 Odd", "418 I'm a teapot", "599 Own", "404 Nothing Here"):
        assert lab.forward(always(response("x", status=status))).get("/").start == f"HTTP/1.1 {status}"


def test_repeated_fields_are_relayed_one_by_one(lab: Lab) -> None:
    gateway = lab.forward(always(response("x", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Y: 1", "X-Y: 2")))
    answer = gateway.get("/")
    assert answer.all("set-cookie") == ["a=1", "b=2"] and answer.all("x-y") == ["1", "2"]


def test_a_large_head_of_the_client_is_forwarded(lab: Lab) -> None:
    origin = lab.origin(echo)
    lab.forward(origin).get("/", *(f"X-Field-{number}: {'v' * 200}" for number in range(60)))
    assert origin.requests[0].get("x-field-59") == "v" * 200


def test_a_large_head_of_the_origin_is_answered_502_or_relayed(lab: Lab) -> None:
    gateway = lab.forward(always(response("x", f"X-Big: {'v' * 20_000}")),
                          "proxy_buffer_size 4k; proxy_buffers 4 4k;")
    assert gateway.get("/").status == 502
    gateway = lab.forward(always(response("x", f"X-Big: {'v' * 20_000}")),
                          "proxy_buffer_size 32k; proxy_buffers 4 32k; proxy_busy_buffers_size 64k;")
    assert gateway.get("/").get("x-big") == "v" * 20_000


def test_a_client_that_closes_its_sending_side_behind_the_request_is_answered(lab: Lab) -> None:
    wire = lab.forward(always(response("hello")), "proxy_ignore_client_abort on;").send(request("GET", "/"))
    wire.half_close()
    assert wire.read_response().body == b"hello"


FAILURES = {
    "closes without a word": (once_then_close(b""), 502),
    "closes within the head": (once_then_close(b"HTTP/1.1 200 OK\r\nContent-"), 502),
    "answers in silence": (silent, 504),
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_client_is_told_when_an_origin(lab: Lab, name: str) -> None:
    script, status = FAILURES[name]
    assert lab.forward(script, "proxy_read_timeout 300ms;").get("/").status == status


@pytest.mark.gatehouse("nginx relays it as an HTTP/0.9 answer")
@pytest.mark.parametrize("line", ["SSH-2.0-OpenSSH", "HTTP/1.1 2x0 OK", "HTTP/1.1 20 OK", "ICY 200 OK"])
def test_an_answer_that_is_no_http_is_a_502(lab: Lab, line: str) -> None:
    assert lab.forward(once_then_close(f"{line}\r\n\r\n")).get("/").status == 502


def test_a_refused_connection_is_answered_502_and_heals(lab: Lab) -> None:
    port = lab.free_port()
    gateway = lab.server(f"location / {{ proxy_pass http://127.0.0.1:{port}; }}")
    assert gateway.get("/").status == 502
    lab.origin(always(response("back")), port=port)
    assert gateway.get("/").body == b"back"


def test_an_origin_behind_a_unix_socket_is_served(lab: Lab) -> None:
    path = lab.directory / "s"
    gateway = lab.server(f"location / {{ proxy_pass http://unix:{path}:/; }}",
                         f"server {{ listen unix:{path}; return 200 inner; }}")
    assert gateway.get("/").text == "inner"


@pytest.mark.parametrize("uri, seen", [
    ("", "/by-request?a=1"), (":", "/by-request?a=1"), (":/x?b=2", "/x?b=2"),
])
def test_a_request_may_name_a_unix_socket(lab: Lab, uri: str, seen: str) -> None:
    path = lab.directory / "S"
    gateway = lab.server(f"location / {{ set $path unix:{path}{uri}; proxy_pass http://$path; }}",
                         f"server {{ listen unix:{path}; return 200 '$http_host $request_uri'; }}")
    assert gateway.get("/by-request?a=1").text == f"localhost {seen}"


def test_x_accel_redirect_hands_over_to_an_internal_location(lab: Lab) -> None:
    origin = lab.origin(always(response("secret", "X-Accel-Redirect: /files/a.txt", "X-Kept: no",
                                        "Content-Type: text/x-own")))
    gateway = lab.server(f"location / {{ proxy_pass http://{origin}; }} location /files/ {{ internal; }}",
                         files={"html/files/a.txt": "the file"})
    answer = gateway.get("/")
    assert answer.text == "the file" and answer.get("content-type") == "text/x-own"
    assert answer.get("x-kept") is None and answer.get("x-accel-redirect") is None


def test_a_websocket_upgrade_becomes_a_tunnel_in_both_directions(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        message = peer.read_request()
        assert message.get("upgrade") == "websocket" and message.get("connection") == "upgrade"
        peer.send("HTTP/1.1 101 Switching Protocols\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\nearly")
        while True:
            peer.send(peer.read_exactly(4)[::-1])

    gateway = lab.forward(script, "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                                  " proxy_set_header Connection upgrade;")
    wire = gateway.send(request("GET", "/chat", "Upgrade: websocket", "Connection: Upgrade",
                                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
    assert wire.read_response().status == 101
    assert wire.read_exactly(5) == b"early"
    for word in (b"abcd", b"\0\1\2\3", b"\r\n\r\n"):
        wire.send(word)
        assert wire.read_exactly(4) == word[::-1]


def test_many_clients_at_once_each_get_their_own_answer(lab: Lab) -> None:
    gateway = lab.forward(echo, workers=2)
    wrong: list[str] = []

    def client(name: int) -> None:
        wire = gateway.connect()
        for number in range(20):
            target = f"/{name}/{number}"
            if not wire.ask("POST", target, body=target).text.startswith(f"POST {target} "):
                wrong.append(target)

    threads = [threading.Thread(target=client, args=(name,)) for name in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.gatehouse("several of a name count as one since nginx 1.23.0")
def test_a_challenge_stays_with_its_error_page(lab: Lab) -> None:
    origin = lab.origin(always(response("", "WWW-Authenticate: Basic", "WWW-Authenticate: Bearer",
                                        status="401 Unauthorized")))
    gateway = lab.server(f"""
        location / {{ proxy_pass http://{origin}; proxy_intercept_errors on; error_page 401 /page; }}
        location = /page {{ return 200 "who is it"; }}
    """)
    answer = gateway.get("/")
    assert (answer.status, answer.text) == (401, "who is it")
    assert answer.all("www-authenticate") == ["Basic", "Bearer"]


@pytest.mark.gatehouse("several of a name count as one since nginx 1.23.0")
def test_of_fields_that_are_said_once_the_first_counts(lab: Lab) -> None:
    fields = ["Expires: a", "Expires: b", "ETag: \"a\"", "ETag: \"b\"", "X-Any: a", "X-Any: b"]
    answer = lab.forward(always(response("x", *fields))).get("/")
    assert [answer.all(name) for name in ("expires", "etag", "x-any")] == [["a"], ['"a"'], ["a", "b"]]
