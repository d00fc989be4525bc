#!/usr/bin/env python3
"""Gatehouse side by side with nginx and others, and a raw relay (README.md says how it measures)."""

import argparse
import json
import pathlib
import sys

from rig import chart, machine, peers, report
from rig.cases import CASES
from rig.machine import RigError
from rig.measure import DISTURBED_SHARE, Bench
from rig.programs import Programs

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "build"


def parse_arguments():
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each case (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a measuring window (2)")
    parser.add_argument("--only", default=",".join(names), metavar="CASE,…", help=f"of: {', '.join(names)}")
    parser.add_argument("--peers", default=",".join(peers.all_peers(BUILD)), metavar="PEER,…",
                        help=f"of: {', '.join(peers.all_peers(BUILD))}")
    parser.add_argument("--log", choices=peers.LOG_OPTIONS, default="buffered",
                        help="nginx's and gatehouse's access log: 64 KiB at a time, or line by line")
    parser.add_argument("--build", type=pathlib.Path, default=BUILD, help="where gatehouse was built (build)")
    parser.add_argument("--out", type=pathlib.Path, default=BUILD / "bench" / "results",
                        help="for figures.json, figures.md, chart.svg and the gateways' files")
    arguments = parser.parse_args()
    arguments.cases = choose(parser, "case", {case.name: case for case in CASES}, arguments.only)
    arguments.peers = choose(parser, "peer", peers.all_peers(arguments.build.resolve()), arguments.peers)
    return arguments


def choose(parser, kind, known, wanted):
    names = wanted.split(",")
    for name in names:
        if name not in known:
            parser.error(f"no {kind} is called {name}: there are {', '.join(known)}")
    return [known[name] for name in known if name in names]


def in_turn(contestants, number):
    """Another one begins each round, and every other round goes backwards: nobody always follows the same."""
    turn = number % len(contestants)
    order = contestants[turn:] + contestants[:turn]
    return order if number % 2 == 0 else order[::-1]


def run_case(bench, case, contestants, rounds):
    """{peer: [figures of round 1, …]}; a peer that fails is reported and left out of the case."""
    results = {peer.name: [] for peer in contestants}
    for number in range(case.rounds or rounds):
        for peer in in_turn(contestants, number):
            if peer.name not in results:
                continue
            show_progress(f"{case.title}: round {number + 1}, {peer.name}")
            try:
                results[peer.name].append(case.measure(bench, peer))
            except RigError as error:
                show_progress("")
                print(f"bench: {case.title}: {error}", file=sys.stderr)
                del results[peer.name]
    show_progress("")
    return results


def show_progress(text):
    """One line that replaces itself, for a person watching."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def disturbances(results):
    shares = [one["disturbance"] for peer in results.values() for rounds in peer.values()
              for one in rounds if "disturbance" in one]
    disturbed = sum(share > DISTURBED_SHARE for share in shares)
    if not disturbed:
        return ""
    return (f"\nCaution: in {disturbed} of {len(shares)} windows other processes took more than "
            f"{DISTURBED_SHARE:.0%} of a core (at worst {max(shares):.0%}).\n")


def run_all(arguments, bench):
    results = {}
    for case in arguments.cases:
        contestants = [peer for peer in arguments.peers if peer.skills & case.skills]
        if contestants:
            results[case.name] = run_case(bench, case, contestants, arguments.rounds)
            print(report.case_table(case, results[case.name]) + "\n", flush=True)
    return results


def write_results(arguments, results):
    verdicts = report.judge(results)
    facts = {"machine": machine.describe(), "rounds": arguments.rounds, "seconds": arguments.seconds,
             "log": arguments.log, "versions": {peer.name: peers.version(peer) for peer in arguments.peers}}
    caution = disturbances(results)
    print(report.bars_table(verdicts) + "\n" + caution)
    everything = json.dumps({**facts, "bars": verdicts, "cases": results}, indent=1)
    (arguments.out / "figures.json").write_text(everything)
    (arguments.out / "figures.md").write_text(report.render(arguments.cases, results, verdicts) + caution)
    picture = chart.render(arguments.cases, results)
    if picture:
        (arguments.out / "chart.svg").write_text(picture)
    print(f"written to {arguments.out}", file=sys.stderr)


def main():
    arguments = parse_arguments()
    arguments.out = arguments.out.resolve()
    for peer in arguments.peers:
        peers.require_installed(peer)
    load_core, gateway_core = machine.cores()
    limit = machine.raise_descriptor_limit()
    if limit < machine.WANTED_DESCRIPTORS:
        print(f"bench: {limit} descriptors at most (ulimit -Hn), so fewer idle connections than elsewhere:"
              " the tables say how many", file=sys.stderr)
    directory = arguments.out / "run"
    directory.mkdir(parents=True, exist_ok=True)
    with Programs(arguments.build.resolve() / "bench", load_core) as programs:
        place = peers.Place(directory, HERE / "peers", programs.origin_port, limit, arguments.log)
        write_results(arguments, run_all(arguments, Bench(place, programs, gateway_core, arguments.seconds)))


if __name__ == "__main__":
    try:
        main()
    except RigError as problem:
        sys.exit(f"bench: {problem}")
