// `listen`: an address and its options.
#include <fmt/format.h>

#include <array>
#include <limits>
#include <span>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_decimal(text);
    if (!number || *number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

std::optional<PortRange> parse_ports(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_port(text.substr(0, dash));
    if (!first) return std::nullopt;
    if (dash == std::string_view::npos) return PortRange{*first, *first};
    const auto last = parse_port(text.substr(dash + 1));
    if (!last || *last < *first) return std::nullopt;
    return PortRange{*first, *last};
}

// Where the host ends and ":port" begins; npos when there is no port.
std::size_t find_port_colon(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos || bracket + 1 == text.size()) return std::string_view::npos;
        return bracket + 1;   // whatever stands there: the port is checked next
    }
    return text.rfind(':');
}

std::optional<std::vector<SocketAddress>> unix_address(Compilation& compilation, const std::string& of,
                                                       const Word& word) {
    const std::string_view path = std::string_view(word.text).substr(5);
    const SocketAddress address = SocketAddress::from_unix_path(path);
    if (path.empty() || address.length == 0) {
        compilation.error(
            word, fmt::format("invalid unix socket path in \"{}\" of the \"{}\" directive", word.text, of),
            path.empty() ? "expected a path behind \"unix:\"" : "the path is longer than the system allows");
        return std::nullopt;
    }
    return std::vector{address};
}

// The addresses of one `listen`: several for a range of ports. In stream there is no port by default.
std::optional<std::vector<SocketAddress>> addresses_of(Compilation& compilation, const Directive& directive,
                                                       const Word& word, bool in_stream) {
    const std::string_view text = word.text;
    const std::string& of = directive.name.text;
    if (text.starts_with("unix:")) return unix_address(compilation, of, word);
    const bool is_port_alone =
        !text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos;
    const std::size_t colon = is_port_alone ? std::string_view::npos : find_port_colon(text);
    std::string_view host = is_port_alone ? "*" : text.substr(0, colon);
    PortRange ports{compilation.options.default_port, compilation.options.default_port};
    if (is_port_alone || colon != std::string_view::npos) {
        const auto given = parse_ports(is_port_alone ? text : text.substr(colon + 1));
        if (!given) {
            compilation.error(word, fmt::format("invalid port in \"{}\" of the \"{}\" directive", text, of),
                              "expected a port from 1 to 65535");
            return std::nullopt;
        }
        ports = *given;
    } else if (in_stream) {
        compilation.error(word, fmt::format("no port in \"{}\" of the \"{}\" directive", text, of));
        return std::nullopt;
    }
    if (host == "*") host = "0.0.0.0";
    if (host == "localhost") host = "127.0.0.1";
    std::vector<SocketAddress> addresses(ports.last - ports.first + 1U);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (SocketAddress::parse(host, static_cast<std::uint16_t>(ports.first + i), addresses[i])) continue;
        compilation.error(
            word, fmt::format("host not found in \"{}\" of the \"{}\" directive", text, of),
            "expected an address of this machine, not a name: 127.0.0.1:80, [::]:80, 8080, unix:/path");
        return std::nullopt;
    }
    return addresses;
}

bool set_keep_alive(Compilation& compilation, const Word& word, std::string_view value, ListenDraft& draft) {
    draft.sets_options = true;
    if (value == "on" || value == "off") {
        draft.options.keep_alive = value == "on";
    } else if (value.find(':') != std::string_view::npos) {
        draft.options.keep_alive = true;
        compilation.notice(word, "the times of \"so_keepalive\" do nothing here", "the kernel's are used");
    } else {
        compilation.error(word, fmt::format("invalid so_keepalive value: \"{}\"", value),
                          "expected \"on\" or \"off\"");
    }
    return true;
}

