"""A client of HTTP/2 whose framing is python3-h2's, and which shares no code with the gateway.

`H2Client` drives one connection by hand: nothing is read but by `pump`, and nothing is acknowledged but what
it is told to. GOAWAY frames are kept from the h2 package, whose state machine takes one for the end of every
stream. For what that package would not send there are `frame` and `fields_block`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.settings
import hpack

from raw import Wire, to_bytes

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(5, 10)
END_STREAM, END_HEADERS, PADDED, ACK = 1, 4, 8, 1
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = 5, 6, 7, 8, 9
ENHANCE_YOUR_CALM = 11
HEAD_BYTES = 9

Fields = Iterable[tuple[str, str]]


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """Any frame, allowed or not (RFC 9113 4.1)."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def fields_block(fields: Fields) -> bytes:
    """Fields in HPACK's plain form: the dynamic table is not used, so that every block stands for itself."""
    tuples = [hpack.NeverIndexedHeaderTuple(name, value) for name, value in fields]
    return hpack.Encoder().encode(tuples, huffman=False)


def request_fields(method: str = "GET", path: str = "/", *fields: tuple[str, str],
                   authority: str = "localhost", scheme: str = "http") -> list[tuple[str, str]]:
    """The fields of a request, with its pseudo-fields in front."""
    return [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path), *fields]


@dataclass
class Answer:
    """What has come on one stream."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    interim: list[list[tuple[str, str]]] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    pieces: list[int] = field(default_factory=list)   # sizes of the DATA frames
    ended: bool = False
    reset: int | None = None   # the code of a RST_STREAM

    @property
    def status(self) -> int:
        return int(self.get(":status") or 0)

    @property
    def text(self) -> str:
        return self.body.decode("latin-1")

    def get(self, name: str) -> str | None:
        """The field's only value."""
        values = [value for key, value in self.fields if key == name]
        assert len(values) < 2, f"{name} is repeated: {values}"
        return values[0] if values else None

    @property
    def is_over(self) -> bool:
        return self.ended or self.reset is not None


