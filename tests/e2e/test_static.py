"""Static files: what is served, how much of it, and what never is."""

from __future__ import annotations

import email.utils
import os
import re

import pytest
from conftest import Lab
from gateway import Gateway
from raw import eventually

TEXT = "0123456789abcdefghijklmnopqrstuvwxyz"
MODIFIED = 1_600_000_000   # Sun, 13 Sep 2020 12:26:40 GMT
SECRET = "the secret beside the root"


def site(lab: Lab, body: str = "", files: dict[str, str | bytes] | None = None) -> Gateway:
    """A server of html/ with a few files and a secret next to it."""
    content: dict[str, str | bytes] = {
        "html/file.txt": TEXT, "html/index.html": "the index", "html/sub/index.html": "the sub index",
        "html/empty.txt": "", "html/page.html": "<p>page</p>", "html/bare/file.txt": "in bare",
        "html/sp ace.txt": "a space", "html/a%2Fb.txt": "a percent", "html/ümlaut.txt": "an umlaut",
        "secret.txt": SECRET, "html-other/file.txt": SECRET, "html/style.css": "b {}",
        "html/script.js": "1;",
    }
    types = "types { text/html html htm; text/plain txt; text/css css; application/javascript js; }"
    gateway = lab.prepare(f"{types} server {{ listen 127.0.0.1:%port%; server_name localhost; {body} }}",
                          files=content | (files or {}))
    for name in content:
        os.utime(gateway.prefix / name, (MODIFIED, MODIFIED))
    gateway.start()
    return gateway


def test_a_file_is_served_with_all_that_describes_it(lab: Lab) -> None:
    answer = site(lab).get("/file.txt")
    assert answer.status == 200 and answer.text == TEXT
    assert answer.get("content-type") == "text/plain" and answer.get("content-length") == "36"
    assert answer.get("last-modified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert answer.get("etag") == f'"{MODIFIED:x}-{len(TEXT):x}"'
    assert answer.get("accept-ranges") == "bytes"
    assert abs(email.utils.parsedate_to_datetime(answer.get("date") or "").timestamp()
               - os.stat(lab.directory).st_mtime) < 600


def test_head_says_the_same_without_the_body(lab: Lab) -> None:
    gateway = site(lab)
    wire = gateway.connect()
    full, head = wire.ask("GET", "/file.txt"), wire.ask("HEAD", "/file.txt")
    head.fields[1] = full.fields[1]   # Date, which may differ
    assert full.fields == head.fields and head.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_405(lab: Lab, method: str) -> None:
    assert site(lab).ask(method, "/file.txt").status == 405


@pytest.mark.parametrize("target, content_type", [
    ("/page.html", "text/html"), ("/style.css", "text/css"), ("/script.js", "application/javascript"),
    ("/a%252Fb.txt", "text/plain"),
])
def test_the_type_comes_from_the_extension(lab: Lab, target: str, content_type: str) -> None:
    answer = site(lab).get(target)
    assert answer.status == 200 and answer.get("content-type") == content_type


def test_an_unknown_extension_has_the_default_type(lab: Lab) -> None:
    assert site(lab, files={"html/x.odd": "x"}).get("/x.odd").get("content-type") == "text/plain"
    assert site(lab, "default_type application/octet-stream;",
                {"html/x.odd": "x"}).get("/x.odd").get("content-type") == "application/octet-stream"


def test_charset_is_added_to_text(lab: Lab) -> None:
    gateway = site(lab, "charset utf-8;")
    assert gateway.get("/page.html").get("content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("target, text", [
    ("/sp%20ace.txt", "a space"), ("/a%252Fb.txt", "a percent"), ("/%C3%BCmlaut.txt", "an umlaut"),
    ("/ümlaut.txt".encode().decode("latin-1"), "an umlaut"), ("/%66ile.txt", TEXT), ("//file.txt", TEXT),
    ("/sub/../file.txt", TEXT), ("/./file.txt", TEXT), ("/sub/%2e%2e/file.txt", TEXT),
    ("/file.txt?x=/../y", TEXT),
    ("/empty.txt", ""), ("/", "the index"), ("/sub/", "the sub index"), ("/file.txt#fragment", TEXT),
])
def test_a_target_names_its_file(lab: Lab, target: str, text: str) -> None:
    answer = site(lab).get(target)
    assert (answer.status, answer.text) == (200, text)


