"""Fixtures of the tests with container engines: one real one for all tests, stand-ins for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from compose_lab import DYNAMIC_LABELS, STATIC_LABELS, ComposeLab, make_images   # noqa: E402: behind the path
from dockerd import Dockerd   # noqa: E402
from stand_in_engine import StandInEngine   # noqa: E402
from watcher import Watcher   # noqa: E402


@pytest.fixture(scope="session")
def dockerd() -> Iterator[Dockerd]:
    """A real engine; a test removes what it made, or leaves it."""
    engine = Dockerd()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def with_images(dockerd: Dockerd) -> Dockerd:
    """The engine with images of the gateway and of an app."""
    make_images(dockerd)
    return dockerd


@pytest.fixture
def lab(with_images: Dockerd) -> Iterator[ComposeLab]:
    """System A with its two services at one instance each, ready."""
    lab = ComposeLab(with_images)
    try:
        lab.scale("web-static", 1, STATIC_LABELS, 80)
        lab.scale("web-dynamic", 1, DYNAMIC_LABELS, 3000)
        lab.until("both sites answer", lambda: lab.answers("/") and lab.answers("/api"))
        yield lab
    finally:
        lab.close()


@pytest.fixture
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInEngine]:
    """A stand-in on a unix socket."""
    engine = StandInEngine(tmp_path_factory.mktemp("e") / "sock")
    yield engine
    engine.close()


@pytest.fixture
def watch() -> Iterator[Callable[[str], Watcher]]:
    """Follows an engine until the test ends."""
    watchers: list[Watcher] = []

    def start(endpoint: str) -> Watcher:
        watchers.append(Watcher(endpoint))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.close()
