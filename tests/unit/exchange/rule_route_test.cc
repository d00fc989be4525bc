// Requests of a site that chooses by rules, through the whole pipeline.

#include "exchange/rule_route.h"

#include "tests/unit/exchange/fixture.h"

namespace gatehouse::exchange {
namespace {

using model::Rule;
using model::RuleTest;

std::shared_ptr<const Rule> rule(RuleTest::Kind kind, std::string text, std::string name = {}) {
    RuleTest test;
    test.kind = kind;
    test.name = std::move(name);
    test.text = std::move(text);
    return std::make_shared<const Rule>(Rule::of(std::move(test)));
}

std::shared_ptr<const Rule> client_rule(std::string_view network) {
    RuleTest test;
    bool host_bits = false;
    test.kind = RuleTest::Kind::client;
    test.network = model::Network::parse(network, host_bits).value();
    return std::make_shared<const Rule>(Rule::of(std::move(test)));
}

// The site's locations become routes; its rules say which one it is.
void use_rules(model::Model& model, std::vector<std::pair<std::string, std::shared_ptr<const Rule>>> rules) {
    const auto& written = *model.listeners.at(0).default_site;
    auto site = std::make_shared<model::Site>();
    auto routes = std::make_unique<model::RuleRoutes>();
    std::vector<model::RuleEntry> entries;
    std::int64_t priority = 100;
    for (auto& [location, rule] : rules) {
        model::Captures captures;
        const auto* route = written.routes->match(location, captures).route;
        model::RuleEntry entry;
        entry.rule = std::move(rule);
        entry.priority = priority--;
        entry.name = location;
        entry.value = static_cast<std::uint32_t>(routes->routes.size());
        entries.push_back(std::move(entry));
        routes->routes.push_back(std::make_shared<const model::Route>(*route));
    }
    routes->matcher = std::make_shared<const model::RuleMatcher>(std::move(entries));
    site->name = written.name;
    site->connection = written.connection;
    site->defaults = written.defaults;
    site->script = written.script;
    site->rules = std::move(routes);
    model.listeners.at(0).sites = {site};
    model.listeners.at(0).default_site = site;
}

struct Served {
    int status = 0;
    std::string text, type, reason;
};

class RuleWorld {
public:
    RuleWorld(const std::string& locations,
              const std::vector<std::pair<std::string, std::shared_ptr<const Rule>>>& rules)
        : world_("server { " + locations + " }", 80, [&](model::Model& model) { use_rules(model, rules); }) {}

    Served ask(std::string_view line, const std::vector<std::string>& fields) {
        auto& exchange = world_.request(line, fields);
        bool over = false;
        world_.worker().scope.spawn(run(exchange, over));
        EXPECT_TRUE(world_.run_until([&] { return over; }));
        const auto* text = std::get_if<std::string_view>(&exchange.response.body);
        return {exchange.response.status, std::string(text == nullptr ? std::string_view() : *text),
                std::string(exchange.response.content_type), std::string(exchange.reason)};
    }
    std::string text_of(std::string_view target) {
        return ask("GET " + std::string(target) + " HTTP/1.1", {"Host: shop.example"}).text;
    }

private:
    static loop::Task<void> run(Exchange& exchange, bool& over) {
        co_await run_pipeline(exchange);
        over = true;
    }
    ExchangeWorld world_;
};

TEST(rule_route, is_that_of_the_first_rule_that_matches) {
    RuleWorld world("location /one { return 200 one; } location /two { return 200 two; }",
                    {{"/one", rule(RuleTest::Kind::path_prefix, "/a/")},
                     {"/two", rule(RuleTest::Kind::host, "shop.example")}});
    EXPECT_EQ(world.text_of("/a/b"), "one");
    EXPECT_EQ(world.text_of("/one"), "two");
    EXPECT_EQ(world.text_of("/x/../a/b"), "one");
    EXPECT_EQ(world.text_of("/a%2Fb"), "two");   // a reserved character: not the same path
    EXPECT_EQ(world.text_of("http://shop.example/a/"), "one");
}

TEST(rule_route, is_looked_for_in_all_that_rules_see) {
    RuleWorld world(
        "location /c { return 200 client; } location /f { return 200 field; }"
        "location /q { return 200 query; } location /m { return 200 method; }"
        "location /h { return 200 host; }",
        {{"/q", rule(RuleTest::Kind::argument, "1 2", "q")},
         {"/f", rule(RuleTest::Kind::field, "yes", "X-Field")},
         {"/m", rule(RuleTest::Kind::method, "OPTIONS")},
         {"/h", rule(RuleTest::Kind::host, "::1")},
         {"/c", client_rule("127.0.0.0/8")}});
    EXPECT_EQ(world.text_of("/?q=1+2"), "query");
    EXPECT_EQ(world.ask("GET / HTTP/1.1", {"Host: a", "x-field: yes"}).text, "field");
    EXPECT_EQ(world.ask("OPTIONS * HTTP/1.1", {"Host: a"}).text, "method");
    EXPECT_EQ(world.ask("GET / HTTP/1.1", {"Host: [::1]:80"}).text, "host");
    EXPECT_EQ(world.text_of("/"), "client");
}

TEST(rule_route, of_nobody_is_a_404_that_says_why) {
    RuleWorld world("location / { return 200 x; }", {{"/", rule(RuleTest::Kind::host, "other.example")}});
    const auto served = world.ask("GET / HTTP/1.1", {"Host: shop.example"});
    EXPECT_EQ(served.status, 404);
    EXPECT_EQ(served.text, "404 page not found\n");
    EXPECT_EQ(served.type, "text/plain; charset=utf-8");
    EXPECT_EQ(served.reason, "no-route");
}

TEST(rule_route, is_looked_for_again_after_a_rewrite) {
    RuleWorld world("location /old { rewrite ^/old/(.*) /new/$1?x=$1; } location /new { return 200 new; }",
                    {{"/old", rule(RuleTest::Kind::path_prefix, "/old/")},
                     {"/new", rule(RuleTest::Kind::argument, "a", "x")}});
    EXPECT_EQ(world.text_of("/old/a"), "new");
}

TEST(rule_route, has_no_named_locations) {
    RuleWorld world("location /a { error_page 418 @tea; return 418; }",
                    {{"/a", rule(RuleTest::Kind::always, "")}});
    const auto served = world.ask("GET /a HTTP/1.1", {"Host: a"});
    EXPECT_EQ(served.status, 500);
    EXPECT_EQ(served.reason, "no-such-named-location");
}

}   // namespace
}   // namespace gatehouse::exchange
