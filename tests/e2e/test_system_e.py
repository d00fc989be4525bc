"""System E: the proxy.conf of examples/load-balancer over two Flask instances, started as in its image."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Lab
from gateway import CHECKOUT, Gateway, run
from programs import Program, curl, flask
from raw import eventually

EXAMPLE = CHECKOUT / "examples/load-balancer"


class System:
    """Two instances and the gateway, on loopback addresses of this test."""

    def __init__(self, lab: Lab) -> None:
        self.network = lab.network()
        self.host = f"{self.network}.1"
        self.instances = [self.instance(lab.directory, port) for port in (5000, 5001)]
        text = (EXAMPLE / "proxy.conf").read_text()
        text = text.replace("listen 8080", f"listen {self.host}:8080").replace("127.0.0.1:", f"{self.host}:")
        self.gateway: Gateway = lab.prepare("", main=text, port=8080, host=self.host, files={
            "html/index_proxy.html": (EXAMPLE / "html/index_proxy.html").read_text(), "logs/none": ""})

    def instance(self, directory: Path, port: int) -> Program:
        return flask(EXAMPLE / "app.py", self.host, port, directory, "--host", self.host, "--port",
                     str(port))

    def start(self) -> Gateway:
        for instance in self.instances:
            instance.start()
        self.gateway.globals = "pid nginx.pid;"   # what an ordinary user needs, and tests side by side
        self.gateway.start("%command%")
        return self.gateway

    def ports(self, count: int) -> list[str]:
        """The ports of the instances that answered so many requests."""
        texts = [self.gateway.get("/").text for _ in range(count)]
        assert all(text.startswith("Hello Flask!") for text in texts), texts
        return [text.split("port=")[1].rstrip(")") for text in texts]

    def close(self) -> None:
        for instance in self.instances:
            instance.close()


@pytest.fixture
def system(lab: Lab) -> Iterator[System]:
    """System E, started."""
    parts = System(lab)
    try:
        parts.start()
        yield parts
    finally:
        parts.close()


@pytest.mark.gatehouse("its workers rotate each for itself")
def test_e1_the_instances_alternate_and_the_local_page_is_never_seen(system: System) -> None:
    ports = system.ports(4)
    assert sorted(ports[:2]) == ["5000", "5001"] and ports[2:] == ports[:2]
    assert system.gateway.get("/index_proxy.html").status == 404


def test_e2_the_direct_ports_answer_too(system: System) -> None:
    for port in (5000, 5001):
        assert f"port={port})" in curl(f"http://{system.host}:{port}/").stdout


def test_e3_the_forwarded_fields_tell_the_application_who_asked(system: System) -> None:
    fields = json.loads(curl("-H", "X-Forwarded-For: 1.2.3.4", "-H", "Host: localhost:8080",
                             f"http://{system.host}:8080/headers").stdout)
    client = fields["X-Real-Ip"]
    assert client.startswith("127.")
    assert fields["X-Forwarded-For"] == f"1.2.3.4, {client}"
    assert fields["Host"] == fields["X-Forwarded-Host"] == fields["X-Forwarded-Server"] == "localhost"
    assert fields["X-Forwarded-Proto"] == "http"


def test_e3_without_a_forwarded_field_the_client_is_the_only_entry(system: System) -> None:
    fields = json.loads(system.gateway.get("/headers").body)
    assert fields["X-Forwarded-For"] == fields["X-Real-Ip"]


def test_e4_a_redirect_to_the_upstreams_name_is_rewritten_to_the_gateway(system: System) -> None:
    assert system.gateway.get("/moved", host="localhost:8080").get("location") == "http://localhost:8080/x"


def test_e5_an_instance_may_stop_and_come_back(system: System) -> None:
    second = system.instances[1]
    second.stop()
    assert system.ports(10) == ["5000"] * 10
    second.start()
    eventually(lambda: "5001" in system.ports(4), "it rejoins, at the latest after fail_timeout", 20)
    assert set(system.ports(16)) == {"5000", "5001"}


def test_e_the_gateway_stays_in_the_foreground_of_a_shell_and_quits_by_signal(system: System) -> None:
    gateway = system.gateway
    assert gateway.process is not None and gateway.process.poll() is None
    done = run(*gateway.arguments, "-s", "quit")
    assert done.returncode == 0, done.stderr
    assert gateway.wait() == 0


def test_e_a_terminated_gateway_exits_at_once(system: System) -> None:
    system.gateway.signal(signal.SIGTERM)
    assert system.gateway.wait() == 0
