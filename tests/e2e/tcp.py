"""Gateways that pass bytes on, and what stands at both ends of them."""

from __future__ import annotations

import hashlib
import os
import ssl
import threading

from gateway import Gateway
from origins import Origin, Peer, Script
from raw import Wire

MAIN = """\
daemon off;
%user%
pid nginx.pid;
worker_processes %workers%;
error_log error.log info;
events { worker_connections 1024; }
%main%
stream {
    log_format basic "%log%";
    access_log access.log basic;
%http%
}
"""
LOG = "$status $bytes_received $bytes_sent $upstream_addr $upstream_bytes_sent $upstream_bytes_received"


def stream(lab, text: str, main: str = "", log: str = LOG, **options) -> Gateway:
    """A running gateway with this text inside stream {}."""
    return lab.gateway(text, main=MAIN.replace("%main%", main).replace("%log%", log), **options)


def passing(lab, script: Script | Origin, directives: str = "", **options) -> Gateway:
    """A running gateway that passes everything on to an origin with this script."""
    origin = script if isinstance(script, Origin) else lab.origin(script)
    return stream(lab, f"server {{ listen 127.0.0.1:%port%; proxy_pass {origin}; {directives} }}", **options)


def echo(peer: Peer) -> None:
    """Sends back what it is sent, to the end."""
    while peer.fill():
        peer.send(peer.take(1 << 20))


def tells(text: str) -> Script:
    """Says its text at once and closes."""
    return lambda peer: peer.send(text)


def encrypted(context: ssl.SSLContext, script: Script) -> Script:
    """The script behind a TLS handshake."""

    def run(peer: Peer) -> None:
        try:
            peer.sock = context.wrap_socket(peer.sock, server_side=True)
        except ssl.SSLError:
            return
        script(peer)

    return run


class Exchange(threading.Thread):
    """Sends random bytes, half-closes, and reads to the end, both at once."""

    def __init__(self, wire: Wire, count: int) -> None:
        super().__init__(daemon=True)
        self.wire, self.data = wire, os.urandom(count)
        self.sent = hashlib.sha256(self.data).hexdigest()
        self.received = hashlib.sha256()
        self.count = 0
        self.start()

    def run(self) -> None:
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        self.wire.sock.sendall(self.data)
        self.wire.half_close()
        reader.join()

    def _read(self) -> None:
        while data := self.wire.sock.recv(1 << 16):
            self.received.update(data)
            self.count += len(data)