class H2Client:
    """One connection. `windows`: acknowledge what arrives, so that the server may send on."""

    def __init__(self, wire: Wire, windows: bool = True, initial_window: int | None = None) -> None:
        self.wire = wire
        self.windows = windows
        config = h2.config.H2Configuration(client_side=True, header_encoding="latin-1",
                                           validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.answers: dict[int, Answer] = {}
        self.order: list[int] = []   # the stream of each DATA frame, as they came
        self.goaways: list[tuple[int, int]] = []   # last stream, code
        self.pongs = 0
        self.ended = False
        self.is_raw = False   # only GOAWAY is looked at: the h2 package knows nothing of what was sent
        self.unread = b""
        self.h2.initiate_connection()
        if initial_window is not None:
            self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: initial_window})
        self.flush()

    # --- out ---

    def flush(self) -> None:
        """Sends what the h2 package has to say."""
        data = self.h2.data_to_send()
        if data:
            self.wire.send(data)

    def begin(self, method: str = "GET", path: str = "/", *fields: tuple[str, str], end: bool = True,
              **options: str) -> int:
        """Sends the head of a request; the number of its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, request_fields(method, path, *fields, **options), end_stream=end)
        self.flush()
        return stream

    def send(self, stream: int, data: bytes | str, end: bool = False) -> None:
        """DATA, as far as the server's windows allow, which are waited for."""
        data = to_bytes(data)
        while True:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            piece, rest = data[:room], data[room:]
            if piece or not rest:
                self.h2.send_data(stream, piece, end_stream=end and not rest)
                self.flush()
            if not rest:
                return
            data = rest
            if self.h2.local_flow_control_window(stream) <= 0:
                assert self.pump(), "the connection ended in the middle of a request"
                assert not self.answers[stream].is_over, "the answer came before the request's end"

    def reset(self, stream: int, code: int = CANCEL) -> None:
        self.h2.reset_stream(stream, code)
        self.flush()

    def allow(self, count: int, stream: int | None = None) -> None:
        """Opens a window: of the connection, or of a stream."""
        self.h2.increment_flow_control_window(count, stream)
        self.flush()

    def ping(self) -> None:
        """Returns with its answer: whatever was sent before has been read."""
        before = self.pongs
        self.wire.send(frame(PING, 0, 0, b"12345678"))
        self.until(lambda: self.pongs > before, "the ping is answered")

    # --- in ---

    def pump(self) -> bool:
        """Receives once; False at the end of the connection."""
        try:
            data = self.wire.sock.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self.ended = True
            return False
        self.unread += data
        allowed = b""
        while len(self.unread) >= HEAD_BYTES:
            size = HEAD_BYTES + int.from_bytes(self.unread[:3], "big")
            if len(self.unread) < size:
                break
            one, self.unread = self.unread[:size], self.unread[size:]
            if one[3] == PING and one[4] & ACK:
                self.pongs += 1
            elif one[3] == GOAWAY:
                last, code = struct.unpack("!II", one[HEAD_BYTES:HEAD_BYTES + 8])
                self.goaways.append((last & 0x7FFFFFFF, code))
            else:
                allowed += one
        if self.is_raw:
            return True
        for event in self.h2.receive_data(allowed):
            self.take(event)
        try:
            self.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass   # what it sent last may still be read
        return True

    def take(self, event: h2.events.Event) -> None:
        """Writes one event down."""
        answer = self.answers.get(getattr(event, "stream_id", 0), Answer())
        if isinstance(event, h2.events.ResponseReceived):
            answer.fields = list(event.headers)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            answer.interim.append(list(event.headers))
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = list(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            answer.pieces.append(len(event.data))
            self.order.append(event.stream_id)
            if self.windows:
                self.acknowledge(event)
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = int(event.error_code)

    def acknowledge(self, event: h2.events.DataReceived) -> None:
        if not event.flow_controlled_length:
            return
        self.h2.increment_flow_control_window(event.flow_controlled_length)
        try:
            self.h2.increment_flow_control_window(event.flow_controlled_length, event.stream_id)
        except h2.exceptions.StreamClosedError:
            pass   # its end came with the same bytes

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Pumps until the condition holds."""
        while not condition():
            assert self.pump(), f"the connection ended (GOAWAY {self.goaways}) before: {what or condition}"

    def answer(self, stream: int) -> Answer:
        """The whole answer, or the reset, on a stream."""
        answer = self.answers[stream]
        self.until(lambda: answer.is_over, f"stream {stream} is over")
        return answer

    def ask(self, method: str = "GET", path: str = "/", *fields: tuple[str, str], body: bytes | str = b"",
            **options: str) -> Answer:
        """A request and its answer."""
        stream = self.begin(method, path, *fields, end=not body, **options)
        if body:
            self.send(stream, body, end=True)
        return self.answer(stream)

    def get(self, path: str = "/", *fields: tuple[str, str], **options: str) -> Answer:
        return self.ask("GET", path, *fields, **options)

    def read_to_end(self) -> None:
        """Until the server closes the connection."""
        while self.pump():
            pass

    def is_alive(self) -> bool:
        """Whether the connection still answers."""
        self.ping()
        return not self.goaways


def h2_on(gateway, port: str = "port", **options: object) -> H2Client:
    """A client with prior knowledge, without TLS."""
    return H2Client(gateway.connect(port), **options)


def h2_over_tls(gateway, certificates, name: str = "localhost", port: str = "port",
                **options: object) -> H2Client:
    """A client that agreed on HTTP/2 in the handshake."""
    wire = certificates.connect(gateway, name, port=port, alpn=["h2", "http/1.1"])
    assert wire.sock.selected_alpn_protocol() == "h2"
    return H2Client(wire, **options)


