"""What the access log and the variables tell of requests by HTTP/2."""

from __future__ import annotations

import pytest
from h2_client import h2_on, h2_over_tls
from origins import named

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")


def log_of(lab, certificates, log_format: str, body: str = "location / { return 200 0123456789; }"):
    return lab.gateway(f"""
        log_format it '{log_format}';
        server {{
            listen 127.0.0.1:%port% http2; listen 127.0.0.1:%port_tls% ssl http2; server_name localhost;
            {certificates.localhost} access_log access.log it;
            {body}
        }}
    """)


def test_the_combined_format(lab, certificates):
    gateway = lab.gateway("server { listen 127.0.0.1:%port% http2; return 200 0123456789; }")
    h2_on(gateway).get("/a?b=c", ("referer", "here"), ("user-agent", "me"))
    line = gateway.access_lines(1)[0]
    assert line.startswith("127.0.0.1 - - [")
    assert line.endswith('] "GET /a?b=c HTTP/2.0" 200 10 "here" "me"')


@pytest.mark.parametrize("variables, plain, tls", [
    ("$request", "GET /x?y HTTP/2.0", "GET /x?y HTTP/2.0"),
    ("$server_protocol $http2", "HTTP/2.0 h2c", "HTTP/2.0 h2"),
    ("$scheme $https.", "http .", "https on."),
    ("$request_method $request_uri $uri $args", "GET /x?y /x y", "GET /x?y /x y"),
    ("$http_host $host $http_x_one $http_none", "localhost localhost 1 -", "localhost localhost 1 -"),
    ("$http_cookie $cookie_b", "a=1; b=2 2", "a=1; b=2 2"),
    ("$status $body_bytes_sent", "200 10", "200 10"),
    ("$connection_requests", "1", "1"),
    ("$ssl_alpn_protocol $ssl_server_name", "- -", "h2 localhost"),
    ("$sent_http_content_length $sent_http_content_type", "10 text/plain", "10 text/plain"),
    ("$request_completion", "OK", "OK"),
    ("$pipe", ".", "."),
])
def test_a_variable(lab, certificates, variables, plain, tls):
    gateway = log_of(lab, certificates, variables)
    fields = ("x-one", "1"), ("cookie", "a=1"), ("cookie", "b=2")
    h2_on(gateway).get("/x?y", *fields)
    assert gateway.access_lines(1)[0] == plain
    h2_over_tls(gateway, certificates, port="port_tls").get("/x?y", *fields)
    assert gateway.access_lines(2)[1] == tls


def test_sizes_are_plausible(lab, certificates):
    gateway = log_of(lab, certificates, "$request_length $bytes_sent $body_bytes_sent")
    client = h2_on(gateway)
    client.get("/")
    client.ask("HEAD", "/")
    client.ask("POST", "/", body="x" * 1000)
    lines = [list(map(int, line.split())) for line in gateway.access_lines(3)]
    assert 20 < lines[0][0] < 200 and 10 < lines[0][1] < 300 and lines[0][2] == 10
    assert lines[1][2] == 0


def test_requests_of_a_connection_are_counted(lab, certificates):
    gateway = log_of(lab, certificates, "$connection $connection_requests")
    client = h2_on(gateway)
    for _ in range(3):
        client.get()
    lines = [line.split() for line in gateway.access_lines(3)]
    assert len({number for number, _ in lines}) == 1
    assert [count for _, count in lines] == ["1", "2", "3"]


def test_upstream_variables(lab, certificates):
    origin = lab.origin(named("x"))
    gateway = log_of(lab, certificates, "$upstream_addr $upstream_status $upstream_response_length",
                     f"location / {{ proxy_pass http://{origin}; }}")
    h2_on(gateway).get()
    assert gateway.access_lines(1)[0] == f"{origin} 200 1"


def test_trailers_that_were_sent_are_variables(lab, certificates):
    gateway = log_of(lab, certificates, "$sent_trailer_x_sum",
                     "location / { add_trailer X-Sum 42; return 200 text; }")
    assert h2_on(gateway).get().trailers == [("x-sum", "42")]
    assert gateway.access_lines(1)[0] == "42"


def test_what_is_refused_is_logged(lab, certificates):
    gateway = log_of(lab, certificates, "$status $request_method $gatehouse_reason")
    client = h2_on(gateway)
    assert client.get("/" + "a" * 9000).status == 414
    assert client.get("/", ("x-long", "v" * 9000)).status == 431
    assert client.get("/", ("expect", "wonders")).status == 417
    assert [line.split()[0] for line in gateway.access_lines(3)] == ["414", "431", "417"]
