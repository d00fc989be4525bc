// TCP routers, services and middlewares, from files and labels to routes of listeners.

#include "faces/traefik/compile_tcp.h"

#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/load_static.h"
#include "support/certificates.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

using Words = std::vector<std::string>;

Provided provided(const std::string& text) {
    Remarks remarks;
    auto read = read_dynamic_file(text, "d.yml", {}, remarks);
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    return {.name = "file", .configuration = read ? std::move(*read) : DynamicConfiguration{}};
}

CompilerOptions options(const Words& arguments = {"--entrypoints.web.address=:80"}) {
    static test::Authority authority;
    Remarks remarks;
    const auto configuration = load_static({arguments, {}, {}}, remarks);
    CompilerOptions made;
    made.entry_points = compile_entry_points(*configuration, {.hostname = "here"}, remarks);
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    tls::ServerSettings settings;
    const auto issued = authority.issue({"self-signed"});
    settings.certificates.push_back({issued.certificate_pem, issued.key_pem, "", ""});
    made.default_certificate = *tls::ServerContext::make(std::move(settings));
    return made;
}

Compiled compile(const std::string& text, CompilerOptions with = options()) {
    return Compiler(std::move(with)).compile({provided(text)});
}

Words said(const std::map<std::string, ItemState>& states, const std::string& name) {
    const auto found = states.find(name + "@file");
    if (found == states.end()) return {"not there"};
    Words all = found->second.errors;
    if (found->second.status == ItemState::Status::disabled) all.insert(all.begin(), "not served");
    return all;
}
Words router(const Compiled& compiled, const std::string& name) {
    return said(compiled.states.tcp.routers, name);
}
Words service(const Compiled& compiled, const std::string& name) {
    return said(compiled.states.tcp.services, name);
}

const model::TcpRoutes& routes(const Compiled& compiled, std::size_t listener = 0) {
    return *compiled.model.listeners.at(listener).tcp_routes;
}
const model::TcpRoute& route(const Compiled& compiled, const std::string& name) {
    const auto& all = routes(compiled).routes;
    const auto is_it = [&](const auto& one) { return one.site->name == name + "@file"; };
    const auto found = std::ranges::find_if(all, is_it);
    if (found == all.end()) throw std::runtime_error("no route " + name);
    return *found;
}
const model::TcpForward& forward(const Compiled& compiled, const std::string& name) {
    return std::get<model::TcpForward>(route(compiled, name).site->handler);
}
Words names(const model::RuleMatcher& matcher) {
    Words all;
    for (const auto& rule : matcher.rules()) all.push_back(rule->entry().name);
    return all;
}
// "host:port weight" of each server.
Words servers(const Compiled& compiled, const std::string& name) {
    Words all;
    for (const auto& one : compiled.model.services) {
        if (!one->for_tcp || one->name != name + "@file") continue;
        for (const auto& server : one->servers)
            all.push_back(fmt::format("{} {}", server.as_written(), server.down ? 0 : server.weight));
    }
    return all;
}

const std::string db = "  services:\n    db: {loadBalancer: {servers: [{address: '10.0.0.1:5432'}]}}\n";

TEST(traefik_compile_tcp, routers_are_plain_or_secure_and_those_for_everything_go_last) {
    const auto compiled = compile("tcp:\n" + db +
                                  "  routers:\n"
                                  "    all: {rule: HostSNI(`*`), service: db}\n"
                                  "    near: {rule: ClientIP(`10.0.0.0/8`), service: db}\n"
                                  "    passed: {rule: HostSNI(`a.example`), service: db, tls: {passthrough: "
                                  "true}}\n"
                                  "    ended: {rule: HostSNIRegexp(`^b`), service: db, tls: {}}\n"
                                  "    rest: {rule: HostSNI(`*`), service: db, tls: {}}\n");
    EXPECT_EQ(names(routes(compiled).plain), Words({"near@file", "all@file"}));
    EXPECT_EQ(names(routes(compiled).secure), Words({"passed@file", "ended@file", "rest@file"}));
    EXPECT_TRUE(route(compiled, "all").is_catch_all);
    EXPECT_TRUE(route(compiled, "rest").is_catch_all);
    EXPECT_FALSE(route(compiled, "near").is_catch_all);
    EXPECT_EQ(route(compiled, "passed").site->tls_terms, nullptr);
    EXPECT_EQ(route(compiled, "ended").site->tls_terms->name, "default");
    EXPECT_EQ(compiled.states.tcp.routers.at("all@file").priority, -1);
    EXPECT_EQ(compiled.states.tcp.routers.at("all@file").using_entry_points, Words({"web"}));
    EXPECT_TRUE(compiled.model.listeners.at(0).options.tls);
    EXPECT_EQ(servers(compiled, "db"), Words({"10.0.0.1:5432 1"}));
    EXPECT_TRUE(forward(compiled, "all").half_close);
    EXPECT_EQ(forward(compiled, "all").service->name, "db@file");
}

