"""stream {}: connections that are passed on as bytes."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess

import pytest

import proxy_header
from conftest import Lab
from origins import Peer, named, reset_at_once
from raw import eventually, request
from tcp import Exchange, echo, encrypted, passing, stream, tells

pytestmark = pytest.mark.gatehouse("Debian's has no stream block unless a package of its own is installed")


def test_bytes_are_passed_on_both_ways_and_counted(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.send("hello")
    assert wire.read_exactly(5) == b"hello"
    wire.send(b"\0\xff more")
    assert wire.read_exactly(7) == b"\0\xff more"
    wire.close()
    assert gateway.access_lines(1) == [f"200 12 12 {lab.origins[0]} 12 12"]


def test_an_endpoint_may_speak_first(lab: Lab) -> None:
    gateway = passing(lab, tells("220 ready\r\n"))
    assert gateway.connect().read_to_end() == b"220 ready\r\n"
    assert gateway.access_lines(1) == [f"200 0 11 {lab.origins[0]} 0 11"]


def test_the_end_of_one_side_ends_the_other_after_what_it_sent_was_written(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_until(b"last")
        assert peer.ended()

    gateway = passing(lab, script)
    wire = gateway.send("last")
    wire.half_close()
    assert wire.read_to_end() == b""
    gateway.access_lines(1)
    gateway.says("client disconnected, bytes from/to client:4/0, bytes from/to upstream:0/4")


@pytest.mark.parametrize("first", ["client", "endpoint"])
def test_with_proxy_half_close_either_side_may_go_on(lab: Lab, first: str) -> None:
    def script(peer: Peer) -> None:
        if first == "client":
            peer.send("got " + peer.read_to_end().decode())
        else:
            peer.send("bye")
            peer.half_close()
            assert peer.read_to_end() == b"still here"

    gateway = passing(lab, script, "proxy_half_close on;")
    wire = gateway.connect()
    if first == "client":
        wire.send("everything")
        wire.half_close()
        assert wire.read_to_end() == b"got everything"
    else:
        assert wire.read_to_end() == b"bye"
        wire.send("still here")
        wire.half_close()
    gateway.access_lines(1)


@pytest.mark.parametrize("who", ["client", "endpoint"])
def test_a_reset_ends_the_other_side(lab: Lab, who: str) -> None:
    ended = []

    def script(peer: Peer) -> None:
        peer.read_until(b"go")
        if who == "endpoint":
            peer.reset()
        else:
            peer.send("ok")
            ended.append(peer.ended())

    gateway = passing(lab, script)
    wire = gateway.send("go")
    if who == "endpoint":
        assert wire.ended()
    else:
        assert wire.read_exactly(2) == b"ok"
        wire.reset()
        eventually(lambda: ended == [True], "the endpoint sees the end")
    gateway.access_lines(1)


@pytest.mark.parametrize("buffer", ["1k", "16k", "200k"])
def test_large_transfers_both_ways_at_once_arrive_unchanged(lab: Lab, buffer: str) -> None:
    ends = []
    gateway = passing(lab, lambda peer: (ends.append(Exchange(peer, 8 << 20)), ends[0].join(60)),
                      f"proxy_half_close on; proxy_buffer_size {buffer};")
    client = Exchange(gateway.connect(), 8 << 20)
    client.join(60)
    endpoint = ends[0]
    endpoint.join(60)
    assert client.received.hexdigest() == endpoint.sent and endpoint.received.hexdigest() == client.sent
    assert gateway.access_lines(1) == [f"200 {8 << 20} {8 << 20} {lab.origins[0]} {8 << 20} {8 << 20}"]


def test_whoever_does_not_read_slows_down_who_sends(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.connect()
    wire.sock.setblocking(False)
    sent = 0
    with pytest.raises(BlockingIOError):
        while sent < 256 << 20:
            sent += wire.sock.send(b"x" * (1 << 16))
    assert gateway.anonymous_memory() < 64 << 20
    wire.sock.settimeout(10)
    wire.half_close()


def test_a_rate_limits_each_direction(lab: Lab) -> None:
    gateway = passing(lab, echo, "proxy_upload_rate 4k; set $fast 1m; proxy_download_rate $fast;",
                      log="$session_time")
    wire = gateway.send("x" * 10000)
    assert len(wire.read_exactly(10000)) == 10000
    wire.close()
    assert float(gateway.access_lines(1)[0]) >= 2


def test_nothing_moved_for_proxy_timeout_ends_it(lab: Lab) -> None:
    gateway = passing(lab, echo, "proxy_timeout 500ms;")
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert wire.ended()
    gateway.says("connection timed out, bytes from/to client:1/1")


def told(gateway, question: bytes = b"?") -> bytes:
    """All that is answered to these bytes and the end behind them."""
    wire = gateway.send(question)
    try:
        wire.half_close()
    except OSError:   # it was answered by a reset
        pass
    return wire.read_to_end()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "removed"])
def test_a_session_survives_a_reload(lab: Lab, kept: bool) -> None:
    origin = lab.origin(echo)
    gateway = passing(lab, origin)
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    port = gateway.values["port"]
    if kept:
        gateway.reload("server { listen 127.0.0.1:%port%; return changed; }")
        eventually(lambda: told(gateway) == b"changed", "the new configuration")
    else:
        gateway.reload("server { listen 127.0.0.1:%port_other%; return changed; }")
        eventually(lambda: socket.socket().connect_ex(("127.0.0.1", port)) != 0, "the listener is gone")
    for _ in range(3):
        wire.send("more")
        assert wire.read_exactly(4) == b"more"
    wire.close()
    eventually(lambda: f"200 13 13 {origin} 13 13" in gateway.read("access.log"), "its line in the log")


def test_many_reloads_do_not_pile_up_configurations_behind_open_sessions(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wires = []
    for number in range(25):   # more than control bears silently
        wire = gateway.send("x")
        assert wire.read_exactly(1) == b"x"
        wires.append(wire)
        gateway.reload(f"server {{ listen 127.0.0.1:%port%; proxy_pass {lab.origins[0]}; }}"
                       f"server {{ listen 127.0.0.1:%port_b%; return {number}; }}")
        eventually(lambda: number_of(gateway) == str(number).encode(), "the new configuration")
    assert "configurations" not in gateway.messages
    for wire in wires:
        wire.send("y")
        assert wire.read_exactly(1) == b"y"


def number_of(gateway) -> bytes:
    try:
        return gateway.connect("port_b").read_to_end()
    except OSError:
        return b""


def test_a_listener_may_change_from_stream_to_http_and_back(lab: Lab) -> None:
    gateway = passing(lab, echo)
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    raw, gateway.main = gateway.main, gateway.main.replace("stream {", "http {").replace(
        gateway.main[gateway.main.index("    log_format"):gateway.main.index("%http%")], "")
    gateway.reload("server { listen 127.0.0.1:%port%; return 200 web; }")
    question = request("GET", "/", "Connection: close")
    eventually(lambda: told(gateway, question).endswith(b"web"), "served by http")
    wire.send("b")
    assert wire.read_exactly(1) == b"b"
    gateway.main = raw
    gateway.reload("server { listen 127.0.0.1:%port%; return tcp; }")
    eventually(lambda: told(gateway, question) == b"tcp", "served by stream")


def test_quitting_waits_for_sessions_as_long_as_it_may(lab: Lab) -> None:
    gateway = passing(lab, echo, main="worker_shutdown_timeout 1s;")
    wire = gateway.send("a")
    assert wire.read_exactly(1) == b"a"
    port = gateway.values["port"]
    gateway.signal(signal.SIGQUIT)
    eventually(lambda: socket.socket().connect_ex(("127.0.0.1", port)) != 0, "nobody is let in")
    wire.send("b")
    assert wire.read_exactly(1) == b"b"
    assert wire.ended()
    assert gateway.wait() == 0
    assert f"200 2 2 {lab.origins[0]} 2 2" in gateway.access_lines(1)
    gateway.says("shutdown timeout, bytes from/to client:2/2")


def test_the_next_endpoint_is_tried_when_one_cannot_be_connected_to(lab: Lab) -> None:
    dead, alive = lab.free_port(), lab.origin(tells("alive"))
    gateway = stream(lab, f"""
        upstream pool {{ server 127.0.0.1:{dead} max_fails=0; server {alive} backup; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
        server {{ listen 127.0.0.1:%port_off%; proxy_pass pool; proxy_next_upstream off; }}
        server {{ listen 127.0.0.1:%port_one%; proxy_pass pool; proxy_next_upstream_tries 1; }}
    """, log="$status $upstream_addr $upstream_connect_time $upstream_session_time $gatehouse_reason")
    assert gateway.connect().read_to_end() == b"alive"
    assert gateway.connect("port_off").ended()
    assert gateway.connect("port_one").ended()
    lines = gateway.access_lines(3)
    first = lines[0].split(" ")
    assert first[:3] == ["200", f"127.0.0.1:{dead},", str(alive)] and first[3] == "-,"
    for line in lines[1:]:
        assert line.startswith(f"502 127.0.0.1:{dead} - 0.0") and line.endswith(" upstream-refused")


def test_failures_are_remembered_by_all_workers(lab: Lab) -> None:
    dead, alive = lab.free_port(), lab.origin(tells("alive"))
    gateway = stream(lab, f"""
        upstream pool {{ server 127.0.0.1:{dead} max_fails=1 fail_timeout=60s; server {alive}; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """, log="$upstream_addr", workers=2)
    for _ in range(6):
        assert gateway.connect().read_to_end() == b"alive"
    assert sum(str(dead) in line for line in gateway.access_lines(6)) == 1


def test_no_live_endpoint_is_a_502(lab: Lab) -> None:
    gateway = stream(lab, """
        upstream pool { server 127.0.0.1:1 down; }
        server { listen 127.0.0.1:%port%; proxy_pass pool; }
    """, log="$status $upstream_addr $gatehouse_reason")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == ["502 pool no-live-endpoint"]
    gateway.says("no live upstreams while connecting to upstream, client: 127.0.0.1, server: 127.0.0.1:")


@pytest.mark.parametrize("method, shares", [("", [2, 2]), ("least_conn;", [2, 2]), ("hash $remote_addr;", [4])])
def test_sessions_are_spread_as_the_group_says(lab: Lab, method: str, shares: list[int]) -> None:
    origins = [lab.origin(lambda peer, name=name: (peer.send(name), peer.fill())) for name in "ab"]
    gateway = stream(lab, f"""
        upstream pool {{ {method} server {origins[0]}; server {origins[1]}; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """)
    answers = [gateway.connect().read_exactly(1) for _ in range(4)]
    assert sorted(answers.count(name) for name in set(answers)) == shares


def test_a_place_at_an_endpoint_is_held_as_long_as_the_session(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        upstream pool {{ server {origin} max_conns=1; }}
        server {{ listen 127.0.0.1:%port%; proxy_pass pool; }}
    """)
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert gateway.connect().ended()
    wire.close()

    def served() -> bool:
        try:
            return gateway.send("y").read_exactly(1) == b"y"
        except (OSError, EOFError):
            return False

    eventually(served, "the place is free again")


def test_names_are_looked_up_again(lab: Lab) -> None:
    network = lab.network()
    one = lab.origin(tells("one"), f"{network}.1")
    two = lab.origin(tells("two"), f"{network}.2", one.port)
    dns = lab.dns()
    dns.names["moving.example"] = [one.host]
    gateway = stream(lab, f"""
        resolver {dns} valid=1s;
        server {{ listen 127.0.0.1:%port%; proxy_pass moving.example:{one.port}; }}
        server {{ listen 127.0.0.1:%port_b%; set $name moving.example; proxy_pass $name:{one.port}; }}
    """)
    for port in ("port", "port_b"):
        assert gateway.connect(port).read_to_end() == b"one"
    dns.names["moving.example"] = [two.host]
    for port in ("port", "port_b"):
        eventually(lambda: gateway.connect(port).read_to_end() == b"two", "the new address")


def test_a_target_with_variables_is_a_group_an_address_or_a_socket(lab: Lab) -> None:
    group, address, path = lab.origin(tells("group")), lab.origin(tells("address")), lab.directory / "socket"
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(path))
    unix.listen()
    gateway = stream(lab, f"""
        upstream pool {{ server {group}; }}
        map $server_port $where {{
            %port% pool; %port_b% {address}; %port_c% unix:{path}; %port_d% 127.0.0.1; %port_e% a/b; }}
        server {{
            listen 127.0.0.1:%port%; listen 127.0.0.1:%port_b%; listen 127.0.0.1:%port_c%;
            listen 127.0.0.1:%port_d%; listen 127.0.0.1:%port_e%;
            proxy_pass $where;
        }}
    """)
    assert gateway.connect().read_to_end() == b"group"
    assert gateway.connect("port_b").read_to_end() == b"address"
    wire = gateway.connect("port_c")
    peer = unix.accept()[0]
    peer.sendall(b"unix")
    peer.close()
    assert wire.read_to_end() == b"unix"
    assert gateway.connect("port_d").ended() and gateway.connect("port_e").ended()
    assert [line.split(" ")[0] for line in gateway.access_lines(5)] == ["200", "200", "200", "500", "500"]
    gateway.says('no port in upstream "127.0.0.1"')
    gateway.says('invalid address in upstream "a/b"')


def test_a_proxy_header_is_read_and_believed_of_whom_is_trusted(lab: Lab) -> None:
    gateway = stream(lab, """
        server { listen 127.0.0.1:%port% proxy_protocol; set_real_ip_from 127.0.0.0/8;
                 return "$remote_addr:$remote_port $realip_remote_addr $proxy_protocol_server_port"; }
        server { listen 127.0.0.1:%port_b% proxy_protocol; return "$remote_addr $proxy_protocol_addr"; }
        server { listen 127.0.0.1:%port_c% proxy_protocol; proxy_protocol_timeout 300ms; return x; }
        server { listen 127.0.0.1:%port_d% proxy_protocol; set_real_ip_from 127.0.0.1; deny 192.0.2.1; return x; }
    """, log="$status $gatehouse_reason")
    assert gateway.send(proxy_header.v1()).read_to_end() == b"192.0.2.1:123 127.0.0.1 5678"
    assert gateway.send(proxy_header.v2_of("2001:db8::1", server="2001:db8::2")).read_to_end() \
        == b"2001:db8::1:123 127.0.0.1 5678"
    assert gateway.send(proxy_header.v1(), "port_b").read_to_end() == b"127.0.0.1 192.0.2.1"
    assert gateway.send("no header\r\n").ended()
    assert gateway.connect("port_c").ended()
    assert gateway.send(proxy_header.v1(), "port_d").ended()
    assert gateway.access_lines(6) == ["200 -", "200 -", "200 -", "400 proxy-header-broken",
                                       "200 client-closed", "403 access-forbidden"]


@pytest.mark.parametrize("version, header", [("on", b"PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"), ("v2", None)])
def test_a_proxy_header_goes_first(lab: Lab, version: str, header: bytes | None) -> None:
    def script(peer: Peer) -> None:
        peer.send(peer.read_until(b"end"))

    gateway = passing(lab, script, f"proxy_protocol {version};")
    wire = gateway.send("end")
    port = wire.sock.getsockname()[1]
    if header is None:
        expected = proxy_header.v2_of("127.0.0.1", port, "127.0.0.1", gateway.port)[:28]
        assert wire.read_to_end()[:14] == expected[:14]
    else:
        assert wire.read_to_end() == header % (port, gateway.port) + b"end"


def test_tls_ends_at_the_gateway(lab: Lab, certificates) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost} proxy_pass {origin}; }}
    """, log="$status $ssl_protocol $ssl_server_name $bytes_received $bytes_sent")
    wire = certificates.connect(gateway)
    wire.send("secret")
    assert wire.read_exactly(6) == b"secret"
    wire.sock.unwrap()
    wire.close()
    plain = gateway.send("not TLS at all, and long enough")
    assert plain.read_to_end()[:1] in (b"", b"\x15")
    lines = gateway.access_lines(2)
    assert "200 TLSv1.3 localhost 6 6" in lines and any(line.startswith("500 ") for line in lines)
    gateway.says("while SSL handshaking, client: 127.0.0.1, server: 127.0.0.1:")


def test_a_large_transfer_through_tls_on_both_sides_arrives_unchanged(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.certificate, certificates.localhost.key)
    origin = lab.origin(encrypted(server, echo))
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost}
                  proxy_pass {origin}; proxy_ssl on; proxy_ssl_verify on; proxy_ssl_name localhost;
                  proxy_ssl_trusted_certificate {certificates.authority.certificate}; }}
    """)
    wire = certificates.connect(gateway)
    data = os.urandom(1 << 20)
    for start in range(0, len(data), 1 << 16):
        wire.send(data[start:start + (1 << 16)])
        assert wire.read_exactly(1 << 16) == data[start:start + (1 << 16)]


