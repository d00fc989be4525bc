#include "faces/traefik/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/suggestion.h"
#include "base/text.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view environment_prefix = "TRAEFIK_";

model::Origin origin_named(std::string name) {
    return {std::make_shared<const std::string>(std::move(name)), 0, 0};
}

const Field* row_of(const Table& table, std::string_view name) {
    name = name.substr(0, name.find('['));   // an index follows the name of a list
    const auto found = std::ranges::find_if(
        table.fields, [&](const Field& field) { return equals_ignoring_case(field.name, name); });
    return found == table.fields.end() ? nullptr : &*found;
}

class ArgumentReading {
public:
    ArgumentReading(std::span<const std::string> arguments, const Table& table, const TreeLimits& limits,
                    Remarks& remarks)
        : arguments_(arguments), table_(table), limits_(limits), remarks_(remarks) {}

    std::optional<Node> run() {
        Node root{"", std::nullopt, {}, {}};
        const std::size_t errors_before = remarks_.errors();
        while (at_ < arguments_.size()) {
            if (!take_one(root)) break;
        }
        if (remarks_.errors() != errors_before) return std::nullopt;
        return root;
    }

private:
    // False: nothing more is read.
    bool take_one(Node& root) {
        const std::string& argument = arguments_[at_++];
        const std::size_t dashes = argument.starts_with("--") ? 2 : argument.starts_with('-') ? 1 : 0;
        if (argument == "--") return false;
        std::string_view name = std::string_view(argument).substr(dashes);
        if (dashes == 0 || name.empty() || name.starts_with('-') || name.starts_with('=')) {
            remarks_.error(origin_named(argument), "not an option", "options are written --NAME=VALUE");
            return false;
        }
        const auto equals = name.find('=');
        std::string value = equals == std::string_view::npos ? "" : std::string(name.substr(equals + 1));
        name = name.substr(0, equals);
        if (equals == std::string_view::npos && !take_value(name, value)) return false;
        if (argument.size() > limits_.value_bytes || ++count_ > limits_.pairs) {
            remarks_.error(origin_named(fmt::format("--{}", name.substr(0, 80))),
                           fmt::format("more than {} options, or one longer than {} bytes", limits_.pairs,
                                       limits_.value_bytes));
            return false;
        }
        add(root, name, std::move(value));
        return true;
    }

    // Of an option without "=": switches are on, anything else takes the next argument.
    bool take_value(std::string_view name, std::string& value) {
        const Field* field = find_field(table_, name);
        const bool next_is_a_value = at_ < arguments_.size() && !arguments_[at_].starts_with('-');
        const bool takes_none =
            field != nullptr && (field->kind == FieldKind::flag || field->kind == FieldKind::structure ||
                                 (field->kind == FieldKind::items && field->inner() != nullptr));
        if (takes_none || (field == nullptr && !next_is_a_value)) {
            value = "true";
            return true;
        }
        if (at_ == arguments_.size()) {
            remarks_.error(origin_named(fmt::format("--{}", name)), "the option needs a value",
                           fmt::format("--{}=VALUE", name));
            return false;
        }
        value = arguments_[at_++];
        return true;
    }

    void add(Node& root, std::string_view name, std::string value) {
        const Field* field = find_field(table_, name);
        if (field != nullptr && field->kind == FieldKind::list) {
            if (const Node* earlier = find(root, name); earlier != nullptr && earlier->value) {
                value = *earlier->value + "," + value;
            }
        }
        const auto origin = origin_named(fmt::format("--{}", name));
        if (auto wrong = add_pair(root, name, std::move(value), origin, limits_))
            remarks_.error(origin, *wrong);
    }

    static const Node* find(const Node& root, std::string_view name) {
        const Node* at = &root;
        for (const std::string_view part : split(name, '.')) {
            at = at->child(part);
            if (at == nullptr) return nullptr;
        }
        return at;
    }

    std::span<const std::string> arguments_;
    const Table& table_;
    const TreeLimits& limits_;
    Remarks& remarks_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

}   // namespace

const Field* find_field(const Table& table, std::string_view name) {
    const Table* at = &table;
    const Field* field = nullptr;
    bool is_named_item = false;   // the next part is a name that somebody chose
    for (const std::string_view part : split(name, '.')) {
        if (is_named_item) {
            is_named_item = false;
            continue;
        }
        if (at == nullptr) return nullptr;
        field = row_of(*at, part);
        if (field == nullptr) return nullptr;
        at = field->inner();
        is_named_item = field->kind == FieldKind::items;
    }
    return field;
}

std::optional<Node> tree_of_arguments(std::span<const std::string> arguments, const Table& table,
                                      const TreeLimits& limits, Remarks& remarks) {
    return ArgumentReading(arguments, table, limits, remarks).run();
}

std::optional<Node> tree_of_environment(std::span<const std::string> variables, const Table& table,
                                        const TreeLimits& limits, Remarks& remarks) {
    Node root{"", std::nullopt, {}, {}};
    const std::size_t errors_before = remarks.errors();
    std::vector<std::string_view> names;
    for (const Field& field : table.fields) names.push_back(field.name);
    for (const std::string& variable : variables) {
        if (!starts_with_ignoring_case(variable, environment_prefix)) continue;
        const auto equals = std::min(variable.find('='), variable.size());
        const std::string name = variable.substr(0, equals);
        std::string key = lower(std::string_view(name).substr(environment_prefix.size()));
        std::ranges::replace(key, '_', '.');
        const auto part = std::string_view(key).substr(0, key.find('.'));
        if (row_of(table, part) == nullptr) {
            remarks.notice(origin_named(name), "not an option: it has no effect", did_you_mean(part, names));
            continue;
        }
        std::string value = equals < variable.size() ? variable.substr(equals + 1) : "";
        if (key.size() > limits.key_bytes || value.size() > limits.value_bytes) {
            remarks.error(origin_named(name.substr(0, 80)), "the variable is too long");
        } else if (auto wrong = add_pair(root, key, std::move(value), origin_named(name), limits)) {
            remarks.error(origin_named(name), *wrong);
        }
    }
    if (remarks.errors() != errors_before) return std::nullopt;
    return root;
}

}   // namespace gatehouse::traefik
