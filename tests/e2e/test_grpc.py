"""gRPC between Debian's python3-grpcio on both sides: what passes. What fails: test_grpc_failures.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import grpc
import pytest
from conftest import Lab
from grpc_lab import (PATIENCE, SERVICE, channel_over_tls, channel_to, gateway_to, server, status_of,
                      tls_credentials, tls_gateway_to, unary)
from h2_origins import H2Origin

pytestmark = pytest.mark.gatehouse("Debian's nginx has no `http2` directive")


def test_unary(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        assert [unary(channel, "echo", b"a" * size) for size in (0, 1, 1000)] == [b"", b"a", b"a" * 1000]


def test_metadata_passes_both_ways(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint, 'grpc_set_header X-Set "$request_method";')) as channel:
        answer, call = channel.unary_unary(SERVICE + "echo").with_call(
            b"x", timeout=PATIENCE, metadata=(("x-own", "mine"), ("x-own-bin", b"\1\xfe")))
    assert answer == b"x"
    seen = endpoint.service.metadata[0]
    assert (seen["x-own"], seen["x-own-bin"], seen["x-set"]) == ("mine", b"\1\xfe", "POST")
    initial = {entry.key: entry.value for entry in call.initial_metadata()}
    trailing = {entry.key: entry.value for entry in call.trailing_metadata()}
    assert (initial["x-initial"], initial["x-raw-bin"]) == ("first", b"\0\xff")
    assert trailing["x-trailing"] == "last"


def test_metadata_comes_before_the_first_message(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        call = channel.unary_stream(SERVICE + "greet")(b"x", timeout=PATIENCE)
        initial = {entry.key: entry.value for entry in call.initial_metadata()}   # waits for it
        assert initial["x-initial"] == "hello"
        endpoint.service.go_on.set()
        assert list(call) == [b"x"]


def test_much_metadata_passes(lab: Lab) -> None:
    endpoint = server(lab)
    sent = tuple((f"x-{number}-bin", bytes([number]) * 100) for number in range(50))
    with channel_to(gateway_to(lab, endpoint)) as channel:
        channel.unary_unary(SERVICE + "echo")(b"x", timeout=PATIENCE, metadata=sent)
    assert {key: value for key, value in sent} == {
        key: value for key, value in endpoint.service.metadata[0].items() if key.endswith("-bin")}


def test_an_answer_of_trailers_only(lab: Lab) -> None:
    """One block of fields that ends the stream (the gRPC specification's Trailers-Only)."""
    endpoint = H2Origin(lambda call: call.peer.head(call.stream, [
        (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "5"),
        ("grpc-message", "no such thing"), ("x-why", "because")], end=True))
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            unary(channel, "echo")
    error = caught.value
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "no such thing")
    assert ("x-why", "because") in [(entry.key, entry.value) for entry in error.trailing_metadata()]


def test_client_streaming(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab))) as channel:
        pieces = [b"%d," % number for number in range(2000)]
        assert channel.stream_unary(SERVICE + "join")(iter(pieces), timeout=PATIENCE) == b"".join(pieces)


def test_server_streaming(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab))) as channel:
        message = bytes(range(256)) * 20
        received = channel.unary_stream(SERVICE + "split")(message, timeout=PATIENCE)
        assert b"".join(received) == message


def test_both_sides_talk_in_turns(lab: Lab) -> None:
    """Each message is sent when the answer to the one before was received."""
    answers: list[bytes] = []
    heard = threading.Semaphore(1)

    def messages() -> Iterator[bytes]:
        for number in range(50):
            assert heard.acquire(timeout=PATIENCE)
            yield b"%d" % number

    with channel_to(gateway_to(lab, server(lab))) as channel:
        for answer in channel.stream_stream(SERVICE + "talk")(messages(), timeout=PATIENCE):
            answers.append(answer)
            heard.release()
    assert answers == [b"re: %d" % number for number in range(50)]


def test_a_response_may_end_before_its_request(lab: Lab) -> None:
    stop = threading.Event()

    def messages() -> Iterator[bytes]:
        yield b"only"
        stop.wait(PATIENCE)

    with channel_to(gateway_to(lab, server(lab))) as channel:
        assert channel.stream_unary(SERVICE + "early")(messages(), timeout=PATIENCE) == b"only"
        stop.set()
        assert unary(channel, "echo") == b"x"


