"""What forwarding changes in cookies: proxy_cookie_domain, proxy_cookie_path, proxy_cookie_flags."""

from __future__ import annotations

import pytest
from conftest import Lab
from origins import Peer, always
from raw import response


def repeat_cookie(peer: Peer) -> None:
    """Sets the cookie that the request asks for in X-Cookie."""
    while True:
        message = peer.read_request()
        peer.send(response("", f"Set-Cookie: {message.get('x-cookie')}"))


def cookie_through(lab: Lab, directives: str, cookie: str, target: str = "/") -> str | None:
    return lab.forward(repeat_cookie, directives).get(target, f"X-Cookie: {cookie}").get("set-cookie")


DOMAIN = "proxy_cookie_domain .old.example new.example;"


@pytest.mark.parametrize("cookie, expected", [
    ("a=1; Domain=old.example; HttpOnly", "a=1; Domain=new.example; HttpOnly"),
    ("a=1; domain=OLD.example", "a=1; domain=new.example"),
    ("a=1; Domain=.old.example", "a=1; Domain=.new.example"),
    ("a=1; Domain=old.example.org", "a=1; Domain=old.example.org"),
    ("a=1; Domain=shop.old.example", "a=1; Domain=shop.old.example"),
    ("domain=old.example; Path=/", "domain=old.example; Path=/"),
    ("a=1;Domain", "a=1;Domain"),
])
def test_a_domain_is_replaced_as_a_whole(lab: Lab, cookie: str, expected: str) -> None:
    assert cookie_through(lab, DOMAIN, cookie) == expected


def test_a_domain_by_expression_and_with_variables(lab: Lab) -> None:
    rules = (r"proxy_cookie_domain ~^(\w+)\.old\.example$ $1.$arg_to;"
             " proxy_cookie_domain $arg_from b.example;")
    target = "/?from=a.example&to=c.example"
    assert cookie_through(lab, rules, "a=1; Domain=Shop.old.example", target) == "a=1; Domain=Shop.c.example"
    assert cookie_through(lab, rules, "a=1; Domain=a.example", target) == "a=1; Domain=b.example"


def test_a_path_is_replaced_by_its_prefix(lab: Lab) -> None:
    assert cookie_through(lab, "proxy_cookie_path /app/ /;", "a=1; Path=/app/x") == "a=1; Path=/x"
    assert cookie_through(lab, "proxy_cookie_path /app/ /;", "a=1; Path=/App/x") == "a=1; Path=/App/x"


@pytest.mark.parametrize("target, cookie, expected", [
    ("/?cookie=a&flag=secure", "a=1", "a=1; Secure"),
    ("/?cookie=A&flag=samesite=strict", "a=1;samesite=lax", "a=1; SameSite=Strict"),
    ("/?cookie=a&flag=nosecure", "a=1;secure;path=/", "a=1; path=/"),
    ("/?cookie=a&flag=nonsense", "a=1;secure", "a=1;secure"),
    ("/?cookie=a", "a=1;secure", "a=1;secure"),
    ("/?cookie=b&flag=secure", "a=1", "a=1"),
    ("/?flag=secure", "=1", "=1; Secure"),
    ("/?cookie=a&flag=secure", "a", "a"),
])
def test_flags_with_variables(lab: Lab, target: str, cookie: str, expected: str) -> None:
    assert cookie_through(lab, "proxy_cookie_flags $arg_cookie $arg_flag;", cookie, target) == expected


def test_the_first_rule_of_flags_that_fits_counts(lab: Lab) -> None:
    directives = "proxy_cookie_flags ~^s(ecure) s$1; proxy_cookie_flags secured httponly;"
    assert cookie_through(lab, directives, "SECURED=1") == "SECURED=1; Secure"


@pytest.mark.parametrize("cookie, value", [
    ("a=1; Path=/", "1"), ("a =1", "1"), ("a\t=1", ""), ("b=1; a=2", ""),
])
def test_a_cookie_of_an_endpoint_is_a_variable(lab: Lab, cookie: str, value: str) -> None:
    origin = lab.origin(always(response("", f"Set-Cookie: {cookie}")))
    gateway = lab.forward(origin, "add_header X-Value [$upstream_cookie_a];")
    assert gateway.get("/").get("x-value") == f"[{value}]"
