"""Traefik's services that are made of services, and its ways to choose a server."""

from __future__ import annotations

import threading

from origins import Peer, named
from raw import eventually, response
from test_traefik_health import FAST, Named
from traefik_lab import balancer, routed, traefik


def answers(gateway, count: int, *fields: str) -> str:
    return "".join(gateway.get("/", *fields).text for _ in range(count))


def test_weighted_services_get_their_shares(lab):
    a, b = lab.named_origins("ab")
    parts = [{"name": "a", "weight": 3}, {"name": "b"}, {"name": "none", "weight": 0}]
    gateway = traefik(lab, routed({"app": {"weighted": {"services": parts}}, "a": balancer(a),
                                   "b": balancer(b), "none": balancer()}))
    assert sorted(answers(gateway, 40)) == list("a" * 30 + "b" * 10)


def test_what_an_answer_tells_nginx_is_passed_on_and_means_nothing(lab):
    def redirect(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.send(response("here", "X-Accel-Redirect: /elsewhere"))

    gateway = traefik(lab, routed({"app": balancer(lab.origin(redirect))}))
    answer = gateway.get("/")
    assert (answer.status, answer.text) == (200, "here")
    assert answer.all("X-Accel-Redirect") == ["/elsewhere"]


def test_a_sticky_cookie_leads_back_to_the_service_and_to_its_server(lab):
    origins = lab.named_origins("abcd")
    parts = [{"name": "one"}, {"name": "two"}]
    sticky = {"cookie": {"name": "server"}}
    gateway = traefik(lab, routed({
        "app": {"weighted": {"services": parts, "sticky": {"cookie": {"name": "part", "httpOnly": True}}}},
        "one": balancer(*origins[:2], sticky=sticky), "two": balancer(*origins[2:], sticky=sticky)}))
    first = gateway.get("/")
    cookies = [cookie.partition(";")[0] for cookie in first.all("Set-Cookie")]
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["part", "server"]
    assert any("HttpOnly" in cookie for cookie in first.all("Set-Cookie") if cookie.startswith("part="))
    with_cookies = f"Cookie: {'; '.join(cookies)}"
    again = [gateway.get("/", with_cookies) for _ in range(6)]
    assert {message.text for message in again} == {first.text}
    assert not any(message.all("Set-Cookie") for message in again)
    assert len(set(answers(gateway, 8))) == 4


def test_a_weighted_service_passes_over_parts_that_are_down(lab):
    ill = Named("a", "500 Oh")
    services = {"app": {"weighted": {"services": [{"name": "a", "weight": 9}, {"name": "b"}],
                                     "healthCheck": {}}},
                "a": balancer(lab.origin(ill), healthCheck=FAST),
                "b": balancer(lab.origin(Named("b")), healthCheck=FAST)}
    gateway = traefik(lab, routed(services))
    eventually(lambda: answers(gateway, 10) == "b" * 10)
    ill.status = "200 OK"
    eventually(lambda: "a" in answers(gateway, 10))


def test_a_failover_goes_to_its_fallback_while_its_service_is_down(lab):
    main = Named("a", "500 Oh")
    services = {"app": {"failover": {"service": "inner", "fallback": "b"}},
                "inner": {"weighted": {"services": [{"name": "a"}], "healthCheck": {}}},
                "a": balancer(lab.origin(main), healthCheck=FAST), "b": balancer(lab.origin(named("b")))}
    gateway = traefik(lab, routed(services))
    eventually(lambda: gateway.get("/").text == "b")
    main.status = "200 OK"
    eventually(lambda: gateway.get("/").text == "a")


def test_a_failover_by_status_asks_the_fallback_with_the_whole_request(lab):
    def fail(peer: Peer) -> None:
        while True:
            body = peer.read_request().body
            peer.send(response("main", status="500 Oh" if body == b"x" * 100 else "404 No"))

    fallback = lab.origin(named("b"))
    gone = lab.free_port()
    errors = {"status": ["500-599"], "maxRequestBodyBytes": 1000}
    gateway = traefik(lab, routed({
        "app": {"failover": {"service": "a", "fallback": "b", "errors": errors}},
        "gone": {"failover": {"service": "refuses", "fallback": "b", "errors": errors}},
        "a": balancer(lab.origin(fail)), "b": balancer(fallback), "refuses": balancer(f"127.0.0.1:{gone}")}))
    assert gateway.ask("POST", "/x", body="x" * 100).text == "b"
    assert fallback.requests[0].body == b"x" * 100
    assert fallback.requests[0].method == "POST"
    assert gateway.ask("POST", "/x", body="short").text == "main"
    assert gateway.ask("POST", "/x", body="x" * 1001).status == 413
    assert len(fallback.requests) == 1
    gateway.reload(gateway.read("dynamic.yml").replace('"service": "app"', '"service": "gone"'))
    eventually(lambda: gateway.get("/").text == "b")


def test_mirrors_get_copies_and_nobody_waits_for_them(lab):
    stuck = threading.Event()

    def hang(peer: Peer) -> None:
        peer.read_request()
        stuck.wait(30)

    main, mirror, slow = lab.origin(named("a")), lab.origin(named("m" * 100_000)), lab.origin(hang)
    mirrors = [{"name": "all", "percent": 100}, {"name": "some", "percent": 25}, {"name": "slow",
                                                                                "percent": 100}]
    gateway = traefik(lab, routed({
        "app": {"mirroring": {"service": "main", "mirrors": mirrors, "maxBodySize": 1000}},
        "main": balancer(main), "all": balancer(mirror), "slow": balancer(slow),
        "some": balancer(lab.origin(named("s")))}))
    some = lab.origins[-1]
    wire = gateway.connect()
    assert wire.ask("POST", "/one?x", "X-Mine: yes", body="hello").text == "a"
    eventually(lambda: mirror.requests)
    copy = mirror.requests[0]
    assert (copy.method, copy.target, copy.body) == ("POST", "/one?x", b"hello")
    assert (copy.get("X-Mine"), copy.get("Host")) == ("yes", "localhost")
    assert copy.get("X-Forwarded-For") == main.requests[0].get("X-Forwarded-For")
    for _ in range(7):
        assert wire.ask("GET", "/").text == "a"
    eventually(lambda: len(mirror.requests) == 8 and len(slow.requests) == 8)
    eventually(lambda: len(some.requests) == 2)
    assert wire.ask("POST", "/large", body="x" * 1001).text == "a"
    assert wire.ask("GET", "/last").text == "a"
    eventually(lambda: mirror.requests[-1].target == "/last")
    assert "/large" not in [request.target for request in mirror.requests]
    assert main.requests[8].body == b"x" * 1001
    stuck.set()


def test_mirrors_without_bodies(lab):
    main, mirror = lab.named_origins("am")
    mirroring = {"service": "main", "mirrorBody": False, "mirrors": [{"name": "copy", "percent": 100}]}
    gateway = traefik(lab, routed({"app": {"mirroring": mirroring}, "main": balancer(main),
                                   "copy": balancer(mirror)}))
    assert gateway.ask("POST", "/", body="hello").text == "a"
    eventually(lambda: mirror.requests)
    assert mirror.requests[0].body == b""


def test_clients_stay_with_a_part_and_a_server_by_their_address(lab):
    a, b, c, d = lab.named_origins("abcd")
    parts = [{"name": "one"}, {"name": "two"}]
    gateway = traefik(lab, routed({"app": {"highestRandomWeight": {"services": parts}},
                                   "one": balancer(a, b, strategy="hrw"),
                                   "two": balancer(c, d, strategy="hrw")}))
    assert len(set(answers(gateway, 8))) == 1
    seen = set()
    for host in range(1, 60):
        wire = gateway.connect(source=f"127.0.0.{host}")
        seen.add(wire.ask("GET", "/").text)
        wire.close()
    assert seen == set("abcd")


def test_the_path_of_a_servers_url_comes_first_where_it_is_preserved(lab):
    plain, based = lab.named_origins("ab")
    servers = [{"url": f"http://{plain}/ignored"}, {"url": f"http://{based}/base/", "preservePath": True}]
    gateway = traefik(lab, routed({"app": balancer(*servers)}))
    for _ in range(4):
        gateway.get("/x?y=1")
    assert {request.target for request in plain.requests} == {"/x?y=1"}
    assert {request.target for request in based.requests} == {"/base/x?y=1"}


def test_the_faster_server_gets_more(lab):
    def slow(peer: Peer) -> None:
        while True:
            peer.read_request()
            threading.Event().wait(0.05)
            peer.send(response("s"))

    gateway = traefik(lab, routed({"app": balancer(lab.origin(slow), lab.origin(named("f")),
                                                  strategy="leasttime")}))
    told = answers(gateway, 30)
    assert told.count("f") > told.count("s")
