"""What a configuration means: locations, forwarding with and without a URI, inheritance, rewriting."""

from __future__ import annotations

import pytest
from conftest import Lab
from gateway import Gateway
from origins import Peer, always, echo
from raw import Message, response


def reply(text: str) -> str:
    """The body of a location that answers with the text."""
    return f"{{ return 200 '{text}'; }}"


LOCATIONS = f"""
location = /exact {reply('exact')}
location /exact {reply('prefix')}
location / {reply('root')}
location /images/ {reply('images')}
location ^~ /images/raw/ {reply('raw')}
location ~ \\.png$ {reply('png')}
location ~* \\.(gif|jpg)$ {reply('jpg')}
location ~ ^/images/first {reply('second regex')}
location /with space/ {reply('space')}
location /nested/ {{
    location /nested/deep/ {reply('deep')}
    location ~ \\.txt$ {reply('nested txt')}
    return 200 nested;
}}
""".replace("/with space/", '"/with space/"')


@pytest.mark.parametrize("target, expected", [
    ("/exact", "exact"), ("/exact/", "prefix"), ("/exactly", "prefix"), ("/", "root"), ("/other", "root"),
    ("/images/a", "images"), ("/images/a.png", "png"), ("/images/raw/a.png", "raw"), ("/a.JPG", "jpg"),
    ("/a.PNG", "root"), ("/images/first.png", "png"), ("/images/first", "second regex"),
    ("/%69mages/a", "images"),
    ("/x/../images/a", "images"), ("//images//a", "images"), ("/with%20space/a", "space"),
    ("/nested/x", "nested"),
    ("/nested/deep/x", "deep"), ("/nested/deep/x.txt", "nested txt"), ("/images", "root"),
    ("/exact?a=b", "exact"), ("/Exact", "root"),
])
def test_the_location_of(lab: Lab, target: str, expected: str) -> None:
    assert lab.server(LOCATIONS).get(target).text == expected


SERVERS = f"""
server {{ listen 127.0.0.1:%port%; server_name first.example; location / {reply('first')} }}
server {{ listen 127.0.0.1:%port% default_server; server_name _; location / {reply('default')} }}
server {{ listen 127.0.0.1:%port%; server_name *.example.org; location / {reply('wildcard')} }}
server {{ listen 127.0.0.1:%port%; server_name *.deep.example.org; location / {reply('longer wildcard')} }}
server {{ listen 127.0.0.1:%port%; server_name www.example.*; location / {reply('tail')} }}
server {{ listen 127.0.0.1:%port%; server_name ~^(?<user>\\w+)\\.users\\.test$; return 200 $user; }}
server {{ listen 127.0.0.1:%port%; server_name .dotted.test exact.example.org; return 200 dotted; }}
server {{ listen 127.0.0.1:%port%; server_name ""; location / {reply('nameless')} }}
"""


@pytest.mark.parametrize("host, expected", [
    ("first.example", "first"), ("FIRST.example:1234", "first"), ("first.example.", "first"),
    ("unknown.test", "default"), ("a.example.org", "wildcard"), ("a.b.example.org", "wildcard"),
    ("a.deep.example.org", "longer wildcard"), ("exact.example.org", "dotted"), ("www.example.com", "tail"),
    ("www.example.org", "wildcard"), ("joe.users.test", "joe"), ("dotted.test", "dotted"),
    ("x.dotted.test", "dotted"),
    ("example.org", "default"), ("[::1]", "default"),
])
def test_the_server_of_host(lab: Lab, host: str, expected: str) -> None:
    assert lab.gateway(SERVERS).get("/", host=host).text == expected


def test_a_request_without_host_goes_to_the_nameless_server(lab: Lab) -> None:
    assert lab.gateway(SERVERS).get("/", host=None, version="1.0").text == "nameless"


def test_servers_are_told_apart_by_port(lab: Lab) -> None:
    gateway = lab.gateway(f"server {{ listen 127.0.0.1:%port%; location / {reply('one')} }}"
                          f"server {{ listen 127.0.0.1:%port_two%; location / {reply('two')} }}")
    assert gateway.get("/").text + gateway.get("/", port="port_two").text == "onetwo"


