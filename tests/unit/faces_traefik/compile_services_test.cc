// What becomes of the kinds of services: what is asked of servers, and services that are made of others.

#include "faces/traefik/compile_services.h"

#include "faces/traefik/compile.h"
#include "faces/traefik/dynamic_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

using namespace std::chrono_literals;
using Kind = model::ServiceChoice::Kind;

Provided provided(const std::string& services) {
    Remarks remarks;
    auto read = read_dynamic_file("http:\n  services:\n" + services, "d.yml", {}, remarks);
    EXPECT_TRUE(read) << services;
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    return {.name = "file", .configuration = read ? std::move(*read) : DynamicConfiguration{}};
}

const model::Service& service(const Compiled& compiled, const std::string& name) {
    for (const auto& each : compiled.model.services) {
        if (each->name == name) return *each;
    }
    static const model::Service none{};
    ADD_FAILURE() << name;
    return none;
}

std::string state(const Compiled& compiled, const std::string& name) {
    const auto& found = compiled.states.services.at(name + "@file");
    const bool is_disabled = found.status == ItemState::Status::disabled;
    return fmt::format("{}{}", is_disabled ? "disabled: " : "", fmt::join(found.errors, " | "));
}

// What a router to the service is given.
std::shared_ptr<const model::ServiceChoice> choice(Compiler& compiler, const std::string& services,
                                                   const std::string& name) {
    auto configuration = provided(services);
    Router router;
    router.rule = "PathPrefix(`/`)";
    router.service = name;
    configuration.configuration.http.routers["r"] = router;
    const auto compiled = compiler.compile({configuration});
    const auto& site = compiled.model.listeners.at(0).default_site;
    for (const auto& route : site->rules->routes) {
        const auto* handler = route == nullptr ? nullptr : std::get_if<model::ChoiceHandler>(&route->handler);
        if (handler != nullptr) return handler->choice;
    }
    return nullptr;
}
Compiler compiler() {
    CompilerOptions options;
    ReadyEntryPoint web;
    web.name = "web";
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse("127.0.0.1", 80, address));
    web.addresses = {address};
    options.entry_points = {web};
    return Compiler(std::move(options));
}

constexpr const char* leaves =
    "    a: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}\n"
    "    b: {loadBalancer: {servers: [{url: 'h2c://127.0.0.1:2'}]}}\n"
    "    checked: {loadBalancer: {healthCheck: {path: /}, servers: [{url: 'http://127.0.0.1:3'}]}}\n";

TEST(traefik_health_check, says_what_is_asked_and_how) {
    const auto compiled = compiler().compile({provided(
        "    usual: {loadBalancer: {healthCheck: {path: /h}, servers: [{url: 'https://a:1'}]}}\n"
        "    told:\n"
        "      loadBalancer:\n"
        "        healthCheck: {path: 'h?x', scheme: http, port: 81, hostname: app, method: head, status: "
        "204,\n"
        "          interval: 5s, unhealthyInterval: 1s, timeout: 2s, followRedirects: false,\n"
        "          headers: {X-A: b, Host: c}}\n"
        "        servers: [{url: 'https://a:1/base/x', preservePath: true}]\n"
        "    rpc: {loadBalancer: {healthCheck: {mode: grpc}, servers: [{url: 'https://a:1'}]}}\n")});
    const auto& usual = *service(compiled, "usual@file").health;
    EXPECT_TRUE(usual.is_secure && usual.tls != nullptr && usual.follows_redirects);
    EXPECT_EQ(usual.path, "/h");
    EXPECT_EQ(usual.method, "GET");
    EXPECT_EQ(usual.interval, 30s);
    EXPECT_EQ(usual.unhealthy_interval, 30s);
    EXPECT_EQ(usual.timeout, 5s);
    const auto& told = *service(compiled, "told@file").health;
    EXPECT_FALSE(told.is_secure || told.follows_redirects);
    EXPECT_EQ(told.path, "/base/h?x");
    EXPECT_EQ(told.method + " " + told.host, "HEAD app");
    EXPECT_EQ(told.port, 81);
    EXPECT_EQ(told.status, 204);
    EXPECT_EQ(told.interval, 5s);
    EXPECT_EQ(told.unhealthy_interval, 1s);
    EXPECT_EQ(told.fields.size(), 1U);
    EXPECT_EQ(state(compiled, "told"), "healthCheck: a header Host is not sent: use hostname");
    EXPECT_EQ(service(compiled, "told@file").servers[0].base_path, "/base/x");
    const auto& rpc = *service(compiled, "rpc@file").health;
    EXPECT_TRUE(rpc.is_grpc && rpc.http_2 && !rpc.is_secure);
}

TEST(traefik_health_check, that_cannot_be_made_costs_its_service) {
    for (const char* wrong :
         {"path: 'http://x/'", "path: '//x'", "path: '/a b'", "port: 70000", "status: -1", "mode: tcp",
          "scheme: ftp", "headers: {'a b': c}", "headers: {a: \"b\\r\\nc: d\"}", "hostname: 'a b'"}) {
        const auto compiled = compiler().compile({provided(fmt::format(
            "    s: {{loadBalancer: {{healthCheck: {{{}}}, servers: [{{url: 'http://a:1'}}]}}}}\n", wrong))});
        EXPECT_TRUE(state(compiled, "s").starts_with("disabled: healthCheck: "))
            << wrong << state(compiled, "s");
    }
    const auto compiled = compiler().compile(
        {provided("    s: {loadBalancer: {healthCheck: {path: /, interval: 0s, timeout: -1s}, servers: "
                  "[{url: 'http://a:1'}]}}\n")});
    EXPECT_EQ(state(compiled, "s"),
              "healthCheck: interval must be more than nothing: the usual one is used | "
              "healthCheck: timeout must be more than nothing: the usual one is used");
}

