// Pages of errors that a service makes.

#include "tests/unit/exchange/filters/served.h"

namespace gatehouse::exchange {
namespace {

const std::string with_pages =
    "upstream app { server 10.0.0.1:80; } upstream pages { server 10.0.0.2:80; } "
    "server { server_name shop.example; location / { proxy_pass http://app; } "
    "location /pages { proxy_pass http://pages; } }";

model::ErrorService errors(ExchangeWorld& world, const char* statuses, const std::string& query) {
    return {.statuses = *model::StatusRanges::parse(statuses),
            .rewrites = {},
            .query = query,
            .page = route_of(world, "/pages")};
}

TEST(error_service, makes_the_page_of_an_endpoints_error) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("503 No", "broken", {"X-App: 1"})});
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "sorry", {"X-Pages: 1"})});
    auto& exchange = world.get("/a%2Fb?c", {"X-Mine: 1"});
    const auto got = serve(world, exchange, {errors(world, "500-599", "/{status}.html?u={url}")});
    EXPECT_EQ(got.status, "503 Service Temporarily Unavailable");
    EXPECT_EQ(got.body, "sorry");
    EXPECT_EQ(got.field("X-Pages"), "1");
    EXPECT_EQ(got.field("X-App"), "-");
    ASSERT_EQ(pages.requests().size(), 1U);
    const auto& asked = pages.requests().front();
    EXPECT_TRUE(asked.starts_with("GET /503.html?u=http%3A%2F%2Fshop.example%2Fa%252Fb%3Fc HTTP/1.1|"))
        << asked;
    EXPECT_NE(asked.find("|X-Mine: 1"), std::string::npos);
}

TEST(error_service, leaves_other_answers_alone) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("404 No", "mine")});
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "sorry")});
    EXPECT_EQ(serve(world, world.get("/"), {errors(world, "500-599", "/")}).body, "mine");
    EXPECT_TRUE(pages.requests().empty());
}

TEST(error_service, concerns_what_the_gateway_and_later_filters_answer) {
    ExchangeWorld world(with_pages);
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "one"), answer_of("200 OK", "two")});
    const auto settings = errors(world, "403,502", "/e");
    const auto lost = serve(world, world.get("/"), {settings});
    EXPECT_EQ(lost.status, "502 Bad Gateway");
    EXPECT_EQ(lost.body, "one");
    const auto denied =
        serve(world, world.get("/"), {settings, model::AllowAddresses{.networks = {}, .address = {}}});
    EXPECT_EQ(denied.status, "403 Forbidden");
    EXPECT_EQ(denied.body, "two");
}

TEST(error_service, does_not_concern_earlier_filters_which_have_their_say) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("500 No", "")});
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "page")});
    model::EditHeaders outer, inner;
    outer.response = {{"X-Outer", "1"}};
    inner.response = {{"X-Inner", "1"}};
    const auto settings = errors(world, "500", "/");
    const auto got = serve(world, world.get("/"), {outer, settings, inner});
    EXPECT_EQ(got.field("X-Outer"), "1");
    EXPECT_EQ(got.field("X-Inner"), "-");
    const model::AllowAddresses nobody{.networks = {}, .address = {}, .reject_status = 500};
    EXPECT_NE(serve(world, world.get("/"), {nobody, settings}).body, "page");
    EXPECT_EQ(pages.requests().size(), 1U);
}

TEST(error_service, may_answer_another_status) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("418 No", "")});
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "page")});
    auto settings = errors(world, "400-499", "{status}-{originalStatus}");
    settings.rewrites = {{*model::StatusRanges::parse("418"), 404}};
    const auto got = serve(world, world.get("/"), {settings});
    EXPECT_EQ(got.status, "404 Not Found");
    EXPECT_TRUE(pages.requests().front().starts_with("GET /404-418 "));
}

TEST(error_service, that_is_lost_leaves_the_status_as_it_was) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("503 No", "")});
    const auto got = serve(world, world.get("/"), {errors(world, "500-599", "/")});
    EXPECT_EQ(got.status, "503 Service Temporarily Unavailable");
}

TEST(error_service, is_asked_with_get_and_without_the_body) {
    ExchangeWorld world(with_pages);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("500 No", "")});
    CannedEndpoint pages(world, "10.0.0.2", {answer_of("200 OK", "page")});
    world.send("hello");
    auto& exchange = world.request("POST / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    EXPECT_EQ(serve(world, exchange, {errors(world, "500", "/")}).body, "page");
    EXPECT_TRUE(pages.requests().front().starts_with("GET / HTTP/1.1|")) << pages.requests().front();
    EXPECT_TRUE(pages.requests().front().ends_with("||")) << pages.requests().front();
}

}   // namespace
}   // namespace gatehouse::exchange
