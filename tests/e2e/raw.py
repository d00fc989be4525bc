"""Bytes on a socket, under a deadline.

`Wire` is what test clients and scripted origins both speak through. It sends exactly what it is given and
keeps every byte it received; it parses HTTP/1 only as far as a test needs to know where a message ends.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PATIENCE = 10.0
CRLF = b"\r\n"


def to_bytes(text: str | bytes) -> bytes:
    """Latin-1, so that a test can write any byte in a str."""
    return text if isinstance(text, bytes) else text.encode("latin-1")


def eventually(condition: Callable[[], object], what: str = "", seconds: float = PATIENCE) -> None:
    """Polls until the condition is true; fails with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.01)


def request(method: str, target: str, *fields: str, host: str | None = "localhost", body: bytes | str = b"",
            version: str = "1.1") -> bytes:
    """A request with the given field lines; a body adds its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines.extend(fields)
    content = to_bytes(body)
    if content:
        lines.append(f"Content-Length: {len(content)}")
    return to_bytes("\r\n".join(lines) + "\r\n\r\n") + content


def response(body: str | bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    """A response with Content-Length and the given field lines."""
    content = to_bytes(body)
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *fields]
    return to_bytes("\r\n".join(lines) + "\r\n\r\n") + content


def chunked(*chunks: str | bytes, trailers: Sequence[str] = ()) -> bytes:
    """The chunks and the last chunk, with trailer lines."""
    parts = [b"%x\r\n%s\r\n" % (len(data), data) for data in map(to_bytes, chunks)]
    return b"".join(parts) + b"0\r\n" + b"".join(to_bytes(line) + CRLF for line in trailers) + CRLF


@dataclass
class Message:
    """A parsed request or response; `fields` keeps order, case and repetition."""

    start: str
    fields: list[tuple[str, str]]
    head: bytes
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Every value of the field, in order."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """The field's only value; a repeated field is a test's mistake or a gateway's."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is repeated: {values}"
        return values[0] if values else None

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def method(self) -> str:
        return self.start.split(" ")[0]

    @property
    def target(self) -> str:
        return self.start.split(" ")[1]

    @property
    def text(self) -> str:
        return self.body.decode("latin-1")


def parse_fields(lines: Sequence[bytes]) -> list[tuple[str, str]]:
    """Field lines to pairs."""
    pairs = []
    for line in lines:
        name, _, value = line.decode("latin-1").partition(":")
        pairs.append((name, value.strip()))
    return pairs


class Wire:
    """A connected socket with a read buffer. Every wait ends after `PATIENCE` seconds with an error."""

    def __init__(self, sock: socket.socket, patience: float = PATIENCE) -> None:
        sock.settimeout(patience)
        self.sock = sock
        self.received = bytearray()
        self.taken = 0

    @property
    def buffered(self) -> bytes:
        """What was received and not yet taken."""
        return bytes(self.received[self.taken:])

    def send(self, data: str | bytes) -> None:
        self.sock.sendall(to_bytes(data))

    def fill(self) -> bool:
        """Receives once; False at the end of the stream."""
        data = self.sock.recv(1 << 16)
        self.received += data
        return bool(data)

    def take(self, count: int) -> bytes:
        data = bytes(self.received[self.taken:self.taken + count])
        self.taken += len(data)
        return data

    def read_until(self, mark: bytes) -> bytes:
        """Up to and with the mark."""
        while (found := self.received.find(mark, self.taken)) < 0:
            if not self.fill():
                raise EOFError(f"end of stream before {mark!r}; had {self.buffered[:2000]!r}")
        return self.take(found + len(mark) - self.taken)

    def read_exactly(self, count: int) -> bytes:
        while len(self.received) - self.taken < count:
            if not self.fill():
                raise EOFError(f"end of stream before {count} bytes; had {len(self.buffered)}")
        return self.take(count)

    def read_to_end(self) -> bytes:
        while self.fill():
            pass
        return self.take(len(self.received))

    def ended(self) -> bool:
        """Waits for the peer to close, and tells whether it did so with nothing more sent."""
        try:
            return not self.buffered and not self.fill()
        except ConnectionResetError:
            return True

    def read_head(self) -> Message:
        head = self.read_until(CRLF + CRLF)
        lines = head[:-4].split(CRLF)
        return Message(lines[0].decode("latin-1"), parse_fields(lines[1:]), head)

    def read_chunk(self) -> bytes:
        size = int(self.read_until(CRLF).split(b";")[0], 16)
        if size == 0:
            return b""
        data = self.read_exactly(size)
        assert self.read_exactly(2) == CRLF
        return data

    def read_chunked(self, message: Message) -> None:
        while chunk := self.read_chunk():
            message.chunks.append(chunk)
        message.body = b"".join(message.chunks)
        while (line := self.read_until(CRLF)) != CRLF:
            message.trailers += parse_fields([line[:-2]])

    def read_request(self) -> Message:
        message = self.read_head()
        if message.get("transfer-encoding"):
            self.read_chunked(message)
        else:
            message.body = self.read_exactly(int(message.get("content-length") or 0))
        return message

    def read_response(self, method: str = "GET") -> Message:
        """The next response with its body; an interim response is a response of its own."""
        message = self.read_head()
        if method == "HEAD" or message.status in (204, 304) or message.status < 200:
            return message
        if message.get("transfer-encoding"):
            self.read_chunked(message)
        elif message.get("content-length") is not None:
            message.body = self.read_exactly(int(message.get("content-length") or 0))
        else:
            message.body = self.read_to_end()
        return message

    def ask(self, method: str, target: str, *fields: str, **options) -> Message:
        """Sends a request and reads its response."""
        self.send(request(method, target, *fields, **options))
        return self.read_response(method)

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Closes with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        self.sock.close()


def connect(port: int, host: str = "127.0.0.1", source: str = "") -> Wire:
    """A client's connection, from the source address if one is given."""
    return Wire(socket.create_connection((host, port), PATIENCE, (source, 0) if source else None))
