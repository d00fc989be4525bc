"""The binary under test: started with a configuration in a fresh prefix, signalled, stopped and checked.

A configuration is a text with placeholders: `%port%` (or `%port_api%`: any name that starts with port)
becomes a free port, `%name%` the value given for it; nginx's own braces and dollars stay as they are.
"""

from __future__ import annotations

import fcntl
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from raw import Message, Wire, connect, eventually

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("GATEHOUSE_BINARY", CHECKOUT / "build/gatehouse")).absolute()
IS_NGINX = BINARY.resolve().name == "nginx"

MAIN = """\
daemon off;
%user%
pid nginx.pid;
worker_processes %workers%;
error_log error.log info;
events { worker_connections 1024; }
http {
    access_log access.log;
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
%http%
}
"""


class Ports:
    """Free ports from a range that this process holds by a lock, outside the range the kernel hands out."""

    size = 500

    def __init__(self) -> None:
        starts = list(range(10000, 32000, self.size))
        random.shuffle(starts)
        for start in starts:
            self.lock = open(Path(tempfile.gettempdir(), f"gatehouse-e2e-{os.getuid()}-{start}.lock"), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.lock.close()
                continue
            self.start, self.used, self.networks = start, 0, 0
            return
        raise RuntimeError("every range of ports is in use by another test run")

    def free(self, host: str = "127.0.0.1") -> int:
        """A port nobody listens on."""
        for _ in range(self.size):
            port = self.start + self.used % self.size
            self.used += 1
            with socket.socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    sock.bind((host, port))
                except OSError:
                    continue
                return port
        raise RuntimeError("no free port")

    def network(self) -> str:
        """127.x.y, never given out twice: for tests whose ports are fixed."""
        self.networks += 1
        return f"127.{100 + self.start // self.size}.{self.networks}"


PORTS = Ports()


def fill_in(text: str, values: dict[str, object]) -> str:
    """Replaces each %name%; a name that starts with `port` and has no value is given a free port."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values and name.startswith("port"):
            values[name] = PORTS.free()
        return str(values[name])

    return re.sub(r"%([a-z]\w*)%", value, text)


def children(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """The binary with arguments, to its end."""
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, timeout=20, **options)


class Gateway:
    """One running gateway and its prefix."""

    def __init__(self, prefix: Path, http: str, values: dict[str, object], main: str = MAIN,
                 environment: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.values = values
        self.main = main
        self.globals = ""   # for -g
        self.tolerated = ""   # an alarming word that the test provokes
        self.environment = dict(os.environ) | (environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.wires: list[Wire] = []
        values.setdefault("host", "127.0.0.1")
        values.setdefault("user", "user root;" if os.getuid() == 0 else "")
        values.setdefault("workers", 1)
        values.setdefault("prefix", prefix)
        self.configure(http)

    def configure(self, http: str) -> None:
        """Writes the configuration; a running gateway learns of it by reload()."""
        text = fill_in(self.main, {"http": http, **self.values}) if "%http%" in self.main else self.main
        (self.prefix / "nginx.conf").write_text(fill_in(text, self.values))

    @property
    def port(self) -> int:
        return int(str(self.values["port"]))

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def arguments(self) -> list[str]:
        options = ["-p", f"{self.prefix}/", "-c", f"{self.prefix}/nginx.conf", "-e", "error.log"]
        return [*options, "-g", self.globals] if self.globals else options

    def start(self, script: str = "") -> None:
        """Returns when the sockets listen: the pid file comes after that. Perhaps by a bash script, in which
        %command% is the gateway."""
        command = [str(BINARY), *self.arguments]
        if script:
            command = ["bash", "-c", script.replace("%command%", shlex.join(command))]
        with open(self.prefix / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                                            env=self.environment, cwd=self.prefix)
        eventually(self.is_up, "the gateway has written its pid file")

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"exited with {self.process.returncode}: {self.messages}"
        pid_file = self.prefix / "nginx.pid"
        return pid_file.exists() and pid_file.read_text().strip() == str(self.pid)

    def read(self, name: str) -> str:
        """A file of the prefix, empty if it is not there."""
        path = self.prefix / name
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def messages(self) -> str:
        """What it said on stderr and in the error log."""
        return self.read("stderr") + self.read("error.log")

    def access_lines(self, count: int, name: str = "access.log") -> list[str]:
        """Waits for that many lines in the access log."""
        eventually(lambda: len(self.read(name).splitlines()) >= count, f"{count} lines in {name}")
        return self.read(name).splitlines()

    def says(self, text: str) -> None:
        """Waits for a message with the text."""
        eventually(lambda: text in self.messages, f"{text!r} in the error log")

    def connect(self, port: str = "port", source: str = "") -> Wire:
        """A client's connection, closed at the latest with the gateway."""
        self.wires.append(connect(int(str(self.values[port])), str(self.values["host"]), source))
        return self.wires[-1]

    def ask(self, method: str, target: str, *fields: str, port: str = "port", **options) -> Message:
        """One request on a connection of its own, closed at once: who polls may ask a thousand times."""
        wire = connect(int(str(self.values[port])), str(self.values["host"]))
        try:
            return wire.ask(method, target, *fields, "Connection: close", **options)
        finally:
            wire.close()

    def get(self, target: str, *fields: str, **options) -> Message:
        return self.ask("GET", target, *fields, **options)

    def send(self, data: str | bytes, port: str = "port") -> Wire:
        """A connection on which the bytes were sent."""
        wire = self.connect(port)
        wire.send(data)
        return wire

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def reload(self, http: str | None = None) -> None:
        """Takes a new configuration by SIGHUP. Returns at once: what changed is awaited by its effect."""
        if http is not None:
            self.configure(http)
        self.signal(signal.SIGHUP)

    def processes(self) -> list[int]:
        return children(self.pid)

    def anonymous_memory(self) -> int:
        """Bytes of memory that are no file's, over all its processes."""
        total = 0
        for pid in self.processes():
            found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            total += int(found.group(1)) * 1024 if found else 0
        return total

    def wait(self, seconds: float = 15) -> int:
        """The exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def close(self) -> None:
        """Quits gracefully and asserts a clean end: code 0, no alert, no sanitizer report."""
        for wire in self.wires:
            wire.close()
        if self.process is None:
            return
        if self.process.poll() is None:
            self.signal(signal.SIGQUIT)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("did not quit within 15 s") from None
        messages = self.messages
        for word in ("[alert]", "Sanitizer", "runtime error:"):
            assert word == self.tolerated or word not in messages, messages
        assert code == 0, f"exited with {code}: {messages}"
