"""The programs beside the gateway: the origin, and runs of the load generators against one gateway."""

import json
import re
import subprocess

from rig.machine import RigError


class Programs:
    """Owns the origin process for the whole run. All programs stay on the core that is not the gateway's."""

    def __init__(self, directory, core):
        self._directory = directory
        self._core = core
        self.origin_pid = 0
        self.origin_port = 0
        self._origin = None

    def __enter__(self):
        program = self._directory / "origin"
        if not program.exists():
            raise RigError(f"{program} does not exist: build it with ./dev build")
        self._origin = subprocess.Popen(self._pinned(program), stdout=subprocess.PIPE, text=True)
        self.origin_pid = self._origin.pid
        self.origin_port = int(self._origin.stdout.readline().split()[1])
        return self

    def __exit__(self, *_):
        self._origin.terminate()
        self._origin.wait()

    def _pinned(self, program, *arguments):
        return ["taskset", "-c", str(self._core), str(program), *map(str, arguments)]

    def load(self, port, program="load", **options):
        """Runs a load generator with `options` to its end; what it measured, as it printed it."""
        with self.start_load(port, program, **options) as load:
            return load.finish()

    def start_load(self, port, program="load", **options):
        arguments = ["--port", port]
        for name, value in options.items():
            arguments += [f"--{name}"] if value is True else [f"--{name}", value]
        return Load(self._pinned(self._directory / program, *arguments))

    def h2load(self, port, path, seconds, connections, streams):
        """Runs nghttp2's load generator over TLS to its end; what it printed, as numbers. Requests under way
        at its end are in none of them but "status_2xx", which counts heads of responses."""
        command = self._pinned("h2load", "--threads=1", f"--clients={connections}",
                               f"--max-concurrent-streams={streams}", f"--duration={seconds * 1000:.0f}ms",
                               "--tls13-ciphers=TLS_AES_128_GCM_SHA256", "--groups=X25519",
                               f"--connect-to=127.0.0.1:{port}", f"https://localhost:{port}{path}")
        run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=False)
        patterns = {"requests": r" (\d+) succeeded", "failed": r" (\d+) failed",
                    "errored": r" (\d+) errored", "timeout": r" (\d+) timeout",
                    "status_2xx": r"status codes: (\d+) 2xx", "body_bytes": r"\((\d+)\) data$"}
        found = {name: re.search(pattern, run.stdout, re.MULTILINE) for name, pattern in patterns.items()}
        if run.returncode != 0 or not all(found.values()):
            raise RigError(f"h2load failed: {(run.stderr or run.stdout).strip()[-300:]}")
        return {name: int(match.group(1)) for name, match in found.items()}


class Load:
    """A load generator under way; the end of its standard input ends those modes that wait for it."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()

    def read(self):
        """The next line of results."""
        line = self._process.stdout.readline()
        if not line:
            raise RigError(f"the load generator failed: {self._process.stderr.read().strip()}")
        return json.loads(line)

    def end_input(self):
        self._process.stdin.close()

    def finish(self):
        result = self.read()
        self._process.wait()
        return result
