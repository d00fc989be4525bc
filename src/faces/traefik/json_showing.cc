#include "faces/traefik/json_showing.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace gatehouse::traefik {
namespace {

constexpr std::string_view hidden = "xxxx";

// What an empty value of means something: the field is removed.
constexpr std::array<std::string_view, 3> header_maps = {"customRequestHeaders", "customResponseHeaders",
                                                         "sslProxyHeaders"};
// Pointers in Traefik's structs: told also when false.
constexpr std::array<std::string_view, 2> told_when_false = {"passHostHeader", "followRedirects"};

bool is_secret_header(std::string_view name) {
    constexpr std::array<std::string_view, 8> words = {"authorization", "cookie", "token",  "secret",
                                                       "password",      "key",    "apikey", "credential"};
    return std::ranges::any_of(words, [&](auto word) { return contains_ignoring_case(name, word); });
}

}   // namespace

void JsonShowing::begin(std::string_view name, Shape shape) {
    if (levels_.size() == 1 && shape == Shape::structure && first_.empty()) first_ = name;
    if (!levels_.empty()) {
        if (!in_list()) writer_.name(name);
        if (shape == Shape::list) {
            writer_.begin_list();
        } else {
            writer_.begin_object();
        }
    }
    levels_.push_back({std::string(name), shape});
}

void JsonShowing::end() {
    const bool is_list = in_list();
    levels_.pop_back();
    if (levels_.empty()) return;
    if (is_list) {
        writer_.end_list();
    } else {
        writer_.end_object();
    }
}

void JsonShowing::text(std::string_view name, std::string_view value) {
    if (in_list()) {
        const auto colon = value.find(':');
        if (!is_in("users")) return writer_.text(value);
        return writer_.text(std::string(value.substr(0, colon)) + ":" + std::string(hidden));
    }
    const bool is_of_check =
        is_in("headers") && levels_.size() > 1 && levels_.rbegin()[1].name == "healthCheck";
    const bool is_header =
        is_of_check || std::ranges::find(header_maps, levels_.back().name) != header_maps.end();
    const bool is_usual = !is_header && (value.empty() || value == "0s");
    if (is_usual) return;
    writer_.name(name).text(is_header && is_secret_header(name) && !value.empty() ? hidden : value);
}

void JsonShowing::flag(std::string_view name, bool value) {
    const bool is_told = value || std::ranges::find(told_when_false, name) != told_when_false.end();
    if (in_list()) return writer_.flag(value);
    if (is_told) writer_.name(name).flag(value);
}

void JsonShowing::number(std::string_view name, std::int64_t value) {
    if (in_list()) return writer_.number(value);
    const bool is_told_elsewhere = levels_.size() == 1 && name == "priority";   // as it really is
    if (value != 0 && !is_told_elsewhere) writer_.name(name).number(value);
}

void JsonShowing::real(std::string_view name, double value) {
    if (in_list()) return writer_.real(value);
    if (value != 0) writer_.name(name).real(value);
}

}   // namespace gatehouse::traefik
