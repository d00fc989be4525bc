"""Both faces at once: an nginx.conf, and beside its servers the labelled containers of an engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates import Certificates
from conf_lab import ConfLab, ask, await_answer
from gateway import run
from raw import eventually
from stand_in_engine import StandInEngine

CONF = """
docker { endpoint %engine%; }
server {
    listen 127.0.0.1:%port% default_server;
    location / { return 200 default; }
}
server {
    listen 127.0.0.1:%port%;
    server_name conf.test *.wild.test;
    location / { return 200 conf; }
}
"""


@pytest.fixture
def lab(tmp_path: Path, stand_in: StandInEngine) -> Iterator[ConfLab]:
    parts = ConfLab(tmp_path, stand_in)
    yield parts
    parts.close()


def test_names_of_servers_go_first_then_routers_then_the_default_server(lab):
    lab.routed("app", "Host(`app.test`)")
    lab.routed("files", "PathPrefix(`/files`)")
    gateway = lab.gateway(CONF)
    await_answer(gateway, "app.test", "lab-app-1")
    assert ask(gateway, "app.test:8080", "/any/path?x=1").text == "lab-app-1"
    assert ask(gateway, "other.test", "/files/x").text == "lab-files-1"
    assert ask(gateway, "other.test").text == "default"
    assert ask(gateway, "conf.test").text == "conf"
    assert ask(gateway, "conf.test", "/files/x").text == "conf"
    assert ask(gateway, "a.wild.test", "/files/x").text == "conf"
    assert "container lab-app-1: routed" in gateway.messages


def test_a_router_that_a_server_name_hides_gets_a_verdict_that_names_both(lab):
    lab.routed("hidden", "Host(`conf.test`) && PathPrefix(`/x`)")
    lab.routed("half", "Host(`a.wild.test`) || Host(`half.test`)")
    gateway = lab.gateway(CONF)
    await_answer(gateway, "half.test", "lab-half-1")
    assert ask(gateway, "conf.test", "/x").text == "conf"
    gateway.says('container lab-hidden-1: conflict: router hidden: "conf.test" is answered by the server at '
                 f"{gateway.prefix}/nginx.conf:")
    gateway.says('router hidden@docker is not served: "conf.test" is answered by')
    gateway.says('container lab-half-1: router half: "a.wild.test" is answered by')


def test_changes_of_containers_and_of_the_configuration_leave_each_other_alone(lab):
    app = lab.routed("app", "Host(`app.test`)")
    gateway = lab.gateway(CONF)
    await_answer(gateway, "app.test", "lab-app-1")
    gateway.reload(CONF.replace("200 conf", "200 newer"))
    await_answer(gateway, "conf.test", "newer")
    assert ask(gateway, "app.test").text == "lab-app-1"
    lab.engine.kill(app)
    await_answer(gateway, "app.test", "default")
    assert ask(gateway, "conf.test").text == "newer"
    lab.engine.die(app)
    lab.engine.start(app)
    await_answer(gateway, "app.test", "lab-app-1")
    gateway.reload(CONF.replace("docker { endpoint %engine%; }", ""))
    await_answer(gateway, "app.test", "default")
    gateway.reload(CONF)
    await_answer(gateway, "app.test", "lab-app-1")


def test_without_an_engine_the_configuration_is_served_and_containers_come_later(lab):
    lab.routed("app", "Host(`app.test`)")
    lab.engine.stop()
    gateway = lab.gateway(CONF)
    assert ask(gateway, "conf.test").text == "conf"
    assert ask(gateway, "app.test").text == "default"
    gateway.says("no container is known")
    lab.engine.listen()
    await_answer(gateway, "app.test", "lab-app-1")


def test_what_containers_say_never_harms_the_configuration(lab):
    gateway = lab.gateway(CONF)
    for number, rule in enumerate(["Host(`", "Host(`conf.test`) ||", "HostRegexp(`(`)", "(" * 5000, "\\xff"]):
        lab.routed(f"bad{number}", rule)
    lab.routed("greedy", "PathPrefix(`/`)", priority="1000000")
    await_answer(gateway, "other.test", "lab-greedy-1")
    assert ask(gateway, "conf.test").text == "conf"


def test_an_entry_point_may_have_listeners_of_its_own(lab):
    lab.routed("app", "Host(`app.test`)", entrypoints="inside")
    lab.routed("both", "Host(`both.test`)")
    gateway = lab.gateway("docker { endpoint %engine%; entry_point web 127.0.0.1:%port%;"
                          " entry_point inside 127.0.0.1:%port_inside%; }"
                          " server { listen 127.0.0.1:%port%; return 200 default; }")
    await_answer(gateway, "app.test", "lab-app-1", port="port_inside")
    assert ask(gateway, "app.test").text == "default"
    assert ask(gateway, "both.test").text == "lab-both-1"
    assert ask(gateway, "both.test", port="port_inside").text == "lab-both-1"
    assert ask(gateway, "nobody.test", port="port_inside").status == 404


def curl(gateway, host: str, *options: str) -> str:
    port = gateway.values["port_tls"]
    command = ["curl", "-sk", "--max-time", "10", "--resolve", f"{host}:{port}:127.0.0.1", *options,
               f"https://{host}:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_routers_share_a_listener_with_ssl(lab, tmp_path_factory):
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    lab.routed("safe", "Host(`safe.test`)", tls="true")
    lab.routed("plain", "Host(`plain.test`)", entrypoints="web")
    gateway = lab.gateway("""
        docker { endpoint %engine%; }
        server { listen 127.0.0.1:%port%; return 200 default; }
        server {
            listen 127.0.0.1:%port_tls% ssl;
            http2 on;
            %pair%
            return 200 secure;
        }
    """, pair=certificates.localhost)
    await_answer(gateway, "plain.test", "lab-plain-1")
    assert ask(gateway, "safe.test").text == "default"
    for protocol in ("--http1.1", "--http2"):
        assert curl(gateway, "safe.test", protocol) == "lab-safe-1"
        assert curl(gateway, "plain.test", protocol) == "secure"
    gateway.says('router safe@docker: not at entry point "web": the configuration listens at')


def test_the_api_and_the_page_tell_of_containers_and_of_precedence(lab):
    lab.routed("hidden", "Host(`conf.test`)")
    lab.routed("app", "Host(`app.test`)")
    more = "api insecure; entry_point web 127.0.0.1:%port%; entry_point traefik 127.0.0.1:%port_api%;"
    gateway = lab.gateway(CONF.replace("docker {", "docker { " + more))
    await_answer(gateway, "app.test", "lab-app-1")

    def told(router: str) -> dict:
        return json.loads(ask(gateway, "localhost", f"/api/http/routers/{router}@docker", "port_api").text)

    assert told("hidden")["status"] == "disabled" and "server_name" in told("hidden")["error"][0]
    assert told("app")["using"] == ["web"]
    page = ask(gateway, "localhost", "/dashboard/", "port_api").text
    assert "lab-hidden-1" in page and "conflict" in page


NAMES = """
docker { endpoint %engine%; exposed_by_default off; }
upstream group { server api:%app_port%; }
server {
    listen 127.0.0.1:%port%;
    location / { proxy_pass http://web-dynamic:%app_port%; }
    location /group { proxy_pass http://group; }
    location /chosen { set $name web-dynamic; proxy_pass http://$name:%app_port%; }
    location /nobody { proxy_pass http://nobody:%app_port%; }
}
"""


def instances(gateway, count: int, target: str = "/") -> dict[str, int]:
    answers = [ask(gateway, "localhost", target).text for _ in range(count)]
    return {name: answers.count(name) for name in answers}


def test_names_of_compose_follow_scaling_by_events(lab):
    made = [lab.app("web-dynamic", number) for number in (1, 2)]
    lab.app("api")
    gateway = lab.gateway(NAMES)
    await_answer(gateway, "localhost", "lab-api-1", "/group")
    assert instances(gateway, 6) == {"lab-web-dynamic-1": 3, "lab-web-dynamic-2": 3}
    assert instances(gateway, 6, "/chosen") == {"lab-web-dynamic-1": 3, "lab-web-dynamic-2": 3}
    made.append(lab.app("web-dynamic", 3))
    eventually(lambda: len(instances(gateway, 3)) == 3, "three instances answer")
    assert set(instances(gateway, 9).values()) == {3}
    assert ask(gateway, "localhost", "/nobody").status == 502
    lab.engine.kill(made[0])   # it still serves, and is given nothing new
    eventually(lambda: "lab-web-dynamic-1" not in instances(gateway, 3), "one drains")
    assert instances(gateway, 6) == {"lab-web-dynamic-2": 3, "lab-web-dynamic-3": 3}
    for container in made:
        lab.engine.die(container)
    eventually(lambda: ask(gateway, "localhost").status == 502, "nobody runs")
    lab.engine.start(made[1])
    await_answer(gateway, "localhost", "lab-web-dynamic-2")


def test_names_are_left_to_name_servers_where_that_is_asked_for(lab):
    lab.app("web-dynamic")
    gateway = lab.gateway(NAMES)
    await_answer(gateway, "localhost", "lab-web-dynamic-1")
    gateway.reload(NAMES.replace("exposed_by_default off;", "compose_names off;"))
    eventually(lambda: ask(gateway, "localhost").status == 502, "the name is not known")


def test_routes_go_on_while_the_engine_sleeps_or_is_away(lab):
    app = lab.routed("app", "Host(`app.test`)")
    gateway = lab.gateway(CONF.replace("docker {", "docker { compose_names on;")
                          + "server { listen 127.0.0.1:%port%; server_name name.test;"
                            " location / { proxy_pass http://app:%app_port%; } }")
    await_answer(gateway, "app.test", "lab-app-1")
    await_answer(gateway, "name.test", "lab-app-1")
    lab.engine.awake.clear()
    more = lab.app("app", 2, lab.engine.containers[app]["labels"])
    assert [ask(gateway, host).text for host in ("app.test", "name.test")] == ["lab-app-1"] * 2
    lab.engine.awake.set()
    eventually(lambda: len({ask(gateway, "app.test").text for _ in range(4)}) == 2, "changes are caught up")
    lab.engine.stop()
    gateway.says("what is known of its containers stays")
    assert {ask(gateway, host).text for host in ("app.test", "name.test") for _ in range(4)} == \
        {"lab-app-1", "lab-app-2"}
    lab.engine.die(more)
    lab.engine.listen()
    gateway.says("back after")
    for host in ("app.test", "name.test"):
        eventually(lambda host=host: {ask(gateway, host).text for _ in range(4)} == {"lab-app-1"}, host)


def test_mistakes_and_entry_points_are_shown_where_they_stand(lab):
    path = lab.directory / "right.conf"
    path.write_text("events {}\nhttp {\n    docker { }\n    server { listen 127.0.0.1:8000; }\n}\n")
    ended = run("-t", "-c", str(path), "-e", "stderr")
    assert ended.returncode == 0, ended.stderr
    assert f'{path}:3:5: notice: entry point "web" of containers is 127.0.0.1:8000' in ended.stderr
    path = lab.directory / "wrong.conf"
    path.write_text("events {}\nhttp {\n    docker {\n        constraints 'Lable(`a`, `b`)';\n    }\n}\n")
    ended = run("-t", "-c", str(path), "-e", "stderr")
    assert ended.returncode == 1
    assert f"{path}:4:21: " in ended.stderr, ended.stderr
