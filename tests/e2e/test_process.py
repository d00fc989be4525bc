"""The process: command line, messages about a configuration, signals, reload, privileges."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path

import pytest
from conftest import Lab
from gateway import BINARY, Gateway, run
from origins import Peer, echo
from raw import connect, eventually, request, response

SERVER = "server { listen 127.0.0.1:%port%; location / { return 200 '%answer%'; } }"


def test_t_says_two_lines_when_the_configuration_is_good(lab: Lab) -> None:
    gateway = lab.prepare(SERVER, answer="x")
    done = run(*gateway.arguments, "-t")
    file = gateway.prefix / "nginx.conf"
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "[notice] " not in line and "[warn] " not in line]
    assert lines[0].endswith(f"the configuration file {file} syntax is ok")
    assert lines[1].endswith(f"configuration file {file} test is successful")
    assert not (gateway.prefix / "nginx.pid").exists() or (gateway.prefix / "nginx.pid").read_text() == ""


def test_q_keeps_a_good_test_silent(lab: Lab) -> None:
    done = run(*lab.prepare(SERVER, answer="x").arguments, "-t", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# The text of a configuration, what is wrong in it (its last occurrence), and a word that the message has.
MISTAKES = {
    "an unknown directive": ("http { servr { } }", "servr", "servr"),
    "a directive in the wrong place": ("http { proxy_pass http://x; }", "proxy_pass", "proxy_pass"),
    "a missing semicolon": ("events { }\nhttp {\n    server_tokens off\n}\n", "}", "}"),
    "an argument too many": ("worker_processes 1 2;", "worker_processes", "worker_processes"),
    "a value that is none": ("http { server { listen 127.0.0.1:99999; } }", "127.0.0.1:99999", "99999"),
    "a duplicate": ("pid a;\npid b;\n", "pid", "pid"),
    "an unclosed block": ("http {\n    server {\n", "server", "unexpected end of file"),
    "an unknown variable": ("events { }\nhttp { server { listen 1; return 200 $odd; } }", "$odd", "odd"),
    "a broken regex": ("events { }\nhttp { server { location ~ ( { } } }", "(", "("),
    "a missing include": ("events { }\ninclude missing.conf;\n", "missing.conf", "missing.conf"),
    "an upstream without servers": ("events { }\nhttp { upstream empty { } }", "empty", "upstream"),
    "a duplicate location": ("http { server { location /a { }\n location /a { } } }", "/a", "/a"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_t_refuses(lab: Lab, name: str) -> None:
    text, _, word = MISTAKES[name]
    gateway = lab.prepare("", main=text)
    done = run(*gateway.arguments, "-t")
    assert done.returncode == 1
    assert word in done.stderr
    assert f"configuration file {gateway.prefix}/nginx.conf test failed" in done.stderr


@pytest.mark.gatehouse("nginx says file and line only")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_shown_with_its_place_and_a_caret(lab: Lab, name: str) -> None:
    text, wrong, _ = MISTAKES[name]
    gateway = lab.prepare("", main=text)
    done = run(*gateway.arguments, "-t")
    before = text[:text.rindex(wrong)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert f"{gateway.prefix}/nginx.conf:{line}:{column}: " in done.stderr
    assert text.splitlines()[line - 1].strip() in done.stderr
    assert re.search(r"^[\s|]*\^", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.gatehouse("nginx has no suggestions")
@pytest.mark.parametrize("wrong, nearest", [("servr", "server"), ("worker_proceses", "worker_processes"),
                                            ("proxy_pas", "proxy_pass"), ("Listen", "listen")])
def test_an_unknown_name_is_answered_with_the_nearest_known_one(lab: Lab, wrong: str, nearest: str) -> None:
    done = run(*lab.prepare("", main=f"{wrong} x;").arguments, "-t")
    assert re.search(rf"\b{nearest}\b", done.stderr), done.stderr


def test_a_refused_configuration_stops_the_start(lab: Lab) -> None:
    gateway = lab.prepare("nonsense on;")
    done = run(*gateway.arguments)
    assert done.returncode == 1 and "nonsense" in done.stderr
    assert not (gateway.prefix / "nginx.pid").exists()
    assert "nonsense" in gateway.read("error.log")


def test_capital_t_prints_every_file(lab: Lab) -> None:
    gateway = lab.prepare("include more.conf;\n" + SERVER, answer="x",
                          files={"more.conf": "server_tokens off;\n"})
    done = run(*gateway.arguments, "-T")
    assert done.returncode == 0
    for name in ("nginx.conf", "more.conf"):
        assert f"# configuration file {gateway.prefix}/{name}:\n{gateway.read(name)}" in done.stdout


def test_v_says_the_version() -> None:
    done = run("-v")
    assert done.returncode == 0
    assert re.search(r"version: \S+/\d+\.\d+\.\d+", done.stderr + done.stdout)


def test_capital_v_says_what_it_was_built_with() -> None:
    done = run("-V")
    output = done.stderr + done.stdout
    assert done.returncode == 0 and re.search(r"nginx version: nginx/\d+\.\d+\.\d+", output)
    assert "configure arguments:" in output
    assert re.search(r"^built with OpenSSL \d", output, re.MULTILINE)
    assert "--with-http_ssl_module" in output


def test_an_unknown_option_is_refused() -> None:
    done = run("-Z")
    assert done.returncode != 0 and "Z" in done.stderr


def test_g_gives_global_directives(lab: Lab) -> None:
    gateway = lab.prepare(SERVER, answer="x", main="events { }\nhttp { access_log off;\n%http% }")
    gateway.globals = "pid nginx.pid; daemon off; error_log error.log;"
    gateway.start()
    assert gateway.get("/").text == "x"


def test_the_pid_file_is_there_while_it_runs(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="x")
    assert gateway.read("nginx.pid").strip() == str(gateway.pid)
    gateway.signal(signal.SIGQUIT)
    assert gateway.wait() == 0
    assert not (gateway.prefix / "nginx.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_ends_by_signal(lab: Lab, number: signal.Signals) -> None:
    gateway = lab.gateway(SERVER, answer="x")
    idle = gateway.connect()
    assert idle.ask("GET", "/").text == "x"
    gateway.signal(number)
    assert gateway.wait() == 0
    assert idle.ended()


@pytest.mark.parametrize("word, ends", [("stop", True), ("quit", True), ("reload", False),
                                        ("reopen", False)])
def test_s_sends_a_signal_to_the_running_one(lab: Lab, word: str, ends: bool) -> None:
    gateway = lab.gateway(SERVER, answer="before")
    gateway.values["answer"] = "after"
    gateway.configure(SERVER)
    done = run(*gateway.arguments, "-s", word)
    assert done.returncode == 0, done.stderr
    if ends:
        assert gateway.wait() == 0
    elif word == "reload":
        eventually(lambda: gateway.get("/").text == "after", "the new configuration is in use")
    else:
        assert gateway.get("/").text == "before"


def test_s_without_a_running_one_fails(lab: Lab) -> None:
    done = run(*lab.prepare(SERVER, answer="x").arguments, "-s", "quit")
    assert done.returncode == 1 and "nginx.pid" in done.stderr


def test_quit_lets_requests_in_flight_end(lab: Lab) -> None:
    proceed = threading.Event()

    def slow(peer: Peer) -> None:
        peer.read_request()
        proceed.wait(10)
        peer.send(response("drained"))

    origin = lab.origin(slow)
    gateway = lab.forward(origin)
    wire = gateway.send(request("GET", "/"))
    eventually(lambda: origin.requests, "the request arrives")
    gateway.signal(signal.SIGQUIT)

    def refuses() -> bool:
        try:
            connect(gateway.port).close()
        except ConnectionRefusedError:
            return True
        return False

    eventually(refuses, "no new connections are taken")
    proceed.set()
    assert wire.read_response().text == "drained"
    assert gateway.wait() == 0


def test_reload_takes_the_new_configuration(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="before")
    assert gateway.get("/").text == "before"
    gateway.values["answer"] = "after"
    gateway.reload(SERVER + "server { listen 127.0.0.1:%port_new%; return 200 new; }")
    eventually(lambda: gateway.get("/").text == "after", "the new configuration is in use")
    assert gateway.get("/", port="port_new").text == "new"


def test_reload_closes_listeners_that_are_gone(lab: Lab) -> None:
    gateway = lab.gateway(SERVER + "server { listen 127.0.0.1:%port_old%; return 200 old; }", answer="x")
    assert gateway.get("/", port="port_old").text == "old"
    gateway.reload(SERVER)

    def refused() -> bool:
        try:
            gateway.connect("port_old")
        except ConnectionRefusedError:
            return True
        return False

    eventually(refused, "the old port is closed")
    assert gateway.get("/").text == "x"


def test_a_bad_configuration_at_reload_leaves_the_old_one_running(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="old")
    gateway.reload("nonsense on;")
    gateway.says("nonsense")
    assert gateway.get("/").text == "old"
    gateway.reload(SERVER)


@pytest.mark.gatehouse("its old workers close their idle connections")
def test_reload_keeps_connections(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="before")
    wire = gateway.connect()
    assert wire.ask("GET", "/").text == "before"
    gateway.values["answer"] = "after"
    gateway.reload(SERVER)
    eventually(lambda: gateway.get("/").text == "after", "the new configuration is in use")
    assert wire.ask("GET", "/").text == "after"


@pytest.mark.gatehouse("its old workers close connections at any time")
def test_reload_under_load_loses_nothing(lab: Lab) -> None:
    gateway = lab.forward(echo, workers=2)
    stop = threading.Event()
    answers, failures = [0], []

    def client() -> None:
        wire = gateway.connect()
        while not stop.is_set():
            try:
                assert wire.ask("GET", "/").status == 200
                answers[0] += 1
            except Exception as failure:   # noqa: BLE001: any failure is what this test looks for
                failures.append(failure)
                return

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        seen = answers[0]
        gateway.reload()
        eventually(lambda: answers[0] > seen + 50, "requests go on after the reload")
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures


def test_reload_keeps_a_tunnel_open(lab: Lab) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while True:
            peer.send(peer.read_exactly(4))

    gateway = lab.forward(script, "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                                  " proxy_set_header Connection upgrade;")
    wire = gateway.send(request("GET", "/", "Upgrade: websocket", "Connection: Upgrade"))
    assert wire.read_response().status == 101
    gateway.reload()
    for _ in range(10):
        wire.send("ping")
        assert wire.read_exactly(4) == b"ping"


def test_the_number_of_workers_may_change_at_reload(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="x", workers=1)
    for workers in (3, 2):
        gateway.values["workers"] = workers
        gateway.reload(SERVER)
        for _ in range(20):
            assert gateway.get("/").text == "x"


def test_a_second_start_says_that_the_address_is_in_use(lab: Lab) -> None:
    first = lab.gateway(SERVER, answer="first")
    second = lab.prepare(SERVER, answer="second", port=first.port)
    done = run(*second.arguments)
    assert done.returncode == 1
    assert f"127.0.0.1:{first.port}" in done.stderr and "Address already in use" in done.stderr
    assert first.get("/").text == "first"


@pytest.mark.gatehouse("nginx does not look")
def test_a_second_start_says_who_uses_the_address(lab: Lab) -> None:
    first = lab.gateway(SERVER, answer="first")
    done = run(*lab.prepare(SERVER, answer="second", port=first.port).arguments)
    pids = [str(pid) for pid in first.processes()]
    assert any(pid in done.stderr for pid in pids) and BINARY.name[:15] in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_privileges_are_dropped_to_the_configured_user(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="x", user="user nobody nogroup;")
    assert gateway.get("/").text == "x"
    owners = {status_of(pid, "Uid") for pid in gateway.processes()}
    assert "65534" in owners
    assert len(gateway.processes()) > 1, "what keeps the privileges is a process of its own"


def status_of(pid: int, name: str) -> str:
    """The first value of a line of /proc/PID/status."""
    found = re.search(rf"^{name}:\s+(\S+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_nothing_is_left_of_its_processes(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="x", workers=2)
    pids = gateway.processes()
    gateway.signal(signal.SIGTERM)
    assert gateway.wait() == 0
    eventually(lambda: not any(is_running(pid) for pid in pids), "all processes are gone")


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return status_of(pid, "State") != "Z"
    except FileNotFoundError:
        return False


def test_a_gateway_process_that_dies_is_replaced_on_the_same_sockets(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="x")
    eventually(lambda: len(gateway.processes()) > 1, "the gateway process is there")
    worker = gateway.processes()[1]
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: worker not in gateway.processes(), "the process is gone")
    assert gateway.get("/").text == "x"
    gateway.tolerated = "[alert]"   # that a process died is worth one


def open_descriptors(gateway: Gateway) -> int:
    """Open descriptors of all processes."""
    count = 0
    for pid in gateway.processes():
        try:
            count += len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:   # it has just ended
            continue
    return count


def test_reloads_leave_no_descriptors_behind(lab: Lab) -> None:
    gateway = lab.gateway(SERVER, answer="0")

    def reload_to(answer: int) -> None:
        gateway.values["answer"] = answer
        gateway.reload(SERVER)
        eventually(lambda: gateway.get("/").text == str(answer), "the new configuration is in use")

    reload_to(1)
    counts = []
    for answer in range(2, 12):
        reload_to(answer)
        counts.append(open_descriptors(gateway))
    eventually(lambda: open_descriptors(gateway) <= counts[0] + 2, "descriptors are closed again")
