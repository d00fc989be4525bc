"""Large bodies by HTTP/2 in bounded memory, and whole."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from pathlib import Path

import pytest
from origins import Peer
from raw import response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

MIB = 1 << 20
GIB = 1 << 30
MOST = 24 * MIB   # of memory that is no file's


def stream_out(peer: Peer) -> None:
    peer.read_request()
    peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {GIB}\r\n\r\n")
    piece = b"d" * MIB
    for _ in range(GIB // MIB):
        peer.send(piece)


def count_in(peer: Peer) -> None:
    """Reads a body without keeping it, and answers with its length."""
    message = peer.read_head()
    if message.get("transfer-encoding"):
        total = 0
        while chunk := peer.read_chunk():
            total += len(chunk)
            if peer.taken > MIB:
                del peer.received[:peer.taken]
                peer.taken = 0
        peer.read_exactly(2)
    else:
        total = int(message.get("content-length") or 0)
        left = total - len(peer.take(total))
        while left:
            left -= len(peer.sock.recv(min(left, MIB)))
    peer.send(response(str(total)))


class Watch:
    """The most memory that a gateway had while this was open."""

    def __init__(self, gateway) -> None:
        self.gateway, self.before, self.most = gateway, gateway.anonymous_memory(), 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self) -> None:
        while not self.done.wait(0.1):
            self.most = max(self.most, self.gateway.anonymous_memory())

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    @property
    def grown(self) -> int:
        return self.most - self.before


def curl_on(gateway, certificates, kind: str, target: str,
            *options: str) -> subprocess.CompletedProcess[bytes]:
    scheme, port = ("http", "port") if kind == "plain" else ("https", "port_tls")
    how = ["--http2-prior-knowledge"] if kind == "plain" else ["--http2"]
    return subprocess.run(["curl", "-sS", "--max-time", "120", *how, "--cacert",
                           str(certificates.authority.certificate), *options,
                           f"{scheme}://localhost:{gateway.values[port]}{target}"],
                          capture_output=True, timeout=130)


@pytest.fixture
def gateway(lab, certificates):
    made = lab.gateway(f"""server {{
        listen 127.0.0.1:%port% http2; listen 127.0.0.1:%port_tls% ssl http2; {certificates.localhost}
        client_max_body_size 0; root %prefix%; proxy_max_temp_file_size 0;
        location /out {{ proxy_pass http://{lab.origin(stream_out)}; }}
        location /in {{ proxy_pass http://{lab.origin(count_in)}; proxy_request_buffering off; }}
        location /stored {{ proxy_pass http://{lab.origin(count_in)}; }}
    }}""")
    with open(Path(made.prefix, "file"), "wb") as file:
        file.truncate(GIB)
    return made


kinds = pytest.mark.parametrize("kind", ["plain", "tls"])


@kinds
@pytest.mark.parametrize("target", ["/out", "/file"])
def test_a_gibibyte_out(gateway, certificates, kind, target):
    with Watch(gateway) as watch:
        done = curl_on(gateway, certificates, kind, target, "-o", "/dev/null",
                       "-w", "%{size_download} %{http_version}")
    assert done.stdout == f"{GIB} 2".encode(), done.stderr
    assert watch.grown < MOST


@kinds
def test_a_gibibyte_in(gateway, certificates, kind):
    with Watch(gateway) as watch:
        done = curl_on(gateway, certificates, kind, "/in", "-T", str(gateway.prefix / "file"))
    assert done.stdout == str(GIB).encode(), done.stderr
    assert watch.grown < MOST


def test_a_gibibyte_in_that_is_stored_first(gateway, certificates):
    with Watch(gateway) as watch:
        done = curl_on(gateway, certificates, "tls", "/stored", "-T", str(gateway.prefix / "file"))
    assert done.stdout == str(GIB).encode(), done.stderr
    assert watch.grown < MOST


def test_two_hundred_downloads_at_once(gateway, certificates, tmp_path):
    """Every byte in its place, on one connection."""
    content = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(10_000))
    (gateway.prefix / "some").write_bytes(content)
    options = []
    for number in range(1, 200):
        options += ["-o", str(tmp_path / str(number)), f"https://localhost:{gateway.values['port_tls']}/some"]
    done = curl_on(gateway, certificates, "tls", "/some", "-Z", "--parallel-max", "100", *options, "-o",
                   str(tmp_path / "0"))
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / str(number)).read_bytes() == content for number in range(200))
