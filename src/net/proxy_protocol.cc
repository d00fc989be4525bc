#include "net/proxy_protocol.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "base/crc32.h"
#include "base/text.h"

namespace gatehouse::net {
namespace {

using namespace std::string_view_literals;
using State = ProxyProgress::State;
using Kind = ProxyHeader::Kind;

constexpr std::string_view v1_begin = "PROXY ";
constexpr std::string_view v2_signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t tlv_head_bytes = 3;
constexpr std::size_t checksum_bytes = 4;

ProxyProgress need(std::size_t bytes) {
    return {.state = State::need_more, .consumed = 0, .needed = bytes, .rule = ""};
}
ProxyProgress refuse(const char* rule) {
    return {.state = State::refused, .consumed = 0, .needed = 0, .rule = rule};
}
ProxyProgress done(std::size_t bytes) {
    return {.state = State::done, .consumed = bytes, .needed = 0, .rule = ""};
}

bool may_begin(std::string_view bytes, std::string_view with) {
    const auto known = std::min(bytes.size(), with.size());
    return bytes.substr(0, known) == with.substr(0, known);
}

std::uint16_t read_16(std::string_view bytes) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                      static_cast<unsigned char>(bytes[1]));
}

std::uint32_t read_32(std::string_view bytes) {
    return static_cast<std::uint32_t>(read_16(bytes)) << 16 | read_16(bytes.substr(2));
}

void append_16(std::string& to, std::size_t value) {
    to += static_cast<char>(value >> 8 & 0xFF);
    to += static_cast<char>(value & 0xFF);
}

void append_32(std::string& to, std::uint32_t value) {
    append_16(to, value >> 16);
    append_16(to, value & 0xFFFF);
}

// Version 1

// What is still to come of a line whose end has not arrived: no shorter line begins like that.
std::size_t rest_of_line(std::string_view bytes) {
    std::size_t shortest = "PROXY UNKNOWN\r\n"sv.size();
    if (bytes.starts_with("PROXY TCP4 ")) shortest = "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"sv.size();
    if (bytes.starts_with("PROXY TCP6 ")) shortest = "PROXY TCP6 :: :: 0 0\r\n"sv.size();
    if (bytes.size() < shortest) return shortest - bytes.size();
    return bytes.ends_with('\r') ? 1 : 2;
}

