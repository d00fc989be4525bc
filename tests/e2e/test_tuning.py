"""Directives that tune sockets, processes and warnings."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from conftest import Lab
from gateway import MAIN, Gateway
from origins import Peer, always
from raw import chunked, response
from sockets import options_of

NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
RECEIVE_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF)
SEND_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF)


def options(gateway: Gateway, local_port: int, peer_port: int, *wanted: tuple[int, int]) -> list[int]:
    try:
        return options_of(gateway.processes(), local_port, peer_port, *wanted)
    except PermissionError:
        pytest.skip("another process's sockets may not be looked at here")


def test_tcp_nodelay(lab: Lab) -> None:
    gateway = lab.server("location / { return 200; } location /off { tcp_nodelay off; return 200; }")
    wire = gateway.connect()
    ports = gateway.port, wire.sock.getsockname()[1]
    wire.ask("GET", "/off")
    assert options(gateway, *ports, NO_DELAY) == [0]
    wire.ask("GET", "/")
    assert options(gateway, *ports, NO_DELAY) != [0]


@pytest.mark.gatehouse("only a recent nginx has them")
def test_buffers_of_sockets_to_endpoints(lab: Lab) -> None:
    seen = []

    def look(peer: Peer) -> None:
        peer.read_request()
        ports = peer.sock.getpeername()[1], peer.sock.getsockname()[1]
        seen.append(options(gateway, *ports, RECEIVE_BUFFER, SEND_BUFFER))
        peer.send(response("ok"))

    gateway = lab.forward(look, "proxy_socket_rcvbuf 20k; proxy_socket_sndbuf 24k;")
    assert gateway.get("/").text == "ok"
    assert seen == [[2 * 20480, 2 * 24576]]   # the kernel doubles what it is told


@pytest.mark.gatehouse("nginx drops trailers unless told otherwise")
@pytest.mark.parametrize("directives, trailers", [
    ("", [("X-Sum", "1")]), ("proxy_pass_trailers on;", [("X-Sum", "1")]), ("proxy_pass_trailers off;", []),
])
def test_proxy_pass_trailers(lab: Lab, directives: str, trailers: list[tuple[str, str]]) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("x", trailers=["X-Sum: 1"])
    message = lab.forward(always(answer), directives).get("/")
    assert (message.text, message.trailers) == ("x", trailers)


@pytest.mark.parametrize("directives, warns", [
    ("", True), ("uninitialized_variable_warn on;", True), ("uninitialized_variable_warn off;", False),
])
def test_a_variable_that_was_not_set_is_warned_of(lab: Lab, directives: str, warns: bool) -> None:
    location = "location / { if ($arg_x) { set $never 1; } return 200 [$never]; }"
    gateway = lab.server(f"{directives} {location}",
                         "log_format other $never_matched_yet; map $host $never_matched_yet { default x; }")
    assert gateway.get("/").text == "[]"
    assert gateway.get("/?x=1").text == "[1]"
    gateway.access_lines(2)
    assert ('using uninitialized "never" variable' in gateway.messages) == warns
    assert gateway.messages.count("uninitialized") == warns


def worker_of(gateway: Gateway) -> int:
    return max(pid for pid in gateway.processes() if pid != gateway.pid)


def test_worker_priority(lab: Lab) -> None:
    gateway = lab.server("return 200;", main="worker_priority 7;\n" + MAIN)
    gateway.get("/")
    assert os.getpriority(os.PRIO_PROCESS, worker_of(gateway)) == 7
    assert os.getpriority(os.PRIO_PROCESS, gateway.pid) == os.getpriority(os.PRIO_PROCESS, 0)


def test_worker_rlimit_core(lab: Lab) -> None:
    gateway = lab.server("return 200;", main="worker_rlimit_core 64k;\n" + MAIN)
    gateway.get("/")
    limits = Path(f"/proc/{worker_of(gateway)}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["65536", "65536"]
