#include "model/variable.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace gatehouse::model {
namespace {

using Id = VariableId;

struct Prefix {
    std::string_view text;
    Id id;
};
// Anchored at the start of a name and none a prefix of another: their order does not matter.
constexpr Prefix prefixes[] = {
    {"http_", Id::http_field},
    {"sent_http_", Id::sent_http_field},
    {"sent_trailer_", Id::sent_trailer_field},
    {"cookie_", Id::cookie},
    {"arg_", Id::arg},
    {"upstream_http_", Id::upstream_http_field},
    {"upstream_trailer_", Id::upstream_trailer_field},
    {"upstream_cookie_", Id::upstream_cookie},
    {"proxy_protocol_tlv_", Id::proxy_protocol_tlv},
};

// In the order of VariableId from `args` on.
constexpr std::string_view names[] = {
    "args",
    "binary_remote_addr",
    "connection",
    "connection_requests",
    "connection_time",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "host",
    "hostname",
    "http2",
    "http_host_raw",
    "https",
    "is_args",
    "is_request_port",
    "limit_rate",
    "msec",
    "nginx_version",
    "pid",
    "pipe",
    "proxy_protocol_addr",
    "proxy_protocol_port",
    "proxy_protocol_server_addr",
    "proxy_protocol_server_port",
    "query_string",
    "realip_remote_addr",
    "realip_remote_port",
    "realpath_root",
    "remote_addr",
    "remote_port",
    "remote_user",
    "request",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "request_id",
    "request_length",
    "request_method",
    "request_port",
    "request_time",
    "request_uri",
    "scheme",
    "server_addr",
    "server_name",
    "server_port",
    "server_protocol",
    "tcpinfo_rtt",
    "tcpinfo_rttvar",
    "tcpinfo_snd_cwnd",
    "tcpinfo_rcv_space",
    "time_iso8601",
    "time_local",
    "uri",
    "body_bytes_sent",
    "bytes_sent",
    "status",
    "proxy_add_x_forwarded_for",
    "proxy_add_via",
    "proxy_host",
    "proxy_port",
    "upstream_addr",
    "upstream_bytes_received",
    "upstream_bytes_sent",
    "upstream_cache_status",
    "upstream_connect_time",
    "upstream_header_time",
    "upstream_response_length",
    "upstream_response_time",
    "upstream_status",
    "connections_active",
    "connections_reading",
    "connections_writing",
    "connections_waiting",
    "ssl_alpn_protocol",
    "ssl_cipher",
    "ssl_ciphers",
    "ssl_client_cert",
    "ssl_client_escaped_cert",
    "ssl_client_fingerprint",
    "ssl_client_i_dn",
    "ssl_client_i_dn_legacy",
    "ssl_client_raw_cert",
    "ssl_client_s_dn",
    "ssl_client_s_dn_legacy",
    "ssl_client_serial",
    "ssl_client_v_end",
    "ssl_client_v_remain",
    "ssl_client_v_start",
    "ssl_client_verify",
    "ssl_curve",
    "ssl_curves",
    "ssl_early_data",
    "ssl_protocol",
    "ssl_server_name",
    "ssl_session_id",
    "ssl_session_reused",
    "ssl_sigalgs",
    "gatehouse_reason",
    "bytes_received",
    "protocol",
    "session_time",
    "ssl_preread_alpn_protocols",
    "ssl_preread_protocol",
    "ssl_preread_server_name",
    "upstream_first_byte_time",
    "upstream_session_time",
};
constexpr auto first_named = std::to_underlying(Id::args);
static_assert(std::size(names) == std::to_underlying(Id::upstream_session_time) - first_named + 1U);

// What exchanges and connections that are passed on both have, but for $ssl_….
constexpr Id shared[] = {
    Id::proxy_protocol_tlv,
    Id::binary_remote_addr,
    Id::connection,
    Id::hostname,
    Id::msec,
    Id::nginx_version,
    Id::pid,
    Id::proxy_protocol_addr,
    Id::proxy_protocol_port,
    Id::proxy_protocol_server_addr,
    Id::proxy_protocol_server_port,
    Id::realip_remote_addr,
    Id::realip_remote_port,
    Id::remote_addr,
    Id::remote_port,
    Id::server_addr,
    Id::server_name,
    Id::server_port,
    Id::time_iso8601,
    Id::time_local,
    Id::bytes_sent,
    Id::status,
    Id::upstream_addr,
    Id::upstream_bytes_received,
    Id::upstream_bytes_sent,
    Id::upstream_connect_time,
    Id::gatehouse_reason,
};

bool is_in(VariableScope scope, Id id) {
    const bool is_tcp_only = id >= Id::bytes_received;
    if (scope == VariableScope::http) return !is_tcp_only;
    const bool is_tls = id >= Id::ssl_alpn_protocol && id <= Id::ssl_sigalgs && id != Id::ssl_early_data;
    return is_tcp_only || is_tls || std::ranges::find(shared, id) != std::end(shared);
}

// "user_agent" names User-Agent.
http::FieldId field_named(std::string argument) {
    std::ranges::replace(argument, '_', '-');
    return http::field_id(argument);
}

}   // namespace

std::optional<VariableRef> find_builtin_variable(std::string_view name, VariableScope scope) {
    if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') {
        return VariableRef{Id::capture, static_cast<std::uint16_t>(name[0] - '0'), {}};
    }
    const std::string wanted = lower(name);   // nginx: names in any case
    for (const auto& prefix : prefixes) {
        if (!wanted.starts_with(prefix.text) || !is_in(scope, prefix.id)) continue;
        VariableRef ref{prefix.id, 0, wanted.substr(prefix.text.size())};
        ref.field = field_named(ref.argument);
        return ref;
    }
    const auto* found = std::ranges::find(names, wanted);
    if (found == std::end(names)) return std::nullopt;
    const auto id = static_cast<Id>(first_named + (found - std::begin(names)));
    return is_in(scope, id) ? std::optional(VariableRef{id, 0, {}}) : std::nullopt;
}

std::string name_of(const VariableRef& ref) {
    if (ref.id == Id::capture) return std::to_string(ref.slot);
    if (ref.id == Id::slot) return "slot:" + std::to_string(ref.slot);
    if (ref.id == Id::map) return "map:" + std::to_string(ref.slot);
    for (const auto& prefix : prefixes) {
        if (prefix.id == ref.id) return std::string(prefix.text) + ref.argument;
    }
    return std::string(names[std::to_underlying(ref.id) - first_named]);
}

}   // namespace gatehouse::model
