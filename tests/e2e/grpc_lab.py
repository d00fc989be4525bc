"""A gRPC service by Debian's python3-grpcio, and how tests call it. Messages are plain bytes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from conftest import Lab
from gateway import Gateway

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
                 "greet": grpc.unary_stream_rpc_method_handler,
                 "talk": grpc.stream_stream_rpc_method_handler,
                 "hang_up": grpc.stream_unary_rpc_method_handler,
                 "hang_down": grpc.unary_stream_rpc_method_handler,
                 "hang_both": grpc.stream_stream_rpc_method_handler}
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

    def greet(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        context.send_initial_metadata((("x-initial", "hello"),))
        self.go_on.wait(PATIENCE)
        yield message

    def _hang(self, context: grpc.ServicerContext) -> None:
        """Until the call is over for the server; the test knows when it began."""
        context.add_callback(self.cancelled.set)
        self.asked.release()

    def hang_up(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        self._hang(context)
        return b"".join(messages)

    def hang_down(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"first"
        self._hang(context)
        self.go_on.wait(PATIENCE)

    def hang_both(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        self._hang(context)
        for message in messages:
            yield message

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

    def leave(self) -> threading.Event:
        """Says GOAWAY; set when what is under way is over."""
        return self.server.stop(PATIENCE)

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


@contextlib.contextmanager
def channel_over_tls(gateway: Gateway, certificates) -> Iterator[grpc.Channel]:
    authority = certificates.authority.certificate.read_bytes()
    options = (*OPTIONS, ("grpc.ssl_target_name_override", "localhost"))
    with grpc.secure_channel(f"127.0.0.1:{gateway.port}", grpc.ssl_channel_credentials(authority),
                             options) as channel:
        yield channel


def tls_credentials(pair) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())])


def tls_gateway_to(lab: Lab, endpoint: object, certificates) -> Gateway:
    """TLS on both sides, the endpoint's verified."""
    return lab.gateway(f"""server {{ listen 127.0.0.1:%port% ssl; http2 on; {certificates.localhost}
        client_max_body_size 0;
        location / {{ grpc_pass grpcs://{endpoint}; grpc_ssl_name localhost; grpc_ssl_server_name on;
                      grpc_ssl_verify on;
                      grpc_ssl_trusted_certificate {certificates.authority.certificate}; }} }}""")
