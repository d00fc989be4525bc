#pragma once
// The values, for one exchange or session, of the variables that a configuration defines itself: what `set`
// and named captures give, and maps. Texts live in the arena of who owns this.

#include "base/arena.h"
#include "model/regex.h"
#include "model/snapshot.h"
#include "model/variable.h"

#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::exchange {

class OwnVariables {
public:
    // Of this model, which outlives it, as the arena does.
    OwnVariables(const model::Model& model, Arena& arena);

    // VariableId::slot.
    [[nodiscard]] std::optional<std::string_view> get(std::uint16_t slot) const {
        return slot < slots_.size() ? slots_[slot] : std::nullopt;
    }
    void set(std::uint16_t slot, std::string_view value) {
        if (slot < slots_.size()) slots_[slot] = value;
    }
    // The name of what has no value although some `set` would give it one; nothing: no fault is seen.
    [[nodiscard]] std::optional<std::string_view> missing(std::uint16_t slot) const;
    // After a regex with named groups matched: fills their slots.
    void take_named(const model::Regex& regex, const model::Captures& captures);

    // VariableId::map: computed once, or again each time where the map is volatile. `captures` are those of
    // the source; they are what they were afterwards.
    [[nodiscard]] std::optional<std::string_view> map(std::uint16_t slot, model::VariableSource& source,
                                                      model::Captures& captures);
    void set_map(std::uint16_t slot, std::string_view value) {
        if (slot < maps_.size()) maps_[slot] = value;
    }

private:
    using Values = std::span<std::optional<std::string_view>>;
    const model::Model& model_;
    Values slots_, maps_;
};

}   // namespace gatehouse::exchange
