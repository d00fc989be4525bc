#include "http/conditional.h"

#include <algorithm>

#include "http/date.h"
#include "http/entity_tag.h"

namespace gatehouse::http {
namespace {

// Whether any of the fields of that name is "*" or holds the tag.
bool any_matches(const Fields& request, FieldId id, const Validators& validators, TagComparison comparison) {
    const auto tag = parse_entity_tag(validators.entity_tag);
    return std::ranges::any_of(request, [&](const Field& field) {
        if (field.id != id) return false;
        return field.value == "*" || (tag && list_contains(field.value, *tag, comparison));
    });
}

bool is_unmodified_since(const Fields& request, const Validators& validators) {
    const auto since = parse_http_date(request.value_of(FieldId::if_unmodified_since));
    // RFC 9110 13.1.4: without a valid date on both sides the field is as if it were not there.
    return !since || !validators.last_modified || *validators.last_modified <= *since;
}

bool is_modified_since(const Fields& request, const Validators& validators, IfModifiedSince mode) {
    const auto since = parse_http_date(request.value_of(FieldId::if_modified_since));
    if (!since || !validators.last_modified || mode == IfModifiedSince::off) return true;
    if (mode == IfModifiedSince::exact) return *since != *validators.last_modified;
    return *since < *validators.last_modified;
}

}   // namespace

// RFC 9110 13.2.2. If-Modified-Since counts only without If-None-Match, and for GET and HEAD; nginx, which
// wants both to agree, answers 200 in cases where this answers 304.
Precondition evaluate_preconditions(Method method, const Fields& request, const Validators& validators,
                                    IfModifiedSince mode) {
    const bool reading = method == Method::get || method == Method::head;
    if (request.contains(FieldId::if_match)) {
        if (!any_matches(request, FieldId::if_match, validators, TagComparison::strong))
            return Precondition::failed;
    } else if (request.contains(FieldId::if_unmodified_since)) {
        if (!is_unmodified_since(request, validators)) return Precondition::failed;
    }
    if (request.contains(FieldId::if_none_match)) {
        if (any_matches(request, FieldId::if_none_match, validators, TagComparison::weak)) {
            return reading ? Precondition::not_modified : Precondition::failed;
        }
    } else if (reading && request.contains(FieldId::if_modified_since)) {
        if (!is_modified_since(request, validators, mode)) return Precondition::not_modified;
    }
    return Precondition::proceed;
}

bool range_applies(const Fields& request, const Validators& validators) {
    const auto* condition = request.find(FieldId::if_range);
    if (condition == nullptr) return true;
    if (const auto asked = parse_entity_tag(condition->value)) {
        const auto tag = parse_entity_tag(validators.entity_tag);
        return tag && strongly_equal(*asked, *tag);
    }
    const auto date = parse_http_date(condition->value);
    return date && validators.last_modified && *date == *validators.last_modified;
}

}   // namespace gatehouse::http
