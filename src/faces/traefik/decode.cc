#include "faces/traefik/decode.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggestion.h"
#include "base/text.h"

namespace gatehouse::traefik {
namespace {

constexpr std::size_t longest_list_of_names = 12;
constexpr std::size_t longest_quoted_value = 80;   // bytes of a wrong value that a message repeats

std::string_view written_name(const Field& field, Written written) {
    const bool singular = written == Written::as_labels && !field.options.singular.empty();
    return singular ? field.options.singular : field.name;
}

bool may_be_written(const Field& field, Written written) {
    return written == Written::as_labels ? field.options.labels : field.options.files;
}

std::string quoted(std::string_view value) {
    if (value.size() <= longest_quoted_value) return fmt::format("\"{}\"", value);
    return fmt::format("\"{}…\"", value.substr(0, longest_quoted_value));
}

}   // namespace

void Decoding::read_fields(const Table& table, const Node& node, void* object) {
    for (const Node& child : node.children) {
        const auto found = std::ranges::find_if(table.fields, [&](const Field& field) {
            return equals_ignoring_case(written_name(field, written_), child.name);
        });
        if (found == table.fields.end()) {
            unknown(table, child);
        } else if (!may_be_written(*found, written_)) {
            const bool label = written_ == Written::as_labels;
            remarks_.error(
                child.origin,
                fmt::format("\"{}\" of {} cannot be {}", found->name, table.what,
                            label ? "a label" : "written here"),
                label ? "write it in a file and refer to it as NAME@file" : "it is an option of labels");
        } else if (!found->options.refusal.empty()) {
            remarks_.error(child.origin, fmt::format("\"{}\" is not supported", child.name),
                           std::string(found->options.refusal));
        } else {
            if (!found->options.notice.empty()) {
                remarks_.notice(child.origin, fmt::format("\"{}\" is accepted, but {}", found->name,
                                                          found->options.notice));
            }
            found->read(*this, *found, child, object);
        }
    }
}

void Decoding::unknown(const Table& table, const Node& node) {
    std::vector<std::string_view> names;
    for (const Field& field : table.fields) {
        if (may_be_written(field, written_)) names.push_back(written_name(field, written_));
    }
    std::string hint = did_you_mean(node.name, names);
    if (hint.empty() && names.size() <= longest_list_of_names) {
        hint = fmt::format("known are {}", fmt::join(names, ", "));
    }
    remarks_.error(node.origin, fmt::format("{} is no option of {}", quoted(node.name), table.what),
                   std::move(hint));
}

void Decoding::value_without_use(const Node& node) {
    if (node.value->empty()) return;
    remarks_.warning(node.origin,
                     fmt::format("the value {} of \"{}\" has no meaning", quoted(*node.value), node.name),
                     "options are written below it: NAME.OPTION=value");
}

const std::string* Decoding::value_of(const Field& field, const Node& node) {
    if (!node.children.empty()) {
        remarks_.error(node.children.front().origin,
                       fmt::format("\"{}\" takes a value, it has no options", field.name));
        return nullptr;
    }
    static const std::string none;
    return node.value ? &*node.value : &none;
}

void Decoding::read(const Field& field, const Node& node, std::string& out) {
    if (const std::string* value = value_of(field, node)) out = *value;
}

void Decoding::read(const Field& field, const Node& node, bool& out) {
    const std::string* value = value_of(field, node);
    if (value == nullptr) return;
    if (const auto flag = parse_flag(*value)) {
        out = *flag;
    } else {
        remarks_.error(node.origin,
                       fmt::format("\"{}\" is true or false, not {}", field.name, quoted(*value)));
    }
}

void Decoding::read(const Field& field, const Node& node, double& out) {
    const std::string* value = value_of(field, node);
    if (value == nullptr) return;
    if (const auto number = parse_real(*value)) {
        out = *number;
    } else {
        remarks_.error(node.origin, fmt::format("\"{}\" is a number, not {}", field.name, quoted(*value)));
    }
}

void Decoding::read(const Field& field, const Node& node, Duration& out) {
    const std::string* value = value_of(field, node);
    if (value == nullptr) return;
    if (const auto duration = parse_go_duration(*value)) {
        out = *duration;
    } else {
        remarks_.error(node.origin, fmt::format("\"{}\" is a duration, not {}", field.name, quoted(*value)),
                       "seconds, or with units: 10s, 1m30s, 100ms");
    }
}

void Decoding::read(const Field&, const Node& node, Opaque& out) { out.node = node; }

std::optional<std::int64_t> Decoding::read_number(const Field& field, const Node& node, std::int64_t least,
                                                  std::int64_t most) {
    const std::string* value = value_of(field, node);
    if (value == nullptr) return std::nullopt;
    const auto number = parse_number(*value);
    if (number && *number >= least && *number <= most) return number;
    remarks_.error(node.origin, fmt::format("\"{}\" is a whole number, not {}", field.name, quoted(*value)));
    return std::nullopt;
}

bool Decoding::stands(const Field& field, const Node& node) {
    const bool switched_off = field.options.bare && node.value && !node.value->empty() &&
                              !equals_ignoring_case(*node.value, "true");
    if (switched_off) {
        if (!node.children.empty()) {
            remarks_.warning(node.origin, fmt::format("\"{}={}\" switches it off, with all options below it",
                                                      field.name, *node.value));
        }
        return false;
    }
    if (!node.children.empty()) {
        if (node.value && !field.options.bare) value_without_use(node);
        return true;
    }
    if (field.options.bare) return true;
    std::string names;
    if (field.inner() != nullptr && !field.inner()->fields.empty()) {
        names = fmt::format("write {}.{}=…, or another of its options", written_name(field, written_),
                            field.inner()->fields.front().name);
    }
    remarks_.error(node.origin, fmt::format("\"{}\" cannot stand alone", written_name(field, written_)),
                   std::move(names));
    return false;
}

bool Decoding::one_element(const Field& field) const {
    return written_ == Written::as_labels && !field.options.singular.empty();
}

bool Decoding::is_list(const Field& field, const Node& node) {
    if (node.is_list()) return true;
    if (node.children.empty() && (!node.value || node.value->empty())) return false;   // an empty list
    remarks_.error(node.origin, fmt::format("\"{}\" is a list of structures", field.name),
                   fmt::format("write {}[0].NAME=value", field.name));
    return false;
}

bool Decoding::has_names(const Field& field, const Node& node) {
    const bool empty_in_a_file = written_ == Written::in_file && !node.value;
    if (!node.children.empty() || empty_in_a_file) {
        if (node.value) value_without_use(node);
        return true;
    }
    remarks_.error(node.origin, fmt::format("\"{}\" needs a name below it", field.name),
                   fmt::format("write {}.NAME…", field.name));
    return false;
}

std::vector<Node> Decoding::elements(const Field& field, const Node& node) {
    if (node.is_list()) return node.children;
    std::vector<Node> out;
    const std::string* value = value_of(field, node);
    if (value == nullptr) return out;
    for (const std::string_view part : split(*value, ',')) {
        if (const auto element = trim(part); !element.empty()) {
            out.push_back({node.name, std::string(element), {}, node.origin});
        }
    }
    return out;
}

}   // namespace gatehouse::traefik
