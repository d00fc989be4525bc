"""HTTP/2 towards endpoints: proxy_http_version 2."""

from __future__ import annotations

import signal
import threading

import h2.errors
import h2.settings
import pytest
from conftest import Lab
from gateway import Gateway
from h2_origins import Call, H2Origin, server_context
from raw import chunked, eventually, request

pytestmark = pytest.mark.gatehouse("Debian's nginx speaks no HTTP/2 to endpoints but for gRPC")


def origin(lab: Lab, *arguments, **options) -> H2Origin:
    made = H2Origin(*arguments, **options)
    lab.origins.append(made)
    return made


def over_h2(lab: Lab, endpoint: H2Origin, directives: str = "", scheme: str = "http") -> Gateway:
    return lab.server(
        f"location / {{ proxy_pass {scheme}://{endpoint}; proxy_http_version 2; {directives} }}")


def echo(call: Call) -> None:
    call.answer(call.body or b"nothing")


def test_a_request_and_its_response(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = over_h2(lab, endpoint, 'proxy_set_header X-Set "yes";')
    answer = gateway.get("/a?b=c", "X-Own: 1", "Keep-Alive: 5", "Connection: X-Gone", "X-Gone: 1")
    assert (answer.status, answer.text, answer.get("content-type")) == (200, "hello", "text/plain")
    fields = endpoint.calls[0].fields
    assert (fields[":method"], fields[":path"], fields[":scheme"]) == ("GET", "/a?b=c", "http")
    assert (fields[":authority"], fields["x-set"], fields["x-own"]) == (str(endpoint), "yes", "1")
    assert not {"host", "connection", "keep-alive", "x-gone", "te"} & fields.keys()


@pytest.mark.parametrize("bytes_", [0, 1, 20_000, 3_000_000])
@pytest.mark.parametrize("buffering", ["on", "off"])
def test_bodies_pass_both_ways(lab: Lab, bytes_: int, buffering: str) -> None:
    gateway = over_h2(lab, origin(lab, echo), f"client_max_body_size 0; proxy_request_buffering {buffering};"
                                              f"proxy_buffering {buffering};")
    body = bytes(range(256)) * (bytes_ // 256 + 1)
    body = body[:bytes_]
    assert gateway.ask("POST", "/", body=body).body == (body or b"nothing")
    wire = gateway.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.send(chunked(body) if body else chunked())
    assert wire.read_response().body == (body or b"nothing")


def test_a_head_request_has_no_body(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: call.answer(b"", ("content-length", "42")))
    answer = over_h2(lab, endpoint).ask("HEAD", "/")
    assert (answer.get("content-length"), answer.body) == ("42", b"")


def test_connections_are_kept_and_shared(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = over_h2(lab, endpoint)
    assert [gateway.get("/").text for _ in range(5)] == ["hello"] * 5
    assert len(endpoint.peers) == 1


def held(count: int) -> tuple[threading.Event, list[Call], object]:
    """A script that answers when that many requests have come, all of them."""
    calls: list[Call] = []
    all_here = threading.Event()

    def script(call: Call) -> None:
        calls.append(call)
        if len(calls) == count:
            all_here.set()
            for waiting in calls:
                waiting.answer(b"together")

    return all_here, calls, script


def test_many_at_once_share_one_connection(lab: Lab) -> None:
    _, _, script = held(20)
    endpoint = origin(lab, script)
    gateway = over_h2(lab, endpoint)
    wires = [gateway.send(request("GET", "/")) for _ in range(20)]
    assert {wire.read_response().text for wire in wires} == {"together"}
    assert len(endpoint.peers) == 1


def test_a_full_connection_gets_company(lab: Lab) -> None:
    _, _, script = held(7)
    endpoint = origin(lab, script, settings={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 3})
    gateway = over_h2(lab, endpoint)
    wires = [gateway.send(request("GET", "/")) for _ in range(7)]
    assert {wire.read_response().text for wire in wires} == {"together"}
    assert len(endpoint.peers) == 3
    assert max(len(peer.calls) for peer in endpoint.peers) == 3


def test_an_idle_connection_ends_in_its_time(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_http_version 2; }",
                         f"upstream pool {{ server {endpoint}; keepalive 4; keepalive_timeout 300ms; }}")
    assert gateway.get("/").text == "hello"
    eventually(lambda: endpoint.peers[0].goaways == 1, "GOAWAY on the idle connection")


def test_keepalive_requests_bound_a_connection(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_http_version 2; }",
                         f"upstream pool {{ server {endpoint}; keepalive 4; keepalive_requests 2; }}")
    assert [gateway.get("/").text for _ in range(5)] == ["hello"] * 5
    assert [len(peer.calls) for peer in endpoint.peers] == [2, 2, 1]


def test_trailers_reach_a_client_of_http_1(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: call.answer(b"body", trailers=[("x-sum", "42")]))
    wire = over_h2(lab, endpoint).send(request("GET", "/", "TE: trailers"))
    answer = wire.read_response()
    assert answer.body == b"body"
    assert b"x-sum: 42" in bytes(wire.received)
    assert endpoint.calls[0].fields["te"] == "trailers"


def test_interim_responses_pass(lab: Lab) -> None:
    def script(call: Call) -> None:
        call.peer.head(call.stream, [(":status", "103"), ("link", "</a>")])
        call.answer(b"done")

    wire = over_h2(lab, origin(lab, script)).send(request("GET", "/"))
    assert wire.read_head().status == 103
    assert wire.read_response().text == "done"


def failing(how: str):
    def script(call: Call) -> None:
        if how == "reset":
            call.peer.reset(call.stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif how == "close":
            call.peer.close()
        elif how == "malformed":
            call.peer.head(call.stream, [(":status", "200"), ("Upper", "case")], end=True)

    return script


@pytest.mark.parametrize("how, reason", [("reset", "upstream-reset"), ("close", "upstream-closed"),
                                         ("malformed", "upstream-malformed")])
def test_what_goes_wrong_before_the_head(lab: Lab, how: str, reason: str) -> None:
    gateway = lab.server(
        f"""access_log reasons.log reasons;
            location / {{ proxy_pass http://{origin(lab, failing(how))}; proxy_http_version 2; }}""",
        "log_format reasons '$status $gatehouse_reason';")
    assert gateway.ask("POST", "/", body="x").status == 502
    assert gateway.access_lines(1, "reasons.log") == [f"502 {reason}"]


def test_what_goes_wrong_in_the_body_cuts_the_response(lab: Lab) -> None:
    def script(call: Call) -> None:
        call.peer.head(call.stream, [(":status", "200"), ("content-length", "100")])
        call.peer.data(call.stream, b"part")
        eventually(lambda: go_on.is_set())
        call.peer.close()

    go_on = threading.Event()
    wire = over_h2(lab, origin(lab, script), "proxy_buffering off;").send(request("GET", "/"))
    wire.read_until(b"part")
    go_on.set()
    assert wire.ended()


def test_one_lost_connection_fails_each_of_its_requests(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: len(endpoint.calls) == 5 and call.peer.close())
    gateway = over_h2(lab, endpoint)
    wires = [gateway.send(request("POST", "/", body="x")) for _ in range(5)]
    assert [wire.read_response().status for wire in wires] == [502] * 5


def test_a_get_goes_to_the_next_server(lab: Lab) -> None:
    first, other = origin(lab, failing("reset")), origin(lab)
    gateway = lab.server("location / { proxy_pass http://pool; proxy_http_version 2; }",
                         f"upstream pool {{ server {first}; server {other}; }}")
    assert [gateway.get("/").text for _ in range(4)] == ["hello"] * 4
    assert len(first.calls) == 1   # and was then left alone


def test_a_reset_on_a_kept_connection_is_a_failure(lab: Lab) -> None:
    def script(call: Call) -> None:
        if len(first.calls) > 1:
            call.peer.reset(call.stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        else:
            call.answer(b"once")

    first, other = origin(lab, script), origin(lab)
    gateway = lab.server("""location / { proxy_pass http://pool; proxy_http_version 2;
                                         proxy_next_upstream invalid_header; }""",
                         f"upstream pool {{ server {first}; server {other}; }}")
    assert [gateway.get("/").text for _ in range(6)] == ["once", *["hello"] * 5]
    assert len(first.calls) == 2   # and was then left alone


def test_nobody_listens(lab: Lab) -> None:
    endpoint = origin(lab)
    endpoint.stop()
    assert over_h2(lab, endpoint).get("/").status == 502


def test_an_endpoint_that_says_nothing(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: None)
    gateway = over_h2(lab, endpoint, "proxy_read_timeout 200ms;")
    assert gateway.get("/").status == 504
    eventually(lambda: endpoint.calls[0].reset_code == h2.errors.ErrorCodes.CANCEL, "RST_STREAM")
    assert len(endpoint.peers) == 1


def test_a_client_that_leaves_cancels_its_stream(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: None)
    gateway = over_h2(lab, endpoint)
    wire = gateway.send(request("GET", "/"))
    eventually(lambda: endpoint.calls, "the request")
    wire.close()
    eventually(lambda: endpoint.calls[0].reset_code == h2.errors.ErrorCodes.CANCEL, "RST_STREAM")


def refusing_once(how: str):
    """Does nothing with the first request, and says so."""
    def script(call: Call) -> None:
        if len(call.peer.origin.calls) > 1:
            call.answer(b"second")
        elif how == "goaway":
            call.peer.go_away(0)
        else:
            call.peer.reset(call.stream, h2.errors.ErrorCodes.REFUSED_STREAM)

    return script


@pytest.mark.parametrize("how", ["goaway", "refused"])
def test_an_unprocessed_request_is_sent_again_whatever_its_method(lab: Lab, how: str) -> None:
    endpoint = origin(lab, refusing_once(how))
    assert over_h2(lab, endpoint).ask("POST", "/", body="x").text == "second"
    assert endpoint.calls[1].body == b"x"


def test_goaway_lets_streams_under_way_end(lab: Lab) -> None:
    def script(call: Call) -> None:
        if len(endpoint.calls) == 1:
            call.peer.go_away(call.stream)
        call.answer(b"served")

    endpoint = origin(lab, script)
    gateway = over_h2(lab, endpoint)
    assert [gateway.get("/").text for _ in range(3)] == ["served"] * 3
    assert [len(peer.calls) for peer in endpoint.peers] == [1, 2]


def test_back_pressure_towards_the_endpoint(lab: Lab) -> None:
    """A client that does not read: the endpoint is not asked for more than its windows."""
    def script(call: Call) -> None:
        call.peer.head(call.stream, [(":status", "200")])
        call.peer.data(call.stream, b"x" * 50_000_000, end=True)

    endpoint = origin(lab, script)
    gateway = over_h2(lab, endpoint, "proxy_buffering off;")
    wire = gateway.send(request("GET", "/"))
    wire.read_until(b"xxxx")
    eventually(lambda: endpoint.unsent, "the endpoint waits")
    memory = gateway.anonymous_memory()
    assert memory < 60_000_000


def test_slow_clients_do_not_hold_up_another(lab: Lab) -> None:
    """Each has as much in its stream's window as there is; in sum more than a usual connection's."""
    def script(call: Call) -> None:
        call.answer(b"x" * 2_000_000 if call.fields[":path"] == "/slow" else b"quick")

    endpoint = origin(lab, script)
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port% sndbuf=16k rcvbuf=16k;
        location / {{ proxy_pass http://{endpoint}; proxy_http_version 2; proxy_buffering off; }} }}""")
    slow = [gateway.send(request("GET", "/slow")) for _ in range(24)]
    eventually(lambda: len(endpoint.unsent) == len(slow), "all wait")
    assert gateway.get("/").text == "quick"
    assert len(endpoint.peers) == 1


def test_endpoints_are_told_when_the_gateway_quits(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = over_h2(lab, endpoint)
    assert gateway.get("/").text == "hello"
    gateway.signal(signal.SIGQUIT)
    eventually(lambda: endpoint.peers[0].goaways == 1, "GOAWAY")


def test_a_response_is_spooled_for_a_slow_client(lab: Lab) -> None:
    endpoint = origin(lab, lambda call: call.answer(b"y" * 8_000_000))
    gateway = over_h2(lab, endpoint)
    wire = gateway.send(request("GET", "/"))
    eventually(lambda: endpoint.calls and not endpoint.unsent, "the response has left the endpoint")
    assert len(wire.read_response().body) == 8_000_000


@pytest.mark.parametrize("verify", ["on", "off"])
def test_tls(lab: Lab, certificates, verify: str) -> None:
    endpoint = origin(lab, context=server_context(certificates.localhost, ["h2"]))
    gateway = over_h2(lab, endpoint, f"""proxy_ssl_verify {verify}; proxy_ssl_name localhost;
        proxy_ssl_trusted_certificate {certificates.authority.certificate};""", "https")
    assert [gateway.get("/").text for _ in range(3)] == ["hello"] * 3
    assert endpoint.calls[0].fields[":scheme"] == "https"
    assert len(endpoint.peers) == 1


def test_tls_without_h2_is_an_error_with_its_reason(lab: Lab, certificates) -> None:
    endpoint = origin(lab, context=server_context(certificates.localhost, ["http/1.1"]))
    gateway = over_h2(lab, endpoint, "proxy_ssl_verify off;", "https")
    assert gateway.get("/").status == 502
    gateway.says("does not agree to HTTP/2 (ALPN)")


def test_a_target_of_run_time(lab: Lab) -> None:
    endpoint = origin(lab)
    gateway = lab.server(f"""set $to 127.0.0.1:{endpoint.port};
        location / {{ proxy_pass http://$to; proxy_http_version 2; }}""")
    assert gateway.get("/x").text == "hello"
    assert endpoint.calls[0].fields[":path"] == "/x"


def test_a_reload_keeps_what_is_under_way(lab: Lab) -> None:
    all_here, calls, script = held(2)
    endpoint = origin(lab, script)
    gateway = over_h2(lab, endpoint)
    first = gateway.send(request("GET", "/"))
    eventually(lambda: calls, "the first request")
    gateway.reload()
    assert gateway.get("/").text == "together"
    assert first.read_response().text == "together"