@pytest.mark.parametrize("target, status", [
    ("/missing", 404), ("/missing/", 404), ("/file.txt/", 404), ("/file.txt/more", 404), ("/bare/", 403),
    ("/" + "x" * 300, 404), ("/FILE.TXT", 404),
])
def test_what_is_not_there_is_refused(lab: Lab, target: str, status: int) -> None:
    assert site(lab).get(target).status == status


def test_a_directory_without_its_slash_is_redirected(lab: Lab) -> None:
    gateway = site(lab)
    answer = gateway.get("/sub?a=b", host=f"localhost:{gateway.port}")
    assert answer.status == 301
    assert answer.get("location") == f"http://localhost:{gateway.port}/sub/?a=b"


def test_a_directory_is_redirected_relatively_when_told_so(lab: Lab) -> None:
    assert site(lab, "absolute_redirect off;").get("/sub").get("location") == "/sub/"


ESCAPES = [
    "/../secret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/..%2fsecret.txt",
    "/sub/../../secret.txt",
    "/sub/%2e%2e/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt", "/.%2e/secret.txt", "/..%5csecret.txt",
    "/..\\secret.txt", "/%252e%252e/secret.txt", "/..%00/secret.txt", "/file.txt%00.html", "/..;/secret.txt",
    "/%c0%ae%c0%ae/secret.txt", "/....//secret.txt", "/./.././secret.txt", "//../secret.txt",
    "/sub//../../secret.txt", "/%2f..%2fsecret.txt", "/../html-other/file.txt", "/%u002e%u002e/secret.txt",
    "/..%252fsecret.txt", "/sub/..%2f..%2fsecret.txt", "/x/../../secret.txt",
]


@pytest.mark.parametrize("target", ESCAPES)
def test_nothing_leaves_the_root_by(lab: Lab, target: str) -> None:
    answer = site(lab).get(target)
    assert answer.status in (400, 403, 404), answer.head
    assert SECRET not in answer.text


@pytest.mark.parametrize("target", [
    "/files/../secret.txt", "/files/%2e%2e/secret.txt", "/files/..%2fsecret.txt", "/files../secret.txt",
    "/files%2f..%2fsecret.txt", "/files/..;/secret.txt",
])
def test_nothing_leaves_an_alias_by(lab: Lab, target: str) -> None:
    answer = site(lab, "location /files/ { alias %prefix%/html/; }").get(target)
    assert SECRET not in answer.text and answer.status in (400, 403, 404)


@pytest.mark.gatehouse("the well-known traversal of nginx's alias without a slash")
@pytest.mark.parametrize("target", ["/files../secret.txt", "/files..%2fsecret.txt", "/files-other/file.txt"])
def test_an_alias_whose_location_has_no_slash_is_refused_or_harmless(lab: Lab, target: str) -> None:
    gateway = site(lab, "location /files { alias %prefix%/html/; }")
    assert SECRET not in gateway.get(target).text
    gateway = site(lab, "location /files { alias %prefix%/html; }")
    assert SECRET not in gateway.get(target).text


@pytest.mark.parametrize("option, status", [("off", 200), ("on", 403), ("if_not_owner", 200)])
def test_symbolic_links_are_followed_as_configured(lab: Lab, option: str, status: int) -> None:
    gateway = site(lab, f"disable_symlinks {option};")
    os.symlink("file.txt", gateway.prefix / "html/link.txt")
    assert gateway.get("/link.txt").status == status


def test_a_fifo_is_not_served(lab: Lab) -> None:
    gateway = site(lab)
    os.mkfifo(gateway.prefix / "html/fifo")
    assert gateway.get("/fifo").status in (403, 404)


def test_an_unreadable_file_is_403(lab: Lab) -> None:
    if os.getuid() == 0:
        pytest.skip("root reads everything")
    gateway = site(lab)
    os.chmod(gateway.prefix / "html/file.txt", 0)
    assert gateway.get("/file.txt").status == 403


