#include "http/host.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

// "name" or "name port", or "400".
std::string host_of(std::string_view text) {
    Arena arena;
    const auto host = parse_host(text, arena);
    if (!host) return std::to_string(host.error().status);
    return std::string(host->name) + (host->port ? " " + std::to_string(*host->port) : "");
}

TEST(host, separates_name_and_port) {
    EXPECT_EQ(host_of("l"), "l");
    EXPECT_EQ(host_of("abcd-ef.g02.xyz:8080"), "abcd-ef.g02.xyz 8080");
    EXPECT_EQ(host_of("123.40.56.78:1"), "123.40.56.78 1");
    EXPECT_EQ(host_of("under_score"), "under_score");
}

TEST(host, makes_names_comparable) {
    EXPECT_EQ(host_of("AbC-d93.Ru"), "abc-d93.ru");
    EXPECT_EQ(host_of("www.example.com."), "www.example.com");
    EXPECT_EQ(host_of("www.example.com.:88"), "www.example.com 88");
    EXPECT_EQ(host_of("name:"), "name");
}

TEST(host, accepts_ip_literals) {
    EXPECT_EQ(host_of("[::1]"), "[::1]");
    EXPECT_EQ(host_of("[ABCD::ef98]:80"), "[abcd::ef98] 80");
    EXPECT_EQ(host_of("[::ffff:12.30.67.89]:4321"), "[::ffff:12.30.67.89] 4321");
    EXPECT_EQ(host_of("[v1.!$&'()*+,;=-._~aZ:]"), "[v1.!$&'()*+,;=-._~az:]");
}

TEST(host, refuses_what_is_no_host) {
    for (const std::string_view text :
         {"",        ".",         ":80",       "..a",    "a..b",        "a..:",  "a/b",    "\\e/x", "a b",
          "a\x02",   "a@b",       "a?b",       "a#b",    "a<b",         "[",     "[]",     "[::1",  "::1",
          "[::1].",  "[::1].:98", "[::1]x",    "x[::1]", "[ab..cd::1]", "[a/b]", "[a\\b]", "a:1.2", "a:65536",
          "a:98777", "a:123456",  "a:9000:80", "a:-1",   "a:+1",        "a:x",   "a.:1.2"}) {
        EXPECT_EQ(host_of(text), "400") << text;
    }
}

std::string request_host_of(const std::string& head) {
    const auto parsed = test::parsed_request(head + "\r\n\r\n");
    const auto target = parse_target(parsed->head.method, parsed->head.target);
    if (!target) return "400 target";
    const auto host = request_host(parsed->head, *target, parsed->arena);
    return host ? "name " + std::string(host->name)
                : std::to_string(host.error().status) + " " + host.error().rule;
}

TEST(host, must_be_named_once_in_http_1_1) {
    EXPECT_EQ(request_host_of("GET / HTTP/1.1\r\nHost: A"), "name a");
    EXPECT_EQ(request_host_of("GET / HTTP/1.1"), "400 no Host in an HTTP/1.1 request");
    EXPECT_EQ(request_host_of("GET / HTTP/1.1\r\nHost: a\r\nhost: b"), "400 more than one Host");
    EXPECT_EQ(request_host_of("GET / HTTP/1.1\r\nHost: a b"), "400 invalid host");
    EXPECT_EQ(request_host_of("GET / HTTP/1.1\r\nHost:"), "400 invalid host");
}

TEST(host, may_be_missing_in_http_1_0) {
    EXPECT_EQ(request_host_of("GET / HTTP/1.0"), "name ");
    EXPECT_EQ(request_host_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b"), "400 more than one Host");
}

TEST(host, comes_from_an_absolute_target_first) {
    EXPECT_EQ(request_host_of("GET http://B:80/x HTTP/1.1\r\nHost: a"), "name b");
    EXPECT_EQ(request_host_of("GET http://b HTTP/1.0"), "name b");
    EXPECT_EQ(request_host_of("GET http://b/ HTTP/1.1"), "400 no Host in an HTTP/1.1 request");
    EXPECT_EQ(request_host_of("GET http://b/ HTTP/1.1\r\nHost: a b"), "400 invalid host");
    EXPECT_EQ(request_host_of("GET http://[::1/ HTTP/1.1\r\nHost: a"), "400 invalid host");
}

}   // namespace
}   // namespace gatehouse::http
