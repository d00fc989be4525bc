// A client gets its cookie once, and comes back with it.

#include "model/sticky.h"

#include "tests/unit/exchange/filters/served.h"

namespace gatehouse::exchange {
namespace {

TEST(sticky_cookie, is_given_to_who_has_none) {
    ExchangeWorld world(
        "upstream app { server 10.0.0.1:80; } server { server_name shop.example; "
        "location / { proxy_pass http://app; } }");
    CannedEndpoint app(world, "10.0.0.1",
                       {answer_of("200 OK", ""), answer_of("200 OK", ""), answer_of("200 OK", "")});
    auto& first = world.get("/");
    auto& service = const_cast<model::Service&>(*ExchangeWorld::forward_of(first).service);
    service.sticky = model::StickyCookie{.name = "back", .max_age = {}};
    const auto value = model::sticky_value(*service.sticky, "10.0.0.1:80");
    EXPECT_EQ(serve(world, first, {}).field("Set-Cookie"), "back=" + value + "; Path=/");
    EXPECT_EQ(serve(world, world.get("/", {"Cookie: a=b; back=" + value}), {}).field("Set-Cookie"), "-");
    EXPECT_EQ(serve(world, world.get("/", {"Cookie: back=other"}), {}).field("Set-Cookie"),
              "back=" + value + "; Path=/");
}

}   // namespace
}   // namespace gatehouse::exchange
