#include "http/user_agent.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(user_agent, tells_internet_explorer_up_to_6_before_its_second_service_pack) {
    EXPECT_EQ(old_browser("Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)"), OldBrowser::msie6);
    EXPECT_EQ(old_browser("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"), OldBrowser::msie6);
    EXPECT_EQ(old_browser("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)"), OldBrowser::none);
    EXPECT_EQ(old_browser("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)"), OldBrowser::none);
    EXPECT_EQ(old_browser("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1) Opera 8.5"), OldBrowser::none);
    EXPECT_EQ(old_browser("MSIE 6"), OldBrowser::none);
}

TEST(user_agent, tells_safari_on_macos_from_those_that_say_so_too) {
    EXPECT_EQ(old_browser("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6) Version/5.1 Safari/534.57"),
              OldBrowser::safari);
    EXPECT_EQ(old_browser("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6) Chrome/99.0 Safari/537.36"),
              OldBrowser::none);
    EXPECT_EQ(old_browser("Mozilla/5.0 (Linux) Safari/534.57"), OldBrowser::none);
    EXPECT_EQ(old_browser(""), OldBrowser::none);
}

}   // namespace
}   // namespace gatehouse::http
