"""The benchmark's bookkeeping, without running it: a mistake there would show only after half an hour."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from gateway import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "bench"))

from rig import chart, peers, report   # noqa: E402
from rig.cases import CASES   # noqa: E402

PEERS = peers.all_peers(CHECKOUT / "build")
CASE = {case.name: case for case in CASES}


def takes_part(peer: str, case: str) -> bool:
    return bool(PEERS[peer].skills & CASE[case].skills)


def test_every_bar_is_about_a_case_in_which_both_sides_take_part() -> None:
    for bar in report.BARS:
        assert any(takes_part(name, bar.case) for name in PEERS if name.startswith("gatehouse")), bar
        assert bar.against is None or takes_part(bar.against, bar.case), bar


def test_every_bar_looks_at_a_figure_that_the_table_of_its_case_shows_or_counts() -> None:
    for bar in report.BARS:
        shown = {figure for _, figure, _ in report.COLUMNS.get(bar.case, report.THROUGHPUT_COLUMNS)}
        assert bar.figure in shown, bar


@pytest.mark.parametrize(("own", "holds"), [(121.0, True), (119.0, False)])
def test_a_bar_of_at_least_holds_from_its_limit_upwards(own: float, holds: bool) -> None:
    rounds = {"gatehouse": [{"per_cpu_second": own}], "nginx": [{"per_cpu_second": 100.0}]}
    verdicts = {verdict["work"]: verdict for verdict in report.judge({"h2-static-1k": rounds})}
    verdict = verdicts["static 1 KiB over HTTP/2: requests per CPU second"]
    assert verdict["bar"] == "≥ 1.20 × nginx"
    assert verdict["holds"] is holds


@pytest.mark.parametrize(("own", "holds"), [(119.0, False), (79.0, True)])
def test_a_bar_of_at_most_holds_up_to_its_limit(own: float, holds: bool) -> None:
    rounds = {"gatehouse": [{"cpu_us": own}], "nginx": [{"cpu_us": 100.0}]}
    verdicts = {verdict["work"]: verdict for verdict in report.judge({"tls-64k": rounds})}
    assert verdicts["proxied 64 KiB over TLS: CPU/request"]["holds"] is holds


def test_the_chart_has_a_colour_for_every_peer() -> None:
    assert set(chart.COLORS) == set(PEERS)


def test_the_documentation_names_every_case() -> None:
    text = (CHECKOUT / "bench" / "README.md").read_text()
    assert [case for case in CASE if f"`{case}`" not in text] == []


def test_every_marked_word_of_a_peers_file_is_filled_in(tmp_path: Path) -> None:
    place = peers.Place(tmp_path, CHECKOUT / "bench" / "peers", 1, 20000, "buffered")
    for peer in PEERS.values():
        if peer.template:
            place.write_configuration(peer, 2, 3)
            assert re.findall(r"@\w+", place.configuration.read_text()) == [], peer.name
