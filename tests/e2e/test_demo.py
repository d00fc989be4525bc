"""The demo of `./dev run`: what a newcomer sees first."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import Lab
from gateway import BINARY, CHECKOUT
from programs import CHROMIUM, Program, curl, is_listening, rendered


DEMO = [sys.executable, str(CHECKOUT / "examples/demo/demo.py"), str(BINARY), "--port"]


def three_in_a_row(lab: Lab) -> int:
    """The first of the free ports the demo wants."""
    numbers = [lab.free_port() for _ in range(3)]
    while numbers[2] != numbers[0] + 2:
        numbers = [*numbers[1:], lab.free_port()]
    return numbers[0]


@pytest.fixture
def demo(lab: Lab) -> Iterator[Program]:
    """A running demo."""
    number = three_in_a_row(lab)
    demo = Program([*DEMO, str(number)], "127.0.0.1", number, lab.directory / "demo.log")
    try:
        demo.start()
        yield demo
    finally:
        demo.close()
    assert not is_listening("127.0.0.1", number), "the gateway ends with the demo"


@pytest.fixture
def port(demo: Program) -> int:
    """The port of a running demo."""
    return demo.port


@pytest.mark.gatehouse("its workers rotate each for itself")
def test_the_instances_of_the_demo_take_turns(port: int) -> None:
    names = [json.loads(curl(f"http://127.0.0.1:{port}/api/hello").stdout)["instance"] for _ in range(4)]
    assert sorted(names[:2]) == ["Ada", "Grace"] and names[2:] == names[:2]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_the_page_of_the_demo_lists_answers_of_the_api(port: int, lab: Lab) -> None:
    document = rendered(f"http://127.0.0.1:{port}/", lab.directory / "browser")
    assert document.count("its answer number") == 4, document


def test_an_interrupt_of_the_demo_alone_ends_it(demo: Program) -> None:
    demo.stop(signal.SIGINT)
    assert demo.process is not None and demo.process.returncode == 0, demo.log.read_text()
    assert "Traceback" not in demo.log.read_text()


def test_a_taken_port_is_named(lab: Lab) -> None:
    number = three_in_a_row(lab)
    with socket.create_server(("127.0.0.1", number + 1)):
        demo = subprocess.run([*DEMO, str(number)], capture_output=True, text=True, timeout=60)
    assert demo.returncode == 1
    assert demo.stderr.startswith(f"demo: port {number + 1}: Address already in use; try ./dev run --port")
