"""gRPC between Debian's python3-grpcio on both sides. Messages are plain bytes."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from conftest import Lab
from gateway import Gateway
from h2_origins import Call, H2Origin

pytestmark = pytest.mark.gatehouse("Debian's nginx has no `http2` directive")

SERVICE = "/test.Service/"
PATIENCE = 30


class Service(grpc.GenericRpcHandler):
    """Four kinds of calls, by the name of the method."""

    def __init__(self) -> None:
        self.seen: list[grpc.ServicerContext] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.cancelled = threading.Event()
        self.go_on = threading.Event()
        self.asked = threading.Semaphore(0)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        name = details.method.removeprefix(SERVICE)
        self.metadata.append({entry.key: entry.value for entry in details.invocation_metadata})
        kinds = {"echo": grpc.unary_unary_rpc_method_handler, "fail": grpc.unary_unary_rpc_method_handler,
                 "wait": grpc.unary_unary_rpc_method_handler,
                 "join": grpc.stream_unary_rpc_method_handler, "early": grpc.stream_unary_rpc_method_handler,
                 "split": grpc.unary_stream_rpc_method_handler, "half": grpc.unary_stream_rpc_method_handler,
                 "talk": grpc.stream_stream_rpc_method_handler}
        return kinds[name](getattr(self, name)) if name in kinds else None

    def echo(self, message: bytes, context: grpc.ServicerContext) -> bytes:
        context.send_initial_metadata((("x-initial", "first"), ("x-raw-bin", b"\0\xff")))
        context.set_trailing_metadata((("x-trailing", "last"),))
        return message

    def fail(self, message: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today: 50 % \N{SNOWMAN}")

    def wait(self, message: bytes, context: grpc.ServicerContext) -> bytes:
        context.add_callback(self.cancelled.set)
        self.asked.release()
        self.go_on.wait(PATIENCE)
        return b"%d" % (context.time_remaining() or 0)

    def join(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        return b"".join(messages)

    def early(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        return next(messages)

    def split(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        for at in range(len(message)):
            yield message[at:at + 1]

    def half(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"first"
        self.go_on.wait(PATIENCE)
        yield b"second"

    def talk(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        for message in messages:
            yield b"re: " + message


OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
           ("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))


class Server:
    """A server of that service; one of the parts that a lab closes."""

    def __init__(self, threads: int = 16, credentials: grpc.ServerCredentials | None = None) -> None:
        self.service = Service()
        self.server = grpc.server(futures.ThreadPoolExecutor(threads), [self.service], options=OPTIONS)
        self.port = (self.server.add_secure_port("127.0.0.1:0", credentials) if credentials
                     else self.server.add_insecure_port("127.0.0.1:0"))
        self.server.start()

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self.service.go_on.set()
        self.server.stop(None).wait(PATIENCE)


def server(lab: Lab, **options) -> Server:
    made = Server(**options)
    lab.origins.append(made)
    return made


def gateway_to(lab: Lab, endpoint: object, directives: str = "", http: str = "") -> Gateway:
    return lab.gateway(f"""{http}
        server {{ listen 127.0.0.1:%port%; http2 on; client_max_body_size 0;
                  location / {{ grpc_pass grpc://{endpoint}; {directives} }} }}""")


@contextlib.contextmanager
def channel_to(gateway: Gateway) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{gateway.port}", options=OPTIONS) as channel:
        yield channel


def unary(channel: grpc.Channel, name: str, message: bytes = b"x", **options) -> bytes:
    return channel.unary_unary(SERVICE + name)(message, timeout=options.pop("timeout", PATIENCE), **options)


def status_of(channel: grpc.Channel, name: str, **options) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        unary(channel, name, **options)
    return caught.value.code(), caught.value.details()


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


def test_big_messages(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab))) as channel:
        message = bytes(range(256)) * 80_000   # 20 MB
        assert unary(channel, "echo", message) == message


def test_a_deadline_is_passed_on_and_kept(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        endpoint.service.go_on.set()
        assert 500 <= int(unary(channel, "wait", timeout=600)) <= 600
        endpoint.service.go_on.clear()
        endpoint.service.cancelled.clear()
        assert status_of(channel, "wait", timeout=0.3)[0] == grpc.StatusCode.DEADLINE_EXCEEDED
    assert endpoint.service.cancelled.wait(PATIENCE)


def test_a_cancelled_call_is_cancelled_at_the_endpoint(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        call = channel.unary_unary(SERVICE + "wait").future(b"x", timeout=PATIENCE)
        assert endpoint.service.asked.acquire(timeout=PATIENCE)
        call.cancel()
        assert endpoint.service.cancelled.wait(PATIENCE)
        assert unary(channel, "echo") == b"x"   # the connections live on


def test_a_thousand_calls_at_once(lab: Lab) -> None:
    endpoint = server(lab, threads=8)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        calls = [channel.unary_unary(SERVICE + "echo").future(b"%d" % number, timeout=60)
                 for number in range(1000)]
        assert [call.result() for call in calls] == [b"%d" % number for number in range(1000)]


def test_an_endpoint_that_dies_in_the_middle(lab: Lab) -> None:
    def begin(call: Call) -> None:
        call.peer.head(call.stream, [(":status", "200"), ("content-type", "application/grpc")])
        call.peer.data(call.stream, b"\0\0\0\0\5first")
        assert go_on.wait(PATIENCE)
        call.peer.close()

    go_on = threading.Event()
    endpoint = H2Origin(script=lambda call: None, begin=begin)
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        received = channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE)
        assert next(received) == b"first"
        go_on.set()
        with pytest.raises(grpc.RpcError) as caught:
            next(received)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_goaway_before_a_call_was_served_is_no_error(lab: Lab) -> None:
    def script(call: Call) -> None:
        if len(endpoint.calls) == 1:
            call.peer.go_away(0)
        else:
            call.answer(b"\0\0\0\0\1y", ("content-type", "application/grpc"),
                        trailers=[("grpc-status", "0")])

    endpoint = H2Origin(script)
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        assert unary(channel, "echo") == b"y"
    assert len(endpoint.peers) == 2


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


def test_nobody_listens(lab: Lab) -> None:
    with channel_to(gateway_to(lab, f"127.0.0.1:{lab.free_port()}")) as channel:
        code, details = status_of(channel, "echo")
        assert (code, details) == (grpc.StatusCode.UNAVAILABLE, "502 Bad Gateway")


def test_an_endpoint_that_takes_too_long(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab), "grpc_read_timeout 200ms;")) as channel:
        assert status_of(channel, "wait") == (grpc.StatusCode.UNAVAILABLE, "504 Gateway Time-out")


def test_an_error_page_may_say_otherwise(lab: Lab) -> None:
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port%; http2 on;
        location / {{ grpc_pass 127.0.0.1:{lab.free_port()}; error_page 502 = @down; }}
        location @down {{ default_type application/grpc; add_header grpc-status 8 always;
                          add_header grpc-message "come back" always; return 204; }} }}""")
    with channel_to(gateway) as channel:
        assert status_of(channel, "echo") == (grpc.StatusCode.RESOURCE_EXHAUSTED, "come back")


def test_tls_to_tls(lab: Lab, certificates) -> None:
    pair = certificates.localhost
    authority = certificates.authority.certificate.read_bytes()
    credentials = grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())])
    endpoint = server(lab, credentials=credentials)
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port% ssl; http2 on; {pair}
        location / {{ grpc_pass grpcs://{endpoint}; grpc_ssl_name localhost; grpc_ssl_server_name on;
                      grpc_ssl_verify on;
                      grpc_ssl_trusted_certificate {certificates.authority.certificate}; }} }}""")
    options = (*OPTIONS, ("grpc.ssl_target_name_override", "localhost"))
    with grpc.secure_channel(f"127.0.0.1:{gateway.port}", grpc.ssl_channel_credentials(authority),
                             options) as channel:
        assert [unary(channel, "echo", message) for message in (b"a", b"b")] == [b"a", b"b"]


