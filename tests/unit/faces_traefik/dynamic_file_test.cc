#include "faces/traefik/dynamic_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

std::string outcome(std::string_view text, const std::string& path) {
    Remarks remarks;
    const auto configuration = read_dynamic_file(
        text, path,
        [](std::string_view name) {
            return name == "HOST" ? std::optional<std::string>("env.example") : std::nullopt;
        },
        remarks);
    std::string out;
    for (const Remark& remark : remarks.items())
        out += fmt::format("{}: {}\n", word_for(remark.severity), remark.describe());
    return out + (configuration ? shown("", *configuration) : "nothing\n");
}

constexpr std::string_view yaml = R"(
http:
  routers:
    web: &web
      rule: Host(`a.example`)
      entryPoints: [web, "websecure"]
      service: app
      tls: {}
      priority: 7
    other:
      <<: *web
      priority: 8
      tls: ~
  services:
    app:
      loadBalancer:
        servers:
          - url: http://10.0.0.1:80
          - url: http://10.0.0.2:80
            weight: 2
        healthCheck:
          path: /ok
          interval: 1m
    split:
      weighted:
        services:
          - name: app
            weight: 3
  middlewares:
    zip:
      compress: {}
    allow:
      ipAllowList:
        sourceRange: 10.0.0.0/8, 127.0.0.1
tls:
  certificates:
    - certFile: /a.crt
      keyFile: /a.key
)";

constexpr std::string_view toml = R"toml(
[http.routers.other]
  rule = "Host(`a.example`)"
  entryPoints = ["web", "websecure"]
  service = "app"
  priority = 8
[http.routers.web]
  rule = "Host(`a.example`)"
  entryPoints = ["web", "websecure"]
  service = "app"
  priority = 7
  [http.routers.web.tls]
[[http.services.app.loadBalancer.servers]]
  url = "http://10.0.0.1:80"
[[http.services.app.loadBalancer.servers]]
  url = "http://10.0.0.2:80"
  weight = 2
[http.services.app.loadBalancer.healthCheck]
  path = "/ok"
  interval = "1m"
[[http.services.split.weighted.services]]
  name = "app"
  weight = 3
[http.middlewares.zip.compress]
[http.middlewares.allow.ipAllowList]
  sourceRange = ["10.0.0.0/8", "127.0.0.1"]
[[tls.certificates]]
  certFile = "/a.crt"
  keyFile = "/a.key"
)toml";

TEST(dynamic_file, yaml_and_toml_give_the_same_configuration) {
    const std::string from_yaml = outcome(yaml, "a.yaml");
    EXPECT_EQ(from_yaml, outcome(toml, "a.toml"));
    EXPECT_NE(from_yaml.find("    zip:\n        compress:\n"), std::string::npos) << from_yaml;
    EXPECT_NE(from_yaml.find("weight: 2"), std::string::npos) << from_yaml;
    EXPECT_NE(from_yaml.find("- 10.0.0.0/8\n"), std::string::npos) << from_yaml;
    EXPECT_NE(from_yaml.find("priority: 8"), std::string::npos) << from_yaml;
}

TEST(dynamic_file, json_is_read_as_yaml) {
    EXPECT_EQ(outcome(R"({"http":{"middlewares":{"a":{"addPrefix":{"prefix":"/a"}}}}})", "a.json"),
              outcome("http: {middlewares: {a: {addPrefix: {prefix: /a}}}}", "a.yml"));
}

TEST(dynamic_file, a_mistake_names_its_place_and_refuses_the_file) {
    EXPECT_EQ(outcome("http:\n  routers:\n    a:\n      rul: x\n", "d/a.yaml"),
              "error: d/a.yaml:4:7: \"rul\" is no option of a router (did you mean \"rule\"?)\nnothing\n");
    EXPECT_EQ(outcome("[http.routers.a]\nrul = \"x\"\n", "a.toml").substr(0, 50),
              "error: a.toml:2:1: \"rul\" is no option of a router ");
    EXPECT_NE(outcome("http: [", "a.yaml").find("error: a.yaml:"), std::string::npos);
    EXPECT_NE(outcome("a = [", "a.toml").find("error: a.toml:1:"), std::string::npos);
    EXPECT_NE(outcome("x", "a.conf").find("tells no format"), std::string::npos);
}

TEST(dynamic_file, a_name_given_twice_is_an_error) {
    EXPECT_NE(
        outcome("http:\n  routers: {}\nhttp: {}\n", "a.yaml").find("a.yaml:3:1: \"http\" is given twice"),
        std::string::npos);
}

TEST(dynamic_file, what_is_no_part_of_it_is_passed_over_with_a_warning) {
    EXPECT_EQ(outcome("x-anchors: {a: [1]}\nhtp: {}\n", "a.yaml"),
              "warning: a.yaml:1:1: \"x-anchors\" is no part of the dynamic configuration: it is not read "
              "(known are http, tcp, udp, tls)\n"
              "warning: a.yaml:2:1: \"htp\" is no part of the dynamic configuration: it is not read "
              "(did you mean \"http\"?)\n-\n");
}

TEST(dynamic_file, aliases_that_unfold_without_end_are_refused) {
    std::string text = "a0: &a0 {x: 1}\n";
    for (int i = 1; i < 12; ++i) {
        text += fmt::format("a{}: &a{} [", i, i);
        for (int k = 0; k < 9; ++k) text += fmt::format("*a{}, ", i - 1);
        text += "]\n";
    }
    EXPECT_NE(outcome(text, "a.yaml").find("more than 500000"), std::string::npos);
    EXPECT_NE(outcome("a: &a [*a]\n", "a.yaml").find("error"), std::string::npos);
    EXPECT_NE(
        outcome("a: " + std::string(40, '[') + std::string(40, ']'), "a.yaml").find("more than 24 levels"),
        std::string::npos);
    EXPECT_NE(outcome("a: " + std::string(100000, '['), "a.yaml").find("error"), std::string::npos);
    EXPECT_NE(outcome("a = " + std::string(100000, '['), "a.toml").find("error"), std::string::npos);
}

TEST(dynamic_file, a_file_may_be_a_template) {
    EXPECT_NE(outcome("http: {routers: {a: {rule: \"Host(`{{ env \"HOST\" }}`)\", service: a}}}", "a.yaml")
                  .find("rule: Host(`env.example`)"),
              std::string::npos);
    EXPECT_EQ(outcome("http:\n  x: {{ range . }}\n", "a.yaml"),
              "error: a.yaml:2:8: {{ range }} is not supported here\nnothing\n");
}

TEST(dynamic_file, of_two_files_the_earlier_one_counts) {
    Remarks remarks;
    auto first =
        read_dynamic_file("http: {middlewares: {a: {addPrefix: {prefix: /1}}}}", "1.yaml", {}, remarks);
    auto second = read_dynamic_file("http: {middlewares: {a: {addPrefix: {prefix: /2}}, b: {compress: {}}}}",
                                    "2.yaml", {}, remarks);
    ASSERT_TRUE(first && second);
    add_file(*first, *second, remarks);
    EXPECT_EQ(first->http.middlewares.at("a").add_prefix->prefix, "/1");
    EXPECT_TRUE(first->http.middlewares.contains("b"));
    ASSERT_EQ(remarks.items().size(), 1U);
    EXPECT_EQ(remarks.items()[0].describe().substr(0, 23), "2.yaml:1:22: the http m");
}

}   // namespace
}   // namespace gatehouse::traefik
