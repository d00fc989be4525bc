#include "tls/session_cache.h"
#include "tls/ticket_keys.h"

#include <gtest/gtest.h>

namespace gatehouse::tls {
namespace {

constexpr std::int64_t period = TicketKeys::period_seconds;

TEST(TicketKeys, AreReadableForTwoPeriods) {
    TicketKeys keys;
    const auto first = keys.to_encrypt(100);
    EXPECT_TRUE(keys.to_decrypt(first.name.data(), 100)->is_newest);
    EXPECT_TRUE(keys.to_decrypt(first.name.data(), 99 + period)->is_newest);
    const auto found = keys.to_decrypt(first.name.data(), 100 + period);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->is_newest);
    EXPECT_FALSE(keys.to_decrypt(first.name.data(), 100 + 2 * period));
}

TEST(TicketKeys, OldOnesGoAfterALongSilence) {
    TicketKeys keys;
    const auto first = keys.to_encrypt(100);
    EXPECT_FALSE(keys.to_decrypt(first.name.data(), 100 + 2 * period));
}

TEST(TicketKeys, AClockSetBackMakesANewKeyButKeepsTheFormer) {
    TicketKeys keys;
    const auto first = keys.to_encrypt(1'000'000);
    EXPECT_NE(keys.to_encrypt(10).name, first.name);
    EXPECT_TRUE(keys.to_decrypt(first.name.data(), 10));
}

TEST(TicketKeys, FilesHave48Or80Bytes) {
    EXPECT_FALSE(TicketKey::parse(std::string(47, 'x')));
    EXPECT_FALSE(TicketKey::parse(std::string(81, 'x')));
    std::string text;
    for (int i = 0; i < 80; ++i) text += static_cast<char>(i);
    const auto large = TicketKey::parse(text);
    ASSERT_TRUE(large);
    EXPECT_EQ(large->name[15], 15);
    EXPECT_EQ(large->mac_key[0], 16);
    EXPECT_EQ(large->cipher_key[0], 48);
    const auto small = TicketKey::parse(text.substr(0, 48));
    ASSERT_TRUE(small);
    EXPECT_EQ(small->cipher_key[0], 16);
    EXPECT_EQ(small->mac_key[0], 32);
    EXPECT_EQ(small->cipher_key_bytes, 16U);
}

TEST(TicketKeys, FixedOnesNeverRotate) {
    const auto key = TicketKey::random();
    const auto old = TicketKey::random();
    TicketKeys keys({key, old});
    EXPECT_EQ(keys.to_encrypt(period * 100).name, key.name);
    EXPECT_FALSE(keys.to_decrypt(old.name.data(), period * 100)->is_newest);
}

TEST(SessionCache, KeepsTheYoungestWithinItsBytes) {
    const auto cache = SessionCache::named("young", 3 * 300);
    for (const std::string id : {"a", "b", "c", "d"}) cache->add(id, std::string(100, 's'), 10);
    EXPECT_EQ(cache->count(), 3U);
    EXPECT_EQ(cache->find("a", 0), "");
    EXPECT_NE(cache->find("d", 0), "");
    EXPECT_EQ(cache->find("d", 10), "");   // expired
}

TEST(SessionCache, RemovingAndAddingAgainKeepsItsBounds) {
    const auto cache = SessionCache::named("again", 1000);
    for (int i = 0; i < 1000; ++i) {
        cache->add("same", "text", 10);
        cache->remove("other");
    }
    EXPECT_EQ(cache->count(), 1U);
    cache->remove("same");
    EXPECT_EQ(cache->count(), 0U);
}

TEST(SessionCache, OfOneNameIsOne) {
    const auto one = SessionCache::named("one", 1000);
    one->add("id", "text", 10);
    EXPECT_EQ(SessionCache::named("one", 2000)->find("id", 0), "text");
    EXPECT_EQ(SessionCache::named("two", 2000)->find("id", 0), "");
}

}   // namespace
}   // namespace gatehouse::tls
