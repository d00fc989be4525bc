"""What happens when the machine has no more of something: descriptors, disk, readers of the log."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Lab
from gateway import BINARY
from origins import always, silent
from raw import eventually, request, response

SERVER = "server { listen 127.0.0.1:%port%; location / { return 200 ok; } }"


@pytest.mark.gatehouse("nginx stops accepting until connections end")
def test_without_descriptors_idle_connections_make_room_for_new_ones(lab: Lab) -> None:
    gateway = lab.prepare(SERVER)
    gateway.start("ulimit -n 80; exec %command%")
    wires = [gateway.connect() for _ in range(40)]
    for wire in wires:
        assert wire.ask("GET", "/").text == "ok"
    for _ in range(80):
        assert gateway.connect().ask("GET", "/").text == "ok"


@pytest.mark.gatehouse("nginx answers some of them 500")
def test_without_descriptors_requests_in_flight_are_not_lost(lab: Lab) -> None:
    origin = lab.origin(silent)
    gateway = lab.prepare("server { listen 127.0.0.1:%port%; location /now { return 200 ok; }"
                          f" location / {{ proxy_pass http://{origin}; }} }}")
    gateway.start("ulimit -n 100; exec %command%")
    waiting = [gateway.send(request("GET", "/waits")) for _ in range(10)]
    eventually(lambda: len(origin.requests) == 10, "ten requests wait at the origin")
    for _ in range(150):
        assert gateway.connect().ask("GET", "/now").text == "ok"
    for wire in waiting:
        wire.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.fill()


@pytest.mark.gatehouse("nginx raises it only by worker_rlimit_nofile")
def test_the_limit_of_descriptors_is_raised_to_what_is_allowed(lab: Lab) -> None:
    hard = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    gateway = lab.prepare(SERVER)
    gateway.start(f"ulimit -Hn {hard}; ulimit -Sn 256; exec %command%")
    assert gateway.get("/").text == "ok"
    limits = Path(f"/proc/{gateway.processes()[-1]}/limits").read_text()
    found = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits)
    assert found is not None and found.group(1) == found.group(2)
    assert int(found.group(1)) >= hard


def test_a_full_disk_under_the_access_log_costs_no_request(lab: Lab) -> None:
    gateway = lab.server("access_log /dev/full; location / { return 200 ok; }")
    gateway.tolerated = "[alert]"   # nginx says so in its error log, as it should
    wire = gateway.connect()
    assert [wire.ask("GET", "/").text for _ in range(50)] == ["ok"] * 50


@pytest.mark.gatehouse("nginx waits for the reader")
def test_a_log_that_nobody_reads_costs_no_request(lab: Lab) -> None:
    os.mkfifo(lab.directory / "log")
    reader = os.open(lab.directory / "log", os.O_RDONLY | os.O_NONBLOCK)
    gateway = lab.server(f"access_log {lab.directory}/log; location / {{ return 200 ok; }}")
    wire = gateway.connect()
    target = "/" + "x" * 4000
    assert [wire.ask("GET", target).text for _ in range(100)] == ["ok"] * 100
    os.close(reader)


def test_a_full_disk_under_a_buffered_body_is_500_and_the_service_goes_on(lab: Lab) -> None:
    gateway = lab.server("location / { client_max_body_size 0; client_body_temp_path %prefix%/full;"
                         " proxy_pass http://%origin%; }", origin=lab.origin(always(response("ok"))))
    shutil.rmtree(gateway.prefix / "full")   # no room at all
    gateway.tolerated = "[alert]"
    assert gateway.ask("POST", "/", body=b"x" * 200_000).status == 500
    assert gateway.get("/").text == "ok"


# --mount-proc is refused where the root is no mount of its own, as in a chroot
OWN_PROCESSES = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None
                    or subprocess.run([*OWN_PROCESSES, "true"], capture_output=True).returncode != 0,
                    reason="needs unshare, and the right to use it")
def test_it_runs_as_process_1_and_ends_by_a_signal(lab: Lab) -> None:
    gateway = lab.prepare(SERVER, workers=2)
    command = [*OWN_PROCESSES, str(BINARY), *gateway.arguments]
    with open(gateway.prefix / "stderr", "ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    eventually(lambda: gateway.read("nginx.pid").strip() == "1", "it is process 1")
    assert gateway.get("/").text == "ok"
    inner = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
    os.kill(int(inner), 15)
    assert process.wait(10) == 0
