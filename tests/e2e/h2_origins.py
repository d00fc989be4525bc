"""Endpoints that speak HTTP/2, by python3-h2: what arrives becomes calls, and a script answers them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings


@dataclass
class Call:
    """One request, as far as it has arrived."""

    peer: H2Peer
    stream: int
    fields: dict[str, str]
    all_fields: list[tuple[str, str]] = field(default_factory=list)   # in order, repeated ones too
    body: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    reset_code: int | None = None

    def answer(self, body: bytes = b"", *fields: tuple[str, str], status: str = "200",
               trailers: list[tuple[str, str]] | None = None) -> None:
        self.peer.head(self.stream, [(":status", status), *fields], end=not body and not trailers)
        if body:
            self.peer.data(self.stream, body, end=not trailers)
        if trailers:
            self.peer.head(self.stream, trailers, end=True)


class H2Peer:
    """The gateway's connection, seen from the endpoint."""

    def __init__(self, sock: socket.socket, origin: H2Origin) -> None:
        self.sock, self.origin = sock, origin
        self.calls: dict[int, Call] = {}
        self.lock = threading.RLock()
        self.goaways = 0
        # what breaks rules is to be sent, too
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8",
                                           validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        if origin.settings:
            self.h2.update_settings(origin.settings)
        self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def head(self, stream: int, fields: list[tuple[str, str]], end: bool = False) -> None:
        with self.lock:
            self.h2.send_headers(stream, fields, end_stream=end)
            self.flush()

    def data(self, stream: int, body: bytes, end: bool = False) -> None:
        """As the windows allow; the rest when they open."""
        with self.lock:
            room = min(self.h2.local_flow_control_window(stream), len(body))
            for start in range(0, room, 16384):
                piece = body[start:min(start + 16384, room)]
                self.h2.send_data(stream, piece, end_stream=end and start + len(piece) == len(body))
            if not body:
                self.h2.send_data(stream, b"", end_stream=end)
            self.flush()
            if room < len(body):
                self.origin.unsent[(self, stream)] = (body[room:], end)

    def reset(self, stream: int, code: h2.errors.ErrorCodes) -> None:
        with self.lock:
            self.h2.reset_stream(stream, code)
            self.flush()

    def go_away(self, last: int, code: int = 0) -> None:
        """GOAWAY, after which the streams up to `last` go on."""
        with self.lock:
            payload = last.to_bytes(4, "big") + code.to_bytes(4, "big")
            self.sock.sendall(len(payload).to_bytes(3, "big") + b"\x07\0\0\0\0\0" + payload)

    def run(self) -> None:
        while received := self.sock.recv(65536):
            with self.lock:
                events = self.h2.receive_data(received)
                self.flush()
            for event in events:
                self.take(event)

    def take(self, event: h2.events.Event) -> None:
        stream = getattr(event, "stream_id", 0)
        if isinstance(event, h2.events.RequestReceived):
            call = Call(self, stream, dict(event.headers), list(event.headers))
            self.calls[stream] = call
            self.origin.calls.append(call)
            self.origin.begin(call)
        elif isinstance(event, h2.events.DataReceived):
            self.calls[stream].body += event.data
            if self.origin.consumes and event.flow_controlled_length:
                with self.lock:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
                    self.flush()
        elif isinstance(event, h2.events.TrailersReceived):
            self.calls[stream].trailers = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.calls[stream].ended = True
            self.origin.script(self.calls[stream])
        elif isinstance(event, h2.events.StreamReset):
            self.calls[stream].reset_code = int(event.error_code)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaways += 1
        elif isinstance(event, h2.events.WindowUpdated):
            with self.lock:
                for (peer, waiting), (body, end) in list(self.origin.unsent.items()):
                    if peer is self and stream in (0, waiting):
                        del self.origin.unsent[(peer, waiting)]
                        with contextlib.suppress(h2.exceptions.ProtocolError):   # reset or ended meanwhile
                            self.data(waiting, body, end)

    def close(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


def say_hello(call: Call) -> None:
    call.answer(b"hello", ("content-type", "text/plain"))


class H2Origin:
    """Listens on a loopback address. `begin` is called with each head, `script` when a request has ended."""

    def __init__(self, script: Callable[[Call], None] = say_hello,
                 begin: Callable[[Call], None] = lambda call: None,
                 settings: dict[int, int] | None = None, context: ssl.SSLContext | None = None) -> None:
        self.script, self.begin, self.context = script, begin, context
        self.settings = settings or {}
        self.consumes = True
        self.calls: list[Call] = []
        self.peers: list[H2Peer] = []
        self.unsent: dict[tuple[H2Peer, int], tuple[bytes, bool]] = {}
        self.failures: list[BaseException] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            peer = H2Peer(sock, self)
            self.peers.append(peer)
            peer.run()
            peer.close()
        except OSError:
            pass   # the gateway went away, which a script need not expect
        except BaseException as failure:   # noqa: BLE001: reported by close()
            self.failures.append(failure)
            sock.close()

    def stop(self) -> None:
        """Refuses new connections from now on and closes the open ones."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for peer in self.peers:
            peer.close()

    def close(self) -> None:
        self.stop()
        if self.failures:
            raise self.failures[0]


def server_context(pair, protocols: list[str]) -> ssl.SSLContext:
    """Of certificates.Pair; `protocols`: for ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(protocols)
    return context
