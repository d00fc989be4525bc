"""What is measured: each case takes one running gateway through one round and returns the round's figures."""

import dataclasses
import time

from rig import machine, scale
from rig.machine import RigError
from rig.peers import Running

DISTURBED_SHARE = 0.05   # of one core, taken by processes that have no part in the measurement
RELOADS = 100
RELOAD_LIMIT_SECONDS = 10


@dataclasses.dataclass(frozen=True)
class Case:
    """`skills` says which peers take part; `measure(bench, peer)` gives one round's figures by name."""
    name: str
    title: str
    skills: frozenset
    measure: object
    rounds: int | None = None   # fewer than usual where a round is long and its outcome does not scatter


@dataclasses.dataclass(frozen=True)
class Bench:
    """What every measurement needs."""
    place: object
    programs: object
    gateway_core: int
    seconds: float

    def run(self, peer, **settings):
        return Running(peer, self.place, self.gateway_core, **settings)


def _throughput(path, size, connections):
    def measure(bench, peer):
        with bench.run(peer, probe=path) as gateway:
            figures = measure_load(bench, gateway, connections=connections, path=path, bytes=size)
        require_logged(bench, peer, figures["requests"])
        return figures
    return measure


def measure_load(bench, gateway, **options):
    """One window of load; CPU time of all the gateway's processes over the requests they answered in it."""
    pids = gateway.pids()
    disturbance = machine.Disturbance(pids + [bench.programs.origin_pid])
    clocks = ",".join(map(str, pids + [bench.programs.origin_pid]))
    result = bench.programs.load(gateway.port, seconds=bench.seconds, cpu=clocks, **options)
    requests = result["requests"]
    if requests == 0:
        raise RigError(f"{gateway.peer.name} answered nothing right: {result['failed']}")
    *own, origin = result["cpu_ns"]
    return {
        "cpu_us": sum(own) / requests / 1000,
        "rate": requests / result["seconds"],
        "p50_us": result["latency_us"]["p50"],
        "p99_us": result["latency_us"]["p99"],
        "gateway_busy": sum(own) / 1e9 / result["seconds"],
        "rig_busy": (origin + result["own_cpu_ns"]) / 1e9 / result["seconds"],
        "disturbance": disturbance.share(),
        "requests": requests,
        "failed": sum(result["failed"].values()),
    }


def require_logged(bench, peer, requests):
    """A log that is not written would be an unfair gain."""
    if peer.template is None:
        return
    name = "stdout.log" if peer.name == "haproxy" else "access.log"
    with open(bench.place.directory / name, "rb") as log:
        lines = sum(block.count(b"\n") for block in iter(lambda: log.read(1 << 20), b""))
    if lines < requests:
        raise RigError(f"{peer.name} answered {requests} requests, but logged {lines} in {log.name}")


def _idle(bench, peer):
    count = min(10000, bench.place.max_connections - 50)
    with bench.run(peer) as gateway:
        # What work under way takes is no idle connection's: the gateway has its pools before the first look.
        bench.programs.load(gateway.port, connections=64, path="/128", bytes=128, seconds=0.5)
        before = machine.private_bytes(gateway.pids())
        options = {"connections": count, "path": "/128", "bytes": 128, "idle": True}
        with bench.programs.start_load(gateway.port, **options) as load:
            opened = load.read()
            if opened["idle"] < count or opened["failed"]:
                raise RigError(f"{peer.name} took {opened['idle']} of {count} connections")
            after = machine.private_bytes(gateway.pids())
            load.end_input()
            closed = load.finish()["closed_idle"]
        if closed:
            raise RigError(f"{peer.name} closed {closed} of {count} connections instead of keeping them idle")
    return {"idle_bytes": (after - before) / count, "total_mib": after / (1 << 20), "connections": count}


def _reload(bench, peer):
    with bench.run(peer, probe="/generation") as gateway:
        options = {"connections": 64, "path": "/128", "bytes": 128, "seconds": 0, "careful": True}
        with bench.programs.start_load(gateway.port, **options) as load:
            began = time.monotonic()
            for generation in range(2, RELOADS + 2):
                gateway.reload(generation)
                _await_generation(gateway, generation)
            took = time.monotonic() - began
            load.end_input()
            result = load.finish()
    failed = sum(result["failed"].values())
    return {"reloads": RELOADS, "reload_ms": took / RELOADS * 1000, "requests": result["requests"] + failed,
            "failed": failed, "resets": result["failed"]["reset"], "closed_idle": result["closed_idle"]}


def _await_generation(gateway, generation):
    deadline = time.monotonic() + RELOAD_LIMIT_SECONDS
    while gateway.get("/generation") != (200, b"%d\n" % generation):
        if time.monotonic() > deadline:
            raise RigError(f"{gateway.peer.name} did not put configuration {generation} in force")
        time.sleep(0.005)


def _scale(bench, peer):
    """A configuration of 10 locations and 10 names, and one of 10,000 each: what many routes cost every one.

    The large one is asked twice: for as many different routes as the small one has, and for all in turn,
    where every request also finds its route's configuration gone from the caches.
    """
    figures = {"failed": 0, "disturbance": 0.0}
    for count, asked in ((10, {"10": 10}), (10000, {"some": 10, "all": 10000})):
        with bench.run(peer, more=scale.configuration(count)) as gateway:
            figures[f"start_seconds_{count}"] = gateway.start_seconds
            for name, spread in asked.items():
                targets = scale.write_targets(bench.place.directory / "targets", count, spread)
                load = measure_load(bench, gateway, connections=64, targets=targets, bytes=128)
                figures[f"cpu_us_{name}"] = load["cpu_us"]
                figures["failed"] += load["failed"]
                figures["disturbance"] = max(figures["disturbance"], load["disturbance"])
    figures["some_ratio"] = figures["cpu_us_some"] / figures["cpu_us_10"]
    figures["all_ratio"] = figures["cpu_us_all"] / figures["cpu_us_10"]
    return figures


def _case(name, title, skill, measure, rounds=None):
    return Case(name, title, frozenset(skill.split()), measure, rounds)


CASES = [
    _case("proxy-8", "Proxied 128 B, 8 connections", "proxy", _throughput("/128", 128, 8)),
    _case("proxy-64", "Proxied 128 B, 64 connections", "proxy", _throughput("/128", 128, 64)),
    _case("proxy-512", "Proxied 128 B, 512 connections", "proxy", _throughput("/128", 128, 512)),
    _case("proxy-64k", "Proxied 64 KiB, 64 connections", "proxy buffers", _throughput("/64k", 65536, 64)),
    _case("static-1k", "Static 1 KiB, 64 connections", "static", _throughput("/static/1k", 1024, 64)),
    _case("static-10m", "Static 10 MiB, 16 connections", "static", _throughput("/static/10m", 10 << 20, 16)),
    _case("idle", "Idle keep-alive connections", "idle", _idle, rounds=3),
    _case("reload", f"{RELOADS} reloads at 64 connections", "reload", _reload, rounds=1),
    _case("scale", "10,000 locations and 10,000 server names", "scale", _scale),
]
