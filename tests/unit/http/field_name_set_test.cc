#include "http/field_name_set.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(field_name_set, knows_its_names_in_any_case) {
    FieldNameSet set;
    set.add("content-type");
    set.add("X-Mine");
    EXPECT_TRUE(set.contains(make_field("Content-Type", "")));
    EXPECT_TRUE(set.contains(make_field("x-mine", "")));
    EXPECT_FALSE(set.contains(make_field("X-Other", "")));
    EXPECT_FALSE(set.contains(make_field("Content-Length", "")));
    EXPECT_EQ(set.names(), (std::vector<std::string>{"content-type", "X-Mine"}));
}

TEST(field_name_set, is_empty_at_first_and_when_cleared) {
    FieldNameSet set;
    EXPECT_FALSE(set.contains(make_field("X-Mine", "")));
    set.add("X-Mine");
    set.add("Host");
    set.clear();
    EXPECT_FALSE(set.contains(make_field("X-Mine", "")));
    EXPECT_FALSE(set.contains(make_field("Host", "")));
    EXPECT_TRUE(set.names().empty());
}

}   // namespace
}   // namespace gatehouse::http
