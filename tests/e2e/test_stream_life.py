"""stream {}: sessions that outlive the configuration they began with, and the end of them all."""

from __future__ import annotations

import signal
import socket

import pytest

from conftest import Lab
from raw import eventually, request
from tcp import echo, passing

pytestmark = pytest.mark.gatehouse("Debian's has no stream block unless a package of its own is installed")


def told(gateway, question: bytes = b"?") -> bytes:
    """All that is answered to these bytes and the end behind them."""
    wire = gateway.send(question)
    try:
        wire.half_close()
    except OSError:   # it was answered by a reset
        pass
    return wire.read_to_end()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "removed"])
def test_a_session_survives_a_reload(lab: Lab, kept: bool) -> None:
    origin = lab.origin(echo)
    gateway = passing(lab, origin)
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    port = gateway.values["port"]
    if kept:
        gateway.reload("server { listen 127.0.0.1:%port%; return changed; }")
        eventually(lambda: told(gateway) == b"changed", "the new configuration")
    else:
        gateway.reload("server { listen 127.0.0.1:%port_other%; return changed; }")
        eventually(lambda: socket.socket().connect_ex(("127.0.0.1", port)) != 0, "the listener is gone")
    for _ in range(3):
        wire.send("more")
        assert wire.read_exactly(4) == b"more"
    wire.close()
    eventually(lambda: f"200 13 13 {origin} 13 13" in gateway.read("access.log"), "its line in the log")


def test_many_reloads_do_not_pile_up_configurations_behind_open_sessions(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wires = []
    for number in range(25):   # more than control bears silently
        wire = gateway.send("x")
        assert wire.read_exactly(1) == b"x"
        wires.append(wire)
        gateway.reload(f"server {{ listen 127.0.0.1:%port%; proxy_pass {lab.origins[0]}; }}"
                       f"server {{ listen 127.0.0.1:%port_b%; return {number}; }}")
        eventually(lambda: number_of(gateway) == str(number).encode(), "the new configuration")
    assert "configurations" not in gateway.messages
    for wire in wires:
        wire.send("y")
        assert wire.read_exactly(1) == b"y"


def number_of(gateway) -> bytes:
    try:
        return gateway.connect("port_b").read_to_end()
    except OSError:
        return b""


def test_a_listener_may_change_from_stream_to_http_and_back(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    raw, gateway.main = gateway.main, gateway.main.replace("stream {", "http {").replace(
        gateway.main[gateway.main.index("    log_format"):gateway.main.index("%http%")], "")
    gateway.reload("server { listen 127.0.0.1:%port%; return 200 web; }")
    question = request("GET", "/", "Connection: close")
    eventually(lambda: told(gateway, question).endswith(b"web"), "served by http")
    wire.send("b")
    assert wire.read_exactly(1) == b"b"
    gateway.main = raw
    gateway.reload("server { listen 127.0.0.1:%port%; return tcp; }")
    eventually(lambda: told(gateway, question) == b"tcp", "served by stream")


def test_quitting_waits_for_sessions_as_long_as_it_may(lab: Lab) -> None:
    gateway = passing(lab, echo, main="worker_shutdown_timeout 1s;")
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    port = gateway.values["port"]
    gateway.signal(signal.SIGQUIT)
    eventually(lambda: socket.socket().connect_ex(("127.0.0.1", port)) != 0, "nobody is let in")
    wire.send("b")
    assert wire.read_exactly(1) == b"b"
    assert wire.ended()
    assert gateway.wait() == 0
    assert f"200 2 2 {lab.origins[0]} 2 2" in gateway.access_lines(1)
    gateway.says("shutdown timeout, bytes from/to client:2/2")
