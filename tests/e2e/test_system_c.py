"""System C: nginx's proxy in front of a static front end and a Flask back end, from examples/softy-pinko.

Every test has a loopback network of its own, so that names,
addresses and ports stay those of the files; only the
addresses to listen on are filled in. Names come from a DNS server that says TTL 600, as Docker's does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import Lab
from dns_server import DnsServer
from gateway import BINARY, CHECKOUT, IS_NGINX, Gateway
from programs import CHROMIUM, NGINX, Program, curl, flask, is_listening, rendered
from raw import eventually

EXAMPLE = CHECKOUT / "examples/softy-pinko"
FRONT_END_ROOT = "/var/www/html/softy-pinko-front-end"
DNS_ONLY = "names are looked up once, at start"


class System:
    """The front end, any number of back ends, their names, and the gateway."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.network = lab.network()
        self.front_end = f"{self.network}.100"
        self.back_ends: dict[str, Program] = {}
        self.programs: list[Program] = []
        self.dns: DnsServer = lab.dns()
        self.dns.names = {"front-end": [self.front_end], "back-end": []}
        self.gateway: Gateway | None = None

    def start_front_end(self, server: str) -> None:
        """Serves the example's page with this server, from the example's own configuration."""
        text = (EXAMPLE / "front-end/default.conf").read_text()
        text = text.replace("listen 9000", f"listen {self.front_end}:9000")
        text = text.replace(FRONT_END_ROOT, str(EXAMPLE / "front-end"))
        front = self.lab.prepare("types { text/html html; text/css css; }\n" + text)
        command = [server, *front.arguments]
        program = Program(command, self.front_end, 9000, front.prefix / "stderr")
        self.programs.append(program)
        program.start()

    def add_back_end(self, last_octet: int, resolvable: bool = True) -> Program:
        """Starts one more Flask instance and, if so wanted, lets the name resolve to it too."""
        address = f"{self.network}.{last_octet}"
        program = flask(EXAMPLE / "back-end/api.py", address, 5252, self.lab.directory, HOST=address,
                        INSTANCE=str(last_octet))
        self.programs.append(program)
        self.back_ends[address] = program
        program.start()
        if resolvable:
            self.resolve_to(*self.back_ends)
        return program

    def resolve_to(self, *addresses: str) -> None:
        """What the name back-end means from now on."""
        self.dns.names["back-end"] = list(addresses)

    def start(self) -> Gateway:
        """The gateway with proxy.conf as its conf.d/default.conf."""
        text = (EXAMPLE / "proxy.conf").read_text().replace("listen 80;", f"listen {self.network}.1:8080;")
        if IS_NGINX:   # which cannot be told where to look names up at start
            text = text.replace("front-end:", f"{self.front_end}:")
            text = text.replace("back-end:", f"{next(iter(self.back_ends), self.network + '.2')}:")
        (self.lab.directory / "resolv.conf").write_text(f"nameserver {self.dns}\n")
        (self.lab.directory / "hosts").write_text("127.0.0.1 localhost\n")
        environment = {"GATEHOUSE_RESOLV_CONF": str(self.lab.directory / "resolv.conf"),
                       "GATEHOUSE_HOSTS": str(self.lab.directory / "hosts")}
        files = {"conf.d/default.conf": text}
        self.gateway = self.lab.gateway("include conf.d/*.conf;", files=files, workers=2,
                                        environment=environment, host=f"{self.network}.1", port=8080)
        return self.gateway

    def greet(self) -> str:
        """Asks for the greeting, asserts that it came, and returns the instance that gave it."""
        assert self.gateway is not None
        answer = self.gateway.get("/api/hello")
        assert (answer.status, answer.text) == (200, "Hello, World!")
        return answer.get("x-instance") or ""

    def close(self) -> None:
        for program in self.programs:
            program.close()


@pytest.fixture
def system(lab: Lab) -> Iterator[System]:
    """System C without anything started."""
    parts = System(lab)
    yield parts
    parts.close()


def assert_rotation(instances: list[str], size: int) -> None:
    """Every run of `size` requests touches each of `size` instances once, in the same order."""
    assert len(set(instances[:size])) == size, instances
    assert instances == (instances[:size] * len(instances))[:len(instances)]


@pytest.mark.parametrize("server", [pytest.param(NGINX, id="nginx"),
                                    pytest.param(str(BINARY), id="gatehouse")])
