"""The endpoints of the protocol matrix: one set of answers, over HTTP/1.1 or HTTP/2, with TLS or without.

What a path is answered is an `Answer`; `script` and `call` write the same one in either protocol. Only what
has no meaning in HTTP/2 differs: fields of one connection, and a body that ends with it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from conftest import Lab
from h2_origins import Call, H2Origin, server_context
from origins import Origin, Peer
from raw import chunked, to_bytes

MIB = 1 << 20
NOT_SHOWN = {"connection", "te", "content-length", "transfer-encoding", "host", "keep-alive"}
ENDPOINTS = ["h1", "h1-tls", "h2c", "h2-tls"]

Pairs = list[tuple[str, str]]


@dataclass
class Answer:
    """A response, whatever it is said in."""

    pieces: list[bytes] = field(default_factory=list)
    fields: Pairs = field(default_factory=list)
    status: int = 200
    trailers: Pairs = field(default_factory=list)
    hints: Pairs = field(default_factory=list)   # 103
    has_length: bool = True
    ends_with_connection: bool = False   # in HTTP/1.1
    of_connection: Pairs = field(default_factory=list)   # fields of HTTP/1.1 alone

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def answer_to(method: str, path: str, fields: Pairs, body: bytes, origin: str) -> Answer:
    def echoed() -> bytes:
        shown = sorted(f"{name.lower()}: {value}" for name, value in fields
                       if name.lower() not in NOT_SHOWN and not name.startswith(":"))
        return to_bytes("\n".join([f"{method} {path}", *shown, ""])) + body

    cookie = "; ".join(value for name, value in fields if name.lower() == "cookie")
    answers = {
        "/length": Answer([b"a body"], [("X-Field", "of the origin"), ("Content-Type", "text/plain")]),
        "/chunked": Answer([b"one ", b"two"], has_length=False),
        "/closed": Answer([b"until the end"], has_length=False, ends_with_connection=True),
        "/trailers": Answer([b"one"], [("Trailer", "X-Sum")], trailers=[("X-Sum", "3")], has_length=False),
        "/empty": Answer(),
        "/204": Answer([], [("X-Field", "here")], 204, has_length=False),
        "/304": Answer([], [("ETag", '"x"')], 304, has_length=False),
        "/redirect": Answer([], [("Location", f"{origin}/there")], 302),
        "/cookies": Answer([to_bytes(cookie)], [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")]),
        "/hints": Answer([b"hinted"], hints=[("Link", "</style.css>")]),
        "/large": Answer([b"0123456789abcdef" * (MIB // 16)]),
        "/events": Answer([b"data: 1\n\n", b"data: 2\n\n"], [("Content-Type", "text/event-stream")],
                          has_length=False),
        "/hop": Answer([b"hop"], of_connection=[("Connection", "X-Private"), ("X-Private", "secret"),
                                                ("Keep-Alive", "timeout=5")]),
        "/no-date": Answer([b"x"], [("Server", "other"), ("X-Odd", "spaced")]),
        "/missing": Answer([b"nothing here"], [("WWW-Authenticate", "Basic")], 404),
        "/broken": Answer([b"sorry"], status=500),
        "/echo": Answer([echoed()]),
    }
    return answers[path]


def script(peer: Peer) -> None:
    """Of HTTP/1.1."""
    while True:
        message = peer.read_request()
        scheme = "https" if isinstance(peer.sock, ssl.SSLSocket) else "http"
        path = message.target.partition("?")[0]
        answer = answer_to(message.method, path, message.fields, message.body, f"{scheme}://{peer.origin}")
        lines = ["HTTP/1.1 103 Early Hints", *(f"{name}: {value}" for name, value in answer.hints), "", ""]
        head = "\r\n".join(lines) if answer.hints else ""
        fields = answer.fields + answer.of_connection
        is_chunked = not answer.has_length and not answer.ends_with_connection and answer.pieces
        if answer.has_length:
            fields = [*fields, ("Content-Length", str(len(answer.body)))]
        elif is_chunked:
            fields = [*fields, ("Transfer-Encoding", "chunked")]
        head += f"HTTP/1.1 {answer.status} Whatever\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        trailers = [f"{name}: {value}" for name, value in answer.trailers]
        body = chunked(*answer.pieces, trailers=trailers) if is_chunked else answer.body
        peer.send(to_bytes(head) + (b"" if message.method == "HEAD" else body))
        if answer.ends_with_connection:
            return


def call(asked: Call) -> None:
    """Of HTTP/2."""
    origin = asked.peer.origin
    method, path = asked.fields[":method"], asked.fields[":path"].partition("?")[0]
    scheme = "https" if origin.context else "http"
    answer = answer_to(method, path, asked.all_fields, asked.body, f"{scheme}://{origin}")
    if answer.hints:
        asked.peer.head(asked.stream, [(":status", "103"), *lowered(answer.hints)])
    fields = lowered(answer.fields)
    if answer.has_length:
        fields.append(("content-length", str(len(answer.body))))
    pieces = [] if method == "HEAD" else answer.pieces
    is_over = not pieces and not answer.trailers
    asked.peer.head(asked.stream, [(":status", str(answer.status)), *fields], end=is_over)
    for number, piece in enumerate(pieces, 1):
        asked.peer.data(asked.stream, piece, end=number == len(pieces) and not answer.trailers)
    if answer.trailers and not is_over:
        asked.peer.head(asked.stream, lowered(answer.trailers), end=True)


def lowered(fields: Pairs) -> Pairs:
    return [(name.lower(), value) for name, value in fields]


class TlsOrigin(Origin):
    """An origin of HTTP/1.1 over TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__(script)

    def _serve(self, peer: Peer) -> None:
        try:
            peer.sock = self.context.wrap_socket(peer.sock, server_side=True)
        except OSError:
            return
        super()._serve(peer)


def endpoint_of(lab: Lab, certificates, kind: str) -> Origin | H2Origin:
    """One of ENDPOINTS."""
    if kind == "h1":
        return lab.origin(script)
    pair = certificates.localhost
    if kind == "h1-tls":
        made = TlsOrigin(server_context(pair, ["http/1.1"]))
    else:
        made = H2Origin(call, context=server_context(pair, ["h2"]) if kind == "h2-tls" else None)
    lab.origins.append(made)
    return made


def pass_to(endpoint: Origin | H2Origin, kind: str) -> str:
    """The directives that forward to it."""
    scheme = "https" if kind.endswith("tls") else "http"
    return (f"proxy_pass {scheme}://{endpoint}/; proxy_ssl_verify off; "
            f"proxy_http_version {2 if kind.startswith('h2') else 1.1};")