bool set_with_value(Compilation& compilation, const Directive& directive, const Word& word,
                    ListenDraft& draft) {
    for (const auto& [name, field] :
         {std::pair{"backlog", &draft.options.backlog}, std::pair{"rcvbuf", &draft.options.receive_buffer},
          std::pair{"sndbuf", &draft.options.send_buffer}}) {
        const auto value = value_of_parameter(word.text, name);
        if (!value) continue;
        draft.sets_options = true;
        const auto number = parse_size(*value);
        if (number && *number > 0 && *number <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
            *field = static_cast<int>(*number);
        } else {
            compilation.error(word, fmt::format("invalid {} \"{}\"", name, *value),
                              "expected a number above 0");
        }
        return true;
    }
    if (const auto value = value_of_parameter(word.text, "ipv6only")) {
        draft.sets_options = true;
        if (*value == "on" || *value == "off") {
            draft.options.ipv6_only = *value == "on";
        } else {
            compilation.error(word, fmt::format("invalid ipv6only flags \"{}\"", *value),
                              "expected \"on\" or \"off\"");
        }
        return true;
    }
    if (const auto value = value_of_parameter(word.text, "so_keepalive")) {
        return set_keep_alive(compilation, word, *value, draft);
    }
    for (std::string_view name : {"fastopen", "setfib", "accept_filter"}) {
        if (!value_of_parameter(word.text, name)) continue;
        compilation.notice(word,
                           fmt::format("\"{}\" of \"{}\" does nothing here", name, directive.name.text));
        return true;
    }
    return false;
}

// Of servers that pass bytes on, and not of those that serve requests. False: it is none of them.
bool refuse_udp(Compilation& compilation, const Word& word) {
    if (word.text != "udp") return false;
    compilation.error(word, "UDP listeners are refused",
                      "only TCP is passed on: forwarding of UDP is not supported yet");
    return true;
}

constexpr std::array<std::string_view, 11> parameters = {
    "default_server", "bind",         "reuseport",      "deferred", "ssl", "backlog",
    "ipv6only",       "so_keepalive", "proxy_protocol", "http2",    "quic"};
constexpr std::size_t stream_parameters = 9;   // the first so many are those of stream, too

void set_parameter(Compilation& compilation, const Directive& directive, const Word& word, ListenDraft& draft,
                   bool in_stream) {
    const std::string& text = word.text;
    if (text == "default_server" || (text == "default" && !in_stream)) {
        draft.is_default = true;
    } else if (text == "reuseport") {
        draft.options.reuse_port = draft.sets_options = true;
    } else if (text == "deferred") {
        draft.options.deferred = draft.sets_options = true;
    } else if (text == "bind") {
        draft.sets_options = true;   // every address has a socket of its own here anyway
    } else if (text == "proxy_protocol") {
        draft.options.proxy_protocol = true;   // what is spoken: it may stand on one `listen` of an address
    } else if (text == "ssl") {
        draft.options.tls = true;
    } else if (in_stream && refuse_udp(compilation, word)) {
        return;
    } else if (text == "http2" && !in_stream) {
        draft.options.http2 = true;
        compilation.warn(
            word, R"(the "listen ... http2" directive is deprecated, use the "http2" directive instead)");
    } else if (text == "quic" && !in_stream) {
        compilation.error(word, "HTTP/3 listeners are refused", "HTTP/3 is not supported yet");
    } else if (text == "multipath") {
        compilation.error(word, "Multipath TCP listeners are refused", "it is not supported yet");
    } else if (!set_with_value(compilation, directive, word, draft)) {
        const std::span<const std::string_view> known =
            in_stream ? std::span(parameters).first(stream_parameters) : std::span(parameters);
        compilation.invalid_parameter(
            word, did_you_mean(text.substr(0, text.find('=')), {known.begin(), known.end()}));
    }
}

}   // namespace

std::optional<std::vector<SocketAddress>> listen_addresses(Compilation& compilation,
                                                           const Directive& directive, const Word& word) {
    return addresses_of(compilation, directive, word, false);
}

void listen(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const bool in_stream = level.context == at::stream_server;
    const auto addresses = addresses_of(compilation, directive, directive.arguments[0], in_stream);
    ListenDraft draft{.where = directive.arguments[0]};
    for (std::size_t i = 1; i < directive.arguments.size(); ++i) {
        set_parameter(compilation, directive, directive.arguments[i], draft, in_stream);
    }
    if (!addresses) return;
    for (const SocketAddress& address : *addresses) {
        draft.address = address;
        level.server->listens.push_back(draft);
    }
}

}   // namespace gatehouse::nginx::directives
