"""TLS as a configuration asks for it: which certificate is shown to whom, who may read its key, and what the
variables tell. Debian's nginx proves what holds for it, too."""

import os
import ssl
import subprocess

import pytest

from certificates import Certificates
from gateway import BINARY
from programs import curl
from raw import eventually

LISTEN = "listen 127.0.0.1:%port% ssl;"


def shown_name(wire) -> str:
    """The first name of the certificate that the server showed."""
    return wire.sock.getpeercert()["subjectAltName"][0][1]


def test_a_certificate_is_chosen_by_the_name_that_is_asked_for(lab, certificates):
    gateway = lab.gateway(f"""
        {certificates.localhost}
        server {{ {LISTEN} server_name localhost *.example.com; return 200 first; }}
        server {{ {LISTEN} server_name other.example; {certificates.other} return 200 second; }}
    """)
    for name, expected in (("localhost", "first"), ("www.example.com", "first"), ("other.example", "second")):
        wire = certificates.connect(gateway, name)
        assert shown_name(wire) == ("other.example" if expected == "second" else "localhost")
        assert wire.ask("GET", "/", host=name).text == expected
    assert shown_name(certificates.connect(gateway, None)) == "localhost"


def test_a_server_without_a_certificate_shows_the_default_servers(lab, certificates):
    gateway = lab.gateway(f"""
        server {{ {LISTEN} server_name localhost; {certificates.localhost} return 200 first; }}
        server {{ {LISTEN} server_name www.example.com; return 200 second; }}
    """)
    wire = certificates.connect(gateway, "www.example.com")
    assert wire.ask("GET", "/", host="www.example.com").text == "second"


@pytest.mark.parametrize("ciphers, kind", [("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA"),
                                           ("ECDHE-RSA-AES128-GCM-SHA256", "RSA")])
def test_the_kind_of_certificate_that_a_client_wants_is_shown(lab, certificates, ciphers, kind):
    gateway = lab.gateway(f"server {{ {LISTEN} {certificates.localhost} {certificates.rsa} return 200; }}")
    wire = certificates.connect(gateway, ciphers=ciphers)
    assert wire.sock.cipher()[0].split("-")[1] == kind


def test_a_handshake_is_rejected_where_nobody_is_meant(lab, certificates):
    gateway = lab.gateway(f"""
        server {{ {LISTEN} ssl_reject_handshake on; }}
        server {{ {LISTEN} server_name localhost; {certificates.localhost} return 200 known; }}
    """)
    assert certificates.connect(gateway).ask("GET", "/").text == "known"
    for name in ("www.example.com", None):
        with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
            certificates.connect(gateway, name)


def test_protocols_are_those_of_the_configuration(lab, certificates):
    gateway = lab.gateway(
        f"server {{ {LISTEN} {certificates.localhost} ssl_protocols TLSv1.2; return 200; }}")
    wire = certificates.connect(gateway)
    assert wire.sock.version() == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        certificates.connect(gateway, version=ssl.TLSVersion.TLSv1_3)


def test_a_reload_takes_another_certificate(lab, certificates):
    server = "server {{ listen 127.0.0.1:%port% ssl; {} return 200; }}"
    gateway = lab.gateway(server.format(certificates.localhost))
    assert shown_name(certificates.connect(gateway)) == "localhost"
    gateway.reload(server.format(certificates.other))

    def is_shown() -> bool:
        wire = certificates.connect(gateway, None)
        try:
            return shown_name(wire) == "other.example"
        finally:
            wire.close()
    eventually(is_shown, "the new certificate is shown")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can read what nobody cannot")
def test_keys_are_read_with_the_rights_of_the_start(lab, certificates):
    gateway = lab.prepare(f"""
        server {{
            {LISTEN} ssl_certificate site.pem; ssl_certificate_key site.key; return 200 secret;
        }}
    """, user="user nobody nogroup;", files={"site.pem": certificates.localhost.certificate.read_bytes(),
                                     "site.key": certificates.localhost.key.read_bytes()})
    (gateway.prefix / "site.key").chmod(0o600)
    gateway.start()
    assert certificates.connect(gateway).ask("GET", "/").text == "secret"


@pytest.mark.parametrize("mistake, message", [
    ("listen 127.0.0.1:1 ssl;", 'no "ssl_certificate" is defined for the "listen ... ssl" directive'),
    ("ssl_certificate nowhere.pem; ssl_certificate_key nowhere.key;", 'cannot load certificate "'),
    ("ssl_certificate nowhere.pem;", 'no "ssl_certificate_key" is defined for certificate "'),
    ("%pair% ssl_certificate_key /dev/null;", ""),
    ("%pair% ssl_verify_client on;", "no ssl_client_certificate"),
    ("%pair% ssl_ciphers NONE-SUCH;", 'SSL_CTX_set_cipher_list("NONE-SUCH") failed'),
    ("%pair% ssl_session_cache shared:a:1k;", 'session cache "shared:a:1k" is too small'),
])
def test_a_mistake_is_told_in_nginxs_words(lab, certificates, mistake, message):
    gateway = lab.prepare(f"server {{ {mistake.replace('%pair%', str(certificates.localhost))} }}", port=0)
    done = subprocess.run([str(BINARY), "-t", *gateway.arguments], capture_output=True, text=True, timeout=20)
    assert message in done.stderr
    assert (done.returncode == 0) == (message == "")