def test_c1_the_page_and_the_greeting_come_through_one_port(system: System, server: str) -> None:
    system.start_front_end(server)
    system.add_back_end(2)
    gateway = system.start()
    page = gateway.get("/")
    assert page.status == 200 and (page.get("content-type") or "").startswith("text/html")
    assert page.body == (EXAMPLE / "front-end/index.html").read_bytes()
    assert (gateway.get("/style.css").get("content-type") or "").startswith("text/css")
    assert curl(f"http://{system.network}.1:8080/api/hello").stdout == "Hello, World!"
    assert not is_listening(f"{system.network}.1", 5252) and not is_listening(f"{system.network}.1", 9000)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize("server", [pytest.param(NGINX, id="nginx"),
                                    pytest.param(str(BINARY), id="gatehouse")])
def test_c1_a_browser_shows_the_greeting_in_the_page(system: System, server: str) -> None:
    system.start_front_end(server)
    system.add_back_end(2)
    system.start()
    document = rendered(f"http://{system.network}.1:8080/", system.lab.directory / "browser")
    assert '<p id="dynamic-content">Hello, World!</p>' in document


@pytest.mark.gatehouse(DNS_ONLY)
def test_c2_two_addresses_of_a_name_alternate(system: System) -> None:
    for last_octet in (2, 3):
        system.add_back_end(last_octet)
    system.start()
    assert_rotation([system.greet() for _ in range(8)], 2)


@pytest.mark.gatehouse(DNS_ONLY)
def test_c2_scaling_up_and_down_is_seen_without_a_reload(system: System) -> None:
    for last_octet in (2, 3):
        system.add_back_end(last_octet)
    system.start()
    assert_rotation([system.greet() for _ in range(8)], 2)
    for last_octet in (4, 5, 6):
        system.add_back_end(last_octet)
    eventually(lambda: len({system.greet() for _ in range(10)}) == 5, "all five instances answer", 30)
    assert_rotation([system.greet() for _ in range(15)], 5)
    system.resolve_to(*list(system.back_ends)[:2])
    eventually(lambda: {system.greet() for _ in range(10)} == {"2", "3"}, "two instances are left", 30)
    assert_rotation([system.greet() for _ in range(8)], 2)


@pytest.mark.gatehouse(DNS_ONLY)
def test_c2_the_order_of_the_addresses_in_an_answer_does_not_disturb_the_rotation(system: System) -> None:
    for last_octet in (2, 3, 4):
        system.add_back_end(last_octet)
    system.start()
    first = [system.greet() for _ in range(3)]
    asked = len(system.dns.asked)
    system.resolve_to(*reversed(system.back_ends))
    eventually(lambda: "back-end" in system.dns.asked[asked:], "the name is looked up again")
    assert_rotation(first + [system.greet() for _ in range(9)], 3)


@pytest.mark.gatehouse("there the resolver directive serves variables only")
def test_c2_the_resolver_directive_names_the_server_to_ask(system: System) -> None:
    for last_octet in (2, 3):
        system.add_back_end(last_octet)
    gateway = system.lab.server("location / { proxy_pass http://back-end:5252; }", f"resolver {system.dns};")
    assert_rotation([gateway.get("/api/hello").get("x-instance") or "" for _ in range(8)], 2)


@pytest.mark.gatehouse("names cannot be filled in for a test there")
def test_c2_a_name_with_several_addresses_in_the_hosts_file_is_several_endpoints(system: System) -> None:
    for last_octet in (2, 3):
        system.add_back_end(last_octet, resolvable=False)
    hosts = system.lab.directory / "other-hosts"
    hosts.write_text("".join(f"{address} back-end\n" for address in system.back_ends))
    gateway = system.lab.server("location / { proxy_pass http://back-end:5252; }",
                                environment={"GATEHOUSE_HOSTS": str(hosts)})
    assert_rotation([gateway.get("/api/hello").get("x-instance") or "" for _ in range(8)], 2)


def test_c3_the_404_of_the_front_end_is_relayed(system: System) -> None:
    assert NGINX is not None
    system.start_front_end(NGINX)
    gateway = system.start()
    answer = gateway.get("/favicon.ico")
    assert answer.status == 404
    direct = curl(f"http://{system.front_end}:9000/favicon.ico").stdout
    assert answer.text.splitlines() == direct.splitlines()


