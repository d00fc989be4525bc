"""How connections to endpoints are made and read: proxy_bind, proxy_limit_rate, proxy_force_ranges."""

from __future__ import annotations

import pytest
from conftest import Lab
from gateway import Gateway
from origins import Peer, always
from raw import response


def tell_source(peer: Peer) -> None:
    """Answers with the address and port that the connection comes from."""
    while True:
        peer.read_request()
        host, port = peer.sock.getpeername()[:2]
        peer.send(response(f"{host} {port}"))


@pytest.mark.parametrize("target, source", [
    ("/", "127.0.0.2"), ("/off", "127.0.0.1"), ("/by-request?from=127.0.0.3", "127.0.0.3"),
    ("/by-request", "127.0.0.1"), ("/by-request?from=nonsense", "127.0.0.1"),
])
def test_proxy_bind(lab: Lab, target: str, source: str) -> None:
    origin = lab.origin(tell_source)
    gateway = lab.server(f"""
        proxy_bind 127.0.0.2;
        location / {{ proxy_pass http://{origin}; }}
        location /off {{ proxy_bind off; proxy_pass http://{origin}; }}
        location /by-request {{ proxy_bind $arg_from; proxy_pass http://{origin}; }}
    """)
    assert gateway.get(target).text.split()[0] == source


@pytest.mark.gatehouse("a kept connection serves whoever comes next")
def test_a_bound_connection_serves_no_request_that_is_bound_otherwise(lab: Lab) -> None:
    gateway = lab.gateway("""
        upstream app { server %origin%; keepalive 4; }
        server {
            listen 127.0.0.1:%port%;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            location / { proxy_bind $arg_from; proxy_pass http://app; }
        }
    """, origin=lab.origin(tell_source))
    sources = [gateway.get(f"/?from=127.0.0.{number}").text.split()[0] for number in (2, 3, 2)]
    assert sources == ["127.0.0.2", "127.0.0.3", "127.0.0.2"]


def test_proxy_bind_with_a_port(lab: Lab) -> None:
    gateway = lab.server(f"location / {{ proxy_bind 127.0.0.2:$remote_port; add_header X-Port $remote_port;"
                         f" proxy_pass http://{lab.origin(tell_source)}; }}")
    answer = gateway.get("/")
    assert answer.text == f"127.0.0.2 {answer.get('x-port')}"


def test_an_address_that_is_not_ours_is_an_error(lab: Lab) -> None:
    gateway = lab.forward(tell_source, "proxy_bind 192.0.2.1;")
    assert gateway.get("/").status in (500, 502)
    gateway.says("bind")


RATES = """
    log_format seconds '$request_time';
    proxy_limit_rate 20k;
    proxy_buffer_size 4k;
"""


@pytest.mark.gatehouse("proxy_limit_rate takes variables since 1.27.0")
def test_proxy_limit_rate_takes_variables(lab: Lab) -> None:
    origin = lab.origin(always(response("x" * 60000)))
    gateway = lab.server(f"access_log seconds.log seconds;"
                         f" location / {{ proxy_pass http://{origin}; proxy_limit_rate $arg_rate; }}", RATES)
    assert len(gateway.get("/?rate=20k").body) == 60000
    assert len(gateway.get("/").body) == 60000
    slow, unlimited = map(float, gateway.access_lines(2, "seconds.log"))
    assert slow >= 1 and slow > unlimited


def test_proxy_limit_rate_slows_reading_down(lab: Lab) -> None:
    gateway = lab.server("access_log seconds.log seconds; location / { proxy_pass http://%origin%; }", RATES,
                         origin=lab.origin(always(response("x" * 60000))))
    assert gateway.get("/").body == b"x" * 60000
    assert float(gateway.access_lines(1, "seconds.log")[0]) >= 1


def test_proxy_limit_rate_is_for_buffered_responses(lab: Lab) -> None:
    gateway = lab.server("""
        access_log seconds.log seconds;
        location /unbuffered { proxy_pass http://%origin%; proxy_buffering off; }
        location / { proxy_pass http://%origin%; }
    """, RATES, origin=lab.origin(always(response("x" * 60000))))
    assert len(gateway.get("/").body) == len(gateway.get("/unbuffered").body) == 60000
    buffered, unbuffered = map(float, gateway.access_lines(2, "seconds.log"))
    assert buffered > unbuffered


WHOLE = "0123456789" * 20000
TAG = '"tag"'


@pytest.fixture
def ranges(lab: Lab) -> Gateway:
    """A gateway that forces ranges on an origin that has none."""
    origin = lab.origin(always(response(WHOLE, f"ETag: {TAG}", "Accept-Ranges: none")))
    return lab.server(f"""
        proxy_force_ranges on;
        location / {{ proxy_pass http://{origin}; }}
        location /unbuffered {{ proxy_pass http://{origin}; proxy_buffering off; }}
        location /off {{ proxy_pass http://{origin}; proxy_force_ranges off; }}
        location /none {{ proxy_pass http://{origin}; max_ranges 0; }}
    """)


@pytest.mark.parametrize("target", ["/", "/unbuffered"])
@pytest.mark.parametrize("wanted, first, end", [
    ("0-9", 0, 10), ("150000-150009", 150000, 150010), ("-5", 199995, 200000), ("199990-", 199990, 200000),
    ("0-", 0, 200000),
])
def test_a_forced_range(ranges: Gateway, target: str, wanted: str, first: int, end: int) -> None:
    answer = ranges.get(target, f"Range: bytes={wanted}")
    assert (answer.status, answer.text) == (206, WHOLE[first:end])
    assert answer.get("content-range") == f"bytes {first}-{end - 1}/200000"
    assert answer.get("content-length") == str(end - first)


@pytest.mark.parametrize("target, fields", [
    ("/", []), ("/", ["Range: bytes=0-1,4-5"]), ("/", ["Range: bytes=0-1", 'If-Range: "other"']),
    ("/off", ["Range: bytes=0-1"]), ("/none", ["Range: bytes=0-1"]),
])
def test_the_whole_where_no_range_is_forced(ranges: Gateway, target: str, fields: list[str]) -> None:
    answer = ranges.get(target, *fields)
    assert (answer.status, answer.text) == (200, WHOLE)
    assert answer.get("accept-ranges") == {"/": "bytes", "/off": "none", "/none": None}[target]


def test_a_forced_range_that_is_not_there(ranges: Gateway) -> None:
    answer = ranges.get("/", "Range: bytes=200000-")
    assert (answer.status, answer.get("content-range")) == (416, "bytes */200000")
    wire = ranges.connect()
    for _ in range(2):   # the rest of a body that nobody wants harms no later request
        assert wire.ask("GET", "/", "Range: bytes=0-1", f"If-Range: {TAG}").text == "01"
