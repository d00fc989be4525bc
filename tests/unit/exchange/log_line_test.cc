#include "exchange/log_line.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace gatehouse::exchange {
namespace {

using Escape = model::LogFormat::Escape;
using namespace std::string_literals;

std::string escaped(std::optional<std::string_view> value, Escape escape) {
    std::string lines = "before ";
    LogLine(lines).put_value(value, escape);
    EXPECT_TRUE(lines.starts_with("before "));
    return lines.substr(7);
}

TEST(log_line, standard_writes_a_dash_for_what_is_not_set) {
    EXPECT_EQ(escaped(std::nullopt, Escape::standard), "-");
    EXPECT_EQ(escaped("", Escape::standard), "");
}

TEST(log_line, standard_escapes_quotes_backslashes_controls_and_every_byte_from7f) {
    EXPECT_EQ(escaped("GET /a?b=c HTTP/1.1", Escape::standard), "GET /a?b=c HTTP/1.1");
    EXPECT_EQ(escaped("a\"b\\c", Escape::standard), "a\\x22b\\x5Cc");
    EXPECT_EQ(escaped("\r\nforged line", Escape::standard), "\\x0D\\x0Aforged line");
    EXPECT_EQ(escaped("\0\x1f\x7f\x80\xff"s, Escape::standard), "\\x00\\x1F\\x7F\\x80\\xFF");
    EXPECT_EQ(escaped("~ ", Escape::standard), "~ ");
}

TEST(log_line, json_escapes_what_rfc8259_demands) {
    EXPECT_EQ(escaped(std::nullopt, Escape::json), "");
    EXPECT_EQ(escaped("a\"b\\c/d", Escape::json), "a\\\"b\\\\c/d");
    EXPECT_EQ(escaped("\n\r\t\b\f", Escape::json), "\\n\\r\\t\\b\\f");
    EXPECT_EQ(escaped("\0\x01\x1f"s, Escape::json), "\\u0000\\u0001\\u001F");
    EXPECT_EQ(escaped("\x7f\xc3\xa4", Escape::json), "\x7f\xc3\xa4");
}

// Values are looked at eight bytes at a time.
TEST(log_line, finds_what_it_must_escape_at_every_place_of_a_value_of_every_length) {
    for (std::size_t length = 1; length <= 24; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            for (const char special : {'"', '\\', '\n', '\x7f', '\x80'}) {
                std::string value(length, '~');
                value[at] = special;
                EXPECT_NE(escaped(value, Escape::standard), value) << length << " " << at;
            }
        }
    }
}

TEST(log_line, puts_together_a_line_of_any_length_behind_the_others) {
    std::string lines = "first\n";
    std::string wanted = lines;
    for (std::size_t size = 0; size < 2000; size += 97) {
        const std::string text(size, 'x');
        const std::string quotes(size, '"');
        std::string escaped_quotes;
        for (std::size_t i = 0; i < size; ++i) escaped_quotes += "\\x22";
        LogLine line(lines);
        line.put(text);
        line.put(' ');
        line.put_number(size);
        line.put_value(text, Escape::standard);
        line.put_value(quotes, Escape::standard);
        line.put('\n');
        wanted += text + " " + std::to_string(size) + text + escaped_quotes + "\n";
    }
    EXPECT_EQ(lines, wanted);
}

TEST(log_line, none_changes_nothing) {
    EXPECT_EQ(escaped(std::nullopt, Escape::none), "");
    EXPECT_EQ(escaped("a\"b\\\n\xff", Escape::none), "a\"b\\\n\xff");
}

RC_GTEST_PROP(log_line, a_line_break_never_gets_through, (const std::string& value)) {
    for (const auto escape : {Escape::standard, Escape::json}) {
        const auto text = escaped(value, escape);
        RC_ASSERT(text.find_first_of("\r\n"s + '\0') == std::string::npos);
        for (std::size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
            RC_ASSERT(at > 0 && text[at - 1] == '\\');
        }
    }
}

}   // namespace
}   // namespace gatehouse::exchange
