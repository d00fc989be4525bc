"""Scriptable origins: what a gateway's upstream can be, said in bytes.

A script is a function of one accepted connection. It runs in a thread of its own, reads with
`Peer.read_request` (which records the request) and sends whatever bytes the test wants. When it returns, the
connection closes.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable

from raw import Message, Wire, response, to_bytes


class Peer(Wire):
    """The gateway's connection, seen from the origin."""

    def __init__(self, sock: socket.socket, origin: Origin) -> None:
        super().__init__(sock)
        self.origin = origin

    def read_request(self) -> Message:
        message = super().read_request()
        self.origin.requests.append(message)
        return message


Script = Callable[[Peer], None]


class Origin:
    """Listens on a loopback address and runs the script on each connection."""

    def __init__(self, script: Script, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script = script
        self.requests: list[Message] = []
        self.peers: list[Peer] = []
        self.failures: list[BaseException] = []
        self.listener = socket.create_server((host, port), backlog=512)
        self.host, self.port = self.listener.getsockname()[:2]
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def received(self) -> bytes:
        """All bytes of all connections."""
        return b"".join(bytes(peer.received) for peer in self.peers)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.closing:
                sock.close()
                return
            peer = Peer(sock, self)
            self.peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: Peer) -> None:
        try:
            self.script(peer)
        except (EOFError, OSError):
            pass   # the gateway went away, which a script need not expect
        except BaseException as failure:   # noqa: BLE001: reported by close()
            self.failures.append(failure)
        peer.close()

    def stop(self) -> None:
        """Refuses new connections from now on and closes the open ones."""
        self.closing = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for peer in self.peers:
            try:
                peer.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        self.stop()
        assert not self.failures, f"an origin's script failed: {self.failures!r}"


def always(answer: str | bytes) -> Script:
    """The same bytes to every request, on a kept connection."""

    def script(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.send(answer)

    return script


def named(name: str) -> Script:
    """200 with the origin's name."""
    return always(response(name))


def in_turn(answers: Iterable[str | bytes]) -> Script:
    """The next of the answers to each request, over all connections; an empty one closes the connection."""
    remaining = iter(answers)

    def script(peer: Peer) -> None:
        while True:
            peer.read_request()
            answer = to_bytes(next(remaining))
            if not answer:
                return
            peer.send(answer)

    return script


def once_then_close(answer: str | bytes) -> Script:
    """One answer, then the end of the connection."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer)

    return script


def echo(peer: Peer) -> None:
    """Answers each request with the head and the body it received."""
    while True:
        message = peer.read_request()
        peer.send(response(message.head + message.body))


def silent(peer: Peer) -> None:
    """Reads requests and never answers."""
    while True:
        peer.read_request()


def reset(peer: Peer) -> None:
    """Reads a request and resets the connection."""
    peer.read_request()
    peer.reset()


def reset_at_once(peer: Peer) -> None:
    """Resets the connection without reading."""
    peer.reset()
