// Somebody else decides who may come in.

#include "tests/unit/exchange/filters/served.h"

namespace gatehouse::exchange {
namespace {

const std::string with_auth =
    "upstream app { server 10.0.0.1:80; } upstream auth { server 10.0.0.2:80; } "
    "server { server_name shop.example; location / { proxy_pass http://app; } "
    "location /auth { proxy_pass http://auth; proxy_set_header Host auth.test; } }";

model::ForwardAuth auth(ExchangeWorld& world) {
    model::ForwardAuth settings;
    settings.route = route_of(world, "/auth");
    settings.base = "http://auth.test";
    settings.uri = "/verify?x=1";
    return settings;
}

bool says(const std::string& request, const std::string& line) {
    return (request + "|").find("|" + line + "|") != std::string::npos;
}

TEST(forward_auth, asks_and_lets_pass) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2", {answer_of("204 Fine", "")});
    world.send("hello");
    auto& exchange =
        world.request("POST /a%20b?c HTTP/1.1", {"Host: shop.example:81", "Content-Length: 5", "Cookie: s=1",
                                                 "X-Forwarded-For: 6.6.6.6", "X_Forwarded_Host: evil"});
    const auto got = serve(world, exchange, {auth(world)});
    EXPECT_EQ(got.body, "app");
    ASSERT_EQ(decides.requests().size(), 1U);
    const auto& asked = decides.requests().front();
    EXPECT_TRUE(asked.starts_with("GET /verify?x=1 HTTP/1.1|")) << asked;
    for (const auto* line : {"Host: auth.test", "Cookie: s=1", "X-Forwarded-For: 127.0.0.1",
                             "X-Forwarded-Method: POST", "X-Forwarded-Proto: http", "X-Forwarded-Port: 81",
                             "X-Forwarded-Host: shop.example:81", "X-Forwarded-Uri: /a%20b?c"})
        EXPECT_TRUE(says(asked, line)) << line << " in " << asked;
    EXPECT_EQ(asked.find("evil"), std::string::npos);
    EXPECT_EQ(asked.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(app.requests().front().ends_with("||hello")) << "the body is still there";
}

TEST(forward_auth, passes_on_a_refusal_as_it_is) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2",
                           {answer_of("401 No", "log in",
                                      {"WWW-Authenticate: Basic", "X-Why: 1", "Content-Type: text/x",
                                       "Connection: X-Hop", "X-Hop: 1"})});
    const auto got = serve(world, world.get("/"), {auth(world)});
    EXPECT_EQ(got.status, "401 Unauthorized");
    EXPECT_EQ(got.body, "log in");
    EXPECT_EQ(got.field("WWW-Authenticate"), "Basic");
    EXPECT_EQ(got.field("X-Why"), "1");
    EXPECT_EQ(got.field("Content-Type"), "text/x");
    EXPECT_EQ(got.field("X-Hop"), "-");
    EXPECT_TRUE(app.requests().empty());
}

TEST(forward_auth, makes_a_relative_location_absolute) {
    const auto location = [](bool preserve) {
        ExchangeWorld world(with_auth);
        CannedEndpoint decides(world, "10.0.0.2", {answer_of("302 Go", "", {"Location: /login"})});
        auto settings = auth(world);
        settings.preserve_location = preserve;
        return serve(world, world.get("/"), {settings}).field("Location");
    };
    EXPECT_EQ(location(false), "http://auth.test/login");
    EXPECT_EQ(location(true), "/login");
}

TEST(forward_auth, gives_the_request_what_the_answer_says) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2",
                           {answer_of("200 OK", "", {"X-User: alice", "X-Role-A: 1", "X-Other: 2"})});
    auto settings = auth(world);
    settings.response_headers = {"x-user", "X-Group"};
    settings.response_headers_pattern = model::LinearRegex::compile("^X-Role-").value();
    settings.user_field = "X-User";
    auto& exchange = world.get("/", {"X-User: admin", "X-Group: wheel", "X-Role-B: root", "X-Mine: 1"});
    EXPECT_EQ(serve(world, exchange, {settings}).body, "app");
    const auto& passed = app.requests().front();
    EXPECT_TRUE(says(passed, "X-User: alice")) << passed;
    EXPECT_TRUE(says(passed, "X-Role-A: 1"));
    EXPECT_TRUE(says(passed, "X-Mine: 1"));
    for (const auto* gone : {"admin", "wheel", "root", "X-Other"})
        EXPECT_EQ(passed.find(gone), std::string::npos) << gone;
    EXPECT_EQ(exchange.user.value_or("-"), "alice");
}

