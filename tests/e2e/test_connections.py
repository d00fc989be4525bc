"""How connections of clients are kept and closed."""

from __future__ import annotations

import pytest
from conftest import Lab
from gateway import Gateway
from raw import Wire, eventually, request

OLD_EXPLORER = "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"
SAFARI = "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6_8) Version/5.1 Safari/534.57"


def is_kept(gateway: Gateway, method: str, target: str, agent: str) -> bool:
    return gateway.connect().ask(method, target, agent).get("connection") == "keep-alive"


def test_old_explorers_post_is_not_kept_by_default(lab: Lab) -> None:
    gateway = lab.server("location / { return 200; } location /none { keepalive_disable none; return 200; }")
    assert not is_kept(gateway, "POST", "/", OLD_EXPLORER)
    assert is_kept(gateway, "GET", "/", OLD_EXPLORER)
    assert is_kept(gateway, "POST", "/", SAFARI)
    assert is_kept(gateway, "POST", "/none", OLD_EXPLORER)


def test_keepalive_disable_safari(lab: Lab) -> None:
    gateway = lab.server("keepalive_disable safari; location / { return 200; }")
    assert not is_kept(gateway, "GET", "/", SAFARI)
    assert is_kept(gateway, "GET", "/", SAFARI.replace("Version", "Chrome"))
    assert is_kept(gateway, "POST", "/", OLD_EXPLORER)


def test_satisfy_any_still_needs_one_to_allow(lab: Lab) -> None:
    gateway = lab.server("satisfy any; location / { deny all; } location /ok { allow all; return 200; }",
                         files={"html/index.html": "x"})
    assert gateway.get("/").status == 403
    assert gateway.get("/ok").status == 200


def test_a_request_that_is_still_to_come_is_counted_as_being_read(lab: Lab) -> None:
    gateway = lab.server("stub_status;")
    wire = gateway.send("GET / HTTP/1.1\r\n")
    eventually(lambda: "Reading: 1 Writing: 1 Waiting: 0" in gateway.get("/").text, "one is being read")
    wire.send("Host: localhost\r\n\r\n")
    assert "Reading: 0 Writing: 1 Waiting: 0" in wire.read_response().text


def too_much(gateway: Gateway) -> Wire:
    """A connection whose request is refused while its body is still to come."""
    wire = gateway.send(request("POST", "/", "Content-Length: 1000000") + b"a little")
    assert wire.read_response().status == 413
    assert wire.ended()
    return wire


def is_closed(wire: Wire) -> bool:
    try:
        wire.send(b"x" * 100)
    except OSError:
        return True
    return False


def test_lingering_time_ends_a_client_that_sends_on_and_on(lab: Lab) -> None:
    gateway = lab.server("client_max_body_size 1k; lingering_time 1s;")
    wire = too_much(gateway)
    eventually(lambda: is_closed(wire))   # by default it would take 30 s


def test_lingering_timeout_ends_a_client_that_is_silent(lab: Lab) -> None:
    gateway = lab.server("client_max_body_size 1k; lingering_timeout 100ms;"
                         " location /status { stub_status; }")
    wire = too_much(gateway)
    eventually(lambda: "Active connections: 1 " in gateway.get("/status").text, "one connection left",
               seconds=4)   # by default it would take 5 s
    wire.close()


@pytest.mark.parametrize("setting, resets", [("on", True), ("off", False)])
def test_444_resets_when_told_so(lab: Lab, setting: str, resets: bool) -> None:
    wire = lab.server(f"reset_timedout_connection {setting}; return 444;").send(request("GET", "/"))
    if resets:
        with pytest.raises(ConnectionResetError):
            wire.fill()
    else:
        assert not wire.fill()


@pytest.mark.parametrize("setting, resets", [("on", True), ("off", False)])
def test_a_client_that_does_not_read_is_reset_when_told_so(lab: Lab, setting: str, resets: bool) -> None:
    gateway = lab.server(f"reset_timedout_connection {setting}; send_timeout 1s;",
                         files={"html/big": b"x" * (32 << 20)})
    wire = gateway.send(request("GET", "/big"))
    eventually(lambda: "timed out" in gateway.messages)
    if resets:
        with pytest.raises(ConnectionResetError):
            wire.read_to_end()
    else:
        assert len(wire.read_to_end()) < 32 << 20
