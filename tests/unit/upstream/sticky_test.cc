// Clients that come back to the endpoint their cookie names.

#include "model/sticky.h"

#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>

namespace gatehouse::upstream {
namespace {

Balanced sticky(const std::vector<Line>& lines) {
    Balanced balanced(rotation, lines);
    balanced.service.sticky = model::StickyCookie{.name = "s", .max_age = {}};
    balanced.endpoints = model::build_endpoint_set(balanced.service, {}, nullptr);
    return balanced;
}

std::string pick(Balanced& balanced, std::string_view cookie) {
    auto choice = balanced.choice();
    choice.cookie = cookie;
    const auto lease = choose_endpoint(choice);
    return lease ? balanced.name(*lease->shared()) : "-";
}

std::string cookie_of(const Balanced& balanced, std::size_t index) {
    return model::sticky_value(*balanced.service.sticky, balanced.endpoints->primary[index]->text);
}

TEST(sticky, leads_back_to_the_endpoint_it_names) {
    auto balanced = sticky({{}, {}, {}});
    const auto second = cookie_of(balanced, 1);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(pick(balanced, second), "b");
}

TEST(sticky, gives_another_where_that_cannot_be_used) {
    auto balanced = sticky({{}, {.down = true}, {.max_conns = 1}});
    EXPECT_NE(pick(balanced, cookie_of(balanced, 1)), "b");
    balanced.tried = {balanced.endpoints->primary[0].get()};
    EXPECT_EQ(pick(balanced, cookie_of(balanced, 0)), "c");
    EXPECT_NE(pick(balanced, "rubbish"), "-");
}

TEST(sticky, has_values_of_sixteen_digits_that_tell_nothing) {
    const model::StickyCookie cookie{.name = "s", .max_age = {}};
    const auto value = model::sticky_value(cookie, "10.0.0.1:80");
    EXPECT_EQ(value.size(), 16U);
    EXPECT_EQ(value, model::sticky_value(cookie, "10.0.0.1:80"));
    EXPECT_NE(value, model::sticky_value(cookie, "10.0.0.2:80"));
}

TEST(sticky, cookies_say_what_is_configured) {
    model::StickyCookie cookie{.name = "s", .max_age = {}};
    EXPECT_EQ(model::set_sticky_cookie(cookie, "v"), "s=v; Path=/");
    cookie.domain = "example.org";
    cookie.max_age = 60;
    cookie.http_only = cookie.secure = true;
    cookie.same_site = "none";
    EXPECT_EQ(model::set_sticky_cookie(cookie, "v"),
              "s=v; Path=/; Domain=example.org; Max-Age=60; HttpOnly; Secure; SameSite=None");
}

}   // namespace
}   // namespace gatehouse::upstream
