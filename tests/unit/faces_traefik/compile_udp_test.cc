// UDP routers and services, from files to listeners of datagrams.

#include "faces/traefik/compile_udp.h"

#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/load_static.h"

#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

using Words = std::vector<std::string>;

Compiled compile(const std::string& text, const Words& arguments) {
    Remarks remarks;
    auto read = read_dynamic_file(text, "d.yml", {}, remarks);
    const auto configuration = load_static({arguments, {}, {}}, remarks);
    CompilerOptions options;
    options.entry_points = compile_entry_points(*configuration, {.hostname = "here"}, remarks);
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    return Compiler(std::move(options)).compile({{.name = "file", .configuration = std::move(*read)}});
}

Words said(const ItemState& state) {
    Words all = state.errors;
    if (state.status == ItemState::Status::disabled) all.insert(all.begin(), "not served");
    return all;
}

TEST(traefik_compile_udp, an_entry_point_has_the_first_router_by_name) {
    const auto compiled = compile(
        "udp:\n"
        "  routers:\n"
        "    a: {service: s, entryPoints: [dns]}\n"
        "    b: {service: s, entryPoints: [dns]}\n"
        "    c: {service: s}\n"
        "    web: {service: s, entryPoints: [web]}\n"
        "    gone: {service: gone}\n"
        "    bad: {service: bad}\n"
        "  services:\n"
        "    s: {loadBalancer: {servers: [{address: '127.0.0.1:53'}]}}\n"
        "    bad: {loadBalancer: {servers: [{address: nonsense}]}}\n"
        "tcp:\n"
        "  services: {s: {loadBalancer: {servers: [{address: '127.0.0.1:54'}]}}}\n",
        {"--entrypoints.web.address=127.0.0.1:80", "--entrypoints.dns.address=127.0.0.1:53/udp",
         "--entrypoints.log.address=127.0.0.1:514/udp", "--entrypoints.log.udp.timeout=10s",
         "--entrypoints.none.address=127.0.0.1:53"});
    const auto& routers = compiled.states.udp.routers;
    EXPECT_EQ(said(routers.at("a@file")), Words());
    EXPECT_EQ(said(routers.at("b@file")),
              Words({"not served", "entry point \"dns\" has a UDP router already: a@file"}));
    EXPECT_EQ(said(routers.at("c@file")), Words({"entry point \"dns\" has a UDP router already: a@file"}));
    EXPECT_EQ(routers.at("c@file").using_entry_points, Words({"log"}));
    EXPECT_EQ(said(routers.at("web@file")),
              Words({"not served", "entry point \"web\" is not of UDP",
                     "is at no entry point of UDP, as in --entrypoints.dns.address=:53/udp"}));
    EXPECT_EQ(said(routers.at("gone@file")), Words({"not served", "service \"gone@file\" does not exist"}));
    EXPECT_EQ(said(routers.at("bad@file")).at(0), "not served");
    ASSERT_EQ(compiled.model.listeners.size(), 4U);
    std::map<std::string, const model::Listener*> by_text;
    for (const auto& listener : compiled.model.listeners) by_text[listener.text] = &listener;
    const auto& dns = *by_text.at("127.0.0.1:53/udp");
    EXPECT_TRUE(dns.datagrams);
    EXPECT_EQ(dns.udp_site->name, "a@file");
    EXPECT_EQ(dns.udp_site->service->servers.at(0).as_written(), "127.0.0.1:53");
    EXPECT_EQ(by_text.at("127.0.0.1:514/udp")->udp_site->idle_timeout, std::chrono::seconds(10));
    EXPECT_FALSE(by_text.at("127.0.0.1:53")->datagrams);
    Words keys;
    for (const auto& service : compiled.model.services) keys.push_back(service->key());
    EXPECT_EQ(keys, Words({"tcp s@file", "tcp udp s@file"}));
}

TEST(traefik_compile_udp, an_entry_point_without_a_router_is_listened_on) {
    const auto compiled = compile("http: {services: {s: {loadBalancer: {servers: [{url: 'http://a'}]}}}}\n",
                                  {"--entrypoints.dns.address=127.0.0.1:53/udp"});
    ASSERT_EQ(compiled.model.listeners.size(), 1U);
    EXPECT_EQ(compiled.model.listeners.at(0).udp_site->service, nullptr);
}

}   // namespace
}   // namespace gatehouse::traefik
