#include "check/variables.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::check {
namespace {

constexpr int deepest = 16;   // defaults within defaults
constexpr std::size_t number_bytes = 5;

bool begins_name(char c) { return is_alpha(c) || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

std::string_view take_name(std::string_view& rest) {
    std::size_t end = 0;
    while (end < rest.size() && continues_name(rest[end])) ++end;
    const auto name = rest.substr(0, end);
    rest.remove_prefix(end);
    return name;
}

// Behind "${": up to the brace that closes it; npos: none does.
std::size_t closing_brace(std::string_view text) {
    int open = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{') ++open;
        if (text[at] == '}' && --open == 0) return at;
    }
    return std::string_view::npos;
}

// Calls back for each run of digits of that length, with what is before it.
template <class Found>
void for_each_number(std::string_view text, const Found& found) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end - at == number_bytes) found(at, text.substr(at, number_bytes));
        at = std::max(end, at + 1);
    }
}

}   // namespace

void Variables::avoid(std::string_view text) {
    for_each_number(text, [this](std::size_t, std::string_view number) { numbers_.emplace(number); });
}

std::string Variables::stand_in(const std::string& name) {
    auto known = stand_ins_.find(name);
    if (known != stand_ins_.end()) return known->second;
    constexpr std::uint32_t last_port = 65'535;
    while (next_ < last_port && numbers_.contains(std::to_string(next_))) ++next_;
    return stand_ins_.emplace(name, std::to_string(next_ < last_port ? next_++ : next_)).first->second;
}

Filled Variables::fill(std::string_view text) {
    Filled filled;
    fill_into(text, filled, 0);
    return filled;
}

void Variables::fill_into(std::string_view text, Filled& filled, int depth) {
    while (!text.empty() && filled.wrong.empty()) {
        const auto dollar = std::min(text.find('$'), text.size());
        filled.text += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (text.empty()) return;
        text.remove_prefix(1);
        take_variable(text, filled, depth);
    }
}

// Behind a "$".
void Variables::take_variable(std::string_view& rest, Filled& filled, int depth) {
    if (rest.starts_with('$')) {
        filled.text += '$';
        rest.remove_prefix(1);
    } else if (rest.starts_with('{')) {
        rest.remove_prefix(1);
        take_braced(rest, filled, depth);
    } else if (!rest.empty() && begins_name(rest.front())) {
        const std::string name(take_name(rest));
        const auto known = values_.find(name);
        if (known == values_.end()) filled.unset.push_back(name);
        filled.text += known == values_.end() ? stand_in(name) : known->second;
    } else {
        filled.text += '$';
        filled.has_lone_dollar = true;
    }
}

void Variables::take_braced(std::string_view& rest, Filled& filled, int depth) {
    const auto end = closing_brace(rest);
    if (end == std::string_view::npos || depth > deepest) {
        filled.wrong = "\"${\" is never closed";
        return;
    }
    std::string_view inside = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const std::string name(take_name(inside));
    if (name.empty() || !begins_name(name.front())) {
        filled.wrong = fmt::format("\"${{{}}}\" is no variable", inside.substr(0, 20));
        return;
    }
    const auto known = values_.find(name);
    const bool or_empty = inside.starts_with(':');
    if (or_empty) inside.remove_prefix(1);
    const char kind = inside.empty() ? ' ' : inside.front();
    if (!inside.empty()) inside.remove_prefix(1);
    if (std::string_view(" +-?").find(kind) == std::string_view::npos) {
        filled.wrong = fmt::format("\"${{{}{}\" is no variable: expected }}, :-, :? or :+", name, kind);
        return;
    }
    const bool is_there = known != values_.end() && !(or_empty && known->second.empty());
    if (kind == '+') {
        if (is_there) fill_into(inside, filled, depth + 1);
    } else if (is_there) {
        filled.text += known->second;
    } else if (kind == '-') {
        fill_into(inside, filled, depth + 1);
    } else if (kind == '?') {
        filled.required.push_back(inside.empty() ? name : fmt::format("{}: {}", name, inside));
        filled.text += stand_in(name);
    } else {
        filled.unset.push_back(name);
        filled.text += stand_in(name);
    }
}

std::string Variables::restored(std::string_view text) const {
    std::string out;
    std::size_t done = 0;
    for_each_number(text, [&](std::size_t at, std::string_view number) {
        const auto stands_in = std::ranges::find(stand_ins_, number, [](const auto& p) { return p.second; });
        if (stands_in == stand_ins_.end()) return;
        out += text.substr(done, at - done);
        out += fmt::format("${{{}}}", stands_in->first);
        done = at + number.size();
    });
    return out + std::string(text.substr(done));
}

bool Variables::has_stand_in(std::string_view text) const {
    bool has = false;
    for_each_number(text, [&](std::size_t, std::string_view number) {
        has = has || std::ranges::any_of(stand_ins_, [&](const auto& pair) { return pair.second == number; });
    });
    return has;
}

Variables::Values read_env_file(std::string_view text) {
    Variables::Values values;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trim(line);
        if (line.starts_with("export ")) line = trim(line.substr(7));
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        const std::string name(trim(line.substr(0, equals)));
        std::string_view value = trim(line.substr(equals + 1));
        const char quote = value.empty() ? ' ' : value.front();
        const auto end = quote == '"' || quote == '\'' ? value.find(quote, 1) : std::string_view::npos;
        if (end != std::string_view::npos) {
            value = value.substr(1, end - 1);
        } else if (const auto comment = value.find(" #"); comment != std::string_view::npos) {
            value = trim(value.substr(0, comment));
        }
        values.insert_or_assign(name, std::string(value));
    }
    return values;
}

}   // namespace gatehouse::check
