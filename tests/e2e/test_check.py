"""`gatehouse check`, `status` and `healthcheck` as commands: exit status, output, and what they ask."""

import json
import os
import signal
import subprocess

import pytest

from gateway import BINARY
from programs import is_listening
from raw import eventually

pytestmark = pytest.mark.gatehouse("commands of its own")

COMPOSE = """\
services:
  proxy:
    image: traefik:v3
    command: [--providers.docker, "--entrypoints.web.address=:80"]
  app:
    image: shop/app
    expose: [80]
    labels:
      - traefik.http.routers.app.rule=Host(`${HOST}`)
"""


def command(directory, *arguments, **environment):
    settings = {name: value for name, value in os.environ.items() if not name.startswith("TRAEFIK_")}
    return subprocess.run([BINARY, *arguments], cwd=directory, env=settings | environment, timeout=60,
                          capture_output=True, text=True)


def test_a_clean_compose_file_is_found_without_being_named(tmp_path):
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / ".env").write_text("HOST=shop.example\n")
    done = command(tmp_path, "check", "--strict")
    assert done.returncode == 0, done.stdout
    assert "Host(`shop.example`)" in done.stdout
    assert "no mistakes" in done.stdout
    assert done.stderr == ""


def test_the_environment_and_a_named_file_give_variables(tmp_path):
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "test.env").write_text("HOST=file.example\n")
    assert "no value for HOST" in command(tmp_path, "check").stdout
    assert "file.example" in command(tmp_path, "check", "--env-file", "test.env").stdout
    assert "own.example" in command(tmp_path, "check", "--env-file=test.env", HOST="own.example").stdout


def test_an_error_is_exit_status_1_and_a_warning_only_with_strict(tmp_path):
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    assert command(tmp_path, "check").returncode == 0
    assert command(tmp_path, "check", "--strict").returncode == 1
    (tmp_path / "compose.yaml").write_text(COMPOSE.replace(".rule=", ".rul="))
    done = command(tmp_path, "check", HOST="shop.example")
    assert done.returncode == 1
    assert 'compose.yaml:9:9: error: ' in done.stdout
    assert 'did you mean "rule"?' in done.stdout


@pytest.mark.parametrize("arguments", [["nowhere.yml"], ["--format", "xml", "compose.yaml"], ["--colour"],
                                       ["--env-file"], ["--env-file", "nowhere", "compose.yaml"], []])
def test_what_cannot_be_read_is_exit_status_2(tmp_path, arguments):
    if arguments:
        (tmp_path / "compose.yaml").write_text(COMPOSE)
    done = command(tmp_path, "check", *arguments, HOST="shop.example")
    assert done.returncode == 2
    assert done.stdout + done.stderr


def test_json_is_for_programs(tmp_path):
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "proxy.conf").write_text("server { listen 80; location / { proxy_pass http://ap:80; } }\n")
    done = command(tmp_path, "check", "--format=json", "compose.yaml", "proxy.conf", HOST="shop.example")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert [file["kind"] for file in told["files"]] == ["compose file", "nginx configuration"]
    assert [route["servers"] for route in told["routes"] if route["router"] == "app@docker"] == [["app:80"]]
    wrong = [finding for finding in told["findings"] if finding["code"] == "nginx-meaning"]
    assert (wrong[0]["file"], wrong[0]["line"], wrong[0]["hint"]) == ("proxy.conf", 1, 'did you mean "app"?')


def test_each_command_has_a_page_of_help(tmp_path):
    for name in ["check", "status"]:
        done = command(tmp_path, name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"usage: gatehouse {name}")


@pytest.fixture
def running(tmp_path, lab):
    """A gateway started as Traefik is, with its API, a ping and a file that is partly wrong."""
    web, admin = lab.free_port(), lab.free_port()
    (tmp_path / "dynamic.yml").write_text(f"""\
http:
  routers:
    good: {{rule: Host(`good.example`), service: app, entryPoints: [web]}}
    bad: {{rule: Host(`bad.example`), service: nowhere, entryPoints: [web]}}
  services:
    app: {{loadBalancer: {{servers: [{{url: "http://{lab.origin()}"}}]}}}}
""")
    flags = [f"--entrypoints.web.address=127.0.0.1:{web}",
             f"--entrypoints.traefik.address=127.0.0.1:{admin}", "--api.insecure=true", "--ping=true",
             "--providers.file.filename=" + str(tmp_path / "dynamic.yml")]
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([BINARY, *flags], stdout=log, stderr=log,
                                   env=os.environ | {"STATE_DIRECTORY": str(tmp_path / "state")})
    eventually(lambda: is_listening("127.0.0.1", admin), "it listens")
    yield tmp_path, admin, flags
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_status_tells_what_is_served_and_what_is_not(running):
    directory, admin, _ = running
    done = command(directory, "status", "--url", f"http://127.0.0.1:{admin}/api")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert any("good@file" in line and "enabled" in line and "Host(`good.example`)" in line for line in lines)
    at = next(index for index, line in enumerate(lines) if "bad@file" in line)
    assert "disabled" in lines[at] and "nowhere" in lines[at + 1]
    assert any(line.endswith("  UP") for line in lines)
    done = command(directory, "status", f"--url=http://localhost:{admin}", "--format=json")
    told = json.loads(done.stdout)
    assert {router["name"] for router in told["http"]["routers"]} >= {"good@file", "bad@file"}


def test_status_of_nobody_is_a_sentence(tmp_path, lab):
    done = command(tmp_path, "status", "--url", f"http://127.0.0.1:{lab.free_port()}/api")
    assert done.returncode == 2
    assert "nothing answers at http://127.0.0.1:" in done.stderr and "Connection refused" in done.stderr
    done = command(tmp_path, "status", "--url", f"http://{lab.origin()}/api")
    assert done.returncode == 2


def test_a_health_check_asks_where_the_flags_have_the_ping(running):
    directory, admin, flags = running
    done = command(directory, "healthcheck", *flags)
    assert (done.returncode, done.stdout) == (0, f"OK: http://127.0.0.1:{admin}/ping\n")
    done = command(directory, "healthcheck", "--api")
    assert done.returncode == 1 and "enable `ping`" in done.stderr
    done = command(directory, "healthcheck", TRAEFIK_PING="true",
                   TRAEFIK_ENTRYPOINTS_TRAEFIK_ADDRESS=f"127.0.0.1:{admin}")
    assert done.returncode == 0, done.stderr


def test_a_health_check_of_nobody_fails(tmp_path, lab):
    done = command(tmp_path, "healthcheck", "--ping", f"--entrypoints.traefik.address=:{lab.free_port()}")
    assert done.returncode == 1
    assert done.stderr.startswith("Error calling healthcheck: http://:")
