"""Fixtures of the end-to-end tests: a `lab` that starts gateways and origins and takes all down again."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates import Certificates
from dns_server import DnsServer
from gateway import BINARY, IS_NGINX, MAIN, PORTS, Gateway
from origins import Origin, Script, echo, named


class Lab:
    """Everything one test starts. Closed in the order gateways, origins, name servers."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.gateways: list[Gateway] = []
        self.origins: list[Origin] = []
        self.servers: list[DnsServer] = []

    def prepare(self, http: str, files: dict[str, str | bytes] | None = None, main: str = MAIN,
                environment: dict[str, str] | None = None, **values: object) -> Gateway:
        """A gateway that is configured and not started; `files` are written below its prefix."""
        prefix = self.directory / f"gateway{len(self.gateways)}"
        prefix.mkdir()
        for name, content in (files or {}).items():
            path = prefix / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        gateway = Gateway(prefix, http, values, main, environment)
        self.gateways.append(gateway)
        return gateway

    def gateway(self, http: str, **options) -> Gateway:
        """A running gateway with this text inside http {}."""
        gateway = self.prepare(http, **options)
        gateway.start()
        return gateway

    def server(self, body: str, before: str = "", **options) -> Gateway:
        """A running gateway with one server {} of this content; `before` stands in front of the server."""
        listen = "listen 127.0.0.1:%port%; server_name localhost;"
        return self.gateway(f"{before}\nserver {{\n{listen}\n{body}\n}}", **options)

    def forward(self, script: Script | Origin, directives: str = "", **options) -> Gateway:
        """A running gateway that forwards everything to an origin with this script."""
        origin = script if isinstance(script, Origin) else self.origin(script)
        return self.server(f"location / {{ proxy_pass http://{origin}; {directives} }}", **options)

    def origin(self, script: Script = echo, host: str = "127.0.0.1", port: int = 0) -> Origin:
        origin = Origin(script, host, port)
        self.origins.append(origin)
        return origin

    def named_origins(self, names: str) -> list[Origin]:
        """One origin for each letter, which answers with that letter."""
        return [self.origin(named(name)) for name in names]

    def dns(self) -> DnsServer:
        server = DnsServer()
        self.servers.append(server)
        return server

    def network(self) -> str:
        """The first three octets of a loopback network that no other test uses."""
        return PORTS.network()

    def free_port(self) -> int:
        return PORTS.free()

    def close(self) -> None:
        """Closes everything, then reports the first failure."""
        failures = []
        for part in [*self.gateways, *self.origins, *self.servers]:
            try:
                part.close()
            except Exception as failure:   # noqa: BLE001: raised below, when the rest is down too
                failures.append(failure)
        if failures:
            raise failures[0]


@pytest.fixture(scope="session", autouse=True)
def ordinary_limits() -> None:
    """No more open files than Debian gives a login, so that a test that needs more fails everywhere."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > 1024:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Those of certificates.py."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The parts of one test."""
    parts = Lab(tmp_path)
    yield parts
    parts.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what is gatehouse's own when the binary is an nginx."""
    for item in items:
        mark = item.get_closest_marker("gatehouse")
        if mark and IS_NGINX:
            item.add_marker(pytest.mark.skip(reason=f"not so in nginx: {mark.args[0]}"))


def pytest_report_header() -> str:
    return f"binary under test: {BINARY}"
