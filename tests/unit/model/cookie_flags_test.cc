#include "model/cookie_flags.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

TEST(cookie_flags, are_read_in_any_case) {
    CookieFlags flags;
    EXPECT_TRUE(add_cookie_flag(flags, "Secure"));
    EXPECT_TRUE(add_cookie_flag(flags, "NOHTTPONLY"));
    EXPECT_TRUE(add_cookie_flag(flags, "SameSite=Lax"));
    EXPECT_EQ(flags.secure, true);
    EXPECT_EQ(flags.http_only, false);
    EXPECT_EQ(flags.same_site, CookieFlags::SameSite::lax);
}

TEST(cookie_flags, that_are_none_change_nothing) {
    CookieFlags flags;
    EXPECT_FALSE(add_cookie_flag(flags, ""));
    EXPECT_FALSE(add_cookie_flag(flags, "samesite"));
    EXPECT_FALSE(add_cookie_flag(flags, "secure "));
    EXPECT_FALSE(flags.changes_something());
    EXPECT_TRUE(add_cookie_flag(flags, "nosamesite"));
    EXPECT_TRUE(flags.changes_something());
}

}   // namespace
}   // namespace gatehouse::model
