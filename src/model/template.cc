#include "model/template.h"

#include <array>
#include <span>
#include <utility>

namespace gatehouse::model {

Template::Template(std::string literal) {
    if (!literal.empty()) parts_.emplace_back(std::move(literal));
}

Template::Template(std::vector<Part> parts) {
    parts_.reserve(parts.size());
    for (auto& part : parts) {
        auto* literal = std::get_if<std::string>(&part);
        if (literal != nullptr && literal->empty()) continue;
        auto* before = parts_.empty() ? nullptr : std::get_if<std::string>(&parts_.back());
        if (literal != nullptr && before != nullptr) {
            *before += *literal;
        } else {
            parts_.push_back(std::move(part));
        }
    }
}

bool Template::is_constant() const {
    return parts_.empty() || (parts_.size() == 1 && std::holds_alternative<std::string>(parts_.front()));
}

std::string_view Template::constant() const {
    return parts_.empty() ? std::string_view() : std::get<std::string>(parts_.front());
}

namespace {

std::string_view value_of(const Template::Part& part, VariableSource& source) {
    if (const auto* literal = std::get_if<std::string>(&part)) return *literal;
    return source.variable(std::get<VariableRef>(part)).value_or(std::string_view());
}

}   // namespace

std::string_view Template::render(VariableSource& source) const {
    if (parts_.empty()) return {};
    if (parts_.size() == 1) return value_of(parts_.front(), source);

    // Each variable is asked once, then all is copied once. Views in the arena stay valid while it grows.
    std::array<std::string_view, 16> few;
    std::span<std::string_view> values(few);
    if (parts_.size() > few.size()) {
        void* memory =
            source.arena().allocate(parts_.size() * sizeof(std::string_view), alignof(std::string_view));
        values = {static_cast<std::string_view*>(memory), parts_.size()};
    }
    std::size_t total = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        values[i] = value_of(parts_[i], source);
        total += values[i].size();
    }
    const auto out = source.arena().allocate_text(total);
    char* to = out.data();
    for (const auto value : values.first(parts_.size())) to += value.copy(to, value.size());
    return {out.data(), total};
}

}   // namespace gatehouse::model
