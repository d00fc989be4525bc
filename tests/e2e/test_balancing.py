"""Balancing: which endpoint a request goes to, exactly."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import Lab
from gateway import Gateway
from origins import Peer, always, silent
from raw import eventually, request, response

PER_WORKER = "its workers rotate each for itself"


def pool(lab: Lab, servers: str, directives: str = "", location: str = "", **options) -> Gateway:
    """A gateway in front of an upstream {}; each letter in `servers` is an origin that answers it."""
    lines = []
    for line in servers.split(","):
        name, _, parameters = line.strip().partition(" ")
        lines.append(f"server {lab.named_origins(name)[0]} {parameters};")
    return lab.server(f"location / {{ proxy_pass http://pool; {location} }}",
                      f"upstream pool {{ {directives} {' '.join(lines)} }}", **options)


def sequence(gateway: Gateway, count: int, target: str = "/", *fields: str) -> str:
    """The names of the endpoints that answered so many requests, one connection for each."""
    return "".join(gateway.get(target, *fields).text for _ in range(count))


def test_equal_servers_take_turns(lab: Lab) -> None:
    assert sequence(pool(lab, "a, b, c"), 9) == "abcabcabc"


@pytest.mark.parametrize("servers, expected", [
    ("a weight=5, b, c", "aabacaa"),
    ("a weight=2, b", "aba"),
    ("a weight=3, b weight=2", "ababa"),
    ("a, b weight=4, c weight=2", "bcbabcb"),
])
def test_weights_are_spread_smoothly(lab: Lab, servers: str, expected: str) -> None:
    assert sequence(pool(lab, servers), 2 * len(expected)) == expected * 2


@pytest.mark.gatehouse(PER_WORKER)
@pytest.mark.parametrize("kept", [True, False])
def test_the_rotation_is_exact_over_all_workers_and_connections(lab: Lab, kept: bool) -> None:
    gateway = pool(lab, "a, b, c, d, e", workers=4)
    if kept:
        wires = [gateway.connect() for _ in range(16)]
        names = "".join(wires[number % 16].ask("GET", "/").text for number in range(200))
    else:
        names = sequence(gateway, 200)
    assert names == names[:5] * 40 and len(set(names[:5])) == 5


@pytest.mark.gatehouse(PER_WORKER)
def test_weights_are_exact_over_all_workers(lab: Lab) -> None:
    names = sequence(pool(lab, "a weight=5, b, c", workers=3), 70)
    assert names == "aabacaa" * 10


@pytest.mark.gatehouse(PER_WORKER)
def test_the_rotation_goes_on_over_a_reload(lab: Lab) -> None:
    gateway = pool(lab, "a, b, c", workers=2)
    names = sequence(gateway, 4)
    gateway.reload()
    names += sequence(gateway, 5)
    assert names == "abcabcabc"


def test_a_server_that_is_down_gets_nothing(lab: Lab) -> None:
    assert sequence(pool(lab, "a, b down, c"), 6) == "acacac"


def test_a_backup_serves_only_when_no_other_can(lab: Lab) -> None:
    gateway = pool(lab, "a, b, z backup")
    assert sequence(gateway, 4) == "abab"
    for origin in lab.origins[:2]:
        origin.stop()
    assert sequence(gateway, 4) == "zzzz"


def test_all_servers_down_is_502(lab: Lab) -> None:
    assert pool(lab, "a down, b down").get("/").status == 502


def test_least_conn_prefers_the_server_with_fewest_requests_in_flight(lab: Lab) -> None:
    gateway = pool(lab, "b, c", f"least_conn; server {lab.origin(silent)};")
    gateway.send(request("GET", "/stuck"))
    eventually(lambda: lab.origins[0].requests, "one request waits at the first server")
    assert set(sequence(gateway, 10)) == {"b", "c"}


def test_least_conn_counts_weight(lab: Lab) -> None:
    one, other = lab.origin(silent), lab.origin(silent)
    gateway = lab.server("location / { proxy_pass http://pool; }",
                         f"upstream pool {{ least_conn; server {one} weight=3; server {other}; }}")
    for number in range(8):
        gateway.send(request("GET", f"/{number}"))
        eventually(lambda: len(one.requests) + len(other.requests) == number + 1, "it arrives")
    assert (len(one.requests), len(other.requests)) == (6, 2)


def test_ip_hash_keeps_a_client_at_its_server(lab: Lab) -> None:
    names = sequence(pool(lab, "a, b, c, d", "ip_hash;", workers=2), 12)
    assert len(set(names)) == 1


def test_ip_hash_looks_at_the_first_three_octets(lab: Lab) -> None:
    gateway = pool(lab, "a, b, c, d", "ip_hash;")

    def name(source: str) -> str:
        return gateway.connect(source=source).ask("GET", "/").text

    for third in range(8):
        assert len({name(f"127.0.{third}.{last}") for last in (1, 77, 200)}) == 1
    assert len({name(f"127.0.{third}.1") for third in range(40)}) > 1


def test_ip_hash_moves_a_client_only_when_its_server_fails(lab: Lab) -> None:
    gateway = pool(lab, "a, b, c", "ip_hash;")
    first = sequence(gateway, 1)
    next(origin for origin, name in zip(lab.origins, "abc") if name == first).stop()
    names = sequence(gateway, 6)
    assert len(set(names)) == 1 and names[0] != first


def test_hash_sends_one_key_to_one_server(lab: Lab) -> None:
    gateway = pool(lab, "a, b, c", "hash $arg_k;")
    for key in "pqrstu":
        assert len(set(sequence(gateway, 4, f"/?k={key}"))) == 1


def test_hash_consistent_moves_only_the_keys_of_a_lost_server(lab: Lab) -> None:
    gateway = pool(lab, "a, b, c, d", "hash $arg_k consistent;")
    keys = [f"key{number}" for number in range(60)]
    before = {key: sequence(gateway, 1, f"/?k={key}") for key in keys}
    assert len(set(before.values())) == 4
    lab.origins[1].stop()
    after = {key: sequence(gateway, 1, f"/?k={key}") for key in keys}
    assert all(after[key] == name for key, name in before.items() if name != "b")
    assert "b" not in after.values()


def test_random_spreads_over_all_servers(lab: Lab) -> None:
    counts = Counter(sequence(pool(lab, "a, b, c", "random;"), 120))
    assert set(counts) == set("abc") and min(counts.values()) > 10


def test_max_conns_passes_over_a_full_server(lab: Lab) -> None:
    busy = lab.origin(silent)
    gateway = pool(lab, "b", f"server {busy} max_conns=1;")
    gateway.send(request("GET", "/stuck"))
    eventually(lambda: busy.requests, "one request waits at the first server")
    assert sequence(gateway, 6) == "bbbbbb"


def test_max_conns_of_all_servers_reached_is_502(lab: Lab) -> None:
    busy = lab.origin(silent)
    gateway = lab.server("location / { proxy_pass http://pool; }",
                         f"upstream pool {{ server {busy} max_conns=1; }}")
    gateway.send(request("GET", "/stuck"))
    eventually(lambda: busy.requests, "one request waits")
    assert gateway.get("/").status == 502


def test_a_reset_server_is_left_out_after_max_fails(lab: Lab) -> None:
    def refuse(peer: Peer) -> None:
        peer.read_request()

    failing = lab.origin(refuse)
    gateway = pool(lab, "b", f"server {failing} max_fails=2 fail_timeout=60s;")
    assert sequence(gateway, 20) == "b" * 20
    assert len(failing.requests) == 2


def test_a_server_is_tried_again_after_fail_timeout(lab: Lab) -> None:
    port = lab.free_port()
    gateway = pool(lab, "b", f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;")
    assert sequence(gateway, 6) == "bbbbbb"
    lab.origin(always(response("a")), port=port)
    eventually(lambda: "a" in sequence(gateway, 2), "the server is tried again")


def test_max_fails_0_never_gives_a_server_up(lab: Lab) -> None:
    def refuse(peer: Peer) -> None:
        peer.read_request()

    failing = lab.origin(refuse)
    gateway = pool(lab, "b", f"server {failing} max_fails=0;")
    assert sequence(gateway, 10) == "b" * 10
    assert len(failing.requests) == 5


def test_a_single_server_is_never_given_up(lab: Lab) -> None:
    port = lab.free_port()
    gateway = lab.server("location / { proxy_pass http://pool; }",
                         f"upstream pool {{ server 127.0.0.1:{port} max_fails=1 fail_timeout=60s; }}")
    assert [gateway.get("/").status for _ in range(3)] == [502] * 3
    lab.origin(always(response("up")), port=port)
    assert gateway.get("/").text == "up"


def test_upstreams_are_found_by_variable_too(lab: Lab) -> None:
    one, two = lab.named_origins("ab")
    gateway = lab.server("location / { set $where $arg_to; proxy_pass http://$where; }",
                         f"upstream one {{ server {one}; }} upstream two {{ server {two}; }}")
    assert gateway.get("/?to=one").text + gateway.get("/?to=two").text == "ab"