def test_an_endpoint_whose_certificate_is_wrong_is_not_used(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.stranger.certificate, certificates.stranger.key)
    origin = lab.origin(encrypted(server, echo))
    gateway = stream(lab, f"""
        proxy_ssl on;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate {certificates.authority.certificate};
        server {{ listen 127.0.0.1:%port%; proxy_pass {origin}; proxy_ssl_name localhost; }}
    """, log="$status $upstream_addr")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == [f"502 {origin}"]
    gateway.says("while SSL handshaking to upstream")


def test_the_proxy_header_stands_before_tls(lab: Lab, certificates) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.localhost.certificate, certificates.localhost.key)
    seen = []

    def script(peer: Peer) -> None:
        line = b""
        while not line.endswith(b"\r\n"):
            line += peer.sock.recv(1)
        seen.append(line)
        encrypted(server, echo)(peer)

    gateway = passing(lab, script, "proxy_ssl on; proxy_protocol on;")
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    assert seen[0].startswith(b"PROXY TCP4 127.0.0.1 127.0.0.1 ")


def test_a_site_and_its_protocols_are_chosen_by_the_name_of_the_hello(lab: Lab, certificates) -> None:
    gateway = stream(lab, f"""
        {certificates.localhost}
        server {{ listen 127.0.0.1:%port% ssl; server_name localhost; return first; }}
        server {{ listen 127.0.0.1:%port% ssl; server_name ~^(?<who>w.*)\\.example\\.com$; return "second $who"; }}
        server {{ listen 127.0.0.1:%port% ssl; server_name mail.example.com; ssl_alpn smtp imap;
                  return "third $ssl_alpn_protocol"; }}
    """)

    def told(name: str, **options) -> bytes:
        return certificates.connect(gateway, name, **options).read_to_end()

    assert told("localhost") == b"first"
    assert told("www.example.com") == b"second www"
    assert told("mail.example.com", alpn=["irc", "imap", "smtp"]) == b"third smtp"
    assert told("mail.example.com") == b"third "
    with pytest.raises(ssl.SSLError):
        told("mail.example.com", alpn=["irc"])


