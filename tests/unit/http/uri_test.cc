#include "http/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::http {
namespace {

// "form scheme|authority|uri", or "400".
std::string target_of(Method method, std::string_view text) {
    const auto target = parse_target(method, text);
    if (!target) return std::to_string(target.error().status);
    const char* const forms[] = {"origin ", "absolute ", "authority ", "asterisk "};
    return forms[static_cast<int>(target->form)] + std::string(target->scheme) + "|" +
           std::string(target->authority) + "|" + std::string(target->uri);
}

TEST(uri, tells_the_four_forms_of_a_target) {
    EXPECT_EQ(target_of(Method::get, "/a?b"), "origin ||/a?b");
    EXPECT_EQ(target_of(Method::get, "//a"), "origin ||//a");
    EXPECT_EQ(target_of(Method::get, "http://h:80/a?b"), "absolute http|h:80|/a?b");
    EXPECT_EQ(target_of(Method::get, "HTTPS://h"), "absolute HTTPS|h|");
    EXPECT_EQ(target_of(Method::get, "http://h?b"), "absolute http|h|?b");
    EXPECT_EQ(target_of(Method::get, "http://h#f"), "absolute http|h|#f");
    EXPECT_EQ(target_of(Method::connect, "h:443"), "authority |h:443|");
    EXPECT_EQ(target_of(Method::connect, "[::1]:443"), "authority |[::1]:443|");
    EXPECT_EQ(target_of(Method::options, "*"), "asterisk ||");
}

TEST(uri, refuses_targets_of_no_form) {
    for (const std::string_view text :
         {"", "a", "a/b", "*", "?a", "#a", "http:", "http:/", "http:/a", "http://", "http:///a", "http://?a",
          "://a", "1http://a", "ht_tp://a", "http://u@h/", "http://u:p@h/", "h:443"}) {
        EXPECT_EQ(target_of(Method::get, text), "400") << text;
    }
    for (const std::string_view text :
         {"/", "h", "h:", ":443", "h:0", "h:65536", "h:x", "h:443/", "u@h:443", "http://h:443/"}) {
        EXPECT_EQ(target_of(Method::connect, text), "400") << text;
    }
}

// "path", "path?args", or "400".
std::string normalized(std::string_view uri, bool merge_slashes = true) {
    Arena arena;
    const auto result = normalize_uri(uri, arena, merge_slashes);
    if (!result) return std::to_string(result.error().status);
    const auto raw = uri.substr(0, uri.find_first_of("?#"));
    EXPECT_EQ(result->changed, result->path != raw) << uri;
    return std::string(result->path) + (result->has_args ? "?" + std::string(result->args) : "");
}

TEST(uri, leaves_a_plain_path_alone) {
    EXPECT_EQ(normalized("/"), "/");
    EXPECT_EQ(normalized("/a/b.c/d+e"), "/a/b.c/d+e");
    EXPECT_EQ(normalized("/a/..b/c../.d/...x"), "/a/..b/c../.d/...x");
    Arena arena;
    const std::string_view uri = "/a/b?c";
    EXPECT_EQ(normalize_uri(uri, arena)->path.data(), uri.data());
}

TEST(uri, separates_arguments_and_cuts_fragments) {
    EXPECT_EQ(normalized("/a?b/../%2e?c"), "/a?b/../%2e?c");
    EXPECT_EQ(normalized("/a?"), "/a?");
    EXPECT_EQ(normalized("/a#f?x"), "/a");
    EXPECT_EQ(normalized("/a?b#f"), "/a?b");
    EXPECT_EQ(normalized(""), "/");
    EXPECT_EQ(normalized("?args#frag"), "/?args");
}

TEST(uri, resolves_dot_segments) {
    EXPECT_EQ(normalized("/foo/bar/.?args"), "/foo/bar/?args");
    EXPECT_EQ(normalized("/foo/bar/..#frag"), "/foo/");
    EXPECT_EQ(normalized("/foo/bar/."), "/foo/bar/");
    EXPECT_EQ(normalized("/foo/bar/.."), "/foo/");
    EXPECT_EQ(normalized("/a/./b/../c/./../d"), "/a/d");
    EXPECT_EQ(normalized("/a/b/../../c"), "/c");
    EXPECT_EQ(normalized("/."), "/");
    EXPECT_EQ(normalized("/a/.."), "/");
}

TEST(uri, refuses_paths_above_the_root) {
    for (const std::string_view uri :
         {"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./..", "//..", "/%2e%2e/", "/%2E./a", "/.%2e",
          "/..%2fa", "/%2e%2e%2fetc/passwd", "/a/%2e%2e/%2e%2e/b"}) {
        EXPECT_EQ(normalized(uri), "400") << uri;
    }
}

TEST(uri, decodes_escapes_once) {
    EXPECT_EQ(normalized("/%61%2Bb%25%32%65"), "/a+b%2e");
    EXPECT_EQ(normalized("/a%20b"), "/a b");
    EXPECT_EQ(normalized("/%02"), "/\x02");
    EXPECT_EQ(normalized("/%252e%252e/"), "/%2e%2e/");
    EXPECT_EQ(normalized("/a%3Fb%23c"), "/a?b#c");
    EXPECT_EQ(normalized("/%ff"), "/\xff");
}

TEST(uri, treats_escaped_slashes_and_dots_like_others) {
    EXPECT_EQ(normalized("/a%2fb"), "/a/b");
    EXPECT_EQ(normalized("/a/%2e/b"), "/a/b");
    EXPECT_EQ(normalized("/a/b/%2e%2E/c"), "/a/c");
    EXPECT_EQ(normalized("/a%2f%2fb"), "/a/b");
    EXPECT_EQ(normalized("/a/b%2f..%2fc"), "/a/c");
}

TEST(uri, refuses_broken_escapes_and_nul) {
    for (const std::string_view uri :
         {"/foo/bar%", "/foo/bar%1", "/%zz", "/%1z", "/%", "/%00", "/a%00b", "/%+1", "/a%?b"}) {
        EXPECT_EQ(normalized(uri), "400") << uri;
    }
}

TEST(uri, merges_slashes_if_wanted) {
    EXPECT_EQ(normalized("//a///b//"), "/a/b/");
    EXPECT_EQ(normalized("//a///b//", false), "//a///b//");
    EXPECT_EQ(normalized("/foo//../bar", false), "/foo/bar");
    EXPECT_EQ(normalized("/foo///../bar", false), "/foo//bar");
    EXPECT_EQ(normalized("/foo//../bar"), "/bar");
    EXPECT_EQ(normalized("//..", false), "/");
}

TEST(uri, refuses_paths_without_a_leading_slash) { EXPECT_EQ(normalized("a/b"), "400"); }

TEST(uri, finds_the_extension) {
    EXPECT_EQ(extension_of("/a/b.tar.gz"), "gz");
    EXPECT_EQ(extension_of("/a.b/c"), "");
    EXPECT_EQ(extension_of("/.htaccess"), "");
    EXPECT_EQ(extension_of("/a/.x.html"), "html");
    EXPECT_EQ(extension_of("/a."), "");
    EXPECT_EQ(extension_of("/"), "");
    EXPECT_EQ(extension_of("x.css"), "css");
}

std::string escaped(std::string_view text, Escape kind) {
    Arena arena;
    return std::string(escape(text, kind, arena));
}

TEST(uri, escapes_in_three_kinds) {
    const std::string_view text = "/a b?c=d&e;f+g#h%i\"\x01\xc3!'()*~:@,";
    EXPECT_EQ(escaped(text, Escape::uri), "/a%20b%3Fc=d&e;f+g%23h%25i%22%01%C3!'()*~:@,");
    EXPECT_EQ(escaped(text, Escape::args), "/a%20b%3Fc=d%26e%3Bf%2Bg%23h%25i%22%01%C3!'()*~:@,");
    EXPECT_EQ(escaped(text, Escape::component),
              "%2Fa%20b%3Fc%3Dd%26e%3Bf%2Bg%23h%25i%22%01%C3%21%27%28%29%2A~%3A%40%2C");
    EXPECT_EQ(escaped("<>\\^`{|}\x7f", Escape::uri), "%3C%3E%5C%5E%60%7B%7C%7D%7F");
    EXPECT_EQ(escaped("", Escape::uri), "");
}

TEST(uri, unescapes_what_is_well_formed) {
    Arena arena;
    EXPECT_EQ(unescape("a%20b%2", arena), "a b%2");
    EXPECT_EQ(unescape("%zz%41%", arena), "%zzA%");
    EXPECT_EQ(unescape("plain+", arena), "plain+");
}

TEST(uri, finds_arguments) {
    EXPECT_EQ(find_argument("a=1&b=2&c", "b"), "2");
    EXPECT_EQ(find_argument("A=1", "a"), "1");
    EXPECT_EQ(find_argument("a=&b=x=y", "a"), "");
    EXPECT_EQ(find_argument("a=&b=x=y", "b"), "x=y");
    EXPECT_EQ(find_argument("a=1&b=2&c", "c"), std::nullopt);
    EXPECT_EQ(find_argument("ba=1", "a"), std::nullopt);
    EXPECT_EQ(find_argument("", "a"), std::nullopt);
}

}   // namespace
}   // namespace gatehouse::http