// In the specification's form: decimal, no leading zero, 0 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    const auto number = parse_decimal(text);
    if (!number || *number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

bool parse_address(std::string_view text, int family, std::uint16_t port, SocketAddress& address) {
    constexpr std::string_view alphabet = "0123456789abcdefABCDEF:.";
    if (text.find_first_not_of(alphabet) != std::string_view::npos) return false;
    return SocketAddress::parse(text, port, address) && address.family() == family;
}

// The line without its end.
const char* parse_line(std::string_view line, ProxyHeader& header) {
    const auto words = split(line, ' ');
    if (words[1] == "UNKNOWN") return nullptr;   // whatever follows says nothing
    const int family = words[1] == "TCP4" ? AF_INET : words[1] == "TCP6" ? AF_INET6 : AF_UNSPEC;
    if (family == AF_UNSPEC) return "unknown protocol";
    if (words.size() != 6) return "not two addresses and two ports";
    const auto source_port = parse_port(words[4]);
    const auto destination_port = parse_port(words[5]);
    if (!source_port || !destination_port) return "invalid port";
    if (!parse_address(words[2], family, *source_port, header.source) ||
        !parse_address(words[3], family, *destination_port, header.destination)) {
        return "invalid address";
    }
    header.kind = Kind::proxied;
    return nullptr;
}

ProxyProgress parse_v1(std::string_view bytes, ProxyHeader& header) {
    const auto line_end = bytes.substr(0, proxy_v1_most_bytes).find_first_of("\r\n");
    if (line_end == std::string_view::npos) {
        return bytes.size() >= proxy_v1_most_bytes ? refuse("line too long") : need(rest_of_line(bytes));
    }
    if (bytes[line_end] == '\n') return refuse("line end is not CR LF");
    if (line_end + 2 > proxy_v1_most_bytes) return refuse("line too long");
    if (line_end + 1 == bytes.size()) return need(rest_of_line(bytes));
    if (bytes[line_end + 1] != '\n') return refuse("line end is not CR LF");
    if (const char* rule = parse_line(bytes.substr(0, line_end), header)) return refuse(rule);
    return done(line_end + 2);
}

// Version 2

// The upper half of a header's 14th byte.
enum class Family : std::uint8_t { unspecified = 0, ipv4 = 1, ipv6 = 2, unix_socket = 3 };

constexpr std::size_t unix_path_bytes = 108;   // of one address, on every system

std::size_t bytes_of_addresses(Family family) {
    switch (family) {
        case Family::ipv4: return std::size_t{2} * (4 + 2);
        case Family::ipv6: return std::size_t{2} * (16 + 2);
        case Family::unix_socket: return 2 * unix_path_bytes;
        case Family::unspecified: break;
    }
    return 0;
}

SocketAddress address_of(std::string_view ip, std::string_view port) {
    SocketAddress out;
    if (ip.size() == 4) {
        auto& ipv4 = reinterpret_cast<sockaddr_in&>(out.storage);
        ipv4.sin_family = AF_INET;
        std::memcpy(&ipv4.sin_addr, ip.data(), ip.size());
        out.length = sizeof ipv4;
    } else {
        auto& ipv6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        ipv6.sin6_family = AF_INET6;
        std::memcpy(&ipv6.sin6_addr, ip.data(), ip.size());
        out.length = sizeof ipv6;
    }
    out.set_port(read_16(port));
    return out;
}

SocketAddress unix_address_of(std::string_view field) {
    return SocketAddress::from_unix_path(field.substr(0, std::min(field.find('\0'), unix_path_bytes - 1)));
}

void read_addresses(std::string_view block, Family family, ProxyHeader& header) {
    if (family == Family::unix_socket) {
        header.source = unix_address_of(block.substr(0, unix_path_bytes));
        header.destination = unix_address_of(block.substr(unix_path_bytes, unix_path_bytes));
        return;
    }
    const std::size_t ip_bytes = family == Family::ipv4 ? 4 : 16;
    const auto ports = block.substr(2 * ip_bytes);
    header.source = address_of(block.substr(0, ip_bytes), ports);
    header.destination = address_of(block.substr(ip_bytes, ip_bytes), ports.substr(2));
}

// As if the checksum itself were zero.
ProxyHeader::Checksum check(std::string_view whole, std::string_view tlvs) {
    const auto sent = find_proxy_tlv(tlvs, ProxyTlv::crc32c);
    if (!sent) return ProxyHeader::Checksum::absent;
    if (sent->size() != checksum_bytes) return ProxyHeader::Checksum::wrong;
    const auto at = static_cast<std::size_t>(sent->data() - whole.data());
    Crc32c crc;
    crc.update(whole.substr(0, at));
    crc.update("\0\0\0\0"sv);
    crc.update(whole.substr(at + checksum_bytes));
    return crc.value() == read_32(*sent) ? ProxyHeader::Checksum::right : ProxyHeader::Checksum::wrong;
}

// The payload of the command PROXY. A family or transport that the specification does not know is taken as
// one that cannot be named, as nginx does: the length says where it ends.
void read_payload(std::string_view whole, ProxyHeader& header) {
    const auto byte = static_cast<unsigned char>(whole[13]);
    const auto family = static_cast<Family>(byte >> 4);
    const unsigned transport = byte & 0x0F;
    const auto address_bytes = bytes_of_addresses(family);
    if (address_bytes == 0 || (transport != 1 && transport != 2)) return;
    const auto payload = whole.substr(proxy_v2_fixed_bytes);
    read_addresses(payload, family, header);
    header.kind = Kind::proxied;
    header.transport = transport == 1 ? ProxyHeader::Transport::stream : ProxyHeader::Transport::datagram;
    const auto tlvs = payload.substr(address_bytes);
    header.checksum = check(whole, tlvs);
    header.tlvs = tlvs;
}

ProxyProgress parse_v2(std::string_view bytes, ProxyHeader& header) {
    constexpr unsigned local = 0, proxy = 1;
    if (bytes.size() > 12) {
        const auto byte = static_cast<unsigned char>(bytes[12]);
        if (byte >> 4 != 2) return refuse("unknown version");
        if ((byte & 0x0F) != local && (byte & 0x0F) != proxy) return refuse("unknown command");
    }
    if (bytes.size() < proxy_v2_fixed_bytes) return need(proxy_v2_fixed_bytes - bytes.size());
    const std::size_t payload = read_16(bytes.substr(14));
    if (payload > proxy_v2_most_payload) return refuse("header too large");
    const bool is_proxy = (static_cast<unsigned char>(bytes[12]) & 0x0F) == proxy;
    const auto family = static_cast<Family>(static_cast<unsigned char>(bytes[13]) >> 4);
    if (is_proxy && payload < bytes_of_addresses(family)) return refuse("too short for its addresses");
    const auto total = proxy_v2_fixed_bytes + payload;
    if (bytes.size() < total) return need(total - bytes.size());
    header.kind = is_proxy ? Kind::unknown : Kind::local;   // of `local` nothing else counts
    if (is_proxy) read_payload(bytes.substr(0, total), header);
    return done(total);
}

// Writing

bool is_mapped(const SocketAddress& address) {
    return address.family() == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr);
}