def targets(lab: Lab, body: str, target: str) -> str:
    """The target that the origin sees under this server content (%origin% in it)."""
    return lab.server(body, origin=lab.origin(echo)).get(target).text.split(" ")[1]


@pytest.mark.parametrize("body, target, expected", [
    ("location /api/ { proxy_pass http://%origin%; }", "/api/x?y=1", "/api/x?y=1"),
    ("location /api/ { proxy_pass http://%origin%/; }", "/api/x?y=1", "/x?y=1"),
    ("location /api { proxy_pass http://%origin%/; }", "/api/x", "//x"),
    ("location /api/ { proxy_pass http://%origin%/v1; }", "/api/x", "/v1x"),
    ("location /api/ { proxy_pass http://%origin%/v1/; }", "/api/a/../b%20c", "/v1/b%20c"),
    ("location /api/ { proxy_pass http://%origin%/v1/; }", "/api/%2e%2e/api/%3f", "/v1/%3F"),
    ("location /api/ { proxy_pass http://%origin%; }", "/api/%2e/x%3f", "/api/%2e/x%3f"),
    ("location = /one { proxy_pass http://%origin%/two; }", "/one?x", "/two?x"),
    ("location ~ ^/api/ { proxy_pass http://%origin%; }", "/api/x", "/api/x"),
    ("location ~ ^/api/(.*)$ { proxy_pass http://%origin%/v2/$1; }", "/api/x?y=1", "/v2/x"),
    ("location ~ ^/api/(.*)$ { proxy_pass http://%origin%/v2/$1$is_args$args; }", "/api/x?y=1", "/v2/x?y=1"),
    ("location /api/ { set $to %origin%; proxy_pass http://$to; }", "/api/%20x?y", "/api/%20x?y"),
    ("location /api/ { set $to %origin%; proxy_pass http://$to/fixed; }", "/api/x?y", "/fixed"),
    ("location /api/ { rewrite ^/api/(.*)$ /$1 break; proxy_pass http://%origin%; }", "/api/x?y=1",
     "/x?y=1"),
    ("location /api/ { rewrite ^/api/(.*)$ /$1 break; proxy_pass http://%origin%/ignored/; }", "/api/x",
     "/x"),
    ("location /api/ { rewrite ^ /new?a=b break; proxy_pass http://%origin%; }", "/api/?c=d",
     "/new?a=b&c=d"),
    ("location /api/ { rewrite ^ /new?a=b? break; proxy_pass http://%origin%; }", "/api/?c=d", "/new?a=b"),
    ("location / { rewrite ^/old/(.*) /new/$1 last; } location /new/ { proxy_pass http://%origin%; }",
     "/old/x%20y", "/new/x%20y"),
    ("location / { proxy_pass http://%origin%$request_uri; }", "/a%2fb?x", "/a%2fb?x"),
])
def test_the_target_at_the_origin(lab: Lab, body: str, target: str, expected: str) -> None:
    assert targets(lab, body, target) == expected


def test_a_forwarding_location_with_a_slash_redirects_to_itself(lab: Lab) -> None:
    gateway = lab.server("location /api/ { proxy_pass http://%origin%; }", origin=lab.origin(echo))
    answer = gateway.get("/api?x=1", host="localhost:80")
    assert answer.status == 301
    assert answer.get("location") == f"http://localhost:{gateway.port}/api/?x=1"


def test_no_such_redirect_where_an_exact_location_is(lab: Lab) -> None:
    gateway = lab.server("location /api/ { proxy_pass http://%origin%; }"
                         "location = /api { return 200 exact; }", origin=lab.origin(echo))
    assert gateway.get("/api").text == "exact"


def forwarded(lab: Lab, body: str, target: str = "/", *fields: str) -> Message:
    """The request as the origin sees it."""
    origin = lab.origin(echo)
    lab.server(body, origin=origin).get(target, *fields)
    return origin.requests[0]