RANGES = [
    ("bytes=0-8", "bytes 0-8/36", TEXT[:9]),
    ("bytes=-10", "bytes 26-35/36", TEXT[-10:]),
    ("bytes=10-", "bytes 10-35/36", TEXT[10:]),
    ("bytes=0-", "bytes 0-35/36", TEXT),
    ("bytes=30-99", "bytes 30-35/36", TEXT[30:]),
    ("bytes=-99", "bytes 0-35/36", TEXT),
    ("bytes=5-5", "bytes 5-5/36", TEXT[5]),
    ("bytes=0-0,-0", "bytes 0-0/36", TEXT[0]),
]


@pytest.mark.parametrize("value, content_range, text", RANGES)
def test_a_range_is_206(lab: Lab, value: str, content_range: str, text: str) -> None:
    answer = site(lab).get("/file.txt", f"Range: {value}")
    assert (answer.status, answer.get("content-range"), answer.text) == (206, content_range, text)


@pytest.mark.parametrize("value", ["bytes=36-", "bytes=99-100", "bytes=-0", "bytes=9-5", "bytes=x-y",
                                   "bytes=--5"])
def test_a_range_that_cannot_be_is_416(lab: Lab, value: str) -> None:
    answer = site(lab).get("/file.txt", f"Range: {value}")
    assert (answer.status, answer.get("content-range")) == (416, "bytes */36")


@pytest.mark.parametrize("value", ["items=0-5", "bytes 0-5", "seconds=1-2"])
def test_a_range_in_other_units_is_ignored(lab: Lab, value: str) -> None:
    answer = site(lab).get("/file.txt", f"Range: {value}")
    assert (answer.status, answer.text) == (200, TEXT)


def test_several_ranges_are_a_multipart_answer(lab: Lab) -> None:
    answer = site(lab).get("/file.txt", "Range: bytes=0-1, 10-12, -3")
    assert answer.status == 206
    kind = re.fullmatch(r"multipart/byteranges; boundary=(\S+)", answer.get("content-type") or "")
    assert kind is not None
    parts = answer.text.split(f"\r\n--{kind.group(1)}")
    assert parts[0] == "" and parts[-1] == "--\r\n"
    seen = []
    for part in parts[1:-1]:
        head, _, body = part.partition("\r\n\r\n")
        assert "Content-Type: text/plain" in head
        seen.append((re.search(r"Content-Range: (.*)", head).group(1).strip(), body))
    assert seen == [("bytes 0-1/36", "01"), ("bytes 10-12/36", "abc"), ("bytes 33-35/36", "xyz")]
    assert int(answer.get("content-length") or 0) == len(answer.body)


def test_max_ranges_0_turns_ranges_off(lab: Lab) -> None:
    answer = site(lab, "max_ranges 0;").get("/file.txt", "Range: bytes=0-1")
    assert (answer.status, answer.get("accept-ranges")) == (200, None)


def test_more_ranges_than_allowed_is_the_whole_file(lab: Lab) -> None:
    assert site(lab, "max_ranges 2;").get("/file.txt", "Range: bytes=0-1,3-4,6-7").status == 200


def test_ranges_that_add_up_to_more_than_the_file_are_the_whole_file(lab: Lab) -> None:
    answer = site(lab).get("/file.txt", "Range: bytes=" + ",".join(["0-"] * 50))
    assert (answer.status, answer.text) == (200, TEXT)


def test_if_range_decides_between_range_and_whole(lab: Lab) -> None:
    gateway = site(lab)
    answer = gateway.get("/file.txt")
    for value, status in ((answer.get("etag"), 206), ('"other"', 200), (answer.get("last-modified"), 206),
                          ("Sun, 13 Sep 2020 12:26:41 GMT", 200), (f'W/{answer.get("etag")}', 200)):
        assert gateway.get("/file.txt", "Range: bytes=0-1", f"If-Range: {value}").status == status, value


