"""HTTP/2 and TLS handshakes: per second of the gateway's CPU time."""

import time

from rig import machine
from rig.machine import RigError
from rig.measure import measure_load, require_logged

H2_CONNECTIONS, H2_STREAMS = 16, 10
H2_WARMUP_SECONDS = 0.5
HANDSHAKES_AT_A_TIME = 64


def h2_throughput(path, size):
    """h2load begins and ends with the window; its 16 handshakes are in it, which is nothing beside the
    requests."""
    def measure(bench, peer):
        with bench.run(peer) as gateway:
            figures = _h2_window(bench, gateway, path, size)
        require_logged(bench, peer, figures["requests"])
        return figures
    return measure


def _h2_window(bench, gateway, path, size):
    def load(seconds):
        return bench.programs.h2load(gateway.tls_port, path, seconds, H2_CONNECTIONS, H2_STREAMS)

    load(H2_WARMUP_SECONDS)
    pids = gateway.pids()
    disturbance = machine.Disturbance(pids + [bench.programs.origin_pid])
    cpu, began = sum(map(machine.cpu_seconds, pids)), time.monotonic()
    result = load(bench.seconds)
    cpu, took = sum(map(machine.cpu_seconds, pids)) - cpu, time.monotonic() - began
    requests = result["requests"]
    if requests == 0 or result["status_2xx"] < requests or result["body_bytes"] < requests * size:
        raise RigError(f"{gateway.peer.name} did not answer with 200 and {size} bytes: {result}")
    return {
        "cpu_us": cpu / requests * 1e6,
        "per_cpu_second": requests / cpu,
        "rate": requests / bench.seconds,
        "gateway_busy": cpu / took,
        "disturbance": disturbance.share(),
        "requests": requests,
        "failed": result["failed"] + result["errored"] + result["timeout"],
    }


def handshakes(**options):
    """`resume`: of the session before it, otherwise each is new."""
    def measure(bench, peer):
        with bench.run(peer) as gateway:
            return measure_load(bench, gateway, program="handshakes", connections=HANDSHAKES_AT_A_TIME,
                                **options)
    return measure
