#include "http/routing_path.h"

#include "http/uri.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::http {
namespace {

std::string routed(std::string_view path) {
    Arena arena;
    return std::string(routing_path(path, arena));
}

TEST(routing_path, decodes_all_but_reserved_characters) {
    EXPECT_EQ(routed("/a%20b%41%7e"), "/a bA~");
    EXPECT_EQ(routed("/%3a%2f%3f%23%5b%5d%40%21%24%26%27%28%29%2a%2b%2c%3b%3d%25"),
              "/%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25");
    EXPECT_EQ(routed("/%c3%a9"), "/\xc3\xa9");
    EXPECT_EQ(routed("/%2%zz%"), "/%2%zz%");
}

TEST(routing_path, resolves_segments_after_decoding) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "/"},
        {"/", "/"},
        {"//", "/"},
        {"/a//b", "/a/b"},
        {"/a/./b", "/a/b"},
        {"/a/../b", "/b"},
        {"/../../a", "/a"},
        {"/a/b/..", "/a/"},
        {"/a/.", "/a/"},
        {"/a/b/../", "/a/"},
        {"/a/%2e%2E/b", "/b"},
        {"/.a/..b/c.", "/.a/..b/c."},
        {"/a/%2f/b", "/a/%2F/b"},
        {"/a?b/../c", "/a"},
        {"/a#b", "/a"},
        {"/a/", "/a/"},
    };
    for (const auto& [path, result] : table) EXPECT_EQ(routed(path), result) << path;
}

TEST(routing_path, of_a_plain_path_is_that_path_itself) {
    Arena arena;
    const std::string_view path = "/a/b.c/d?e";
    EXPECT_EQ(routing_path(path, arena).data(), path.data());
}

RC_GTEST_PROP(routing_path, is_stable_and_agrees_with_the_other_one_on_what_is_not_reserved, ()) {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("/", "/", ".", "..", "a", "%2e", "%41", "%20", "b"));
    std::string path = "/";
    for (const auto& piece : pieces) path += piece;
    Arena arena;
    const auto once = routing_path(path, arena);
    RC_ASSERT(once.front() == '/');
    RC_ASSERT(once.find("//") == std::string_view::npos);
    RC_ASSERT(once.find("/../") == std::string_view::npos);
    RC_ASSERT(std::string(routing_path(once, arena)) == std::string(once));
    if (const auto other = normalize_uri(path, arena)) RC_ASSERT(other->path == once);
}

std::vector<std::string> pairs(std::string_view query) {
    Arena arena;
    std::vector<std::string> all;
    while (const auto pair = next_query_pair(query, arena))
        all.push_back(std::string(pair->name) + "|" + std::string(pair->value));
    return all;
}

TEST(query_pairs, are_decoded_as_forms_are) {
    using Strings = std::vector<std::string>;
    EXPECT_EQ(pairs("a=1&b+c=%20+&d"), (Strings{"a|1", "b c|  ", "d|"}));
    EXPECT_EQ(pairs("&&=x&a=b=c&"), (Strings{"|x", "a|b=c"}));
    EXPECT_EQ(pairs("a=%zz&b=%4&c%=1&d;e=1&f=1"), (Strings{"f|1"}));
    EXPECT_EQ(pairs(""), Strings{});
}

}   // namespace
}   // namespace gatehouse::http
