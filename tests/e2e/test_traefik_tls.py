"""Certificates and TLS options of the Traefik face."""

from __future__ import annotations

import ssl

import pytest

from origins import named
from traefik import traefik

pytestmark = pytest.mark.gatehouse("nginx is not started as Traefik is")

HTTP = """\
http:
  services:
    s: {loadBalancer: {servers: [{url: 'http://%origin%'}]}}
  routers:
    local: {rule: Host(`localhost`), service: s, tls: {}}
    wild: {rule: 'Host(`a.example.com`)', service: s, tls: {}}
    other: {rule: 'Host(`other.example`)', service: s, tls: {options: %options%}}
tls:
  certificates:
    - {certFile: %site%.pem, keyFile: %site%.key}
    - {certFile: %elsewhere%.pem, keyFile: %elsewhere%.key}
  options:
    strict: {sniStrict: true}
    mutual: {clientAuth: {caFiles: [%ca%], clientAuthType: RequireAndVerifyClientCert}}
    newest: {minVersion: VersionTLS13}
    chosen: {maxVersion: VersionTLS12, cipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}
"""


def start(lab, certificates, options: str = "default", more: str = ""):
    files = certificates.directory
    return traefik(lab, HTTP + more, origin=lab.origin(named("served")), options=options,
                   site=files / "localhost", elsewhere=files / "other",
                   ca=certificates.authority.certificate)


def get(wire, host: str):
    return wire.ask("GET", "/", host=host)


def test_each_name_gets_its_certificate(lab, certificates):
    gateway = start(lab, certificates)
    for name in ("localhost", "a.example.com", "other.example"):
        wire = certificates.connect(gateway, name, alpn=["http/1.1"])
        assert get(wire, name).body == b"served", name


def test_a_name_without_a_certificate_gets_one_that_nobody_vouches_for(lab, certificates):
    gateway = start(lab, certificates)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        certificates.connect(gateway, "nobody.example")


def test_the_default_certificate_is_shown_for_other_names(lab, certificates):
    pair = certificates.localhost
    gateway = start(lab, certificates, more=f"  stores: {{default: {{defaultCertificate: {{certFile: "
                    f"{pair.certificate}, keyFile: {pair.key}}}}}}}\n")
    wire = certificates.connect(gateway, None)
    assert get(wire, "localhost").body == b"served"
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        certificates.connect(gateway, "nobody.example")


def test_http2_is_agreed_on(lab, certificates):
    gateway = start(lab, certificates)
    wire = certificates.connect(gateway, alpn=["h2", "http/1.1"])
    assert wire.sock.selected_alpn_protocol() == "h2"


def test_strict_names_are_refused_without_a_certificate(lab, certificates):
    gateway = traefik(lab, HTTP.replace("`other.example`", "`bare.example`"),
                      origin=lab.origin(named("served")), options="strict",
                      site=certificates.directory / "localhost", elsewhere=certificates.directory / "other",
                      ca=certificates.authority.certificate)
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        certificates.connect(gateway, "bare.example")
    wire = certificates.connect(gateway, "localhost")
    assert get(wire, "localhost").body == b"served"


def test_options_hold_for_the_host_they_are_of(lab, certificates):
    gateway = start(lab, certificates, "newest")
    old = ssl.TLSVersion.TLSv1_2
    wire = certificates.connect(gateway, "localhost", version=old)
    assert get(wire, "localhost").body == b"served"
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        certificates.connect(gateway, "other.example", version=old)


def test_ciphers_hold_for_the_host_they_are_of(lab, certificates):
    gateway = start(lab, certificates, "chosen")
    cipher = "ECDHE-ECDSA-AES128-GCM-SHA256"
    wire = certificates.connect(gateway, "localhost", ciphers=cipher)
    assert wire.sock.cipher()[0] == cipher
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        certificates.connect(gateway, "other.example", ciphers=cipher)
    chosen = "ECDHE-ECDSA-AES256-GCM-SHA384"
    wire = certificates.connect(gateway, "other.example", ciphers=f"{cipher}:{chosen}")
    assert wire.sock.cipher()[0] == chosen


def test_clients_need_the_certificate_that_is_asked_for(lab, certificates):
    gateway = start(lab, certificates, "mutual")
    wire = certificates.connect(gateway, "other.example", client=certificates.client)
    assert get(wire, "other.example").body == b"served"
    wire = certificates.connect(gateway, "other.example")
    assert get(wire, "other.example").status == 400
    wire = certificates.connect(gateway, "other.example", client=certificates.stranger)
    assert get(wire, "other.example").status == 400
    wire = certificates.connect(gateway, "localhost")
    assert get(wire, "localhost").body == b"served"


def test_terms_cannot_be_evaded_by_another_host(lab, certificates):
    gateway = start(lab, certificates, "mutual")
    wire = certificates.connect(gateway, "localhost")
    assert get(wire, "other.example").status == 421
    wire = certificates.connect(gateway, "localhost")
    assert get(wire, "a.example.com").status == 200


def test_a_file_that_cannot_be_read_costs_its_certificate_and_is_named(lab, certificates):
    gateway = traefik(lab, HTTP, origin=lab.origin(named("served")), options="default", ca="gone.pem",
                      site=certificates.directory / "localhost", elsewhere="gone")
    gateway.says('"gone.pem" cannot be read')
    gateway.says('certificate of file "gone.pem" is not served')
    wire = certificates.connect(gateway, "localhost")
    assert get(wire, "localhost").body == b"served"
