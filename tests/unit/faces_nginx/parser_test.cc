#include "faces/nginx/parser.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::nginx {
namespace {

std::string text_of(const std::vector<Directive>& directives) {
    std::string out;
    for (const Directive& directive : directives) {
        out += directive.name.text;
        for (const Word& argument : directive.arguments) out += " [" + argument.text + "]";
        out += directive.has_block ? "{" + text_of(directive.children) + "}" : ";";
    }
    return out;
}

struct Parsed {
    Document document;
    Diagnostics diagnostics;
    [[nodiscard]] std::string tree() const { return text_of(document.directives); }
    [[nodiscard]] std::string log() const {
        std::string out;
        for (const Diagnostic& item : diagnostics.items())
            out += render_for_log(item, document.sources) + "\n";
        return out;
    }
};

Parsed parse_files(std::map<std::string, std::string> texts, ParseOptions options = {}) {
    MemoryFiles files(std::move(texts));
    Parsed parsed;
    parsed.document = parse(files, "/etc/nginx/nginx.conf", options, parsed.diagnostics);
    return parsed;
}

Parsed parse_text(std::string text) { return parse_files({{"/etc/nginx/nginx.conf", std::move(text)}}); }

TEST(parser, builds_a_tree_of_directives_and_blocks) {
    const Parsed parsed = parse_text("events {}\nhttp { server { listen 80; location / { } } }\n");
    EXPECT_EQ(parsed.tree(), "events{}http{server{listen [80];location [/]{}}}");
    EXPECT_EQ(parsed.log(), "");
    const Directive& listen = parsed.document.directives[1].children[0].children[0];
    EXPECT_EQ(listen.arguments[0].position, (Position{0, 2, 24}));
}

TEST(parser, puts_included_directives_where_the_include_stands) {
    const Parsed parsed = parse_files({{"/etc/nginx/nginx.conf", "a; include sub/b.conf; d;"},
                                       {"/etc/nginx/sub/b.conf", "b; include c.conf;"},
                                       {"/etc/nginx/c.conf", "c;"}});
    EXPECT_EQ(parsed.tree(), "a;b;c;d;");
    EXPECT_EQ(parsed.document.directives[2].position().file, 2U);
}

TEST(parser, includes_the_files_a_pattern_matches_in_sorted_order_and_none_is_fine) {
    const Parsed parsed =
        parse_files({{"/etc/nginx/nginx.conf", "include conf.d/*.conf; include none/*.conf;"},
                     {"/etc/nginx/conf.d/20.conf", "second;"},
                     {"/etc/nginx/conf.d/10.conf", "first;"},
                     {"/etc/nginx/conf.d/.hidden.conf", "hidden;"},
                     {"/etc/nginx/conf.d/deeper/x.conf", "deeper;"}});
    EXPECT_EQ(parsed.tree(), "first;second;");
    EXPECT_EQ(parsed.log(), "");
}

TEST(parser, takes_includes_relative_to_a_given_folder) {
    const Parsed parsed = parse_files({{"/etc/nginx/nginx.conf", "include x;"}, {"/elsewhere/x", "x;"}},
                                      {.directory = "/elsewhere/", .command_line_directives = {}});
    EXPECT_EQ(parsed.tree(), "x;");
}

TEST(parser, reports_a_missing_include_as_nginx_does) {
    EXPECT_EQ(parse_text("\ninclude nothing.conf;").log(),
              "[emerg] open() \"/etc/nginx/nothing.conf\" failed (2: No such file or directory)"
              " in /etc/nginx/nginx.conf:2\n");
}

TEST(parser, reports_a_missing_main_file) {
    EXPECT_EQ(parse_files({}).log(),
              "[emerg] open() \"/etc/nginx/nginx.conf\" failed (2: No such file or directory)\n");
}

TEST(parser, falls_back_to_built_in_files_with_a_notice) {
    const Parsed parsed = parse_text("include mime.types;");
    ASSERT_EQ(parsed.document.directives.size(), 1U);
    EXPECT_EQ(parsed.document.directives[0].name.text, "types");
    EXPECT_EQ(parsed.log(),
              "[notice] \"/etc/nginx/mime.types\" does not exist: the built-in one is used"
              " in /etc/nginx/nginx.conf:1\n");
}

TEST(parser, prefers_a_file_that_exists_to_a_built_in_one) {
    const Parsed parsed = parse_files(
        {{"/etc/nginx/nginx.conf", "include mime.types;"}, {"/etc/nginx/mime.types", "types {}"}});
    EXPECT_EQ(parsed.tree(), "types{}");
    EXPECT_EQ(parsed.log(), "");
}

TEST(parser, refuses_include_cycles) {
    const Parsed parsed =
        parse_files({{"/etc/nginx/nginx.conf", "include a;"}, {"/etc/nginx/a", "include nginx.conf;"}});
    EXPECT_EQ(parsed.log(), "[emerg] \"/etc/nginx/nginx.conf\" includes itself in /etc/nginx/a:1\n");
}

TEST(parser, bounds_includes_that_double_at_each_level) {
    std::map<std::string, std::string> files;
    for (int i = 0; i < 25; ++i) {
        const std::string next = "include f" + std::to_string(i + 1) + ";";
        files["/etc/nginx/f" + std::to_string(i)] = next + next;
    }
    files["/etc/nginx/f25"] = "end;";
    files["/etc/nginx/nginx.conf"] = "include f0;";
    const Parsed parsed = parse_files(std::move(files));
    EXPECT_NE(parsed.log().find("[emerg] the configuration is too large"), std::string::npos);
}

TEST(parser, bounds_the_depth_of_blocks) {
    std::string deep;
    for (std::size_t i = 0; i <= ParseLimits::max_block_depth; ++i) deep += "a {";
    EXPECT_NE(parse_text(deep).log().find("[emerg] too many nested blocks"), std::string::npos);
}

TEST(parser, reports_braces_that_do_not_match) {
    EXPECT_EQ(parse_text("a; }").log(), "[emerg] unexpected \"}\" in /etc/nginx/nginx.conf:1\n");
    EXPECT_EQ(parse_text("\nhttp {\n a;").log(),
              "[emerg] unexpected end of file, expecting \"}\" in /etc/nginx/nginx.conf:2\n");
    EXPECT_EQ(parse_text("a { b }").log(), "[emerg] unexpected \"}\" in /etc/nginx/nginx.conf:1\n");
    EXPECT_EQ(parse_text(";").log(), "[emerg] unexpected \";\" in /etc/nginx/nginx.conf:1\n");
    EXPECT_EQ(parse_text("{").log(), "[emerg] unexpected \"{\" in /etc/nginx/nginx.conf:1\n");
}

TEST(parser, does_not_let_an_included_file_close_a_block_of_another) {
    const Parsed parsed =
        parse_files({{"/etc/nginx/nginx.conf", "http { include a; b; }"}, {"/etc/nginx/a", "a; }"}});
    EXPECT_EQ(parsed.tree(), "http{a;b;}");
    EXPECT_EQ(parsed.log(), "[emerg] unexpected \"}\" in /etc/nginx/a:1\n");
}

TEST(parser, says_that_slashes_are_no_comment_and_goes_on_behind_them) {
    const Parsed parsed = parse_text("// the proxy; {\nserver {\n  //more\n  listen 80;\n}\n");
    EXPECT_EQ(parsed.tree(), "server{listen [80];}");
    EXPECT_EQ(parsed.log(),
              "[emerg] unknown directive \"//\" in /etc/nginx/nginx.conf:1\n"
              "[emerg] unknown directive \"//more\" in /etc/nginx/nginx.conf:3\n");
    EXPECT_EQ(parsed.diagnostics.items()[0].hint, "nginx comments start with \"#\"");
}

TEST(parser, does_not_read_lua_as_directives) {
    EXPECT_EQ(parse_text("content_by_lua_block { ngx.say('}') }").log(),
              "[emerg] unknown directive \"content_by_lua_block\" in /etc/nginx/nginx.conf:1\n");
}

TEST(parser, reads_directives_of_the_command_line_first) {
    const Parsed parsed = parse_files({{"/etc/nginx/nginx.conf", "a;"}},
                                      {.directory = {}, .command_line_directives = "daemon off; pid /x;"});
    EXPECT_EQ(parsed.tree(), "daemon [off];pid [/x];a;");
}

TEST(parser, names_the_command_line_in_its_errors) {
    const auto log_of = [](std::string directives) {
        return parse_files({{"/etc/nginx/nginx.conf", ""}},
                           {.directory = {}, .command_line_directives = directives})
            .log();
    };
    EXPECT_EQ(log_of("events {}"),
              "[emerg] block directives are not supported in -g option in command line\n");
    EXPECT_EQ(log_of("daemon 'off' "),
              "[emerg] unexpected end of parameter, expecting \";\" in command line\n");
}

TEST(parser, dumps_each_file_once_in_order_of_first_inclusion) {
    const Parsed parsed = parse_files({{"/etc/nginx/nginx.conf", "include a; include b; include a;\n"},
                                       {"/etc/nginx/a", "a;\n"},
                                       {"/etc/nginx/b", "b;\n"}},
                                      {.directory = {}, .command_line_directives = "daemon off;"});
    EXPECT_EQ(parsed.document.sources.dump(),
              "# configuration file /etc/nginx/nginx.conf:\n"
              "include a; include b; include a;\n\n"
              "# configuration file /etc/nginx/a:\na;\n\n"
              "# configuration file /etc/nginx/b:\nb;\n\n");
}

TEST(parser, has_every_file_that_distributions_install_built_in) {
    for (const char* name :
         {"mime.types", "proxy_params", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params"}) {
        const Parsed parsed = parse_text(std::string("include /somewhere/") + name + ";");
        EXPECT_FALSE(parsed.diagnostics.has_errors()) << parsed.log();
        EXPECT_FALSE(parsed.document.directives.empty()) << name;
    }
}

}   // namespace
}   // namespace gatehouse::nginx
