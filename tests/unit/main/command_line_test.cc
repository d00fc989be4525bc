#include "main/command_line.h"

#include "main/build_info.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace gatehouse::process {
namespace {

tl::expected<CommandLine, std::string> parse(std::vector<const char*> arguments) {
    return parse_command_line(arguments, "/home/me");
}

TEST(command_line, nothing_given_means_serving_the_default_configuration) {
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::run);
    EXPECT_EQ(line->config_path(), "/etc/nginx/nginx.conf");
    EXPECT_EQ(line->prefix, "/etc/nginx/");
}

TEST(command_line, reads_nginx_switches) {
    const auto line =
        parse({"-p", "/tmp/site", "-c", "conf/a.conf", "-e", "error.log", "-g", "daemon off; pid p;", "-q"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->prefix, "/tmp/site/");
    EXPECT_EQ(line->config_path(), "/tmp/site/conf/a.conf");
    EXPECT_EQ(line->error_log_path(), "/tmp/site/error.log");
    EXPECT_EQ(line->directives, "daemon off; pid p;");
    EXPECT_TRUE(line->quiet);
}

TEST(command_line, switches_may_be_joined_and_values_may_follow_at_once) {
    const auto line = parse({"-tqcsite.conf", "-p/srv"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->action, Action::test);
    EXPECT_TRUE(line->quiet);
    EXPECT_EQ(line->config_path(), "/srv/site.conf");
}

TEST(command_line, a_relative_prefix_is_under_the_current_directory) {
    EXPECT_EQ(parse({"-p", "site/"})->prefix, "/home/me/site/");
}

TEST(command_line, stderr_as_error_log_is_no_file) {
    EXPECT_EQ(parse({"-e", "stderr"})->error_log_path(), "stderr");
}

TEST(command_line, signals_have_their_names) {
    EXPECT_EQ(parse({"-s", "stop"})->signal, SIGTERM);
    EXPECT_EQ(parse({"-s", "quit"})->signal, SIGQUIT);
    EXPECT_EQ(parse({"-s", "reload"})->signal, SIGHUP);
    EXPECT_EQ(parse({"-sreopen"})->signal, SIGUSR1);
    EXPECT_EQ(parse({"-sreopen"})->action, Action::signal);
}

TEST(command_line, a_dump_wins_over_a_test_and_help_over_everything) {
    EXPECT_EQ(parse({"-T", "-t"})->action, Action::dump);
    EXPECT_EQ(parse({"-t", "-T"})->action, Action::dump);
    EXPECT_EQ(parse({"-h", "-t"})->action, Action::help);
    EXPECT_EQ(parse({"-t", "-?"})->action, Action::help);
    EXPECT_EQ(parse({"--help"})->action, Action::help);
    EXPECT_EQ(parse({"-v"})->action, Action::version);
    EXPECT_EQ(parse({"-V"})->action, Action::build);
}

TEST(command_line, flags_of_traefik_or_its_name_ask_for_its_face) {
    const auto line = parse({"--API.insecure=true", "--providers.docker"});
    EXPECT_TRUE(line->is_traefik);
    EXPECT_EQ(line->traefik_arguments,
              (std::vector<std::string>{"--API.insecure=true", "--providers.docker"}));
    const char* none[] = {""};
    EXPECT_TRUE(
        parse_command_line(std::span<const char* const>(none, 0), "/", "/usr/bin/traefik")->is_traefik);
    EXPECT_FALSE(
        parse_command_line(std::span<const char* const>(none, 0), "/", "/usr/bin/nginx")->is_traefik);
    EXPECT_FALSE(parse({"-c", "traefik.conf"})->is_traefik);
}

TEST(command_line, errors_say_what_to_do) {
    EXPECT_EQ(parse({"site.conf"}).error(),
              "unexpected argument \"site.conf\": to serve a configuration, use -c site.conf; -h shows what "
              "there is");
    EXPECT_EQ(parse({"-x"}).error(), "unknown option \"-x\"; -h shows what there is");
    EXPECT_EQ(parse({"--config"}).error(), "unknown option \"--config\"; -h shows what there is");
    EXPECT_EQ(parse({"-c"}).error(), "option \"-c\" requires a configuration file; -h shows what there is");
    EXPECT_EQ(parse({"-s", "restart"}).error(),
              "invalid option: \"-s restart\": use stop, quit, reload or reopen; -h shows what there is");
}

TEST(build_info, names_the_version_in_the_words_that_tools_look_for) {
    EXPECT_EQ(version_text().find("nginx version: nginx/1."), 0U);
    EXPECT_NE(version_text().find("(Gatehouse " GATEHOUSE_VERSION ")"), std::string::npos);
}

TEST(build_info, says_which_modules_are_missing_and_none_that_is_there) {
    const std::string text = build_text();
    EXPECT_NE(text.find(" --without-http_fastcgi_module"), std::string::npos);
    EXPECT_NE(text.find(" --without-http-cache"), std::string::npos);
    EXPECT_NE(text.find(" --with-stream "), std::string::npos);
    EXPECT_NE(text.find(" --with-http_ssl_module "), std::string::npos);
    EXPECT_NE(text.find(" --with-http_v2_module "), std::string::npos);
    EXPECT_NE(text.find("\nbuilt with OpenSSL 3"), std::string::npos);
    EXPECT_NE(text.find("\nTLS SNI support enabled\n"), std::string::npos);
    EXPECT_NE(text.find(" --without-stream_geo_module"), std::string::npos);
    for (const char* word :
         {"--without-http_proxy_module", "--without-http_rewrite_module", "--without-http_map_module",
          "--with-http_v3_module", "--without-stream_map_module", "--with-mail", "=dynamic"}) {
        EXPECT_EQ(text.find(word), std::string::npos) << word;
    }
}

TEST(build_info, the_help_page_fits_a_terminal) {
    const std::string text = help_text();
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24);
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = text.find('\n', from);
        EXPECT_LE(end - from, 95U) << text.substr(from, end - from);
        from = end + 1;
    }
}

}   // namespace
}   // namespace gatehouse::process
