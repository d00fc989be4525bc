"""Docker's API as a user speaks it: requests over a unix socket, JSON both ways."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("docker", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def call(path: Path, method: str, target: str, body: object = None, content_type: str = "application/json"):
    """The answer's JSON, or None; an answer that is an error fails the test."""
    connection = UnixConnection(path)
    try:
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, target, content, {"Content-Type": content_type} if content else {})
        response = connection.getresponse()
        text = response.read().decode()
        assert response.status < 400, f"{method} {target}: {response.status} {text}"
        return json.loads(text.splitlines()[-1]) if text.strip().startswith(("{", "[")) else None
    finally:
        connection.close()
