"""CONNECT, where tunnel_pass says so: over HTTP/1 and HTTP/2, only where to it is allowed."""

from __future__ import annotations

import socket
import threading

import pytest
from conftest import Lab
from gateway import run
from h2_client import CANCEL, Answer, H2Client, h2_on, h2_over_tls
from origins import Peer, always, named
from programs import curl
from raw import Wire, eventually, request, response

pytestmark = pytest.mark.gatehouse("the tunnel module is younger than Debian's nginx")

CONNECT_ERROR = 10
FREE = "tunnel_allow_hosts any; tunnel_allow_ports any;"
LOCAL = "tunnel_allow_hosts 127.0.0.0/8; tunnel_allow_ports any;"
BRIEF = 'log_format brief "$request_method $host:$request_port $status $gatehouse_reason $upstream_addr";'


def shout(peer: Peer) -> None:
    """Sends back what comes, in capitals, until its end."""
    while peer.fill():
        peer.send(peer.take(1 << 16).upper())


def proxy(lab: Lab, body: str, before: str = "", **options):
    listen = "listen 127.0.0.1:%port%; server_name localhost; http2 on; access_log access.log brief;"
    return lab.gateway(f"{BRIEF} {before} server {{ {listen} {body} }}", **options)


def connect(gateway, target: object, *fields: str, rest: bytes = b"") -> Wire:
    return gateway.send(request("CONNECT", str(target), *fields, host=str(target)) + rest)


def refused(gateway, target: object, *fields: str, rest: bytes = b"") -> int:
    """The status; the connection has ended behind the answer."""
    wire = connect(gateway, target, *fields, rest=rest)
    message = wire.read_response()
    assert message.get("connection") == "close"
    assert wire.ended()
    return message.status


# --- HTTP/1 ---

