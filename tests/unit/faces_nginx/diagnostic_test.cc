#include "faces/nginx/diagnostic.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::nginx {
namespace {

Sources sources_with(std::string text) {
    Sources sources;
    sources.add({"proxy.conf", std::move(text), SourceKind::file});
    return sources;
}

TEST(diagnostic, shows_the_line_and_a_caret_with_the_hint) {
    const Sources sources = sources_with("server {\n    proxy_passs http://back-end:5252;\n}\n");
    const Diagnostic diagnostic{.message = "unknown directive \"proxy_passs\"",
                                .position = {0, 2, 5},
                                .length = 11,
                                .hint = "did you mean \"proxy_pass\"?"};
    EXPECT_EQ(render_for_terminal(diagnostic, sources),
              "gatehouse: proxy.conf:2:5: unknown directive \"proxy_passs\"\n"
              "    2 |     proxy_passs http://back-end:5252;\n"
              "      |     ^~~~~~~~~~~ did you mean \"proxy_pass\"?\n");
    EXPECT_EQ(render_for_log(diagnostic, sources),
              "[emerg] unknown directive \"proxy_passs\" in proxy.conf:2");
}

TEST(diagnostic, labels_warnings_and_notices) {
    const Sources sources = sources_with("a;\n");
    const Diagnostic warning{.severity = Severity::warning, .message = "m", .position = {0, 1, 1}};
    EXPECT_EQ(render_for_terminal(warning, sources),
              "gatehouse: proxy.conf:1:1: warning: m\n    1 | a;\n      | ^\n");
    EXPECT_EQ(render_for_log({.severity = Severity::notice, .message = "m"}, sources), "[notice] m");
}

TEST(diagnostic, speaks_without_a_place) {
    EXPECT_EQ(render_for_terminal({.message = "no", .hint = "yes"}, Sources{}), "gatehouse: no\n      yes\n");
}

TEST(diagnostic, keeps_tabs_and_counts_characters_before_the_caret) {
    const Sources sources = sources_with("\tä x;\n");
    const Diagnostic diagnostic{.message = "m", .position = {0, 1, 5}};
    EXPECT_EQ(render_for_terminal(diagnostic, sources),
              "gatehouse: proxy.conf:1:5: m\n    1 | \tä x;\n      | \t  ^\n");
}

TEST(diagnostic, shows_only_the_part_of_a_long_line_around_the_caret) {
    const Sources sources = sources_with(std::string(200, 'a') + "!" + std::string(200, 'b') + "\n");
    const std::string out = render_for_terminal({.message = "m", .position = {0, 1, 201}}, sources);
    EXPECT_EQ(out, "gatehouse: proxy.conf:1:201: m\n    1 | …" + std::string(60, 'a') + "!" +
                       std::string(49, 'b') + "…\n      |  " + std::string(60, ' ') + "^\n");
}

TEST(diagnostic, never_prints_control_bytes_of_the_file) {
    const Sources sources = sources_with("a\x1b[2Jb;\r\n");
    const std::string out = render_for_terminal({.message = "bad \x1b", .position = {0, 1, 1}}, sources);
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
    EXPECT_EQ(out.find('\r'), std::string::npos);
}

TEST(diagnostic, survives_positions_outside_the_text) {
    const Sources sources = sources_with("ab");
    for (const Position position :
         {Position{0, 1, 99}, Position{0, 9, 1}, Position{3, 1, 1}, Position{0, 1, 3}}) {
        EXPECT_FALSE(
            render_for_terminal({.message = "m", .position = position, .length = 50}, sources).empty());
        EXPECT_FALSE(render_for_log({.message = "m", .position = position}, sources).empty());
    }
}

TEST(diagnostic, suggests_the_nearest_name_and_nothing_far_away) {
    const std::vector<std::string_view> names = {"proxy_pass", "proxy_bind", "root", "listen"};
    EXPECT_EQ(did_you_mean("proxy_passs", names), "did you mean \"proxy_pass\"?");
    EXPECT_EQ(did_you_mean("lisen", names), "did you mean \"listen\"?");
    EXPECT_EQ(did_you_mean("rot", names), "did you mean \"root\"?");
    EXPECT_EQ(did_you_mean("something_else", names), "");
}

TEST(diagnostic, stops_collecting_after_the_limit_of_errors) {
    Diagnostics diagnostics;
    for (int i = 0; i < 100; ++i) diagnostics.add({.message = "m"});
    EXPECT_EQ(diagnostics.items().size(), Diagnostics::max_errors);
    EXPECT_TRUE(diagnostics.too_many_errors());
}

}   // namespace
}   // namespace gatehouse::nginx
