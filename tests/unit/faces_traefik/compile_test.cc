// From configurations, as files say them, to what is served and what is not and why.

#include "faces/traefik/compile.h"

#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/load_static.h"
#include "faces/traefik/rule_parser.h"
#include "faces/traefik/unused_options.h"
#include "model/sticky.h"
#include "tests/unit/faces_traefik/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <array>

namespace gatehouse::traefik {
namespace {

using Words = std::vector<std::string>;

Provided provided(const std::string& text, const std::string& name = "file") {
    Remarks remarks;
    auto read = read_dynamic_file(text, "d.yml", {}, remarks);
    EXPECT_TRUE(read) << text;
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    return {.name = name, .configuration = read ? std::move(*read) : DynamicConfiguration{}};
}

CompilerOptions options(const Words& arguments = {"--entrypoints.web.address=:80"},
                        Remarks* remarks = nullptr) {
    Remarks own;
    Remarks& said = remarks != nullptr ? *remarks : own;
    const auto configuration = load_static({arguments, {}, {}}, said);
    CompilerOptions made;
    EXPECT_TRUE(configuration);
    if (!configuration) return made;
    made.entry_points = compile_entry_points(*configuration, {.hostname = "here"}, said);
    remark_unused(*configuration, said);
    return made;
}

Compiled compile(const std::string& text, CompilerOptions with = options()) {
    return Compiler(std::move(with)).compile({provided(text)});
}

std::string describe(const ItemState& state) {
    constexpr std::array<std::string_view, 3> words = {"enabled", "warning", "disabled"};
    return fmt::format("{}{}{}", words.at(static_cast<std::size_t>(state.status)),
                       state.errors.empty() ? "" : ": ", fmt::join(state.errors, " | "));
}
std::string router(const Compiled& compiled, const std::string& name) {
    const auto found = compiled.states.routers.find(name);
    return found == compiled.states.routers.end() ? "not there" : describe(found->second);
}

const model::Site& plain(const Compiled& compiled, std::size_t listener = 0) {
    return *compiled.model.listeners.at(listener).default_site;
}
// The router that takes a request; "": none.
std::string taken_by(const model::Site& site, std::string_view line) {
    Asked asked(line);
    const auto* entry = site.rules->matcher->match(asked.facts);
    return entry == nullptr ? "" : entry->name;
}

const std::string service_s = "  services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}}\n";

TEST(traefik_compile, of_a_long_rule_what_is_wrong_is_shown) {
    std::string rule = "Host(`a`)";
    for (int i = 0; i < 1000; ++i) rule += " || Path(`/ä`)";
    const auto compiled = compile("http:\n" + service_s + "  routers: {r: {rule: '" + rule + " || Hots(`b`)" +
                                  rule.substr(9) + "', service: s}}\n");
    const auto said = router(compiled, "r@file");
    EXPECT_NE(said.find("Hots(`b`) || Path"), std::string::npos) << said;
    EXPECT_NE(said.find("rule \"…"), std::string::npos) << said;
    EXPECT_LT(said.size(), 400U);
}

TEST(traefik_compile, a_wrong_router_costs_itself_and_says_why) {
    const auto compiled = compile("http:\n" + service_s +
                                  "  routers:\n"
                                  "    good: {rule: Host(`a`), service: s}\n"
                                  "    rule: {rule: Hots(`a`), service: s}\n"
                                  "    none: {rule: Host(`a`)}\n"
                                  "    gone: {rule: Host(`a`), service: nobody}\n"
                                  "    inner: {rule: Host(`a`), service: api@internal}\n"
                                  "    place: {rule: Host(`b`), service: s, entryPoints: [web, wbe]}\n"
                                  "    nowhere: {rule: Host(`b`), service: s, entryPoints: [wbe]}\n"
                                  "    high: {rule: Host(`a`), service: s, priority: 9223372036854775807}\n"
                                  "    syntax: {rule: Host(`a`), service: s, ruleSyntax: v9}\n");
    EXPECT_EQ(router(compiled, "good@file"), "enabled");
    EXPECT_TRUE(router(compiled, "rule@file").starts_with("disabled: rule \"Hots(`a`)\", at byte 1: "));
    EXPECT_EQ(router(compiled, "none@file"), "disabled: names no service");
    EXPECT_EQ(router(compiled, "gone@file"), "disabled: service \"nobody@file\" does not exist");
    EXPECT_EQ(router(compiled, "inner@file"),
              "disabled: service \"api@internal\" does not exist: the API is off, switch it on with --api");
    EXPECT_EQ(router(compiled, "place@file"), "warning: entry point \"wbe\" does not exist");
    EXPECT_TRUE(router(compiled, "nowhere@file").starts_with("disabled: "));
    EXPECT_EQ(router(compiled, "high@file"),
              "disabled: priority 9223372036854775807 is too high: at most 9223372036854774807");
    EXPECT_EQ(router(compiled, "syntax@file"), "disabled: ruleSyntax \"v9\" is not known: use v2 or v3");
    EXPECT_EQ(plain(compiled).rules->matcher->rules().size(), 2U);
    EXPECT_EQ(taken_by(plain(compiled), "GET a/"), "good@file");
}

TEST(traefik_compile, a_middleware_that_cannot_be_had_closes_its_routers_alone) {
    const auto compiled =
        compile("http:\n" + service_s +
                "  middlewares:\n"
                "    nothing: {}\n"
                "    two: {addPrefix: {prefix: /x}, basicAuth: {users: ['a:b']}}\n"
                "    chained: {chain: {middlewares: [prefix]}, basicAuth: {users: ['a:b']}}\n"
                "    users: {basicAuth: {realm: x}}\n"
                "    cert: {encodedCharacters: {allowEncodedSlash: true}}\n"
                "    prefix: {addPrefix: {prefix: /x}}\n"
                "  routers:\n"
                "    good: {rule: Host(`a`), service: s, middlewares: [prefix, prefix@file]}\n"
                "    gone: {rule: Host(`gone`), service: s, middlewares: [auth]}\n"
                "    other: {rule: Host(`other`), service: s, middlewares: [prefix@docker]}\n"
                "    nothing: {rule: Host(`nothing`), service: s, middlewares: [nothing]}\n"
                "    two: {rule: Host(`two`), service: s, middlewares: [two]}\n"
                "    chained: {rule: Host(`chained`), service: s, middlewares: [chained]}\n"
                "    users: {rule: Host(`users`), service: s, middlewares: [users]}\n"
                "    cert: {rule: Host(`cert`), service: s, middlewares: [cert]}\n");
    EXPECT_EQ(router(compiled, "good@file"), "enabled");
    EXPECT_EQ(router(compiled, "gone@file"), "disabled: middleware \"auth@file\": does not exist");
    EXPECT_EQ(router(compiled, "other@file"), "disabled: middleware \"prefix@docker\": does not exist");
    EXPECT_EQ(router(compiled, "nothing@file"),
              "disabled: middleware \"nothing@file\": is of no type, or of one that is switched off");
    for (const char* name : {"two", "chained", "users", "cert"}) {
        EXPECT_TRUE(router(compiled, fmt::format("{}@file", name)).starts_with("disabled: ")) << name;
        EXPECT_EQ(describe(compiled.states.middlewares.at(fmt::format("{}@file", name))).substr(0, 8),
                  "disabled");
        EXPECT_EQ(taken_by(plain(compiled), fmt::format("GET {}/", name)), "") << name;
    }
    EXPECT_EQ(taken_by(plain(compiled), "GET a/"), "good@file");
}

TEST(traefik_compile, a_chain_is_its_parts_and_one_without_an_end_is_an_error) {
    const auto compiled = compile("http:\n" + service_s +
                                  "  middlewares:\n"
                                  "    one: {addPrefix: {prefix: /1}}\n"
                                  "    two: {addPrefix: {prefix: /2}}\n"
                                  "    both: {chain: {middlewares: [two, one]}}\n"
                                  "    a: {chain: {middlewares: [one, b]}}\n"
                                  "    b: {chain: {middlewares: [a]}}\n"
                                  "    to-loop: {chain: {middlewares: [b]}}\n"
                                  "  routers:\n"
                                  "    good: {rule: Host(`a`), service: s, middlewares: [both]}\n"
                                  "    loop: {rule: Host(`b`), service: s, middlewares: [to-loop]}\n");
    const auto& route = *plain(compiled).rules->routes.at(0);
    Words names;
    for (const auto& filter : route.filters) names.push_back(filter->name);
    EXPECT_EQ(names, Words({"forwarded headers of web", "clean paths of web", "two@file", "one@file"}));
    EXPECT_TRUE(router(compiled, "loop@file").find("leads back to itself") != std::string::npos);
    EXPECT_EQ(describe(compiled.states.middlewares.at("both@file")), "enabled");
    for (const char* name : {"a@file", "b@file", "to-loop@file"})
        EXPECT_EQ(compiled.states.middlewares.at(name).status, ItemState::Status::disabled) << name;
}

std::string chains(unsigned count, const char* parts) {
    std::string text = "http:\n" + service_s + "  middlewares:\n";
    for (unsigned i = 0; i < count; ++i)
        text += fmt::format("    m{:04}: {{chain: {{middlewares: [{}]}}}}\n", i,
                            fmt::format(fmt::runtime(parts), i + 1));
    text += fmt::format("    m{:04}: {{addPrefix: {{prefix: /x}}}}\n", count);
    return text +
           fmt::format("  routers: {{r: {{rule: Host(`a`), service: s, middlewares: [m{:04}]}}}}\n", 0);
}

TEST(traefik_compile, chains_of_chains_are_bounded_and_cost_nobody_else) {
    const auto deep = compile(chains(2000, "m{0:04}"));
    EXPECT_TRUE(router(deep, "r@file").starts_with("disabled: "));
    // what is in too long a chain is still good where it is used by itself
    EXPECT_EQ(describe(deep.states.middlewares.at("m1990@file")), "enabled");
    EXPECT_EQ(describe(deep.states.middlewares.at("m0031@file")).substr(0, 8), "disabled");
    const auto wide = compile(chains(30, "m{0:04}, m{0:04}"));
    EXPECT_NE(router(wide, "r@file").find("more than 256 middlewares"), std::string::npos);
    EXPECT_EQ(describe(wide.states.middlewares.at("m0023@file")), "enabled");
}

TEST(traefik_compile, without_a_certificate_a_router_with_tls_is_not_served_in_clear) {
    const std::string text = "http:\n" + service_s +
                             "  routers:\n"
                             "    clear: {rule: Host(`a`), service: s}\n"
                             "    secret: {rule: Host(`a`), service: s, tls: {}}\n";
    const auto compiled = compile(text);
    EXPECT_EQ(router(compiled, "secret@file"),
              "disabled: not at entry point \"web\": there is no certificate");
    EXPECT_EQ(plain(compiled).rules->matcher->rules().size(), 1U);
    EXPECT_EQ(compiled.model.listeners.at(0).secure_site, nullptr);
    EXPECT_FALSE(compiled.model.listeners.at(0).options.tls);
    const auto all =
        compile(text, options({"--entrypoints.web.address=:80", "--entrypoints.web.http.tls=true"}));
    EXPECT_TRUE(plain(all).rules->matcher->rules().empty());
}

TEST(traefik_compile, options_that_are_not_there_close_the_router) {
    const auto compiled =
        compile("http:\n" + service_s +
                "  routers:\n"
                "    child: {rule: Host(`a`), service: s, parentRefs: [mutual]}\n"
                "    seen: {rule: Host(`a`), service: s, observability: {metrics: false}}\n");
    EXPECT_EQ(router(compiled, "child@file"), "disabled: parentRefs are not there yet");
    EXPECT_EQ(router(compiled, "seen@file"), "warning: observability is not acted on");
}

TEST(traefik_compile, services_say_what_they_do_not_do) {
    const auto compiled = compile(
        "http:\n"
        "  services:\n"
        "    guarded: {middlewares: [auth], loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}\n"
        "    two: {loadBalancer: {servers: []}, weighted: {services: []}}\n"
        "    weighted: {weighted: {services: []}}\n"
        "    heavy: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81', weight: 99999999999}]}}\n"
        "    mixed: {loadBalancer: {servers: [{url: 'http://a:1'}, {url: 'https://b:2'}]}}\n"
        "    pinned: {loadBalancer: {serversTransport: pins, servers: [{url: 'https://b:2'}]}}\n"
        "    lost: {loadBalancer: {serversTransport: none, servers: [{url: 'https://b:2'}]}}\n"
        "    checked: {loadBalancer: {healthCheck: {path: /}, servers: [{url: 'http://b:2'}]}}\n"
        "    empty: {loadBalancer: {servers: []}}\n"
        "  serversTransports: {pins: {peerCertURI: 'spiffe://x'}}\n");
    const auto state = [&](const char* name) {
        return describe(compiled.states.services.at(fmt::format("{}@file", name)));
    };
    for (const char* name : {"guarded", "two", "heavy", "mixed", "pinned", "lost"})
        EXPECT_TRUE(state(name).starts_with("disabled: ")) << name << state(name);
    EXPECT_EQ(state("checked"), "enabled");
    EXPECT_EQ(state("weighted"), "warning: has no services: its routers answer 503");
    EXPECT_EQ(state("empty"), "enabled");
}

TEST(traefik_compile, a_service_that_names_no_transport_gets_the_usual_one) {
    auto with = options();
    with.transport.emplace().peer_cert_uri = "spiffe://x";
    const auto compiled = compile(
        "http:\n  services:\n"
        "    secure: {loadBalancer: {servers: [{url: 'https://127.0.0.1:81'}]}}\n"
        "    clear: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}\n",
        std::move(with));
    EXPECT_EQ(compiled.states.services.at("secure@file").status, ItemState::Status::disabled);
    EXPECT_EQ(describe(compiled.states.services.at("clear@file")), "enabled");
}

TEST(traefik_compile, entry_point_middlewares_come_first_and_belong_to_the_routers_provider) {
    const auto with = [] {
        return options(
            {"--entrypoints.web.address=:80", "--entrypoints.web.http.middlewares=first,last@file"});
    };
    const std::string middlewares =
        "  middlewares: {first: {addPrefix: {prefix: /1}}, last: {addPrefix: {prefix: /2}}}\n";
    const std::string routers = "  routers: {r: {rule: Host(`a`), service: s, middlewares: [first]}}\n";
    const auto both =
        Compiler(with()).compile({provided("http:\n" + middlewares),
                                  provided("http:\n" + service_s + middlewares + routers, "docker")});
    Words names;
    for (const auto& filter : plain(both).rules->routes.at(0)->filters) names.push_back(filter->name);
    EXPECT_EQ(names, Words({"forwarded headers of web", "clean paths of web", "first@docker", "last@file",
                            "first@docker"}));
    const auto closed =
        Compiler(with()).compile({provided("http:\n" + service_s + middlewares + routers, "docker")});
    EXPECT_EQ(router(closed, "r@docker"),
              "disabled: not at entry point \"web\": middleware \"last@file\": does not exist");
}

TEST(traefik_compile, a_router_is_served_where_it_can_be) {
    const auto compiled = compile("http:\n" + service_s + "  routers: {r: {rule: Host(`a`), service: s}}\n",
                                  options({"--entrypoints.a.address=:80", "--entrypoints.b.address=:81",
                                           "--entrypoints.b.http.middlewares=none@file"}));
    EXPECT_EQ(router(compiled, "r@file"),
              "warning: not at entry point \"b\": middleware \"none@file\": does not exist");
    EXPECT_EQ(compiled.states.routers.at("r@file").using_entry_points, Words({"a"}));
}

TEST(traefik_compile, priorities_then_providers_then_names_decide) {
    const std::string first = "http:\n" + service_s +
                              "  routers:\n"
                              "    b: {rule: PathPrefix(`/b`), service: s}\n"
                              "    a: {rule: PathPrefix(`/b`), service: s}\n"
                              "    low: {rule: Path(`/low`), service: s, priority: -1}\n"
                              "    all: {rule: PathPrefix(`/`), service: s}\n"
                              "    top: {rule: Path(`/top`), service: s, priority: 2147483647}\n";
    const auto compiled = Compiler(options()).compile(
        {provided(first),
         provided("http:\n" + service_s + "  routers:\n    a0: {rule: PathPrefix(`/b`), service: s}\n",
                  "docker")});
    const auto& site = plain(compiled);
    EXPECT_EQ(taken_by(site, "GET x/b"), "a@file");
    EXPECT_EQ(taken_by(site, "GET x/low"), "all@file");
    EXPECT_EQ(taken_by(site, "GET x/top"), "top@file");
    EXPECT_EQ(site.rules->matcher->rules().front()->entry().name, "top@file");
    EXPECT_EQ(site.rules->matcher->rules().back()->entry().name, "low@file");
}

TEST(traefik_compile, a_redirection_goes_before_everything_whatever_the_syntax) {
    Remarks remarks;
    const auto configuration = load_static(
        {Words{"--entrypoints.web.address=:80", "--entrypoints.websecure.address=:8443/tcp",
               "--entrypoints.web.http.redirections.entrypoint.to=websecure", "--core.defaultrulesyntax=v2"},
         {},
         {}},
        remarks);
    ASSERT_TRUE(configuration);
    CompilerOptions with;
    with.rule_syntax = RuleSyntax::v2;
    with.entry_points = compile_entry_points(*configuration, {.hostname = "here"}, remarks);
    const auto compiled =
        Compiler(std::move(with))
            .compile(
                {internal_provider(*configuration),
                 provided("http:\n" + service_s +
                          "  routers: {r: {rule: Host(`a`), service: s, priority: 9223372036854774807}}\n")});
    EXPECT_EQ(router(compiled, "web-to-websecure@internal"), "enabled");
    EXPECT_EQ(taken_by(plain(compiled), "GET a/"), "web-to-websecure@internal");
    const auto& entry = plain(compiled).rules->matcher->rules().front()->entry();
    const auto& redirect = std::get<model::RedirectScheme>(
        plain(compiled).rules->routes.at(entry.value)->filters.back()->settings);
    EXPECT_EQ(redirect.port, "8443");
    EXPECT_EQ(redirect.scheme, "https");
    EXPECT_TRUE(redirect.permanent);
}

TEST(traefik_compile, addresses_of_entry_points) {
    const auto read = [](std::string_view address, Surroundings on = {.hostname = ""}) {
        const auto found = read_entry_point_address(address, on);
        std::string text;
        if (!found) return found.error();
        for (const auto& one : *found) text += (text.empty() ? "" : " ") + one.describe();
        return text;
    };
    EXPECT_EQ(read(":80"), "0.0.0.0:80 [::]:80");
    EXPECT_EQ(read(":80/tcp", {.hostname = "", .has_ipv4 = true, .has_ipv6 = false}), "0.0.0.0:80");
    EXPECT_EQ(read("127.0.0.1:8080"), "127.0.0.1:8080");
    EXPECT_EQ(read("[::1]:443"), "[::1]:443");
    EXPECT_EQ(read("localhost:1"), "127.0.0.1:1");
    EXPECT_EQ(read("80"), "address \"80\" has no port");
    EXPECT_EQ(read(":70000"), "\"70000\" is no port");
    EXPECT_EQ(read(":"), "\"\" is no port");
    EXPECT_EQ(read("a.example:80"), "\"a.example\" is no address");
}

TEST(traefik_compile, only_default_entry_points_take_routers_that_name_none) {
    const std::string text = "http:\n" + service_s + "  routers: {r: {rule: Host(`a`), service: s}}\n";
    const auto usual = compile(text, options({"--entrypoints.web.address=:80", "--api.insecure=true"}));
    EXPECT_EQ(usual.states.routers.at("r@file").using_entry_points, Words({"web"}));
    const auto chosen = compile(text, options({"--entrypoints.a.address=:80", "--entrypoints.b.address=:81",
                                               "--entrypoints.b.asdefault=true"}));
    EXPECT_EQ(chosen.states.routers.at("r@file").using_entry_points, Words({"b"}));
}

TEST(traefik_compile, static_options_without_effect_are_said_and_dangerous_ones_refused) {
    Remarks remarks;
    (void)options({"--entrypoints.web.address=:80", "--entrypoints.web.http.maxheaderbytes=5",
                   "--entrypoints.web.forwardedheaders.connection=x",
                   "--entrypoints.web.http.underscoreheadersstrategy=delete",
                   "--entrypoints.web.http.encodedcharacters.allowencodedslash=false", "--ping", "--api",
                   "--accesslog.format=json", "--providers.file.filename=x"},
                  &remarks);
    Words said;
    for (const Remark& remark : remarks.items())
        said.push_back(fmt::format("{} {}", word_for(remark.severity), remark.message));
    EXPECT_EQ(
        said,
        Words({"notice entry point \"web\": forwardedHeaders.connection is not acted on",
               "notice entry point \"web\": http.maxHeaderBytes is not acted on: it is 1 MiB",
               "error entry point \"web\": http.underscoreHeadersStrategy: only keep is there yet",
               "error entry point \"web\": http.encodedCharacters: refusing characters is not there yet",
               "warning providers.file.watch is not there yet: files are read again when told to reload "
               "(SIGHUP)",
               "warning accessLog.format: only common is there yet, and is used"}));
}

TEST(traefik_compile, a_cookie_without_a_name_gets_traefiks) {
    const auto compiled = compile(
        "http: {services: {s: {loadBalancer: {sticky: {cookie: {}}, servers: [{url: "
        "'http://127.0.0.1:81'}]}}}}\n");
    ASSERT_EQ(compiled.model.services.size(), 1U);
    const auto& sticky = compiled.model.services.front()->sticky;
    ASSERT_TRUE(sticky);
    EXPECT_EQ(sticky->name, "_23300");   // "_" and SHA-1 of "_TRAEFIK_BACKEND_s@file"
    EXPECT_EQ(sticky->path, "/");
}

TEST(traefik_compile, what_did_not_change_is_the_same_again_and_what_did_is_not) {
    Compiler compiler(options());
    const std::string text = "http:\n" + service_s +
                             "  middlewares:\n"
                             "    limit: {rateLimit: {average: 5}}\n"
                             "    ask: {forwardAuth: {address: 'http://127.0.0.1:9/'}}\n"
                             "    both: {chain: {middlewares: [limit, ask]}}\n"
                             "  routers:\n"
                             "    r: {rule: Host(`a`), service: s, middlewares: [both]}\n";
    const auto first = compiler.compile({provided(text)});
    const auto second = compiler.compile({provided(text)});
    EXPECT_EQ(plain(first).rules->routes.at(0), plain(second).rules->routes.at(0));
    EXPECT_EQ(first.model.services, second.model.services);
    EXPECT_EQ(first.model.services.size(), 2U) << "s, and once what asks";
    const auto more = compiler.compile({provided(text + "    r2: {rule: Host(`b`), service: s}\n")});
    EXPECT_EQ(plain(first).rules->routes.at(0), plain(more).rules->routes.at(0));
    auto changed = text;
    changed.replace(changed.find("average: 5"), 10, "average: 6");
    const auto third = compiler.compile({provided(changed)});
    EXPECT_NE(plain(first).rules->routes.at(0), plain(third).rules->routes.at(0));
    EXPECT_EQ(plain(first).rules->routes.at(0)->filters.back(),
              plain(third).rules->routes.at(0)->filters.back());
    const auto fourth = compiler.compile({provided("http:\n" + service_s)});
    EXPECT_EQ(fourth.model.services.size(), 1U);
    EXPECT_EQ(fourth.model.services.front(), first.model.services.back());
}

}   // namespace
}   // namespace gatehouse::traefik