TEST(traefik_compile_tcp, listeners_without_tcp_routers_have_no_routes) {
    const auto compiled =
        compile("tcp:\n" + db + "  routers: {a: {rule: HostSNI(`*`), service: db, entryPoints: [db]}}\n",
                options({"--entrypoints.web.address=:80", "--entrypoints.db.address=:81"}));
    ASSERT_EQ(compiled.model.listeners.size(), 4U);
    for (const auto& listener : compiled.model.listeners) {
        EXPECT_EQ(listener.tcp_routes != nullptr, listener.address.port() == 81);
        EXPECT_FALSE(listener.options.tls);
    }
}

TEST(traefik_compile_tcp, a_wrong_router_costs_itself_and_says_why) {
    const auto compiled =
        compile("tcp:\n" + db +
                "    none: {loadBalancer: {servers: [{address: nonsense}]}}\n"
                "  routers:\n"
                "    good: {rule: ClientIP(`10.0.0.1`), service: db}\n"
                "    name: {rule: HostSNI(`a.example`), service: db}\n"
                "    alpn: {rule: ALPN(`x`), service: db}\n"
                "    rule: {rule: Host(`a.example`), service: db}\n"
                "    gone: {rule: HostSNI(`*`), service: nobody}\n"
                "    bad: {rule: HostSNI(`*`), service: none}\n"
                "    nothing: {rule: HostSNI(`*`)}\n"
                "    nowhere: {rule: HostSNI(`*`), service: db, entryPoints: [wbe]}\n"
                "    auth: {rule: HostSNI(`*`), service: db, middlewares: [auth]}\n"
                "    options: {rule: HostSNI(`b`), service: db, tls: {options: o}}\n"
                "    acme: {rule: HostSNI(`c`), service: db, tls: {certResolver: le}}\n"
                "    old: {rule: 'HostSNI(`d`, `e`)', service: db, ruleSyntax: v2, tls: {}}\n"
                "    syntax: {rule: HostSNI(`*`), service: db, ruleSyntax: v9}\n");
    EXPECT_EQ(router(compiled, "good"), Words());
    EXPECT_EQ(
        router(compiled, "name"),
        Words({"not served", "has HostSNI but no tls: without TLS nobody says a name, use HostSNI(`*`)"}));
    EXPECT_EQ(router(compiled, "alpn"),
              Words({"has no tls: without TLS there is neither a name nor ALPN to match"}));
    EXPECT_EQ(router(compiled, "rule").at(0), "not served");
    EXPECT_EQ(router(compiled, "gone"), Words({"not served", "service \"nobody@file\" does not exist"}));
    const std::string bad = "\"nonsense\" is no address of a server: one is written host:port";
    EXPECT_EQ(router(compiled, "bad"), Words({"not served", "service \"none@file\" cannot be used: " + bad}));
    EXPECT_EQ(service(compiled, "none"), Words({"not served", bad}));
    EXPECT_EQ(router(compiled, "nothing"), Words({"not served", "names no service"}));
    EXPECT_EQ(router(compiled, "nowhere"),
              Words({"not served", "entry point \"wbe\" does not exist", "is at no entry point"}));
    EXPECT_EQ(router(compiled, "auth"), Words({"not served", "middleware \"auth@file\": does not exist"}));
    EXPECT_EQ(router(compiled, "options"), Words({"not served", "TLS options \"o@file\" do not exist"}));
    EXPECT_EQ(router(compiled, "acme"),
              Words({"tls.certResolver and tls.domains are not acted on: no certificates are obtained"}));
    EXPECT_EQ(router(compiled, "old"), Words());
    EXPECT_EQ(router(compiled, "syntax"),
              Words({"not served", "ruleSyntax \"v9\" is not known: use v2 or v3"}));
    EXPECT_EQ(names(routes(compiled).plain), Words({"good@file", "alpn@file"}));
}

