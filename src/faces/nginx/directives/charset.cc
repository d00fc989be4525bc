// Charsets of texts: which is announced, which they are in, and how one becomes the other.
#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"

namespace gatehouse::nginx::directives {
namespace {

using model::CharsetMap;
using model::CharsetTable;

// A charset's name, or variables that give one; "off" is none.
void take_name(Level& level, const Word& word, std::string& name, model::Template& variable) {
    name.clear();
    variable = {};
    if (has_variables(word.text)) {
        variable = level.compilation.variables.parse(word);
    } else if (word.text != "off") {
        name = word.text;
    }
}

// The bytes that an even number of hexadecimal digits stand for, or one digit for one byte.
std::optional<std::string> bytes_of(std::string_view hex) {
    if (hex.size() == 1) return bytes_of("0" + std::string(hex));
    if (hex.empty() || hex.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

void add_character(Compilation& compilation, const Directive& entry, CharsetMap& map) {
    if (entry.arguments.size() != 1 || entry.has_block) {
        compilation.error(entry.name, "invalid parameters number", "expected two characters in hexadecimal");
        return;
    }
    const Word& value = entry.arguments[0];
    const auto from = bytes_of(entry.name.text);
    if (!from || from->size() != 1) {
        compilation.error(entry.name, fmt::format("invalid value \"{}\"", entry.name.text),
                          "expected a byte in hexadecimal, such as C1");
        return;
    }
    const auto to = bytes_of(value.text);
    const bool to_utf8 = map.forth.kind == CharsetTable::Kind::to_utf8;
    const char32_t code = to && to_utf8 ? model::decode_utf8(*to) : 0;
    if (!to || code == model::no_code_point || (!to_utf8 && to->size() != 1)) {
        compilation.error(value, fmt::format("invalid value \"{}\"", value.text),
                          to_utf8 ? "expected a character in UTF-8 in hexadecimal, such as D0B0"
                                  : "expected a byte in hexadecimal, such as C1");
        return;
    }
    map.forth.characters[static_cast<unsigned char>(from->front())] = *to;
    if (to_utf8) {
        map.back.of_code_point[code] = from->front();
    } else {
        map.back.characters[static_cast<unsigned char>(to->front())] = *from;
    }
}

}   // namespace

void charset(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    take_name(level, directive.arguments[0], level.route.charset, level.route.charset_variable);
}

void source_charset(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.source_charset = directive.arguments[0];
    take_name(level, directive.arguments[0], level.route.source_charset, level.route.source_charset_variable);
}

void charset_types(Level& level, const Directive& directive) {
    auto types = std::make_shared<model::ByteTypes>();
    if (!level.first(directive.name.text) && level.route.charset_types) *types = *level.route.charset_types;
    types->types.insert("text/html");   // nginx always includes it
    for (const Word& word : directive.arguments) {
        if (word.text == "*") {
            types->all = true;
        } else {
            types->types.insert(lower(word.text));
        }
    }
    level.route.charset_types = std::move(types);
}

void charset_map(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const std::string& from = directive.arguments[0].text;
    const std::string& to = directive.arguments[1].text;
    if (equals_ignoring_case(from, to)) {
        compilation.error(directive.name,
                          fmt::format("\"charset_map\" between the same charsets \"{}\"", from));
        return;
    }
    if (model::find_charset_table(compilation.model.charset_maps, from, to) != nullptr) {
        compilation.error(directive.name,
                          fmt::format("duplicate \"charset_map\" between \"{}\" and \"{}\"", from, to));
        return;
    }
    const bool to_utf8 = equals_ignoring_case(to, "utf-8");
    using Kind = CharsetTable::Kind;
    CharsetMap map{.forth = CharsetTable::make(from, to, to_utf8 ? Kind::to_utf8 : Kind::bytes),
                   .back = CharsetTable::make(to, from, to_utf8 ? Kind::from_utf8 : Kind::bytes)};
    for (const Directive& entry : directive.children) add_character(compilation, entry, map);
    compilation.model.charset_maps.push_back(std::move(map));
}

}   // namespace gatehouse::nginx::directives