TEST(traefik_strategy, is_a_way_to_choose) {
    using model::Balancing;
    for (const auto& [written, expected] :
         {std::pair("wrr", Balancing::round_robin), std::pair("p2c", Balancing::random_two),
          std::pair("hrw", Balancing::rendezvous), std::pair("leasttime", Balancing::least_time),
          std::pair("leastconn", Balancing::least_connections)}) {
        const auto compiled = compiler().compile({provided(fmt::format(
            "    s: {{loadBalancer: {{strategy: {}, servers: [{{url: 'http://a:1', weight: 0}}]}}}}\n",
            written))});
        EXPECT_EQ(service(compiled, "s@file").balancing, expected);
        EXPECT_EQ(state(compiled, "s"), "");
    }
}

TEST(traefik_choice, is_made_of_the_services_it_names) {
    auto made = compiler();
    const std::string services =
        std::string(leaves) +
        "    w: {weighted: {services: [{name: a, weight: 2}, {name: m}, {name: b, "
        "weight: 0}], sticky: {cookie: {}}}}\n"
        "    m: {mirroring: {service: b, maxBodySize: 10, mirrorBody: false, mirrors: "
        "[{name: a@file, percent: 10}]}}\n";
    const auto weighted = choice(made, services, "w");
    ASSERT_NE(weighted, nullptr);
    EXPECT_EQ(weighted->kind, Kind::weighted);
    ASSERT_EQ(weighted->parts.size(), 3U);
    EXPECT_EQ(weighted->parts[0].forward->service->name, "a@file");
    EXPECT_EQ(weighted->order.size(), 3U);
    EXPECT_EQ(weighted->sticky->name, model::usual_sticky_name("w@file"));
    EXPECT_EQ(weighted->parts[0].cookie, model::sticky_value_of_name("a"));
    const auto& mirrored = *weighted->parts[1].choice;
    EXPECT_EQ(mirrored.kind, Kind::mirrored);
    EXPECT_TRUE(mirrored.parts[0].forward->http_2);
    EXPECT_EQ(mirrored.parts[1].percent, 10U);
    EXPECT_EQ(mirrored.most_body_bytes, 10U);
    EXPECT_FALSE(mirrored.mirrors_body);
    EXPECT_EQ(choice(made, services, "w"), weighted) << "what did not change is not made again";
    EXPECT_NE(choice(made, services + "    c: {loadBalancer: {servers: []}}\n", "w"), nullptr);
}

TEST(traefik_choice, that_cannot_be_made_says_why) {
    const auto compiled = compiler().compile(
        {provided(std::string(leaves) +
                  "    gone: {weighted: {services: [{name: nobody}]}}\n"
                  "    ring: {weighted: {services: [{name: back}]}}\n"
                  "    back: {mirroring: {service: ring}}\n"
                  "    self: {highestRandomWeight: {services: [{name: self}]}}\n"
                  "    blind: {weighted: {healthCheck: {}, services: [{name: a}]}}\n"
                  "    seeing: {weighted: {healthCheck: {}, services: [{name: checked}]}}\n"
                  "    over: {failover: {service: a, fallback: b}}\n"
                  "    status: {failover: {service: a, fallback: b, errors: {status: ['500-599']}}}\n"
                  "    words: {failover: {service: a, fallback: b, errors: {status: [bad]}}}\n"
                  "    lone: {failover: {service: checked}}\n"
                  "    nested: {failover: {service: seeing, fallback: b}}\n"
                  "    much: {mirroring: {service: a, mirrors: [{name: b, percent: 101}]}}\n")});
    EXPECT_EQ(state(compiled, "gone"), "disabled: service \"nobody@file\" does not exist");
    EXPECT_TRUE(state(compiled, "ring").starts_with("disabled: ")) << state(compiled, "ring");
    EXPECT_EQ(state(compiled, "back"),
              "disabled: service \"ring@file\" cannot be used: service \"back@file\" is made of itself: "
              "back@file -> ring@file -> back@file");
    EXPECT_EQ(state(compiled, "self"),
              "disabled: service \"self@file\" is made of itself: self@file -> self@file");
    EXPECT_EQ(state(compiled, "blind"),
              "disabled: service \"a\" has no healthCheck: without one it is never known to be down");
    EXPECT_EQ(state(compiled, "seeing"), "");
    EXPECT_TRUE(state(compiled, "over").starts_with("disabled: service \"a\" has no healthCheck"));
    EXPECT_EQ(state(compiled, "status"), "");
    EXPECT_EQ(state(compiled, "words"), "disabled: errors.status \"bad\" is no list of statuses");
    EXPECT_EQ(state(compiled, "lone"), "disabled: names no service where one is needed");
    EXPECT_EQ(state(compiled, "nested"), "");
    EXPECT_EQ(state(compiled, "much"), "disabled: percent 101: it must be from 0 to 100");
}

TEST(service_choice, mirrors_so_many_of_a_hundred) {
    const auto mirrored = [](unsigned percent) {
        int count = 0;
        for (std::uint64_t request = 1; request <= 1000; ++request)
            count += model::is_mirrored(request, percent) ? 1 : 0;
        return count;
    };
    EXPECT_EQ(mirrored(0), 0);
    EXPECT_EQ(mirrored(1), 10);
    EXPECT_EQ(mirrored(33), 330);
    EXPECT_EQ(mirrored(100), 1000);
    EXPECT_TRUE(model::is_mirrored(1, 1));
}

}   // namespace
}   // namespace gatehouse::traefik
