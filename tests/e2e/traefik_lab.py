"""Gateways that are started as Traefik is: with flags, and a file of dynamic configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import Lab
from gateway import Gateway
from programs import is_listening


class TraefikGateway(Gateway):
    """Its configuration is the text of the dynamic file; `port` is that of the entry point web, `port_api`
    the one of the API."""

    def __init__(self, prefix: Path, dynamic: str, flags: tuple[str, ...], values: dict[str, object]) -> None:
        self.flags = flags
        values["port"], values["port_api"] = values.pop("ports")
        super().__init__(prefix, dynamic, values)

    def configure(self, http: str) -> None:
        (self.prefix / "dynamic.yml").write_text(http)

    @property
    def arguments(self) -> list[str]:
        return [f"--entrypoints.web.address=127.0.0.1:{self.port}",
                f"--entrypoints.traefik.address=127.0.0.1:{self.values['port_api']}", "--api.insecure=true",
                "--providers.file.filename=dynamic.yml", *self.flags]

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"exited with {self.process.returncode}: {self.messages}"
        return is_listening("127.0.0.1", self.port)

    def service(self, name: str) -> dict[str, Any]:
        """What the API says of it."""
        return json.loads(self.get(f"/api/http/services/{name}", port="port_api").body)


def traefik(lab: Lab, dynamic: str, *flags: str) -> TraefikGateway:
    """A running gateway with this dynamic configuration."""
    prefix = lab.directory / f"gateway{len(lab.gateways)}"
    prefix.mkdir()
    gateway = TraefikGateway(prefix, dynamic, flags, {"ports": (lab.free_port(), lab.free_port())})
    lab.gateways.append(gateway)
    gateway.start()
    return gateway


def balancer(*servers: object, **options: object) -> dict[str, object]:
    """A loadBalancer of servers, as JSON, which YAML is a superset of."""
    urls = [server if isinstance(server, dict) else {"url": f"http://{server}"} for server in servers]
    return {"loadBalancer": {"servers": urls, **options}}


def routed(services: dict[str, object], to: str = "app", **more: object) -> str:
    """A file in which everything goes to the service `to`."""
    routers = {"all": {"rule": "PathPrefix(`/`)", "service": to}}
    return json.dumps({"http": {"routers": routers, "services": services, **more}})
