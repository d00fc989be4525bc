"""Other programs that take part in a test: Flask applications, Debian's nginx, a browser, HAProxy, curl."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from raw import eventually

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
CHROMIUM = shutil.which("chromium")


def is_listening(host: str, port: int) -> bool:
    """Whether a connection is accepted there."""
    with socket.socket() as sock:
        sock.settimeout(2)
        return sock.connect_ex((host, port)) == 0


class Program:
    """A server in a process of its own, known by where it listens."""

    def __init__(self, command: list[str], host: str, port: int, log: Path, **environment: str) -> None:
        self.command, self.host, self.port, self.log = command, host, port, log
        self.environment = dict(os.environ) | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it accepts connections."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment)
        eventually(self.is_up, f"{self.command} listens on {self.host}:{self.port}", 60)

    def is_up(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text()
        return is_listening(self.host, self.port)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends the process and waits for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(10)

    def close(self) -> None:
        self.stop()


def flask(application: Path, host: str, port: int, directory: Path, *arguments: str,
          **environment: str) -> Program:
    """A Flask application, started by its own main."""
    command = [sys.executable, str(application), *arguments]
    return Program(command, host, port, directory / f"flask-{host}-{port}.log", **environment)


def rendered(url: str, directory: Path) -> str:
    """The page's document after its scripts ran."""
    assert CHROMIUM is not None
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               "--no-first-run", "--disable-background-networking", f"--user-data-dir={directory}",
               "--virtual-time-budget=10000", "--dump-dom"]
    return subprocess.run([CHROMIUM, *options, url], capture_output=True, text=True, timeout=60).stdout


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Debian's curl, quiet, with a deadline and no proxy."""
    return subprocess.run(["curl", "-sS", "--max-time", "10", "--noproxy", "*", *arguments],
                          capture_output=True, text=True)
