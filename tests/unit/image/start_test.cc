#include "start.h"

#include <gtest/gtest.h>

namespace gatehouse::image {
namespace {

using Words = std::vector<std::string>;

TEST(image_start, nothing_given_means_nginx_in_the_foreground) {
    EXPECT_EQ(command_of({}, false), (Words{"nginx", "-g", "daemon off;"}));
}

TEST(image_start, nothing_given_means_traefik_where_that_is_configured) {
    EXPECT_EQ(command_of({}, true), (Words{"traefik"}));
    EXPECT_EQ(command_of({"nginx"}, true), (Words{"nginx"}));
}

TEST(image_start, flags_and_switches_are_the_gateways) {
    EXPECT_EQ(command_of({"--api.insecure=true", "--providers.docker"}, false),
              (Words{"gatehouse", "--api.insecure=true", "--providers.docker"}));
    EXPECT_EQ(command_of({"-t"}, false), (Words{"gatehouse", "-t"}));
    EXPECT_EQ(command_of({"serve", "/srv"}, false), (Words{"gatehouse", "serve", "/srv"}));
    EXPECT_EQ(command_of({"check", "a.yml"}, false), (Words{"gatehouse", "check", "a.yml"}));
    EXPECT_EQ(command_of({"version"}, false), (Words{"traefik", "version"}));
    EXPECT_EQ(command_of({"healthcheck"}, true), (Words{"traefik", "healthcheck"}));
}

TEST(image_start, everything_else_is_a_command) {
    EXPECT_EQ(command_of({"bash", "-c", "nginx"}, false), (Words{"bash", "-c", "nginx"}));
    EXPECT_EQ(command_of({"nginx", "-c", "/a"}, false), (Words{"nginx", "-c", "/a"}));
    EXPECT_EQ(command_of({""}, false), (Words{""}));
}

TEST(image_start, templates_are_for_nginx) {
    EXPECT_TRUE(is_nginx_command({"nginx"}));
    EXPECT_TRUE(is_nginx_command({"/usr/sbin/nginx", "-g", "daemon off;"}));
    EXPECT_TRUE(is_nginx_command({"nginx-debug"}));
    EXPECT_TRUE(is_nginx_command({"gatehouse", "-c", "/a"}));
    EXPECT_FALSE(is_nginx_command({"gatehouse", "--providers.docker"}));
    EXPECT_FALSE(is_nginx_command({"gatehouse", "serve"}));
    EXPECT_FALSE(is_nginx_command({"traefik"}));
    EXPECT_FALSE(is_nginx_command({"bash"}));
    EXPECT_FALSE(is_nginx_command({}));
}

}   // namespace
}   // namespace gatehouse::image
