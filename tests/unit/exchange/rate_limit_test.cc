// A response that is held back by limit_rate.

#include "exchange/respond.h"
#include "tests/unit/exchange/fixture.h"

#include <optional>

namespace gatehouse::exchange {
namespace {

using std::chrono::milliseconds;

loop::Task<void> answer(Exchange& exchange, std::optional<Result<>>& to) {
    exchange.response.body = std::string_view("0123456789abcdefghijklmnopqrstuvwxyz");
    exchange.response.length = 36;
    to = co_await respond(exchange);
}

TEST(rate_limit, does_not_make_a_response_wait_for_a_client_that_is_gone) {
    ExchangeWorld world("server { listen 80; limit_rate 1; }");
    ASSERT_TRUE(world.client().stream.start());
    auto& exchange = world.get("/");
    std::optional<Result<>> result;
    world.worker().scope.spawn(answer(exchange, result));
    const auto began = world.worker().loop.now();
    world.after(milliseconds(10'100), [&] { world.reset(); });   // just after a byte of it was sent
    ASSERT_TRUE(world.run_until([&] { return result.has_value(); }));
    EXPECT_FALSE(*result);
    EXPECT_EQ(exchange.body_bytes_sent, 11U);
    EXPECT_LT(world.worker().loop.now() - began, milliseconds(10'500));   // in the simulation
}

TEST(rate_limit, lets_a_response_come_to_its_end) {
    ExchangeWorld world("server { listen 80; limit_rate 1; }");
    ASSERT_TRUE(world.client().stream.start());
    auto& exchange = world.get("/");
    std::optional<Result<>> result;
    world.worker().scope.spawn(answer(exchange, result));
    const auto began = world.worker().loop.now();
    ASSERT_TRUE(world.run_until([&] { return result.has_value(); }));
    EXPECT_TRUE(result->has_value());
    EXPECT_EQ(exchange.body_bytes_sent, 36U);
    EXPECT_GE(world.worker().loop.now() - began, std::chrono::seconds(34));
}

}   // namespace
}   // namespace gatehouse::exchange
