"""Which of its networks a container is reached over, with a gateway that is a container itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compose_lab import ComposeLab
from dockerd import Dockerd

CONF = """
daemon off;
error_log stderr notice;
events { }
http {
    access_log off;
    docker { }
    server {
        listen 80;
        location / { proxy_pass http://web-static; }
        location /api { proxy_pass http://web-dynamic:3000; }
    }
}
"""


@pytest.fixture
def other(dockerd: Dockerd) -> Iterator[str]:
    """A network that the gateway is not on, and whose name comes first."""
    network = dockerd.call("POST", "/networks/create", {"Name": "another"})["Id"]
    yield network
    dockerd.call("DELETE", f"/networks/{network}")


def web(service: str) -> dict:
    return {"labels": {f"traefik.http.routers.{service}.rule": f"Host(`{service}`)"},
            "Cmd": ["/web", "80", "0"], "ExposedPorts": {"80/tcp": {}}}


def test_a_network_that_the_gateway_is_on_is_taken(lab, other):
    container = lab.add("two", 1, **web("two"))
    lab.engine.call("POST", f"/networks/{other}/connect", {"Container": container})
    try:
        lab.until("it answers", lambda: lab.ask("/", host="two").status == 200)
        assert "lab-two-1: no-shared-network" not in lab.logs()
    finally:
        lab.stop_and_remove("lab-two-1")


def test_without_a_shared_network_the_verdict_says_so_until_the_gateway_is_on_one(lab, other):
    container = lab.add("far", 1, **web("far"))
    try:
        lab.until("it answers", lambda: lab.ask("/", host="far").status == 200)
        lab.engine.call("POST", f"/networks/{other}/connect", {"Container": container})
        lab.engine.call("POST", f"/networks/{lab.network}/disconnect", {"Container": container})
        # not asked meanwhile: who is asked over a network that just went away never answers
        verdict = ('container lab-far-1: no-shared-network: service "far-lab": it shares no network with the '
                   "gateway (its networks: another; the gateway's: lab_default)")
        lab.until("its verdict says why", lambda: verdict in lab.logs())
        assert lab.ask("/", host="far").status == 404
        lab.engine.call("POST", f"/networks/{other}/connect", {"Container": lab.gateway})
        lab.until("it is routed", lambda: lab.ask("/", host="far").status == 200)
        lab.engine.call("POST", f"/networks/{other}/disconnect", {"Container": lab.gateway})
        lab.until("its verdict says so again", lambda: lab.logs().count(verdict) == 2)
        assert lab.ask("/", host="far").status == 404
    finally:
        lab.stop_and_remove("lab-far-1")


@pytest.fixture
def conf_lab(with_images: Dockerd, tmp_path: Path) -> Iterator[ComposeLab]:
    """The same two services without any label, and a gateway with an nginx.conf."""
    (tmp_path / "nginx.conf").write_text(CONF)
    command = ["/gatehouse", "-c", "/conf/nginx.conf", "-e", "stderr"]
    lab = ComposeLab(with_images, command, mounts=[f"{tmp_path}:/conf:ro"])
    try:
        lab.scale("web-static", 1, {}, 80)
        lab.scale("web-dynamic", 1, {}, 3000)
        lab.until("both answer", lambda: lab.answers("/") and lab.answers("/api"))
        yield lab
    finally:
        lab.close()


def test_services_of_compose_are_known_by_name_and_followed(conf_lab):
    lab = conf_lab
    assert lab.ask("/").host == "lab-web-static-1"
    for count in (3, 1, 2):
        lab.scale("web-dynamic", count, {}, 3000)
        lab.until(f"{count} answer", lambda count=count: len(set(lab.hosts("/api", 2 * count))) == count)
        hosts = lab.hosts("/api", 2 * count)
        assert {hosts.count(host) for host in hosts} == {2}
    assert '"web-dynamic" is now ' in lab.logs()
