#pragma once
// How parts of a model are put into words by dump(): templates with the names that a model gives to slots and
// maps, times, sizes and conditions. Only text; decides nothing.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/rule.h"
#include "model/snapshot.h"

namespace gatehouse::model {

class Wording {
public:
    explicit Wording(const Model& model) : model_(model) {}

    [[nodiscard]] std::string of(const Template& text) const;   // in double quotes
    [[nodiscard]] std::string of(const VariableRef& ref) const;
    [[nodiscard]] std::string of(const Condition& condition) const;

private:
    const Model& model_;
};

[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] std::string in_words(std::chrono::milliseconds time);   // "60s", "1500ms"
[[nodiscard]] std::string in_words(const Regex& regex);               // in slashes
[[nodiscard]] std::string in_words(const Network& network);
[[nodiscard]] std::string in_words(const Rule& rule);   // "(host a.example and path begins with /api)"
[[nodiscard]] std::string_view in_words(Balancing balancing);

}   // namespace gatehouse::model