ETAG = f'"{MODIFIED:x}-{len(TEXT):x}"'
CONDITIONS = [
    (f"If-None-Match: {ETAG}", 304), (f"If-None-Match: W/{ETAG}", 304), ("If-None-Match: *", 304),
    (f'If-None-Match: "x", {ETAG}', 304), ('If-None-Match: "x"', 200),
    ("If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT", 304),
    ("If-Modified-Since: Sun, 13 Sep 2020 12:26:41 GMT", 200),   # exact, nginx's default
    ("If-Modified-Since: Sun, 13 Sep 2020 12:26:39 GMT", 200), ("If-Modified-Since: nonsense", 200),
    (f"If-Match: {ETAG}", 200), ("If-Match: *", 200), ('If-Match: "x"', 412), (f"If-Match: W/{ETAG}", 412),
    ("If-Unmodified-Since: Sun, 13 Sep 2020 12:26:40 GMT", 200),
    ("If-Unmodified-Since: Sun, 13 Sep 2020 12:26:39 GMT", 412),
]


@pytest.mark.parametrize("line, status", CONDITIONS)
def test_conditional_requests(lab: Lab, line: str, status: int) -> None:
    assert site(lab).get("/file.txt", line).status == status


def test_if_none_match_goes_before_if_modified_since(lab: Lab) -> None:
    answer = site(lab).get("/file.txt", 'If-None-Match: "x"',
                           "If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT")
    assert answer.status == 200


def test_if_modified_since_before_takes_any_later_date(lab: Lab) -> None:
    gateway = site(lab, "if_modified_since before;")
    assert gateway.get("/file.txt", "If-Modified-Since: Sun, 13 Sep 2020 12:26:41 GMT").status == 304


def test_a_304_names_the_file_and_has_no_body(lab: Lab) -> None:
    gateway = site(lab)
    wire = gateway.connect()
    answer = wire.ask("GET", "/file.txt", f"If-None-Match: {ETAG}")
    assert answer.get("etag") == ETAG and answer.get("content-length") is None
    assert wire.ask("GET", "/file.txt").text == TEXT


def test_etag_off_leaves_it_out(lab: Lab) -> None:
    assert site(lab, "etag off;").get("/file.txt").get("etag") is None


def test_expires_sets_both_fields(lab: Lab) -> None:
    gateway = site(lab, "location = /file.txt { expires 1h; } location = /page.html { expires -1; }"
                        " location = /style.css { expires max; } location = /script.js { expires epoch; }")
    assert gateway.get("/file.txt").get("cache-control") == "max-age=3600"
    assert gateway.get("/page.html").get("cache-control") == "no-cache"
    assert gateway.get("/style.css").get("cache-control") == "max-age=315360000"
    assert gateway.get("/script.js").get("expires") == "Thu, 01 Jan 1970 00:00:01 GMT"


@pytest.mark.parametrize("body, target, text", [
    ("try_files $uri /page.html;", "/missing", "<p>page</p>"),
    ("try_files $uri $uri/ =404;", "/sub/", "the sub index"),
    ("location / { try_files $uri @named; } location @named { return 200 named; }", "/missing", "named"),
    ("location / { try_files $uri /page.html =404; }", "/missing", "<p>page</p>"),
    ("location / { try_files $uri.html =404; }", "/page", "<p>page</p>"),
    ("location /x/ { alias %prefix%/html/; try_files $uri =404; }", "/x/file.txt", TEXT),
    ("location / { try_files $uri /other?from=$uri; } location /other { return 200 $args; }", "/gone",
     "from=/gone"),
])
def test_try_files_takes_the_first_that_exists(lab: Lab, body: str, target: str, text: str) -> None:
    answer = site(lab, body).get(target)
    assert (answer.status, answer.text) == (200, text)


def test_try_files_ends_with_its_code(lab: Lab) -> None:
    assert site(lab, "location / { try_files $uri =418; }").get("/missing").status == 418


def test_root_appends_the_uri_and_alias_replaces_the_prefix(lab: Lab) -> None:
    gateway = site(lab, "location /sub/ { root %prefix%/other; }"
                        " location /alias/ { alias %prefix%/html/sub/; }"
                        " location ~ ^/user/(.+)$ { alias %prefix%/html/$1; }",
                   {"other/sub/here.txt": "here"})
    assert gateway.get("/sub/here.txt").text == "here"
    assert gateway.get("/alias/index.html").text == "the sub index"
    assert gateway.get("/user/file.txt").text == TEXT


