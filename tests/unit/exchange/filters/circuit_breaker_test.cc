// A service that does badly is spared for a while.

#include "tests/unit/exchange/filters/served.h"

namespace gatehouse::exchange {
namespace {

TEST(circuit_breaker, opens_when_its_expression_holds_and_closes_again) {
    ExchangeWorld world(
        "upstream app { server 10.0.0.1:80 max_fails=0; } server { server_name shop.example; "
        "location / { proxy_pass http://app; } }");
    CannedEndpoint app(world, "10.0.0.1",
                       {answer_of("500 No", ""), answer_of("200 OK", "well"), answer_of("200 OK", "again")});
    model::CircuitBreaker settings;
    settings.expression =
        model::BreakerExpression::parse("ResponseCodeRatio(500, 600, 0, 600) > 0.5").value();
    const auto status = [&] {
        const auto got = serve(world, world.get("/"), {settings});
        world.forget_exchanges();   // which is when they are noted
        return got.status;
    };
    EXPECT_EQ(status(), "500 No");
    EXPECT_EQ(settings.circuit->state(), model::Circuit::State::tripped);
    EXPECT_EQ(status(), "503 Service Temporarily Unavailable");
    let_pass(world, std::chrono::seconds(25));
    EXPECT_EQ(status(), "200 OK");
    EXPECT_EQ(app.requests().size(), 2U);
}

}   // namespace
}   // namespace gatehouse::exchange
