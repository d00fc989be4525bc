"""What is measured: each case takes one running gateway through one round and returns the round's figures."""

import time

from rig import containers, encrypted, idle, scale
from rig.machine import RigError
from rig.measure import Case, measure_load, throughput

RELOADS = 100
RELOAD_LIMIT_SECONDS = 10


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
    return _few_and_many(bench, peer, scale.write_targets,
                         lambda count: {"more": scale.configuration(count)})


def _routers(bench, peer):
    """The same of routers, of rules of five kinds."""
    def settings(count):
        scale.write_routers(bench.place.directory / "routers.yml", count, bench.place.origin_port)
        return {}
    return _few_and_many(bench, peer, scale.write_router_targets, settings)


def _few_and_many(bench, peer, write_targets, settings):
    figures = {"failed": 0, "disturbance": 0.0}
    for count, asked in ((10, {"10": 10}), (10000, {"some": 10, "all": 10000})):
        with bench.run(peer, **settings(count)) as gateway:
            figures[f"start_seconds_{count}"] = gateway.start_seconds
            for name, spread in asked.items():
                targets = write_targets(bench.place.directory / "targets", count, spread)
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
    _case("proxy-8", "Proxied 128 B, 8 connections", "proxy", throughput("/128", 128, 8)),
    _case("proxy-64", "Proxied 128 B, 64 connections", "proxy", throughput("/128", 128, 64)),
    _case("proxy-512", "Proxied 128 B, 512 connections", "proxy", throughput("/128", 128, 512)),
    _case("proxy-64k", "Proxied 64 KiB, 64 connections", "proxy buffers", throughput("/64k", 65536, 64)),
    _case("static-1k", "Static 1 KiB, 64 connections", "static", throughput("/static/1k", 1024, 64)),
    _case("static-10m", "Static 10 MiB, 16 connections", "static", throughput("/static/10m", 10 << 20, 16)),
    _case("tls-64k", "Proxied 64 KiB over TLS, 64 connections", "tls",
          throughput("/64k", 65536, 64, tls=True)),
    _case("tls-handshake", "TLS 1.3 handshakes, new sessions, 64 at a time", "tls", encrypted.handshakes()),
    _case("tls-resumed", "TLS 1.3 handshakes, resumed sessions, 64 at a time", "resume",
          encrypted.handshakes(resume=True)),
    _case("h2-static-1k", "Static 1 KiB over HTTP/2, 16 connections of 10 streams", "h2-static",
          encrypted.h2_throughput("/static/1k", 1024)),
    _case("h2-proxy-1k", "Proxied 1 KiB over HTTP/2, 16 connections of 10 streams", "tls",
          encrypted.h2_throughput("/1k", 1024)),
    _case("idle", "Idle keep-alive connections", "idle", idle.keep_alive, rounds=3),
    _case("idle-tls", "Idle keep-alive connections over TLS", "tls", idle.tls, rounds=3),
    _case("idle-h2", "Idle HTTP/2 connections", "tls", idle.h2, rounds=3),
    _case("idle-websocket", "Idle WebSockets, proxied", "websocket", idle.websocket, rounds=3),
    _case("websocket-load", "Proxied 128 B, 64 connections, beside idle WebSockets", "websocket",
          idle.beside_websockets),
    _case("reload", f"{RELOADS} reloads at 64 connections", "reload", _reload, rounds=1),
    _case("scale", "10,000 locations and 10,000 server names", "scale", _scale),
    _case("routers", "10,000 routers", "routers", _routers),
    _case("containers", "10,000 containers, of which one changes", "containers", containers.measure),
]
