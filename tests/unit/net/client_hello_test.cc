// The first message of a TLS client: what is read of it, and that this does not depend on how it was cut or
// spread over records.

#include "net/client_hello.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <memory>

namespace gatehouse::net {
namespace {

using State = HelloProgress::State;

std::string number(std::size_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xffU);
    return out;
}
std::string counted(int length_bytes, std::string_view content) {
    return number(content.size(), length_bytes).append(content);
}
std::string extension(std::size_t type, std::string_view content) {
    return number(type, 2) + counted(2, content);
}
std::string name_extension(std::string_view name) {
    return extension(0, counted(2, std::string(1, '\0') + counted(2, name)));
}
std::string alpn_extension(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += counted(1, name);
    return extension(16, counted(2, list));
}
std::string versions_extension(const std::vector<std::size_t>& versions) {
    std::string list;
    for (const auto version : versions) list += number(version, 2);
    return extension(43, counted(1, list));
}
const std::string before_extensions = number(0x0303, 2) + std::string(32, 'r') + counted(1, "session") +
                                      counted(2, "ciphers!") + counted(1, std::string(1, '\0'));
std::string message(std::string_view extensions) {
    return number(1, 1) + counted(3, before_extensions + counted(2, extensions));
}
std::string record(std::string_view content) { return number(0x160301, 3) + counted(2, content); }
std::string hello(std::string_view extensions) { return record(message(extensions)); }

std::string describe(const HelloProgress& progress, const ClientHello& hello) {
    if (progress.state == State::need_more) return "need more";
    if (progress.state == State::refused) return std::string("refused: ") + progress.rule;
    std::string text = std::string(hello.version_name()) + " " + hello.server_name;
    for (const auto& name : hello.application_protocols) text += "," + name;
    return text;
}

// Parses a copy of exactly this size, so that the sanitizers see a byte read too far.
std::string outcome_of(std::string_view bytes) {
    const auto copy = std::make_unique<char[]>(bytes.size());
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    ClientHello hello;
    const auto progress = parse_client_hello({copy.get(), bytes.size()}, hello);
    return describe(progress, hello);
}

std::string outcome_byte_by_byte(std::string_view bytes) {
    std::string outcome;
    for (std::size_t end = 0; end <= bytes.size(); ++end) {
        outcome = outcome_of(bytes.substr(0, end));
        if (outcome != "need more") break;
    }
    return outcome;
}

TEST(client_hello, names_the_server_the_protocols_and_the_latest_version) {
    const auto full =
        hello(extension(0x0a0a, "grease") + name_extension("Shop.example") +
              alpn_extension({"h2", "http/1.1"}) + versions_extension({0x7a7a, 0x0304, 0x0303}));
    EXPECT_EQ(outcome_of(full), "TLSv1.3 Shop.example,h2,http/1.1");
    EXPECT_EQ(outcome_of(full + "and more"), "TLSv1.3 Shop.example,h2,http/1.1");
    EXPECT_EQ(outcome_of(hello("")), "TLSv1.2 ");
    EXPECT_EQ(outcome_of(hello(name_extension(""))), "TLSv1.2 ");
    EXPECT_EQ(outcome_of(hello(versions_extension({0x0302, 0x0301}))), "TLSv1.1 ");
    EXPECT_EQ(outcome_of(hello(versions_extension({0x7f1c}))), "TLSv1.3 ") << "a draft";
    EXPECT_EQ(outcome_of(hello(versions_extension({0x0a0a}))), "TLSv1.2 ") << "none that is known";
    EXPECT_EQ(outcome_of(hello(name_extension("a") + name_extension("b"))), "TLSv1.2 a");
    const auto without_extensions = record(number(1, 1) + counted(3, before_extensions));
    EXPECT_EQ(outcome_of(without_extensions), "TLSv1.2 ");
}

TEST(client_hello, is_read_in_the_form_of_ssl_2_too) {
    EXPECT_EQ(outcome_of(std::string("\x80\x1c\x01\x00\x02...", 8)), "SSLv2 ");
    EXPECT_EQ(outcome_of(std::string("\x80\x1c\x01\x03\x01...", 8)), "TLSv1 ");
}

TEST(client_hello, is_refused_when_it_is_none_or_its_lengths_disagree) {
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\n"), "refused: tls-no-handshake");
    EXPECT_EQ(outcome_of(number(0x160201, 3) + counted(2, "x")), "refused: tls-no-handshake");
    EXPECT_EQ(outcome_of(record(number(2, 1) + counted(3, "server"))), "refused: tls-no-client-hello");
    EXPECT_EQ(outcome_of(record(message("").substr(0, 20)) + "ping!"), "refused: tls-no-handshake");
    EXPECT_EQ(outcome_of(record(number(1, 1) + counted(3, before_extensions.substr(0, 40)))),
              "refused: tls-hello-length");
    EXPECT_EQ(outcome_of(hello(number(5, 2) + number(9, 2) + "short")), "refused: tls-hello-length");
    EXPECT_EQ(outcome_of(hello(extension(0, counted(2, std::string("\1\0\1x", 4))))),
              "refused: tls-hello-server-name");
    EXPECT_EQ(outcome_of(hello(extension(0, std::string("\0\7\0\0\4abc", 8)))),
              "refused: tls-hello-server-name");
    EXPECT_EQ(outcome_of(hello(alpn_extension({"h2", ""}))), "refused: tls-hello-application-protocol");
    EXPECT_EQ(outcome_of(hello(extension(16, "x"))), "refused: tls-hello-application-protocol");
    EXPECT_EQ(outcome_of(hello(extension(43, "\3abc"))), "refused: tls-hello-versions");
}

TEST(client_hello, may_be_spread_over_records) {
    const auto whole = message(name_extension("shop.example") + alpn_extension({"irc"}));
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        const auto records = record(whole.substr(0, cut)) + record(whole.substr(cut));
        EXPECT_EQ(outcome_of(records), "TLSv1.2 shop.example,irc") << cut;
    }
    std::string records;
    for (const char c : whole) records += record(std::string(1, c));
    EXPECT_EQ(outcome_byte_by_byte(records), "TLSv1.2 shop.example,irc");
    EXPECT_EQ(outcome_of(records.substr(0, records.size() - 1)), "need more");
}

TEST(client_hello, means_the_same_however_it_was_cut) {
    const std::vector<std::string> inputs = {
        hello(name_extension("a.example") + versions_extension({0x0304})),
        hello(alpn_extension({"h2", ""})),
        hello(number(5, 2) + number(9, 2) + "short"),
        record(message("").substr(0, 20)) + "ping!",
        record(""),
        "GET / HTTP/1.1\r\n",
    };
    for (const auto& input : inputs) EXPECT_EQ(outcome_byte_by_byte(input), outcome_of(input));
}

RC_GTEST_PROP(client_hello, any_bytes_at_all_mean_the_same_however_they_were_cut, ()) {
    auto bytes = hello(name_extension("a.example") + alpn_extension({"h2"}) + versions_extension({0x0304}));
    const auto changes = *rc::gen::container<std::vector<std::pair<std::uint8_t, char>>>(
        rc::gen::arbitrary<std::pair<std::uint8_t, char>>());
    for (const auto& [at, to] : changes) bytes[at % bytes.size()] = to;
    RC_ASSERT(outcome_byte_by_byte(bytes) == outcome_of(bytes));
}

}   // namespace
}   // namespace gatehouse::net
