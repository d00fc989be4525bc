"""What cases are made of: one running gateway, a window of load on it, and the CPU time it took."""

import dataclasses

from rig import machine
from rig.machine import RigError
from rig.peers import Running

DISTURBED_SHARE = 0.05   # of one core, taken by processes that have no part in the measurement


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

    def connections(self, wanted):
        """As many idle connections as descriptors allow, of which a gateway may need two for each; 64 busy
        ones have room beside them."""
        return min(wanted, self.place.max_connections - 100)

    def run(self, peer, **settings):
        return Running(peer, self.place, self.gateway_core, **settings)


def throughput(path, size, connections, **options):
    """`options`: further ones of the load generator."""
    def measure(bench, peer):
        with bench.run(peer, probe=path) as gateway:
            figures = measure_load(bench, gateway, connections=connections, path=path, bytes=size, **options)
        require_logged(bench, peer, figures["requests"])
        return figures
    return measure


def port_for(gateway, options):
    """Where the load generator with these options has to knock."""
    encrypted = "tls" in options or "h2" in options or options.get("program") == "handshakes"
    return gateway.tls_port if encrypted else gateway.port


def measure_load(bench, gateway, **options):
    """One window of load, of requests or handshakes, with `options` of the load generator ("program" names
    another); CPU time of all the gateway's processes over what they completed in it."""
    pids = gateway.pids()
    disturbance = machine.Disturbance(pids + [bench.programs.origin_pid])
    clocks = ",".join(map(str, pids + [bench.programs.origin_pid]))
    port = port_for(gateway, options)
    result = bench.programs.load(port, seconds=bench.seconds, cpu=clocks, **options)
    requests = result["requests"]
    if requests == 0:
        raise RigError(f"{gateway.peer.name} answered nothing right: {result['failed']}")
    *own, origin = result["cpu_ns"]
    return {
        "cpu_us": sum(own) / requests / 1000,
        "per_cpu_second": requests * 1e9 / sum(own),
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
