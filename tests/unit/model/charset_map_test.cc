#include "model/charset_map.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::model {
namespace {

using Kind = CharsetTable::Kind;

std::string recoded(const CharsetTable& table, std::initializer_list<std::string_view> pieces) {
    Recoder recoder(table);
    std::string out;
    for (const auto piece : pieces) recoder.add(piece, out);
    recoder.finish(out);
    return out;
}

TEST(charset_map, bytes_become_other_bytes) {
    auto table = CharsetTable::make("koi8-r", "windows-1251", Kind::bytes);
    table.characters[0xc1] = "\xe0";
    EXPECT_TRUE(table.keeps_length());
    EXPECT_EQ(recoded(table, {"a\xc1\xff"}), "a\xe0?");
}

TEST(charset_map, bytes_become_utf_8) {
    auto table = CharsetTable::make("koi8-r", "utf-8", Kind::to_utf8);
    table.characters[0xc1] = "\xd0\xb0";
    EXPECT_EQ(recoded(table, {"a\xc1", "b\xff"}),
              "a\xd0\xb0"
              "b?");
}

TEST(charset_map, utf_8_becomes_bytes_wherever_it_is_cut) {
    auto table = CharsetTable::make("utf-8", "koi8-r", Kind::from_utf8);
    table.of_code_point[0x430] = '\xc1';
    for (const auto& pieces : {std::initializer_list<std::string_view>{"a\xd0\xb0"
                                                                       "b"},
                               std::initializer_list<std::string_view>{"a\xd0",
                                                                       "\xb0"
                                                                       "b"}}) {
        EXPECT_EQ(recoded(table, pieces),
                  "a\xc1"
                  "b");
    }
}

TEST(charset_map, what_the_other_charset_lacks_is_written_as_a_number) {
    const auto table = CharsetTable::make("utf-8", "koi8-r", Kind::from_utf8);
    EXPECT_EQ(recoded(table, {"\xe2\x82\xac"}), "&#8364;");
    EXPECT_EQ(recoded(table, {"\xf0\x9f\x98\x80"}), "&#128512;");
}

TEST(charset_map, what_is_no_utf_8_is_a_question_mark) {
    const auto table = CharsetTable::make("utf-8", "koi8-r", Kind::from_utf8);
    EXPECT_EQ(recoded(table, {"\xd0"}), "?");
    EXPECT_EQ(recoded(table, {"\xd0", "a"}), "?a");
    EXPECT_EQ(recoded(table, {"\xff\x80"}), "??");
    EXPECT_EQ(recoded(table, {"\xc0\xaf"}), "??");
    EXPECT_EQ(recoded(table, {"\xe0\x80\x80"}), "?");
    EXPECT_EQ(recoded(table, {"\xed\xa0\x80"}), "?");
}

TEST(charset_map, is_found_both_ways_in_any_case) {
    const std::vector<CharsetMap> maps{
        {CharsetTable::make("A", "utf-8", Kind::to_utf8), CharsetTable::make("utf-8", "A", Kind::from_utf8)}};
    EXPECT_EQ(find_charset_table(maps, "a", "UTF-8"), &maps[0].forth);
    EXPECT_EQ(find_charset_table(maps, "utf-8", "a"), &maps[0].back);
    EXPECT_EQ(find_charset_table(maps, "a", "b"), nullptr);
}

}   // namespace
}   // namespace gatehouse::model
