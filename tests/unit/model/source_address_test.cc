#include "model/source_address.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::model {
namespace {

std::string read(std::string_view text) {
    const auto address = parse_source_address(text);
    return address ? address->describe() : "none";
}

TEST(source_address, has_a_port_or_leaves_it_to_the_kernel) {
    EXPECT_EQ(read("127.0.0.2"), "127.0.0.2:0");
    EXPECT_EQ(read("127.0.0.2:8080"), "127.0.0.2:8080");
    EXPECT_EQ(read("::1"), "[::1]:0");
    EXPECT_EQ(read("[::1]"), "[::1]:0");
    EXPECT_EQ(read("[::1]:8080"), "[::1]:8080");
}

TEST(source_address, is_no_name) {
    EXPECT_EQ(read(""), "none");
    EXPECT_EQ(read("localhost"), "none");
    EXPECT_EQ(read("127.0.0.2:"), "none");
    EXPECT_EQ(read("127.0.0.2:65536"), "none");
    EXPECT_EQ(read("unix:/run/x"), "none");
}

}   // namespace
}   // namespace gatehouse::model
