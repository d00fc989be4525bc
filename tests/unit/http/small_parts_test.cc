// What is too small for a test file of its own: media types, content types, cookies, reason phrases.
#include <gtest/gtest.h>

#include "http/content_type.h"
#include "http/cookie.h"
#include "http/media_types.h"
#include "http/status.h"

namespace gatehouse::http {
namespace {

TEST(media_types, knows_what_nginx_knows) {
    const auto& types = MediaTypes::built_in();
    EXPECT_EQ(types.find("html"), "text/html");
    EXPECT_EQ(types.find("JPG"), "image/jpeg");
    EXPECT_EQ(types.find("js"), "application/javascript");
    EXPECT_EQ(types.find("woff2"), "font/woff2");
    EXPECT_EQ(types.find("msm"), "application/octet-stream");
    EXPECT_EQ(types.find("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_EQ(types.find("nope"), "");
    EXPECT_EQ(types.find(""), "");
    EXPECT_GE(types.size(), 100U);
}

TEST(media_types, lets_the_last_addition_count) {
    MediaTypes types;
    types.add("txt", "text/plain");
    types.add("TXT", "text/x");
    EXPECT_EQ(types.find("txt"), "text/x");
    EXPECT_EQ(types.size(), 1U);
}

TEST(media_types, has_three_of_them_without_a_types_block) {
    EXPECT_EQ(MediaTypes::nginx_default().size(), 3U);
    EXPECT_EQ(MediaTypes::nginx_default().find("gif"), "image/gif");
}

TEST(content_type, separates_type_and_charset) {
    EXPECT_EQ(bare_media_type("text/html ; charset=x"), "text/html");
    EXPECT_EQ(bare_media_type("text/html"), "text/html");
    EXPECT_EQ(charset_of("text/html; charset=utf-8"), "utf-8");
    EXPECT_EQ(charset_of("text/html;a=\"; charset=no\";CHARSET=\"utf-8\""), "utf-8");
    EXPECT_EQ(charset_of("text/html"), "");
    EXPECT_EQ(charset_of("text/html; xcharset=y"), "");
    EXPECT_EQ(charset_of("a;\"\\"), "");
    Arena arena;
    EXPECT_EQ(with_charset("text/html", "utf-8", arena), "text/html; charset=utf-8");
}

TEST(cookie, is_found_by_name_over_all_fields) {
    Arena arena;
    Fields fields;
    fields.add(arena, make_field(FieldId::cookie, "a=1; bb=2;c = 3 "));
    fields.add(arena, make_field(FieldId::cookie, "d=4=5"));
    EXPECT_EQ(find_cookie(fields, "a"), "1");
    EXPECT_EQ(find_cookie(fields, "BB"), "2");
    EXPECT_EQ(find_cookie(fields, "c"), "3");
    EXPECT_EQ(find_cookie(fields, "d"), "4=5");
    EXPECT_EQ(find_cookie(fields, "b"), std::nullopt);
    EXPECT_EQ(find_cookie(Fields{}, "a"), std::nullopt);
}

TEST(status, speaks_nginxs_words) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(405), "Not Allowed");
    EXPECT_EQ(reason_phrase(504), "Gateway Time-out");
    EXPECT_EQ(reason_phrase(299), "");
    EXPECT_TRUE(is_bodiless(101) && is_bodiless(204) && is_bodiless(304));
    EXPECT_FALSE(is_bodiless(200) || is_redirect(304) || is_redirect(300));
    EXPECT_TRUE(is_redirect(308));
}

}   // namespace
}   // namespace gatehouse::http
