#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using Kind = model::Location::Kind;

// `location [MODIFIER] TEXT`, with the modifier as a word of its own or written together with the text.
struct LocationHead {
    std::string_view modifier;   // "", "=", "^~", "~", "~*"
    std::string_view text;
};

std::optional<LocationHead> head_of(Compilation& compilation, const Directive& directive) {
    constexpr std::array<std::string_view, 4> modifiers = {"^~", "~*", "=", "~"};   // longest first
    const std::string_view first = directive.argument(0);
    if (directive.arguments.size() == 2) {
        if (std::ranges::find(modifiers, first) != modifiers.end())
            return LocationHead{first, directive.argument(1)};
        compilation.error(directive.arguments[0], fmt::format("invalid location modifier \"{}\"", first),
                          "expected one of \"=\", \"^~\", \"~\", \"~*\"");
        return std::nullopt;
    }
    for (std::string_view modifier : modifiers) {
        if (first.starts_with(modifier)) return LocationHead{modifier, first.substr(modifier.size())};
    }
    return LocationHead{"", first};
}

std::optional<model::Location> location_of(Compilation& compilation, const Directive& directive) {
    const auto head = head_of(compilation, directive);
    if (!head) return std::nullopt;
    model::Location location;
    location.text = std::string(head->text);
    if (head->modifier == "=") {
        location.kind = Kind::exact;
    } else if (head->modifier == "^~") {
        location.kind = Kind::prefix_no_regex;
    } else if (head->modifier.starts_with('~')) {
        location.kind = Kind::regex;
        location.regex = compilation.regex(head->text, head->modifier == "~*", directive.arguments.back());
        if (!location.regex) return std::nullopt;
    } else {
        location.kind = location.text.starts_with('@') ? Kind::named : Kind::prefix;
    }
    return location;
}

std::string name_of(const Directive& directive) {
    std::string name;
    for (const Word& word : directive.arguments) name += (name.empty() ? "" : " ") + word.text;
    return name;
}

// The text of the literal location around, when there is one.
const std::string* enclosing_literal(const Level& level) {
    if (level.context != at::location || level.location_kind == Kind::regex) return nullptr;
    return &level.block->arguments.back().text;
}

bool may_be_nested(Level& level, const Directive& directive, const model::Location& location) {
    if (level.context != at::location) return true;
    Compilation& compilation = level.compilation;
    const std::string& outer = level.route.name;
    const std::string inner = name_of(directive);
    std::string message;
    std::string hint;
    if (level.location_kind == Kind::exact) {
        message = fmt::format("location \"{}\" cannot be inside the exact location \"{}\"", inner, outer);
    } else if (level.location_kind == Kind::named) {
        message = fmt::format("location \"{}\" cannot be inside the named location \"{}\"", inner, outer);
    } else if (location.kind == Kind::named) {
        message = fmt::format("named location \"{}\" can be on the server level only", inner);
    } else if (location.kind != Kind::regex && level.location_kind != Kind::regex) {
        std::string_view prefix = *enclosing_literal(level);
        if (prefix.starts_with("^~")) prefix.remove_prefix(2);
        if (location.text.starts_with(prefix)) return true;
        message = fmt::format("location \"{}\" is outside location \"{}\"", inner, outer);
        hint = fmt::format("it would have to begin with \"{}\"", prefix);
    } else {
        return true;
    }
    compilation.error(directive.arguments.back(), std::move(message), std::move(hint));
    return false;
}

// What no two locations of one level may share: an exact and a prefix one of the same text may stand side by
// side.
std::string identity_of(const model::Location& location) {
    return (location.kind == Kind::exact ? "= " : "") + location.text;
}

bool is_unique(Level& level, const Directive& directive, const model::Location& location) {
    if (location.kind == Kind::regex) return true;
    const auto [twin, is_new] = level.literal_locations.emplace(identity_of(location), directive.position());
    if (is_new) return true;
    level.compilation.error(
        directive.arguments.back(),
        fmt::format("duplicate {}location \"{}\"", location.kind == Kind::named ? "named " : "",
                    location.text),
        fmt::format("the first is at {}", level.compilation.origin(twin->second).describe()));
    return false;
}

void set_body_in_file(Level& level, const Directive& directive) {
    using BodyInFile = model::Route::BodyInFile;
    constexpr Choice<BodyInFile> choices[] = {
        {"off", BodyInFile::off}, {"clean", BodyInFile::clean}, {"on", BodyInFile::on}};
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices)) {
        level.route.body_in_file_only = *choice;
    }
}

