#include "faces/traefik/show.h"

#include <fmt/format.h>

#include "faces/traefik/decode.h"

namespace gatehouse::traefik {
namespace {

void show_node(Showing& showing, std::string_view name, const Node& node) {
    if (node.children.empty()) return showing.text(name, node.value.value_or(""));
    showing.begin(name, node.is_list() ? Shape::list : Shape::structure);
    for (const Node& child : node.children) show_node(showing, node.is_list() ? "" : child.name, child);
    showing.end();
}

}   // namespace

void Showing::show(std::string_view name, const Opaque& value) { show_node(*this, name, value.node); }

void Showing::fields(const Table& table, const void* object, const void* usual) {
    for (const Field& field : table.fields) field.show(*this, field, object, usual);
}

void TextShowing::begin(std::string_view name, Shape) {
    line(name, "");
    ++depth_;
}

void TextShowing::text(std::string_view name, std::string_view value) {
    line(name, value.empty() ? "\"\"" : value);
}

void TextShowing::flag(std::string_view name, bool value) { line(name, value ? "true" : "false"); }

void TextShowing::number(std::string_view name, std::int64_t value) { line(name, std::to_string(value)); }

void TextShowing::real(std::string_view name, double value) { line(name, fmt::format("{}", value)); }

void TextShowing::line(std::string_view name, std::string_view value) {
    result_.append(depth_ * 2, ' ');
    if (name.empty()) {
        result_ += "-";
    } else {
        result_.append(name);
        result_ += ':';
    }
    if (!value.empty()) {
        result_ += ' ';
        result_.append(value);
    }
    result_ += '\n';
}

}   // namespace gatehouse::traefik
