#include "faces/traefik/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gatehouse::traefik {
namespace {

bool is_index(std::string_view element) {   // "[0]"
    return element.size() >= 3 && element.front() == '[' && element.back() == ']' &&
           std::ranges::all_of(element.substr(1, element.size() - 2), is_digit);
}

// "domains[0]" is two steps: the list and its element.
std::optional<std::string> split_element(std::string_view element, std::string_view key,
                                         std::vector<std::string_view>& path) {
    if (element.empty()) return fmt::format("\"{}\" has an empty element", key);
    if (element.front() == '[') {
        return fmt::format("\"{}\": an index follows the name of a list: name[0]", key);
    }
    if (element.back() != ']') {
        path.push_back(element);
        return std::nullopt;
    }
    const auto bracket = element.find('[');
    if (bracket == std::string_view::npos || !is_index(element.substr(bracket))) {
        return fmt::format("\"{}\": an index is a number in brackets: name[0]", key);
    }
    path.push_back(element.substr(0, bracket));
    path.push_back(element.substr(bracket));
    return std::nullopt;
}

}   // namespace

const Node* Node::child(std::string_view wanted) const {
    const auto found = std::ranges::find_if(
        children, [&](const Node& node) { return equals_ignoring_case(node.name, wanted); });
    return found == children.end() ? nullptr : &*found;
}

Node* Node::child(std::string_view wanted) { return const_cast<Node*>(std::as_const(*this).child(wanted)); }

bool Node::is_list() const { return !children.empty() && is_index(children.front().name); }

bool operator==(const Node& a, const Node& b) {
    return a.name == b.name && a.value == b.value && a.children == b.children;
}

std::optional<std::string> add_pair(Node& root, std::string_view key, std::string value, model::Origin origin,
                                    const TreeLimits& limits) {
    std::vector<std::string_view> path;
    for (const std::string_view element : split(key, '.')) {
        if (auto wrong = split_element(element, key, path)) return wrong;
        if (path.size() > limits.depth) {
            return fmt::format("\"{}…\" is deeper than {} elements", key.substr(0, 60), limits.depth);
        }
    }
    Node* at = &root;
    for (const std::string_view name : path) {
        Node* next = at->child(name);
        if (next == nullptr) {
            at->children.push_back({std::string(name), std::nullopt, {}, origin});
            next = &at->children.back();
        }
        at = next;
    }
    at->value = std::move(value);
    at->origin = std::move(origin);
    return std::nullopt;
}

bool is_valid_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return false;
        std::uint32_t point = lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto byte = static_cast<unsigned char>(text[at + i]);
            if ((byte & 0xc0) != 0x80) return false;
            point = point << 6 | (byte & 0x3fU);
        }
        const bool too_long = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        if (too_long || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
        at += length;
    }
    return true;
}

}   // namespace gatehouse::traefik