@pytest.mark.gatehouse(DNS_ONLY)
def test_c4_killing_a_replica_costs_no_request(system: System) -> None:
    for last_octet in (2, 3, 4):
        system.add_back_end(last_octet)
    system.start()
    assert_rotation([system.greet() for _ in range(6)], 3)
    list(system.back_ends.values())[1].process.kill()
    assert {system.greet() for _ in range(20)} == {"2", "4"}


def test_c5_a_back_end_that_is_not_up_answers_502_and_recovers(system: System) -> None:
    assert NGINX is not None
    system.start_front_end(NGINX)
    system.resolve_to(f"{system.network}.2")
    gateway = system.start()
    assert gateway.get("/").status == 200
    assert gateway.get("/api/hello").status == 502
    system.add_back_end(2)
    eventually(lambda: gateway.get("/api/hello").status == 200, "the back end is found")


@pytest.mark.gatehouse("nginx refuses to start")
def test_c5_a_name_that_does_not_resolve_answers_502_and_recovers(system: System) -> None:
    assert NGINX is not None
    del system.dns.names["back-end"]
    system.start_front_end(NGINX)
    gateway = system.start()
    assert gateway.get("/").status == 200
    assert gateway.get("/api/hello").status == 502
    assert "back-end" in gateway.messages, "the log says which name"
    system.add_back_end(2)
    eventually(lambda: gateway.get("/api/hello").status == 200, "the name resolves at last")


def test_c_a_name_in_a_variable_is_looked_up_by_the_resolver(system: System) -> None:
    """The usual work-around for stock nginx, which must go on working."""
    system.add_back_end(2)
    gateway = system.lab.server(f"resolver {system.dns} ipv6=off; set $app back-end;"
                                " location / { proxy_pass http://$app:5252; }")
    assert gateway.get("/api/hello").get("x-instance") == "2"


@pytest.mark.gatehouse(DNS_ONLY)
def test_c_a_name_inside_an_upstream_block_is_several_endpoints_too(system: System) -> None:
    for last_octet in (2, 3):
        system.add_back_end(last_octet)
    gateway = system.lab.server("location / { proxy_pass http://pool; }",
                                f"resolver {system.dns}; upstream pool {{ server back-end:5252; }}")
    assert_rotation([gateway.get("/api/hello").get("x-instance") or "" for _ in range(8)], 2)


# Everything in it ends with its first process.
OWN_NETWORK = ["unshare", "--net", "--pid", "--fork", "--kill-child"]


def has_own_networks() -> bool:
    """Whether a network namespace can be made here."""
    return (shutil.which("unshare") is not None and shutil.which("ip") is not None
            and subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode == 0)


UNCHANGED = """
set -e
ip link set lo up
HOST=127.0.0.3 INSTANCE=3 $PYTHON $EXAMPLE/back-end/api.py &
HOST=127.0.0.4 INSTANCE=4 $PYTHON $EXAMPLE/back-end/api.py &
$BINARY -c $EXAMPLE/proxy.conf -p $PREFIX/ -e error.log -g "daemon off; pid gateway.pid; $USER_DIRECTIVE" &
for url in http://127.0.0.3:5252/api/hello http://127.0.0.4:5252/api/hello http://localhost/api/hello; do
    timeout 20 sh -c "until curl -sf $url; do sleep 0.1; done" >/dev/null
done
for number in 1 2 3 4; do
    curl -sf -D - -o body http://localhost/api/hello | grep -i x-instance
done
"""


@pytest.mark.gatehouse("nginx wants http {} around it")
@pytest.mark.skipif(not has_own_networks(), reason="needs unshare and ip, and the right to use them")
def test_c_the_files_run_unchanged_in_a_network_of_their_own(system: System) -> None:
    prefix = system.lab.directory
    hosts = prefix / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.2 front-end\n127.0.0.3 back-end\n127.0.0.4 back-end\n")
    environment = dict(os.environ) | {
        "GATEHOUSE_HOSTS": str(hosts), "PYTHON": sys.executable, "EXAMPLE": str(EXAMPLE),
        "BINARY": str(BINARY),
        "PREFIX": str(prefix), "USER_DIRECTIVE": "user root;" if os.getuid() == 0 else ""}
    done = subprocess.run([*OWN_NETWORK, "sh", "-c", UNCHANGED], capture_output=True, text=True, timeout=60,
                          env=environment, cwd=prefix)
    instances = re.findall(r"X-Instance: (\d)", done.stdout)
    assert done.returncode == 0 and sorted(instances) == ["3", "3", "4", "4"], done.stderr
