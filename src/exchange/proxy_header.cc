#include "exchange/proxy_header.h"

#include "exchange/common_variables.h"
#include "exchange/idle_wait.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "model/tlv_name.h"
#include "net/proxy_protocol.h"

#include <fmt/format.h>
#include <netinet/in.h>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using net::ProxyHeader;
using net::ProxyProgress;

const log::ErrorLogs& error_logs_of(const ClientConnection& connection) {
    const auto& listener = *connection.port.listener;
    return listener.listener.is_tcp() ? listener.tcp_sites.default_site().error_logs
                                      : listener.sites.default_site().defaults->error_logs;
}

void note(const ClientConnection& connection, log::LogLevel level, std::string_view text) {
    log::write_error(
        level, error_logs_of(connection), connection.number,
        fmt::format("{} while reading PROXY protocol, client: {}, server: {}", text,
                    connection.peer.expand().ip_text(), connection.port.listener->listener.text));
}

// The level is nginx's: mostly a proxy was not told to send the header, and nobody is served.
void note_broken(const ClientConnection& connection, const char* rule) {
    const auto sent = connection.in.view().substr(0, net::proxy_v1_most_bytes);
    const bool is_binary = sent.starts_with("\r\n");
    const auto line =
        is_binary ? sent.substr(0, net::proxy_v2_fixed_bytes) : sent.substr(0, sent.find_first_of("\r\n"));
    note(connection, log::LogLevel::error, fmt::format("broken header: \"{}\" ({})", line, rule));
}

// What nginx understands: a client over TCP. Any other is as unknown as one that was not named.
void keep(ClientConnection& connection, ProxyHeader header) {
    if (header.checksum == ProxyHeader::Checksum::wrong)
        note(connection, log::LogLevel::info, "wrong checksum");   // nginx takes no notice of it at all
    const bool is_ip = header.source.family() == AF_INET || header.source.family() == AF_INET6;
    if (header.kind != ProxyHeader::Kind::proxied || !is_ip) return;
    if (header.transport != ProxyHeader::Transport::stream) return;
    connection.proxied = std::make_unique<const ProxiedPeer>(
        ProxiedPeer{.source = PeerAddress(header.source.storage),
                    .destination = PeerAddress(header.destination.storage),
                    .tlvs = std::move(header.tlvs)});
}

// False: the connection is over.
loop::Task<bool> wait_for_more(ClientConnection& connection) {
    if (connection.in.empty()) co_return co_await wait_while_idle(connection, loop::forever);
    const auto ready = co_await connection.stream.readable(loop::forever);
    co_return ready.has_value();
}

std::optional<std::string_view> tlv(const ProxiedPeer& proxied, std::string_view name, Arena& arena) {
    using Place = model::TlvName::Place;
    const auto wanted = model::parse_tlv_name(name);
    if (wanted.place == Place::nowhere) return {};
    if (wanted.place == Place::header) return net::find_proxy_tlv(proxied.tlvs, wanted.type);
    const auto tls = net::find_proxied_tls(proxied.tlvs);
    if (!tls) return {};
    if (wanted.place == Place::tls) return net::find_proxy_tlv(tls->tlvs, wanted.type);
    const fmt::format_int verify(tls->verify);
    return arena.copy({verify.data(), verify.size()});
}

}   // namespace

loop::Task<ProxyHeaderRead> read_proxy_header(ClientConnection& connection, Duration patience) {
    const loop::Deadline deadline(co_await loop::this_strand(), patience);
    connection.proxy_header_due = false;
    ProxyHeader header;
    while (true) {
        const ProxyProgress progress = net::parse_proxy_header(connection.in.view(), header);
        if (progress.state == ProxyProgress::State::refused) {
            note_broken(connection, progress.rule);
            co_return ProxyHeaderRead::broken;
        }
        if (progress.state == ProxyProgress::State::done) {
            connection.in.consume(progress.consumed);
            connection.in.shrink();
            keep(connection, std::move(header));
            co_return ProxyHeaderRead::done;
        }
        const auto arrived = connection.stream.try_read(connection.in, Buffer::standard_bytes);
        if (!arrived || (*arrived && **arrived == 0)) {
            note(connection, log::LogLevel::info, "client closed connection");
            co_return ProxyHeaderRead::gone;
        }
        if (*arrived) continue;
        const bool goes_on = co_await wait_for_more(connection);
        if (!goes_on) {
            if (deadline.expired()) note(connection, log::LogLevel::info, "client timed out");
            co_return ProxyHeaderRead::gone;
        }
    }
}

std::optional<std::string_view> proxied_variable(const ProxiedPeer& proxied, const model::VariableRef& ref,
                                                 Arena& arena) {
    switch (ref.id) {
        case model::VariableId::proxy_protocol_addr: return proxied.source.ip_text(arena);
        case model::VariableId::proxy_protocol_port: return port_text(proxied.source.expand(), arena);
        case model::VariableId::proxy_protocol_server_addr: return proxied.destination.ip_text(arena);
        case model::VariableId::proxy_protocol_server_port:
            return port_text(proxied.destination.expand(), arena);
        case model::VariableId::proxy_protocol_tlv: return tlv(proxied, ref.argument, arena);
        default: return {};
    }
}

}   // namespace gatehouse::exchange
