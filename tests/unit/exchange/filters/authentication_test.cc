// Names and passwords, in both schemes.

#include "base/base64.h"
#include "tests/unit/exchange/filters/filtered.h"

#include <openssl/evp.h>

#include <array>

namespace gatehouse::exchange {
namespace {

constexpr auto bcrypt_of_secret = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

model::BasicAuth basic(const std::string& hash) {
    model::BasicAuth settings;
    settings.users = {{"alice", hash}};
    return settings;
}

std::string authorization(const std::string& user, const std::string& password) {
    return "Authorization: Basic " + encode_base64(user + ":" + password);
}

int entered(const FilterSettings& settings, std::vector<std::string> fields) {
    ExchangeWorld world(forwards);
    return Filtered(world, world.get("/", std::move(fields)), {settings}).enter();
}

constexpr auto sha_of_secret = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";   // "secret"

TEST(basic_auth, lets_who_knows_the_password_pass) {
    EXPECT_EQ(entered(basic(sha_of_secret), {authorization("alice", "secret")}), 0);
    EXPECT_EQ(entered(basic(sha_of_secret), {"Authorization: bAsIc  " + encode_base64("alice:secret")}), 0);
    for (const auto& [user, password] : std::vector<std::pair<std::string, std::string>>{
             {"alice", "Secret"}, {"alice", ""}, {"bob", "secret"}, {"", "secret"}, {"alice", "secret:x"}})
        EXPECT_EQ(entered(basic(sha_of_secret), {authorization(user, password)}), 401) << user << password;
    EXPECT_EQ(entered(basic(sha_of_secret), {}), 401);
    EXPECT_EQ(entered(basic(sha_of_secret), {"Authorization: Basic !"}), 401);
    EXPECT_EQ(entered(basic(sha_of_secret), {"Authorization: Bearer x"}), 401);
}

TEST(basic_auth, challenges) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/");
    auto settings = basic(sha_of_secret);
    settings.realm = "the shop";
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 401);
    EXPECT_EQ(filtered.answer(), "401|WWW-Authenticate: Basic realm=\"the shop\"");
}

TEST(basic_auth, without_users_lets_nobody_pass) {
    EXPECT_EQ(entered(model::BasicAuth{}, {authorization("", "")}), 401);
}

TEST(basic_auth, tells_the_service_who_it_is) {
    ExchangeWorld world(forwards);
    auto& exchange = world.get("/", {authorization("alice", "secret"), "X-User: admin"});
    auto settings = basic(sha_of_secret);
    settings.header_field = "X-User";
    settings.remove_header = true;
    Filtered filtered(world, exchange, {settings});
    EXPECT_EQ(filtered.enter(), 0);
    EXPECT_EQ(filtered.field("X-User"), "alice");
    EXPECT_EQ(filtered.field("Authorization"), "-");
    EXPECT_EQ(exchange.variable({.id = model::VariableId::remote_user, .argument = {}}).value_or("-"),
              "alice");
}

TEST(basic_auth, remembers_slow_hashes_that_were_right_and_no_others) {
    EXPECT_EQ(entered(basic(bcrypt_of_secret), {authorization("alice", "secret")}), 0);
    const std::string hash = "$2b$04$.......................DbEcP7ZJR8oRVBAgTmAWkbJ7QoGvVnK";
    auto settings = basic(hash);
    settings.verified->add("alice", "believed", hash);
    EXPECT_EQ(entered(settings, {authorization("alice", "believed")}), 0);
    EXPECT_EQ(entered(settings, {authorization("alice", "other")}), 401);
    EXPECT_FALSE(settings.verified->contains("alice", "other", hash));
    settings.users["alice"] = bcrypt_of_secret;
    EXPECT_EQ(entered(settings, {authorization("alice", "believed")}), 401) << "of another hash";
}

std::string md5(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out;
    unsigned bytes = 0;
    EVP_Digest(text.data(), text.size(), out.data(), &bytes, EVP_md5(), nullptr);
    std::string hex;
    for (unsigned i = 0; i < bytes; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += {digits[out[i] >> 4U], digits[out[i] & 15U]};
    }
    return hex;
}

model::DigestAuth digest() {
    model::DigestAuth settings;
    settings.realm = "r";
    settings.users = {{"alice", md5("alice:r:secret")}};
    settings.secret = "key";
    return settings;
}

std::string nonce_of(std::string_view challenge) {
    const auto at = challenge.find("nonce=\"") + 7;
    return std::string(challenge.substr(at, challenge.find('"', at) - at));
}

std::string digest_answer(const std::string& nonce, const std::string& password, const std::string& uri) {
    const auto response =
        md5(md5("alice:r:" + password) + ":" + nonce + ":00000001:abc:auth:" + md5("GET:" + uri));
    return "Authorization: Digest username=\"alice\", realm=\"r\", nonce=\"" + nonce + "\", uri=\"" + uri +
           "\", qop=auth, nc=00000001, cnonce=\"abc\", response=\"" + response + "\"";
}

TEST(digest_auth, lets_who_knows_the_password_pass) {
    ExchangeWorld world(forwards);
    auto& first = world.get("/a?b");
    ASSERT_EQ(Filtered(world, first, {digest()}).enter(), 401);
    const auto challenge = first.response.fields.value_of(http::FieldId::www_authenticate);
    EXPECT_EQ(challenge.substr(0, 25), "Digest realm=\"r\", nonce=\"");
    const auto nonce = nonce_of(challenge);
    const auto status = [&](const std::string& field) {
        return Filtered(world, world.get("/a?b", {field}), {digest()}).enter();
    };
    EXPECT_EQ(status(digest_answer(nonce, "secret", "/a?b")), 0);
    EXPECT_EQ(status(digest_answer(nonce, "wrong", "/a?b")), 401);
    EXPECT_EQ(status(digest_answer(nonce, "secret", "/other")), 401) << "of another request";
    EXPECT_EQ(status(digest_answer("1." + nonce, "secret", "/a?b")), 401) << "a nonce of nobody's";
}

TEST(digest_auth, says_when_a_nonce_is_too_old) {
    ExchangeWorld world(forwards);
    auto& first = world.get("/");
    ASSERT_EQ(Filtered(world, first, {digest()}).enter(), 401);
    const auto nonce = nonce_of(first.response.fields.value_of(http::FieldId::www_authenticate));
    let_pass(world, std::chrono::minutes(50));
    EXPECT_EQ(Filtered(world, world.get("/", {digest_answer(nonce, "secret", "/")}), {digest()}).enter(), 0);
    for (int hour = 0; hour < 13; ++hour) let_pass(world, std::chrono::minutes(59));
    auto& second = world.get("/", {digest_answer(nonce, "secret", "/")});
    EXPECT_EQ(Filtered(world, second, {digest()}).enter(), 401);
    const auto challenge = second.response.fields.value_of(http::FieldId::www_authenticate);
    EXPECT_TRUE(challenge.ends_with("stale=true")) << challenge;
}

}   // namespace
}   // namespace gatehouse::exchange
