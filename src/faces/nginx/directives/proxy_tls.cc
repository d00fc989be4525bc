// The proxy_ssl_ and grpc_ssl_ directives: TLS to endpoints.
#include <fmt/format.h>

#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

ProxyTls& note(Level& level, const Directive& directive) {
    ProxyTls& said = level.side_of(directive).tls.change();
    std::string_view name = directive.name.text;
    name.remove_prefix(name.find('_'));   // those of gRPC are kept by the same names
    said.written.insert_or_assign(fmt::format("proxy{}", name), directive.arguments[0]);
    return said;
}

void set_choice(Level& level, const Directive& directive, std::optional<bool> ProxyTls::*choice) {
    if (!level.once(directive)) return;
    if (const auto on = flag_value(level.compilation, directive, directive.arguments[0]))
        note(level, directive).*choice = *on;
}

}   // namespace

void proxy_ssl_verify(Level& level, const Directive& directive) {
    set_choice(level, directive, &ProxyTls::verify);
}
void proxy_ssl_server_name(Level& level, const Directive& directive) {
    set_choice(level, directive, &ProxyTls::sends_name);
}

void proxy_ssl_word(Level& level, const Directive& directive) {
    if (level.once(directive)) note(level, directive);
}

void proxy_ssl_ciphers(Level& level, const Directive& directive) {
    if (level.once(directive)) note(level, directive).settings.ciphers = directive.argument(0);
}

void proxy_ssl_protocols(Level& level, const Directive& directive) {
    tls::ProtocolSet& protocols = note(level, directive).settings.protocols;
    if (level.first(directive.name.text)) protocols = {};   // several of one level are taken together
    add_protocols(level.compilation, directive, protocols);
}

void proxy_ssl_password_file(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (auto passwords = passwords_of(level.compilation, directive.arguments[0]))
        note(level, directive).settings.passwords = *std::move(passwords);
}

void proxy_ssl_conf_command(Level& level, const Directive& directive) {
    auto command = command_of(level.compilation, directive);
    if (!command) return;
    auto& commands = note(level, directive).settings.commands;
    if (level.first(directive.name.text)) commands.clear();
    commands.push_back(*std::move(command));
}

}   // namespace gatehouse::nginx::directives
