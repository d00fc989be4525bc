#include "net/resolv_conf.h"

#include <algorithm>

#include "base/text.h"
#include "net/resolver.h"
#include "net/words.h"

namespace gatehouse::net {
namespace {

constexpr std::uint16_t domain_port = 53;

std::string without_final_dot(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return lower(name);
}

void take_option(ResolvConf& conf, std::string_view option) {
    const auto colon = option.find(':');
    const auto name = option.substr(0, colon);
    if (name == "rotate") conf.rotate = true;
    if (colon == std::string_view::npos) return;
    const auto value = parse_decimal(option.substr(colon + 1));
    if (!value) return;
    // glibc takes what is too large for the largest
    const auto number = static_cast<unsigned>(std::min<std::uint64_t>(*value, 1000));
    if (name == "ndots") conf.dots = std::min(number, ResolvConf::most_dots);
    if (name == "attempts") conf.attempts = std::clamp(number, 1U, ResolvConf::most_attempts);
    if (name == "timeout") {
        conf.timeout =
            std::clamp(std::chrono::seconds(number), std::chrono::seconds(1), ResolvConf::longest_timeout);
    }
}

}   // namespace

ResolvConf ResolvConf::parse(std::string_view text) {
    ResolvConf conf;
    for (std::string_view line : split(text, '\n')) {
        if (line.starts_with('#') || line.starts_with(';')) continue;
        const auto fields = words(line);
        if (fields.size() < 2) continue;
        const std::vector values(fields.begin() + 1, fields.end());
        if (fields[0] == "nameserver") {
            const auto server = parse_name_server(values[0]);
            if (server && conf.servers.size() < most_servers) conf.servers.push_back(*server);
        } else if (fields[0] == "search" || fields[0] == "domain") {   // the last of either kind counts
            conf.search.clear();
            const auto count = fields[0] == "domain" ? 1 : std::min(values.size(), most_search_domains);
            for (std::size_t i = 0; i < count; ++i) conf.search.push_back(without_final_dot(values[i]));
        } else if (fields[0] == "options") {
            for (const auto option : values) take_option(conf, option);
        }
    }
    return conf;
}

std::vector<std::string> ResolvConf::candidates(std::string_view name) const {
    if (name.ends_with('.')) return {without_final_dot(name)};
    const auto plain = lower(name);
    const bool plain_first = static_cast<unsigned>(std::ranges::count(plain, '.')) >= dots;
    std::vector<std::string> found;
    const auto add = [&](std::string candidate) {
        if (is_host_name(candidate) && std::ranges::find(found, candidate) == found.end()) {
            found.push_back(std::move(candidate));
        }
    };
    if (plain_first) add(plain);
    for (const auto& domain : search) add(domain.empty() ? plain : plain + "." + domain);
    add(plain);
    return found;
}

std::optional<SocketAddress> parse_name_server(std::string_view text) {
    SocketAddress address;
    if (SocketAddress::parse(text, domain_port, address)) return address;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    if (!SocketAddress::parse(text.substr(0, colon), static_cast<std::uint16_t>(*port), address))
        return std::nullopt;
    return address;
}

}   // namespace gatehouse::net
