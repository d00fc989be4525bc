"""passTLSClientCert: what the endpoint is told of a client's certificate."""

from __future__ import annotations

import base64
import re
import ssl
import subprocess
from urllib.parse import unquote_plus

import pytest

from origins import named
from traefik import traefik

pytestmark = pytest.mark.gatehouse("nginx is not started as Traefik is")

DYNAMIC = """\
http:
  services:
    s: {loadBalancer: {servers: [{url: 'http://%origin%'}]}}
  middlewares:
    tell:
      passTLSClientCert:
        pem: true
        info:
          notAfter: true
          notBefore: true
          sans: true
          serialNumber: true
          subject: {commonName: true, organization: true, country: true}
          issuer: {commonName: true, organization: true}
  routers:
    tls: {rule: PathPrefix(`/`), service: s, tls: {}, middlewares: [tell]}
    plain: {rule: PathPrefix(`/`), service: s, middlewares: [tell]}
tls:
  certificates: [{certFile: %site%.pem, keyFile: %site%.key}]
  options:
    default: {clientAuth: {clientAuthType: RequestClientCert}}
"""
FORGED = ["X-Forwarded-Tls-Client-Cert: forged", "X-Forwarded-Tls-Client-Cert-Info: forged",
          "X_Forwarded_Tls_Client_Cert: forged"]


def start(lab, certificates):
    origin = lab.origin(named("served"))
    return origin, traefik(lab, DYNAMIC, origin=origin, site=certificates.directory / "localhost")


def told(origin) -> dict[str, str]:
    """Fields about certificates in the last request."""
    fields = origin.requests[-1].fields
    return {name.lower(): value for name, value in fields if "client" in name.lower()}


def openssl(pair, *what: str) -> str:
    return subprocess.run(["openssl", "x509", "-in", pair.certificate, "-noout", *what], check=True,
                          capture_output=True, text=True).stdout.strip()


def test_the_certificate_and_what_is_in_it_are_passed_on(lab, certificates):
    origin, gateway = start(lab, certificates)
    wire = certificates.connect(gateway, client=certificates.client)
    assert wire.ask("GET", "/", *FORGED).status == 200
    fields = told(origin)
    der = ssl.PEM_cert_to_DER_cert(certificates.client.certificate.read_text())
    # Python's client sends the authority's with its own
    own, authority = fields.pop("x-forwarded-tls-client-cert").split(",")
    assert base64.b64decode(own) == der
    assert base64.b64decode(authority) == ssl.PEM_cert_to_DER_cert(
        certificates.authority.certificate.read_text())
    info = unquote_plus(fields.pop("x-forwarded-tls-client-cert-info"))
    serial = int(openssl(certificates.client, "-serial").removeprefix("serial="), 16)
    found = re.fullmatch(r'Subject="O=Test,CN=client.example";Issuer="CN=authority";SerialNumber="(\d+)";'
                         r'NB="(\d+)";NA="(\d+)";SAN="client.example",'
                         r'Subject="CN=authority";Issuer="CN=authority";SerialNumber="\d+";NB="\d+";NA="\d+"',
                         info)
    assert found, info
    assert int(found.group(1)) == serial
    assert int(found.group(3)) - int(found.group(2)) == 30 * 24 * 3600
    assert not fields


def test_what_clients_say_of_themselves_is_not_passed_on(lab, certificates):
    origin, gateway = start(lab, certificates)
    assert certificates.connect(gateway).ask("GET", "/", *FORGED).status == 200
    assert told(origin) == {}
    assert gateway.get("/", *FORGED).status == 200
    assert told(origin) == {}
