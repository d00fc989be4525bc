"""Headers of the PROXY protocol, made here byte by byte (HAProxy's proxy-protocol.txt)."""

from __future__ import annotations

import socket
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL, PROXY = 0x20, 0x21
TCP4, TCP6, UNIX = 0x11, 0x21, 0x31


def v1(source: str = "192.0.2.1", port: int = 123, server: str = "192.0.2.2",
       server_port: int = 5678) -> bytes:
    """A line of version 1."""
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {server} {port} {server_port}\r\n".encode()


def v2(payload: bytes, command: int = PROXY, family: int = TCP4) -> bytes:
    """A header of version 2 around any payload."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(payload)) + payload


def v2_of(source: str = "192.0.2.1", port: int = 123, server: str = "192.0.2.2", server_port: int = 5678,
          tlvs: bytes = b"") -> bytes:
    """A header of version 2 for a TCP connection between these."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, server)
    payload = addresses + struct.pack("!HH", port, server_port) + tlvs
    return v2(payload, family=TCP6 if family == socket.AF_INET6 else TCP4)


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


def crc32c(data: bytes) -> int:
    """RFC 4960, appendix B."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
