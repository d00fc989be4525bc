"""The demo: two instances of a tiny API, and gatehouse in front of them and of a static page.

demo.py BINARY [--port 8080]. The ports of demo.conf (8080 for the gateway, the next two for the instances)
move along with --port. Everything ends with Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ("Ada", "Grace")


class Instance(ThreadingHTTPServer):
    """One instance of the API: its answers carry its name and how many requests it has answered."""

    daemon_threads = True

    def __init__(self, name: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.name = name
        self.answered = 0


class Answer(BaseHTTPRequestHandler):
    """Answers every GET with the instance's name."""

    protocol_version = "HTTP/1.1"
    server: Instance

    def do_GET(self) -> None:
        self.server.answered += 1
        body = json.dumps({"instance": self.server.name, "answered": self.server.answered}).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the demo's terminal is for its greeting."""


def prepare(prefix: Path, port: int) -> None:
    """Lays out the prefix: the configuration for these ports, and the site where any user can read it."""
    text = (HERE / "demo.conf").read_text()
    for offset in range(3):
        text = text.replace(str(8080 + offset), str(port + offset))
    (prefix / "demo.conf").write_text(text)
    shutil.copytree(HERE / "site", prefix / "site")
    prefix.chmod(0o755)


def main() -> int | str:
    parser = argparse.ArgumentParser(description="a gateway in front of a page and a balanced API")
    parser.add_argument("binary", type=Path)
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-demo-") as directory:
        prefix = Path(directory)
        prepare(prefix, options.port)
        for offset, name in enumerate(NAMES, 1):
            try:
                instance = Instance(name, options.port + offset)
            except OSError as error:
                return f"demo: port {options.port + offset}: {error.strerror}; try ./dev run --port {options.port + 100}"
            threading.Thread(target=instance.serve_forever, daemon=True).start()
        gateway = subprocess.Popen([options.binary.resolve(), "-p", f"{prefix}/", "-c", prefix / "demo.conf",
                                    "-e", "demo.log"])
        for number in (signal.SIGINT, signal.SIGTERM):   # Ctrl-C reaches both programs, kill only this one
            signal.signal(number, lambda *_: gateway.terminate())
        print(f"a page:            http://localhost:{options.port}/\n"
              f"a balanced API:    curl http://localhost:{options.port}/api/hello\n"
              f"what makes it so:  {HERE / 'demo.conf'}\n"
              "Ctrl-C ends it.", flush=True)
        return gateway.wait()


if __name__ == "__main__":
    sys.exit(main())
