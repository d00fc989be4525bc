#include <fmt/format.h>

#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

void add_rule(Level& level, const Directive& directive, bool allow) {
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[0];
    bool host_bits_set = false;
    const auto network = model::Network::parse(word.text, host_bits_set);
    if (!network) {
        compilation.invalid_parameter(
            word, "expected \"all\", \"unix:\", an address or a network such as 10.0.0.0/8");
        return;
    }
    if (host_bits_set)
        compilation.warn(word, fmt::format("low address bits of {} are meaningless", word.text));
    // allow and deny make one list, which is inherited only when a level has neither
    if (level.first("access rules")) level.route.access.rules.clear();
    level.route.access.rules.push_back(
        {.network = *network, .allow = allow, .origin = compilation.origin(directive)});
}

}   // namespace

void allow(Level& level, const Directive& directive) { add_rule(level, directive, true); }
void deny(Level& level, const Directive& directive) { add_rule(level, directive, false); }

void satisfy(Level& level, const Directive& directive) {
    constexpr Choice<bool> choices[] = {{"all", false}, {"any", true}};
    if (!level.once(directive)) return;
    if (const auto any = choice_value(level.compilation, directive.arguments[0], choices))
        level.route.satisfy_any = *any;
}

}   // namespace gatehouse::nginx::directives
