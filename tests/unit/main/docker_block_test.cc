// `docker { … }` beside servers: which listeners its entry points are, and what goes first.

#include "main/docker_block.h"

#include "main/configuration.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::process {
namespace {

Configuration read(const std::string& http) {
    nginx::MemoryFiles files;
    files.add("/etc/nginx/nginx.conf", "error_log stderr; events {} http { access_log off; " + http + " }");
    FaceOptions options;
    options.config_path = "/etc/nginx/nginx.conf";
    return read_configuration(files, options);
}

std::string errors_of(const Configuration& configuration) {
    std::string text;
    for (const auto& diagnostic : configuration.diagnostics.items()) {
        if (diagnostic.severity == nginx::Severity::error)
            text += (text.empty() ? "" : "\n") + diagnostic.message;
    }
    return text;
}

// "web: 0.0.0.0:80 127.0.0.1:81" of each.
std::vector<std::string> entry_points_of(const Configuration& configuration) {
    std::vector<std::string> all;
    if (configuration.traefik == nullptr) return all;
    for (const auto& entry : configuration.traefik->compiling.entry_points) {
        std::string text = entry.name + ":";
        for (const auto& address : entry.addresses) text += " " + address.describe();
        all.push_back(std::move(text));
    }
    return all;
}

using Texts = std::vector<std::string>;

TEST(docker_block, is_at_all_listeners_of_the_configuration_unless_it_names_some) {
    const auto usual =
        read("docker {} server { listen 80; listen [::]:80; } server { listen 127.0.0.1:81; }");
    EXPECT_EQ(entry_points_of(usual), Texts{"web: 0.0.0.0:80 [::]:80 127.0.0.1:81"});
    EXPECT_EQ(usual.model->listeners.size(), 3U);
    for (const auto& listener : usual.model->listeners) EXPECT_NE(listener.rule_site, nullptr);
    const auto some = read("docker { entry_point web 80; } server { listen 80; listen [::]:80; listen 81; }");
    EXPECT_EQ(entry_points_of(some), Texts{"web: 0.0.0.0:80 [::]:80"});
    EXPECT_EQ(some.model->listeners[2].rule_site, nullptr);
    const auto one = read("docker { entry_point web [::]:80; } server { listen 80; listen [::]:80; }");
    EXPECT_EQ(entry_points_of(one), Texts{"web: [::]:80"});
}

TEST(docker_block, listens_where_the_configuration_does_not) {
    const auto alone = read("docker {}");
    EXPECT_EQ(entry_points_of(alone), Texts{"web: 0.0.0.0:80"});
    ASSERT_EQ(alone.model->listeners.size(), 1U);
    EXPECT_EQ(alone.model->listeners[0].rule_site, nullptr) << "it is the site itself";
    const auto more = read("docker { entry_point web 80 127.0.0.1:8000; } server { listen 80; }");
    ASSERT_EQ(more.model->listeners.size(), 2U);
    EXPECT_EQ(more.model->listeners[1].text, "127.0.0.1:8000");
}

TEST(docker_block, asks_the_engine_and_leaves_the_process_to_the_configuration) {
    const auto read_one = read("docker { endpoint tcp://10.0.0.1:2375; } server { listen 80; }");
    EXPECT_EQ(read_one.model->process.engines, Texts{"tcp://10.0.0.1:2375"});
    EXPECT_EQ(read_one.model->process.worker_processes, 1);
    EXPECT_TRUE(read_one.traefik->docker->names);
    EXPECT_FALSE(read("docker { compose_names off; }").traefik->docker->names);
    EXPECT_EQ(read("server { listen 80; }").traefik, nullptr);
}

TEST(docker_block, says_what_is_wrong_where_it_stands) {
    EXPECT_EQ(errors_of(read("docker { endpoint npipe://x; }")).substr(0, 1).empty(), false);
    EXPECT_NE(errors_of(read("docker { constraints 'Lable(`a`, `b`)'; }")), "");
    EXPECT_NE(errors_of(read("docker { default_rule 'Host(`{{ .Nmae`)'; }")), "");
    EXPECT_NE(errors_of(read("docker { trusted_ips 10.0.0.0/33; }")), "");
    EXPECT_EQ(errors_of(read("docker { api insecure; }")), "there is no entry point for the API");
    EXPECT_EQ(errors_of(read("docker { entry_point a 80; entry_point b 80; }")),
              "0.0.0.0:80 belongs to the entry point \"a\" already");
    EXPECT_FALSE(read("docker { api insecure; }").model);
}

// What the containers of one engine would add.
traefik::Compiled compile(const Configuration& configuration, const std::string& rule) {
    traefik::Provided docker{.name = "docker", .configuration = {}};
    auto& http = docker.configuration.http;
    http.routers["app"].rule = rule;
    http.routers["app"].service = "app";
    traefik::Server server;
    server.url = "http://127.0.0.1:9000";
    http.services["app"].load_balancer.emplace().servers.push_back(server);
    traefik::Compiler compiler(configuration.traefik->compiling);
    return compiler.compile({docker});
}

traefik::ContainerVerdict verdict_of(const std::string& rule, std::string_view conf,
                                     traefik::ItemState& state) {
    const auto configuration = read(std::string("docker {} ").append(conf));
    auto compiled = compile(configuration, rule);
    traefik::ContainerVerdict verdict;
    verdict.routers = {"http router app"};
    ConfSide::tell(compiled.states, verdict);
    state = compiled.states.routers.at("app@docker");
    return verdict;
}

TEST(docker_block, a_server_name_goes_before_routers_and_both_are_named) {
    traefik::ItemState state;
    constexpr std::string_view conf =
        "server { listen 80; server_name a.test *.b.test; } server { listen 81; }";
    const auto lost =
        verdict_of("Host(`A.test`) && PathPrefix(`/x`)", "server { listen 80; server_name a.test; }", state);
    EXPECT_EQ(lost.reason, "conflict");
    EXPECT_EQ(lost.outcome, traefik::ContainerOutcome::refused);
    EXPECT_NE(
        lost.sentence.find("router app: \"a.test\" is answered by the server at /etc/nginx/nginx.conf:1:"),
        std::string::npos)
        << lost.sentence;
    EXPECT_EQ(state.status, traefik::ItemState::Status::disabled);
    const auto elsewhere = verdict_of("Host(`a.test`)", conf, state);
    EXPECT_EQ(elsewhere.reason, "routed") << "another listener has no such name";
    EXPECT_EQ(state.status, traefik::ItemState::Status::warning);
    const auto partly = verdict_of("Host(`x.b.test`) || Host(`c.test`)", conf, state);
    EXPECT_EQ(partly.reason, "routed");
    EXPECT_EQ(partly.remarks.items().size(), 1U);
    const auto free = verdict_of("Host(`c.test`) || PathPrefix(`/`)", conf, state);
    EXPECT_TRUE(free.remarks.items().empty());
    EXPECT_EQ(state.status, traefik::ItemState::Status::enabled);
}

TEST(docker_block, a_router_with_tls_needs_a_listener_with_ssl) {
    const auto configuration = read("docker {} server { listen 80; }");
    traefik::Provided docker{.name = "docker", .configuration = {}};
    auto& http = docker.configuration.http;
    http.routers["app"].rule = "Host(`a.test`)";
    http.routers["app"].service = "app";
    http.routers["app"].tls.emplace();
    traefik::Server server;
    server.url = "http://127.0.0.1:9000";
    http.services["app"].load_balancer.emplace().servers.push_back(server);
    traefik::Compiler compiler(configuration.traefik->compiling);
    const auto compiled = compiler.compile({docker});
    const auto& state = compiled.states.routers.at("app@docker");
    ASSERT_EQ(state.errors.size(), 1U);
    EXPECT_EQ(state.errors[0],
              "not at entry point \"web\": the configuration listens at 0.0.0.0:80 without \"ssl\"");
}

TEST(docker_block, a_tcp_router_is_told_that_it_is_not_served) {
    const auto configuration = read("docker {} server { listen 80; }");
    traefik::Provided docker{.name = "docker", .configuration = {}};
    auto& tcp = docker.configuration.tcp;
    tcp.routers["db"].rule = "HostSNI(`*`)";
    tcp.routers["db"].service = "db";
    traefik::TcpServer server;
    server.address = "127.0.0.1:9000";
    tcp.services["db"].load_balancer.emplace().servers.push_back(server);
    const auto compiled = traefik::Compiler(configuration.traefik->compiling).compile({docker});
    const auto& state = compiled.states.tcp.routers.at("db@docker");
    EXPECT_EQ(state.status, traefik::ItemState::Status::disabled);
    ASSERT_EQ(state.errors.size(), 1U);
    EXPECT_EQ(state.errors[0],
              "TCP routers are not served beside the servers of an nginx.conf yet: a server of stream {} can "
              "do it");
}

}   // namespace
}   // namespace gatehouse::process