TEST(traefik_compile_tcp, a_router_for_everything_says_what_it_leaves_nothing_of) {
    const std::string http =
        "http:\n"
        "  services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}}\n"
        "  routers: {r: {rule: Host(`a`), service: s%}}\n"
        "tcp:\n" +
        db + "  routers: {all: {rule: HostSNI(`*`), service: db}}\n";
    const auto with = [&](const std::string& more) {
        std::string text = http;
        return compile(text.replace(text.find('%'), 1, more));
    };
    const auto shadowed = with("");
    EXPECT_EQ(
        shadowed.states.others.at("entry point \"web\"").errors,
        Words({"TCP router all@file takes every connection without TLS: no HTTP router without tls gets "
               "any"}));
    EXPECT_TRUE(with(", tls: {}").states.others.empty());
}

TEST(traefik_compile_tcp, weights_of_services_become_weights_of_servers) {
    const auto compiled = compile(
        "tcp:\n"
        "  services:\n"
        "    one: {loadBalancer: {servers: [{address: 'a:1'}]}}\n"
        "    two: {loadBalancer: {servers: [{address: 'b:1'}, {address: 'c:1'}]}}\n"
        "    both: {weighted: {services: [{name: one, weight: 3}, {name: two, weight: 1}]}}\n"
        "    outer: {weighted: {services: [{name: both, weight: 1}, {name: one@file, weight: 1}]}}\n"
        "    none: {weighted: {services: [{name: one, weight: 0}, {name: two}]}}\n"
        "    loop: {weighted: {services: [{name: loop}]}}\n"
        "    gone: {weighted: {services: [{name: nobody}]}}\n");
    EXPECT_EQ(servers(compiled, "both"), Words({"a:1 6", "b:1 1", "c:1 1"}));
    EXPECT_EQ(servers(compiled, "outer"), Words({"a:1 6", "b:1 1", "c:1 1", "a:1 8"}));
    EXPECT_EQ(servers(compiled, "none"), Words({"a:1 0", "b:1 1", "c:1 1"}));
    EXPECT_EQ(service(compiled, "loop"), Words({"not served", "it leads back to itself"}));
    EXPECT_EQ(service(compiled, "gone"), Words({"not served", "service \"nobody@file\" does not exist"}));
}

TEST(traefik_compile_tcp, services_say_how_servers_are_spoken_to) {
    const auto compiled = compile(
        "tcp:\n"
        "  routers:\n"
        "    a: {rule: HostSNI(`*`), service: a}\n"
        "    b: {rule: HostSNI(`*`), service: b}\n"
        "    c: {rule: HostSNI(`*`), service: c}\n"
        "  services:\n"
        "    a: {loadBalancer: {servers: [{address: 'a:1'}], proxyProtocol: {version: 1}, "
        "terminationDelay: 0}}\n"
        "    b: {loadBalancer: {servers: [{address: 'b:1', tls: true}], serversTransport: t}}\n"
        "    c: {loadBalancer: {servers: [{address: 'c:1'}], serversTransport: patient}}\n"
        "    mixed: {loadBalancer: {servers: [{address: 'a:1', tls: true}, {address: 'b:1'}]}}\n"
        "    apart: {weighted: {services: [{name: a}, {name: b}]}}\n"
        "    lost: {loadBalancer: {servers: [{address: 'a:1'}], serversTransport: gone}}\n"
        "    files: {loadBalancer: {servers: [{address: 'a:1', tls: true}], serversTransport: files}}\n"
        "    version: {loadBalancer: {servers: [{address: 'a:1'}], proxyProtocol: {version: 3}}}\n"
        "    checked: {loadBalancer: {servers: [{address: 'a:1'}], healthCheck: {}}}\n"
        "  serversTransports:\n"
        "    t: {dialTimeout: 5s, proxyProtocol: {}, tls: {insecureSkipVerify: true, serverName: n}}\n"
        "    patient: {terminationDelay: -1}\n"
        "    files: {tls: {rootCAs: [gone.pem]}}\n");
    const auto& a = forward(compiled, "a");
    EXPECT_EQ(a.proxy_header, model::TcpForward::ProxyHeader::v1);
    EXPECT_FALSE(a.half_close);
    EXPECT_EQ(a.tls, nullptr);
    const auto& b = forward(compiled, "b");
    EXPECT_EQ(b.proxy_header, model::TcpForward::ProxyHeader::v2);
    EXPECT_EQ(b.connect_timeout, std::chrono::seconds(5));
    ASSERT_NE(b.tls, nullptr);
    EXPECT_FALSE(b.tls->settings().verify);
    EXPECT_TRUE(b.half_close);
    EXPECT_GT(b.end_timeout.count(), 0);
    EXPECT_EQ(forward(compiled, "c").end_timeout.count(), 0);
    EXPECT_EQ(
        service(compiled, "mixed"),
        Words({"not served", "its servers are spoken to with TLS and without: they must all be the same"}));
    EXPECT_EQ(service(compiled, "apart"),
              Words({"not served",
                     "its services must agree on TLS, the PROXY protocol and their serversTransport"}));
    EXPECT_EQ(service(compiled, "lost"),
              Words({"not served", "serversTransport \"gone@file\" does not exist"}));
    EXPECT_EQ(service(compiled, "files"),
              Words({"not served", "serversTransport: file \"gone.pem\" cannot be read"}));
    EXPECT_EQ(service(compiled, "version"),
              Words({"not served", "proxyProtocol.version 3: there are 1 and 2"}));
    EXPECT_EQ(service(compiled, "checked"),
              Words({"health checks are not made yet; servers that fail are left out a while"}));
}