SocketAddress unmapped(const SocketAddress& address) {
    SocketAddress out;
    const auto& from = reinterpret_cast<const sockaddr_in6&>(address.storage);
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(out.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = from.sin6_port;
    std::memcpy(&ipv4.sin_addr, from.sin6_addr.s6_addr + 12, 4);
    out.length = sizeof ipv4;
    return out;
}

SocketAddress mapped(const SocketAddress& address) {
    if (address.family() == AF_INET6) return address;
    SocketAddress out;
    const auto& from = reinterpret_cast<const sockaddr_in&>(address.storage);
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = from.sin_port;
    ipv6.sin6_addr.s6_addr[10] = ipv6.sin6_addr.s6_addr[11] = 0xFF;
    std::memcpy(ipv6.sin6_addr.s6_addr + 12, &from.sin_addr, 4);
    out.length = sizeof ipv6;
    return out;
}

struct Pair {
    SocketAddress source, destination;   // of one family, IPv4 or IPv6
};

std::optional<Pair> as_one_family(const SocketAddress& source, const SocketAddress& destination) {
    const auto is_ip = [](const SocketAddress& a) { return a.family() == AF_INET || a.family() == AF_INET6; };
    if (!is_ip(source) || !is_ip(destination)) return std::nullopt;
    if (is_mapped(source) && is_mapped(destination)) return Pair{unmapped(source), unmapped(destination)};
    if (source.family() == destination.family()) return Pair{source, destination};
    return Pair{mapped(source), mapped(destination)};
}

void append_ip(std::string& to, const SocketAddress& address) {
    if (address.family() == AF_INET) {
        const auto& ip = reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr;
        to.append(reinterpret_cast<const char*>(&ip), 4);
    } else {
        const auto& ip = reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr;
        to.append(reinterpret_cast<const char*>(&ip), 16);
    }
}

}   // namespace

ProxyProgress parse_proxy_header(std::string_view bytes, ProxyHeader& header) {
    header = {};
    if (bytes.empty()) return need(rest_of_line(bytes));   // what either version has at the least
    if (may_begin(bytes, v1_begin)) {
        return bytes.size() < v1_begin.size() ? need(rest_of_line(bytes)) : parse_v1(bytes, header);
    }
    if (may_begin(bytes, v2_signature)) return parse_v2(bytes, header);
    return refuse("no PROXY protocol header");
}

std::optional<std::string_view> find_proxy_tlv(std::string_view tlvs, std::uint8_t type) {
    while (tlvs.size() >= tlv_head_bytes) {
        const std::size_t length = read_16(tlvs.substr(1));
        if (tlvs.size() - tlv_head_bytes < length) return std::nullopt;
        if (static_cast<std::uint8_t>(tlvs[0]) == type) return tlvs.substr(tlv_head_bytes, length);
        tlvs.remove_prefix(tlv_head_bytes + length);
    }
    return std::nullopt;
}

std::optional<ProxiedTls> find_proxied_tls(std::string_view tlvs) {
    constexpr std::size_t fixed_bytes = 1 + 4;
    const auto value = find_proxy_tlv(tlvs, ProxyTlv::tls);
    if (!value || value->size() < fixed_bytes) return std::nullopt;
    return ProxiedTls{.flags = static_cast<std::uint8_t>((*value)[0]),
                      .verify = read_32(value->substr(1)),
                      .tlvs = value->substr(fixed_bytes)};
}

std::string write_proxy_v1(const SocketAddress& source, const SocketAddress& destination) {
    const auto pair = as_one_family(source, destination);
    if (!pair) return "PROXY UNKNOWN\r\n";
    std::string line = pair->source.family() == AF_INET ? "PROXY TCP4 " : "PROXY TCP6 ";
    line += pair->source.ip_text() + " " + pair->destination.ip_text() + " ";
    line += std::to_string(pair->source.port()) + " " + std::to_string(pair->destination.port()) + "\r\n";
    return line;
}

std::string write_proxy_v2(const SocketAddress& source, const SocketAddress& destination,
                           std::string_view tlvs, ProxyHeader::Transport transport) {
    const auto pair = as_one_family(source, destination);
    std::string out(v2_signature);
    if (!pair) return out.append("\x20\0\0\0"sv);
    const auto family = pair->source.family() == AF_INET ? Family::ipv4 : Family::ipv6;
    const auto payload = bytes_of_addresses(family) + tlvs.size() + tlv_head_bytes + checksum_bytes;
    assert(payload <= proxy_v2_most_payload);
    out += '\x21';
    out += static_cast<char>(static_cast<int>(family) << 4 |
                             (transport == ProxyHeader::Transport::stream ? 1 : 2));
    append_16(out, payload);
    append_ip(out, pair->source);
    append_ip(out, pair->destination);
    append_16(out, pair->source.port());
    append_16(out, pair->destination.port());
    out += tlvs;
    append_proxy_tlv(out, ProxyTlv::crc32c, "\0\0\0\0"sv);
    const auto checksum = Crc32c::of(out);
    out.resize(out.size() - checksum_bytes);
    append_32(out, checksum);
    return out;
}

void append_proxy_tlv(std::string& tlvs, ProxyTlv type, std::string_view value) {
    assert(value.size() <= proxy_v2_most_payload);
    tlvs += static_cast<char>(type);
    append_16(tlvs, value.size());
    tlvs += value;
}

void append_proxied_tls(std::string& tlvs, const ProxiedTls& tls) {
    std::string value(1, static_cast<char>(tls.flags));
    append_32(value, tls.verify);
    value += tls.tlvs;
    append_proxy_tlv(tlvs, ProxyTlv::tls, value);
}

}   // namespace gatehouse::net