def test_proxy_set_header_is_inherited_until_a_level_has_its_own(lab: Lab) -> None:
    body = """proxy_set_header X-Outer outer;
        location /inherits { proxy_pass http://%origin%; }
        location /own { proxy_set_header X-Own own; proxy_pass http://%origin%; }"""
    inherits, own = forwarded(lab, body, "/inherits"), forwarded(lab, body, "/own")
    assert inherits.get("x-outer") == "outer"
    assert own.get("x-outer") is None and own.get("x-own") == "own"


def test_proxy_set_header_replaces_and_an_empty_value_removes(lab: Lab) -> None:
    message = forwarded(lab, "location / { proxy_pass http://%origin%; proxy_set_header X-A new;"
                             " proxy_set_header X-B ''; proxy_set_header X-C $http_x_a-$request_method; }",
                        "/", "X-A: old", "X-B: old")
    assert message.all("x-a") == ["new"] and message.get("x-b") is None and message.get("x-c") == "old-GET"


def test_proxy_set_body_and_method(lab: Lab) -> None:
    message = forwarded(lab, "location / { proxy_pass http://%origin%; proxy_method POST;"
                             " proxy_set_body 'b $uri'; }", "/x")
    assert message.method == "POST" and message.body == b"b /x" and message.get("content-length") == "4"


@pytest.mark.parametrize("directives, kept", [("proxy_pass_request_headers off;", False), ("", True)])
def test_request_headers_can_be_left_out(lab: Lab, directives: str, kept: bool) -> None:
    message = forwarded(lab, f"location / {{ proxy_pass http://%origin%; {directives} }}", "/", "X-A: 1")
    assert (message.get("x-a") == "1") == kept


def test_response_fields_can_be_hidden(lab: Lab) -> None:
    gateway = lab.forward(always(response("x", "X-Powered-By: y", "X-Accel-Limit-Rate: 0", "X-Kept: z")),
                          "proxy_hide_header X-Powered-By;")
    answer = gateway.get("/")
    assert answer.get("x-powered-by") is None and answer.get("x-kept") == "z"
    assert answer.get("x-accel-limit-rate") is None


@pytest.mark.parametrize("directive, sent, expected", [
    ("proxy_redirect default;", "http://%origin%/up/x", "http://localhost:%port%/one/x"),
    ("proxy_redirect off;", "http://%origin%/up/x", "http://%origin%/up/x"),
    ("proxy_redirect http://internal/ /;", "http://internal/x", "http://localhost:%port%/x"),
    ("proxy_redirect http://internal/ https://public.example/;", "http://internal/x",
     "https://public.example/x"),
    ("proxy_redirect ~^http://([a-z]+):\\d+/(.*)$ http://$1.example/$2;", "http://host:81/x",
     "http://host.example/x"),
    ("", "/relative", "/relative"),
    ("", "http://elsewhere.example/x", "http://elsewhere.example/x"),
])
def test_location_is_rewritten_by(lab: Lab, directive: str, sent: str, expected: str) -> None:
    values: dict[str, str] = {}

    def redirect(peer: Peer) -> None:
        always(response("", f"Location: {values['sent']}", status="302 Found"))(peer)

    origin = lab.origin(redirect)
    values["sent"] = sent.replace("%origin%", str(origin))
    gateway = lab.server(f"location /one/ {{ proxy_pass http://{origin}/up/; {directive} }}")
    answer = gateway.get("/one/", host=f"localhost:{gateway.port}")
    wanted = expected.replace("%origin%", str(origin)).replace("http://localhost:%port%", "")
    assert local_location(gateway, answer) == wanted


def local_location(gateway: Gateway, answer: Message) -> str:
    """Location, without the gateway's own address."""
    return (answer.get("location") or "").removeprefix(f"http://localhost:{gateway.port}")


def test_refresh_and_cookies_are_rewritten_too(lab: Lab) -> None:
    origin = lab.origin(always(response("x", "Refresh: 5; url=http://internal/x",
                                        "Set-Cookie: a=b; Domain=internal; Path=/up/; HttpOnly")))
    gateway = lab.forward(origin, "proxy_redirect http://internal/ /; proxy_cookie_path /up/ /;"
                                  " proxy_cookie_domain internal public.example;")
    answer = gateway.get("/")
    assert answer.get("refresh") == "5; url=/x"
    assert answer.get("set-cookie") == "a=b; Domain=public.example; Path=/; HttpOnly"


