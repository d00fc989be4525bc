"""https:// in proxy_pass: whom the gateway believes, what it says to whom it does not, and what it keeps."""

import pytest

from certificates import Pair
from raw import response

TELL = "return 200 '$ssl_server_name $connection_requests $ssl_session_reused $ssl_client_verify';"


def pair_of(lab, certificates, shown: Pair, directives: str, name: str = "localhost", extra: str = "",
            close: str = ""):
    """A gateway that forwards to another one, which shows this certificate."""
    return lab.gateway(f"""
        server {{ listen 127.0.0.1:%port2% ssl; {shown} {extra} {close} location / {{ {TELL} }} }}
        server {{ listen 127.0.0.1:%port%; location / {{
            proxy_pass https://{name}:%port2%; {directives} }} }}
    """)


def trusted(certificates) -> str:
    return f"proxy_ssl_trusted_certificate {certificates.authority.certificate};"


def test_a_named_endpoint_is_verified_by_default_and_asked_by_its_name(lab, certificates):
    gateway = pair_of(lab, certificates, certificates.localhost, trusted(certificates))
    answer = gateway.get("/")
    assert answer.status == 200 and answer.text.split()[0] == "localhost"


@pytest.mark.parametrize("shown, why", [("expired", "certificate has expired"),
                                        ("other", "hostname mismatch"),
                                        ("stranger", "unable to get local issuer certificate")])
def test_an_endpoint_that_is_not_believed_is_a_bad_gateway_that_says_why(lab, certificates, shown, why):
    gateway = pair_of(lab, certificates, getattr(certificates, shown), trusted(certificates))
    assert gateway.get("/").status == 502
    gateway.says(why)


@pytest.mark.parametrize("name, directives", [("localhost", "proxy_ssl_verify off;"), ("127.0.0.1", "")])
def test_nothing_is_verified_of_an_address_or_where_it_is_off(lab, certificates, name, directives):
    gateway = pair_of(lab, certificates, certificates.stranger, directives, name)
    assert gateway.get("/").status == 200


def test_a_connection_is_kept_with_its_session(lab, certificates):
    gateway = pair_of(lab, certificates, certificates.localhost, trusted(certificates))
    assert [gateway.get("/").text.split()[1] for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("reuse", ["on", "off"])
def test_a_session_is_resumed_unless_told_otherwise(lab, certificates, protocol, reuse):
    gateway = pair_of(lab, certificates, certificates.localhost,
                      f"{trusted(certificates)} proxy_ssl_session_reuse {reuse};",
                      extra=f"ssl_protocols {protocol};", close="keepalive_timeout 0;")
    assert [gateway.get("/").text.split()[2] for _ in range(2)] == [".", "r" if reuse == "on" else "."]


def test_a_client_certificate_is_shown(lab, certificates):
    asks = (f"ssl_client_certificate {certificates.authority.certificate}; ssl_verify_client on;")
    client = certificates.client
    gateway = pair_of(lab, certificates, certificates.localhost,
                      f"{trusted(certificates)} proxy_ssl_certificate {client.certificate};"
                      f" proxy_ssl_certificate_key {client.key};", extra=asks)
    assert gateway.get("/").text.split()[3] == "SUCCESS"
    assert pair_of(lab, certificates, certificates.localhost, trusted(certificates),
                   extra=asks).get("/").status == 400


def test_the_name_may_be_another_than_where_it_is(lab, certificates):
    gateway = pair_of(lab, certificates, certificates.other,
                      f"{trusted(certificates)} proxy_ssl_name other.example;")
    answer = gateway.get("/")
    assert answer.status == 200 and answer.text.split()[0] == "other.example"


def test_the_scheme_may_come_at_run_time(lab, certificates):
    gateway = lab.gateway(f"""
        server {{ listen 127.0.0.1:%port2% ssl; {certificates.localhost} return 200 "$scheme"; }}
        server {{ listen 127.0.0.1:%port3%; return 200 "$scheme"; }}
        server {{ listen 127.0.0.1:%port%; location / {{ {trusted(certificates)}
            proxy_pass $arg_scheme://127.0.0.1:$arg_port; }} }}
    """)
    values = gateway.values
    for scheme, port in (("https", "port2"), ("http", "port3"), ("https", "port2")):
        assert gateway.get(f"/?scheme={scheme}&port={values[port]}").text == scheme


def test_a_plain_endpoint_is_not_spoken_to(lab, certificates):
    def speaks_plainly(peer) -> None:
        peer.send(response("plain"))

    origin = lab.origin(speaks_plainly)
    gateway = lab.server(f"location / {{ proxy_pass https://localhost:{origin.port}; }}")
    assert gateway.get("/").status == 502
    gateway.says("upstream: \"https://")


def test_large_bodies_pass_both_ways(lab, certificates):
    body = bytes(range(256)) * 20_000
    gateway = lab.gateway(f"""
        client_max_body_size 0;
        server {{ listen 127.0.0.1:%port2% ssl; {certificates.localhost}
            location / {{ proxy_pass http://{lab.origin()}; }} }}
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost} location / {{
            proxy_pass https://localhost:%port2%; {trusted(certificates)} }} }}
    """)
    wire = certificates.connect(gateway)
    answer = wire.ask("POST", "/", body=body)
    assert answer.status == 200 and body in answer.body