TEST(traefik_compile_tcp, filters_go_on_counting_while_they_stay_the_same) {
    const auto text = [](const std::string& rule, int most) {
        return provided("tcp:\n" + db +
                        fmt::format("  middlewares:\n"
                                    "    few: {{inFlightConn: {{amount: {}}}}}\n"
                                    "    near: {{ipAllowList: {{sourceRange: [10.0.0.0/8]}}}}\n"
                                    "    old: {{ipWhiteList: {{sourceRange: [::1]}}}}\n"
                                    "    wrong: {{ipAllowList: {{sourceRange: [x]}}}}\n"
                                    "    empty: {{}}\n"
                                    "  routers:\n"
                                    "    r: {{rule: {}, service: db, middlewares: [near, few, old]}}\n"
                                    "    w: {{rule: {}, service: db, middlewares: [wrong]}}\n",
                                    most, rule, rule));
    };
    Compiler compiler(options());
    const auto first = compiler.compile({text("HostSNI(`*`)", 3)});
    const auto second = compiler.compile({text("ClientIP(`10.0.0.1`)", 3)});
    const auto third = compiler.compile({text("ClientIP(`10.0.0.1`)", 4)});
    const auto filters = [](const Compiled& compiled) { return route(compiled, "r").site->filters; };
    ASSERT_EQ(filters(first).size(), 3U);
    EXPECT_EQ(filters(first), filters(second));
    EXPECT_NE(filters(second)[1], filters(third)[1]);
    EXPECT_EQ(filters(second)[0], filters(third)[0]);
    const auto& middlewares = first.states.tcp.middlewares;
    EXPECT_EQ(said(middlewares, "few"), Words());
    EXPECT_EQ(said(middlewares, "wrong"),
              Words({"not served", "\"x\" is neither an address nor a network (CIDR)"}));
    EXPECT_EQ(said(middlewares, "empty").at(0), "not served");
    EXPECT_EQ(
        router(first, "w"),
        Words({"not served", "middleware \"wrong@file\": \"x\" is neither an address nor a network (CIDR)"}));
}

TEST(traefik_compile_tcp, while_nothing_of_it_changes_nothing_is_made_again) {
    Compiler compiler(options());
    const auto words =
        provided("tcp:\n" + db + "  routers: {a: {rule: HostSNI(`a`), service: db, tls: {}}}\n");
    const auto first = compiler.compile({words});
    auto more = words;
    more.configuration.http.routers["r"].rule = "Host(`a`)";
    EXPECT_EQ(compiler.compile({more}).model.listeners.at(0).tcp_routes,
              first.model.listeners.at(0).tcp_routes);
    more.configuration.tls.options["default"].sni_strict = true;
    EXPECT_NE(compiler.compile({more}).model.listeners.at(0).tcp_routes,
              first.model.listeners.at(0).tcp_routes);
}

TEST(traefik_compile_tcp, addresses_have_a_host_and_a_port) {
    for (const char* good : {"a:1", "10.0.0.1:65535", "[::1]:80"})
        EXPECT_TRUE(read_tcp_address(good)) << good;
    for (const char* bad : {"", "a", "a:", ":1", "a:0", "a:65536", "::1:80", "a:b", "http://a:1"})
        EXPECT_FALSE(read_tcp_address(bad)) << bad;
}

}   // namespace
}   // namespace gatehouse::traefik