def test_add_header_is_for_good_answers_unless_always(lab: Lab) -> None:
    gateway = lab.server("add_header X-Good yes; add_header X-Always yes always;"
                         f"location /ok {reply('ok')} location /bad {{ return 404; }}")
    good, bad = gateway.get("/ok"), gateway.get("/bad")
    assert (good.get("x-good"), good.get("x-always")) == ("yes", "yes")
    assert (bad.get("x-good"), bad.get("x-always")) == (None, "yes")


def test_add_header_is_inherited_until_a_level_has_its_own(lab: Lab) -> None:
    gateway = lab.server("add_header X-Outer yes; location /a { return 200; }"
                         " location /b { add_header X-Inner yes; return 200; }")
    assert gateway.get("/a").get("x-outer") == "yes"
    assert gateway.get("/b").get("x-outer") is None and gateway.get("/b").get("x-inner") == "yes"


@pytest.mark.parametrize("body, status, text", [
    ("error_page 404 /404.html; location = /404.html { return 200 custom; }", 404, "custom"),
    ("error_page 404 =200 /404.html; location = /404.html { return 200 custom; }", 200, "custom"),
    ("error_page 404 = @missing; location @missing { return 203 named; }", 203, "named"),
    ("error_page 403 404 =410 /gone; location = /gone { return 200 gone; }", 410, "gone"),
])
def test_error_page(lab: Lab, body: str, status: int, text: str) -> None:
    answer = lab.server(body).get("/missing")
    assert (answer.status, answer.text) == (status, text)


@pytest.mark.parametrize(
    "field", ["Range: bytes=2-3", "Range: bytes=1000-", "If-None-Match: *", 'If-Match: "x"'])
def test_the_file_of_an_error_page_is_neither_cut_nor_subject_to_conditions(lab: Lab, field: str) -> None:
    gateway = lab.server("root %prefix%/www; error_page 404 /missing.html;",
                         files={"www/missing.html": "not here"})
    answer = gateway.get("/x", field)
    assert (answer.status, answer.text, answer.get("accept-ranges")) == (404, "not here", None)


@pytest.mark.gatehouse("nginx announces a body that never comes")
def test_what_an_origin_announces_and_does_not_send_is_not_announced(lab: Lab) -> None:
    def answer_head(peer: Peer) -> None:
        while True:
            assert peer.read_request().method == "HEAD"
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")

    gateway = lab.forward(answer_head, "proxy_method HEAD;")
    wire = gateway.connect()
    for _ in range(2):
        answer = wire.ask("GET", "/")
        assert (answer.status, answer.get("content-length"), answer.text) == (200, "0", "")


def test_error_page_may_redirect(lab: Lab) -> None:
    answer = lab.server("error_page 404 https://other.example/missing;").get("/x")
    assert (answer.status, answer.get("location")) == (302, "https://other.example/missing")


def test_error_page_replaces_the_upstreams_errors_only_when_intercepting(lab: Lab) -> None:
    failing = always(response("theirs", status="500 Oops"))
    for directive, text in (("", "theirs"), ("proxy_intercept_errors on;", "ours")):
        gateway = lab.server(f"error_page 500 /500; location = /500 {reply('ours')}"
                             f"location / {{ proxy_pass http://{lab.origin(failing)}; {directive} }}")
        answer = gateway.get("/")
        assert (answer.status, answer.text) == (500, text)


def test_error_page_covers_an_origin_that_is_not_there(lab: Lab) -> None:
    gateway = lab.server(f"error_page 502 /down; location = /down {reply('be right back')}"
                         f"location / {{ proxy_pass http://127.0.0.1:{lab.free_port()}; }}")
    answer = gateway.get("/")
    assert (answer.status, answer.text) == (502, "be right back")