def ask_for(gateway, certificates: Certificates, target: str = "/", **options) -> str:
    return certificates.connect(gateway, **options).ask("GET", target).text


def test_variables_tell_of_the_session(lab, certificates):
    gateway = lab.gateway(f"""
        server {{
            listen 127.0.0.1:%port% ssl;
            listen 127.0.0.1:%port_plain%;
            {certificates.localhost}
            return 200 "$https|$scheme|$ssl_protocol|$ssl_cipher|$ssl_server_name|%rest%";
        }}
    """, rest="$ssl_session_reused|$ssl_curves")
    text = ask_for(gateway, certificates, version=ssl.TLSVersion.TLSv1_2)
    https, scheme, protocol, cipher, name, reused, curves = text.split("|")
    assert (https, scheme, protocol, name, reused) == ("on", "https", "TLSv1.2", "localhost", ".")
    assert cipher.startswith("ECDHE-ECDSA-")
    assert "X25519" in curves.split(":")
    assert ask_for(gateway, certificates, name=None).split("|")[4] == ""
    assert gateway.get("/", port="port_plain").text == "|http|||||"


@pytest.mark.gatehouse("$ssl_curve and $ssl_alpn_protocol are younger than Debian's nginx")
def test_younger_variables_tell_of_the_session(lab, certificates):
    gateway = lab.gateway(f"""
        server {{ {LISTEN} {certificates.localhost} return 200 "$ssl_alpn_protocol|$ssl_curve"; }}
    """)
    assert ask_for(gateway, certificates, alpn=["http/1.1"]) == "http/1.1|X25519"
    assert ask_for(gateway, certificates) == "|X25519"


CLIENT = ("$ssl_client_verify|$ssl_client_s_dn|$ssl_client_i_dn|$ssl_client_s_dn_legacy|$ssl_client_serial|"
          "$ssl_client_fingerprint|$ssl_client_v_start|$ssl_client_v_end|$ssl_client_v_remain")


def test_variables_tell_who_the_client_is(lab, certificates):
    gateway = lab.gateway(f"""
        server {{
            {LISTEN}
            {certificates.localhost}
            ssl_verify_client optional;
            ssl_client_certificate {certificates.authority.certificate};
            location / {{ return 200 "{CLIENT}"; }}
            location /pem {{
                add_header X-Escaped $ssl_client_escaped_cert;
                return 200 $ssl_client_raw_cert;
            }}
        }}
    """)
    verdict, *facts = ask_for(gateway, certificates, client=certificates.client).split("|")
    assert verdict == "SUCCESS"
    assert facts[:3] == ["CN=client.example,O=Test", "CN=authority", "/O=Test/CN=client.example"]
    assert len(facts[4]) == 40
    assert facts[5].endswith(" GMT") and facts[6].endswith(" GMT")
    assert facts[7] in ("29", "30")
    assert ask_for(gateway, certificates) == "NONE||||||||"
    message = certificates.connect(gateway, client=certificates.client).ask("GET", "/pem")
    assert message.text == certificates.client.certificate.read_text()
    assert message.get("X-Escaped").startswith("-----BEGIN%20CERTIFICATE-----%0AMI")


@pytest.mark.gatehouse("1.22 asks for ssl_client_certificate even where any certificate is taken")
def test_a_certificate_of_an_unknown_authority_is_told_of(lab, certificates):
    gateway = lab.gateway(f"""
        server {{
            {LISTEN} {certificates.localhost}
            ssl_verify_client optional_no_ca; return 200 $ssl_client_verify;
        }}
    """)
    assert ask_for(gateway, certificates, client=certificates.stranger).startswith("FAILED:")


@pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")
def test_http2_is_offered_where_a_server_says_so(lab, certificates):
    gateway = lab.gateway(f"""
        {certificates.localhost}
        server {{ {LISTEN} http2 on; return 200 "$http2|$server_protocol|$ssl_alpn_protocol"; }}
        server {{
            {LISTEN} server_name www.example.com;
            return 200 "$http2|$server_protocol|$ssl_alpn_protocol";
        }}
    """)
    for name, expected in (("localhost", "h2|HTTP/2.0|h2"), ("www.example.com", "|HTTP/1.1|http/1.1")):
        done = curl("--http2", "--cacert", str(certificates.authority.certificate), "--resolve",
                    f"{name}:{gateway.port}:127.0.0.1", f"https://{name}:{gateway.port}/")
        assert done.stdout == expected, done.stderr


def test_http2_of_a_listen_is_for_all_its_servers(lab, certificates):
    gateway = lab.gateway(f"""
        {certificates.localhost}
        server {{ listen 127.0.0.1:%port% ssl http2; return 200; }}
        server {{ {LISTEN} server_name www.example.com; return 200; }}
    """)
    wire = certificates.connect(gateway, "www.example.com", alpn=["h2", "http/1.1"])
    assert wire.sock.selected_alpn_protocol() == "h2"