def test_clients_must_show_a_certificate_where_it_is_asked_for(lab: Lab, certificates) -> None:
    gateway = stream(lab, f"""
        server {{ listen 127.0.0.1:%port% ssl; {certificates.localhost} return $ssl_client_s_dn;
                  ssl_verify_client on; ssl_client_certificate {certificates.authority.certificate}; }}
    """, log="$status $gatehouse_reason")
    assert b"client.example" in certificates.connect(gateway, client=certificates.client).read_to_end()
    for client in (None, certificates.stranger):
        try:
            assert certificates.connect(gateway, client=client).read_to_end() == b""
        except (ssl.SSLError, ConnectionError):
            pass
    assert gateway.access_lines(3)[1:] == ["500 no-client-certificate", "500 bad-client-certificate"]


def test_tls_is_passed_on_by_the_name_it_asks_for(lab: Lab, certificates) -> None:
    def serving(pair, text: str):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        return lab.origin(encrypted(context, tells(text)))

    shop, other = serving(certificates.localhost, "shop\n"), serving(certificates.other, "other\n")
    plain = lab.origin(tells("plain\n"))
    gateway = stream(lab, f"""
        map $ssl_preread_server_name $where {{ www.example.com {shop}; other.example {other}; default {plain}; }}
        server {{ listen 127.0.0.1:%port%; ssl_preread on; proxy_pass $where; }}
    """, log="$ssl_preread_server_name $ssl_preread_protocol $ssl_preread_alpn_protocols $upstream_addr")

    def s_client(*arguments: str) -> str:
        return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-quiet", *arguments],
                              capture_output=True, text=True, input="", timeout=20).stdout

    assert s_client("-servername", "www.example.com", "-alpn", "h2,http/1.1").endswith("shop\n")
    assert s_client("-servername", "other.example", "-tls1_2").endswith("other\n")
    assert gateway.send("whatever this is").read_to_end() == b"plain\n"
    assert gateway.access_lines(3) == [f"www.example.com TLSv1.3 h2,http/1.1 {shop}",
                                       f"other.example TLSv1.2  {other}", f"- - - {plain}"]


