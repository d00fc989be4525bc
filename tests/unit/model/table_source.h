#pragma once
// A VariableSource for tests: values by name, and a count of how often each reference was asked for.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/arena.h"
#include "model/variable.h"

namespace gatehouse::model {

class TableSource : public VariableSource {
public:
    TableSource(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}

    std::optional<std::string_view> variable(const VariableRef& ref) override {
        ++asked;
        const auto found = values_.find(name_of(ref));
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }
    Arena& arena() override { return arena_; }

    int asked = 0;

private:
    std::map<std::string, std::string> values_;
    Arena arena_;
};

}   // namespace gatehouse::model