def test_index_takes_the_first_that_exists_and_searches_locations_again(lab: Lab) -> None:
    gateway = site(lab, "index missing.html index.html; location = /sub/index.html { return 200 again; }")
    assert gateway.get("/").text == "the index"
    assert gateway.get("/sub/").text == "again"


@pytest.mark.parametrize("sendfile", ["on", "off"])
@pytest.mark.parametrize("size", [1, 65536, 5_000_000])
def test_files_of_any_size_arrive_whole(lab: Lab, size: int, sendfile: str) -> None:
    content = os.urandom(size)
    gateway = site(lab, f"sendfile {sendfile};", {"html/big.bin": content})
    wire = gateway.connect()
    for _ in range(2):
        assert wire.ask("GET", "/big.bin").body == content
    assert wire.ask("GET", "/big.bin", f"Range: bytes={size // 2}-").body == content[size // 2:]


def test_a_changed_file_is_served_changed(lab: Lab) -> None:
    gateway = site(lab)
    first = gateway.get("/file.txt")
    (gateway.prefix / "html/file.txt").write_text("changed")
    second = gateway.get("/file.txt")
    assert second.text == "changed" and second.get("etag") != first.get("etag")


def test_an_open_file_cache_notices_a_change_when_it_looks_again(lab: Lab) -> None:
    gateway = site(lab, "open_file_cache max=10; open_file_cache_valid 1s;")
    assert gateway.get("/file.txt").text == TEXT
    (gateway.prefix / "html/new.txt").write_text("changed")
    os.replace(gateway.prefix / "html/new.txt", gateway.prefix / "html/file.txt")
    eventually(lambda: gateway.get("/file.txt").text == "changed", "the new file is seen")


def test_autoindex_lists_a_directory_and_escapes_names(lab: Lab) -> None:
    gateway = site(lab, "autoindex on;", {"html/bare/<b>&.txt": "x"})
    listing = gateway.get("/bare/")
    assert listing.status == 200 and 'href="file.txt"' in listing.text
    assert "&lt;b&gt;&amp;.txt" in listing.text and "<b>" not in listing.text


def test_a_directory_that_try_files_found_is_redirected_to_its_slash(lab: Lab) -> None:
    gateway = site(lab, "location / { try_files $uri $uri/ =404; }")
    answer = gateway.get("/sub?a=1")
    assert (answer.status, answer.get("location")) == (301, f"http://localhost:{gateway.port}/sub/?a=1")


def test_try_files_looks_below_the_alias_of_a_regex_location(lab: Lab) -> None:
    gateway = site(lab, r"location ~ ^/(file|gone)\.txt$ { alias %prefix%/html/; try_files $uri =418; }")
    assert gateway.get("/file.txt").text == TEXT
    assert gateway.get("/gone.txt").status == 418


def test_add_header_with_an_empty_value_removes_last_modified(lab: Lab) -> None:
    gateway = site(lab, "add_header Last-Modified '';")
    assert gateway.get("/file.txt").get("last-modified") is None


def test_expires_modified_takes_a_time_from_a_variable(lab: Lab) -> None:
    gateway = site(lab, "location / { expires modified $arg_e; }")
    assert gateway.get("/file.txt?e=epoch").get("expires") is None
    assert gateway.get("/file.txt?e=1h").get("expires") == "Sun, 13 Sep 2020 13:26:40 GMT"


def test_a_listing_in_xml_names_its_charset(lab: Lab) -> None:
    gateway = site(lab, "location / { autoindex on; autoindex_format xml; }")
    assert gateway.get("/bare/").get("content-type") == "text/xml; charset=utf-8"


def test_if_range_is_compared_with_what_add_header_sends(lab: Lab) -> None:
    date = "Mon, 28 Sep 1970 06:00:00 GMT"
    gateway = site(lab, f"add_header Last-Modified '{date}';")
    for sent, status in ((date, 206), ("Sun, 13 Sep 2020 12:26:40 GMT", 200)):
        assert gateway.get("/file.txt", "Range: bytes=0-9", f"If-Range: {sent}").status == status
