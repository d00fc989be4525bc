"""UDP routers of the Traefik face."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import PORTS
from raw import PATIENCE, eventually
from traefik import traefik

pytestmark = pytest.mark.gatehouse("nginx is not started as Traefik is")


class DatagramOrigin:
    """Answers each datagram with its name and what came; remembers from where it came."""

    def __init__(self, name: str) -> None:
        self.name = name.encode()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.peers: list[tuple[str, int]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                data, peer = self.sock.recvfrom(1 << 16)
            except OSError:
                return
            if data == b"stop":
                return
            self.peers.append(peer)
            self.sock.sendto(self.name + b":" + data, peer)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"stop", ("127.0.0.1", self.port))
        self.sock.close()


@pytest.fixture
def origins() -> Iterator[list[DatagramOrigin]]:
    made = [DatagramOrigin("a"), DatagramOrigin("b")]
    yield made
    for origin in made:
        origin.close()


class Client:
    """One address."""

    def __init__(self, gateway) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(("127.0.0.1", int(gateway.values["udp"])))

    def ask(self, data: bytes) -> bytes:
        self.sock.send(data)
        return self.sock.recv(1 << 16)


def start(lab, servers, **values):
    addresses = ", ".join(f"{{address: '{server}'}}" for server in servers)
    text = f"""\
udp:
  routers: {{r: {{service: s, entryPoints: [dns]}}}}
  services: {{s: {{loadBalancer: {{servers: [{addresses}]}}}}}}
"""
    flags = ["--entrypoints.web.address=127.0.0.1:%port%", "--entrypoints.dns.address=127.0.0.1:%udp%/udp",
             "--entrypoints.dns.udp.timeout=%timeout%"]
    return traefik(lab, text, flags, udp=PORTS.free(), timeout=values.get("timeout", "30s"))


def test_each_client_stays_with_one_server_and_clients_are_spread(lab, origins):
    gateway = start(lab, origins)
    clients = [Client(gateway) for _ in range(4)]
    names = [client.ask(b"1")[:1] for client in clients]
    assert sorted(names) == [b"a", b"a", b"b", b"b"]
    for _ in range(3):
        assert [client.ask(b"2") for client in clients] == [name + b":2" for name in names]
    assert len({peer for origin in origins for peer in origin.peers}) == 4


def test_large_and_empty_datagrams_pass(lab, origins):
    client = Client(start(lab, origins[:1]))
    assert client.ask(b"x" * 60_000) == b"a:" + b"x" * 60_000
    assert client.ask(b"") == b"a:"


def is_open(port: int) -> bool:
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") for line in lines)


def test_a_silent_session_ends(lab, origins):
    client = Client(start(lab, origins[:1], timeout="200ms"))
    client.ask(b"1")
    port = origins[0].peers[0][1]
    eventually(lambda: not is_open(port), "the session's socket is closed")
    assert client.ask(b"2") == b"a:2"


def test_a_server_that_is_not_there_is_passed_over(lab, origins):
    gateway = start(lab, [f"127.0.0.1:{PORTS.free()}", origins[0]])
    client = Client(gateway)
    client.sock.settimeout(0.2)

    def is_answered() -> bool:
        try:
            return client.ask(b"1") == b"a:1"
        except (TimeoutError, ConnectionRefusedError):
            return False

    eventually(is_answered, "the server that is there answers")


def test_a_new_configuration_holds_for_new_sessions(lab, origins):
    gateway = start(lab, origins[:1])
    assert Client(gateway).ask(b"1") == b"a:1"
    text = (gateway.prefix / "dynamic.yml").read_text()
    gateway.reload(text.replace(str(origins[0]), str(origins[1])))
    eventually(lambda: Client(gateway).ask(b"2") == b"b:2", "the other server answers")
