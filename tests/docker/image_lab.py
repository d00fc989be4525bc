"""The container image, as packaging/image builds it with the tests' engine, and containers of it."""

from __future__ import annotations

import http.client
import io
import os
import subprocess
import tarfile
from pathlib import Path

from dockerd import Dockerd
from gateway import BINARY, CHECKOUT
from http_api import UnixConnection
from network import within
from raw import eventually

IMAGE = "gatehouse-image"
DEBIAN_IMAGE = "gatehouse-image:debian"
ENTRY = Path(os.environ.get("GATEHOUSE_IMAGE_ENTRY", CHECKOUT / "build/image_entry"))


def archive_of(files: dict[str, str]) -> bytes:
    """A tar archive; scripts may be run."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text.encode()), 0o755 if name.endswith(".sh") else 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
    return archive.getvalue()


class ImageLab:
    """Containers of the image on a network of their own; all end with the test."""

    def __init__(self, engine: Dockerd) -> None:
        self.engine = engine
        self.network = engine.call("POST", "/networks/create", {"Name": "image-lab"})["Id"]
        self.made: list[str] = []

    def docker(self, *arguments: str, **settings) -> None:
        """The command that users type."""
        subprocess.run(["docker", *arguments], env=os.environ | {"DOCKER_HOST": self.engine.endpoint},
                       check=True, **settings)

    def build(self, tag: str, dockerfile: str, files: dict[str, str]) -> None:
        """What a user's `docker build` makes of these."""
        context = archive_of(files | {"Dockerfile": dockerfile})
        self.docker("build", "--tag", tag, "-", input=context)

    def start(self, command: list[str], files: dict[str, str] | None = None, image: str = IMAGE,
              alias: str = "", **settings) -> str:
        """A container, with files put into it before it starts; its id."""
        host = settings.pop("HostConfig", {}) | {"NetworkMode": "image-lab"}
        name = f"image-{len(self.made)}"
        aliases = {"EndpointsConfig": {"image-lab": {"Aliases": [alias]}}} if alias else {}
        container = self.engine.create(name, {}, image, Cmd=command, HostConfig=host,
                                       NetworkingConfig=aliases, **settings)
        self.made.append(container)
        if files:
            self._put(container, archive_of(files))
        self.engine.call("POST", f"/containers/{container}/start")
        return container

    def _put(self, container: str, archive: bytes) -> None:
        connection = UnixConnection(self.engine.socket)
        connection.request("PUT", f"/containers/{container}/archive?path=/", archive,
                           {"Content-Type": "application/x-tar"})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        connection.close()

    def ask(self, container: str, path: str = "/", port: int = 80) -> tuple[int, str, str]:
        """Status, body, and the host that says it answered."""
        networks = self.engine.inspect(container)["NetworkSettings"]["Networks"]
        address = networks["image-lab"]["IPAddress"]

        def get() -> tuple[int, str, str]:
            connection = http.client.HTTPConnection(address, port, timeout=10)
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            found = response.status, response.read().decode(), response.headers.get("X-Host", "")
            connection.close()
            return found
        return within(self.engine.network.pid, get)

    def until_answers(self, container: str, status: int = 200, path: str = "/", port: int = 80) -> None:
        def answers() -> bool:
            try:
                return self.ask(container, path, port)[0] == status
            except OSError:
                state = self.engine.inspect(container)["State"]
                assert state["Status"] in ("created", "running"), self.engine.logs(container)
                return False
        eventually(answers, f"{path} is answered with {status}", 20)

    def until_ended(self, container: str) -> int:
        """Its exit code."""
        eventually(lambda: self.engine.inspect(container)["State"]["Status"] == "exited", "it ended", 20)
        return self.engine.inspect(container)["State"]["ExitCode"]

    def execute(self, container: str, *command: str) -> tuple[int, str]:
        """`docker exec`: exit code and output."""
        done = subprocess.run(["docker", "exec", container, *command], check=False, text=True,
                              env=os.environ | {"DOCKER_HOST": self.engine.endpoint},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def close(self) -> None:
        for container in self.made:
            self.engine.remove(container)
        self.engine.call("DELETE", f"/networks/{self.network}")


def build_image(engine: Dockerd, tag: str, *options: str) -> Path:
    """By the project's own script; the folder with what it left."""
    output = engine.directory / tag.replace(":", "-")
    command = ["/usr/bin/python3", CHECKOUT / "packaging/image/build.py", "--binary", BINARY,
               "--entry", ENTRY, "--output", output, "--tag", tag, *options]
    subprocess.run(command, env=os.environ | {"DOCKER_HOST": engine.endpoint}, check=True)
    return output
