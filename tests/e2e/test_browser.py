"""A browser's page over TLS and HTTP/2, with a WebSocket and server-sent events, all through the gateway."""

from __future__ import annotations

import threading

import pytest
from browser import Browser
from conftest import Lab
from origins import Peer
from test_websockets import Chat

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

PAGE = """<!doctype html><title>page</title><script src="/script.js"></script>"""
SCRIPT = """
const [navigation] = performance.getEntriesByType('navigation');
const seen = {protocol: navigation.nextHopProtocol, events: [], chat: []};

function look() {
  const isWhole = seen.events.length == 3 && seen.chat.length == 3 && seen.posted;
  if (isWhole) globalThis.results = JSON.stringify(seen);
}
const events = new EventSource('/events');
events.onmessage = event => {
  seen.events.push(event.data);
  if (seen.events.length == 3) events.close(); else fetch('/next');
  look();
};
const socket = new WebSocket(`wss://${location.host}/chat`);
socket.onopen = () => ['hello', 'x'.repeat(70000)].forEach(text => socket.send(text));
socket.onmessage = message => {
  seen.chat.push(message.data.length > 100 ? message.data.length : message.data);
  if (seen.chat.length == 2) { seen.chat.push('closing'); socket.close(1000); }
  look();
};
fetch('/echo', {method: 'POST', body: 'y'.repeat(300000)}).then(answer => answer.text()).then(text => {
  seen.posted = text;
  look();
});
"""


class Backend:
    """Events, of which the next is sent when the page has asked for it: none waits in a buffer."""

    def __init__(self) -> None:
        self.next = threading.Semaphore(1)
        self.left = threading.Event()

    def __call__(self, peer: Peer) -> None:
        while True:
            head = peer.read_request()
            if head.target == "/events":
                return self.send_events(peer)
            if head.target == "/next":
                self.next.release()
            body = str(len(head.body))
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}")

    def send_events(self, peer: Peer) -> None:
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(3):
            assert self.next.acquire(timeout=30)
            peer.send(f"data: event {number}\n\n")
        peer.sock.settimeout(30)
        if peer.ended():
            self.left.set()


@pytest.fixture
def chat():
    made = Chat()
    yield made
    made.stop()


@pytest.mark.parametrize("protocol, http2, chat_line", [
    ("h2", "on", "/chat HTTP/2.0 200"), ("http/1.1", "off", "/chat HTTP/1.1 101")])
def test_a_page_with_a_web_socket_and_events(lab: Lab, certificates, chat, protocol: str, http2: str,
                                             chat_line: str) -> None:
    backend = Backend()
    gateway = lab.gateway(f"""
        log_format brief "$uri $server_protocol $status";
        server {{
            listen 127.0.0.1:%port% ssl; server_name localhost; http2 {http2}; {certificates.localhost}
            root %prefix%/site; access_log access.log brief;
            location /chat {{ proxy_pass http://127.0.0.1:{chat.port}; }}
            location ~ ^/(events|next|echo)$ {{ proxy_pass http://{lab.origin(backend)}; }}
        }}""", files={"site/index.html": PAGE, "site/script.js": SCRIPT, "site/favicon.ico": ""})
    with Browser(lab.directory, certificates.localhost.certificate) as browser:
        found = browser.results(f"https://localhost:{gateway.port}/",
                                "globalThis.results && JSON.parse(results)")
        assert found == {"protocol": protocol, "events": ["event 0", "event 1", "event 2"],
                         "chat": ["HELLO", 70000, "closing"], "posted": "300000"}
        assert backend.left.wait(30), "the events' connection ends when the page closes it"
    lines = gateway.access_lines(6)
    assert chat_line in lines
    assert f"/index.html HTTP/{'2.0' if http2 == 'on' else '1.1'} 200" in lines
