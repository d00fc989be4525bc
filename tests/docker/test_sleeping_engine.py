"""System A with an engine that hangs or crashes: routes go on, and what changed is caught up afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from compose_lab import COMMAND, DYNAMIC_LABELS, ComposeLab, make_images
from dockerd import Dockerd


@pytest.fixture(scope="module")
def lasting() -> Iterator[Dockerd]:
    """An engine whose containers go on without it."""
    engine = Dockerd("--live-restore")
    make_images(engine)
    yield engine
    engine.close()


@pytest.fixture
def lab(lasting: Dockerd) -> Iterator[ComposeLab]:
    # the folder of its socket: an engine that starts again makes another socket
    lab = ComposeLab(lasting, [*COMMAND, "--providers.docker.endpoint=unix:///engine/docker.sock"],
                     mounts=[f"{lasting.directory}:/engine"])
    networks = lasting.inspect(lab.gateway)["NetworkSettings"]["Networks"]
    lab.address = networks["lab_default"]["IPAddress"]   # what publishes ports dies with the engine
    try:
        lab.scale("web-dynamic", 2, DYNAMIC_LABELS, 3000)
        lab.until("both answer", lambda: lab.answers("/api") and len(set(lab.hosts("/api", 4))) == 2)
        yield lab
    finally:
        lab.close()


@pytest.mark.parametrize("seconds", [3, 60])
def test_routes_go_on_while_the_engine_hangs(lab, seconds):
    process = lab.engine.process.pid
    os.kill(process, signal.SIGSTOP)
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert {lab.ask("/api").status for _ in range(10)} == {200}
            time.sleep(0.2)
    finally:
        os.kill(process, signal.SIGCONT)
    lab.scale("web-dynamic", 3, DYNAMIC_LABELS, 3000)
    lab.until("the third answers", lambda: len(set(lab.hosts("/api", 6))) == 3)


def test_routes_go_on_while_the_engine_is_dead_and_changes_are_caught_up(lab):
    lab.engine.kill()
    assert {lab.ask("/api").status for _ in range(20)} == {200}
    lab.engine.start()
    assert {lab.ask("/api").status for _ in range(20)} == {200}
    lab.scale("web-dynamic", 3, DYNAMIC_LABELS, 3000)
    lab.until("the third answers", lambda: len(set(lab.hosts("/api", 6))) == 3)
    lab.scale("web-dynamic", 1, DYNAMIC_LABELS, 3000)
    lab.until("one is left", lambda: set(lab.hosts("/api", 6)) == {"lab-web-dynamic-1"})
