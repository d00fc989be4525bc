"""System A: the Traefik lab as Compose would make it: a static and a dynamic site, and Gatehouse in place of
Traefik, started with Traefik's own command line."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

from dockerd import Dockerd
from gateway import BINARY
from network import within
from raw import eventually

HERE = Path(__file__).resolve().parent
PROJECT = "lab"
COMMAND = ["/gatehouse", "--api.insecure=true", "--providers.docker"]
STATIC_LABELS = {"traefik.autodetect": "true",
                 "traefik.http.routers.web-static.rule": "Host(`localhost`)"}
DYNAMIC_LABELS = {"traefik.http.routers.dynamic.rule": "(Host(`localhost`) && PathPrefix(`/api`))"}


class Answer:
    """What was answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    @property
    def host(self) -> str:
        return self.headers.get("X-Host", "")


class ComposeLab:
    """Containers of one project on a network of their own; only the gateway publishes ports."""

    def __init__(self, engine: Dockerd, command: list[str] | None = None, image: str = "gatehouse",
                 mounts: list[str] | None = None) -> None:
        self.engine = engine
        self.network = engine.call("POST", "/networks/create", {"Name": f"{PROJECT}_default"})["Id"]
        self.made: dict[str, str] = {}   # container's name → id
        self.address = "127.0.0.1"   # where the gateway is asked
        bindings = {f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}] for port in (80, 8080)}
        binds = [f"{engine.socket}:/var/run/docker.sock", *(mounts or [])]
        self.gateway = self.add("reverse-proxy", 1, {}, image=image, Cmd=command or COMMAND,
                                HostConfig={"PortBindings": bindings, "Binds": binds})

    def add(self, service: str, number: int, labels: dict[str, str], image: str = "web", **settings) -> str:
        name = f"{PROJECT}-{service}-{number}"
        labels = {"com.docker.compose.project": PROJECT, "com.docker.compose.service": service} | labels
        host = settings.pop("HostConfig", {}) | {"NetworkMode": f"{PROJECT}_default"}
        self.made[name] = self.engine.run(name, labels, image, HostConfig=host, Hostname=name, **settings)
        return self.made[name]

    def scale(self, service: str, count: int, labels: dict[str, str], port: int,
              milliseconds: int = 0) -> None:
        """As `docker compose up --scale`: what is too much is stopped, then removed."""
        prefix = f"{PROJECT}-{service}-"
        present = {int(name.removeprefix(prefix)) for name in self.made if name.startswith(prefix)}
        for number in range(1, count + 1):
            if number not in present:
                self.add(service, number, labels, Cmd=["/web", str(port), str(milliseconds)],
                         ExposedPorts={f"{port}/tcp": {}})
        for number in sorted(present):
            if number > count:
                self.stop_and_remove(f"{prefix}{number}")

    def stop_and_remove(self, name: str) -> None:
        container = self.made.pop(name)
        self.engine.act(container, "stop")
        self.engine.remove(container)

    def ask(self, path: str, cookie: str = "", host: str = "localhost", port: int = 80) -> Answer:
        return within(self.engine.network.pid, lambda: ask(self.address, path, cookie, host, port))

    def answers(self, path: str) -> bool:
        try:
            return self.ask(path).status == 200
        except OSError:
            return False

    def until(self, what: str, holds) -> None:
        eventually(holds, what, 20)

    def hosts(self, path: str, times: int) -> list[str]:
        return [self.ask(path).host for _ in range(times)]

    def logs(self) -> str:
        return self.engine.logs(self.gateway)

    def close(self) -> None:
        for container in self.made.values():
            self.engine.remove(container)
        self.engine.call("DELETE", f"/networks/{self.network}")


def ask(address: str, path: str, cookie: str, host: str, port: int) -> Answer:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host} | ({"Cookie": cookie} if cookie else {}))
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Load:
    """So many requests a second to one path for so long, over kept connections, from the engine's network."""

    def __init__(self, path: str, per_second: int, until) -> None:
        self.path, self.per_second, self.until = path, per_second, until
        self.answers: list[tuple[float, int, str]] = []   # when, status (0: none), host

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=10)
        while not self.until():
            began = time.monotonic()
            try:
                connection.request("GET", self.path, headers={"Host": "localhost"})
                answer = Answer(connection.getresponse())
                self.answers.append((began, answer.status, answer.host))
            except (OSError, http.client.HTTPException):
                self.answers.append((began, 0, ""))
                connection.close()
            time.sleep(max(0.0, 1 / self.per_second - (time.monotonic() - began)))
        connection.close()


def make_images(engine: Dockerd) -> None:
    engine.make_image("web", HERE / "web.cc", [])
    engine.make_image("gatehouse", Path(BINARY), [80, 8080])
