#pragma once
// A set of field names that is asked once per field of a message: names with an id by one bit, the others by
// comparison. Built when a configuration is read; immutable afterwards.

#include <string>
#include <vector>

#include "http/head.h"

namespace gatehouse::http {

class FieldNameSet {
public:
    void add(std::string_view name);   // in any case
    void clear();
    [[nodiscard]] bool contains(const Field& field) const {
        if (field.id != FieldId::other) return ids_.contains(field.id);
        return has_others_ && contains_other(field.name);
    }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }   // as added

private:
    [[nodiscard]] bool contains_other(std::string_view name) const;

    FieldSet ids_;
    std::vector<std::string> names_;
    bool has_others_ = false;
};

}   // namespace gatehouse::http
