"""Certificates for one run of the tests, made by openssl: an authority, and what it signs.

`localhost` is of localhost, example.com, *.example.com and 127.0.0.1, `rsa` too with another kind of key;
`other` is of other.example, `client` is a client's, `expired` was good until yesterday, `stranger` is signed
by an authority that nobody trusts.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gateway import Gateway
from raw import PATIENCE, Wire

SITE = "DNS:localhost,DNS:example.com,DNS:*.example.com,IP:127.0.0.1"
KEYS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


@dataclass(frozen=True)
class Pair:
    """Paths of a certificate and its key."""

    certificate: Path
    key: Path

    def __str__(self) -> str:
        """As directives of a server."""
        return f"ssl_certificate {self.certificate}; ssl_certificate_key {self.key};"


class Certificates:
    """Made once, used by all tests: nobody changes these files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = self._authority("authority")
        self.strange_authority = self._authority("strange_authority")
        self.localhost = self._issue("localhost", SITE)
        self.rsa = self._issue("localhost", SITE, "rsa", name="rsa")
        self.other = self._issue("other.example", "DNS:other.example", name="other")
        self.client = self._issue("client.example", "DNS:client.example", name="client")
        self.expired = self._issue("localhost", SITE, days=-1, name="expired")
        self.stranger = self._issue("localhost", SITE, authority=self.strange_authority, name="stranger")

    def _authority(self, name: str) -> Pair:
        pair = Pair(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        openssl("req", "-x509", "-newkey", *KEYS["ecdsa"], "-nodes", "-keyout", pair.key,
                "-out", pair.certificate, "-subj", f"/CN={name}", "-days", 30)
        return pair

    def _issue(self, common_name: str, names: str, kind: str = "ecdsa", days: int = 30,
               authority: Pair | None = None, name: str = "") -> Pair:
        name = name or common_name
        by = authority or self.authority
        pair = Pair(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        request = self.directory / f"{name}.csr"
        openssl("req", "-newkey", *KEYS[kind], "-nodes", "-keyout", pair.key, "-out", request,
                "-subj", f"/O=Test/CN={common_name}", "-addext", f"subjectAltName={names}")
        openssl("x509", "-req", "-in", request, "-CA", by.certificate, "-CAkey", by.key, "-days", days,
                "-copy_extensions", "copy", "-out", pair.certificate)
        return pair

    def context(self, client: Pair | None = None, alpn: list[str] | None = None,
                version: ssl.TLSVersion | None = None, ciphers: str = "") -> ssl.SSLContext:
        """Of a client that trusts the authority. `ciphers`: of TLS 1.2, which is the version then."""
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        if client is not None:
            context.load_cert_chain(client.certificate, client.key)
        if alpn is not None:
            context.set_alpn_protocols(alpn)
        if ciphers:
            version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(ciphers)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, gateway: Gateway, name: str | None = "localhost", port: str = "port",
                **options) -> Wire:
        """A client's connection, encrypted, to a server that shows a certificate of this name. None: it asks
        for no name and takes one of any."""
        context = self.context(**options)
        if name is None:
            context.check_hostname = False
        address = str(gateway.values["host"]), int(str(gateway.values[port]))
        sock = socket.create_connection(address, timeout=PATIENCE)
        try:
            wire = Wire(context.wrap_socket(sock, server_hostname=name))
        except BaseException:
            sock.close()
            raise
        gateway.wires.append(wire)
        return wire
