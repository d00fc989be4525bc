"""`gatehouse serve`: a directory, an app and HTTPS in one line."""

import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from gateway import BINARY, run
from programs import is_listening
from raw import PATIENCE, Wire, eventually


# of whom the directories of tests are
AS_ROOT = ["--user", "root"] if os.geteuid() == 0 else []


class Serving:
    """The command, run in a directory with a home of its own."""

    def __init__(self, directory: Path, port: int, *arguments: str) -> None:
        self.port = port
        (directory / "site").mkdir(exist_ok=True)
        (directory / "site/index.html").write_text("a page")
        directory.chmod(0o755)
        environment = os.environ | {"STATE_DIRECTORY": str(directory / "state")}
        command = [BINARY, "serve", "site", "--listen", f"127.0.0.1:{port}", *arguments, *AS_ROOT]
        self.log = directory / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
        eventually(lambda: is_listening("127.0.0.1", port), "it listens")

    def connect(self, tls: bool = False) -> Wire:
        sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            sock = context.wrap_socket(sock, server_hostname="localhost")
        return Wire(sock)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


@pytest.fixture
def serve(tmp_path, lab):
    started = []

    def start(*arguments: str) -> Serving:
        started.append(Serving(tmp_path, lab.free_port(), *arguments))
        return started[-1]

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.stop()


def test_a_directory_and_an_app_are_served(serve, lab):
    serving = serve(f"/api/=http://{lab.origin()}")
    wire = serving.connect()
    assert wire.ask("GET", "/").text == "a page"
    assert b"GET /api/x HTTP/1.1" in wire.ask("GET", "/api/x").body
    assert f"on http://127.0.0.1:{serving.port}" in serving.log.read_text()
    serving.stop()


def test_the_certificate_is_kept(serve, tmp_path):
    shown = []
    for _ in range(2):
        serving = serve("--tls")
        wire = serving.connect(tls=True)
        assert wire.ask("GET", "/").text == "a page"
        shown.append(wire.sock.getpeercert(True))
        serving.stop()
    assert shown[0] == shown[1]
    kept = list((tmp_path / "state").iterdir())
    assert len(kept) == 1 and kept[0].stat().st_mode & 0o077 == 0


def test_what_it_stands_for_can_be_printed_and_used():
    printed = run("serve", "-T", "--tls", "/api=http://localhost:3000")
    assert printed.returncode == 0 and "ssl_certificate self-signed;" in printed.stdout


def test_mistakes_are_explained():
    refused = run("serve", "--fast")
    assert refused.returncode == 1
    assert refused.stderr.startswith('gatehouse: unknown option "--fast"; "gatehouse serve --help" shows')
    assert "usage: gatehouse serve" in run("serve", "--help").stdout