def test_a_tunnel_carries_bytes_both_ways_until_both_ends(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; {LOCAL}")
    wire = connect(gateway, origin)
    head = wire.read_head()
    assert head.start == "HTTP/1.1 200 OK"
    names = {name.lower() for name, _ in head.fields}
    assert not names & {"content-length", "transfer-encoding", "connection", "content-type"}
    wire.send("hello")
    assert wire.read_exactly(5) == b"HELLO"
    wire.send(b"\0\r\n\r\nGET / HTTP/1.1\r\n")
    assert wire.read_exactly(21) == b"\0\r\n\r\nGET / HTTP/1.1\r\n"[:21]
    wire.half_close()
    assert wire.ended()
    assert gateway.access_lines(1) == [f"CONNECT {origin} 200 - {origin}"]


def test_what_comes_behind_the_head_belongs_to_the_tunnel(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; {LOCAL}")
    wire = connect(gateway, origin, rest=b"early bytes")
    wire.read_head()
    assert wire.read_exactly(11) == b"EARLY BYTES"


def test_an_endpoint_that_speaks_first_is_heard(lab: Lab) -> None:
    gateway = proxy(lab, f"tunnel_pass; {LOCAL}")
    wire = connect(gateway, lab.origin(lambda peer: peer.send("220 ready\r\n")))
    assert wire.read_head().status == 200
    assert wire.read_to_end() == b"220 ready\r\n"


def test_many_mebibytes_pass(lab: Lab) -> None:
    origin = lab.origin(shout)
    wire = connect(proxy(lab, f"tunnel_pass; {LOCAL}"), origin)
    wire.read_head()
    body = b"abcdefgh" * (1 << 20)
    threading.Thread(target=wire.send, args=(body,), daemon=True).start()
    assert wire.read_exactly(len(body)) == body.upper()


def test_curl_reaches_a_site_with_tls_through_the_tunnel(lab: Lab, certificates) -> None:
    site = lab.gateway(f"""server {{ listen 127.0.0.1:%port% ssl; server_name localhost;
        {certificates.localhost} location / {{ return 200 "inside $scheme"; }} }}""")
    gateway = proxy(lab, f"tunnel_pass; {FREE}")
    for target in ("localhost", "127.0.0.1"):
        done = curl("--noproxy", "", "--proxy", f"http://127.0.0.1:{gateway.port}", "--cacert",
                    str(certificates.authority.certificate), f"https://{target}:{site.port}/")
        assert done.stdout == "inside https", done.stderr


def test_curl_tunnels_plain_http_through_a_proxy_with_tls(lab: Lab, certificates) -> None:
    origin = lab.origin(always(response("plain")))
    gateway = lab.gateway(f"""server {{ listen 127.0.0.1:%port% ssl; server_name localhost;
        {certificates.localhost} tunnel_pass; {LOCAL} }}""")
    done = curl("--noproxy", "", "-p", "--proxy", f"https://localhost:{gateway.port}", "--proxy-cacert",
                str(certificates.authority.certificate), f"http://{origin}/")
    assert done.stdout == "plain", done.stderr


def test_a_fixed_address_is_where_every_tunnel_leads(lab: Lab) -> None:
    a, b = lab.origin(shout), lab.origin(named("http"))
    gateway = proxy(lab, f"location / {{ tunnel_pass {a}; }} location /http {{ proxy_pass http://{b}; }}")
    wire = connect(gateway, "anything.example:25")
    assert wire.read_head().status == 200
    wire.send("x")
    assert wire.read_exactly(1) == b"X"
    assert gateway.get("/http").text == "http"


def test_a_group_of_endpoints_is_balanced_and_failed_over(lab: Lab) -> None:
    origins = [lab.origin(lambda peer, name=name: peer.send(name)) for name in "ab"]
    servers = " ".join(f"server {origin};" for origin in origins)
    gateway = proxy(lab, "tunnel_pass relays;", f"upstream relays {{ {servers} }}")

    def ask() -> bytes:
        wire = connect(gateway, "x.example:443")
        wire.read_head()
        return wire.read_to_end()

    assert sorted(ask() for _ in range(4)) == [b"a", b"a", b"b", b"b"]
    origins[0].stop()
    assert {ask() for _ in range(4)} == {b"b"}


def test_a_tunnel_leads_to_a_unix_socket(lab: Lab) -> None:
    path = lab.directory / "relay.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    gateway = proxy(lab, f"tunnel_pass unix:{path};")
    wire = connect(gateway, "x.example:443")
    assert wire.read_head().status == 200
    peer, _ = listener.accept()
    peer.sendall(b"through the socket")
    assert wire.read_exactly(18) == b"through the socket"
    peer.close()
    listener.close()


def test_idle_tunnels_end(lab: Lab) -> None:
    ended = threading.Event()

    def script(peer: Peer) -> None:
        if peer.ended():
            ended.set()

    wire = connect(proxy(lab, f"tunnel_pass; {LOCAL} tunnel_read_timeout 300ms;"), lab.origin(script))
    wire.read_head()
    assert wire.ended()
    assert ended.wait(10)


def test_a_client_that_leaves_ends_the_tunnel(lab: Lab) -> None:
    ended = threading.Event()

    def script(peer: Peer) -> None:
        if peer.ended():
            ended.set()

    wire = connect(proxy(lab, f"tunnel_pass; {LOCAL}"), lab.origin(script))
    wire.read_head()
    wire.reset()
    assert ended.wait(10)


def test_a_tunnel_outlives_a_reload(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; {LOCAL}")
    wire = connect(gateway, origin)
    wire.read_head()
    gateway.reload("server { listen 127.0.0.1:%port%; return 204; }")
    eventually(lambda: gateway.get("/").status == 204, "the new configuration is in force")
    wire.send("still here")
    assert wire.read_exactly(10) == b"STILL HERE"
    assert refused(gateway, origin) == 405


# --- what is refused ---

def test_connect_is_not_understood_where_there_is_no_tunnel(lab: Lab) -> None:
    origin = lab.origin(named("a"))
    gateway = proxy(lab, f"location / {{ proxy_pass http://{origin}; }}")
    assert refused(gateway, origin) == 405
    assert not origin.requests


def test_other_methods_are_not_for_tunnels_and_connect_is_for_nothing_else(lab: Lab) -> None:
    origin = lab.origin(shout)
    inner = lab.origin(named("site"))
    gateway = proxy(lab, f"""location / {{ proxy_pass http://{inner}; }}
        location /tunnel {{ tunnel_pass {origin}; }} location /text {{ return 200 text; }}""")
    assert gateway.get("/tunnel").status == 405
    assert gateway.get("/").text == "site"
    assert refused(gateway, "x.example:443") == 405   # its path is "/"
    assert [message.method for message in inner.requests] == ["GET"]


def test_an_answer_that_is_no_tunnel_cannot_pass_for_one(lab: Lab) -> None:
    gateway = proxy(lab, "if ($request_method = CONNECT) { return 200 text; } tunnel_pass;")
    assert refused(gateway, "x.example:443") == 405
    assert h2_connect(h2_on(gateway), "x.example:443", end=True).status == 405


@pytest.mark.parametrize("target", ["x.example", "x.example:", ":443", "x.example:0", "x.example:65536",
                                    "x.example:port", "http://x.example:443", "u:p@x.example:443",
                                    "x.example:443/", "x.example:443?", "x..example:443"])
def test_what_is_no_authority_is_refused(lab: Lab, target: str) -> None:
    gateway = proxy(lab, f"tunnel_pass; {FREE}")
    wire = gateway.send(request("CONNECT", target))
    assert wire.read_response().status == 400


def test_a_connect_with_a_body_or_of_http_1_0_is_refused(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; {LOCAL}")
    assert refused(gateway, origin, "Content-Length: 1", rest=b"x") == 400
    assert refused(gateway, origin, "Transfer-Encoding: chunked", rest=b"0\r\n\r\n") == 400
    old = gateway.send(f"CONNECT {origin} HTTP/1.0\r\n\r\n")
    assert old.read_response().status == 405
    wire = connect(gateway, origin, "Content-Length: 0")
    assert wire.read_head().status == 200
    eventually(lambda: len(origin.peers) == 1, "one connection, and it is this")


def test_what_follows_a_refused_connect_is_no_request(lab: Lab) -> None:
    """It was meant for somebody else, whatever it looks like."""
    gateway = proxy(lab, "location / { return 403; } location /t { tunnel_pass a.example:1; }")
    wire = connect(gateway, "x.example:443", rest=request("GET", "/smuggled"))
    assert wire.read_response().status == 403
    assert wire.ended()
    assert len(gateway.access_lines(1)) == 1


def test_by_default_only_https_of_the_public_internet_is_reached(lab: Lab) -> None:
    dns = lab.dns()
    dns.names["inside.example"] = ["127.0.0.1"]
    dns.names["mixed.example"] = ["8.8.8.8", "10.0.0.1"]
    gateway = proxy(lab, "allow 127.0.0.1; deny all; tunnel_pass;", f"resolver {dns};")
    for target in ("127.0.0.1:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "10.1.2.3:443",
                   "169.254.169.254:443", "localhost:443", "inside.example:443"):
        assert refused(gateway, target) == 403, target
    for target in ("x.example:22", "x.example:25", "8.8.8.8:53"):
        assert refused(gateway, target) == 403, target
    gateway.says('a tunnel to port 25 is not allowed by "tunnel_allow_ports"')
    gateway.says('a tunnel to host 10.1.2.3 is not allowed by "tunnel_allow_hosts"')
    gateway.says('a tunnel to address 127.0.0.1:443 is not allowed by "tunnel_allow_hosts"')
    lines = gateway.access_lines(10)
    assert all(" 403 tunnel-denied " in line for line in lines)
    assert "x.example" not in dns.asked, "what is refused anyway is not looked up"


def test_only_named_hosts_are_reached_and_no_other_is_looked_up(lab: Lab) -> None:
    dns = lab.dns()
    dns.names["app.example"] = dns.names["a.tree.example"] = dns.names["other.example"] = ["127.0.0.1"]
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; tunnel_allow_hosts app.example *.tree.example;"
                         f" tunnel_allow_ports {origin.port};", f"resolver {dns};")
    for host in ("app.example", "APP.example.", "a.tree.example"):
        assert connect(gateway, f"{host}:{origin.port}").read_head().status == 200, host
    for host in ("other.example", "tree.example", "127.0.0.1", "app.example.evil", "evil-app.example"):
        assert refused(gateway, f"{host}:{origin.port}") == 403, host
    assert refused(gateway, f"app.example:{lab.free_port()}") == 403
    assert set(dns.asked) == {"app.example", "a.tree.example"}


def test_another_address_of_a_name_is_tried_when_one_is_denied(lab: Lab) -> None:
    dns = lab.dns()
    dns.names["two.example"] = ["127.0.0.1", "127.0.0.2"]
    origin = lab.origin(shout)
    gateway = proxy(lab, f"""tunnel_pass; tunnel_allow_hosts 127.0.0.1; tunnel_allow_ports any;
        location /x {{ tunnel_pass relays; }} tunnel_next_upstream denied;""",
                    f"resolver {dns}; upstream relays {{ server {origin}; }}")
    for _ in range(6):
        wire = connect(gateway, f"two.example:{origin.port}")
        assert wire.read_head().status == 200
        wire.close()
    assert any(f"127.0.0.2:{origin.port}, {origin}" in line for line in gateway.access_lines(6))


def test_a_request_cannot_name_an_upstream_group_or_a_socket(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, """tunnel_pass; tunnel_allow_hosts public; tunnel_allow_ports any;
        location /x { tunnel_pass relays; }""", f"upstream relays {{ server {origin}; }}")
    assert refused(gateway, f"relays:{origin.port}") == 502   # a name that nobody knows
    assert refused(gateway, "unix:443") == 502
    assert not origin.peers


def test_conditions_are_asked_before_a_connection_is_made(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"tunnel_pass; {LOCAL} tunnel_allow_upstream $is_port $http_key;",
                    f"map $request_port $is_port {{ {origin.port} 1; default 0; }}")
    assert refused(gateway, origin) == 403
    assert refused(gateway, origin, "Key: 0") == 403
    assert refused(gateway, f"127.0.0.1:{lab.free_port()}", "Key: 1") == 403
    assert not origin.peers
    assert connect(gateway, origin, "Key: 1").read_head().status == 200
    gateway.says('is not allowed by "tunnel_allow_upstream"')


def test_the_example_of_nginx_works(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"""if ($allow_port != 1) {{ return 502; }} if ($allow_host != 1) {{ return 502; }}
        tunnel_pass; {FREE}""", f"""map $request_port $allow_port {{ {origin.port} 1; }}
        map $host $allow_host {{ hostnames; localhost 1; *.example.org 1; }}""")
    assert connect(gateway, f"localhost:{origin.port}").read_head().status == 200
    assert refused(gateway, f"127.0.0.1:{origin.port}") == 502
    assert refused(gateway, "localhost:25") == 502


def test_a_tunnel_chosen_by_an_if_and_its_error_page(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"""root %prefix%; {FREE} location / {{ if ($request_method = CONNECT) {{
        tunnel_pass; error_page 502 504 /50x.html; break; }} }}""",
                    files={"index.html": "page", "50x.html": "sorry"})
    assert gateway.get("/").text == "page"
    assert connect(gateway, origin).read_head().status == 200
    wire = connect(gateway, f"127.0.0.1:{lab.free_port()}")
    message = wire.read_response()
    assert (message.status, message.text) == (502, "sorry")


def test_access_rules_hold_for_tunnels(lab: Lab) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"deny 127.0.0.1; tunnel_pass; {FREE}")
    assert refused(gateway, origin) == 403
    assert not origin.peers


def test_an_endpoint_that_cannot_be_reached(lab: Lab) -> None:
    dns = lab.dns()
    gateway = proxy(lab, f"tunnel_pass; {FREE}", f"resolver {dns};")
    assert refused(gateway, f"127.0.0.1:{lab.free_port()}") == 502
    assert refused(gateway, "no.such.example:443") == 502
    lines = gateway.access_lines(2)
    assert " 502 upstream-refused " in lines[0] and " 502 upstream-unresolved " in lines[1]


def test_a_client_that_leaves_while_the_name_is_looked_up(lab: Lab) -> None:
    """Nobody answers for names: it is over when the client is gone, or soon after."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        gateway = proxy(lab, f"tunnel_pass; {FREE}",
                        f"resolver 127.0.0.1:{silent.getsockname()[1]}; resolver_timeout 1s;")
        wire = connect(gateway, "slow.example:443")
        silent.settimeout(10)
        silent.recv(4096)
        wire.reset()
        gateway.access_lines(1)


# --- HTTP/2 (RFC 9113 8.5) ---

def h2_connect(client: H2Client, target: object, *fields: tuple[str, str], end: bool = False):
    """The answer on a new stream, when its head has come; it knows its stream."""
    stream = client.h2.get_next_available_stream_id()
    answer = client.answers[stream] = Answer()
    answer.stream = stream
    client.h2.send_headers(stream, [(":method", "CONNECT"), (":authority", str(target)), *fields],
                           end_stream=end)
    client.flush()
    client.until(lambda: answer.status or answer.is_over, "it is answered")
    return answer


@pytest.mark.parametrize("over_tls", [False, True])
def test_streams_may_be_tunnels(lab: Lab, certificates, over_tls: bool) -> None:
    origin = lab.origin(shout)
    gateway = proxy(lab, f"""listen 127.0.0.1:%port_tls% ssl; {certificates.localhost}
        tunnel_pass; {LOCAL} location /text {{ return 200 text; }}""")
    client = h2_over_tls(gateway, certificates, port="port_tls") if over_tls else h2_on(gateway)
    tunnels = [h2_connect(client, origin) for _ in range(5)]
    for tunnel in tunnels:
        assert tunnel.status == 200
        assert {name for name, _ in tunnel.fields} <= {":status", "server", "date"}
        client.send(tunnel.stream, f"hello {tunnel.stream}")
        client.send(tunnel.stream, b"x" * 200_000)
    for tunnel in tunnels:
        expected = f"HELLO {tunnel.stream}" + "X" * 200_000
        client.until(lambda tunnel=tunnel, size=len(expected): len(tunnel.body) == size, "it comes back")
        assert tunnel.text == expected
        assert client.get("/text").text == "text"
        client.send(tunnel.stream, b"", end=True)
        assert client.answer(tunnel.stream).ended, "the endpoint ends, too"
    lines = [line for line in gateway.access_lines(10) if line.startswith("CONNECT")]
    assert lines == [f"CONNECT {origin} 200 - {origin}"] * 5
    assert client.is_alive()


def test_a_reset_of_the_stream_closes_the_connection_behind_it(lab: Lab) -> None:
    ended = threading.Event()

    def script(peer: Peer) -> None:
        if peer.ended():
            ended.set()

    client = h2_on(proxy(lab, f"tunnel_pass; {LOCAL}"))
    tunnel = h2_connect(client, lab.origin(script))
    client.reset(tunnel.stream, CANCEL)
    assert ended.wait(10)
    assert client.is_alive()


def test_a_lost_connection_is_a_connect_error(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_exactly(2)
        peer.reset()

    client = h2_on(proxy(lab, f"tunnel_pass; {LOCAL}"))
    tunnel = h2_connect(client, lab.origin(script))
    client.send(tunnel.stream, b"hi")
    assert client.answer(tunnel.stream).reset == CONNECT_ERROR
    assert client.is_alive()


def test_the_end_of_the_endpoint_ends_the_stream_and_not_the_client(lab: Lab) -> None:
    rest = []

    def script(peer: Peer) -> None:
        peer.send("bye")
        peer.half_close()
        rest.append(peer.read_to_end())

    client = h2_on(proxy(lab, f"tunnel_pass; {LOCAL}"))
    tunnel = h2_connect(client, lab.origin(script))
    client.until(lambda: tunnel.ended, "its end")
    assert tunnel.text == "bye"
    client.send(tunnel.stream, b"more", end=True)
    eventually(lambda: rest == [b"more"])


def test_refusals_over_http_2(lab: Lab) -> None:
    gateway = proxy(lab, "allow 127.0.0.1; deny all; tunnel_pass; location /text { return 200 text; }")
    client = h2_on(gateway)
    for target, status in (("127.0.0.1:443", 403), ("x.example:25", 403), ("x.example", 400)):
        answer = h2_connect(client, target)
        assert client.answer(answer.stream).status == status, target
    assert client.get("/").status == 405
    assert client.get("/text").text == "text"
    plain = h2_on(proxy(lab, "return 200 text;"))
    assert h2_connect(plain, "x.example:443", end=True).status == 405


def test_an_endpoint_that_does_not_read_holds_up_its_own_stream_only(lab: Lab) -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        go.wait(10)
        shout(peer)

    stuck, quick = lab.origin(script), lab.origin(shout)
    client = h2_on(proxy(lab, f"tunnel_pass; {LOCAL}"))
    slow, fast = h2_connect(client, stuck), h2_connect(client, quick)
    sent = pings = 0
    while pings < 10 and sent < 64 << 20:
        room = min(client.h2.local_flow_control_window(slow.stream), 16_384)
        client.h2.send_data(slow.stream, b"x" * room)
        client.flush()
        sent += room
        if room == 0:
            client.ping()
        pings = pings + 1 if room == 0 else 0
    assert pings, "the stream's window never closed"
    client.send(fast.stream, b"quick")
    client.until(lambda: fast.text == "QUICK")
    go.set()
    client.until(lambda: len(slow.body) == sent, "all of it comes back")


# --- configuration ---

def test_an_open_proxy_is_no_configuration(lab: Lab) -> None:
    gateway = lab.prepare("server { listen 127.0.0.1:%port%; tunnel_pass; }")
    done = run("-t", *gateway.arguments)
    assert done.returncode == 1
    assert "makes an open proxy of this" in done.stderr
