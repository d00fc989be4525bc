#include "faces/nginx/catalogue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace gatehouse::nginx {
namespace {

constexpr auto anywhere = static_cast<at::Contexts>(~0U);

template <class Check>
void for_each_entry(Check&& check) {
    for (std::string_view name : directive_names(anywhere)) {
        for (const Entry* entry : directives_named(name)) check(*entry);
    }
}

TEST(catalogue, knows_every_name_that_nginx_registers) {
    // 656 names in nginx 1.31.5, less `include`, which the parser acts on; proxy_upgrade, tunnel_allow_hosts,
    // tunnel_allow_ports, docker and the eleven of its block, which are Gatehouse's own, and
    // tunnel_allow_upstream of nginx Plus
    EXPECT_EQ(directive_names(anywhere).size(), 655U + 4U + 12U);
}

TEST(catalogue, has_one_row_for_a_name_in_a_context) {
    for_each_entry([](const Entry& entry) {
        for (const Entry* other : directives_named(entry.name)) {
            if (other == &entry) continue;
            EXPECT_EQ(other->contexts & entry.contexts, 0) << entry.name;
        }
    });
}

TEST(catalogue, gives_what_acts_a_handler_and_everything_else_a_reason) {
    for_each_entry([](const Entry& entry) {
        const bool acts = entry.answer.verdict == Verdict::acts;
        EXPECT_EQ(entry.answer.handler != nullptr, acts) << entry.name;
        EXPECT_EQ(entry.answer.reason.empty(), acts) << entry.name;
        EXPECT_NE(entry.contexts, 0) << entry.name;
        EXPECT_LE(entry.arity.least, entry.arity.most) << entry.name;
    });
}

TEST(catalogue, refuses_no_directive_that_only_tunes_another) {
    for (std::string_view name :
         {"ssl_certificate_cache", "proxy_ssl_certificate_cache", "fastcgi_param", "proxy_cache_valid",
          "gzip_types", "types_hash_max_size", "limit_req_zone", "http2_chunk_size"}) {
        const Entry* entry = find_directive(name, at::http);
        ASSERT_NE(entry, nullptr) << name;
        EXPECT_EQ(entry->answer.verdict, Verdict::noted) << name;
    }
}

TEST(catalogue, refuses_what_would_change_the_meaning_when_left_out) {
    for (std::string_view name :
         {"auth_basic", "limit_req", "sub_filter", "proxy_cache", "secure_link", "ssi"}) {
        const Entry* entry = find_directive(name, at::location);
        ASSERT_NE(entry, nullptr) << name;
        EXPECT_EQ(entry->answer.verdict, Verdict::refused) << name;
    }
}

TEST(catalogue, tells_the_rows_of_one_name_apart_by_context) {
    EXPECT_TRUE(find_directive("server", at::http)->arity.is_block);
    EXPECT_FALSE(find_directive("server", at::upstream)->arity.is_block);
    EXPECT_EQ(find_directive("server", at::location), nullptr);
    EXPECT_EQ(find_directive("no_such_thing", at::http), nullptr);
}

TEST(catalogue, says_in_words_how_many_arguments_and_where) {
    EXPECT_EQ(find_directive("sendfile", at::http)->arity.describe(), "\"on\" or \"off\"");
    EXPECT_EQ(find_directive("internal", at::location)->arity.describe(), "no argument");
    EXPECT_EQ(find_directive("root", at::http)->arity.describe(), "1 argument");
    EXPECT_EQ(find_directive("return", at::location)->arity.describe(), "1 or 2 arguments");
    EXPECT_EQ(find_directive("proxy_temp_path", at::http)->arity.describe(), "1 to 4 arguments");
    EXPECT_EQ(find_directive("listen", at::server)->arity.describe(), "at least 1 argument");
    EXPECT_EQ(describe_contexts(at::any_http | at::if_in_location), "http, server, location, if in location");
}

TEST(catalogue, has_a_remark_for_well_known_names_that_are_not_nginxs) {
    EXPECT_NE(remark_on_foreign_directive("brotli_static"), "");
    EXPECT_NE(remark_on_foreign_directive("access_by_lua_block"), "");
    EXPECT_NE(remark_on_foreign_directive("ssl"), "");
    EXPECT_EQ(remark_on_foreign_directive("proxy_passs"), "");
}

}   // namespace
}   // namespace gatehouse::nginx
