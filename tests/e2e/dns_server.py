"""A DNS server for A records over UDP, whose answers a test can change at any time."""

from __future__ import annotations

import socket
import struct
import threading

TTL = 600   # what Docker's own server says, however soon the answer changes
A, AAAA = 1, 28


def parse_question(query: bytes) -> tuple[str, int, bytes]:
    """Name, type and the bytes of the question section (RFC 1035 section 4.1.2)."""
    labels, position = [], 12
    while length := query[position]:
        labels.append(query[position + 1:position + 1 + length].decode("ascii").lower())
        position += 1 + length
    kind = struct.unpack_from("!H", query, position + 1)[0]
    return ".".join(labels), kind, query[12:position + 5]


class DnsServer:
    """Names to lists of addresses; unknown names are NXDOMAIN, known ones have no AAAA."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            query, client = self.sock.recvfrom(4096)
            if len(query) < 13:
                return
            self.sock.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        name, kind, question = parse_question(query)
        self.asked.append(name)
        addresses = self.names.get(name)
        records = addresses or [] if kind == A else []
        flags = 0x8580 if addresses is not None else 0x8583
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        pointer = b"\xc0\x0c"
        record = struct.pack("!HHIH", A, 1, TTL, 4)
        return header + question + b"".join(pointer + record + socket.inet_aton(item) for item in records)

    def close(self) -> None:
        """Wakes the thread with a datagram that is no query."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()
