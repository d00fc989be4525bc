"""stream {}: which endpoint a connection is passed on to, and how it is introduced."""

from __future__ import annotations

import socket

import pytest

import proxy_header
from conftest import Lab
from origins import Peer, named, reset_at_once
from raw import eventually
from tcp import echo, passing, stream, tells

pytestmark = pytest.mark.gatehouse("Debian's has no stream block unless a package of its own is installed")


def test_the_next_endpoint_is_tried_when_one_cannot_be_connected_to(lab: Lab) -> None:
    dead, alive = lab.free_port(), lab.origin(tells("alive"))
    gateway = stream(lab, f"""
        upstream pool {{ server 127.0.0.1:{dead} max_fails=0; server {alive} backup; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
        server {{ listen 127.0.0.1:%port_off%; proxy_pass pool; proxy_next_upstream off; }}
        server {{ listen 127.0.0.1:%port_one%; proxy_pass pool; proxy_next_upstream_tries 1; }}
    """, log="$status $upstream_addr $upstream_connect_time $upstream_session_time $gatehouse_reason")
    assert gateway.connect().read_to_end() == b"alive"
    assert gateway.connect("port_off").ended()
    assert gateway.connect("port_one").ended()
    lines = gateway.access_lines(3)
    first = lines[0].split(" ")
    assert first[:3] == ["200", f"127.0.0.1:{dead},", str(alive)] and first[3] == "-,"
    for line in lines[1:]:
        assert line.startswith(f"502 127.0.0.1:{dead} - 0.0") and line.endswith(" upstream-refused")


def test_failures_are_remembered_by_all_workers(lab: Lab) -> None:
    dead, alive = lab.free_port(), lab.origin(tells("alive"))
    gateway = stream(lab, f"""
        upstream pool {{ server 127.0.0.1:{dead} max_fails=1 fail_timeout=60s; server {alive}; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """, log="$upstream_addr", workers=2)
    for _ in range(6):
        assert gateway.connect().read_to_end() == b"alive"
    assert sum(str(dead) in line for line in gateway.access_lines(6)) == 1


def test_no_live_endpoint_is_a_502(lab: Lab) -> None:
    gateway = stream(lab, """
        upstream pool { server 127.0.0.1:1 down; }
        server { listen 127.0.0.1:%port%; proxy_pass pool; }
    """, log="$status $upstream_addr $gatehouse_reason")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == ["502 pool no-live-endpoint"]
    gateway.says("no live upstreams while connecting to upstream, client: 127.0.0.1, server: 127.0.0.1:")


@pytest.mark.parametrize("method, shares", [("", [2, 2]), ("least_conn;", [2, 2]),
                                            ("hash $remote_addr;", [4])])
def test_sessions_are_spread_as_the_group_says(lab: Lab, method: str, shares: list[int]) -> None:
    origins = [lab.origin(lambda peer, name=name: (peer.send(name), peer.fill())) for name in "ab"]
    gateway = stream(lab, f"""
        upstream pool {{ {method} server {origins[0]}; server {origins[1]}; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """)
    answers = [gateway.connect().read_exactly(1) for _ in range(4)]
    assert sorted(answers.count(name) for name in set(answers)) == shares


