#include "model/source_address.h"

#include "base/text.h"

namespace gatehouse::model {

std::optional<SocketAddress> parse_source_address(std::string_view text) {
    SocketAddress address;
    if (SocketAddress::parse(text, 0, address)) return address;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_decimal(text.substr(colon + 1));
    const auto host = text.substr(0, colon);
    if (host.contains(':') && !host.ends_with(']'))
        return std::nullopt;   // "::1:x": no port without brackets
    if (!port || *port > 65535) return std::nullopt;
    if (!SocketAddress::parse(host, static_cast<std::uint16_t>(*port), address)) return std::nullopt;
    return address;
}

}   // namespace gatehouse::model
