"""The gateways that are compared: how each is configured, started, asked whether it is ready, and ended."""

import dataclasses
import http.client
import os
import shutil
import string
import subprocess
import time

from rig import machine
from rig.machine import RigError

START_LIMIT_SECONDS = 30
SEARCH_PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"   # Debian's servers are in sbin
TUNED_PROXY_BUFFERS = "proxy_buffer_size 8k;\n    proxy_buffers 4 64k;"
LOG_OPTIONS = {"buffered": " buffer=64k flush=1s", "direct": ""}


class Template(string.Template):
    """The peers' files use $ for themselves, so the rig's words begin with @."""
    delimiter = "@"


@dataclasses.dataclass(frozen=True)
class Peer:
    """`command` makes the command line from the program and the place it runs in."""
    name: str
    program: str
    template: str | None
    command: object
    skills: frozenset          # what cases ask for: proxy, static, idle, reload, scale, routers, tls, …
    environment: tuple = ()
    settings: tuple = ()       # words of the template that differ from the usual ones
    listen_port_is_printed: bool = False


def _nginx_command(program, place):
    return [program, "-c", str(place.configuration), "-p", f"{place.directory}/", "-g", "daemon off;"]


def _haproxy_command(program, place):
    return [program, "-db", "-f", str(place.configuration)]


def _nghttpx_command(program, place):
    return [program, f"--conf={place.configuration}"]


def _h2o_command(program, place):
    return [program, "-c", str(place.configuration)]


def _caddy_command(program, place):
    return [program, "run", "--adapter", "caddyfile", "--config", str(place.configuration)]


def _traefik_command(program, place):
    static = place.configuration.with_suffix(".yml")   # the ending tells the format
    shutil.copy(place.configuration, static)
    return [program, f"--configFile={static}"]


def _relay_command(program, place):
    return [program, str(place.origin_port)]


def all_peers(build):
    """By name, in the order of the tables. `build` is where gatehouse and the rig's own programs are."""
    encrypted = frozenset({"tls", "resume", "websocket"})
    everything = encrypted | {"proxy", "static", "idle", "reload", "scale", "h2-static"}
    peers = [
        Peer("gatehouse", str(build / "gatehouse"), "nginx.conf", _nginx_command, everything),
        Peer("nginx", "nginx", "nginx.conf", _nginx_command, everything),
        Peer("nginx-defaults", "nginx", "nginx.conf", _nginx_command, frozenset({"buffers"}),
             settings=(("proxy_buffers", ""),)),
        Peer("haproxy", "haproxy", "haproxy.cfg", _haproxy_command, encrypted | {"proxy", "idle"}),
        Peer("nghttpx", "nghttpx", "nghttpx.conf", _nghttpx_command, encrypted),
        # With a session that it resumes, h2o gives no ticket, so that a client cannot go on resuming.
        Peer("h2o", "h2o", "h2o.yaml", _h2o_command, encrypted - {"resume"} | {"h2-static"}),
        Peer("caddy", "caddy", "Caddyfile", _caddy_command,
             frozenset({"proxy", "static", "idle"}), environment=(("GOMAXPROCS", "1"),)),
        Peer("gatehouse-routers", str(build / "gatehouse"), "traefik.yml", _traefik_command,
             frozenset({"routers"})),
        Peer("gatehouse-containers", str(build / "gatehouse"), "traefik-docker.yml", _traefik_command,
             frozenset({"containers"})),
        Peer("relay", str(build / "bench" / "relay"), None, _relay_command, frozenset({"proxy"}),
             listen_port_is_printed=True),
    ]
    return {peer.name: peer for peer in peers}


def require_installed(peer):
    """Says what to do when the peer's program is not there."""
    if shutil.which(peer.program, path=SEARCH_PATH):
        return
    if "/" in peer.program:
        raise RigError(f"{peer.program} does not exist: ./dev build makes it, --peers can leave it out")
    raise RigError(f"{peer.program} is not installed: ./dev setup --bench does it, --peers can leave it out")