@pytest.mark.parametrize("argument, status, location, text", [
    ("200 hello", 200, None, "hello"), ("204", 204, None, ""), ("301 https://new.example$request_uri", 301,
                                                                "https://new.example/x?y", None),
    ("302 /other", 302, "/other", None), ("307 /other", 307, "/other", None),
    ("https://new.example/", 302, "https://new.example/", None), ("404", 404, None, None),
    ("503 'be back'", 503, None, "be back"), ("200 '$uri $arg_a $args'", 200, None, "/x  y"),
])
def test_return(lab: Lab, argument: str, status: int, location: str | None, text: str | None) -> None:
    gateway = lab.server(f"return {argument};")
    answer = gateway.get("/x?y")
    assert answer.status == status
    if location is not None:
        assert local_location(gateway, answer) == location
    if text is not None:
        assert answer.text == text


def test_return_444_closes_without_an_answer(lab: Lab) -> None:
    gateway = lab.server("return 444;")
    assert gateway.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").read_to_end() == b""


@pytest.mark.parametrize("body, target, status, location", [
    ("rewrite ^/a/(.*)$ /b/$1 redirect;", "/a/x?q=1", 302, "/b/x?q=1"),
    ("rewrite ^/a/(.*)$ /b/$1 permanent;", "/a/x", 301, "/b/x"),
    ("rewrite ^/a/(.*)$ https://new.example/$1;", "/a/x", 302, "https://new.example/x"),
    ("rewrite ^/a/(?<rest>.*)$ /b?r=$rest? redirect;", "/a/x?q=1", 302, "/b?r=x"),
])
def test_rewrite_as_a_redirect(lab: Lab, body: str, target: str, status: int, location: str) -> None:
    gateway = lab.server(body)
    answer = gateway.get(target)
    assert (answer.status, local_location(gateway, answer)) == (status, location)


def test_rewriting_in_a_circle_is_500(lab: Lab) -> None:
    gateway = lab.server("location / { rewrite ^/a /b last; rewrite ^/b /a last; }")
    assert gateway.get("/a").status == 500


def test_internal_locations_are_404_from_outside(lab: Lab) -> None:
    gateway = lab.server("location /in { internal; return 200 in; } location /x { rewrite ^ /in last; }")
    assert gateway.get("/in").status == 404 and gateway.get("/x").text == "in"


@pytest.mark.parametrize("condition, target, fields, expected", [
    ("$arg_a", "/?a=1", (), "yes"), ("$arg_a", "/?a=0", (), "no"), ("$arg_a", "/", (), "no"),
    ("$arg_a = b", "/?a=b", (), "yes"), ("$arg_a != b", "/?a=b", (), "no"),
    ("$http_x_a ~ ^v\\d$", "/", ("X-A: v1",), "yes"), ("$http_x_a ~* ^V\\d$", "/", ("X-A: v1",), "yes"),
    ("$http_x_a !~ ^v", "/", ("X-A: v1",), "no"), ("$request_method = GET", "/", (), "yes"),
    ("-f %prefix%/nginx.conf", "/", (), "yes"), ("-d %prefix%", "/", (), "yes"),
    ("!-e %prefix%/none", "/", (), "yes"),
    ("$cookie_c = d", "/", ("Cookie: a=b; c=d",), "yes"), ("$host = localhost", "/", (), "yes"),
])
def test_if(lab: Lab, condition: str, target: str, fields: tuple[str, ...], expected: str) -> None:
    gateway = lab.server(f"location / {{ if ({condition}) {{ return 200 yes; }} return 200 no; }}")
    assert gateway.get(target, *fields).text == expected


def test_if_sets_and_the_last_one_wins(lab: Lab) -> None:
    gateway = lab.server("location / { set $v none; if ($arg_a) { set $v a; } if ($arg_b) { set $v '$v-b'; }"
                         " return 200 $v; }")
    assert [gateway.get(target).text for target in ("/", "/?a=1", "/?a=1&b=1")] == ["none", "a", "a-b"]


