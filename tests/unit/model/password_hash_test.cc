// Hashes as htpasswd and openssl write them.

#include "model/password_hash.h"

#include "model/filters/verified_credentials.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

TEST(password_hash, knows_what_htpasswd_writes) {
    EXPECT_TRUE(password_matches("secret", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0"));
    EXPECT_FALSE(password_matches("Secret", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0"));
    EXPECT_TRUE(password_matches("secret", "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"));
    EXPECT_FALSE(password_matches("Secret", "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"));
    EXPECT_TRUE(password_matches(
        "secret",
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq."
        "H91p5hVO1"));
    EXPECT_FALSE(password_matches(
        "Secret",
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq."
        "H91p5hVO1"));
    EXPECT_TRUE(password_matches("secret", "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"));
    EXPECT_FALSE(password_matches("Secret", "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"));
    EXPECT_TRUE(password_matches("secret", "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0"));
    EXPECT_FALSE(password_matches("Secret", "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0"));
    EXPECT_TRUE(password_matches("secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="));
    EXPECT_FALSE(password_matches("Secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="));
    EXPECT_TRUE(password_matches("secret", "{PLAIN}secret"));
    EXPECT_FALSE(password_matches("Secret", "{PLAIN}secret"));
    EXPECT_TRUE(password_matches("a much longer password, of more than sixteen bytes",
                                 "$apr1$x$9P/NcygOkTVSy99TiR5a/."));
}

TEST(password_hash, takes_rubbish_for_wrong) {
    for (const auto* hash :
         {"", "$", "$apr1$", "$apr1$salt", "{SHA}", "{SSHA}!", "plain", "$2y$xx$", "*0", "$9$x"})
        EXPECT_FALSE(password_matches("", hash)) << hash;
    using namespace std::string_view_literals;
    EXPECT_FALSE(password_matches("a\0b"sv, "$1$salt$x"));
}

TEST(password_hash, knows_which_are_slow) {
    EXPECT_TRUE(is_slow_hash("$2y$10$x"));
    EXPECT_TRUE(is_slow_hash("$6$x"));
    EXPECT_FALSE(is_slow_hash("$apr1$x"));
    EXPECT_FALSE(is_slow_hash("$1$x"));
    EXPECT_FALSE(is_slow_hash("{SHA}x"));
}

TEST(verified_credentials, are_of_one_name_password_and_hash) {
    VerifiedCredentials verified;
    verified.add("a", "b", "h");
    EXPECT_TRUE(verified.contains("a", "b", "h"));
    EXPECT_FALSE(verified.contains("a", "b", "other"));
    EXPECT_FALSE(verified.contains("a", "c", "h"));
    EXPECT_FALSE(verified.contains("c", "b", "h"));
}

TEST(verified_credentials, forget_those_used_longest_ago) {
    VerifiedCredentials verified;
    for (std::size_t i = 0; i < VerifiedCredentials::most; ++i) verified.add(std::to_string(i), "", "");
    EXPECT_TRUE(verified.contains("0", "", ""));
    verified.add("new", "", "");
    EXPECT_TRUE(verified.contains("0", "", ""));
    EXPECT_FALSE(verified.contains("1", "", ""));
}

}   // namespace
}   // namespace gatehouse::model
