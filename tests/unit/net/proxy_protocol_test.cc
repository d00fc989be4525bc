// The PROXY protocol: what a header means, that the outcome does not depend on how it was cut, and that what
// is written is read back.

#include "net/proxy_protocol.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

namespace gatehouse::net {
namespace {

using namespace std::string_view_literals;
using State = ProxyProgress::State;
using Checksum = ProxyHeader::Checksum;

std::string describe(const ProxyProgress& progress, const ProxyHeader& header) {
    if (progress.state == State::need_more) return "need more";
    if (progress.state == State::refused) return std::string("refused: ") + progress.rule;
    const std::string rest = " after " + std::to_string(progress.consumed);
    if (header.kind == ProxyHeader::Kind::local) return "local" + rest;
    if (header.kind == ProxyHeader::Kind::unknown) return "unknown" + rest;
    const char* transport = header.transport == ProxyHeader::Transport::datagram ? "datagram " : "";
    return transport + header.source.describe() + " to " + header.destination.describe() + rest;
}

// Parses a copy of exactly this size, so that the sanitizers see a byte read too far.
std::string outcome_of(std::string_view bytes, ProxyHeader& header, std::size_t* needed = nullptr) {
    const auto copy = std::make_unique<char[]>(bytes.size());
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    const auto progress = parse_proxy_header({copy.get(), bytes.size()}, header);
    if (needed != nullptr) *needed = progress.needed;
    return describe(progress, header);
}

std::string outcome_of(std::string_view bytes) {
    ProxyHeader header;
    return outcome_of(bytes, header);
}

// As of a reader to whom the bytes come one by one: the first outcome that is one.
std::string outcome_byte_by_byte(std::string_view bytes) {
    std::string outcome;
    for (std::size_t end = 0; end <= bytes.size(); ++end) {
        outcome = outcome_of(bytes.substr(0, end));
        if (outcome != "need more") break;
    }
    return outcome;
}

std::string v2(char command, char family, std::string_view payload) {
    std::string out("\r\n\r\n\0\r\nQUIT\n"sv);
    out += command;
    out += family;
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xFF);
    return out.append(payload);
}

const std::string ipv4_block("\xC0\0\2\1\xC0\0\2\2\0\x7B\x16\x2E"sv);   // 192.0.2.1:123, 192.0.2.2:5678
const std::string ipv6_block = std::string("\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1"sv) +
                               std::string("\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\2"sv) +
                               std::string("\0\x7B\x16\x2E"sv);

std::string tlv(int type, std::string_view value) {
    std::string out;
    append_proxy_tlv(out, static_cast<ProxyTlv>(type), value);
    return out;
}

struct Case {
    std::string header;
    std::string outcome;
};

std::vector<Case> good_headers() {
    std::string unix_block(216, '\0');
    unix_block.replace(0, 6, "/run/a");
    unix_block.replace(108, 108, std::string(108, 'b'));
    return {
        {"PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n", "192.0.2.1:123 to 192.0.2.2:5678 after 41"},
        {"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0 to 0.0.0.0:0 after 32"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
         "255.255.255.255:65535 to 255.255.255.255:65535 after 56"},
        {"PROXY TCP6 2001:Db8::1 2001:Db8::2 123 5678\r\n",
         "[2001:db8::1]:123 to [2001:db8::2]:5678 after 45"},
        {"PROXY TCP6 :: :: 0 0\r\n", "[::]:0 to [::]:0 after 22"},
        {"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "[::ffff:192.0.2.1]:1 to [::1]:2 after 37"},
        {"PROXY UNKNOWN\r\n", "unknown after 15"},
        {"PROXY UNKNOWN 1 2 3 4 5 6\r\n", "unknown after 27"},
        {"PROXY UNKNOWN " + std::string(91, 'f') + "\r\n", "unknown after 107"},
        {v2('\x21', '\x11', ipv4_block), "192.0.2.1:123 to 192.0.2.2:5678 after 28"},
        {v2('\x21', '\x12', ipv4_block), "datagram 192.0.2.1:123 to 192.0.2.2:5678 after 28"},
        {v2('\x21', '\x21', ipv6_block), "[2001:db8::1]:123 to [2001:db8::2]:5678 after 52"},
        {v2('\x21', '\x31', unix_block), "unix:/run/a to unix:" + std::string(107, 'b') + " after 232"},
        {v2('\x21', '\x11', ipv4_block + tlv(1, "h2")), "192.0.2.1:123 to 192.0.2.2:5678 after 33"},
        {v2('\x21', '\x11', ipv4_block + "\xFF"), "192.0.2.1:123 to 192.0.2.2:5678 after 29"},
        {v2('\x21', '\x11', ipv4_block + std::string(proxy_v2_most_payload - 12, '\0')),
         "192.0.2.1:123 to 192.0.2.2:5678 after 4112"},
        {v2('\x20', '\0', ""), "local after 16"},
        {v2('\x20', '\x11', ipv4_block), "local after 28"},
        {v2('\x20', '\x11', "short"), "local after 21"},
        {v2('\x21', '\0', ""), "unknown after 16"},
        {v2('\x21', '\1', ""), "unknown after 16"},
        {v2('\x21', '\x10', ipv4_block), "unknown after 28"},
        {v2('\x21', '\x41', "\1\2\3\4"), "unknown after 20"},
        {v2('\x21', '\x13', ipv4_block), "unknown after 28"},
    };
}

const std::vector<Case> bad_headers = {
    {"GET / HTTP/1.1\r\n", "no PROXY protocol header"},
    {"proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "no PROXY protocol header"},
    {"PROXY\tTCP4", "no PROXY protocol header"},
    {"\x16\3\1\2\0", "no PROXY protocol header"},
    {"\r\n\r\n\r\n", "no PROXY protocol header"},
    {std::string("\r\n\r\n\0\r\nQUIT\r", 12), "no PROXY protocol header"},
    {"PROXY \r\n", "unknown protocol"},
    {"PROXY UNKNOWNS\r\n", "unknown protocol"},
    {"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", "unknown protocol"},
    {"PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "unknown protocol"},
    {"PROXY TCP4\r\n", "not two addresses and two ports"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", "not two addresses and two ports"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", "not two addresses and two ports"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "not two addresses and two ports"},
    {"PROXY TCP4 192.0.2.1  1 2\r\n", "invalid address"},
    {"PROXY TCP4 192.0.2.1 192.0.2 1 2\r\n", "invalid address"},
    {"PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n", "invalid address"},
    {"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "invalid address"},
    {"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "invalid address"},
    {"PROXY TCP6 [::1] [::2] 1 2\r\n", "invalid address"},
    {"PROXY TCP6 ::1%lo ::2 1 2\r\n", "invalid address"},
    {std::string("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n"sv), "invalid address"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "invalid port"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", "invalid port"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", "invalid port"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n", "invalid port"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "line end is not CR LF"},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rX", "line end is not CR LF"},
    {"PROXY UNKNOWN \r\r\n", "line end is not CR LF"},
    {"PROXY UNKNOWN " + std::string(92, 'f') + "\r\n", "line too long"},
    {"PROXY UNKNOWN " + std::string(93, 'f'), "line too long"},
    {v2('\x11', '\x11', ipv4_block), "unknown version"},
    {v2('\x31', '\x11', ipv4_block), "unknown version"},
    {v2('\x22', '\x11', ipv4_block), "unknown command"},
    {v2('\x21', '\x11', ipv4_block.substr(1)), "too short for its addresses"},
    {v2('\x21', '\x21', ipv4_block), "too short for its addresses"},
    {v2('\x21', '\x31', std::string(215, '/')), "too short for its addresses"},
    {v2('\x21', '\x11', std::string(proxy_v2_most_payload + 1, '\0')), "header too large"},
};

TEST(proxy_protocol, a_header_says_who_is_relayed) {
    for (const auto& [header, outcome] : good_headers()) EXPECT_EQ(outcome_of(header), outcome);
}

TEST(proxy_protocol, what_breaks_a_rule_is_refused_with_its_name) {
    for (const auto& [header, rule] : bad_headers)
        EXPECT_EQ(outcome_of(header), "refused: " + rule) << header;
}

TEST(proxy_protocol, what_follows_the_header_is_left_alone) {
    for (const auto& [header, outcome] : good_headers())
        EXPECT_EQ(outcome_of(header + "GET / HTTP/1.1\r\n\r\n"), outcome);
}

TEST(proxy_protocol, the_outcome_is_the_same_byte_by_byte) {
    for (const auto& [header, outcome] : good_headers()) EXPECT_EQ(outcome_byte_by_byte(header), outcome);
    for (const auto& [header, rule] : bad_headers)
        EXPECT_EQ(outcome_byte_by_byte(header), "refused: " + rule) << header;
}

TEST(proxy_protocol, a_header_that_is_cut_anywhere_needs_more_but_never_more_than_there_is) {
    for (const auto& [header, outcome] : good_headers()) {
        for (std::size_t end = 0; end < header.size(); ++end) {
            ProxyHeader parsed;
            std::size_t needed = 0;
            ASSERT_EQ(outcome_of(std::string_view(header).substr(0, end), parsed, &needed), "need more");
            EXPECT_GE(needed, 1U);
            EXPECT_LE(needed, header.size() - end) << header << " cut at " << end;
        }
    }
}

TEST(proxy_protocol, a_header_of_version_2_is_read_in_two_exact_pieces) {
    const auto header = v2('\x21', '\x21', ipv6_block);
    ProxyHeader parsed;
    EXPECT_EQ(parse_proxy_header("", parsed).needed, 15U);
    EXPECT_EQ(parse_proxy_header(header.substr(0, 1), parsed).needed, 15U);
    EXPECT_EQ(parse_proxy_header(header.substr(0, 16), parsed).needed, 36U);
}

TEST(proxy_protocol, tlvs_are_found_by_type_up_to_one_that_is_cut_short) {
    const auto tlvs = tlv(1, "h2") + tlv(2, "") + tlv(0xEA, "\1vpce-1") + std::string("\x05\0\x09short"sv);
    ProxyHeader header;
    outcome_of(v2('\x21', '\x11', ipv4_block + tlvs), header);
    EXPECT_EQ(header.tlvs, tlvs);
    EXPECT_EQ(find_proxy_tlv(header.tlvs, ProxyTlv::alpn), "h2");
    EXPECT_EQ(find_proxy_tlv(header.tlvs, ProxyTlv::authority), "");
    EXPECT_EQ(find_proxy_tlv(header.tlvs, 0xEA), "\1vpce-1");
    EXPECT_EQ(find_proxy_tlv(header.tlvs, ProxyTlv::unique_id), std::nullopt);
    EXPECT_EQ(find_proxy_tlv(header.tlvs, ProxyTlv::noop), std::nullopt);
}

TEST(proxy_protocol, the_first_of_several_tlvs_of_one_type_counts) {
    EXPECT_EQ(find_proxy_tlv(tlv(1, "h2") + tlv(1, "http/1.1"), ProxyTlv::alpn), "h2");
}

TEST(proxy_protocol, the_tls_of_the_relayed_connection_has_tlvs_of_its_own) {
    std::string inner;
    append_proxy_tlv(inner, ProxyTlv::tls_version, "TLSv1.3");
    append_proxy_tlv(inner, ProxyTlv::tls_common_name, "example.com");
    std::string tlvs;
    append_proxy_tlv(tlvs, ProxyTlv::authority, "shop.example");
    append_proxied_tls(tlvs, {.flags = ProxiedTls::used, .verify = 0x01020304, .tlvs = inner});
    const auto tls = find_proxied_tls(tlvs);
    ASSERT_TRUE(tls);
    EXPECT_EQ(tls->flags, ProxiedTls::used);
    EXPECT_EQ(tls->verify, 0x01020304U);
    EXPECT_EQ(find_proxy_tlv(tls->tlvs, ProxyTlv::tls_common_name), "example.com");
    EXPECT_EQ(find_proxy_tlv(tlvs, ProxyTlv::tls_common_name), std::nullopt);
    EXPECT_FALSE(find_proxied_tls(tlv(0x20, "\1\0\0\0"sv)));
    EXPECT_FALSE(find_proxied_tls(tlv(1, "h2")));
}

TEST(proxy_protocol, the_local_command_discards_what_else_the_header_holds) {
    ProxyHeader header;
    outcome_of(v2('\x20', '\x11', ipv4_block + tlv(1, "h2")), header);
    EXPECT_EQ(header.tlvs, "");
    EXPECT_EQ(header.source.length, 0U);
}

Checksum checksum_of(std::string_view bytes) {
    ProxyHeader header;
    outcome_of(bytes, header);
    return header.checksum;
}

TEST(proxy_protocol, a_checksum_covers_the_whole_header) {
    EXPECT_EQ(checksum_of(v2('\x21', '\x11', ipv4_block)), Checksum::absent);
    EXPECT_EQ(checksum_of(v2('\x21', '\x11', ipv4_block + tlv(3, "4321"))), Checksum::wrong);
    EXPECT_EQ(checksum_of(v2('\x21', '\x11', ipv4_block + tlv(3, "321"))), Checksum::wrong);
    // computed with another implementation
    const auto right = v2('\x21', '\x11', ipv4_block + tlv(3, "\x73\x12\xE2\x4C") + tlv(1, "h2"));
    EXPECT_EQ(checksum_of(right), Checksum::right);
    for (std::size_t at = 16; at < right.size(); ++at) {
        if (at >= 28 && at <= 30) continue;   // its own head: no checksum is there any more
        auto changed = right;
        changed[at] ^= 1;
        EXPECT_EQ(checksum_of(changed), Checksum::wrong) << at;
    }
}

SocketAddress address(std::string_view ip, std::uint16_t port) {
    SocketAddress out;
    EXPECT_TRUE(SocketAddress::parse(ip, port, out)) << ip;
    return out;
}

TEST(proxy_protocol, version_1_is_written_as_one_line) {
    const auto v4 = address("192.0.2.1", 123), v6 = address("2001:db8::1", 5678);
    const auto mapped = address("::ffff:192.0.2.9", 9);
    const auto socket = SocketAddress::from_unix_path("/run/a");
    EXPECT_EQ(write_proxy_v1(v4, address("192.0.2.2", 80)), "PROXY TCP4 192.0.2.1 192.0.2.2 123 80\r\n");
    EXPECT_EQ(write_proxy_v1(v6, address("::1", 80)), "PROXY TCP6 2001:db8::1 ::1 5678 80\r\n");
    EXPECT_EQ(write_proxy_v1(v4, v6), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 123 5678\r\n");
    EXPECT_EQ(write_proxy_v1(mapped, mapped), "PROXY TCP4 192.0.2.9 192.0.2.9 9 9\r\n");
    EXPECT_EQ(write_proxy_v1(mapped, v6), "PROXY TCP6 ::ffff:192.0.2.9 2001:db8::1 9 5678\r\n");
    EXPECT_EQ(write_proxy_v1(socket, v4), "PROXY UNKNOWN\r\n");
    EXPECT_EQ(write_proxy_v1(v4, socket), "PROXY UNKNOWN\r\n");
}

TEST(proxy_protocol, what_cannot_be_said_in_version_2_is_local) {
    const auto socket = SocketAddress::from_unix_path("/run/a");
    EXPECT_EQ(outcome_of(write_proxy_v2(socket, address("::1", 1), tlv(1, "h2"))), "local after 16");
}

SocketAddress random_address(bool is_ipv6) {
    SocketAddress out;
    const auto port = *rc::gen::arbitrary<std::uint16_t>();
    if (!is_ipv6) {
        const auto bytes =
            *rc::gen::container<std::vector<std::uint8_t>>(4, rc::gen::arbitrary<std::uint8_t>());
        std::array<char, 15> text{};
        const auto length = write_ipv4(bytes.data(), text);
        EXPECT_TRUE(SocketAddress::parse({text.data(), length}, port, out));
        return out;
    }
    std::string text = "2001";
    for (const auto part :
         *rc::gen::container<std::vector<std::uint16_t>>(7, rc::gen::arbitrary<std::uint16_t>())) {
        std::array<char, 8> hex{};
        std::snprintf(hex.data(), hex.size(), ":%x", part);
        text += hex.data();
    }
    EXPECT_TRUE(SocketAddress::parse(text, port, out));
    return out;
}

RC_GTEST_PROP(proxy_protocol, what_is_written_is_read_back, ()) {
    const auto is_ipv6 = *rc::gen::arbitrary<bool>();
    const auto source = random_address(is_ipv6), destination = random_address(is_ipv6);
    const auto name = *rc::gen::container<std::string>(*rc::gen::inRange(0, 300), rc::gen::arbitrary<char>());
    std::string tlvs;
    append_proxy_tlv(tlvs, ProxyTlv::unique_id, name);
    ProxyHeader header;
    const auto line = write_proxy_v1(source, destination);
    RC_ASSERT(parse_proxy_header(line, header).consumed == line.size());
    RC_ASSERT(header.source == source && header.destination == destination);
    const auto binary = write_proxy_v2(source, destination, tlvs, ProxyHeader::Transport::datagram);
    RC_ASSERT(parse_proxy_header(binary, header).consumed == binary.size());
    RC_ASSERT(header.source == source && header.destination == destination);
    RC_ASSERT(header.transport == ProxyHeader::Transport::datagram);
    RC_ASSERT(header.checksum == Checksum::right);
    RC_ASSERT(find_proxy_tlv(header.tlvs, ProxyTlv::unique_id) == std::optional<std::string_view>(name));
}

RC_GTEST_PROP(proxy_protocol, any_bytes_have_one_outcome_however_they_are_cut, ()) {
    const auto begin = *rc::gen::element<std::string>(
        "PROXY ", "PROXY TCP4 ", v2('\x21', '\x11', "").substr(0, 13), v2('\x21', '\x21', ""), "");
    const auto bytes = begin + *rc::gen::container<std::string>(
                                   *rc::gen::inRange(0, 150), rc::gen::element('\r', '\n', ' ', '1', '.', ':',
                                                                               '\0', '\x21', 'T', '\xFF'));
    RC_ASSERT(outcome_of(bytes) == outcome_byte_by_byte(bytes));
}

}   // namespace
}   // namespace gatehouse::net
