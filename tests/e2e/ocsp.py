"""A responder of OCSP over HTTP whose answers `openssl ocsp` makes, and a client that looks at staples."""

from __future__ import annotations

import base64
import re
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from certificates import Certificates, Pair, openssl


def text_of(certificate: Path, *what: str) -> str:
    done = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", *what],
                          check=True, capture_output=True, text=True, timeout=20)
    return done.stdout.strip().split("=", 1)[1]


class Responder:
    """`mode` decides about the answers: "good", "revoked", "of a stranger", or an HTTP status."""

    def __init__(self, directory: Path, certificates: Certificates) -> None:
        self.directory, self.certificates = directory, certificates
        self.mode = "good"
        self.asked: list[tuple[str, str]] = []   # Host and path
        responder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                responder.asked.append((self.headers["Host"], self.path))
                if responder.mode.isdigit():
                    return self.send_error(int(responder.mode))
                answer = responder.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "application/ocsp-response")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Tests ask for what was asked."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __str__(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def answer(self, path: str) -> bytes:
        """Of all certificates the authority has made."""
        state = "R\t301231000000Z\t260101000000Z" if self.mode == "revoked" else "V\t301231000000Z\t"
        pairs = [self.certificates.localhost, self.certificates.rsa]
        serials = [text_of(pair.certificate, "-serial") for pair in pairs]
        lines = [f"{state}\t{serial}\tunknown\t/CN={serial}" for serial in serials]
        signer: Pair = (self.certificates.strange_authority if self.mode == "of a stranger"
                        else self.certificates.authority)
        name = self.directory / f"ocsp{threading.get_ident()}"
        index = name.with_suffix(".index")
        index.write_text("\n".join(lines) + "\n")
        asked = path.rsplit("/", 1)[1]
        name.with_suffix(".request").write_bytes(base64.b64decode(urllib.parse.unquote(asked)))
        openssl("ocsp", "-index", index, "-CA", self.certificates.authority.certificate,
                "-rsigner", signer.certificate, "-rkey", signer.key, "-nmin", 60,
                "-reqin", name.with_suffix(".request"), "-respout", name.with_suffix(".response"))
        return name.with_suffix(".response").read_bytes()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def stapled(port: int, *options: str) -> str:
    """The status in the proof that is shown with the certificate; "" without one. There is no error."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername",
                           "localhost", "-status", *options],
                          input="", text=True, capture_output=True, timeout=20)
    assert "BEGIN CERTIFICATE" in done.stdout and "Cipher is (NONE)" not in done.stdout, done.stderr
    found = re.search(r"Cert Status: (\w+)", done.stdout)
    assert found or "OCSP response: no response sent" in done.stdout
    return found.group(1) if found else ""
