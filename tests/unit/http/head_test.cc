#include "http/head.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace gatehouse::http {
namespace {

TEST(head, knows_every_field_by_its_name_in_any_case) {
    for (std::size_t i = 1; i < field_id_count; ++i) {
        const auto id = static_cast<FieldId>(i);
        std::string name(name_of(id));
        EXPECT_EQ(field_id(name), id) << name;
        EXPECT_EQ(field_id(lower(name)), id) << name;
        for (auto& c : name) c = to_upper(c);
        EXPECT_EQ(field_id(name), id) << name;
    }
}

TEST(head, does_not_know_what_only_resembles_a_field) {
    for (const std::string_view name : {"", "h", "hos", "hosts", "content_length", "content-lengthy",
                                        "ontent-length", "x", "transfer-encodin\x47", "content\rlength"}) {
        const bool really = equals_ignoring_case(name, "transfer-encoding");
        EXPECT_EQ(field_id(name) == FieldId::other, !really) << name;
    }
}

TEST(head, knows_every_method) {
    for (int i = 0; i < static_cast<int>(Method::other); ++i) {
        const auto method = static_cast<Method>(i);
        EXPECT_EQ(parse_method(name_of(method)), method);
    }
    EXPECT_EQ(parse_method("get"), Method::other);
    EXPECT_EQ(parse_method(""), Method::other);
    EXPECT_EQ(parse_method("GETS"), Method::other);
}

TEST(head, tells_safe_and_idempotent_methods) {
    EXPECT_TRUE(is_safe(Method::get) && is_safe(Method::head) && is_safe(Method::options));
    EXPECT_FALSE(is_safe(Method::put) || is_safe(Method::post) || is_safe(Method::other));
    EXPECT_TRUE(is_idempotent(Method::put) && is_idempotent(Method::delete_) && is_idempotent(Method::get));
    EXPECT_FALSE(is_idempotent(Method::post) || is_idempotent(Method::patch) || is_idempotent(Method::lock));
    EXPECT_FALSE(is_idempotent(Method::other));
}

TEST(head, finds_adds_and_removes_fields) {
    Arena arena;
    Fields fields;
    EXPECT_EQ(fields.find(FieldId::host), nullptr);
    for (int i = 0; i < 40; ++i) fields.add(arena, make_field("X-" + std::string(1, 'a'), "v"));
    fields.clear();
    fields.add(arena, make_field(FieldId::host, "a"));
    fields.add(arena, make_field("x-one", "1"));
    fields.add(arena, make_field("SET-COOKIE", "b"));
    fields.add(arena, make_field("Set-Cookie", "c"));
    EXPECT_EQ(fields.value_of(FieldId::set_cookie), "b");
    EXPECT_EQ(fields.count(FieldId::set_cookie), 2U);
    EXPECT_EQ(fields.find("set-cookie")->value, "b");
    EXPECT_EQ(fields.find("X-One")->value, "1");
    EXPECT_EQ(fields.find("x-two"), nullptr);
    fields.remove(FieldId::set_cookie);
    EXPECT_FALSE(fields.contains(FieldId::set_cookie));
    fields.remove("X-ONE");
    EXPECT_EQ(fields.size(), 1U);
    EXPECT_EQ(fields.value_of(FieldId::host), "a");
}

TEST(head, grows_fields_without_losing_any) {
    Arena arena;
    Fields fields;
    for (int i = 0; i < 1000; ++i)
        fields.add(arena, {arena.copy(std::to_string(i)), "", FieldId::other, NameForm::plain});
    ASSERT_EQ(fields.size(), 1000U);
    int expected = 0;
    for (const auto& field : fields) EXPECT_EQ(field.name, std::to_string(expected++));
}

TEST(head, clones_fields_apart_from_their_source) {
    Arena arena;
    Fields fields;
    fields.add(arena, make_field(FieldId::host, "a"));
    Fields copy = fields.clone(arena);
    copy.add(arena, make_field(FieldId::date, "b"));
    EXPECT_EQ(fields.size(), 1U);
    EXPECT_FALSE(fields.contains(FieldId::date));
    EXPECT_EQ(copy.value_of(FieldId::host), "a");
}

TEST(head, turns_refusals_into_errors) {
    EXPECT_EQ(as_error({400, "x"}, ErrorSource::client).code, ErrorCode::malformed);
    EXPECT_EQ(as_error({431, "x"}, ErrorSource::client).code, ErrorCode::too_large);
    EXPECT_EQ(as_error({502, "x"}, ErrorSource::upstream).source, ErrorSource::upstream);
}

}   // namespace
}   // namespace gatehouse::http
