"""WebSockets by an independent client and server (python3-websockets), through TLS and beside HTTP/2."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest
import websockets
from raw import eventually

UPGRADE = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"


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
        async for message in connection:
            await connection.send(message.upper())
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
