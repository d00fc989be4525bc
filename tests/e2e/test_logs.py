"""Access and error logs: formats, escaping, conditions, levels, reopening."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest
from conftest import Lab
from origins import always, silent
from raw import eventually, request, response


def test_the_combined_format_is_the_default(lab: Lab) -> None:
    gateway = lab.server("return 200 hello;")
    gateway.get("/x?y=1", "User-Agent: agent/1", "Referer: http://from.example/")
    assert re.fullmatch(r'127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] '
                        r'"GET /x\?y=1 HTTP/1\.1" 200 5 "http://from\.example/" "agent/1"',
                        gateway.access_lines(1)[0])


def test_what_is_missing_is_a_dash(lab: Lab) -> None:
    gateway = lab.server("return 200;")
    gateway.get("/")
    assert gateway.access_lines(1)[0].endswith(' 200 0 "-" "-"')


def logged(lab: Lab, log_format: str, target: str = "/", *fields: str, **options) -> str:
    """The line that one request leaves in a log of this format."""
    gateway = lab.server("access_log own.log own; location / { proxy_pass http://%origin%; }",
                         f"log_format own {log_format};", origin=lab.origin(always(response("hello"))))
    gateway.ask(options.pop("method", "GET"), target, *fields, **options)
    return gateway.access_lines(1, "own.log")[0]


@pytest.mark.parametrize("log_format, pattern", [
    ("'$status $body_bytes_sent'", r"200 5"),
    ("'$request_method' ' ' '$uri'", r"GET /a"),
    ("'$request_time|$upstream_response_time'", r"\d+\.\d{3}\|\d+\.\d{3}"),
    ("'$upstream_addr $upstream_status'", r"127\.0\.0\.1:\d+ 200"),
    ("'$msec $time_iso8601'", r"\d+\.\d{3} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
    ("'$bytes_sent $request_length'", r"[1-9]\d+ [1-9]\d+"),
    ("'$connection $connection_requests'", r"\d+ 1"),
    ("'$sent_http_content_length $upstream_http_content_length'", r"5 5"),
    ("'$request_id'", r"[0-9a-f]{32}"),
    ("'$pid $remote_port'", r"\d+ \d+"),
    ("'$request_completion'", r"OK"),
    ("'${status}x'", r"200x"),
])
def test_a_log_format_of(lab: Lab, log_format: str, pattern: str) -> None:
    assert re.fullmatch(pattern, logged(lab, log_format, "/a"))


def test_by_default_odd_bytes_are_escaped_as_hex(lab: Lab) -> None:
    line = logged(lab, "'$http_x_odd'", "/", "X-Odd: quote\" backslash\\ tab\there ü")
    assert line == "quote\\x22 backslash\\x5C tab\\x09here \\xFC"


def test_escape_json_makes_json(lab: Lab) -> None:
    line = logged(lab, "escape=json '{\"odd\":\"$http_x_odd\",\"none\":\"$http_x_none\"}'", "/",
                  "X-Odd: quote\" backslash\\ tab\there")
    assert json.loads(line) == {"odd": "quote\" backslash\\ tab\there", "none": ""}


def test_escape_none_writes_what_is_there(lab: Lab) -> None:
    assert logged(lab, "escape=none '$http_x_odd'", "/", "X-Odd: a\"b\\c") == 'a"b\\c'


def test_access_log_off_writes_nothing(lab: Lab) -> None:
    gateway = lab.server("location /quiet { access_log off; return 200; } location / { return 200; }")
    gateway.get("/quiet")
    gateway.get("/loud")
    assert [line.split()[6] for line in gateway.access_lines(1)] == ["/loud"]


def test_access_log_if_writes_when_the_condition_holds(lab: Lab) -> None:
    gateway = lab.server("access_log if.log combined if=$bad;"
                         "location /ok { return 200; } location /no { return 404; }",
                         "map $status $bad { ~^[23] 0; default 1; }")
    for target in ("/ok", "/no", "/ok"):
        gateway.get(target)
    assert [line.split()[6] for line in gateway.access_lines(1, "if.log")] == ["/no"]


def test_several_access_logs_each_get_the_line(lab: Lab) -> None:
    gateway = lab.server("access_log one.log; access_log two.log short; return 200;",
                         "log_format short '$status';")
    gateway.get("/")
    assert len(gateway.access_lines(1, "one.log")) == 1 and gateway.access_lines(1, "two.log") == ["200"]


def test_a_buffered_log_is_written_at_the_latest_when_flushed_or_closed(lab: Lab) -> None:
    gateway = lab.server("access_log flushed.log combined buffer=32k flush=200ms; return 200;")
    for _ in range(5):
        gateway.get("/")
    assert len(gateway.access_lines(5, "flushed.log")) == 5


def test_every_request_of_a_kept_connection_is_logged(lab: Lab) -> None:
    gateway = lab.server("return 200;")
    wire = gateway.connect()
    for number in range(10):
        wire.ask("GET", f"/{number}")
    assert [line.split()[6] for line in gateway.access_lines(10)] == [f"/{number}" for number in range(10)]


def test_a_refused_request_is_logged_with_what_was_sent(lab: Lab) -> None:
    gateway = lab.server("return 200;")
    wire = gateway.send("NONSENSE\r\n\r\n")
    wire.read_to_end()
    wire.close()
    assert '"NONSENSE" 400' in gateway.access_lines(1)[0]


def test_a_client_that_left_is_logged_as_499(lab: Lab) -> None:
    origin = lab.origin(silent)
    gateway = lab.forward(origin)
    wire = gateway.send("GET /left HTTP/1.1\r\nHost: localhost\r\n\r\n")
    eventually(lambda: origin.requests, "the request arrives")
    wire.close()
    assert '"GET /left HTTP/1.1" 499' in gateway.access_lines(1)[0]


def test_the_error_log_says_what_failed_and_for_whom(lab: Lab) -> None:
    port = lab.free_port()
    gateway = lab.server(f"location / {{ proxy_pass http://127.0.0.1:{port}; }}")
    gateway.get("/wanted")
    gateway.says("[error]")
    line = next(line for line in gateway.read("error.log").splitlines() if "[error]" in line)
    assert re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: ", line)
    for part in ("Connection refused", "client: 127.0.0.1", f"127.0.0.1:{port}", "GET /wanted HTTP/1.1"):
        assert part in line


def test_error_log_levels_leave_out_what_is_below(lab: Lab) -> None:
    port = lab.free_port()
    gateway = lab.server("error_log quiet.log crit; error_log loud.log error;"
                         f" location / {{ proxy_pass http://127.0.0.1:{port}; }}")
    gateway.get("/")
    eventually(lambda: "[error]" in gateway.read("loud.log"), "the error is logged")
    assert gateway.read("quiet.log") == ""


def test_a_missing_file_is_an_error_unless_log_not_found_is_off(lab: Lab) -> None:
    gateway = lab.server("location /quiet { log_not_found off; } location / { }")
    gateway.get("/quiet")
    gateway.get("/loud")
    gateway.says("/loud")
    assert "/html/quiet" not in gateway.read("error.log")
    assert "No such file or directory" in gateway.read("error.log")


def test_reopening_goes_on_in_a_new_file(lab: Lab) -> None:
    gateway = lab.server("return 200;")
    gateway.get("/before")
    gateway.access_lines(1)
    os.rename(gateway.prefix / "access.log", gateway.prefix / "access.log.1")
    gateway.signal(signal.SIGUSR1)
    eventually(lambda: (gateway.prefix / "access.log").exists(), "the log is reopened")
    eventually(lambda: gateway.get("/after").status == 200 and "/after" in gateway.read("access.log"),
               "it is used")
    assert "/before" in gateway.read("access.log.1")


ROOT = {"html/index.html": "x"}


def test_a_log_may_be_named_by_the_request(lab: Lab) -> None:
    gateway = lab.server("access_log $host.log own; return 200;", "log_format own $uri;", files=ROOT)
    for number, host in enumerate(("a.example", "b.example", "a.example")):
        gateway.connect().ask("GET", f"/{number}", host=host)
    assert gateway.access_lines(2, "a.example.log") == ["/0", "/2"]
    assert gateway.access_lines(1, "b.example.log") == ["/1"]


def test_a_log_named_by_the_request_may_be_moved_at_any_time(lab: Lab) -> None:
    gateway = lab.server("access_log $host.log own; return 200;", "log_format own $uri;", files=ROOT)
    gateway.get("/0")
    gateway.access_lines(1, "localhost.log")
    (gateway.prefix / "localhost.log").rename(gateway.prefix / "moved.log")
    gateway.get("/1")
    assert gateway.access_lines(1, "localhost.log") == ["/1"]
    assert gateway.read("moved.log") == "/0\n"


def test_no_log_is_made_for_a_root_that_is_not_there(lab: Lab) -> None:
    gateway = lab.server("root sites/$host; access_log $host.log; location / { return 200; }",
                         files={"sites/here/index.html": "x"})
    gateway.connect().ask("GET", "/", host="elsewhere")
    gateway.connect().ask("GET", "/", host="here")
    gateway.access_lines(1, "here.log")
    assert not (gateway.prefix / "elsewhere.log").exists()


@pytest.mark.gatehouse("nginx takes the name as it comes")
def test_the_name_of_a_log_never_leads_upwards(lab: Lab) -> None:
    gateway = lab.server("access_log logs/$arg_name; access_log done.log; return 200;",
                         files={**ROOT, "logs/x/y": ""})
    gateway.get("/?name=x/../../stolen.log")
    gateway.get("/?name=good.log")
    gateway.access_lines(2, "done.log")
    gateway.access_lines(1, "logs/good.log")
    assert not (gateway.prefix / "stolen.log").exists()
    gateway.says("leads upwards")


def test_lines_for_a_log_that_cannot_be_made_are_lost_and_reported(lab: Lab) -> None:
    gateway = lab.server("access_log $arg_folder/x.log; return 200;", files=ROOT)
    gateway.get("/?folder=nowhere")
    gateway.says("nowhere/x.log\" failed (2: No such file or directory)")
    assert gateway.get("/").status == 200


def test_pipe_tells_pipelined_requests(lab: Lab) -> None:
    gateway = lab.server("access_log own.log own; return 200;", "log_format own '$uri $pipe';")
    wire = gateway.send(request("GET", "/1") + request("GET", "/2"))
    assert [wire.read_response().status for _ in range(2)] == [200, 200]
    assert wire.ask("GET", "/3").status == 200
    assert gateway.access_lines(3, "own.log") == ["/1 .", "/2 p", "/3 ."]


@pytest.mark.gatehouse("several of a name count as one since nginx 1.23.0")
def test_sent_trailers_are_variables(lab: Lab) -> None:
    gateway = lab.server("access_log own.log own; add_trailer X-Sum a$arg_sum; add_trailer X-Sum b;",
                         "log_format own $sent_trailer_x_sum;", files={"html/body": "x"})
    gateway.get("/body?sum=1")
    gateway.get("/missing")
    assert gateway.access_lines(2, "own.log") == ["a1, b", "-"]
