"""What `set` does to variables that are not a configuration's own, and rates that depend on the request."""

from __future__ import annotations

from conftest import Lab
from origins import always
from raw import response


def test_set_args_replaces_the_arguments(lab: Lab) -> None:
    gateway = lab.server("location / { set $args a=2&b=3; return 200 '$args $arg_a $arg_b $is_args'; }")
    assert gateway.get("/?a=1").text == "a=2&b=3 2 3 ?"


def test_set_args_to_nothing_removes_them(lab: Lab) -> None:
    gateway = lab.server("location / { set $args ''; return 200 '[$args$is_args$arg_a]'; }")
    assert gateway.get("/?a=1").text == "[]"


def test_set_args_is_what_an_endpoint_sees(lab: Lab) -> None:
    origin = lab.origin()
    gateway = lab.server(f"""
        location /new {{ set $args x=$arg_a; proxy_pass http://{origin}; }}
        location /no {{ set $args ''; proxy_pass http://{origin}; }}
        location /as-sent {{ proxy_pass http://{origin}; }}
    """)
    for target in ("/new/%61?a=1", "/no/%61?a=1", "/as-sent/%61?a=1"):
        gateway.get(target)
    assert [request.target for request in origin.requests] == ["/new/a?x=1", "/no/a", "/as-sent/%61?a=1"]


def test_set_args_in_a_server_reaches_its_locations(lab: Lab) -> None:
    gateway = lab.server("set $args a=2; location / { rewrite ^/x$ /y last; return 200 $uri?$args; }")
    assert gateway.get("/x?a=1").text == "/y?a=2"


def test_set_takes_the_place_of_a_map(lab: Lab) -> None:
    gateway = lab.server("location / { if ($arg_own) { set $colour $arg_own; } return 200 $colour; }",
                         "map $arg_key $colour { default grey; r red; }")
    assert [gateway.get(target).text for target in ("/?key=r", "/?key=r&own=blue")] == ["red", "blue"]


SLOW = "log_format slow '$request_time $limit_rate'; limit_rate 1m;"


def seconds_and_rate(line: str) -> tuple[float, str]:
    seconds, rate = line.split()
    return float(seconds), rate


def test_set_limit_rate_counts_instead_of_the_directive(lab: Lab) -> None:
    gateway = lab.server("""
        access_log slow.log slow;
        location /fast { set $limit_rate 0; try_files /body =404; }
        location / { set $limit_rate 1k; try_files /body =404; }
    """, SLOW, files={"html/body": "x" * 4096})
    assert len(gateway.get("/").body) == 4096
    assert len(gateway.get("/fast").body) == 4096
    slow, fast = map(seconds_and_rate, gateway.access_lines(2, "slow.log"))
    assert slow[0] >= 1 and slow[1] == "1024"
    assert fast[1] == "0"


def test_a_limit_rate_that_is_no_size_is_reported_and_left_out(lab: Lab) -> None:
    gateway = lab.server("location / { set $limit_rate $arg_rate; return 200 $limit_rate; }",
                         "limit_rate 2m;")
    assert gateway.get("/?rate=fast").status == 200
    gateway.says('invalid $limit_rate "fast"')


def test_the_endpoints_limit_rate_counts_more(lab: Lab) -> None:
    orders = always(response("", "X-Accel-Redirect: /body", "X-Accel-Limit-Rate: 1024"))
    gateway = lab.server(f"""
        access_log slow.log slow;
        location / {{ proxy_pass http://{lab.origin(orders)}; }}
        location /body {{ internal; limit_rate 0; }}
    """, SLOW, files={"html/body": "x" * 4096})
    assert len(gateway.get("/").body) == 4096
    seconds, rate = seconds_and_rate(gateway.access_lines(1, "slow.log")[0])
    assert seconds >= 1 and rate == "1024"


def test_limit_rate_and_limit_rate_after_take_variables(lab: Lab) -> None:
    gateway = lab.server("""
        access_log slow.log slow;
        location / { limit_rate $arg_rate; limit_rate_after $arg_after; }
    """, SLOW, files={"html/body": "x" * 4096})
    for target in ("/body?rate=1k", "/body?rate=1k&after=1m", "/body"):
        assert len(gateway.get(target).body) == 4096
    slow, after, unset = map(seconds_and_rate, gateway.access_lines(3, "slow.log"))
    assert slow[0] >= 1
    assert [rate for _, rate in (slow, after, unset)] == ["1024", "1024", "0"]


def test_a_rate_that_is_no_size_is_none(lab: Lab) -> None:
    gateway = lab.server("location / { limit_rate $arg_rate; }", files={"html/body": "x" * 4096})
    assert len(gateway.get("/body?rate=fast").body) == 4096
    gateway.says('invalid size "fast"')