def test_a_hello_may_come_in_pieces_and_must_come_in_time(lab: Lab, certificates) -> None:
    gateway = stream(lab, """
        ssl_preread on;
        server { listen 127.0.0.1:%port%; return $ssl_preread_server_name; }
        server { listen 127.0.0.1:%port_b%; preread_buffer_size 42; return x; }
        server { listen 127.0.0.1:%port_c%; preread_timeout 300ms; return x; }
    """, log="$status $gatehouse_reason")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="slow.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    wire = gateway.connect()
    wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in hello:
        wire.send(bytes([byte]))
    assert wire.read_to_end() == b"slow.example"
    assert gateway.send(hello, "port_b").ended()
    assert gateway.send(hello[:20], "port_c").ended()
    assert gateway.access_lines(3) == ["200 -", "400 preread-buffer-full", "200 preread-timeout"]


def test_access_rules_are_asked_before_anything_is_connected_to(lab: Lab) -> None:
    gateway = passing(lab, echo, "allow 192.0.2.0/24; deny all;")
    assert gateway.connect().ended()
    assert gateway.access_lines(1) == ["403 0 0 - - -"]
    gateway.says("access forbidden by rule, client: 127.0.0.1, server: 127.0.0.1:")
    assert not lab.origins[0].peers


def test_variables_tell_what_there_is_to_tell(lab: Lab) -> None:
    values = ("$protocol $server_addr $server_port $remote_addr $connection $pid $hostname $nginx_version $msec"
              " $time_iso8601 $upstream_connect_time $upstream_first_byte_time $upstream_session_time")
    gateway = passing(lab, echo, log=values)
    wire = gateway.send("x")
    assert wire.read_exactly(1) == b"x"
    wire.close()
    words = gateway.access_lines(1)[0].split(" ")
    assert words[:4] == ["TCP", "127.0.0.1", str(gateway.port), "127.0.0.1"]
    assert int(words[5]) in gateway.processes() and words[6] == socket.gethostname().lower()
    assert all(float(word) >= 0 for word in words[-3:])


