// The ssl_ directives of servers: what they say is kept (faces/nginx/tls.h) and read at the end of the
// server.
#include <fmt/format.h>

#include <limits>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

constexpr std::size_t bytes_per_session = 256;    // nginx: a megabyte holds about 4000
constexpr std::size_t builtin_sessions = 20480;   // OpenSSL's default

ServerTls& note(Level& level, const Directive& directive) {
    ServerTls& said = level.tls.change();
    said.written.insert_or_assign(directive.name.text, directive.arguments[0]);
    return said;
}

// A list is replaced by the level's own.
void add_to(Level& level, const Directive& directive, std::vector<Word> ServerTls::*list) {
    auto& words = level.tls.change().*list;
    if (level.first(directive.name.text)) words.clear();
    words.push_back(directive.arguments[0]);
}

void refuse_cache(Compilation& compilation, const Word& word) {
    compilation.error(
        word, fmt::format("invalid session cache \"{}\"", word.text),
        "expected \"off\", \"none\", \"builtin\" or \"shared:NAME:SIZE\", such as shared:TLS:10m");
}

void set_shared_cache(Level& level, const Word& word, std::string_view name_and_size) {
    Compilation& compilation = level.compilation;
    const std::size_t colon = name_and_size.find(':');
    const auto size =
        colon == std::string_view::npos ? std::nullopt : parse_size(name_and_size.substr(colon + 1));
    if (!size || colon == 0) return refuse_cache(compilation, word);
    constexpr std::uint64_t least_bytes = 8 * 4096;
    if (*size < least_bytes) {
        compilation.error(word, fmt::format("session cache \"{}\" is too small", word.text),
                          fmt::format("it needs {}k at least", least_bytes / 1024));
        return;
    }
    const std::string name(name_and_size.substr(0, colon));
    const auto known = compilation.session_caches.emplace(name, *size).first;
    if (known->second != *size) {
        compilation.error(word, fmt::format("the size {} of shared memory zone \"{}\" conflicts with already "
                                            "declared size {}",
                                            *size, name, known->second));
        return;
    }
    ServerTls& said = level.tls.change();
    said.cache_name = name;
    said.cache_bytes = *size;
}

void set_builtin_cache(Level& level, const Word& word, std::uint64_t sessions) {
    if (sessions == 0) sessions = builtin_sessions;
    constexpr std::uint64_t most_sessions = 1ULL << 32;
    if (sessions > most_sessions) return refuse_cache(level.compilation, word);
    level.tls.change().builtin_cache_bytes = sessions * bytes_per_session;
    level.compilation.notice(word, "\"builtin\" sessions are kept for all workers together",
                             "which is what \"shared\" is for in nginx");
}

}   // namespace

void ssl_certificate(Level& level, const Directive& directive) {
    add_to(level, directive, &ServerTls::certificates);
}
void ssl_certificate_key(Level& level, const Directive& directive) {
    add_to(level, directive, &ServerTls::keys);
}
void ssl_session_ticket_key(Level& level, const Directive& directive) {
    add_to(level, directive, &ServerTls::ticket_keys);
}

void ssl_file(Level& level, const Directive& directive) {
    if (level.once(directive)) note(level, directive);
}

void ssl_password_file(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (auto passwords = passwords_of(level.compilation, directive.arguments[0]))
        note(level, directive).settings.passwords = *std::move(passwords);
}

void ssl_ciphers(Level& level, const Directive& directive) {
    if (level.once(directive)) note(level, directive).settings.ciphers = directive.argument(0);
}

void ssl_ecdh_curve(Level& level, const Directive& directive) {
    if (level.once(directive)) note(level, directive).settings.curves = directive.argument(0);
}

void ssl_protocols(Level& level, const Directive& directive) {
    tls::ProtocolSet& protocols = note(level, directive).settings.protocols;
    if (level.first(directive.name.text)) protocols = {};   // several of one level are taken together
    add_protocols(level.compilation, directive, protocols);
}

void ssl_buffer_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto size = size_value(level.compilation, directive, directive.arguments[0]);
    if (!size) return;
    constexpr std::uint64_t longest_record = 16 * 1024;   // RFC 8446 5.1
    if (*size == 0)
        return level.compilation.error_in(directive, "invalid value", "expected a size such as 4k");
    note(level, directive).settings.buffer_bytes = std::min(*size, longest_record);
}

void ssl_verify_client(Level& level, const Directive& directive) {
    using tls::ClientVerification;
    constexpr Choice<ClientVerification> choices[] = {{"off", ClientVerification::off},
                                                      {"on", ClientVerification::on},
                                                      {"optional", ClientVerification::optional},
                                                      {"optional_no_ca", ClientVerification::optional_no_ca}};
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices))
        note(level, directive).settings.client_verification = *choice;
}

void ssl_session_timeout(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto time = time_value(level.compilation, directive, directive.arguments[0]);
    if (!time) return;
    if (time->count() % 1000 != 0)
        return level.compilation.error_in(directive, "invalid value", "expected whole seconds");
    note(level, directive).settings.session_timeout = std::chrono::duration_cast<std::chrono::seconds>(*time);
}

void ssl_session_cache(Level& level, const Directive& directive) {
    using Mode = ServerTls::CacheMode;
    bool has_mode = !level.first(directive.name.text);
    const auto choose = [&](Mode mode) {
        level.tls.change().cache_mode = mode;
        has_mode = true;
    };
    for (const Word& word : directive.arguments) {
        const std::string_view text = word.text;
        if (text == "off") {
            choose(Mode::off);
        } else if (text == "none") {
            choose(Mode::none);
        } else if (text == "builtin" || text.starts_with("builtin:")) {
            const auto sessions = text == "builtin" ? 0 : parse_decimal(text.substr(8));
            if (!sessions) return refuse_cache(level.compilation, word);
            set_builtin_cache(level, word, *sessions);
            choose(Mode::builtin);
        } else if (text.starts_with("shared:")) {
            set_shared_cache(level, word, text.substr(7));
        } else {
            return refuse_cache(level.compilation, word);
        }
    }
    if (!has_mode) level.tls.change().cache_mode = Mode::shared;
}

void ssl_stapling(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto on = flag_value(level.compilation, directive, directive.arguments[0]))
        note(level, directive).stapling = *on;
}

void ssl_stapling_verify(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto on = flag_value(level.compilation, directive, directive.arguments[0]))
        level.tls.change().stapling_verify = *on;
}

void ssl_conf_command(Level& level, const Directive& directive) {
    auto command = command_of(level.compilation, directive);
    if (!command) return;
    auto& commands = note(level, directive).settings.commands;
    if (level.first(directive.name.text)) commands.clear();
    commands.push_back(*std::move(command));
}

}   // namespace gatehouse::nginx::directives
