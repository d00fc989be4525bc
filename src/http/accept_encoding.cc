#include "http/accept_encoding.h"

#include "base/text.h"

namespace gatehouse::http {
namespace {

// "0", "0.5", "1.000"; what is no weight counts as 1, as if it were not there.
unsigned parse_weight(std::string_view text) {
    constexpr unsigned whole = 1000;
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return whole;
    if (text[0] == '1') return whole;
    if (text.size() == 1) return 0;
    if (text[1] != '.') return whole;
    unsigned weight = 0, unit = 100;
    for (const char c : text.substr(2)) {
        if (!is_digit(c)) return whole;
        weight += static_cast<unsigned>(c - '0') * unit;
        unit /= 10;
    }
    return weight;
}

unsigned weight_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto semicolon = parameters.find(';');
        const auto parameter = trim(parameters.substr(0, semicolon));
        if (starts_with_ignoring_case(parameter, "q=")) return parse_weight(trim(parameter.substr(2)));
        if (semicolon == std::string_view::npos) break;
        parameters.remove_prefix(semicolon + 1);
    }
    return 1000;
}

bool is_named(std::string_view name, std::string_view coding) {
    if (equals_ignoring_case(name, coding)) return true;
    return coding == "gzip" && equals_ignoring_case(name, "x-gzip");   // RFC 9110 8.4.1.3
}

}   // namespace

std::optional<unsigned> coding_weight(std::string_view accept_encoding, std::string_view coding) {
    std::optional<unsigned> of_others;
    while (!accept_encoding.empty()) {
        const auto comma = accept_encoding.find(',');
        const auto item = accept_encoding.substr(0, comma);
        const auto semicolon = item.find(';');
        const auto name = trim(item.substr(0, semicolon));
        const auto parameters =
            semicolon == std::string_view::npos ? std::string_view() : item.substr(semicolon + 1);
        if (is_named(name, coding)) return weight_of(parameters);
        if (name == "*") of_others = weight_of(parameters);
        if (comma == std::string_view::npos) break;
        accept_encoding.remove_prefix(comma + 1);
    }
    return of_others;
}

}   // namespace gatehouse::http
