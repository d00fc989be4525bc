"""Bodies of more than 4 GiB, whose lengths need more than 32 bits, in bounded memory: both ways, by HTTP/1
and HTTP/2, buffered and not. `./dev check --full` sets GATEHOUSE_HUGE_GIB to make them larger still."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Lab
from origins import Peer
from raw import response
from test_http2_large import KEEP_NOTHING, MIB, MOST, Watch

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

GIB = int(os.environ.get("GATEHOUSE_HUGE_GIB", "4"))
SIZE = (GIB << 30) + 4321   # no multiple of anything
STORED = (4 << 30) + 4321   # it takes so much of the disk
SECONDS = 120 * GIB   # for a sanitizer, and a machine with other things to do

large_only = pytest.mark.skipif(GIB <= 4, reason="it takes long: ./dev check --full")


def stream_out(peer: Peer) -> None:
    """The whole of it in pieces, framed as the target says."""
    is_chunked = "chunked" in peer.read_request().target
    piece, left = b"\0" * MIB, SIZE
    peer.send("HTTP/1.1 200 OK\r\n" + ("Transfer-Encoding: chunked" if is_chunked else
                                       f"Content-Length: {SIZE}") + "\r\n\r\n")
    peer.sock.settimeout(60)
    while left:
        part = piece[:left]
        left -= len(part)
        peer.send(b"%x\r\n%s\r\n" % (len(part), part) if is_chunked else part)
    if is_chunked:
        peer.send(b"0\r\n\r\n")


def count_in(peer: Peer) -> None:
    """Reads a body of known length without keeping it, and answers with how much came."""
    length = int(peer.read_head().get("content-length") or 0)
    came, space = len(peer.take(length)), bytearray(MIB)
    peer.sock.settimeout(60)
    while came < length:
        count = peer.sock.recv_into(space, min(len(space), length - came))
        assert count, f"ended after {came} bytes"
        came += count
    peer.send(response(str(came)))


@pytest.fixture
def gateway(lab: Lab, certificates):
    out, into = lab.origin(stream_out), lab.origin(count_in)
    made = lab.gateway(f"""server {{
        listen 127.0.0.1:%port%; listen 127.0.0.1:%port_tls% ssl; http2 on; {certificates.localhost}
        client_max_body_size 0; root %prefix%; proxy_max_temp_file_size 0; server_name localhost;
        proxy_read_timeout 10m; send_timeout 10m; proxy_send_timeout 10m;
        location /buffered {{ proxy_pass http://{out}; }}
        location /unbuffered {{ proxy_pass http://{out}; proxy_buffering off; }}
        location /stored {{ proxy_pass http://{into}; }}
        location /passed {{ proxy_pass http://{into}; proxy_request_buffering off; }}
    }}""", environment=KEEP_NOTHING)
    with open(Path(made.prefix, "file"), "wb") as file:
        file.truncate(SIZE)   # it takes no room
    return made


def curl(gateway, certificates, version: str, target: str, *options: str) -> str:
    url = (f"https://localhost:{gateway.values['port_tls']}" if version == "h2" else
           f"http://localhost:{gateway.port}")
    how = {"h1": "--http1.1", "h2c": "--http2-prior-knowledge", "h2": "--http2"}[version]
    done = subprocess.run(["curl", "-sS", how, "--noproxy", "*", "--max-time", str(SECONDS), "--cacert",
                           str(certificates.authority.certificate), *options, url + target],
                          capture_output=True, timeout=SECONDS + 10, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("version, target", [
    ("h1", "/buffered"), ("h1", "/unbuffered/chunked"), ("h2c", "/unbuffered"),
    pytest.param("h1", "/file", marks=large_only), pytest.param("h2", "/file", marks=large_only),
    pytest.param("h2", "/buffered", marks=large_only), pytest.param("h2", "/unbuffered", marks=large_only),
])
def test_a_huge_answer_comes_whole_in_bounded_memory(gateway, certificates, version: str,
                                                     target: str) -> None:
    with Watch(gateway) as watch:
        size = curl(gateway, certificates, version, target, "-o", "/dev/null", "-w", "%{size_download}")
    assert size == str(SIZE)
    assert watch.grown < MOST
    fields = gateway.access_lines(1)[0].split('"')[2].split()
    assert fields[0] == "200" and int(fields[1]) >= SIZE, "the log counts them all, and as nginx the chunks"


@pytest.mark.parametrize("version", ["h1", "h2c", pytest.param("h2", marks=large_only)])
def test_a_huge_request_is_passed_on_whole_in_bounded_memory(gateway, certificates, version: str) -> None:
    with Watch(gateway) as watch:
        came = curl(gateway, certificates, version, "/passed", "-H", "Expect:", "-T",
                    str(gateway.prefix / "file"))
    assert came == str(SIZE)
    assert watch.grown < MOST


@large_only   # a body that is stored takes its size on the disk
def test_a_huge_request_is_stored_and_passed_on_in_bounded_memory(gateway, certificates) -> None:
    os.truncate(gateway.prefix / "file", STORED)
    with Watch(gateway) as watch:
        came = curl(gateway, certificates, "h1", "/stored", "-H", "Expect:", "-T",
                    str(gateway.prefix / "file"))
    assert came == str(STORED)
    assert watch.grown < MOST
