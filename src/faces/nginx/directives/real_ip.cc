// The realip module: whose word is taken for the client's address.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"

namespace gatehouse::nginx::directives {
namespace {

// Labels of letters, digits, '-' and '_'; the last is no number, or it is an address gone wrong.
bool is_host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    const auto is_label_character = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; };
    const auto labels = split(text, '.');
    const auto is_label = [&](std::string_view label) {
        return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, is_label_character);
    };
    return text.size() <= 253 && std::ranges::all_of(labels, is_label) &&
           !std::ranges::all_of(labels.back(), is_digit);
}

// A service of this one line, without a port: names of services are kept looked up.
std::shared_ptr<const model::Service> service_of(Compilation& compilation, const Word& word) {
    const std::string name = lower(word.text) + ":0";
    auto& known = compilation.implicit_services[name];
    if (known) return known;
    auto service = std::make_shared<model::Service>();
    service->name = name;
    service->origin = compilation.origin(word.position);
    model::ServerEntry& server = service->servers.emplace_back();
    server.origin = service->origin;
    server.host = server.written = lower(word.text);
    server.port = 0;
    known = service;
    return known;
}

}   // namespace

void set_real_ip_from(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[0];
    model::RealIp& real_ip = level.route.real_ip;
    if (level.first("set_real_ip_from")) {   // inherited only when a level has none of its own
        real_ip.networks.clear();
        real_ip.names.clear();
    }
    bool host_bits_set = false;
    const auto network = model::Network::parse(word.text, host_bits_set);
    if (network && network->kind != model::Network::Kind::all) {
        if (host_bits_set)
            compilation.warn(word, fmt::format("low address bits of {} are meaningless", word.text));
        real_ip.networks.push_back(*network);
    } else if (!network && is_host_name(word.text)) {
        real_ip.names.push_back(service_of(compilation, word));
    } else {
        compilation.invalid_parameter(
            word, network ? "everybody is 0.0.0.0/0 and ::/0"
                          : "expected \"unix:\", an address, a network such as 10.0.0.0/8, or a host name");
    }
}

void real_ip_header(Level& level, const Directive& directive) {
    using Source = model::RealIp::Source;
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    model::RealIp& real_ip = level.route.real_ip;
    if (word.text == "proxy_protocol") {
        real_ip.source = Source::proxy_protocol;
    } else if (equals_ignoring_case(word.text, "X-Forwarded-For")) {
        real_ip.source = Source::forwarded_for;
    } else if (http::form_of_name(word.text) == http::NameForm::strange || word.text.empty()) {
        level.compilation.invalid_parameter(word, "expected \"proxy_protocol\" or the name of a field");
    } else {
        real_ip.source = Source::field;
        real_ip.field = word.text;
    }
}

}   // namespace gatehouse::nginx::directives