TEST(forward_auth, sends_only_the_fields_it_is_told_to) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2", {answer_of("200 OK", "")});
    auto settings = auth(world);
    settings.request_headers = {"authorization"};
    EXPECT_EQ(serve(world, world.get("/", {"Authorization: x", "Cookie: y"}), {settings}).body, "app");
    EXPECT_TRUE(says(decides.requests().front(), "Authorization: x"));
    EXPECT_EQ(decides.requests().front().find("Cookie"), std::string::npos);
}

TEST(forward_auth, keeps_what_trusted_proxies_said) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2", {answer_of("200 OK", "")});
    auto settings = auth(world);
    settings.trust_forwarded = true;
    auto& exchange = world.get("/", {"X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https"});
    EXPECT_EQ(serve(world, exchange, {settings}).body, "app");
    EXPECT_TRUE(says(decides.requests().front(), "X-Forwarded-For: 1.2.3.4, 127.0.0.1"));
    EXPECT_TRUE(says(decides.requests().front(), "X-Forwarded-Proto: https"));
}

TEST(forward_auth, gives_the_client_the_cookies_it_is_told_to) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1",
                       {answer_of("200 OK", "app", {"Set-Cookie: sid=app", "Set-Cookie: own=1"})});
    CannedEndpoint decides(world, "10.0.0.2",
                           {answer_of("200 OK", "", {"Set-Cookie: sid=auth; Path=/", "Set-Cookie: not=1"})});
    auto settings = auth(world);
    settings.cookies = {"sid"};
    const auto got = serve(world, world.get("/"), {settings});
    EXPECT_NE(got.head.find("|Set-Cookie: own=1|Set-Cookie: sid=auth; Path=/"), std::string::npos)
        << got.head;
    EXPECT_EQ(got.head.find("sid=app"), std::string::npos);
    EXPECT_EQ(got.head.find("not=1"), std::string::npos);
}

TEST(forward_auth, shows_the_body_when_it_is_told_to) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    CannedEndpoint decides(world, "10.0.0.2", {answer_of("200 OK", "")});
    world.send("hello");
    auto settings = auth(world);
    settings.forward_body = settings.preserve_method = true;
    auto& exchange = world.request("PUT / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    EXPECT_EQ(serve(world, exchange, {settings}).body, "app");
    EXPECT_TRUE(decides.requests().front().starts_with("PUT /verify"));
    EXPECT_TRUE(decides.requests().front().ends_with("||hello"));
    EXPECT_TRUE(app.requests().front().ends_with("||hello"));
    settings.max_body_bytes = 4;
    auto& other = world.request("PUT / HTTP/1.1", {"Host: shop.example", "Content-Length: 5"});
    EXPECT_EQ(serve(world, other, {settings}).status, "401 Unauthorized");
}

TEST(forward_auth, without_an_answer_lets_nobody_pass) {
    ExchangeWorld world(with_auth);
    CannedEndpoint app(world, "10.0.0.1", {answer_of("200 OK", "app")});
    EXPECT_EQ(serve(world, world.get("/"), {auth(world)}).status, "500 Internal Server Error");
    CannedEndpoint decides(world, "10.0.0.2", {answer_of("200 OK", std::string(100, 'x'))});
    auto settings = auth(world);
    settings.max_response_bytes = 99;
    EXPECT_EQ(serve(world, world.get("/"), {settings}).status, "401 Unauthorized");
    EXPECT_TRUE(app.requests().empty());
}

TEST(forward_auth, takes_an_answer_of_chunks) {
    ExchangeWorld world(with_auth);
    CannedEndpoint decides(
        world, "10.0.0.2",
        {"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
    const auto got = serve(world, world.get("/"), {auth(world)});
    EXPECT_EQ(got.status, "403 Forbidden");
    EXPECT_EQ(got.body, "abcde");
}

}   // namespace
}   // namespace gatehouse::exchange
