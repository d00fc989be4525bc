#include "http/conditional.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "http/entity_tag.h"

namespace gatehouse::http {
namespace {

constexpr std::time_t modified = 784'111'777;
constexpr const char* at_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* before_modified = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* after_modified = "Sun, 06 Nov 1994 08:49:38 GMT";
const Validators file{.entity_tag = "\"x\"", .last_modified = modified};

class Request {
public:
    Request(std::initializer_list<Field> fields) {
        for (const auto& field : fields) fields_.add(arena_, field);
    }
    [[nodiscard]] const Fields& fields() const { return fields_; }

private:
    Arena arena_;
    Fields fields_;
};

Precondition evaluated(std::initializer_list<Field> fields, const Validators& validators = file,
                       Method method = Method::get, IfModifiedSince mode = IfModifiedSince::exact) {
    return evaluate_preconditions(method, Request(fields).fields(), validators, mode);
}
Field if_match(std::string_view value) { return make_field(FieldId::if_match, value); }
Field if_none_match(std::string_view value) { return make_field(FieldId::if_none_match, value); }
Field if_modified_since(std::string_view value) { return make_field(FieldId::if_modified_since, value); }
Field if_unmodified_since(std::string_view value) { return make_field(FieldId::if_unmodified_since, value); }

TEST(conditional, proceeds_without_conditions) { EXPECT_EQ(evaluated({}), Precondition::proceed); }

TEST(conditional, compares_if_none_match_weakly) {
    for (const auto* value : {"\"x\"", "W/\"x\"", "*", "\"foo\", \"bar\", \"x\" , \"baz\"", ", ,\"x\""}) {
        EXPECT_EQ(evaluated({if_none_match(value)}), Precondition::not_modified) << value;
    }
    for (const auto* value : {"\"foo\"", "x", "", "\"x", "foo, \"x\""}) {
        EXPECT_EQ(evaluated({if_none_match(value)}), Precondition::proceed) << value;
    }
    EXPECT_EQ(evaluated({if_none_match("\"x\"")}, {.entity_tag = "W/\"x\"", .last_modified = {}}),
              Precondition::not_modified);
}

TEST(conditional, fails_if_none_match_for_writing_methods) {
    EXPECT_EQ(evaluated({if_none_match("*")}, file, Method::put), Precondition::failed);
    EXPECT_EQ(evaluated({if_none_match("\"x\"")}, file, Method::head), Precondition::not_modified);
}

TEST(conditional, compares_if_match_strongly) {
    for (const auto* value : {"\"x\"", "*", "\"foo\", \"bar\", \t\"x\" , \"baz\""}) {
        EXPECT_EQ(evaluated({if_match(value)}), Precondition::proceed) << value;
    }
    for (const auto* value : {"\"foo\"", "W/\"x\"", ""})
        EXPECT_EQ(evaluated({if_match(value)}), Precondition::failed) << value;
    EXPECT_EQ(evaluated({if_match("\"x\"")}, {.entity_tag = "W/\"x\"", .last_modified = {}}),
              Precondition::failed);
    EXPECT_EQ(evaluated({if_match("\"x\"")}, {}), Precondition::failed);
}

TEST(conditional, compares_if_modified_since_as_configured) {
    struct Case {
        const char* since;
        IfModifiedSince mode;
        Precondition expected;
    };
    const Case cases[] = {
        {at_modified, IfModifiedSince::exact, Precondition::not_modified},
        {after_modified, IfModifiedSince::exact, Precondition::proceed},
        {before_modified, IfModifiedSince::exact, Precondition::proceed},
        {at_modified, IfModifiedSince::before, Precondition::not_modified},
        {after_modified, IfModifiedSince::before, Precondition::not_modified},
        {before_modified, IfModifiedSince::before, Precondition::proceed},
        {at_modified, IfModifiedSince::off, Precondition::proceed},
        {"nonsense", IfModifiedSince::before, Precondition::proceed},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(evaluated({if_modified_since(c.since)}, file, Method::get, c.mode), c.expected) << c.since;
    }
    EXPECT_EQ(evaluated({if_modified_since(at_modified)}, {}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_modified_since(at_modified)}, file, Method::post), Precondition::proceed);
}

TEST(conditional, compares_if_unmodified_since) {
    EXPECT_EQ(evaluated({if_unmodified_since(at_modified)}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_unmodified_since(after_modified)}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_unmodified_since(before_modified)}), Precondition::failed);
    EXPECT_EQ(evaluated({if_unmodified_since("nonsense")}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_unmodified_since(before_modified)}, {}), Precondition::proceed);
}

TEST(conditional, keeps_the_order_of_rfc_9110) {
    EXPECT_EQ(evaluated({if_match("\"x\""), if_unmodified_since(before_modified)}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_none_match("\"y\""), if_modified_since(at_modified)}), Precondition::proceed);
    EXPECT_EQ(evaluated({if_none_match("\"x\""), if_modified_since(before_modified)}),
              Precondition::not_modified);
    EXPECT_EQ(evaluated({if_match("\"y\""), if_none_match("\"x\"")}), Precondition::failed);
}

TEST(conditional, honours_range_only_for_the_same_representation) {
    const auto applies = [](const char* value, const Validators& validators = file) {
        return range_applies(Request({make_field(FieldId::if_range, value)}).fields(), validators);
    };
    EXPECT_TRUE(range_applies(Request({}).fields(), file));
    EXPECT_TRUE(applies("\"x\""));
    EXPECT_FALSE(applies("\"y\""));
    EXPECT_FALSE(applies("W/\"x\""));
    EXPECT_FALSE(applies("\"x\"", {.entity_tag = "W/\"x\"", .last_modified = {}}));
    EXPECT_TRUE(applies(at_modified));
    EXPECT_FALSE(applies(after_modified));
    EXPECT_FALSE(applies("wrong"));
    EXPECT_FALSE(applies("wrong", {}));
}

TEST(entity_tag, reads_one_tag) {
    EXPECT_EQ(parse_entity_tag("\"a b\"")->opaque, "\"a b\"");
    EXPECT_TRUE(parse_entity_tag("W/\"\"")->weak);
    for (const auto* text : {"", "a", "\"a", "w/\"a\"", "\"a\"b", "W/"})
        EXPECT_FALSE(parse_entity_tag(text)) << text;
}

TEST(entity_tag, is_made_of_time_and_size_like_nginxs) {
    Arena arena;
    EXPECT_EQ(file_entity_tag(0x5f8b9a2c, 0x1f4, arena), "\"5f8b9a2c-1f4\"");
    EXPECT_EQ(file_entity_tag(0, 0, arena), "\"0-0\"");
}

}   // namespace
}   // namespace gatehouse::http