def test_a_status_passes(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab))) as channel:
        expected = (grpc.StatusCode.FAILED_PRECONDITION, "not today: 50 % \N{SNOWMAN}")
        assert status_of(channel, "fail") == expected
        assert status_of(channel, "unknown")[0] == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("secure", [False, True])
def test_big_messages_in_streams(lab: Lab, certificates, secure: bool) -> None:
    endpoint = server(lab, credentials=tls_credentials(certificates.localhost) if secure else None)
    messages = [bytes([number]) * 1_000_000 for number in range(30)]
    gateway = tls_gateway_to(lab, endpoint, certificates) if secure else gateway_to(lab, endpoint)
    with channel_over_tls(gateway, certificates) if secure else channel_to(gateway) as channel:
        answers = channel.stream_stream(SERVICE + "talk")(iter(messages), timeout=PATIENCE)
        assert list(answers) == [b"re: " + message for message in messages]
        joined = channel.stream_unary(SERVICE + "join")(iter(messages), timeout=PATIENCE)
        assert joined == b"".join(messages)


def test_big_messages(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab))) as channel:
        message = bytes(range(256)) * 80_000   # 20 MB
        assert unary(channel, "echo", message) == message


def test_a_thousand_calls_at_once(lab: Lab) -> None:
    endpoint = server(lab, threads=8)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        calls = [channel.unary_unary(SERVICE + "echo").future(b"%d" % number, timeout=60)
                 for number in range(1000)]
        assert [call.result() for call in calls] == [b"%d" % number for number in range(1000)]


OWN_ERRORS = {400: "INTERNAL", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "UNIMPLEMENTED",
              429: "UNAVAILABLE", 500: "UNKNOWN", 503: "UNAVAILABLE"}


@pytest.mark.parametrize("status", OWN_ERRORS)
def test_own_errors_are_told_as_grpc_does(lab: Lab, status: int) -> None:
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; http2 on;
                                        location / {{ return {status}; }} }}""")
    with channel_to(gateway) as channel:
        code, details = status_of(channel, "echo")
    assert code.name == OWN_ERRORS[status]
    assert details.startswith(str(status))


def test_an_error_page_may_say_otherwise(lab: Lab) -> None:
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; http2 on;
        location / {{ grpc_pass 127.0.0.1:{lab.free_port()}; error_page 502 = @down; }}
        location @down {{ default_type application/grpc; add_header grpc-status 8 always;
                          add_header grpc-message "come back" always; return 204; }} }}""")
    with channel_to(gateway) as channel:
        assert status_of(channel, "echo") == (grpc.StatusCode.RESOURCE_EXHAUSTED, "come back")


def test_tls_to_tls(lab: Lab, certificates) -> None:
    endpoint = server(lab, credentials=tls_credentials(certificates.localhost))
    with channel_over_tls(tls_gateway_to(lab, endpoint, certificates), certificates) as channel:
        assert [unary(channel, "echo", message) for message in (b"a", b"b")] == [b"a", b"b"]


def test_a_certificate_of_somebody_else_is_refused(lab: Lab, certificates) -> None:
    credentials = tls_credentials(certificates.other)
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; http2 on;
        location / {{ grpc_pass grpcs://{server(lab, credentials=credentials)}; grpc_ssl_name localhost;
                      grpc_ssl_verify on;
                      grpc_ssl_trusted_certificate {certificates.authority.certificate}; }} }}""")
    with channel_to(gateway) as channel:
        assert status_of(channel, "echo")[0] == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("scheme", ["", "grpc://"])
def test_a_target_with_variables(lab: Lab, scheme: str) -> None:
    endpoint = server(lab)
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; http2 on;
        location / {{ set $to {endpoint}; grpc_pass {scheme}$to; }} }}""")
    with channel_to(gateway) as channel:
        assert unary(channel, "echo") == b"x"


def test_headers_are_hidden_and_shown(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab), "grpc_hide_header X-Initial;")) as channel:
        _, call = channel.unary_unary(SERVICE + "echo").with_call(b"x", timeout=PATIENCE)
    keys = {entry.key for entry in call.initial_metadata()}
    assert "x-initial" not in keys
    assert "x-raw-bin" in keys
