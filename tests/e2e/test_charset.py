"""Texts in one charset, sent in another: charset, source_charset, charset_map, override_charset; and
trailers, for which a body must come piece by piece too."""

from __future__ import annotations

import pytest
from conftest import Lab
from origins import always
from raw import Message, request, response

MAPS = """
    charset_map koi8-r utf-8 { C1 D0B0; C2 D0B1; }
    charset_map koi8-r windows-1251 { C1 E0; C2 E1; }
"""
KOI8 = b"a\xc1\xc2b"
WINDOWS = b"a\xe0\xe1b"
UTF8 = "aабb".encode()
FILES = {"html/koi8.html": KOI8, "html/utf8.html": UTF8, "html/long.html": KOI8 * 50000}
LOCATIONS = """
    location / { charset utf-8; source_charset koi8-r; }
    location /windows/ { alias html/; charset windows-1251; source_charset koi8-r; }
    location /back/ { alias html/; charset koi8-r; source_charset utf-8; }
"""


def charset_of(answer: Message) -> str:
    return (answer.get("content-type") or "").partition("charset=")[2]


@pytest.mark.parametrize("target, body, charset", [
    ("/koi8.html", UTF8, "utf-8"), ("/windows/koi8.html", WINDOWS, "windows-1251"),
    ("/back/utf8.html", KOI8, "koi8-r"),
])
def test_files_are_converted(lab: Lab, target: str, body: bytes, charset: str) -> None:
    gateway = lab.server(LOCATIONS, MAPS, files=FILES)
    answer = gateway.get(target)
    assert (answer.body, charset_of(answer)) == (body, charset)


def test_a_large_file_is_converted(lab: Lab) -> None:
    assert lab.server(LOCATIONS, MAPS, files=FILES).get("/long.html").body == UTF8 * 50000


def test_bytes_keep_their_length_and_ranges(lab: Lab) -> None:
    gateway = lab.server(LOCATIONS, MAPS, files=FILES)
    whole = gateway.get("/windows/koi8.html")
    assert (whole.get("content-length"), whole.get("accept-ranges")) == ("4", "bytes")
    part = gateway.get("/windows/koi8.html", "Range: bytes=1-1")
    assert (part.status, part.body, charset_of(part)) == (206, WINDOWS[1:2], "windows-1251")
    parts = gateway.get("/windows/koi8.html", "Range: bytes=1-1,3-3")
    assert parts.status == 206 and b"\r\n\xe0\r\n" in parts.body and b"\r\nb\r\n" in parts.body
    assert b"charset=windows-1251" in parts.body


def test_utf_8_has_neither(lab: Lab) -> None:
    gateway = lab.server(LOCATIONS, MAPS, files=FILES)
    answer = gateway.get("/koi8.html", "Range: bytes=1-1")
    assert (answer.status, answer.body) == (200, UTF8)
    assert answer.get("content-length") is None
    head = gateway.ask("HEAD", "/koi8.html")
    assert head.get("content-length") is None and charset_of(head) == "utf-8"


def test_texts_of_endpoints_and_error_pages_are_converted(lab: Lab) -> None:
    origin = lab.origin(always(response(KOI8, "Content-Type: text/html")))
    gateway = lab.server(f"""
        location / {{ charset utf-8; source_charset koi8-r; proxy_pass http://{origin}; }}
        location /upper {{ charset zeros; source_charset letters; return 404; }}
    """, MAPS + "charset_map letters zeros { 6f 30; }")
    assert gateway.get("/").body == UTF8
    assert "404 N0t F0und" in gateway.get("/upper").text


@pytest.mark.parametrize("override, body, charset", [("on", UTF8, "utf-8"), ("off", KOI8, "koi8-r")])
def test_override_charset(lab: Lab, override: str, body: bytes, charset: str) -> None:
    origin = lab.origin(always(response(KOI8, "Content-Type: text/html; charset=koi8-r")))
    gateway = lab.server(f"location / {{ charset utf-8; override_charset {override};"
                         f" proxy_pass http://{origin}; }}", MAPS)
    answer = gateway.get("/")
    assert (answer.body, charset_of(answer)) == (body, charset)


def test_a_body_with_a_content_coding_is_left_alone(lab: Lab) -> None:
    origin = lab.origin(always(response(KOI8, "Content-Type: text/html", "Content-Encoding: gzip")))
    gateway = lab.server(f"charset utf-8; source_charset koi8-r;"
                         f" location / {{ proxy_pass http://{origin}; }}", MAPS)
    answer = gateway.get("/")
    assert (answer.body, charset_of(answer)) == (KOI8, "")


def test_charsets_without_a_map_are_left_alone_and_reported(lab: Lab) -> None:
    gateway = lab.server("location / { charset $arg_c; source_charset koi8-r; }", MAPS, files=FILES)
    answer = gateway.get("/koi8.html?c=big5")
    assert (answer.body, charset_of(answer)) == (KOI8, "")
    gateway.says('no "charset_map" between the charsets "koi8-r" and "big5"')
    assert gateway.get("/koi8.html?c=utf-8").body == UTF8


def test_add_trailer_behind_a_file(lab: Lab) -> None:
    gateway = lab.server("add_trailer X-Sum sum; add_trailer X-Empty '';", files=FILES)
    answer = gateway.get("/koi8.html")
    assert (answer.body, answer.trailers) == (KOI8, [("X-Sum", "sum")])
    assert answer.get("content-length") is None
    missing = gateway.get("/missing")
    assert missing.status == 404 and missing.get("content-length") is not None and not missing.trailers
    old = gateway.send(request("GET", "/koi8.html", version="1.0")).read_response()
    assert (old.body, old.get("content-length")) == (KOI8, "4")
