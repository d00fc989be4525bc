#include "http/field_name_set.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::http {

void FieldNameSet::add(std::string_view name) {
    const FieldId id = field_id(name);
    if (id == FieldId::other) {
        has_others_ = true;
    } else {
        ids_.add(id);
    }
    names_.emplace_back(name);
}

void FieldNameSet::clear() {
    ids_.clear();
    names_.clear();
    has_others_ = false;
}

bool FieldNameSet::contains_other(std::string_view name) const {
    return std::ranges::any_of(names_,
                               [name](const std::string& own) { return equals_ignoring_case(own, name); });
}

}   // namespace gatehouse::http
