// How often a request is tried again, and with what.

#include "tests/unit/exchange/filters/served.h"

namespace gatehouse::exchange {
namespace {

const std::string one_endpoint =
    "upstream app { server 10.0.0.1:80 max_fails=0; } server { server_name shop.example; "
    "location / { proxy_pass http://app; proxy_next_upstream off; proxy_request_buffering off; } }";

model::Retry retry(unsigned attempts, const char* statuses = "500-599") {
    model::Retry settings;
    settings.attempts = attempts;
    settings.statuses = *model::StatusRanges::parse(statuses);
    return settings;
}

TEST(retry, tries_answers_that_are_no_good_again_also_at_the_same_endpoint) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1",
                       {answer_of("503 No", "a"), answer_of("500 No", "b"), answer_of("200 OK", "good")});
    const auto got = serve(world, world.get("/x"), {retry(3)});
    EXPECT_EQ(got.status, "200 OK");
    EXPECT_EQ(got.body, "good");
    EXPECT_EQ(app.requests().size(), 3U);
}

TEST(retry, passes_on_the_last_answer_whatever_it_is) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("503 No", "a"), answer_of("500 No", "b")});
    const auto got = serve(world, world.get("/"), {retry(2)});
    EXPECT_EQ(got.status, "500 No");
    EXPECT_EQ(got.body, "b");
}

TEST(retry, leaves_other_statuses_alone) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("404 No", "a"), answer_of("200 OK", "b")});
    EXPECT_EQ(serve(world, world.get("/"), {retry(2)}).status, "404 No");
}

TEST(retry, repeats_other_methods_only_when_told_so) {
    for (const bool allowed : {false, true}) {
        ExchangeWorld world(one_endpoint);
        CannedEndpoint app(world, "10.0.0.1", {answer_of("503 No", "a"), answer_of("200 OK", "b")});
        world.send("hello");
        auto& exchange = world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
        auto settings = retry(2);
        settings.non_idempotent = allowed;
        const auto got = serve(world, exchange, {settings});
        EXPECT_EQ(got.status, allowed ? "200 OK" : "503 No");
        ASSERT_EQ(app.requests().size(), allowed ? 2U : 1U);
        EXPECT_TRUE(app.requests().back().ends_with("||hello")) << app.requests().back();
    }
}

TEST(retry, does_not_repeat_what_an_endpoint_may_have_begun) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1", {"", answer_of("200 OK", "b")});
    const auto got = serve(world, world.get("/"), {retry(2)});
    EXPECT_EQ(got.status, "502 Bad Gateway");
    EXPECT_EQ(app.requests().size(), 1U);
}

TEST(retry, tries_to_connect_again) {
    ExchangeWorld world(one_endpoint);
    auto settings = retry(3);
    settings.initial_interval = std::chrono::milliseconds(100);
    const auto before = world.worker().loop.now();
    auto& exchange = world.get("/");
    EXPECT_EQ(serve(world, exchange, {settings}).status, "502 Bad Gateway") << "nobody listens there";
    EXPECT_EQ(exchange.attempts.size(), 3U);
    const auto passed = world.worker().loop.now() - before - std::chrono::seconds(1);
    EXPECT_GE(passed, std::chrono::milliseconds(50 + 100)) << "half of 100 and of 200 ms at the least";
    auto& other = world.get("/");
    settings.on_network_error = false;
    EXPECT_EQ(serve(world, other, {settings}).status, "502 Bad Gateway");
    EXPECT_EQ(other.attempts.size(), 1U);
}

TEST(body_limits, keep_large_requests_out) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "a")});
    auto& exchange = world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    EXPECT_EQ(serve(world, exchange, {model::BodyLimits{.request_bytes = 4, .response_bytes = {}}}).status,
              "413 Request Entity Too Large");
    EXPECT_TRUE(app.requests().empty());
}

TEST(body_limits, keep_large_responses_out) {
    ExchangeWorld world(one_endpoint);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "12345"), answer_of("200 OK", "1234")});
    const model::BodyLimits settings{.request_bytes = {}, .response_bytes = 4};
    EXPECT_EQ(serve(world, world.get("/"), {settings}).status, "500 Internal Server Error");
    EXPECT_EQ(serve(world, world.get("/"), {settings}).body, "1234");
}

}   // namespace
}   // namespace gatehouse::exchange
