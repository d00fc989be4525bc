// Limits by address, by rate and by number under way.

#include "exchange/filters/address_limits.h"

#include "tests/unit/exchange/filters/filtered.h"

namespace gatehouse::exchange {
namespace {

std::vector<model::Network> networks(const std::vector<std::string>& texts) {
    std::vector<model::Network> out;
    bool host_bits = false;
    for (const auto& text : texts) out.push_back(*model::Network::parse(text, host_bits));
    return out;
}

int allowed(const model::AllowAddresses& settings, std::vector<std::string> fields = {}) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", std::move(fields));
    Filtered filtered(world, exchange, {settings});
    return filtered.enter();
}

std::string chosen(const model::AddressChoice& choice, std::vector<std::string> fields) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", std::move(fields));
    return std::string(chosen_address(exchange, choice));
}

TEST(allow_addresses, lets_only_those_pass) {
    EXPECT_EQ(allowed({.networks = networks({"10.0.0.0/8", "127.0.0.1"}), .address = {}}), 0);
    EXPECT_EQ(allowed({.networks = networks({"10.0.0.0/8"}), .address = {}}), 403);
    EXPECT_EQ(allowed({.networks = networks({"10.0.0.0/8"}), .address = {}, .reject_status = 404}), 404);
}

TEST(allow_addresses, may_look_into_x_forwarded_for) {
    const model::AllowAddresses settings{.networks = networks({"10.0.0.0/8"}),
                                         .address = {.depth = 2, .excluded = {}, .ipv6_prefix_bits = {}}};
    EXPECT_EQ(allowed(settings, {"X-Forwarded-For: 1.1.1.1, 10.1.1.1, 2.2.2.2"}), 0);
    EXPECT_EQ(allowed(settings, {"X-Forwarded-For: 10.1.1.1"}), 403) << "too short: nobody";
    EXPECT_EQ(allowed(settings, {"X-Forwarded-For: rubbish, 2.2.2.2"}), 403);
}

TEST(address_choice, counts_from_the_end_over_all_fields) {
    const model::AddressChoice second{.depth = 2, .excluded = {}, .ipv6_prefix_bits = {}};
    EXPECT_EQ(chosen(second, {"X-Forwarded-For: 1.1.1.1, 2.2.2.2", "X-Forwarded-For: 3.3.3.3"}), "2.2.2.2");
    EXPECT_EQ(chosen(second, {}), "");
    EXPECT_EQ(chosen({}, {"X-Forwarded-For: 1.1.1.1"}), "127.0.0.1");
}

TEST(address_choice, passes_over_those_excluded) {
    const model::AddressChoice choice{
        .depth = 0, .excluded = networks({"10.0.0.0/8", "::1"}), .ipv6_prefix_bits = {}};
    EXPECT_EQ(chosen(choice, {"X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1, ::1"}), "2.2.2.2");
    EXPECT_EQ(chosen(choice, {"X-Forwarded-For: 10.0.0.1"}), "");
    EXPECT_EQ(chosen(choice, {"X-Forwarded-For: 1.1.1.1, odd"}), "odd");
}

TEST(address_choice, takes_an_ipv6_network_for_one) {
    const model::AddressChoice choice{.depth = 1, .excluded = {}, .ipv6_prefix_bits = 64};
    EXPECT_EQ(chosen(choice, {"X-Forwarded-For: 2001:db8:1:2:3:4:5:6"}), "2001:db8:1:2::");
    EXPECT_EQ(chosen(choice, {"X-Forwarded-For: 1.2.3.4"}), "1.2.3.4");
}

TEST(request_rate, lets_a_burst_pass_and_then_says_when_to_come_back) {
    ExchangeWorld world(forwards);
    model::RequestRate settings;
    settings.average = 1;
    settings.period = std::chrono::seconds(10);
    settings.burst = 2;
    std::vector<int> statuses;
    for (int i = 0; i < 3; ++i) {
        auto& exchange = world.get("/");
        Filtered filtered(world, exchange, {settings});
        statuses.push_back(filtered.enter());
        if (i == 2) {
            EXPECT_EQ(exchange.response.fields.value_of(http::FieldId::retry_after), "10");
        }
    }
    EXPECT_EQ(statuses, (std::vector<int>{0, 0, 429}));
}

TEST(request_rate, makes_one_wait_that_comes_a_little_early) {
    ExchangeWorld world(forwards);
    model::RequestRate settings;
    settings.average = 1;
    settings.period = std::chrono::seconds(1);
    Filtered(world, world.get("/"), {settings}).enter();
    const auto before = world.worker().loop.now();
    let_pass(world, std::chrono::milliseconds(600));
    EXPECT_EQ(Filtered(world, world.get("/"), {settings}).enter(), 0);
    const auto passed = world.worker().loop.now() - before;
    EXPECT_GE(passed, std::chrono::seconds(1));
    EXPECT_LT(passed, std::chrono::milliseconds(1100));
}

TEST(request_rate, counts_sources_apart) {
    ExchangeWorld world(forwards);
    model::RequestRate settings;
    settings.average = 1;
    settings.period = std::chrono::hours(1);
    settings.source = {.kind = model::SourceCriterion::Kind::field, .address = {}, .field = "X-Key"};
    const auto status = [&](const std::string& key) {
        return Filtered(world, world.get("/", {"X-Key: " + key}), {settings}).enter();
    };
    EXPECT_EQ(status("a"), 0);
    EXPECT_EQ(status("b"), 0);
    EXPECT_EQ(status("a"), 429);
}

TEST(request_rate, of_nothing_is_no_limit) {
    ExchangeWorld world(forwards);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(Filtered(world, world.get("/"), {model::RequestRate{}}).enter(), 0);
}

TEST(requests_in_flight, count_until_their_exchange_is_over) {
    model::RequestsInFlight settings;
    settings.most = 1;
    {
        ExchangeWorld world(forwards);
        EXPECT_EQ(Filtered(world, world.get("/"), {settings}).enter(), 0);
        EXPECT_EQ(Filtered(world, world.get("/"), {settings}).enter(), 429);
        EXPECT_EQ(settings.counts->size(), 1U);
    }
    EXPECT_EQ(settings.counts->size(), 0U);
}

TEST(requests_in_flight, of_another_host_are_another_source) {
    ExchangeWorld world(forwards);
    model::RequestsInFlight settings;
    settings.most = 1;
    EXPECT_EQ(Filtered(world, world.get("/"), {settings}).enter(), 0);
    auto& other = world.request("GET / HTTP/1.1", {"Host: other.example"});
    EXPECT_EQ(Filtered(world, other, {settings}).enter(), 0);
}

}   // namespace
}   // namespace gatehouse::exchange
