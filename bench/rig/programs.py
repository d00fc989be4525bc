"""The rig's own programs: the origin, and runs of the load generator against one gateway."""

import json
import subprocess

from rig.machine import RigError


class Programs:
    """Owns the origin process for the whole run. Both programs stay on the core that is not the gateway's."""

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

    def load(self, port, **options):
        """Runs the load generator with `options` to its end; what it measured, as it printed it."""
        with self.start_load(port, **options) as load:
            return load.finish()

    def start_load(self, port, **options):
        arguments = ["--port", port]
        for name, value in options.items():
            arguments += [f"--{name}"] if value is True else [f"--{name}", value]
        return Load(self._pinned(self._directory / "load", *arguments))


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
