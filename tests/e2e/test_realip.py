"""set_real_ip_from and its kin: a trusted proxy says who a request is from."""

from __future__ import annotations

import socket

import pytest

from conftest import Lab
from gateway import run
from origins import echo
from proxy_header import v1, v2_of
from raw import Wire, eventually, request

SHOWS = 'return 200 "$remote_addr:$remote_port $realip_remote_addr:$realip_remote_port";'


def test_a_trusted_proxy_says_who_it_is(lab: Lab) -> None:
    gateway = lab.server(f"set_real_ip_from 127.0.0.0/8; location / {{ {SHOWS} }}")
    wire = gateway.connect()
    own = f"127.0.0.1:{wire.sock.getsockname()[1]}"
    assert wire.ask("GET", "/").text == f"{own} {own}"
    assert wire.ask("GET", "/", "X-Real-IP: 192.0.2.1").text == f"192.0.2.1: {own}"
    assert wire.ask("GET", "/", "X-Real-IP: [2001:db8::1]:80").text == f"2001:db8::1:80 {own}"
    assert wire.ask("GET", "/", "X-Real-IP: nobody").text == f"{own} {own}"
    assert wire.ask("GET", "/").text == f"{own} {own}"   # it was for one request only


def test_nobody_else_is_believed(lab: Lab) -> None:
    networks = "".join(f"set_real_ip_from {network};" for network in ["10.0.0.0/8", "2001:db8::/32", "unix:"])
    gateway = lab.server(f"{networks} location / {{ {SHOWS} }}")
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").text.startswith("127.0.0.1:")


@pytest.mark.parametrize("recursive, expected", [
    ("off", ["10.0.0.2", "10.0.0.2", "10.0.0.2", "192.0.2.1", "127.0.0.1"]),
    ("on", ["192.0.2.1", "192.0.2.1", "10.0.0.3", "192.0.2.1", "127.0.0.1"]),
])
def test_a_client_is_told_from_the_proxies_it_came_through(lab: Lab, recursive: str,
                                                           expected: list[str]) -> None:
    gateway = lab.server(f"""
        set_real_ip_from 127.0.0.1;
        set_real_ip_from 10.0.0.0/8;
        real_ip_header X-Forwarded-For;
        real_ip_recursive {recursive};
        location / {{ return 200 $remote_addr; }}
        """)
    requests = [["X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.2"],
                ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2"],
                ["X-Forwarded-For: 10.0.0.3, 10.0.0.2"],
                ["X-Forwarded-For: 192.0.2.1"],
                ["X-Real-IP: 192.0.2.1"]]
    assert [gateway.get("/", *fields).text for fields in requests] == expected


def test_return_is_earlier_than_what_its_location_says(lab: Lab) -> None:
    gateway = lab.server("location / { set_real_ip_from 127.0.0.1; return 200 $remote_addr; }")
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").text == "127.0.0.1"


def test_a_level_has_the_list_of_the_one_around_it_or_its_own(lab: Lab) -> None:
    gateway = lab.gateway("""
        add_header X-Client $remote_addr;
        set_real_ip_from 10.0.0.1;
        server {
            listen 127.0.0.1:%port%;
            location / { }
            location /own { set_real_ip_from 127.0.0.1; }
            location /field {
                set_real_ip_from 127.0.0.1;
                real_ip_header X-Client-IP;
                location /field/inside { }
            }
        }""", files={f"html/{name}": "" for name in ["a", "own/a", "field/a", "field/inside/a"]})
    fields = ["X-Real-IP: 192.0.2.1", "X-Client-IP: 192.0.2.2"]
    for path, expected in [("/a", "127.0.0.1"), ("/own/a", "192.0.2.1"), ("/field/a", "192.0.2.2"),
                           ("/field/inside/a", "192.0.2.2")]:
        assert gateway.get(path, *fields).get("x-client") == expected, path


def test_the_server_level_counts_before_the_first_rewrite(lab: Lab) -> None:
    gateway = lab.server("set_real_ip_from 127.0.0.1; if ($remote_addr = 192.0.2.1) { return 204; }"
                         " location / { return 200; }")
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").status == 204
    assert gateway.get("/").status == 200


def test_access_rules_and_logs_see_the_client(lab: Lab) -> None:
    gateway = lab.server("""
        set_real_ip_from 127.0.0.1;
        access_log access.log addresses;
        deny 192.0.2.1;
        location / { }
        """, "log_format addresses '$remote_addr $realip_remote_addr $status';",
                         files={"html/index.html": "x"})
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").status == 403
    assert gateway.get("/", "X-Real-IP: 192.0.2.2").status == 200
    assert gateway.access_lines(2) == ["192.0.2.1 127.0.0.1 403", "192.0.2.2 127.0.0.1 200"]
    gateway.says("client: 192.0.2.1")