def test_if_chooses_another_origin_and_header(lab: Lab) -> None:
    gateway = lab.server("location / { proxy_pass http://%one%; if ($arg_two) { proxy_pass http://%two%;"
                         " add_header X-Two yes; } }", one=lab.origin(always(response("one"))),
                         two=lab.origin(always(response("two"))))
    assert gateway.get("/").text == "one"
    answer = gateway.get("/?two=1")
    assert (answer.text, answer.get("x-two")) == ("two", "yes")


MAP = """
map $arg_k $mapped { default other; exact value; ~^re(\\d+)$ number-$1; ~*^CASE any-case; "" empty; }
map $host $by_host { hostnames; default none; *.example.org wildcard; www.example.org exact; }
map $http_upgrade $connection_upgrade { default upgrade; "" close; }
"""


@pytest.mark.parametrize("key, expected", [("exact", "value"), ("EXACT", "value"), ("re42", "number-42"),
                                           ("casemate", "any-case"), ("x", "other"), ("", "empty")])
def test_map(lab: Lab, key: str, expected: str) -> None:
    assert lab.server("return 200 $mapped;", MAP).get(f"/?k={key}").text == expected


def test_map_by_hostnames(lab: Lab) -> None:
    gateway = lab.server("return 200 $by_host;", MAP)
    assert [gateway.get("/", host=host).text for host in ("a.example.org", "www.example.org", "x.test")] == [
        "wildcard", "exact", "none"]


def test_access_rules_come_after_return(lab: Lab) -> None:
    gateway = lab.server("location /a { deny all; return 404; } location /b { deny all; }"
                         " location /c { allow 127.0.0.0/8; deny all; }"
                         " location /d { allow 10.0.0.0/8; deny all; }")
    assert [gateway.get(target).status for target in ("/a", "/b", "/c", "/d")] == [404, 403, 404, 403]


VARIABLES = {
    "$host": "localhost", "$http_host": "LOCALHOST:1", "$uri": "/a b", "$request_uri": "/a%20b?x=1&y=%20",
    "$args": "x=1&y=%20", "$query_string": "x=1&y=%20", "$is_args": "?", "$arg_x": "1",
    "$request_method": "GET",
    "$scheme": "http", "$server_name": "localhost", "$remote_addr": "127.0.0.1", "$http_x_a": "1",
    "$http_user_agent": "agent", "$cookie_c": "d", "$server_protocol": "HTTP/1.1", "$request":
    "GET /a%20b?x=1&y=%20 HTTP/1.1", "$content_length": "", "$server_port": "%port%", "$document_root":
    "%prefix%/html", "$request_filename": "%prefix%/html/a b", "$https": "", "$proxy_add_x_forwarded_for":
    "127.0.0.1", "$server_addr": "127.0.0.1",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variable(lab: Lab, name: str) -> None:
    gateway = lab.server(f"return 200 '{name}';")
    answer = gateway.get("/a%20b?x=1&y=%20", "X-A: 1", "User-Agent: agent", "Cookie: a=b; c=d",
                         host="LOCALHOST:1")
    wanted = VARIABLES[name].replace("%port%", str(gateway.port)).replace("%prefix%", str(gateway.prefix))
    assert answer.text == wanted


def test_include_takes_globs_and_fragments(lab: Lab) -> None:
    port = lab.free_port()
    gateway = lab.gateway("include parts/*.conf; include none/*.conf;", port=port, files={
        "parts/a.conf": f"server {{ listen 127.0.0.1:{port}; include more.inc; }}",
        "more.inc": "return 200 included;"})
    assert gateway.get("/").text == "included"


@pytest.mark.gatehouse("several of a name count as one since nginx 1.23.0")
def test_content_type_holds_every_field_of_the_request(lab: Lab) -> None:
    gateway = lab.server("return 200 $content_type;")
    assert gateway.get("/", "Content-Type: a", "Content-Type: b").text == "a, b"


def test_a_redirect_without_a_host_names_the_local_address(lab: Lab) -> None:
    gateway = lab.server("location / { return 301 /x; }")
    answer = gateway.connect().ask("GET", "/", host=None, version="1.0")
    assert answer.get("location") == f"http://127.0.0.1:{gateway.port}/x"
