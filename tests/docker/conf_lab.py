"""Both faces at once: a gateway with an nginx.conf and `docker { … }`, a stand-in engine, and apps on
loopback addresses in place of its containers."""

from __future__ import annotations

from pathlib import Path

from gateway import PORTS, Gateway
from origins import Origin, named
from raw import Message, eventually
from stand_in_engine import StandInEngine

PROJECT = "lab"


class ConfLab:
    """Starts what one test needs, and takes it down again."""

    def __init__(self, directory: Path, engine: StandInEngine) -> None:
        self.directory, self.engine = directory, engine
        self.gateways: list[Gateway] = []
        self.origins: list[Origin] = []
        self.network = PORTS.network()   # 127.x.y
        self.app_port = PORTS.free()   # of all apps, each at an address of its own
        self.apps = 0

    def gateway(self, http: str, files: dict[str, bytes] | None = None, **values: object) -> Gateway:
        prefix = self.directory / f"gateway{len(self.gateways)}"
        prefix.mkdir()
        for name, content in (files or {}).items():
            (prefix / name).write_bytes(content)
        values = {"engine": self.engine.endpoint, "app_port": self.app_port, **values}
        self.gateways.append(Gateway(prefix, http, values))
        self.gateways[-1].start()
        return self.gateways[-1]

    def origin(self, name: str) -> Origin:
        """An app that no container is."""
        self.origins.append(Origin(named(name)))
        return self.origins[-1]

    def app(self, service: str, number: int = 1, labels: dict[str, str] | None = None,
            **facts: object) -> str:
        """A container of Compose that answers with its name; its id."""
        self.apps += 1
        name = f"{PROJECT}-{service}-{number}"
        address = f"{self.network}.{self.apps}"
        self.origins.append(Origin(named(name), address, self.app_port))
        labels = {"com.docker.compose.project": PROJECT, "com.docker.compose.service": service,
                  **(labels or {})}
        port = f"traefik.http.services.{service}.loadbalancer.server.port"
        facts = {"networks": {f"{PROJECT}_default": address}, "aliases": [service], **facts}
        return self.engine.run(name, {port: str(self.app_port), **labels}, **facts)

    def routed(self, service: str, rule: str, **more: str) -> str:
        """One with a router of that rule."""
        router = f"traefik.http.routers.{service}"
        extra = {f"{router}.{key}": value for key, value in more.items()}
        return self.app(service, 1, {f"{router}.rule": rule, **extra})

    def close(self) -> None:
        for gateway in self.gateways:
            gateway.close()
        for origin in self.origins:
            origin.close()


def ask(gateway: Gateway, host: str, target: str = "/", port: str = "port") -> Message:
    return gateway.get(target, port=port, host=host)


def await_answer(gateway: Gateway, host: str, text: str, target: str = "/", port: str = "port") -> None:
    eventually(lambda: ask(gateway, host, target, port).text == text, f"{host}{target} is answered by {text}")
