#include "main/serve_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::process {
namespace {

tl::expected<CommandLine, std::string> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "serve");
    return parse_command_line(arguments, "/home/me");
}

TEST(serve_line, alone_serves_this_directory) {
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::run);
    EXPECT_NE(line->served.find("listen 8080;"), std::string::npos);
    EXPECT_NE(line->served.find("root \"/home/me\";"), std::string::npos);
    EXPECT_EQ(line->greeting, "gatehouse: serving /home/me on http://localhost:8080\n");
}

TEST(serve_line, forwards_what_is_under_a_prefix) {
    const auto line = parse({"dist", "/api=http://localhost:3000", "--listen", "9000", "--list"});
    ASSERT_TRUE(line);
    EXPECT_NE(line->served.find("listen 9000;"), std::string::npos);
    EXPECT_NE(line->served.find("root \"/home/me/dist\";"), std::string::npos);
    EXPECT_NE(line->served.find("autoindex on;"), std::string::npos);
    EXPECT_NE(line->served.find("location \"/api\" {\n            proxy_pass \"http://localhost:3000\";"),
              std::string::npos);
}

TEST(serve_line, with_tls_has_a_certificate_of_its_own) {
    const auto line = parse({"--tls", "--name", "app.test"});
    ASSERT_TRUE(line);
    for (const auto* part :
         {"listen 8443 ssl;", "http2 on;", "ssl_certificate self-signed;", "server_name \"app.test\";"}) {
        EXPECT_NE(line->served.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(line->greeting, "gatehouse: serving /home/me on https://localhost:8443\n");
}

TEST(serve_line, words_cannot_end_their_directive) {
    const auto line = parse({"/a\";}b"});
    ASSERT_TRUE(line);
    EXPECT_NE(line->served.find("root \"/a\\\";}b\";"), std::string::npos);
}

TEST(serve_line, prints_what_it_stands_for) { EXPECT_EQ(parse({"-T"})->action, Action::dump); }

TEST(serve_line, says_what_is_wrong) {
    const auto error = [](std::vector<const char*> arguments) {
        const auto line = parse(std::move(arguments));
        return line ? std::string() : line.error().substr(0, line.error().find(';'));
    };
    EXPECT_EQ(error({"a", "b"}), "two directories: \"/home/me/a\" and \"b\"");
    EXPECT_EQ(error({"/x=ftp://a"}), "\"ftp://a\" is no URL of an app: expected \"http://host:port\"");
    EXPECT_EQ(error({"--listen"}), "option \"--listen\" requires a port or an address");
    EXPECT_EQ(error({"--fast"}), "unknown option \"--fast\"");
}

}   // namespace
}   // namespace gatehouse::process
