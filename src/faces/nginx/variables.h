#pragma once
// The $variables of one configuration: which names exist, and what each is compiled to. A name may be used
// before it is defined, as in nginx, so unknown ones are reported at the end. Also parses text with variables
// into templates. Names of http and of stream are apart, and share the numbers of slots and maps. Lives as
// long as one compilation.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faces/nginx/diagnostic.h"
#include "faces/nginx/tree.h"
#include "model/template.h"

namespace gatehouse::nginx {

// What a number stands for, in all scopes.
struct VariableTable {
    struct Slot {
        std::string name;
        model::VariableScope scope = model::VariableScope::http;
        Word first_use{};
        bool is_defined = false;
        bool is_set = false;   // by `set`
    };
    std::vector<Slot> slots;
    std::uint16_t maps = 0;

    [[nodiscard]] std::vector<std::string> slot_names() const;
    [[nodiscard]] std::vector<bool> slots_of_set() const;
};

class Variables {
public:
    Variables(Diagnostics& diagnostics, VariableTable& table, model::VariableScope scope)
        : diagnostics_(&diagnostics), table_(&table), scope_(scope) {}

    // `name` without the `$`, used in `where`.
    [[nodiscard]] model::VariableRef use(std::string_view name, const Word& where);
    // A name that a named capture gives a value. Reports an error for the built-in ones.
    [[nodiscard]] std::uint16_t define(std::string_view name, const Word& where);
    // A name that `set` gives a value: also that of a map, and the built-in ones that nginx lets one change.
    [[nodiscard]] model::VariableRef assign(std::string_view name, const Word& where);
    // `set $http_x …` stands somewhere: the name is no longer that of a request field. To be called before
    // any use.
    void reserve(std::string_view name, const Word& where);
    // The next map block is that of `name`.
    void define_map(std::string_view name, const Word& where);

    [[nodiscard]] model::Template parse(const Word& word) { return parse(word.text, word); }
    // `text` is part of `where`, which errors point to.
    [[nodiscard]] model::Template parse(std::string_view text, const Word& where);

    void report_unknown();

private:
    using Slot = VariableTable::Slot;
    [[nodiscard]] std::optional<model::VariableRef> built_in(std::string_view name) const {
        return model::find_builtin_variable(name, scope_);
    }
    [[nodiscard]] bool never_has_a_value(std::string_view name) const;
    [[nodiscard]] bool is_open_ended(std::string_view name) const;
    [[nodiscard]] std::uint16_t slot_of(const std::string& name, const Word& where);
    [[nodiscard]] std::size_t parse_reference(std::string_view text, std::size_t dollar, const Word& where,
                                              std::vector<model::Template::Part>& parts);
    void report(const Word& where, std::string message, std::string hint = {});

    Diagnostics* diagnostics_;
    VariableTable* table_;
    model::VariableScope scope_;
    std::map<std::string, std::uint16_t, std::less<>> slot_by_name_;
    std::map<std::string, std::uint16_t, std::less<>> map_by_name_;
};

// Whether nginx would see a variable in this text.
[[nodiscard]] inline bool has_variables(std::string_view text) {
    return text.find('$') != std::string_view::npos;
}

}   // namespace gatehouse::nginx