class Place:
    """Where a run happens: the directory of configuration, logs and served files, and the origin."""

    def __init__(self, directory, templates, origin_port, descriptor_limit, log):
        self.directory = directory
        self.origin_port = origin_port
        self.max_connections = min(12000, (descriptor_limit - 600) // 2)
        self._descriptors = descriptor_limit
        self.configuration = directory / "configuration"
        self._templates = templates
        self._log = log
        self._serve_files()
        self._make_certificate()

    def _make_certificate(self):
        """A key on P-256 and a certificate that it signed itself; HAProxy wants both in one file."""
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True, timeout=60)
        (self.directory / "both.pem").write_text(certificate.read_text() + key.read_text())

    def _serve_files(self):
        files = self.directory / "www" / "static"
        files.mkdir(parents=True, exist_ok=True)
        (files / "1k").write_bytes(b"x" * 1024)
        (files / "10m").write_bytes(b"x" * (10 << 20))
        for directory in (self.directory, files.parent, files):
            directory.chmod(0o755)   # workers that gave up root read here

    def write_configuration(self, peer, port, tls_port, **settings):
        words = {"dir": self.directory, "port": port, "tls_port": tls_port, "origin_port": self.origin_port,
                 "generation": 1, "descriptors": self._descriptors, "worker_connections": 16384,
                 "max_connections": self.max_connections, "log_options": LOG_OPTIONS[self._log],
                 "proxy_buffers": TUNED_PROXY_BUFFERS, "temp_paths": self._temp_paths(peer),
                 **dict(peer.settings), **settings}
        words["more"] = Template(words.get("more", "")).substitute(words)
        text = Template((self._templates / peer.template).read_text()).substitute(words)
        fresh = self.configuration.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.configuration)

    def _temp_paths(self, peer):
        """Debian's nginx wants five places for temporary files, by default where only root may write."""
        if peer.program != "nginx" or os.getuid() == 0:
            return ""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        return " ".join(f"{kind}_temp_path {self.directory}/{kind}_temp;" for kind in kinds)

    def remove_logs(self):
        for name in ("access.log", "error.log", "gateway.pid", "stdout.log", "stderr.log"):
            (self.directory / name).unlink(missing_ok=True)


class Running:
    """A started gateway. Use as a context manager: leaving it ends the gateway and awaits its end."""

    def __init__(self, peer, place, core, probe="/128", **settings):
        self.peer = peer
        self._place = place
        self._core = core
        self._probe = probe
        self._settings = settings
        self.port = 0
        self.tls_port = 0
        self.start_seconds = 0.0
        self._process = None

    def __enter__(self):
        place, peer = self._place, self.peer
        place.remove_logs()
        if not peer.listen_port_is_printed:
            self.port, self.tls_port = machine.free_ports(2)
            place.write_configuration(peer, self.port, self.tls_port, **self._settings)
        command = ["taskset", "-c", str(self._core)] + peer.command(peer.program, place)
        environment = {**os.environ, "PATH": SEARCH_PATH, "HOME": str(place.directory),
                       **dict(peer.environment)}
        began = time.monotonic()
        with (open(place.directory / "stdout.log", "wb") as out,
              open(place.directory / "stderr.log", "wb") as err):
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                             env=environment)
        try:
            self._await_answer()
        except BaseException:
            self._end()
            raise
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in reversed(self.pids()):
                os.kill(pid, 9)
            self._process.wait()

    def _await_answer(self):
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                status = self._process.returncode
                raise RigError(f"{self.peer.name} ended with status {status}{self._last_words()}")
            if self.port == 0:
                printed = (self._place.directory / "stdout.log").read_text().split()
                self.port = int(printed[1]) if len(printed) == 2 else 0
            elif self.get(self._probe)[0] == 200:
                return
            time.sleep(0.002)   # nothing tells when an unknown program is ready but asking it
        raise RigError(f"{self.peer.name} does not answer {self._probe} with 200{self._last_words()}")

    def _last_words(self):
        words = ""
        for name in ("stderr.log", "error.log", "stdout.log"):
            log = self._place.directory / name
            lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
            if lines:
                words += f"\n  the end of its {log}:\n    " + "\n    ".join(lines)
        return words or f"\n  and said nothing; its files are in {self._place.directory}"

    def get(self, path):
        """Status and body of one request on a connection of its own; status 0 when there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": "localhost", "Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def pids(self):
        return machine.process_tree(self._process.pid)

    def reload(self, generation):
        """Replaces the configuration by one that answers /generation with another number, and signals it."""
        settings = {**self._settings, "generation": generation}
        self._place.write_configuration(self.peer, self.port, self.tls_port, **settings)
        pid = int((self._place.directory / "gateway.pid").read_text())
        os.kill(pid, 1)   # SIGHUP


def version(peer):
    """One line, as the program says it itself; the relay has none."""
    if peer.template is None:
        return "of this checkout"
    flag = "version" if peer.program == "caddy" else "-v"
    program = shutil.which(peer.program, path=SEARCH_PATH)
    answer = subprocess.run([program, flag], capture_output=True, text=True, timeout=10, check=False)
    lines = (answer.stdout + answer.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
