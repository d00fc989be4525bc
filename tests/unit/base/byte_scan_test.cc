#include "base/byte_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse {
namespace {

constexpr std::size_t longest = 35;   // four words and an end that overlaps

bool is_below_space(char c) { return static_cast<unsigned char>(c) < 0x20; }

TEST(byte_scan, finds_a_byte_at_every_place_of_a_text_of_every_length) {
    for (std::size_t size = 0; size <= longest; ++size) {
        EXPECT_FALSE(any_byte(std::string(size, '~'), bytes_below_space)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, '~');
                text[at] = static_cast<char>(byte);
                ASSERT_EQ(any_byte(text, bytes_below_space), is_below_space(text[at])) << size << " " << at;
                ASSERT_EQ(find_near(text, text[at]), text[at] == '~' ? 0 : at) << size << " " << byte;
            }
        }
    }
}

TEST(byte_scan, finds_the_first_of_several) {
    for (std::size_t first = 0; first < longest; ++first) {
        for (std::size_t second = first; second < longest; ++second) {
            std::string text(longest, ';');   // the neighbour of the byte looked for
            text[first] = text[second] = ':';
            EXPECT_EQ(find_near(text, ':'), first) << second;
        }
    }
    EXPECT_EQ(find_near("", ':'), std::string_view::npos);
    EXPECT_EQ(find_near(std::string(longest, ';'), ':'), std::string_view::npos);
}

TEST(byte_scan, copies_exactly_the_text) {
    for (std::size_t size = 0; size <= longest; ++size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('A' + i);
        const std::string untouched = "<" + std::string(size, '.') + ">";
        std::string copy = untouched;
        copy_short(copy.data() + 1, text);
        EXPECT_EQ(copy, "<" + text + ">");
        copy = untouched;
        EXPECT_FALSE(copy_looking(copy.data() + 1, text, bytes_below_space));
        EXPECT_EQ(copy, "<" + text + ">");
        for (std::size_t at = 0; at < size; ++at) {
            auto bad = text;
            bad[at] = '\n';
            copy = untouched;
            EXPECT_TRUE(copy_looking(copy.data() + 1, bad, bytes_below_space)) << size << " " << at;
            EXPECT_EQ(copy, "<" + bad + ">");
        }
    }
}

}   // namespace
}   // namespace gatehouse
