"""System A, the Traefik lab: Traefik's command line and labels, Gatehouse's image, nothing else changed."""

from __future__ import annotations

import json
import threading

from compose_lab import DYNAMIC_LABELS, STATIC_LABELS, ComposeLab, Load
from network import within
from raw import eventually


def by_host(hosts: list[str]) -> dict[str, int]:
    return {host: hosts.count(host) for host in hosts}


def await_answers(loads: list[Load], more: int = 10) -> None:
    """Until every client has got so many more."""
    wanted = [len(load.answers) + more for load in loads]
    eventually(lambda: all(len(load.answers) >= count for load, count in zip(loads, wanted)), "answers", 20)


def under_load(lab: ComposeLab, path: str, workers: int, each: int, change) -> list[tuple[float, int, str]]:
    """All answers to `workers` clients of `each` requests a second, from before `change()` until after it."""
    over = threading.Event()
    loads = [Load(path, each, over.is_set) for _ in range(workers)]
    threads = [threading.Thread(target=within, args=(lab.engine.network.pid, load.run)) for load in loads]
    for thread in threads:
        thread.start()
    try:
        await_answers(loads)
        change()
        await_answers(loads)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return sorted(answer for load in loads for answer in load.answers)


def test_html_and_json_come_from_their_services_and_the_prefix_stays(lab):
    page = lab.ask("/")
    assert page.status == 200 and page.headers["Content-Type"] == "text/html"
    assert page.host.startswith("lab-web-static")
    answer = lab.ask("/api/people?x=1")
    assert json.loads(answer.body) == {"host": "lab-web-dynamic-1", "path": "/api/people?x=1"}
    assert lab.ask("/", host="elsewhere").status == 404


def test_requests_rotate_over_three_instances(lab):
    lab.scale("web-dynamic", 3, DYNAMIC_LABELS, 3000)
    lab.until("three instances answer", lambda: len(set(lab.hosts("/api", 6))) == 3)
    assert set(by_host(lab.hosts("/api", 6)).values()) == {2}


def test_a_cookie_leads_back_to_its_instance_and_moves_on_when_that_stops(lab):
    sticky = "traefik.http.services.web-static-lab.loadbalancer.sticky.cookie"
    labels = STATIC_LABELS | {sticky: "true", f"{sticky}.name": "static-cookie"}
    lab.scale("web-static", 0, {}, 80)
    lab.scale("web-static", 3, labels, 80)
    lab.until("three instances answer", lambda: len(set(lab.hosts("/", 6))) == 3)
    first = lab.ask("/")
    cookie = first.headers["Set-Cookie"].split(";")[0]
    assert cookie.startswith("static-cookie=")
    assert {lab.ask("/", cookie).host for _ in range(10)} == {first.host}
    assert len(set(lab.hosts("/", 10))) == 3, "without the cookie they rotate"
    lab.stop_and_remove(first.host)
    again = lab.ask("/", cookie)
    assert again.status == 200 and again.host != first.host
    moved = again.headers["Set-Cookie"].split(";")[0]
    assert moved.startswith("static-cookie=") and moved != cookie
    assert {lab.ask("/", moved).host for _ in range(5)} == {again.host}


def test_scaling_under_load_loses_nothing(lab):
    lab.scale("web-dynamic", 3, DYNAMIC_LABELS, 3000, 5)
    lab.until("three instances answer", lambda: len(set(lab.hosts("/api", 6))) == 3)

    def scale() -> None:
        for count in (5, 2, 8):
            lab.scale("web-dynamic", count, DYNAMIC_LABELS, 3000, 5)
            lab.until(f"{count} instances answer",
                      lambda count=count: len(set(lab.hosts("/api", 2 * count))) == count)

    answers = under_load(lab, "/api", 8, 25, scale)
    assert len(answers) > 100
    assert [answer for answer in answers if answer[1] != 200] == []
    assert len({host for _, _, host in answers}) == 8


