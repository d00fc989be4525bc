"""Servers of Traefik's services that are asked how they are."""

from __future__ import annotations

import threading
from concurrent import futures

import grpc
import pytest
from grpc_lab import tls_credentials
from h2_origins import H2Origin
from origins import Peer
from raw import eventually, response
from traefik_lab import balancer, routed, traefik

FAST = {"path": "/health", "interval": "100ms", "timeout": "5s"}


class Named:
    """An origin's script: it answers with its name, and to checks with a status that may change."""

    def __init__(self, name: str, status: str = "200 OK") -> None:
        self.name, self.status = name, status
        self.checks = 0

    def __call__(self, peer: Peer) -> None:
        while True:
            if peer.read_request().target.startswith("/health"):
                self.checks += 1
                peer.send(response("", status=self.status))
            else:
                peer.send(response(self.name))


def answers(gateway, count: int = 8) -> str:
    return "".join(gateway.get("/").text for _ in range(count))


def states(gateway) -> list[str]:
    return list(gateway.service("app@file")["serverStatus"].values())


def test_a_server_that_fails_its_check_gets_nothing_until_it_is_well_again(lab):
    scripts = [Named("a"), Named("b", "503 Busy")]
    origins = [lab.origin(script) for script in scripts]
    gateway = traefik(lab, routed({"app": balancer(*origins, healthCheck=FAST)}))
    eventually(lambda: states(gateway) == ["UP", "DOWN"])
    assert answers(gateway) == "aaaaaaaa"
    gateway.says(f'service "app@file": {origins[1]} is not well: it answers with status 503')
    scripts[1].status = "204 Well"
    eventually(lambda: states(gateway) == ["UP", "UP"])
    assert sorted(answers(gateway)) == list("aaaabbbb")
    gateway.says(f"{origins[1]} is well again")
    assert gateway.messages.count("is not well") == 1


def test_a_service_without_a_server_that_is_well_answers_503(lab):
    script = Named("a", "500 Oh")
    gateway = traefik(lab, routed({"app": balancer(lab.origin(script), healthCheck=FAST)}))
    eventually(lambda: gateway.get("/").status == 503)
    gateway.says("no other endpoint is, and requests have nowhere to go")
    script.status = "200 OK"
    eventually(lambda: gateway.get("/").status == 200)


def test_a_service_without_servers_answers_503(lab):
    gateway = traefik(lab, routed({"app": balancer()}))
    assert gateway.get("/").status == 503


def test_a_server_that_is_gone_is_out_and_comes_back(lab):
    origin = lab.origin(Named("a"))
    other = lab.origin(Named("b"))
    gateway = traefik(lab, routed({"app": balancer(origin, other, healthCheck=FAST)}))
    origin.stop()
    eventually(lambda: states(gateway) == ["DOWN", "UP"])
    assert answers(gateway) == "bbbbbbbb"
    lab.origin(Named("a"), port=origin.port)
    eventually(lambda: states(gateway) == ["UP", "UP"])


def test_what_is_known_of_servers_outlives_a_reload(lab):
    well, ill = lab.origin(Named("a")), lab.origin(Named("b", "503 Busy"))
    slow = FAST | {"interval": "1h", "unhealthyInterval": "1h"}
    gateway = traefik(lab, routed({"app": balancer(well, ill, healthCheck=slow)}))
    eventually(lambda: states(gateway) == ["UP", "DOWN"])
    added = lab.origin(Named("c"))
    gateway.reload(routed({"app": balancer(well, ill, added, healthCheck=slow)}))
    eventually(lambda: "c" in answers(gateway, 3))
    assert "b" not in answers(gateway, 9)
    gateway.reload(routed({"app": balancer(well, ill, added)}))
    eventually(lambda: "b" in answers(gateway, 3), "nobody asks any more")


def test_checks_go_where_and_as_they_are_told(lab):
    app, check = lab.origin(Named("a")), lab.origin(Named("check"))
    told = FAST | {"port": check.port, "hostname": "app.example", "method": "options", "path": "/health?x",
                   "headers": {"X-Probe": "yes"}}
    gateway = traefik(lab, routed({"app": balancer(app, healthCheck=told)}))
    eventually(lambda: check.requests)
    asked = check.requests[0]
    assert (asked.method, asked.target) == ("OPTIONS", "/health?x")
    assert (asked.get("Host"), asked.get("X-Probe")) == ("app.example", "yes")
    assert not app.requests
    assert states(gateway) == ["UP"]


def test_a_check_over_http_2_without_tls(lab):
    origin = H2Origin(lambda call: call.answer(b"", status="404"))
    lab.origins.append(origin)
    gateway = traefik(lab, routed({"app": balancer({"url": f"h2c://{origin}"}, healthCheck=FAST)}))
    gateway.says("it answers with status 404")
    origin.script = lambda call: call.answer(b"ok")
    eventually(lambda: states(gateway) == ["UP"])
    assert origin.calls[-1].fields[":path"] == "/health"


class Health(grpc.GenericRpcHandler):
    """The health protocol of gRPC."""

    def __init__(self, status: int) -> None:
        self.status = status

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if details.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(lambda message, context: bytes([8, self.status]))


@pytest.fixture(params=["h2c", "https"])
def grpc_server(request, certificates):
    """A server's handler, and its URL."""
    health = Health(2)
    server = grpc.server(futures.ThreadPoolExecutor(4), [health])
    credentials = tls_credentials(certificates.localhost)
    port = (server.add_secure_port("127.0.0.1:0", credentials) if request.param == "https"
            else server.add_insecure_port("127.0.0.1:0"))
    server.start()
    yield health, f"{request.param}://127.0.0.1:{port}"
    server.stop(None).wait()


def test_a_check_by_grpc(lab, grpc_server):
    health, url = grpc_server
    check = {"mode": "grpc", "interval": "100ms", "scheme": url.partition(":")[0]}
    service = balancer({"url": url}, healthCheck=check, serversTransport="trusting")
    gateway = traefik(lab, routed({"app": service},
                                  serversTransports={"trusting": {"insecureSkipVerify": True}}))
    gateway.says("it does not say that it is serving")
    assert states(gateway) == ["DOWN"]
    health.status = 1
    eventually(lambda: states(gateway) == ["UP"])


def test_a_server_that_hangs_in_its_check_is_out_and_holds_up_no_other(lab):
    stuck = threading.Event()

    def hang(peer: Peer) -> None:
        peer.read_request()
        stuck.wait(30)

    origin, other = lab.origin(hang), lab.origin(Named("b", "503 Busy"))
    check = FAST | {"timeout": "1s"}
    gateway = traefik(lab, routed({"app": balancer(origin, other, healthCheck=check)}))
    gateway.says(f"{other} is not well: it answers with status 503")
    gateway.says(f"{origin} is not well: it does not answer within 1000 ms")
    stuck.set()
