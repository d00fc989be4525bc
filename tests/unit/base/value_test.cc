// Result and Error, Random, Crc32, SocketAddress.

#include "base/crc32.h"
#include "base/random.h"
#include "base/result.h"
#include "base/socket_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cerrno>
#include <set>
#include <vector>

namespace gatehouse {
namespace {

TEST(Error, KnowsWhatAnErrnoMeans) {
    const struct {
        int os_error;
        ErrorCode code;
    } table[] = {
        {ECONNREFUSED, ErrorCode::refused},
        {ECONNRESET, ErrorCode::reset},
        {EPIPE, ErrorCode::reset},
        {ETIMEDOUT, ErrorCode::timed_out},
        {EHOSTUNREACH, ErrorCode::unreachable},
        {ENETUNREACH, ErrorCode::unreachable},
        {EADDRINUSE, ErrorCode::address_in_use},
        {EMFILE, ErrorCode::too_many_files},
        {ENFILE, ErrorCode::too_many_files},
        {ENOMEM, ErrorCode::out_of_memory},
        {EACCES, ErrorCode::no_permission},
        {ENOENT, ErrorCode::not_found},
        {EIO, ErrorCode::system},
    };
    for (const auto& [os_error, code] : table) {
        const Result<> result = fail_errno(os_error, "try", ErrorSource::upstream);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().code, code) << os_error;
        EXPECT_EQ(result.error().os_error, os_error);
        EXPECT_EQ(result.error().source, ErrorSource::upstream);
    }
}

TEST(Error, DescribesItself) {
    EXPECT_EQ(Result<>(fail(ErrorCode::timed_out, "connect")).error().describe(), "connect: timed out");
    EXPECT_EQ(Result<>(fail(ErrorCode::closed, "")).error().describe(), "closed by the peer");
    EXPECT_EQ(Result<>(fail_errno(ECONNREFUSED, "connect")).error().describe(),
              "connect: Connection refused (111)");
}

TEST(Random, TheSameSeedGivesTheSameNumbers) {
    Random a(7);
    Random b(7);
    Random c(8);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto value = a.next();
        EXPECT_EQ(value, b.next());
        EXPECT_NE(value, c.next());
        seen.insert(value);
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(Random, BelowCoversItsRangeEvenly) {
    Random random(1);
    std::vector<int> counts(10);
    for (int i = 0; i < 10'000; ++i) ++counts.at(random.below(10));
    for (const int count : counts) {
        EXPECT_GT(count, 800);
        EXPECT_LT(count, 1200);
    }
}

TEST(Crc32, IsTheOneOfZlib) {
    EXPECT_EQ(Crc32::of(""), 0U);
    EXPECT_EQ(Crc32::of("123456789"), 0xCBF43926U);
    Crc32 halves;
    halves.update("1234");
    halves.update("56789");
    EXPECT_EQ(halves.value(), 0xCBF43926U);
}

TEST(Crc32c, IsTheOneOfCastagnoli) {
    EXPECT_EQ(Crc32c::of("123456789"), 0xE3069283U);             // the check value of its catalogues
    EXPECT_EQ(Crc32c::of(std::string(32, '\0')), 0x8A9136AAU);   // RFC 3720 B.4
}

SocketAddress parsed(std::string_view host, std::uint16_t port) {
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse(host, port, address)) << host;
    return address;
}

TEST(SocketAddress, ParsesLiteralsAndNothingElse) {
    EXPECT_EQ(parsed("127.0.0.1", 80).describe(), "127.0.0.1:80");
    for (const char* address : {"0.0.0.0", "1.10.100.255", "9.99.200.109"})
        EXPECT_EQ(parsed(address, 1).ip_text(), address);
    EXPECT_EQ(parsed("::1", 80).describe(), "[::1]:80");
    EXPECT_EQ(parsed("[::1]", 8080).describe(), "[::1]:8080");
    EXPECT_EQ(parsed("[::1]", 8080).ip_text(), "::1");
    SocketAddress address;
    for (const auto* text : {"localhost", "127.0.0", "127.0.0.256", "[::1", "::1]", "", "1", "127.0.0.1 "}) {
        EXPECT_FALSE(SocketAddress::parse(text, 80, address)) << text;
    }
}

TEST(SocketAddress, ComparesByValue) {
    EXPECT_EQ(parsed("127.0.0.1", 80), parsed("127.0.0.1", 80));
    EXPECT_FALSE(parsed("127.0.0.1", 80) == parsed("127.0.0.1", 81));
    EXPECT_FALSE(parsed("127.0.0.1", 80) == parsed("127.0.0.2", 80));
    const std::set<SocketAddress> sorted{parsed("127.0.0.2", 1), parsed("127.0.0.1", 2),
                                         parsed("127.0.0.1", 1), parsed("127.0.0.1", 2), parsed("::1", 1)};
    EXPECT_EQ(sorted.size(), 4U);
    EXPECT_EQ(sorted.begin()->describe(), "127.0.0.1:1");
}

TEST(SocketAddress, HoldsUnixPaths) {
    const auto address = SocketAddress::from_unix_path("/run/app.sock");
    EXPECT_EQ(address.describe(), "unix:/run/app.sock");
    EXPECT_EQ(address.ip_text(), "unix:");
    EXPECT_EQ(address.port(), 0);
    EXPECT_EQ(SocketAddress::from(address.get(), address.length), address);
    EXPECT_EQ(SocketAddress::from_unix_path(std::string(107, 'x')).length > 0, true);
    EXPECT_EQ(SocketAddress::from_unix_path(std::string(108, 'x')).length, 0U);
}

TEST(SocketAddress, ItsPortCanBeSet) {
    auto four = parsed("127.0.0.1", 0);
    four.set_port(65535);
    EXPECT_EQ(four.port(), 65535);
    auto six = parsed("::1", 0);
    six.set_port(1);
    EXPECT_EQ(six.port(), 1);
}

}   // namespace
}   // namespace gatehouse
