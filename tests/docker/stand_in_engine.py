"""A stand-in for a container engine: thousands of containers at no cost, and faults that a real one has only
on bad days. It speaks as much of Docker's API as Gatehouse asks for."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import socket
import socketserver
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: StandInEngine

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "client"

    def do_GET(self) -> None:   # noqa: N802: the name is the base class's
        self.close_connection = True
        url = urllib.parse.urlsplit(self.path)
        self.engine.asked.append(url.path)
        self.engine.awake.wait()
        if url.path == "/events":
            self.follow(urllib.parse.parse_qs(url.query))
            return
        status, answer = self.engine.answer(url.path)
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:len(text) // 2] if self.engine.take_half(url.path) else text)

    def follow(self, query: dict[str, list[str]]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = self.engine.subscribe(float(query["since"][0]) if "since" in query else None)
        while (event := events.get()) is not None:
            self.engine.awake.wait()
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(self, address: object, family: int, handler: type) -> None:
        self.address_family = family
        super().__init__(address, handler)

    def get_request(self):
        sock, _ = self.socket.accept()
        return sock, ("client", 0)

    def handle_error(self, request: object, client_address: object) -> None:
        pass   # a client that went away


class StandInEngine:
    """Listens on a unix socket, or on a port of 127.0.0.1."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.port = 0
        self.lock = threading.RLock()
        self.containers: dict[str, dict] = {}
        self.events: list[dict] = []   # as many as Docker keeps
        self.readers: list[queue.Queue] = []
        self.asked: list[str] = []
        self.awake = threading.Event()
        self.awake.set()
        self.halves = 0   # so many of the next inspections end half way
        self.created = 0
        self.server: _Server | None = None
        self.listen()

    @property
    def endpoint(self) -> str:
        return f"unix://{self.path}" if self.path else f"tcp://127.0.0.1:{self.port}"

    # the engine's own life

    def listen(self) -> None:
        handler = type("Handler", (_Handler,), {"engine": self})
        if self.path:
            self.path.unlink(missing_ok=True)
            self.server = _Server(str(self.path), socket.AF_UNIX, handler)
        else:
            self.server = _Server(("127.0.0.1", self.port), socket.AF_INET, handler)
            self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self, forget: bool = True) -> None:
        """As an engine that ends: nobody listens, event streams end, what happened is forgotten."""
        if self.server is None:
            return
        self.server.shutdown()
        self.server.server_close()
        self.server = None
        if self.path:
            self.path.unlink(missing_ok=True)
        with self.lock:
            for reader in self.readers:
                reader.put(None)
            self.readers.clear()
            if forget:
                self.events.clear()

    def close(self) -> None:
        self.awake.set()
        self.stop()

    # what its users do

    def create(self, name: str, labels: dict[str, str] | None = None, **more: object) -> str:
        """A container that does not run; its id."""
        with self.lock:
            self.created += 1
            container = hashlib.sha256(f"{os.getpid()} {self.created}".encode()).hexdigest()
            self.containers[container] = {"name": name, "labels": labels or {}, "running": False, "starts": 0,
                                          "health": "", "stop_signal": "", **more}
            self.tell("create", container)
            self.tell("connect", "f" * 64, "network", {"container": container})
            return container

    def start(self, container: str) -> None:
        with self.lock:
            facts = self.containers[container]
            facts["running"] = True
            facts["starts"] += 1
            self.tell("start", container)

    def run(self, name: str, labels: dict[str, str] | None = None, **more: object) -> str:
        container = self.create(name, labels, **more)
        self.start(container)
        return container

    def kill(self, container: str, signal: int = 15) -> None:
        self.tell("kill", container, attributes={"signal": str(signal)})

    def die(self, container: str) -> None:
        with self.lock:
            self.containers[container]["running"] = False
            self.tell("die", container)

    def remove(self, container: str) -> None:
        with self.lock:
            del self.containers[container]
            self.tell("destroy", container)

    def change(self, container: str, action: str = "update", **facts: object) -> None:
        with self.lock:
            self.containers[container].update(facts)
            self.tell(action, container)

    def tell(self, action: str, actor: str, kind: str = "container",
             attributes: dict[str, str] | None = None) -> None:
        with self.lock:
            event = {"Type": kind, "Action": action, "Actor": {"ID": actor, "Attributes": attributes or {}},
                     "timeNano": time.time_ns()}
            self.events = [*self.events[-255:], event]
            for reader in self.readers:
                reader.put(event)

    def subscribe(self, since: float | None) -> queue.Queue:
        reader: queue.Queue = queue.Queue()
        with self.lock:
            for event in self.events:
                if since is not None and event["timeNano"] >= since * 1e9:
                    reader.put(event)
            self.readers.append(reader)
        return reader

    def take_half(self, path: str) -> bool:
        with self.lock:
            if self.halves == 0 or path in ("/_ping", "/containers/json"):
                return False
            self.halves -= 1
            return True

    # what it answers

    def inspections(self) -> int:
        return sum(path.startswith("/containers/") and path != "/containers/json" for path in self.asked)

    def answer(self, path: str) -> tuple[int, object]:
        with self.lock:
            if path == "/_ping":
                return 200, b"OK"
            if path == "/containers/json":
                return 200, [self.listed(*item) for item in self.containers.items()]
            container = path.split("/")[2] if path.startswith("/containers/") else ""
            if container not in self.containers:
                return 404, {"message": f"No such container: {container}"}
            return 200, self.inspected(container, self.containers[container])

    def networks(self, container: str, facts: dict) -> dict:
        if "networks" in facts:   # name → address
            return {name: {"NetworkID": hashlib.sha256(name.encode()).hexdigest(),
                           "IPAddress": address if facts["running"] else "",
                           "Aliases": facts.get("aliases", [])}
                    for name, address in facts["networks"].items()}
        number = int(container[:6], 16)
        address = f"10.{number % 200}.{number // 200 % 250}.{facts['starts'] % 250 + 1}"
        return {"bridge": {"NetworkID": "f" * 64, "IPAddress": address if facts["running"] else ""}}

    def listed(self, container: str, facts: dict) -> dict:
        health = f" ({facts['health']})" if facts["health"] else ""
        return {"Id": container, "Names": ["/" + facts["name"]], "Labels": facts["labels"],
                "State": "running" if facts["running"] else "exited", "Status": f"Up {time.time()} s{health}",
                "HostConfig": {"NetworkMode": "bridge"},
                "NetworkSettings": {"Networks": self.networks(container, facts)}}

    def inspected(self, container: str, facts: dict) -> dict:
        state = {"Running": facts["running"], "Paused": False, "StartedAt": str(facts["starts"])}
        if facts["health"]:
            state["Health"] = {"Status": facts["health"]}
        return {"Id": container, "Name": "/" + facts["name"], "State": state,
                "Config": {"Labels": facts["labels"], "StopSignal": facts["stop_signal"],
                           "ExposedPorts": {"80/tcp": {}}},
                "HostConfig": {"NetworkMode": "bridge"},
                "NetworkSettings": {"Ports": {}, "Networks": self.networks(container, facts)}}
