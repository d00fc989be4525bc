"""Certificates of clients, and names with which one might get around them: what the TLS client asks for (SNI)
and what the request is for (Host) are two things."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from certificates import Certificates, Pair

SITES = """
    %pair%
    server { listen 127.0.0.1:%port% ssl default_server; server_name open.example; return 200 "open\\n"; }
    server {
        listen 127.0.0.1:%port% ssl; server_name closed.example;
        ssl_client_certificate %authority%; ssl_verify_client on; return 200 "closed:$ssl_client_verify\\n";
    }
    server {
        listen 127.0.0.1:%port% ssl; server_name strange.example;
        ssl_client_certificate %strange%; ssl_verify_client on; return 200 "strange\\n";
    }
"""


@pytest.fixture
def gateway(lab, certificates: Certificates):
    return lab.gateway(SITES, pair=certificates.localhost,
                       authority=certificates.authority.certificate,
                       strange=certificates.strange_authority.certificate)


def ask(gateway, name: str, host: str, client: Pair | None = None, *options: object) -> str:
    """Status and body; `name` is sent as it is, none when it is empty."""
    asked = ["-servername", name] if name else ["-noservername"]
    shown = ["-cert", client.certificate, "-key", client.key] if client else []
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-ign_eof",
                           *asked, *shown, *options], text=True, capture_output=True, timeout=20,
                          input=f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert "HTTP/1.1 " in done.stdout, done.stderr
    head, _, rest = done.stdout.split("HTTP/1.1 ", 1)[1].replace("\r", "").partition("\n\n")
    return head.split(" ", 1)[0] + " " + rest.splitlines()[0]


@pytest.mark.parametrize("name", ["open.example", "", "nobody.example", "OPEN.example."])
@pytest.mark.parametrize("host", ["closed.example", "CLOSED.example", "closed.example.", "closed.example:1"])
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_site_that_wants_no_certificate_is_no_way_to_one_that_does(gateway, certificates, name, host,
                                                                     version):
    assert ask(gateway, name, host, None, version).startswith("421")
    assert ask(gateway, name, host, certificates.client, version).startswith("421")


@pytest.mark.parametrize("name", ["closed.example", "CLOSED.Example", "closed.example."])
@pytest.mark.parametrize("host", ["closed.example", "Closed.EXAMPLE", "closed.example."])
def test_a_name_may_be_written_otherwise(gateway, certificates, name, host):
    assert ask(gateway, name, host, certificates.client) == "200 closed:SUCCESS"
    assert ask(gateway, name, host).startswith("400")
    assert ask(gateway, name, host, certificates.stranger).startswith("400")


def test_who_has_shown_a_certificate_may_ask_for_a_site_that_wants_none(gateway, certificates):
    assert ask(gateway, "closed.example", "open.example", certificates.client) == "200 open"


def test_a_certificate_for_one_site_is_none_for_another(gateway, certificates):
    assert ask(gateway, "closed.example", "strange.example", certificates.client).startswith("421")
    assert ask(gateway, "strange.example", "strange.example", certificates.client).startswith("400")
    assert ask(gateway, "strange.example", "closed.example", certificates.stranger).startswith("421")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("tickets", ["on", "off"])
def test_a_session_is_not_taken_to_a_site_with_other_authorities(lab, certificates, tmp_path: Path, version,
                                                                 tickets):
    """The session holds a certificate that was good where it began."""
    settings = f"ssl_session_tickets {tickets}; ssl_session_cache shared:tls:1m;"
    gateway = lab.gateway(settings + SITES,
                          pair=certificates.localhost, authority=certificates.authority.certificate,
                          strange=certificates.strange_authority.certificate)
    session = tmp_path / "session"
    kept = ["-sess_out", session, version]
    first = ask(gateway, "closed.example", "closed.example", certificates.client, *kept)
    assert first == "200 closed:SUCCESS"
    resuming = ["-sess_in", session, version]
    assert ask(gateway, "closed.example", "closed.example", None, *resuming) == "200 closed:SUCCESS"
    assert ask(gateway, "strange.example", "strange.example", None, *resuming).startswith("400")
    assert ask(gateway, "strange.example", "closed.example", None, *resuming).startswith("421")
    assert ask(gateway, "open.example", "closed.example", None, *resuming).startswith("421")


@pytest.mark.parametrize("name, shown", [("open.example", "localhost"), ("other.example", "other.example")])
def test_the_certificate_is_the_same_after_a_request_to_try_again(lab, certificates, name, shown):
    """The client's first key share is of a group that the server does not take (HelloRetryRequest)."""
    gateway = lab.gateway(f"""
        server {{
            listen 127.0.0.1:%port% ssl default_server; server_name open.example;
            {certificates.localhost} ssl_ecdh_curve X25519; return 200 open;
        }}
        server {{
            listen 127.0.0.1:%port% ssl; server_name other.example;
            {certificates.other} ssl_ecdh_curve X25519; return 200 other;
        }}
    """)
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-servername",
                           name, "-groups", "P-256:X25519", "-msg"], text=True, capture_output=True,
                          timeout=20, input="")
    hellos = [line for line in done.stdout.splitlines() if line.startswith(">>>") and "ClientHello" in line]
    assert len(hellos) == 2
    assert f"subject=O = Test, CN = {shown}" in done.stdout
    assert ask(gateway, name, name, None, "-groups", "P-256:X25519").startswith("200")