constexpr std::array<std::string_view, 14> methods_of_nginx = {
    "GET",  "HEAD",    "POST",     "PUT",       "DELETE", "MKCOL",  "COPY",
    "MOVE", "OPTIONS", "PROPFIND", "PROPPATCH", "LOCK",   "UNLOCK", "PATCH"};

}   // namespace

void location(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    auto location = location_of(compilation, directive);
    if (!location || !may_be_nested(level, directive, *location)) return;
    if (!is_unique(level, directive, *location)) return;
    Level inner(compilation, at::location, &directive, &level);
    inner.route.name = name_of(directive);
    inner.location_kind = location->kind;
    compile_directives(inner, directive.children);
    const bool is_literal = location->kind != Kind::regex && location->kind != Kind::named;
    const bool forwards = inner.handler == HandlerChoice::forward || inner.handler == HandlerChoice::grpc;
    inner.route.redirect_without_slash = is_literal && forwards && location->text.ends_with('/');
    location->route = finish_route(inner);
    location->children = std::move(inner.locations);
    level.locations.push_back(*std::move(location));
}

void limit_except(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    if (!level.once(directive)) return;
    model::Route::LimitExcept limit;
    for (const Word& word : directive.arguments) {
        const auto method = std::ranges::find_if(
            methods_of_nginx, [&](std::string_view known) { return equals_ignoring_case(known, word.text); });
        if (method == methods_of_nginx.end()) {
            compilation.error(word, fmt::format("invalid method \"{}\"", word.text),
                              did_you_mean(word.text, {methods_of_nginx.begin(), methods_of_nginx.end()}));
            continue;
        }
        limit.methods.emplace_back(*method);
        if (*method == "GET") limit.methods.emplace_back("HEAD");
    }
    Level inner(compilation, at::limit_except, &directive, &level);
    inner.route.name = level.route.name;
    compile_directives(inner, directive.children);
    limit.otherwise = finish_route(inner);
    level.route.limit_except = std::move(limit);
}

void internal(Level& level, const Directive& directive) {
    if (level.once(directive)) level.route.internal = true;
}

void server_tokens(Level& level, const Directive& directive) {
    constexpr Choice<bool> choices[] = {{"on", true}, {"off", false}, {"build", true}};
    if (!level.once(directive)) return;
    if (const auto on = choice_value(level.compilation, directive.arguments[0], choices))
        level.route.server_tokens = *on;
}

void client_max_body_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto size = size_value(level.compilation, directive, directive.arguments[0]);
    if (!size) return;
    level.route.max_body_bytes = *size == 0 ? std::nullopt : std::optional(*size);
}

void client_body_in_file_only(Level& level, const Directive& directive) {
    if (level.once(directive)) set_body_in_file(level, directive);
}

void client_body_temp_path(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.route.client_body_temp_path = level.compilation.under_prefix(directive.arguments[0].text);
    level.compilation.add_temp_directory(level.route.client_body_temp_path);
}

void keepalive_timeout(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto timeout = time_value(level.compilation, directive, directive.arguments[0]);
    if (!timeout) return;
    level.route.keepalive_timeout = *timeout;
    level.route.keepalive_header.reset();
    if (directive.arguments.size() < 2) return;
    if (const auto header = time_value(level.compilation, directive, directive.arguments[1])) {
        level.route.keepalive_header = std::chrono::duration_cast<std::chrono::seconds>(*header);
    }
}

void keepalive_disable(Level& level, const Directive& directive) {
    enum class Browser : std::uint8_t { none, msie6, safari };
    constexpr Choice<Browser> choices[] = {
        {"none", Browser::none}, {"msie6", Browser::msie6}, {"safari", Browser::safari}};
    if (!level.once(directive)) return;
    model::Route::KeepAliveDisable browsers{.msie6 = false, .safari = false};
    for (const Word& word : directive.arguments) {
        const auto browser = choice_value(level.compilation, word, choices);
        if (!browser) return;
        browsers.msie6 = browsers.msie6 || *browser == Browser::msie6;
        browsers.safari = browsers.safari || *browser == Browser::safari;
    }
    level.route.keepalive_disable = browsers;
}

void lingering_close(Level& level, const Directive& directive) {
    using Lingering = model::Route::Lingering;
    constexpr Choice<Lingering> choices[] = {
        {"off", Lingering::off}, {"on", Lingering::on}, {"always", Lingering::always}};
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices)) {
        level.route.lingering_close = *choice;
    }
}

void stub_status(Level& level, const Directive&) { level.handler = HandlerChoice::status; }
void empty_gif(Level& level, const Directive&) { level.handler = HandlerChoice::empty_gif; }

}   // namespace gatehouse::nginx::directives
