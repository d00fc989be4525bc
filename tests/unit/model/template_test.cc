#include "model/template.h"

#include <gtest/gtest.h>

#include "tests/unit/model/table_source.h"

namespace gatehouse::model {
namespace {

VariableRef ref(std::string_view name) { return *find_builtin_variable(name); }

TEST(template_text, nothing_is_empty_and_constant) {
    const Template nothing;
    TableSource source{};
    EXPECT_TRUE(nothing.empty());
    EXPECT_TRUE(nothing.is_constant());
    EXPECT_EQ(nothing.constant(), "");
    EXPECT_EQ(nothing.render(source), "");
    EXPECT_TRUE(Template("").empty());
}

TEST(template_text, a_constant_is_rendered_without_copying) {
    const Template text("/index.html");
    TableSource source{};
    EXPECT_TRUE(text.is_constant());
    EXPECT_EQ(text.render(source).data(), text.constant().data());
}

TEST(template_text, adjacent_literals_are_merged_and_empty_ones_dropped) {
    const Template text({"", "a", "", "b", ref("uri"), "", "c", "d"});
    ASSERT_EQ(text.parts().size(), 3U);
    EXPECT_EQ(std::get<std::string>(text.parts()[0]), "ab");
    EXPECT_EQ(std::get<std::string>(text.parts()[2]), "cd");
    EXPECT_TRUE(Template(std::vector<Template::Part>{"a", "b"}).is_constant());
    EXPECT_TRUE(Template(std::vector<Template::Part>{"", ""}).empty());
}

TEST(template_text, a_lone_variable_is_passed_through) {
    const Template text({ref("uri")});
    TableSource source{{"uri", "/a"}};
    EXPECT_FALSE(text.is_constant());
    EXPECT_EQ(text.render(source), "/a");
}

TEST(template_text, variables_and_literals_are_joined_and_each_is_asked_once) {
    const Template text({"https://", ref("host"), ref("request_uri"), "#", ref("arg_x")});
    TableSource source{{"host", "example.com"}, {"request_uri", "/a?x=1"}};
    EXPECT_EQ(text.render(source), "https://example.com/a?x=1#");
    EXPECT_EQ(source.asked, 3);
}

TEST(template_text, more_than_sixteen_parts_are_joined_too) {
    std::vector<Template::Part> parts;
    std::string expected;
    for (int i = 0; i < 20; ++i) {
        parts.emplace_back(std::to_string(i) + "=");
        parts.emplace_back(ref("uri"));
        expected += std::to_string(i) + "=/path";
    }
    TableSource source{{"uri", "/path"}};
    EXPECT_EQ(Template(std::move(parts)).render(source), expected);
}

}   // namespace
}   // namespace gatehouse::model