def test_replacing_all_instances_under_load_loses_nothing(lab):
    lab.scale("web-dynamic", 3, DYNAMIC_LABELS, 3000, 5)
    lab.until("three instances answer", lambda: len(set(lab.hosts("/api", 6))) == 3)

    def replace() -> None:
        for number in (1, 2, 3):
            new = lab.add("web-dynamic", number + 3, DYNAMIC_LABELS, Cmd=["/web", "3000", "5"],
                          ExposedPorts={"3000/tcp": {}})
            assert new
            lab.until("the new one answers",
                      lambda n=number: f"lab-web-dynamic-{n + 3}" in lab.hosts("/api", 8))
            lab.stop_and_remove(f"lab-web-dynamic-{number}")

    answers = under_load(lab, "/api", 8, 25, replace)
    assert [answer for answer in answers if answer[1] != 200] == []
    assert {"lab-web-dynamic-4", "lab-web-dynamic-5", "lab-web-dynamic-6"} <= {host for _, _, host in answers}


def test_what_was_not_used_is_said(lab):
    log = lab.logs()
    assert "container lab-web-static-1: routed" in log
    assert "traefik.autodetect" in log
    lab.add("broken", 1, {"traefik.http.routers.broken.rule": "Hots(`x`)"}, Cmd=["/web", "80", "0"],
            ExposedPorts={"80/tcp": {}})
    lab.until("the mistake is in the log", lambda: "Hots" in lab.logs() and "Host" in lab.logs())
    lab.add("portless", 1, {"traefik.http.routers.portless.rule": "Host(`p`)"}, Cmd=["/web", "80", "0"])
    lab.until("the missing port is in the log", lambda: "container lab-portless-1: no-port" in lab.logs())
    assert lab.ask("/api").status == 200


def told(lab, path: str) -> object:
    answer = lab.ask(path, port=8080)
    assert answer.status == 200, (path, answer.status, answer.body)
    return json.loads(answer.body)


def test_the_api_tells_what_is_served_as_traefik_does(lab):
    overview = told(lab, "/api/overview")
    assert overview["providers"] == ["Docker"] and overview["http"]["routers"]["errors"] == 0
    router = told(lab, "/api/http/routers/dynamic@docker")
    assert router["rule"] == DYNAMIC_LABELS["traefik.http.routers.dynamic.rule"]
    assert router["status"] == "enabled" and router["using"] == ["http"]
    assert router["provider"] == "docker" and router["service"] == "web-dynamic-lab"
    service = told(lab, "/api/http/services/web-dynamic-lab@docker")
    (server,) = service["loadBalancer"]["servers"]
    assert service["serverStatus"] == {server["url"]: "UP"} and service["usedBy"] == ["dynamic@docker"]
    names = [entry["name"] for entry in told(lab, "/api/entrypoints")]
    assert names == ["http", "traefik"]
    routers = told(lab, "/api/rawdata")["routers"]
    assert {"api@internal", "dashboard@internal", "dynamic@docker"} <= routers.keys()
    assert told(lab, "/api/version")["startDate"]
    missing = lab.ask("/api/http/routers/nobody@docker", port=8080)
    assert missing.status == 404
    assert json.loads(missing.body) == {"message": "router not found: nobody@docker"}
    first = lab.ask("/api/http/routers?per_page=1", port=8080)
    assert first.headers["X-Next-Page"] == "2" and len(json.loads(first.body)) == 1


def test_the_page_shows_every_container_and_what_to_mend(lab):
    assert lab.ask("/", port=8080).headers["Location"] == "http://localhost/dashboard/"
    lab.add("portless", 1, {"traefik.http.routers.portless.rule": "Host(`<b>`)"}, Cmd=["/web", "80", "0"])
    lab.until("the page tells of it",
              lambda: "lab-portless-1" in lab.ask("/dashboard/", port=8080).body)
    page = lab.ask("/dashboard/", port=8080)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for words in ("lab-web-static-1", "dynamic", "To mend", "refused: no-port", "traefik.autodetect"):
        assert words in page.body, words
    assert "<script" not in page.body and "<b>`" not in page.body
    (portless,) = told(lab, "/api/containers?search=portless")
    assert portless["outcome"] == "refused" and portless["advice"]


def test_a_router_leads_to_the_api_behind_a_password(lab):
    hashed = "u:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="
    router = "traefik.http.routers.admin"
    lab.add("labels", 1, {f"{router}.rule": "Host(`admin`)", f"{router}.service": "api@internal",
                          f"{router}.middlewares": "door",
                          "traefik.http.middlewares.door.basicauth.users": hashed},
            Cmd=["/web", "80", "0"], ExposedPorts={"80/tcp": {}})
    lab.until("it asks for a password", lambda: lab.ask("/api/overview", host="admin").status == 401)
    assert hashed not in lab.ask("/api/http/middlewares/door@docker", port=8080).body
