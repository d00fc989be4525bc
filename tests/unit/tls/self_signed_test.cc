#include "tls/self_signed.h"

#include "tls/context.h"
#include "tls/session.h"

#include <gtest/gtest.h>

#include <ctime>

namespace gatehouse::tls {
namespace {

const std::vector<std::string> names{"app.test", "*.app.test", "127.0.0.1", "::1"};
constexpr std::int64_t day = 24 * 60 * 60;

TEST(SelfSigned, IsKnownAgainForItsNamesAndTime) {
    const std::int64_t now = std::time(nullptr);
    const auto pem = make_self_signed(names, now, 30);
    EXPECT_TRUE(is_self_signed_for(pem, names, now));
    EXPECT_TRUE(is_self_signed_for(pem, names, now + 29 * day));
    EXPECT_FALSE(is_self_signed_for(pem, names, now + 31 * day));
    EXPECT_FALSE(is_self_signed_for(pem, names, now - 2 * day));
    EXPECT_FALSE(is_self_signed_for(pem, std::vector<std::string>{"app.test"}, now));
    EXPECT_FALSE(is_self_signed_for("", names, now));
    EXPECT_FALSE(is_self_signed_for(pem.substr(0, pem.size() / 2), names, now));
}

TEST(SelfSigned, ServesWhoTrustsIt) {
    const auto pem = make_self_signed(names, std::time(nullptr), 30);
    ServerSettings settings;
    settings.certificates = {{pem, pem, "", ""}};
    EXPECT_TRUE(ServerContext::make(settings));
}

TEST(SelfSigned, TakesAVeryLongName) {
    const std::vector<std::string> longest{std::string(60, 'a') + "." + std::string(60, 'b') + ".test"};
    const std::int64_t now = std::time(nullptr);
    EXPECT_TRUE(is_self_signed_for(make_self_signed(longest, now, 1), longest, now));
}

}   // namespace
}   // namespace gatehouse::tls
