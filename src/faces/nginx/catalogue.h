#pragma once
// Every directive that nginx registers (1.31.5: core, events, http, stream, mail) and a few of our own, where
// it may stand, how many arguments it takes, and what is done about it: it acts, it is accepted with a notice
// because it only tunes nginx's own insides, or it is refused because leaving it out would change what the
// configuration means. To add a directive, give its row in catalogue/ a handler (directives.h). Static
// tables; safe from any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faces/nginx/tree.h"

namespace gatehouse::nginx {

struct Level;

// The kinds of blocks, as bits: a directive may be allowed in several.
namespace at {
using Contexts = std::uint16_t;
inline constexpr Contexts main = 1 << 0;
inline constexpr Contexts events = 1 << 1;
inline constexpr Contexts http = 1 << 2;
inline constexpr Contexts server = 1 << 3;
inline constexpr Contexts location = 1 << 4;
inline constexpr Contexts if_in_server = 1 << 5;
inline constexpr Contexts if_in_location = 1 << 6;
inline constexpr Contexts limit_except = 1 << 7;
inline constexpr Contexts upstream = 1 << 8;
inline constexpr Contexts stream = 1 << 9;
inline constexpr Contexts stream_server = 1 << 10;
inline constexpr Contexts stream_upstream = 1 << 11;
inline constexpr Contexts mail = 1 << 12;
inline constexpr Contexts mail_server = 1 << 13;
inline constexpr Contexts docker = 1 << 14;
inline constexpr Contexts any_http = http | server | location;
}   // namespace at

struct Arity {
    static constexpr std::uint8_t unlimited = 255;
    std::uint8_t least = 0;
    std::uint8_t most = 0;
    bool is_flag = false;    // exactly one argument, "on" or "off"
    bool is_block = false;   // ends in a { block }, not in a `;`
    [[nodiscard]] bool allows(std::size_t count) const {
        return count >= least && (most == unlimited || count <= most);
    }
    [[nodiscard]] std::string describe() const;   // "1 or 2 arguments"
};

enum class Verdict : std::uint8_t { acts, noted, refused };

// When a directive that acts does so within its block: names are defined first, then settings, so that the
// blocks below inherit them wherever they are written; what opens a block or depends on order comes last.
enum class Turn : std::uint8_t { definition, setting, inner };

using DirectiveHandler = void (*)(Level&, const Directive&);

struct Answer {
    Verdict verdict = Verdict::acts;
    DirectiveHandler handler = nullptr;   // of what acts
    Turn turn = Turn::setting;
    std::string_view reason{};    // of a notice or refusal, in a few words
    bool off_is_fine = false;     // refused, but `off` asks for what is done anyway
    bool is_obsolete = false;     // noted, with nginx's warning
    std::string_view instead{};   // of what is obsolete: the directive that took its place
};

struct Entry {
    std::string_view name;
    at::Contexts contexts = 0;
    Arity arity;
    Answer answer;
};

// The row of `name` that is allowed in `context`; null when there is none.
[[nodiscard]] const Entry* find_directive(std::string_view name, at::Contexts context);
[[nodiscard]] std::vector<const Entry*> directives_named(std::string_view name);
[[nodiscard]] std::vector<std::string_view> directive_names(at::Contexts contexts);
// What to say of a name that nginx itself does not register: of third-party modules, or removed; empty when
// nothing.
[[nodiscard]] std::string_view remark_on_foreign_directive(std::string_view name);
// "http, server, location": where something may stand.
[[nodiscard]] std::string describe_contexts(at::Contexts contexts);

}   // namespace gatehouse::nginx
