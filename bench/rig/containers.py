"""Very many containers of an engine that is a stand-in, and how soon one that changes is served."""

import pathlib
import statistics
import sys
import time

from rig.machine import RigError, threads_seconds

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "docker"))
from stand_in_engine import StandInEngine   # noqa: E402: behind the path

COUNT = 10000
CHANGES = 20
LIMIT_SECONDS = 30


def _labels(name, rule, origin_port):
    return {f"traefik.http.routers.{name}.rule": rule,
            f"traefik.http.services.{name}.loadbalancer.server.url": f"http://127.0.0.1:{origin_port}"}


def _await(gateway, path):
    deadline = time.monotonic() + LIMIT_SECONDS
    while gateway.get(path)[0] != 200:
        if time.monotonic() > deadline:
            raise RigError(f"{gateway.peer.name} does not serve {path}")
        time.sleep(0.001)


def _await_all(engine):
    """Until every container was asked for; how long that took."""
    began = time.monotonic()
    while engine.inspections() < COUNT:
        if time.monotonic() > began + LIMIT_SECONDS:
            raise RigError(f"{engine.inspections()} of {COUNT} containers were asked for")
        time.sleep(0.01)
    took = time.monotonic() - began
    time.sleep(1)   # for what was asked last to be applied: nothing says when nothing more comes
    return took


def measure(bench, peer):
    """Each change replaces one container by one whose router has another rule, as a new release does."""
    def start(name, rule):
        return engine.run(name, _labels(name, rule, bench.place.origin_port))

    engine = StandInEngine(bench.place.directory / "engine.sock")
    try:
        made = [start(f"app{i}", f"Host(`app{i}.example`) && PathPrefix(`/`)") for i in range(COUNT - 1)]
        start("probe", "Host(`localhost`) && Path(`/128`)")
        with bench.run(peer) as gateway:
            known = gateway.start_seconds + _await_all(engine)
            waits, spent = [], []
            for number in range(CHANGES):
                engine.die(made[number])
                engine.remove(made[number])
                time.sleep(0.2)   # its end is another change
                path = f"/{number}/128"
                began, before = time.monotonic(), threads_seconds(gateway.pids())
                start(f"app{number}", f"Host(`localhost`) && Path(`{path}`)")
                _await(gateway, path)
                waits.append((time.monotonic() - began) * 1000)
                spent.append((threads_seconds(gateway.pids()) - before) * 1000)
    finally:
        engine.close()
    return {"known_seconds": known, "served_ms": statistics.median(waits), "served_worst_ms": max(waits),
            "change_cpu_ms": statistics.median(spent), "failed": 0}