def test_logs_that_depend_on_the_end_are_written_at_the_end(lab: Lab) -> None:
    origin = lab.origin(echo)
    gateway = stream(lab, f"""
        map $bytes_sent $size {{ 0 nothing; default something; }}
        map $bytes_sent $logged {{ 0 ""; default 1; }}
        log_format size "$size $bytes_sent";
        server {{ listen 127.0.0.1:%port%; proxy_pass {origin};
                  access_log size.log size if=$logged; access_log $bytes_sent.log basic; }}
    """)
    for text in ("", "abc"):
        wire = gateway.send(text)
        assert wire.read_exactly(len(text)) == text.encode()
        wire.half_close()
        assert wire.ended()
    eventually(lambda: gateway.read("3.log") and gateway.read("0.log"), "a log for each size")
    assert gateway.access_lines(1, "size.log") == ["something 3"]


def test_a_websocket_is_logged_with_what_it_moved(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        peer.send(peer.read_exactly(5))

    gateway = lab.gateway(f"""
        log_format ws "$request_uri $status $body_bytes_sent $upstream_status";
        map $body_bytes_sent $late {{ 5 five; default other; }}
        log_format late $late;
        server {{
            listen 127.0.0.1:%port%; proxy_pass_request_headers on;
            location / {{ proxy_pass http://{lab.origin(script)}; proxy_set_header Upgrade $http_upgrade;
                          proxy_set_header Connection upgrade; access_log ws.log ws; }}
            location /late {{ proxy_pass http://{lab.origins[0]}; proxy_set_header Upgrade $http_upgrade;
                              proxy_set_header Connection upgrade; access_log late.log late; }}
        }}
    """)
    for path in ("/chat", "/late"):
        wire = gateway.send(request("GET", path, "Upgrade: websocket", "Connection: Upgrade") + b"hello")
        assert wire.read_response().status == 101
        assert wire.read_to_end() == b"hello"
        wire.close()
    assert gateway.access_lines(1, "ws.log") == ["/chat 101 5 101"]
    assert gateway.access_lines(1, "late.log") == ["five"]


def test_http_and_stream_serve_side_by_side_and_their_names_are_apart(lab: Lab) -> None:
    web, raw = lab.origin(named("web")), lab.origin(tells("raw"))
    gateway = lab.gateway(f"""
        upstream pool {{ server {web}; }}
        map $host $kind {{ default http; }}
        server {{ listen 127.0.0.1:%port%; add_header X-Kind $kind; location / {{ proxy_pass http://pool; }} }}
    }}
    stream {{
        upstream pool {{ server {raw}; }}
        map $protocol $kind {{ default tcp; }}
        server {{ listen 127.0.0.1:%port_b%; proxy_pass pool; }}
        server {{ listen 127.0.0.1:%port_c%; return $kind; }}
    """)
    answer = gateway.get("/")
    assert answer.text == "web" and answer.get("x-kind") == "http"
    assert gateway.connect("port_b").read_to_end() == b"raw"
    assert gateway.connect("port_c").read_to_end() == b"tcp"


def test_an_endpoint_that_resets_while_connecting_is_no_crash(lab: Lab) -> None:
    gateway = passing(lab, reset_at_once)
    for _ in range(20):
        assert gateway.send("x").ended()
    gateway.access_lines(20)
