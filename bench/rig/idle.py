"""Memory of idle connections of every kind, and what ten thousand idle WebSockets cost those at work."""

from rig import machine
from rig.machine import RigError
from rig.measure import measure_load, port_for

SMALL = {"path": "/128", "bytes": 128}
TLS = {**SMALL, "tls": True}
H2 = {"path": "/128", "h2": True}
WEBSOCKET = {"path": "/websocket/idle", "websocket": True}
MANY = 10000
MANY_ENCRYPTED = 2000   # each takes tens of KiB, of gateway and load generator
PROXIED = {"worker_connections": 2 * MANY + 1000}   # nginx counts both ends of what it proxies


def work(options):
    """64 connections that ask without a pause."""
    def run(bench, gateway):
        bench.programs.load(port_for(gateway, options), connections=64, seconds=0.5, **options)
    return run


def h2_work(bench, gateway):
    bench.programs.h2load(gateway.tls_port, "/128", seconds=0.5, connections=64, streams=1)


def hold(bench, gateway, count, options, while_held):
    """Opens idle connections, calls `while_held` and sees that they are still there; what that returned."""
    name, options = gateway.peer.name, {**options, "connections": count, "idle": True}
    with bench.programs.start_load(port_for(gateway, options), **options) as load:
        opened = load.read()
        if opened["idle"] < count or opened["failed"]:
            raise RigError(f"{name} took {opened['idle']} of {count} connections")
        outcome = while_held()
        load.end_input()
        closed = load.finish()["closed_idle"]
    if closed:
        raise RigError(f"{name} closed {closed} of {count} connections instead of keeping them idle")
    return outcome


def memory(wanted, options, before, **settings):
    """Private memory that idle connections add, each after one request with `options`; `before` is the work
    that the gateway did until then."""
    def measure(bench, peer):
        count = bench.connections(wanted)
        with bench.run(peer, **settings) as gateway:
            # What work takes is no idle connection's: the gateway has its pools before the first look.
            before(bench, gateway)
            empty = machine.private_bytes(gateway.pids())
            full = hold(bench, gateway, count, options, lambda: machine.private_bytes(gateway.pids()))
        return {"idle_bytes": (full - empty) / count, "total_mib": full / (1 << 20), "connections": count}
    return measure


keep_alive = memory(MANY, SMALL, work(SMALL))
tls = memory(MANY_ENCRYPTED, TLS, work(TLS))
h2 = memory(MANY_ENCRYPTED, H2, h2_work)
websocket = memory(MANY, WEBSOCKET, work(SMALL), **PROXIED)


def beside_websockets(bench, peer):
    """A window of proxied requests with nothing beside them, and one with idle WebSockets."""
    count = bench.connections(MANY)
    with bench.run(peer, **PROXIED) as gateway:
        def window():
            return measure_load(bench, gateway, connections=64, **SMALL)

        alone = window()
        beside = hold(bench, gateway, count, WEBSOCKET, window)
    return {"p99_us": alone["p99_us"], "p99_beside_us": beside["p99_us"],
            "p99_ratio": beside["p99_us"] / alone["p99_us"], "cpu_alone_us": alone["cpu_us"],
            "cpu_beside_us": beside["cpu_us"], "connections": count,
            "failed": alone["failed"] + beside["failed"],
            "disturbance": max(alone["disturbance"], beside["disturbance"])}
