#pragma once
// $variables, compiled: a name is resolved once, when the configuration is read, to an id (and a slot or an
// argument), so that a request never looks one up by name. Values come from a VariableSource: the exchange at
// work, or a table in a test. The names and meanings are nginx's (ngx_http_variables.c and the upstream,
// proxy and log modules).

#include "base/arena.h"
#include "http/head.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::model {

enum class VariableId : std::uint8_t {
    slot,      // set by `set`, a named capture, or another step: VariableRef::slot
    map,       // computed by the map block in VariableRef::slot, once per exchange
    capture,   // $1 … $9: VariableRef::slot is the number, 0 the whole match
    // with an argument: VariableRef::argument, lower-case, '_' for '-'
    http_field,
    sent_http_field,
    sent_trailer_field,
    cookie,
    arg,
    upstream_http_field,
    upstream_trailer_field,
    upstream_cookie,
    proxy_protocol_tlv,   // tlv_name.h
    // the request
    args,
    binary_remote_addr,
    connection,
    connection_requests,
    connection_time,
    content_length,
    content_type,
    document_root,
    document_uri,
    host,
    hostname,
    http2,
    http_host_raw,
    https,
    is_args,
    is_request_port,
    limit_rate,
    msec,
    nginx_version,
    pid,
    pipe,
    proxy_protocol_addr,
    proxy_protocol_port,
    proxy_protocol_server_addr,
    proxy_protocol_server_port,
    query_string,
    realip_remote_addr,
    realip_remote_port,
    realpath_root,
    remote_addr,
    remote_port,
    remote_user,
    request,
    request_body,
    request_body_file,
    request_completion,
    request_filename,
    request_id,
    request_length,
    request_method,
    request_port,
    request_time,
    request_uri,
    scheme,
    server_addr,
    server_name,
    server_port,
    server_protocol,
    tcpinfo_rtt,
    tcpinfo_rttvar,
    tcpinfo_snd_cwnd,
    tcpinfo_rcv_space,
    time_iso8601,
    time_local,
    uri,
    // the response
    body_bytes_sent,
    bytes_sent,
    status,
    // forwarding
    proxy_add_x_forwarded_for,
    proxy_add_via,
    proxy_host,
    proxy_port,
    upstream_addr,
    upstream_bytes_received,
    upstream_bytes_sent,
    upstream_cache_status,
    upstream_connect_time,
    upstream_header_time,
    upstream_response_length,
    upstream_response_time,
    upstream_status,
    // counters over all workers (stub_status)
    connections_active,
    connections_reading,
    connections_writing,
    connections_waiting,
    // the client's TLS session
    ssl_alpn_protocol,
    ssl_cipher,
    ssl_ciphers,
    ssl_client_cert,
    ssl_client_escaped_cert,
    ssl_client_fingerprint,
    ssl_client_i_dn,
    ssl_client_i_dn_legacy,
    ssl_client_raw_cert,
    ssl_client_s_dn,
    ssl_client_s_dn_legacy,
    ssl_client_serial,
    ssl_client_v_end,
    ssl_client_v_remain,
    ssl_client_v_start,
    ssl_client_verify,
    ssl_curve,
    ssl_curves,
    ssl_early_data,
    ssl_protocol,
    ssl_server_name,
    ssl_session_id,
    ssl_session_reused,
    ssl_sigalgs,
    // Gatehouse's own: why it made this response itself (a reason code); empty when an endpoint
    // answered
    gatehouse_reason,
    // of a connection that is passed on
    bytes_received,
    protocol,
    session_time,
    ssl_preread_alpn_protocols,
    ssl_preread_protocol,
    ssl_preread_server_name,
    upstream_first_byte_time,
    upstream_session_time,
};

// Who has a variable: an exchange, or a connection that is passed on. Most names are of one of them alone.
enum class VariableScope : std::uint8_t { http, tcp };

struct VariableRef {
    VariableId id = VariableId::slot;
    std::uint16_t slot = 0;
    std::string argument;
    http::FieldId field = http::FieldId::other;   // what a field that `argument` names is known as
};

// A built-in or prefixed (`http_…`, `arg_…`) name without its `$`; nullopt: not one of ours (perhaps a
// user's). Digits 1–9 are captures.
[[nodiscard]] std::optional<VariableRef> find_builtin_variable(std::string_view name,
                                                               VariableScope scope = VariableScope::http);
// The name of such a reference, without its `$`; slots and maps, whose names a Model knows, are "slot:N" and
// "map:N".
[[nodiscard]] std::string name_of(const VariableRef& ref);

class VariableSource {
public:
    virtual ~VariableSource() = default;
    // nullopt: not set (a log prints "-"). The view lives as long as the source's arena.
    [[nodiscard]] virtual std::optional<std::string_view> variable(const VariableRef& ref) = 0;
    [[nodiscard]] virtual Arena& arena() = 0;
};

}   // namespace gatehouse::model
