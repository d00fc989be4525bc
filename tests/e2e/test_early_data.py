"""TLS 1.3 early data (0-RTT): requests that come with the hello, and may come again."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from certificates import Certificates
from raw import eventually, request

LISTEN = "listen 127.0.0.1:%port% ssl; server_name localhost;"


class Client:
    """`openssl s_client` with a session to resume."""

    def __init__(self, gateway, directory: Path) -> None:
        self.gateway, self.session, self.file = gateway, directory / "session", directory / "early"
        assert "Reused" not in self._run(gateway.port, request("GET", "/", "Connection: close").decode(),
                                         "-sess_out", self.session)
        assert self.session.exists()

    def _run(self, port: int, text: str, *options: object) -> str:
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername",
                               "localhost", "-ign_eof", *options],
                              input=text, text=True, capture_output=True, timeout=20)
        return done.stdout.replace("\r", "")

    def ask(self, early: bytes, late: str = "") -> str:
        self.file.write_bytes(early)
        return self._run(self.gateway.port, late, "-sess_in", self.session, "-early_data", self.file)

    def record(self, early: bytes) -> bytes:
        """What it sends before it has heard anything."""
        self.file.write_bytes(early)
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            done = subprocess.Popen(["openssl", "s_client", "-connect", address, "-servername", "localhost",
                                     "-sess_in", str(self.session), "-early_data", str(self.file)],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
            connection, _ = server.accept()
            with connection:
                recorded = b""
                while not self._holds_early_data(recorded):
                    recorded += connection.recv(1 << 16)
            done.wait(20)
        return recorded

    @staticmethod
    def _holds_early_data(flight: bytes) -> bool:
        """RFC 8446 section 5.1: records of a handshake, a change of ciphers, and application data."""
        while len(flight) >= 5:
            whole = 5 + int.from_bytes(flight[3:5], "big")
            if flight[0] == 23 and len(flight) >= whole:
                return True
            flight = flight[whole:]
        return False


SERVER = """server {{ {} {} ssl_early_data on; location / {{ return 200 "early:$ssl_early_data."; }}
    location /forward {{ proxy_pass http://%origin%; }}
    location /set {{ proxy_pass http://%origin%; proxy_set_header Early-Data "so $ssl_early_data"; }} }}"""


@pytest.fixture
def gateway(lab, certificates: Certificates):
    return lab.gateway(SERVER.format(LISTEN, certificates.localhost), origin=lab.origin(), workers=2)


def test_a_request_may_come_with_the_hello(gateway, tmp_path):
    client = Client(gateway, tmp_path)
    done = client.ask(request("GET", "/"), request("GET", "/", "Connection: close").decode())
    assert "Early data was accepted" in done
    assert done.count("200 OK") == 2
    assert "early:1." in done and "early:." in done


def test_it_is_not_looked_for_unless_asked_for(lab, certificates, tmp_path):
    gateway = lab.gateway(f"""server {{
        {LISTEN} {certificates.localhost} return 200 "early:$ssl_early_data.";
    }}""")
    again = request("GET", "/", "Connection: close").decode()
    done = Client(gateway, tmp_path).ask(request("GET", "/"), again)
    assert "Early data was not sent" in done
    assert "early:1." not in done and "early:." in done


@pytest.mark.gatehouse("it leaves this to proxy_set_header")
def test_an_endpoint_is_told(gateway, tmp_path):
    client = Client(gateway, tmp_path)
    assert "\nEarly-Data: 1\n" in client.ask(request("GET", "/forward", "Connection: close"))
    said = client.ask(request("GET", "/forward", "Early-Data: 1", "Connection: close"))
    assert said.count("Early-Data: 1") == 1
    assert "Early-Data: so 1" in client.ask(request("GET", "/set", "Connection: close"))
    late = client.ask(request("GET", "/"), request("GET", "/forward", "Connection: close").decode())
    assert "Early-Data" not in late


@pytest.mark.gatehouse("it serves them")
def test_what_is_not_safe_has_to_wait(gateway, tmp_path):
    client = Client(gateway, tmp_path)
    body = "some text"
    done = client.ask(request("POST", "/forward", f"Content-Length: {len(body)}") + body.encode(),
                      request("GET", "/", "Connection: close").decode())
    assert "425 Too Early" in done
    assert "200 OK" in done


@pytest.mark.gatehouse("it takes what was recorded as often as it comes")
def test_what_somebody_recorded_is_taken_once(gateway, tmp_path):
    recorded = Client(gateway, tmp_path).record(request("GET", "/forward?replayed"))
    for _ in range(4):
        wire = gateway.connect()
        wire.send(recorded)
        assert wire.sock.recv(5)
        wire.close()
    assert "early:" in Client(gateway, tmp_path).ask(request("GET", "/", "Connection: close"))
    eventually(lambda: "replayed" in gateway.read("access.log"), "the first in the log")
    assert gateway.read("access.log").count("replayed") == 1