def test_a_place_at_an_endpoint_is_held_as_long_as_the_session(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        upstream pool {{ server {origin} max_conns=1; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """)
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert gateway.connect().ended()
    wire.close()

    def served() -> bool:
        try:
            return gateway.send("y").read_exactly(1) == b"y"
        except (OSError, EOFError):
            return False

    eventually(served, "the place is free again")


def test_names_are_looked_up_again(lab: Lab) -> None:
    network = lab.network()
    one = lab.origin(tells("one"), f"{network}.1")
    two = lab.origin(tells("two"), f"{network}.2", one.port)
    dns = lab.dns()
    dns.names["moving.example"] = [one.host]
    gateway = stream(lab, f"""
        resolver {dns} valid=1s;
        server {{ listen 127.0.0.1:%port%; proxy_pass moving.example:{one.port}; }}
        server {{ listen 127.0.0.1:%port_b%; set $name moving.example; proxy_pass $name:{one.port}; }}
    """)
    for port in ("port", "port_b"):
        assert gateway.connect(port).read_to_end() == b"one"
    dns.names["moving.example"] = [two.host]
    for port in ("port", "port_b"):
        eventually(lambda: gateway.connect(port).read_to_end() == b"two", "the new address")


def test_a_target_with_variables_is_a_group_an_address_or_a_socket(lab: Lab) -> None:
    group, address, path = lab.origin(tells("group")), lab.origin(tells("address")), lab.directory / "socket"
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(path))
    unix.listen()
    gateway = stream(lab, f"""
        upstream pool {{ server {group}; }}
        map $server_port $where {{
            %port% pool; %port_b% {address}; %port_c% unix:{path}; %port_d% 127.0.0.1; %port_e% a/b; }}
        server {{
            listen 127.0.0.1:%port%; listen 127.0.0.1:%port_b%; listen 127.0.0.1:%port_c%;
            listen 127.0.0.1:%port_d%; listen 127.0.0.1:%port_e%;
            proxy_pass $where;
        }}
    """)
    assert gateway.connect().read_to_end() == b"group"
    assert gateway.connect("port_b").read_to_end() == b"address"
    wire = gateway.connect("port_c")
    peer = unix.accept()[0]
    peer.sendall(b"unix")
    peer.close()
    assert wire.read_to_end() == b"unix"
    assert gateway.connect("port_d").ended() and gateway.connect("port_e").ended()
    assert [line.split(" ")[0] for line in gateway.access_lines(5)] == ["200", "200", "200", "500", "500"]
    gateway.says('no port in upstream "127.0.0.1"')
    gateway.says('invalid address in upstream "a/b"')


def test_a_proxy_header_is_read_and_believed_of_whom_is_trusted(lab: Lab) -> None:
    gateway = stream(lab, """
        server { listen 127.0.0.1:%port% proxy_protocol; set_real_ip_from 127.0.0.0/8;
                 return "$remote_addr:$remote_port $realip_remote_addr $proxy_protocol_server_port"; }
        server { listen 127.0.0.1:%port_b% proxy_protocol; return "$remote_addr $proxy_protocol_addr"; }
        server { listen 127.0.0.1:%port_c% proxy_protocol; proxy_protocol_timeout 300ms; return x; }
        server { listen 127.0.0.1:%port_d% proxy_protocol; set_real_ip_from 127.0.0.1; deny 192.0.2.1;
                 return x; }
    """, log="$status $gatehouse_reason")
    assert gateway.send(proxy_header.v1()).read_to_end() == b"192.0.2.1:123 127.0.0.1 5678"
    assert gateway.send(proxy_header.v2_of("2001:db8::1", server="2001:db8::2")).read_to_end() \
        == b"2001:db8::1:123 127.0.0.1 5678"
    assert gateway.send(proxy_header.v1(), "port_b").read_to_end() == b"127.0.0.1 192.0.2.1"
    assert gateway.send("no header\r\n").ended()
    assert gateway.connect("port_c").ended()
    assert gateway.send(proxy_header.v1(), "port_d").ended()
    assert gateway.access_lines(6) == ["200 -", "200 -", "200 -", "400 proxy-header-broken",
                                       "200 client-closed", "403 access-forbidden"]


@pytest.mark.parametrize("version", ["on", "v2"])
def test_a_proxy_header_goes_first(lab: Lab, version: str) -> None:
    def script(peer: Peer) -> None:
        peer.send(peer.read_until(b"end"))

    gateway = passing(lab, script, f"proxy_protocol {version};")
    wire = gateway.send("end")
    ends = "127.0.0.1", wire.sock.getsockname()[1], "127.0.0.1", gateway.port
    told = wire.read_to_end()
    if version == "on":
        assert told == proxy_header.v1(*ends) + b"end"
    else:
        without_length = proxy_header.v2_of(*ends)
        # behind the addresses stands a checksum
        assert told[:14] == without_length[:14] and told[16:28] == without_length[16:28]
        assert told.endswith(b"end")


def test_http_and_stream_serve_side_by_side_and_their_names_are_apart(lab: Lab) -> None:
    web, raw = lab.origin(named("web")), lab.origin(tells("raw"))
    gateway = lab.gateway(f"""
        upstream pool {{ server {web}; }}
        map $host $kind {{ default http; }}
        server {{ listen 127.0.0.1:%port%; add_header X-Kind $kind;
                  location / {{ proxy_pass http://pool; }} }}
    }}
    stream {{
        upstream pool {{ server {raw}; }}
        map $protocol $kind {{ default tcp; }}
        server {{ listen 127.0.0.1:%port_b%; proxy_pass pool; }}
        server {{ listen 127.0.0.1:%port_c%; return $kind; }}
    """)
    answer = gateway.get("/")
    assert answer.text == "web" and answer.get("x-kind") == "http"
    assert gateway.connect("port_b").read_to_end() == b"raw"
    assert gateway.connect("port_c").read_to_end() == b"tcp"


def test_an_endpoint_that_resets_while_connecting_is_no_crash(lab: Lab) -> None:
    gateway = passing(lab, reset_at_once)
    for _ in range(20):
        assert gateway.send("x").ended()
    gateway.access_lines(20)
