"""Stapled proofs that a certificate is not revoked, had from its authority's responder. nginx asks when the
first client does, the gateway when it starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Certificates, openssl
from ocsp import Responder, stapled, text_of
from raw import eventually

LISTEN = "listen 127.0.0.1:%port% ssl; server_name localhost;"
AUTHORITY = "ssl_trusted_certificate %authority%; ssl_stapling on;"


@pytest.fixture
def responder(tmp_path: Path, certificates: Certificates) -> Iterator[Responder]:
    made = Responder(tmp_path, certificates)
    yield made
    made.close()


def stapling(lab, certificates, responder, extra: str = "", before: str = "", **options):
    authority = certificates.authority.certificate
    return lab.gateway(f"""{before} server {{
        {LISTEN} {certificates.localhost} {certificates.rsa} {AUTHORITY}
        ssl_stapling_responder {responder}; {extra} return 200;
    }}""", authority=authority, **options)


@pytest.mark.parametrize("extra", ["", "ssl_stapling_verify on;"])
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_the_proof_of_the_certificate_that_is_shown_is_stapled(lab, certificates, responder, extra, version):
    gateway = stapling(lab, certificates, responder, extra)
    for signature in ("ECDSA+SHA256", "RSA-PSS+SHA256"):
        eventually(lambda: stapled(gateway.port, version, "-sigalgs", signature) == "good", "a proof")
    assert len(responder.asked) == 2


def test_the_responder_is_where_the_certificate_says(lab, certificates, responder, tmp_path):
    request, certificate = tmp_path / "own.csr", tmp_path / "own.pem"
    pair = certificates.localhost
    openssl("req", "-new", "-key", pair.key, "-out", request, "-subj", "/CN=localhost", "-addext",
            f"authorityInfoAccess=OCSP;URI:http://ocsp.test:{responder.port}/of/it")
    serial = int(text_of(pair.certificate, "-serial"), 16)
    by = certificates.authority
    openssl("x509", "-req", "-in", request, "-CA", by.certificate, "-CAkey", by.key, "-set_serial", serial,
            "-copy_extensions", "copy", "-out", certificate)
    dns = lab.dns()
    dns.names["ocsp.test"] = ["127.0.0.1"]
    gateway = lab.gateway(f"""resolver {dns}; server {{
        {LISTEN} ssl_certificate {certificate}; ssl_certificate_key {pair.key}; {AUTHORITY} return 200;
    }}""", authority=certificates.authority.certificate)
    eventually(lambda: stapled(gateway.port) == "good", "a proof")
    host, path = responder.asked[0]
    assert host == f"ocsp.test:{responder.port}"
    assert path.startswith("/of/it/")


@pytest.mark.parametrize("mode, said", [
    ("revoked", "revoked"),
    ("of a stranger", "nobody entitled has signed it"),
    ("500", "status 500"),
])
@pytest.mark.gatehouse("it says other words, and staples what anybody has signed")
def test_what_is_no_good_is_not_stapled_and_harms_no_handshake(lab, certificates, responder, mode, said):
    responder.mode = mode
    gateway = stapling(lab, certificates, responder)
    gateway.says(said)
    assert stapled(gateway.port) == ""


@pytest.mark.gatehouse("it says other words")
def test_a_responder_that_is_not_there_harms_no_handshake(lab, certificates):
    gateway = stapling(lab, certificates, f"http://127.0.0.1:{lab.free_port()}/")
    gateway.says("refused")
    assert stapled(gateway.port) == ""
    gateway = stapling(lab, certificates, "http://no.such.name.invalid/")
    gateway.says("no.such.name.invalid")
    assert stapled(gateway.port) == ""


@pytest.mark.gatehouse("a reload forgets its proofs")
def test_a_proof_outlives_a_reload(lab, certificates, responder):
    gateway = stapling(lab, certificates, responder)
    eventually(lambda: stapled(gateway.port) == "good", "a proof")
    asked = len(responder.asked)
    responder.mode = "500"
    text = (gateway.prefix / "nginx.conf").read_text()
    (gateway.prefix / "nginx.conf").write_text(text.replace("return 200;", "return 204;"))
    gateway.reload()
    eventually(lambda: certificates.connect(gateway).ask("GET", "/").status == 204, "the other configuration")
    assert stapled(gateway.port) == "good"
    assert len(responder.asked) == asked


@pytest.mark.gatehouse("Debian's nginx has no stapling in stream")
def test_proofs_are_stapled_where_bytes_are_passed_on(lab, certificates, responder):
    main = f"""daemon off; %user% pid nginx.pid; error_log error.log info; events {{}}
        stream {{ server {{
            listen 127.0.0.1:%port% ssl; {certificates.localhost} {AUTHORITY}
            ssl_stapling_responder {responder}; return here;
        }} }}"""
    gateway = lab.gateway("", main=main, authority=certificates.authority.certificate)
    eventually(lambda: stapled(gateway.port) == "good", "a proof")


def test_a_certificate_without_an_issuer_or_a_responder_is_told_of(lab, certificates):
    gateway = lab.gateway(f"""server {{ {LISTEN} {certificates.localhost} ssl_stapling on; return 200; }}""")
    gateway.says('"ssl_stapling" ignored, issuer certificate not found')
    gateway = lab.gateway(f"""server {{ {LISTEN} {certificates.localhost} {AUTHORITY} return 200; }}""",
                          authority=certificates.authority.certificate)
    gateway.says('"ssl_stapling" ignored, no OCSP responder URL in the certificate')