def test_a_certificate_of_somebody_else_is_refused(lab: Lab, certificates) -> None:
    pair = certificates.other
    credentials = grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())])
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


def test_calls_are_balanced(lab: Lab) -> None:
    one, other = server(lab), server(lab)
    gateway = lab.gateway(f"""upstream pool {{ server {one}; server {other}; }}
        server {{ listen 127.0.0.1:%port%; http2 on; location / {{ grpc_pass pool; }} }}""")
    with channel_to(gateway) as channel:
        for _ in range(10):
            assert unary(channel, "echo") == b"x"
    assert (len(one.service.metadata), len(other.service.metadata)) == (5, 5)


def test_headers_are_hidden_and_shown(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab), "grpc_hide_header X-Initial;")) as channel:
        _, call = channel.unary_unary(SERVICE + "echo").with_call(b"x", timeout=PATIENCE)
    keys = {entry.key for entry in call.initial_metadata()}
    assert "x-initial" not in keys
    assert "x-raw-bin" in keys


def test_quitting_lets_a_call_end(lab: Lab) -> None:
    endpoint = server(lab)
    gateway = gateway_to(lab, endpoint)
    with channel_to(gateway) as channel:
        received = channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE)
        assert next(received) == b"first"
        gateway.signal(signal.SIGQUIT)
        endpoint.service.go_on.set()
        assert next(received) == b"second"