def test_the_client_of_a_location_is_kept_by_its_error_page(lab: Lab) -> None:
    gateway = lab.server("""
        location /a { set_real_ip_from 127.0.0.1; error_page 404 =200 /page; }
        location /page { add_header X-Client $remote_addr; add_header X-Peer $realip_remote_addr; }
        """, files={"html/page": "x"})
    response = gateway.get("/a", "X-Real-IP: 192.0.2.1")
    assert (response.get("x-client"), response.get("x-peer")) == ("192.0.2.1", "127.0.0.1")


def test_endpoints_are_told_and_chosen_by_the_client(lab: Lab) -> None:
    origins = lab.named_origins("abcd")
    servers = "".join(f"server {origin};" for origin in origins)
    gateway = lab.server("set_real_ip_from 127.0.0.1; location / { proxy_pass http://app; }",
                         f"upstream app {{ ip_hash; {servers} }}")
    chosen = {network: {gateway.get("/", f"X-Real-IP: {network}.{host}").text for host in (1, 2, 3)}
              for network in (f"192.0.{n}" for n in range(1, 17))}
    assert all(len(names) == 1 for names in chosen.values())
    assert len(set.union(*chosen.values())) > 1
    forwarding = lab.forward(lab.origin(echo), "set_real_ip_from 127.0.0.1;"
                             " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;")
    shown = forwarding.get("/", "X-Real-IP: 192.0.2.1", "X-Forwarded-For: 198.51.100.1").text
    assert "198.51.100.1, 192.0.2.1" in shown


def test_a_unix_listener_is_trusted_as_such(lab: Lab) -> None:
    gateway = lab.gateway(f"""
        server {{
            listen unix:%prefix%/socket;
            set_real_ip_from unix:;
            location / {{ {SHOWS} }}
        }}""")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(gateway.prefix / "socket"))
        assert Wire(sock).ask("GET", "/", "X-Real-IP: 192.0.2.1").text == "192.0.2.1: unix::"


@pytest.mark.parametrize("header", [v1("2001:db8::1", server="2001:db8::2"),
                                    v2_of("2001:db8::1", server="2001:db8::2")])
def test_the_connections_header_says_who_it_is(lab: Lab, header: bytes) -> None:
    gateway = lab.gateway("""
        server {
            listen 127.0.0.1:%port% proxy_protocol;
            set_real_ip_from 127.0.0.1;
            real_ip_header proxy_protocol;
            location / { return 200 "$remote_addr:$remote_port $realip_remote_addr"; }
        }""")
    wire = gateway.send(header + request("GET", "/", "X-Real-IP: 192.0.2.9"))
    assert wire.read_response().text == "2001:db8::1:123 127.0.0.1"
    assert wire.ask("GET", "/").text == "2001:db8::1:123 127.0.0.1"
    wire = gateway.send(b"PROXY UNKNOWN\r\n" + request("GET", "/"))
    assert wire.read_response().text.startswith("127.0.0.1:")


def test_a_header_of_the_connection_is_not_believed_from_anybody(lab: Lab) -> None:
    gateway = lab.gateway("""
        server {
            listen 127.0.0.1:%port% proxy_protocol;
            set_real_ip_from 10.0.0.1;
            real_ip_header proxy_protocol;
            location / { return 200 "$remote_addr $proxy_protocol_addr"; }
        }""")
    assert gateway.send(v1() + request("GET", "/")).read_response().text == "127.0.0.1 192.0.2.1"


def test_a_host_name_is_trusted(lab: Lab) -> None:
    gateway = lab.server("set_real_ip_from localhost; location / { return 200 $remote_addr; }")
    eventually(lambda: gateway.get("/", "X-Real-IP: 192.0.2.1").text == "192.0.2.1", "localhost is known")


@pytest.mark.gatehouse("nginx looks names up once, and does not start when one has no address")
def test_a_host_name_is_followed(lab: Lab) -> None:
    hosts = lab.directory / "hosts"
    hosts.write_text("192.0.2.77 balancer.example\n")
    gateway = lab.server("set_real_ip_from balancer.example; location / { return 200 $remote_addr; }",
                         environment={"GATEHOUSE_HOSTS": str(hosts)})
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").text == "127.0.0.1"
    hosts.write_text("127.0.0.1 balancer.example\n")
    eventually(lambda: gateway.get("/", "X-Real-IP: 192.0.2.1").text == "192.0.2.1", "it has moved here")


@pytest.mark.gatehouse("nginx does not start")
def test_a_host_name_without_an_address_trusts_nobody(lab: Lab) -> None:
    gateway = lab.server("set_real_ip_from no-such.invalid; location / { return 200 $remote_addr; }")
    assert gateway.get("/", "X-Real-IP: 192.0.2.1").text == "127.0.0.1"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "all", "300.1.1.1", "::1/129"])
def test_what_is_no_network_is_refused(lab: Lab, text: str) -> None:
    gateway = lab.prepare(f"server {{ listen 127.0.0.1:%port%; set_real_ip_from {text}; }}")
    result = run("-t", *gateway.arguments)
    assert result.returncode == 1
    assert f'"{text}"' in result.stderr
