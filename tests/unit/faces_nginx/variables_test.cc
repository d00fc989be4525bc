#include "faces/nginx/variables.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::nginx {
namespace {

struct VariablesTest : testing::Test {
    Diagnostics diagnostics;
    VariableTable table;
    Variables variables{diagnostics, table, model::VariableScope::http};
    [[nodiscard]] model::Template parse(std::string_view text) {
        return variables.parse(Word{.text = std::string(text), .position = {0, 1, 1}});
    }
    [[nodiscard]] std::vector<std::string> messages() const {
        std::vector<std::string> out;
        for (const Diagnostic& item : diagnostics.items()) out.push_back(item.message);
        return out;
    }
};
using Messages = std::vector<std::string>;

const model::VariableRef& reference(const model::Template& text, std::size_t part) {
    return std::get<model::VariableRef>(text.parts().at(part));
}

TEST_F(VariablesTest, splits_text_at_variables_with_and_without_braces) {
    const model::Template text = parse("a$host-${uri}b");
    ASSERT_EQ(text.parts().size(), 5U);
    EXPECT_EQ(std::get<std::string>(text.parts()[0]), "a");
    EXPECT_EQ(reference(text, 1).id, model::VariableId::host);
    EXPECT_EQ(std::get<std::string>(text.parts()[2]), "-");
    EXPECT_EQ(reference(text, 3).id, model::VariableId::uri);
    EXPECT_EQ(std::get<std::string>(text.parts()[4]), "b");
}

TEST_F(VariablesTest, takes_one_digit_of_a_capture) {
    const model::Template text = parse("/$12");
    ASSERT_EQ(text.parts().size(), 3U);
    EXPECT_EQ(reference(text, 1).id, model::VariableId::capture);
    EXPECT_EQ(reference(text, 1).slot, 1);
    EXPECT_EQ(std::get<std::string>(text.parts()[2]), "2");
}

TEST_F(VariablesTest, knows_families_of_names) {
    EXPECT_EQ(reference(parse("$http_x_forwarded_for"), 0).id, model::VariableId::http_field);
    EXPECT_EQ(reference(parse("$HTTP_HOST"), 0).argument, "host");
    EXPECT_EQ(reference(parse("$arg_q"), 0).id, model::VariableId::arg);
}

TEST_F(VariablesTest, reports_broken_references) {
    static_cast<void>(parse("a$"));
    static_cast<void>(parse("${host"));
    static_cast<void>(parse("$-"));
    EXPECT_EQ(messages(),
              (Messages{"invalid variable name", "the closing bracket in \"host\" variable is missing",
                        "invalid variable name"}));
}

TEST_F(VariablesTest, lets_a_name_be_used_before_it_is_defined) {
    const model::Template before = parse("$mine");
    EXPECT_EQ(variables.define("mine", {}), reference(before, 0).slot);
    variables.report_unknown();
    EXPECT_EQ(messages(), Messages{});
    EXPECT_EQ(table.slot_names(), std::vector<std::string>{"mine"});
}

TEST_F(VariablesTest, reports_names_that_were_never_defined_with_the_nearest_one) {
    static_cast<void>(parse("$request_url"));
    variables.report_unknown();
    ASSERT_EQ(messages(), Messages{"unknown \"request_url\" variable"});
    EXPECT_EQ(diagnostics.items()[0].hint, "did you mean \"request_uri\"?");
}

TEST_F(VariablesTest, accepts_names_that_never_have_a_value_here) {
    static_cast<void>(parse("$ssl_protocol $gzip_ratio"));
    variables.report_unknown();
    EXPECT_EQ(messages(), Messages{});
}

TEST_F(VariablesTest, refuses_to_define_what_is_built_in) {
    static_cast<void>(variables.define("uri", {}));
    EXPECT_EQ(messages(), Messages{"the duplicate \"uri\" variable"});
}

TEST_F(VariablesTest, gives_a_name_of_a_family_to_a_configuration_that_sets_it) {
    variables.reserve("http_mine", {});
    EXPECT_EQ(reference(parse("$http_mine"), 0).id, model::VariableId::slot);
    EXPECT_EQ(reference(parse("$http_other"), 0).id, model::VariableId::http_field);
    static_cast<void>(variables.define("http_mine", {}));
    EXPECT_EQ(messages(), Messages{});
}

TEST_F(VariablesTest, numbers_maps_in_the_order_they_are_defined) {
    variables.define_map("first", {});
    variables.define_map("second", {});
    EXPECT_EQ(reference(parse("$second"), 0).id, model::VariableId::map);
    EXPECT_EQ(reference(parse("$second"), 0).slot, 1);
}

}   // namespace
}   // namespace gatehouse::nginx
