"""A Docker engine of the test's own: own data, own sockets, own network name space; nothing of it stays."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.parse
from pathlib import Path

from http_api import UnixConnection, call
from raw import eventually

HERE = Path(__file__).resolve().parent


class Dockerd:
    """dockerd with one image, `resident`: a program that stays until its stop signal (see resident.cc)."""

    def __init__(self, *more_options: str) -> None:
        self.more_options = more_options
        assert os.getuid() == 0, "a Docker engine needs root"
        self.directory = Path(tempfile.mkdtemp(prefix="gatehouse-docker-"))   # short, for the socket's path
        self.socket = self.directory / "docker.sock"
        self.log = self.directory / "log"
        self.process: subprocess.Popen[bytes] | None = None
        # what keeps its network while it is away, and is a way in
        self.network = subprocess.Popen(["unshare", "--net", "sh", "-c",
                                         "ip link set lo up && exec sleep infinity"])
        self.start()
        self.make_image("resident", HERE / "resident.cc", [8080, 9000])

    @property
    def endpoint(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """In a network of its own, so that neither its bridges nor its firewall rules touch the machine's."""
        options = ["--data-root", f"{self.directory}/data", "--exec-root", f"{self.directory}/exec",
                   "--pidfile", f"{self.directory}/pid", "--host", self.endpoint, "--bip", "172.31.255.1/24",
                   *self.more_options]
        ours = Path("/proc/self/ns/net").readlink()
        theirs = Path(f"/proc/{self.network.pid}/ns/net")
        eventually(lambda: theirs.readlink() != ours, "it has a network of its own")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["nsenter", f"--net={theirs}", "dockerd", *options],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self.is_up, "the engine answers", 60)

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            call(self.socket, "GET", "/_ping")
        except (OSError, AssertionError):
            return False
        return True

    def stop(self) -> None:
        """Its containers end with it."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def kill(self) -> None:
        """As it crashes."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)
        for stale in ("pid", "exec/containerd/containerd.pid"):   # its containerd ends with it
            (self.directory / stale).unlink(missing_ok=True)

    def close(self) -> None:
        assert self.process is not None
        if self.process.poll() is not None:   # only it can take down what it left
            self.start()
        for container in self.call("GET", "/containers/json?all=1"):
            self.call("DELETE", f"/containers/{container['Id']}?force=1")
        self.stop()
        self.network.kill()
        self.network.wait()
        # an engine that was killed leaves its root mounted over itself
        subprocess.run(["umount", "--lazy", self.directory / "data"], check=False, capture_output=True)
        shutil.rmtree(self.directory)

    def call(self, method: str, target: str, body: object = None):
        return call(self.socket, method, target, body)

    def logs(self, container: str) -> str:
        """What it wrote, without the heads that the engine puts before each piece."""
        connection = UnixConnection(self.socket)
        connection.request("GET", f"/containers/{container}/logs?stdout=1&stderr=1")
        data = connection.getresponse().read()
        connection.close()
        text = b""
        while len(data) > 8:
            size = int.from_bytes(data[4:8], "big")
            text, data = text + data[8:8 + size], data[8 + size:]
        return text.decode(errors="replace")

    def make_image(self, name: str, program: Path, ports: list[int]) -> None:
        """From nothing but one static program, perhaps to be compiled."""
        if program.suffix == ".cc":
            source, program = program, self.directory / name
            subprocess.run(["g++", "-O1", "-static", "-pthread", "-o", str(program), str(source)], check=True)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(program, name)
        changes = [("changes", f"EXPOSE {port}") for port in ports]
        query = urllib.parse.urlencode([("fromSrc", "-"), ("repo", name), *changes])
        call(self.socket, "POST", f"/images/create?{query}", archive.getvalue(), "application/x-tar")

    def create(self, name: str, labels: dict[str, str] | None = None, image: str = "resident",
               **settings: object) -> str:
        """A container that is not started; its id."""
        body = {"Image": image, "Cmd": [f"/{image}"], "Labels": labels or {}, **settings}
        return self.call("POST", f"/containers/create?name={name}", body)["Id"]

    def run(self, name: str, labels: dict[str, str] | None = None, image: str = "resident",
            **settings: object) -> str:
        container = self.create(name, labels, image, **settings)
        self.call("POST", f"/containers/{container}/start")
        return container

    def act(self, container: str, action: str) -> None:
        """stop, kill?signal=HUP, pause, rename?name=x …"""
        self.call("POST", f"/containers/{container}/{action}")

    def remove(self, container: str) -> None:
        self.call("DELETE", f"/containers/{container}?force=1")

    def inspect(self, container: str) -> dict:
        return self.call("GET", f"/containers/{container}/json")
