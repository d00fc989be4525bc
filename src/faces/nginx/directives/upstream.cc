#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/endpoint.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using model::Balancing;
using model::ServerEntry;

// nginx lets the last method win, with a warning.
void choose(Level& level, const Directive& directive, Balancing balancing) {
    if (!level.first("balancing method"))
        level.compilation.warn(directive.name, "load balancing method redefined");
    level.service->balancing = balancing;
    level.service->hash_key = {};
}

bool set_number(Compilation& compilation, const Word& word, ServerEntry& server) {
    for (const auto& [name, field, least] :
         {std::tuple{"weight", &server.weight, 1U}, std::tuple{"max_conns", &server.max_conns, 0U},
          std::tuple{"max_fails", &server.max_fails, 0U}}) {
        const auto value = value_of_parameter(word.text, name);
        if (!value) continue;
        const auto number = parse_decimal(*value);
        constexpr std::uint64_t most = 65'535;   // also keeps the rotation's cycle in memory
        if (number && *number >= least && *number <= most) {
            *field = static_cast<unsigned>(*number);
        } else {
            compilation.invalid_parameter(word, fmt::format("expected a number from {} to {}", least, most));
        }
        return true;
    }
    return false;
}

constexpr std::array<std::string_view, 7> parameters = {"weight", "max_conns", "max_fails", "fail_timeout",
                                                        "backup", "down",      "resolve"};

void set_parameter(Compilation& compilation, const Word& word, ServerEntry& server) {
    const std::string& text = word.text;
    if (set_number(compilation, word, server)) return;
    if (const auto value = value_of_parameter(text, "fail_timeout")) {
        if (const auto time = parse_duration(*value)) {
            server.fail_timeout = *time;
        } else {
            compilation.invalid_parameter(word, "expected a time such as 10s");
        }
    } else if (text == "backup") {
        server.backup = true;
    } else if (text == "down") {
        server.down = true;
    } else if (text == "resolve") {
        return;   // names are always looked up again
    } else if (text == "drain" || value_of_parameter(text, "route") || value_of_parameter(text, "service") ||
               value_of_parameter(text, "slow_start")) {
        compilation.error(word, fmt::format("\"{}\" of a server is refused", text),
                          "it is not supported yet");
    } else {
        compilation.invalid_parameter(
            word, did_you_mean(text.substr(0, text.find('=')), {parameters.begin(), parameters.end()}));
    }
}

void check_backups(Compilation& compilation, const Directive& directive, const model::Service& service) {
    const bool knows_backup =
        service.balancing == Balancing::round_robin || service.balancing == Balancing::least_connections;
    const bool has_backup = std::ranges::any_of(service.servers, &ServerEntry::backup);
    const bool has_primary =
        std::ranges::any_of(service.servers, [](const ServerEntry& s) { return !s.backup; });
    if (has_backup && !knows_backup) {
        compilation.error(directive.arguments[0], "balancing method does not support parameter \"backup\"");
    } else if (!has_primary) {
        compilation.error(
            directive.arguments[0], fmt::format("no servers are inside upstream \"{}\"", service.name),
            has_backup ? "all of them are \"backup\"" : "expected at least one \"server ADDRESS;\"");
    }
}

}   // namespace

void upstream(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& name = directive.arguments[0];
    auto service = std::make_shared<model::Service>();
    service->name = name.text;
    service->origin = compilation.origin(directive);
    service->is_explicit = true;
    service->for_tcp = level.context == at::stream;
    Level inner(compilation, service->for_tcp ? at::stream_upstream : at::upstream, &directive, &level);
    inner.service = service.get();
    compile_directives(inner, directive.children);
    check_backups(compilation, directive, *service);
    if (!compilation.upstreams.emplace(lower(name.text), service).second) {
        compilation.error(name, fmt::format("duplicate upstream \"{}\"", name.text));
    }
}

void upstream_server(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& address = directive.arguments[0];
    constexpr std::uint16_t http_port = 80;
    const auto endpoint = parse_endpoint(address.text, http_port);
    if (!endpoint || !endpoint->uri.empty()) {
        const bool has_scheme = address.text.find("://") != std::string::npos;
        compilation.error(
            address,
            fmt::format("{} in upstream \"{}\"", endpoint ? "invalid host" : endpoint.error(), address.text),
            has_scheme ? "an address has no \"http://\" here"
                       : "expected host:port, [::1]:port or unix:/path");
        return;
    }
    if (level.service->for_tcp && !endpoint->has_port && !endpoint->is_unix) {
        compilation.error(address, fmt::format("no port in upstream \"{}\"", address.text),
                          "nothing says what is spoken there: write host:port");
        return;
    }
    ServerEntry server;
    server.origin = compilation.origin(directive);
    server.host = endpoint->host;
    server.written = address.text;
    server.port = endpoint->port;
    server.is_unix = endpoint->is_unix;
    for (std::size_t i = 1; i < directive.arguments.size(); ++i) {
        set_parameter(compilation, directive.arguments[i], server);
    }
    level.service->servers.push_back(std::move(server));
}

void upstream_hash(Level& level, const Directive& directive) {
    bool consistent = false;
    if (directive.arguments.size() == 2) {
        consistent = directive.argument(1) == "consistent";
        if (!consistent)
            level.compilation.invalid_parameter(directive.arguments[1], "expected \"consistent\"");
    }
    choose(level, directive, consistent ? Balancing::consistent_hash : Balancing::hash);
    level.service->hash_key = level.compilation.variables.parse(directive.arguments[0]);
}

void upstream_ip_hash(Level& level, const Directive& directive) {
    choose(level, directive, Balancing::ip_hash);
}

void upstream_least_conn(Level& level, const Directive& directive) {
    choose(level, directive, Balancing::least_connections);
}

void upstream_random(Level& level, const Directive& directive) {
    choose(level, directive, Balancing::random);
    if (directive.arguments.empty()) return;
    if (directive.argument(0) != "two") {
        level.compilation.invalid_parameter(directive.arguments[0], "expected \"two\"");
        return;
    }
    level.service->balancing = Balancing::random_two;
    if (directive.arguments.size() < 2 || directive.argument(1) == "least_conn") return;
    level.compilation.invalid_parameter(directive.arguments[1], "expected \"least_conn\"");
}

void upstream_keepalive(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    const auto number = parse_decimal(directive.argument(0));
    if (!number || *number > std::numeric_limits<std::uint16_t>::max()) {
        compilation.error(
            directive.arguments[0],
            fmt::format(R"(invalid value "{}" in "keepalive" directive)", directive.argument(0)),
            "expected how many idle connections a worker keeps");
        return;
    }
    level.service->keepalive.idle_connections = static_cast<unsigned>(*number);
    if (directive.arguments.size() == 2 && directive.argument(1) != "local") {
        compilation.invalid_parameter(directive.arguments[1], "expected \"local\"");
    }
}

}   // namespace gatehouse::nginx::directives
