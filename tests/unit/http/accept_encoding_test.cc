#include "http/accept_encoding.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(accept_encoding, weighs_codings) {
    EXPECT_EQ(coding_weight("gzip, br;q=0.5 , zstd; Q=0.001", "gzip"), 1000U);
    EXPECT_EQ(coding_weight("gzip, br;q=0.5 , zstd; Q=0.001", "br"), 500U);
    EXPECT_EQ(coding_weight("gzip, br;q=0.5 , zstd; Q=0.001", "zstd"), 1U);
    EXPECT_EQ(coding_weight("gzip;q=0", "gzip"), 0U);
    EXPECT_EQ(coding_weight("gzip;q=0.0", "gzip"), 0U);
    EXPECT_EQ(coding_weight("x-GZIP", "gzip"), 1000U);
}

TEST(accept_encoding, has_a_word_for_all_others) {
    EXPECT_EQ(coding_weight("*", "br"), 1000U);
    EXPECT_EQ(coding_weight("*;q=0.3, br;q=0", "br"), 0U);
    EXPECT_EQ(coding_weight("br;q=0, *;q=0.3", "gzip"), 300U);
}

TEST(accept_encoding, may_say_nothing) {
    EXPECT_EQ(coding_weight("", "gzip"), std::nullopt);
    EXPECT_EQ(coding_weight("gzipped, brotli", "gzip"), std::nullopt);
    EXPECT_EQ(coding_weight(",,;", "gzip"), std::nullopt);
}

TEST(accept_encoding, takes_rubbish_for_no_weight) {
    for (const auto* text :
         {"gzip;q=", "gzip;q=2", "gzip;q=x", "gzip;q=0x", "gzip;q=0.00000", "gzip;q=0.a", "gzip;x"})
        EXPECT_EQ(coding_weight(text, "gzip"), 1000U) << text;
}

}   // namespace
}   // namespace gatehouse::http
