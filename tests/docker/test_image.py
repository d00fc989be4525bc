"""The image people swap in: `FROM nginx` and `image: traefik` become `gatehouse`; nothing else changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from compose_lab import COMMAND, DYNAMIC_LABELS, STATIC_LABELS, ComposeLab
from dockerd import Dockerd
from gateway import CHECKOUT
from image_lab import DEBIAN_IMAGE, IMAGE, ImageLab, build_image
from raw import eventually

PROXY_CONF = (CHECKOUT / "examples/softy-pinko/proxy.conf").read_text()
MB = 1_000_000


@pytest.fixture(scope="session")
def built(with_images: Dockerd) -> Path:
    """The image is there; the folder that building it left."""
    return build_image(with_images, IMAGE)


@pytest.fixture(scope="session")
def built_on_debian(with_images: Dockerd) -> Path:
    """The image on a Debian made by debootstrap."""
    return build_image(with_images, DEBIAN_IMAGE, "--debian")


@pytest.fixture
def images(built: Path, with_images: Dockerd) -> Iterator[ImageLab]:
    """A network for containers of the image."""
    lab = ImageLab(with_images)
    yield lab
    lab.close()


def pids_of_gateway(lab: ImageLab, container: str) -> tuple[int, int]:
    """Keeper and gateway, as the machine numbers them."""
    keeper = lab.engine.inspect(container)["State"]["Pid"]
    gateway = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
    return keeper, int(gateway[0])


def test_it_is_small_and_its_debug_information_is_kept_beside_it(built, with_images):
    assert with_images.call("GET", f"/images/{IMAGE}/json")["Size"] <= 25 * MB
    sections = subprocess.run(["readelf", "-S", "-W", built / "gatehouse"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    assert ".debug_info" not in sections and ".symtab" not in sections
    assert ".gnu_debuglink" in sections
    assert (built / "gatehouse.debug").stat().st_size > MB


def test_it_says_what_nginx_image_says(built, with_images):
    config = with_images.call("GET", f"/images/{IMAGE}/json")["Config"]
    assert config["StopSignal"] == "SIGQUIT"
    assert set(config["ExposedPorts"]) == {"80/tcp"}
    assert config["Entrypoint"] == ["/docker-entrypoint.sh"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/bin/gatehouse-health"]


def test_everything_is_where_nginx_users_expect_it(built):
    with tarfile.open(built / "context/root.tar") as tar:
        members = {member.name: member for member in tar}
    for name in ("nginx.conf", "conf.d/default.conf", "mime.types", "proxy_params", "fastcgi_params",
                 "fastcgi.conf", "uwsgi_params", "scgi_params"):
        assert members[f"etc/nginx/{name}"].size > 0, name
    for name in ("index.html", "50x.html"):
        assert members[f"usr/share/nginx/html/{name}"].size > 0, name
    for name in ("usr/sbin/nginx", "usr/local/bin/traefik"):
        path = os.path.normpath(os.path.join("/", os.path.dirname(name), members[name].linkname))
        assert path == "/usr/bin/gatehouse"
    assert members["var/cache/nginx"].uid == 101
    assert members["tmp"].mode == 0o1777
    assert members["docker-entrypoint.d"].isdir()


def test_started_with_nothing_it_is_nginx_in_the_foreground(images):
    container = images.start([])
    images.until_answers(container)
    assert "Gatehouse is running" in images.ask(container)[1]
    assert images.ask(container, "/absent")[0] == 404
    eventually(lambda: '"GET /absent HTTP/1.1" 404' in images.engine.logs(container), "an access log", 20)
    assert "start gateway process" in images.engine.logs(container)
    assert "built-in" not in images.engine.logs(container)
    _, gateway = pids_of_gateway(images, container)
    assert "\nUid:\t101\t101\t101\t101\n" in Path(f"/proc/{gateway}/status").read_text()


def test_access_goes_to_stdout_and_errors_to_stderr(images):
    container = images.start([])
    images.until_answers(container)
    environment = os.environ | {"DOCKER_HOST": images.engine.endpoint}

    def logs() -> tuple[str, str]:
        done = subprocess.run(["docker", "logs", container], env=environment, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.stdout, done.stderr
    eventually(lambda: '"GET / HTTP/1.1" 200' in logs()[0], "an access log", 20)
    out, error = logs()
    assert "[notice]" in error and "[notice]" not in out
    assert '"GET / HTTP/1.1" 200' not in error


def test_stopped_it_finishes_and_leaves(images):
    container = images.start([])
    images.until_answers(container)
    images.engine.act(container, "stop")
    assert images.until_ended(container) == 0
    logs = images.engine.logs(container)
    assert "signal 3 (SIGQUIT) received" in logs and "gracefully shutting down" in logs


def test_the_health_check_sees_whether_connections_are_taken(images):
    container = images.start([])
    images.until_answers(container)
    eventually(lambda: images.engine.inspect(container)["State"]["Health"]["Status"] == "healthy",
               "the engine calls it healthy", 30)
    assert images.execute(container, "gatehouse-health") == (0, "the gateway takes connections\n")
    _, gateway = pids_of_gateway(images, container)
    os.kill(gateway, signal.SIGSTOP)
    try:
        code, said = images.execute(container, "gatehouse-health")
    finally:
        os.kill(gateway, signal.SIGCONT)
    assert (code, said) == (1, "nobody takes the connections to port 80\n")
    assert images.execute(container, "gatehouse-health")[0] == 0


def test_system_c_is_from_gatehouse_instead_of_from_nginx(images):
    images.build("softy-pinko-proxy", f"FROM {IMAGE}\nCOPY proxy.conf /etc/nginx/conf.d/default.conf\n",
                 {"proxy.conf": PROXY_CONF})
    proxy = images.start([], image="softy-pinko-proxy")
    images.until_answers(proxy, 502, "/api/hello")   # starts without them
    images.start(["/web", "9000", "0"], image="web", alias="front-end", Hostname="front")
    for name in ("one", "two"):
        images.start(["/web", "5252", "0"], image="web", alias="back-end", Hostname=name)
    images.until_answers(proxy, 200, "/")
    assert images.ask(proxy)[2] == "front"
    eventually(lambda: {images.ask(proxy, "/api/hello")[2] for _ in range(4)} == {"one", "two"}, "both", 20)
    hosts = [images.ask(proxy, "/api/hello")[2] for _ in range(8)]
    assert hosts == hosts[:2] * 4 and len(set(hosts)) == 2
    assert json.loads(images.ask(proxy, "/api/hello")[1])["path"] == "/api/hello"


def test_system_e_names_its_own_configuration(images):
    text = (CHECKOUT / "examples/load-balancer/proxy.conf").read_text()
    text = text.replace("127.0.0.1:5000", "one:5000").replace("127.0.0.1:5001", "two:5001")
    for name, port in (("one", "5000"), ("two", "5001")):
        images.start(["/web", port, "0"], image="web", alias=name, Hostname=name)
    proxy = images.start(["nginx", "-c", "/proxy/nginx/proxy.conf"], {"proxy/nginx/proxy.conf": text})
    images.until_answers(proxy, 200, "/", 8080)
    hosts = [images.ask(proxy, "/", 8080)[2] for _ in range(4)]
    assert sorted(hosts) == ["one", "one", "two", "two"] and hosts[0] != hosts[1]


def test_templates_are_filled_in_from_the_environment(images):
    template = ("server { listen ${PORT}; location / "
                "{ return 200 '$WORDS $uri ${LEFT_ALONE_BY_THE_FILTER}'; } }\n")
    template = template.replace("${LEFT_ALONE_BY_THE_FILTER}", "$host")
    container = images.start([], {"etc/nginx/templates/default.conf.template": template,
                                  "etc/nginx/templates/deep/more.conf.template": "# $host\n"},
                             Env=["PORT=8123", "WORDS=good day", "host=not-this-one",
                                  "NGINX_ENVSUBST_FILTER=^[A-Z]"])
    images.until_answers(container, 200, "/x", 8123)
    assert images.ask(container, "/x", 8123)[1] == "good day /x localhost"
    assert '"/etc/nginx/conf.d/default.conf" is made from' in images.engine.logs(container)


def test_traefik_s_flags_are_all_that_compose_gives_it(built, with_images):
    lab = ComposeLab(with_images, COMMAND[1:], IMAGE)
    try:
        lab.scale("web-static", 1, STATIC_LABELS, 80)
        lab.scale("web-dynamic", 2, DYNAMIC_LABELS, 3000)
        lab.until("both sites answer", lambda: lab.answers("/") and lab.answers("/api"))
        lab.until("two instances answer", lambda: len(set(lab.hosts("/api", 4))) == 2)
        assert lab.ask("/api/x").status == 200
    finally:
        lab.close()


def test_traefik_s_file_is_enough_to_mean_traefik(images):
    static = "entryPoints:\n  web:\n    address: ':8000'\nproviders:\n  file:\n    filename: /dynamic.yml\n"
    dynamic = ("http:\n  routers:\n    all: {rule: 'PathPrefix(`/`)', service: one}\n  services:\n"
               "    one: {loadBalancer: {servers: [{url: 'http://one:5000'}]}}\n")
    images.start(["/web", "5000", "0"], image="web", alias="one", Hostname="one")
    container = images.start([], {"etc/traefik/traefik.yml": static, "dynamic.yml": dynamic})
    images.until_answers(container, 200, "/", 8000)
    assert images.ask(container, "/", 8000)[2] == "one"


def test_other_commands_run_as_they_stand(images):
    container = images.start(["nginx", "-t"])
    assert images.until_ended(container) == 0
    assert "nginx.conf test is successful" in images.engine.logs(container)
    container = images.start(["-v"])
    assert images.until_ended(container) == 0
    assert "nginx version: nginx/" in images.engine.logs(container)
    container = images.start(["bash", "-c", "nginx"])
    assert images.until_ended(container) == 127
    assert 'running "bash" failed' in images.engine.logs(container)
    assert "no shell either" in images.engine.logs(container)


def test_a_script_that_cannot_run_stops_the_start(images):
    scripts = {"docker-entrypoint.d/10-own.sh": "#!/bin/sh\n", "docker-entrypoint.d/x": ""}
    container = images.start([], scripts)
    assert images.until_ended(container) == 126
    assert 'running "/docker-entrypoint.d/10-own.sh" failed' in images.engine.logs(container)


def test_a_configuration_with_a_mistake_stops_the_start(images):
    container = images.start([], {"etc/nginx/conf.d/default.conf": "server { lisen 80; }\n"})
    assert images.until_ended(container) == 1
    assert 'did you mean "listen"?' in images.engine.logs(container)


def test_on_debian_users_dockerfiles_run_commands_and_scripts(built_on_debian, images):
    text = (CHECKOUT / "examples/load-balancer/proxy.conf").read_text()
    images.build("load-balancer", f"FROM {DEBIAN_IMAGE}\nCOPY proxy.conf /proxy/nginx/\n"
                 "RUN nginx -t -c /proxy/nginx/proxy.conf && id nginx && curl --version\n"
                 "COPY 30-own.sh /docker-entrypoint.d/\n",
                 {"proxy.conf": text, "30-own.sh": "#!/bin/sh\necho a script of my own\n"})
    container = images.start(["bash", "-c", "nginx -c /proxy/nginx/proxy.conf"], image="load-balancer")
    images.until_answers(container, 502, "/", 8080)   # its endpoints are not there
    assert images.execute(container, "gatehouse-health")[0] == 0
    container = images.start([], image="load-balancer")
    images.until_answers(container)
    assert "a script of my own" in images.engine.logs(container)
    images.engine.act(container, "stop")
    assert images.until_ended(container) == 0
