"""Gateways started as Traefik is started, with a dynamic configuration in a file."""

from __future__ import annotations

from pathlib import Path

from gateway import Gateway, fill_in
from programs import is_listening


class TraefikGateway(Gateway):
    """`http` is the dynamic configuration (YAML). Entry points are flags: `web` is at %port% without one."""

    def __init__(self, prefix: Path, dynamic: str, flags: list[str], values: dict[str, object]) -> None:
        self.flags = flags or ["--entrypoints.web.address=127.0.0.1:%port%"]
        values.setdefault("host", "127.0.0.1")
        super().__init__(prefix, dynamic, values, main="%http%")

    def configure(self, http: str) -> None:
        (self.prefix / "dynamic.yml").write_text(fill_in(http, self.values))

    @property
    def arguments(self) -> list[str]:
        flags = [fill_in(flag, self.values) for flag in self.flags]
        return [*flags, "--providers.file.filename=dynamic.yml", "--log.filepath=error.log",
                "--log.level=DEBUG"]

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"exited with {self.process.returncode}: {self.messages}"
        ports = [int(str(value)) for name, value in self.values.items() if name.startswith("port")]
        return all(is_listening(str(self.values["host"]), port) for port in ports)


def traefik(lab, dynamic: str, flags: list[str] | None = None, files: dict[str, str] | None = None,
            **values: object) -> TraefikGateway:
    """A running gateway of this kind."""
    prefix = lab.directory / f"gateway{len(lab.gateways)}"
    prefix.mkdir()
    for name, content in (files or {}).items():
        (prefix / name).write_text(content)
    gateway = TraefikGateway(prefix, dynamic, flags or [], values)
    lab.gateways.append(gateway)
    gateway.start()
    return gateway
