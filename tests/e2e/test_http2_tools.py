"""Other programs' HTTP/2: nghttp2's client and load generator, many connections and streams at a time."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from origins import always
from raw import response

pytestmark = [pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx"),
              pytest.mark.skipif(shutil.which("h2load") is None, reason="needs nghttp2-client")]


@pytest.fixture
def gateway(lab, certificates):
    origin = lab.origin(always(response("proxied", "Content-Type: text/plain")))
    return lab.gateway(f"""
        upstream app {{ server {origin}; keepalive 16; }}
        server {{
            listen 127.0.0.1:%port% http2; listen 127.0.0.1:%port_tls% ssl http2; {certificates.localhost}
            keepalive_requests 1000000; client_max_body_size 4m; root %prefix%;
            location /proxied {{ proxy_pass http://app; }}
        }}""", files={"file": "0123456789" * 1000}, workers=2)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("scheme, port", [("http", "port"), ("https", "port_tls")])
@pytest.mark.parametrize("target, count", [("/file", 5000), ("/proxied", 3000)])
def test_a_load_loses_nothing(gateway, scheme, port, target, count):
    url = f"{scheme}://127.0.0.1:{gateway.values[port]}{target}"
    said = run("h2load", "-n", str(count), "-c", "20", "-m", "30", url)
    assert re.search(rf"{count} done, {count} succeeded, 0 failed, 0 errored, 0 timeout", said), said
    assert f"status codes: {count} 2xx" in said


@pytest.mark.parametrize("options", [[], ["--no-dep"], ["-w", "10", "-W", "16"], ["--hexdump"], ["-b", "255"],
                                     ["--header-table-size=0"], ["--encoder-header-table-size=0"],
                                     ["--expect-continue", "-d", "FILE"],
                                     ["--trailer", "x-sum: 1", "-d", "FILE"]])
def test_nghttp_gets_it(gateway, options):
    options = [str(gateway.prefix / "file") if option == "FILE" else option for option in options]
    target = "/proxied" if "-d" in options else "/file"
    url = f"https://127.0.0.1:{gateway.values['port_tls']}{target}"
    said = run("nghttp", "-v", "--no-verify-peer", *options, url)
    assert ":status: 200" in said
    assert "error_code=NO_ERROR" in said or "GOAWAY" not in said
