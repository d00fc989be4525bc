#include "faces/nginx/level.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faces/nginx/values.h"

namespace gatehouse::nginx {
namespace {

void inherit(Level& level, const Level& outer) {
    level.route = outer.route;
    level.proxy = outer.proxy;
    level.grpc = outer.grpc;
    level.tunnel = outer.tunnel;
    level.source_charset = outer.source_charset;
    level.connection = outer.connection;
    level.tls = outer.tls;
    level.tcp = outer.tcp;
    level.handler = outer.handler;
    level.location_kind = outer.location_kind;
    level.header_inherit = outer.header_inherit;
    level.trailer_inherit = outer.trailer_inherit;
    level.server = outer.server;
}

// nginx inherits neither a location's handler nor what it does before: only an `if` and a limit_except keep
// the handler.
void reset_what_is_not_inherited(Level& level) {
    model::Route& route = level.route;
    const bool log_rewrites = route.script.log_rewrites;
    const bool warn_uninitialized = route.script.warn_uninitialized;
    route.script = {};
    route.script.log_rewrites = log_rewrites;
    route.script.warn_uninitialized = warn_uninitialized;
    route.try_files = nullptr;
    route.limit_except.reset();
    route.internal = false;
    route.redirect_without_slash = false;
    route.name.clear();
    if (level.context == at::location) {
        level.handler = HandlerChoice::files;
        level.proxy.draft.url.clear();
        level.proxy.draft.tls = TlsTarget::none;
        level.proxy.forward.service = nullptr;
        level.proxy.forward.target = {};
        level.proxy.forward.has_uri = false;
        level.proxy.forward.uri.clear();
    }
}

// Where a directive of that name may stand; the block that is refused as a whole is named only when there is
// no other.
at::Contexts other_contexts(const Directive& directive) {
    constexpr at::Contexts refused = at::mail | at::mail_server;
    at::Contexts contexts = 0;
    for (const Entry* entry : directives_named(directive.name.text)) {
        if (entry->arity.is_block == directive.has_block) contexts |= entry->contexts;
    }
    const auto usable = static_cast<at::Contexts>(contexts & ~refused);
    return usable != 0 ? usable : contexts;
}

void report_unknown(Compilation& compilation, const Directive& directive, at::Contexts context) {
    const std::string& name = directive.name.text;
    if (!directives_named(name).empty()) {
        const std::string where = describe_contexts(other_contexts(directive));
        compilation.error(directive.name, fmt::format("\"{}\" directive is not allowed here", name),
                          where.empty() ? std::string() : fmt::format("it belongs into: {}", where));
        return;
    }
    std::string hint(remark_on_foreign_directive(name));
    if (hint.empty()) hint = did_you_mean(name, directive_names(context));
    if (hint.empty()) hint = did_you_mean(name, directive_names(static_cast<at::Contexts>(~0U)));
    compilation.error(directive.name, fmt::format("unknown directive \"{}\"", name), std::move(hint));
}

// A `;` forgotten at the end of a line makes the next directive an argument; this finds it.
std::string hint_at_forgotten_semicolon(const Directive& directive, at::Contexts context) {
    std::uint32_t line = directive.position().line;
    std::string_view before = directive.name.text;
    for (const Word& argument : directive.arguments) {
        const bool starts_line = argument.position.line > line;
        if (starts_line && !argument.quoted && find_directive(argument.text, context) != nullptr) {
            return fmt::format("is a \";\" missing after \"{}\"?", before);
        }
        line = argument.position.line;
        before = argument.text;
    }
    return {};
}

bool is_well_formed(Level& level, const Directive& directive, const Entry& entry) {
    Compilation& compilation = level.compilation;
    const std::string& name = directive.name.text;
    std::string hint = hint_at_forgotten_semicolon(directive, level.context);
    if (directive.has_block && !entry.arity.is_block) {
        compilation.error(directive.name, fmt::format("directive \"{}\" is not terminated by \";\"", name),
                          std::move(hint));
        return false;
    }
    if (!directive.has_block && entry.arity.is_block) {
        compilation.error(directive.name, fmt::format("directive \"{}\" has no opening \"{{\"", name),
                          std::move(hint));
        return false;
    }
    if (!entry.arity.allows(directive.arguments.size())) {
        if (hint.empty()) hint = fmt::format("expected {}", entry.arity.describe());
        compilation.error(directive.name,
                          fmt::format("invalid number of arguments in \"{}\" directive", name),
                          std::move(hint));
        return false;
    }
    // what acts reads its own value
    const bool reads_value = entry.answer.verdict == Verdict::acts;
    if (entry.arity.is_flag && !reads_value && !flag_value(compilation, directive, directive.arguments[0]))
        return false;
    if (!hint.empty()) {
        compilation.warn(directive.name, fmt::format("\"{}\" directive goes on in the next line", name),
                         std::move(hint));
    }
    return true;
}

// In nginx's words.
void warn_of_obsolete(Compilation& compilation, const Directive& directive, std::string_view instead) {
    const std::string_view name = directive.name.text;
    compilation.warn(directive.name,
                     instead.empty()
                         ? fmt::format("the \"{}\" directive is obsolete, ignored", name)
                         : fmt::format("the \"{}\" directive is obsolete, use the \"{}\" directive instead",
                                       name, instead));
}

// Null when there is nothing (more) to do for the directive.
const Entry* judge(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const std::string& name = directive.name.text;
    const Entry* entry = find_directive(name, level.context);
    if (entry == nullptr) {
        report_unknown(compilation, directive, level.context);
        return nullptr;
    }
    if (!is_well_formed(level, directive, *entry)) return nullptr;
    switch (entry->answer.verdict) {
        case Verdict::acts: return entry;
        case Verdict::noted:
            if (entry->answer.is_obsolete) {
                warn_of_obsolete(compilation, directive, entry->answer.instead);
                return nullptr;
            }
            compilation.notice(directive.name, fmt::format("\"{}\" is accepted but does nothing here", name),
                               std::string(entry->answer.reason));
            return nullptr;
        case Verdict::refused:
            if (entry->answer.off_is_fine && directive.arguments.size() == 1 &&
                directive.argument(0) == "off")
                return nullptr;
            compilation.error(directive.name, fmt::format("\"{}\" is refused", name),
                              std::string(entry->answer.reason));
            return nullptr;
    }
    return nullptr;
}

void apply_inheritance(std::vector<model::HeaderEdit>& edits, const std::vector<model::HeaderEdit>& outer,
                       InheritList how, bool has_own) {
    if (how == InheritList::off && !has_own) edits.clear();
    if (how == InheritList::merge && has_own) edits.insert(edits.end(), outer.begin(), outer.end());
}

// Before the blocks inside a level copy it.
void settle_lists(Level& level) {
    if (level.outer == nullptr) return;
    const model::Route& outer = level.outer->route;
    apply_inheritance(level.route.add_headers, outer.add_headers, level.header_inherit,
                      level.seen.contains("add_header"));
    apply_inheritance(level.route.add_trailers, outer.add_trailers, level.trailer_inherit,
                      level.seen.contains("add_trailer"));
}

}   // namespace

Level::Level(Compilation& of, at::Contexts is, const Directive* opened_by, const Level* around)
    : compilation(of), context(is), block(opened_by), outer(around), script(&route.script) {
    if (around == nullptr) return;
    inherit(*this, *around);
    reset_what_is_not_inherited(*this);
    if (opened_by != nullptr) route.origin = of.origin(*opened_by);
}

bool Level::once(const Directive& directive) {
    if (first(directive.name.text)) return true;
    compilation.error_in(directive, "is duplicate");
    return false;
}

void compile_directives(Level& level, const std::vector<Directive>& directives) {
    std::vector<std::pair<const Directive*, const Entry*>> acting;
    for (const Directive& directive : directives) {
        if (level.compilation.diagnostics.too_many_errors()) return;
        if (const Entry* entry = judge(level, directive)) acting.emplace_back(&directive, entry);
    }
    for (const Turn turn : {Turn::definition, Turn::setting, Turn::inner}) {
        if (turn == Turn::inner) settle_lists(level);
        for (const auto& [directive, entry] : acting) {
            if (entry->answer.turn == turn) entry->answer.handler(level, *directive);
        }
    }
}

}   // namespace gatehouse::nginx
