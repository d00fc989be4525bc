#include "exchange/own_variables.h"

#include <memory>

namespace gatehouse::exchange {
namespace {

std::span<std::optional<std::string_view>> make_values(Arena& arena, std::size_t count) {
    using Value = std::optional<std::string_view>;
    if (count == 0) return {};
    auto* memory = static_cast<Value*>(arena.allocate(count * sizeof(Value), alignof(Value)));
    std::uninitialized_default_construct_n(memory, count);
    return {memory, count};
}

}   // namespace

OwnVariables::OwnVariables(const model::Model& model, Arena& arena)
    : model_(model),
      slots_(make_values(arena, model.slots.size())),
      maps_(make_values(arena, model.maps.size())) {}

std::optional<std::string_view> OwnVariables::missing(std::uint16_t slot) const {
    if (get(slot) || slot >= model_.is_set.size() || !model_.is_set[slot]) return {};
    return model_.slots[slot];
}

void OwnVariables::take_named(const model::Regex& regex, const model::Captures& captures) {
    for (const auto& named : regex.named())
        set(named.slot, captures.at(named.group));   // a group that took no part is empty
}

std::optional<std::string_view> OwnVariables::map(std::uint16_t slot, model::VariableSource& source,
                                                  model::Captures& captures) {
    if (slot >= maps_.size()) return {};
    const auto& block = *model_.maps[slot];
    auto& known = maps_[slot];
    if (known && !block.is_volatile) return known;
    known = std::string_view();   // a map that asks for itself ends here
    auto& arena = source.arena();
    const auto subject = arena.copy(block.subject.render(source));
    const model::Captures before = captures;
    const model::MapBlock::RegexEntry* regex = nullptr;
    const auto& chosen = block.find(subject, captures, regex);
    if (regex != nullptr) take_named(*regex->regex, captures);
    known = arena.copy(chosen.render(source));
    captures = before;
    return known;
}

}   // namespace gatehouse::exchange
