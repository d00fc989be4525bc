"""WebSockets by an independent client and server (python3-websockets), through TLS and beside HTTP/2."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest
import websockets
from h2_client import H2Client, h2_over_tls
from raw import eventually

UPGRADE = """
    proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
"""


class Chat:
    """An endpoint that sends back what it is sent, in capitals."""

    def __init__(self) -> None:
        self.port = 0
        self.closed: list[int] = []
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        eventually(lambda: self.port, "the endpoint listens")

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(websockets.serve(self._serve, "127.0.0.1", 0, max_size=None))
        self.port = server.sockets[0].getsockname()[1]
        self.loop.run_forever()

    async def _serve(self, connection) -> None:
        try:
            async for message in connection:
                await connection.send(message.upper())
        except websockets.ConnectionClosedError:
            pass   # how it ended is in its close_code
        self.closed.append(connection.close_code)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.stop()


async def talk(url: str, messages: list[str | bytes], context=None) -> list[str | bytes]:
    options = {"ssl": context} if context else {}
    async with websockets.connect(url, max_size=None, open_timeout=10, **options) as connection:
        answers = []
        for message in messages:
            await connection.send(message)
            answers.append(await asyncio.wait_for(connection.recv(), 10))
        return answers


MESSAGES = ["hello", b"bytes", "", "x" * 70_000, os.urandom(16).hex().encode() * 100_000]


@pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")
@pytest.mark.parametrize("scheme, port", [("ws", "port"), ("wss", "port_tls")])
def test_messages_pass_both_ways(lab, certificates, chat, scheme, port):
    gateway = lab.gateway(f"""server {{
        listen 127.0.0.1:%port%; listen 127.0.0.1:%port_tls% ssl; server_name localhost; http2 on;
        {certificates.localhost} location / {{ proxy_pass http://127.0.0.1:{chat.port}; {UPGRADE} }}
    }}""")
    context = certificates.context() if scheme == "wss" else None
    url = f"{scheme}://localhost:{gateway.values[port]}/chat"
    assert asyncio.run(talk(url, MESSAGES, context)) == [message.upper() for message in MESSAGES]
    eventually(lambda: chat.closed == [1000], "its end is passed on, too")
    assert gateway.access_lines(1)[0].split('"')[2].startswith(" 101 ")


def test_many_talk_at_once(lab, certificates, chat):
    gateway = lab.gateway(f"""server {{
        listen 127.0.0.1:%port% ssl; server_name localhost; {certificates.localhost}
        location / {{ proxy_pass http://127.0.0.1:{chat.port}; {UPGRADE} }}
    }}""", workers=2)

    async def all_of_them() -> list[list[str | bytes]]:
        url, context = f"wss://localhost:{gateway.port}/", certificates.context()
        return await asyncio.gather(*(talk(url, [f"m{number}"] * 20, context) for number in range(50)))

    assert asyncio.run(all_of_them()) == [[f"M{number}"] * 20 for number in range(50)]


# --- over a stream of HTTP/2 (RFC 8441): the frames are those of RFC 6455, in DATA ---

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def ws_frame(opcode: int, data: bytes) -> bytes:
    """A masked frame of fewer than 64 KiB."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + data


def ws_frames(data: bytes) -> list[tuple[int, bytes]]:
    """The frames of a server that are here whole."""
    found = []
    while len(data) >= 2:
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        if len(data) < start + size:
            break
        found.append((data[0] & 15, bytes(data[start:start + size])))
        data = data[start + size:]
    return found


def upgrade(client: H2Client, path: str = "/chat", protocol: str = "websocket") -> int:
    return client.begin("CONNECT", path, (":protocol", protocol), ("sec-websocket-version", "13"), end=False)


@pytest.fixture
def h2_gateway(lab, certificates, chat):
    return lab.gateway(f"""server {{
        listen 127.0.0.1:%port% ssl http2; server_name localhost; {certificates.localhost}
        location /chat {{ proxy_pass http://127.0.0.1:{chat.port}; }}
        location /text {{ return 200 text; }}
        location /gone {{ proxy_pass http://127.0.0.1:{lab.free_port()}; }}
        location /plain {{ proxy_pass http://{lab.origin()}; }}
    }}""")


@pytest.mark.gatehouse("it knows no extended CONNECT")
def test_a_stream_may_be_a_web_socket(h2_gateway, certificates, chat):
    client = h2_over_tls(h2_gateway, certificates)
    streams = [upgrade(client) for _ in range(5)]
    for stream in streams:
        client.until(lambda stream=stream: client.answers[stream].status == 200, "it is accepted")
        client.send(stream, ws_frame(TEXT, b"hello %d" % stream))
        client.send(stream, ws_frame(PING, b"?") + ws_frame(TEXT, b"x" * 60_000))
    for stream in streams:
        body = client.answers[stream].body
        client.until(lambda body=body: len(ws_frames(body)) == 3, "three frames come back")
        texts = [data for opcode, data in ws_frames(body) if opcode == TEXT]
        assert texts == [b"HELLO %d" % stream, b"X" * 60_000]
        assert (PONG, b"?") in ws_frames(body)   # which may come before what was sent earlier
        assert client.get("/text").text == "text"
        client.send(stream, ws_frame(CLOSE, b"\x03\xe8"))
        client.until(lambda stream=stream: client.answers[stream].is_over, "its end")
        assert ws_frames(body)[3] == (CLOSE, b"\x03\xe8")
        client.send(stream, b"", end=True)   # the endpoint would wait for it
    eventually(lambda: chat.closed == [1000] * 5, "the endpoint sees each end")
    assert client.is_alive()


@pytest.mark.gatehouse("it knows no extended CONNECT")
def test_a_reset_ends_the_web_socket(h2_gateway, certificates, chat):
    client = h2_over_tls(h2_gateway, certificates)
    stream = upgrade(client)
    client.until(lambda: client.answers[stream].status == 200)
    client.reset(stream)
    eventually(lambda: chat.closed == [1006], "the endpoint's connection is lost")
    assert client.get("/text").text == "text"


@pytest.mark.gatehouse("it knows no extended CONNECT")
def test_a_lost_connection_ends_its_web_sockets(h2_gateway, certificates, chat):
    client = h2_over_tls(h2_gateway, certificates)
    streams = [upgrade(client) for _ in range(3)]
    client.until(lambda: all(client.answers[stream].status == 200 for stream in streams))
    client.wire.close()
    eventually(lambda: chat.closed == [1006] * 3, "the endpoint's connections are lost")


@pytest.mark.gatehouse("it knows no extended CONNECT")
@pytest.mark.parametrize("path, protocol, status", [
    ("/gone", "websocket", 502), ("/text", "websocket", 501), ("/plain", "websocket", 501),
    ("/plain", "strange", 501),
])
def test_where_there_is_no_web_socket_none_is_accepted(h2_gateway, certificates, path, protocol, status):
    client = h2_over_tls(h2_gateway, certificates)
    assert client.answer(upgrade(client, path, protocol)).status == status
    assert client.get("/text").text == "text"
