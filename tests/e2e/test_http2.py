"""HTTP/2 on client connections: where it is spoken, and what of a request and its answer is its own."""

from __future__ import annotations

import pytest
from h2_client import PROTOCOL_ERROR, SETTINGS, Answer, H2Client, frame, h2_on, h2_over_tls
from origins import Peer
from programs import curl
from raw import chunked, response

pytestmark = pytest.mark.gatehouse("the http2 directive is younger than Debian's nginx")

TELL = 'return 200 "$http2|$server_protocol|$scheme|$https|$host|$http_host|$request";'
BOTH = "listen 127.0.0.1:%port%; listen 127.0.0.1:%port_tls% ssl; server_name localhost; http2 on; %pair%"


def serve(lab, certificates, body: str, before: str = "", **options):
    return lab.gateway(f"{before} server {{ {BOTH} {body} }}", pair=certificates.localhost, **options)


def test_curl_speaks_it_with_and_without_tls(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    plain = curl("--http2-prior-knowledge", f"http://127.0.0.1:{gateway.port}/x?y")
    assert plain.stdout == f"h2c|HTTP/2.0|http||127.0.0.1|127.0.0.1:{gateway.port}|GET /x?y HTTP/2.0"
    port = gateway.values["port_tls"]
    done = curl("--http2", "--cacert", str(certificates.authority.certificate), f"https://localhost:{port}/")
    assert done.stdout == f"h2|HTTP/2.0|https|on|localhost|localhost:{port}|GET / HTTP/2.0"


def test_a_client_that_speaks_both_is_served_by_each(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    assert gateway.get("/").text.startswith("|HTTP/1.1|http|")
    assert certificates.connect(gateway, port="port_tls").ask("GET", "/").text.startswith("|HTTP/1.1|https|")
    wire = certificates.connect(gateway, port="port_tls", alpn=["http/1.1"])
    assert wire.sock.selected_alpn_protocol() == "http/1.1"
    assert wire.ask("GET", "/").status == 200


def test_upgrade_to_h2c_is_passed_over(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    message = gateway.get("/", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    assert (message.status, message.get("Upgrade")) == (200, None)


def test_http2_off_does_not_know_the_preface(lab, certificates):
    gateway = lab.gateway(f"server {{ {BOTH.replace('http2 on', 'http2 off')} return 200; }}",
                          pair=certificates.localhost)
    client = h2_on(gateway)
    client.wire.read_to_end()
    assert b"HTTP/1.1 " in client.wire.received or b"400" in client.wire.received
    wire = certificates.connect(gateway, port="port_tls", alpn=["h2", "http/1.1"])
    assert wire.sock.selected_alpn_protocol() == "http/1.1"


def test_listen_with_http2_is_enough(lab):
    gateway = lab.gateway(f"server {{ listen 127.0.0.1:%port% http2; {TELL} }}")
    assert h2_on(gateway).get().text.startswith("h2c|")
    assert gateway.get("/").status == 200


def test_the_preface_may_come_in_any_pieces(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    for cut in (1, 3, 14, 17, 23):
        wire = gateway.connect()
        begun = H2Client(Cut(wire, cut))
        assert begun.get().status == 200


class Cut:
    """A wire whose first bytes come in two pieces, the second one when the first has been taken."""

    def __init__(self, wire, cut: int) -> None:
        self.wire, self.cut, self.sock = wire, cut, wire.sock

    def send(self, data: bytes) -> None:
        if self.cut:
            self.wire.send(data[:self.cut])
            data, self.cut = data[self.cut:], 0
        self.wire.send(data)


@pytest.mark.parametrize("beginning", ["P", "PRI", "PRI * HTTP/2.0\r\n\r\nS"])
def test_a_client_may_leave_within_the_preface(lab, certificates, beginning):
    gateway = serve(lab, certificates, TELL)
    wire = gateway.send(beginning)
    wire.half_close()
    wire.read_to_end()
    assert gateway.get("/").status == 200


def test_what_only_begins_like_the_preface_is_http1(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    assert gateway.ask("PROPFIND", "/").status == 200
    assert gateway.ask("PRINT", "/").status == 200
    assert gateway.ask("PRI", "/").status == 200


def test_a_location_made_here_is_absolute_with_the_scheme(lab, certificates):
    gateway = serve(lab, certificates, "location /old { return 301 /new; } root %prefix%;",
                    files={"dir/x": ""})
    port = gateway.values["port_tls"]
    client = h2_over_tls(gateway, certificates, port="port_tls")
    assert client.get("/old").get("location") == f"https://localhost:{port}/new"
    assert client.get("/dir").get("location") == f"https://localhost:{port}/dir/"
    assert h2_on(gateway).get("/old").get("location") == f"http://localhost:{gateway.port}/new"


def test_the_site_is_chosen_by_authority_or_host(lab):
    gateway = lab.gateway("""
        server { listen 127.0.0.1:%port% http2; return 200 default; }
        server { listen 127.0.0.1:%port%; server_name one.example; return 200 one; }
    """)
    client = h2_on(gateway)
    assert client.get(authority="one.example").text == "one"
    assert client.get(authority="ONE.example:80").text == "one"
    assert client.get(authority="two.example").text == "default"
    stream = client.h2.get_next_available_stream_id()
    client.answers[stream] = Answer()
    fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "one.example")]
    client.h2.send_headers(stream, fields, end_stream=True)
    client.flush()
    assert client.answer(stream).text == "one"


def test_an_endpoint_sees_an_ordinary_request(lab, certificates):
    origin = lab.origin()
    gateway = serve(lab, certificates, f"location / {{ proxy_pass http://{origin}; }}")
    fields = [("x-one", "1"), ("cookie", "a=b"), ("cookie", "c=d"), ("te", "trailers"), ("accept", "*/*")]
    answer = h2_on(gateway).get("/a?b", *fields, authority="shop.example")
    lines = answer.text.split("\r\n")
    assert lines[0] == "GET /a?b HTTP/1.1"
    names = [line.partition(":")[0].lower() for line in lines[1:] if line]
    assert names.count("cookie") == 1 and "cookie: a=b; c=d" in [line.lower() for line in lines]
    assert not {"te", ":path", ":authority"} & set(names)


def test_interim_answers_are_passed_on(lab, certificates):
    def hint(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n")
        peer.send("HTTP/1.1 102 Processing\r\n\r\n" + response("done").decode())

    gateway = serve(lab, certificates, f"location / {{ proxy_pass http://{lab.origin(hint)}; }}")
    answer = h2_on(gateway).get()
    assert [dict(head)[":status"] for head in answer.interim] == ["103", "102"]
    assert dict(answer.interim[0])["link"] == "</a.css>"
    assert "x-hop" not in dict(answer.interim[0])
    assert answer.text == "done"


def test_interim_answers_without_end_are_not_all_kept(lab, certificates):
    def chatter(peer: Peer) -> None:
        peer.read_request()
        for _ in range(500):
            peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        peer.send(response("done"))

    gateway = serve(lab, certificates, f"location / {{ proxy_pass http://{lab.origin(chatter)}; }}")
    answer = h2_on(gateway).get()
    assert answer.text == "done"
    assert 1 <= len(answer.interim) < 100


def test_trailers_of_an_endpoint_and_of_the_configuration(lab, certificates):
    head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(head.encode() + chunked("one", "two", trailers=["X-Sum: 6"]))

    gateway = serve(lab, certificates, f"""
        location /passed {{ proxy_pass http://{lab.origin(script)}; proxy_pass_trailers on;
                            add_trailer X-Own $uri; }}
        location /dropped {{ proxy_pass http://{lab.origin(script)}; proxy_pass_trailers off; }}
        location /empty {{ add_trailer X-Own $uri always; return 404; error_page 404 /file; }}
        location /file {{ add_trailer X-Own $uri; root %prefix%; }}
    """, files={"file": "content"})
    client = h2_on(gateway)
    passed = client.get("/passed")
    assert (passed.text, sorted(passed.trailers)) == ("onetwo", [("x-own", "/passed"), ("x-sum", "6")])
    assert client.get("/dropped").trailers == []
    assert client.get("/file").trailers == [("x-own", "/file")]
    assert client.ask("HEAD", "/file").trailers == []


def test_a_head_of_many_cookies(lab, certificates):
    gateway = serve(lab, certificates, 'return 200 "$http_cookie";')
    crumbs = [f"crumb{number}={'v' * 40}" for number in range(80)]   # about 4 KiB
    client = h2_over_tls(gateway, certificates, port="port_tls")
    assert client.get("/", *[("cookie", crumb) for crumb in crumbs]).text == "; ".join(crumbs)
    assert client.get("/", ("cookie", "; ".join(crumbs))).text == "; ".join(crumbs)


def test_all_at_once_is_as_good_as_one_by_one(lab, certificates):
    gateway = serve(lab, certificates, 'location / { return 200 "$request_uri"; }')

    class Hoarding:
        """Sends what it was given at once, when it is told to."""
        def __init__(self, wire) -> None:
            self.wire, self.sock, self.held = wire, wire.sock, b""

        def send(self, data: bytes) -> None:
            self.held += data

    wire = Hoarding(gateway.connect())
    client = H2Client(wire)
    streams = [client.begin("GET", f"/{number}") for number in range(50)]
    with_body = client.begin("POST", "/body", end=False)
    client.h2.send_data(with_body, b"x" * 1000, end_stream=True)
    client.flush()
    wire.wire.send(wire.held)
    wire.send = wire.wire.send
    assert [client.answer(stream).text for stream in streams] == [f"/{number}" for number in range(50)]
    assert client.answer(with_body).text == "/body"


def test_connect_is_refused(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    client = h2_on(gateway)
    stream = client.h2.get_next_available_stream_id()
    client.answers[stream] = Answer()
    client.h2.send_headers(stream, [(":method", "CONNECT"), (":authority", "example.com:443")])
    client.flush()
    assert client.answer(stream).status == 405
    assert client.get().status == 200


def test_settings_are_acknowledged(lab, certificates):
    gateway = serve(lab, certificates, TELL)
    client = h2_on(gateway)
    client.wire.send(frame(SETTINGS))
    assert client.is_alive()
