"""The demo of `./dev run`: what a newcomer sees first."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from conftest import Lab
from gateway import BINARY, CHECKOUT
from programs import CHROMIUM, Program, curl, is_listening, rendered


@pytest.fixture
def port(lab: Lab) -> Iterator[int]:
    """The port of a running demo."""
    numbers = [lab.free_port() for _ in range(3)]
    while numbers[2] != numbers[0] + 2:   # the demo wants three in a row
        numbers = [*numbers[1:], lab.free_port()]
    number = numbers[0]
    command = [sys.executable, str(CHECKOUT / "examples/demo/demo.py"), str(BINARY), "--port", str(number)]
    demo = Program(command, "127.0.0.1", number, lab.directory / "demo.log")
    try:
        demo.start()
        yield number
    finally:
        demo.close()
    assert not is_listening("127.0.0.1", number), "the gateway ends with the demo"


@pytest.mark.gatehouse("its workers rotate each for itself")
def test_the_instances_of_the_demo_take_turns(port: int) -> None:
    names = [json.loads(curl(f"http://127.0.0.1:{port}/api/hello").stdout)["instance"] for _ in range(4)]
    assert sorted(names[:2]) == ["Ada", "Grace"] and names[2:] == names[:2]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_the_page_of_the_demo_lists_answers_of_the_api(port: int, lab: Lab) -> None:
    document = rendered(f"http://127.0.0.1:{port}/", lab.directory / "browser")
    assert document.count("its answer number") == 4, document
