// TLS, HTTP/2 and HTTP/3.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using model::ConnectionSettings;
using tls::ServerSettings;

constexpr Entry entries[] = {
    // http_ssl
    {"ssl_certificate", at::http | at::server, takes(1), acts(ssl_certificate)},
    {"ssl_certificate_key", at::http | at::server, takes(1), acts(ssl_certificate_key)},
    {"ssl_certificate_cache", at::http | at::server, takes(1, 3), notice(with_run_time_certificates)},
    {"ssl_ech_file", at::http | at::server, takes(1), refused("encrypted client hellos are not supported")},
    {"ssl_password_file", at::http | at::server, takes(1), acts(ssl_password_file)},
    {"ssl_certificate_compression", at::http | at::server, flag,
     notice("certificates are sent as they are, which every client takes")},
    {"ssl_dhparam", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_ecdh_curve", at::http | at::server, takes(1), acts(ssl_ecdh_curve)},
    {"ssl_protocols", at::http | at::server, at_least(1), acts(ssl_protocols)},
    {"ssl_ciphers", at::http | at::server, takes(1), acts(ssl_ciphers)},
    {"ssl_buffer_size", at::http | at::server, takes(1), acts(ssl_buffer_size)},
    {"ssl_verify_client", at::http | at::server, takes(1), acts(ssl_verify_client)},
    {"ssl_verify_depth", at::http | at::server, takes(1), acts(set_number<&ServerSettings::verify_depth>)},
    {"ssl_client_certificate", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_trusted_certificate", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_prefer_server_ciphers", at::http | at::server, flag,
     acts(set_flag<&ServerSettings::prefer_server_ciphers>)},
    {"ssl_session_cache", at::http | at::server, takes(1, 2), acts(ssl_session_cache)},
    {"ssl_session_tickets", at::http | at::server, flag, acts(set_flag<&ServerSettings::tickets>)},
    {"ssl_session_ticket_key", at::http | at::server, takes(1), acts(ssl_session_ticket_key)},
    {"ssl_session_timeout", at::http | at::server, takes(1), acts(ssl_session_timeout)},
    {"ssl_crl", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_ocsp", at::http | at::server, takes(1),
     refused_unless_off("whether a client's certificate was revoked can be told by \"ssl_crl\" only")},
    {"ssl_ocsp_responder", at::http | at::server, takes(1), notice(with_ocsp)},
    {"ssl_ocsp_cache", at::http | at::server, takes(1), notice(with_ocsp)},
    {"ssl_stapling", at::http | at::server, flag, acts(ssl_stapling)},
    {"ssl_stapling_file", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_stapling_responder", at::http | at::server, takes(1), acts(ssl_file)},
    {"ssl_stapling_verify", at::http | at::server, flag, acts(ssl_stapling_verify)},
    {"ssl_early_data", at::http | at::server, flag, acts(set_flag<&ServerSettings::early_data>)},
    {"ssl_conf_command", at::http | at::server, takes(2), acts(ssl_conf_command)},
    {"ssl_reject_handshake", at::http | at::server, flag, acts(set_flag<&ServerSettings::reject_handshake>)},
    // http_v2
    {"http2", at::http | at::server, flag, acts(set_flag<&ConnectionSettings::http2>)},
    {"http2_recv_buffer_size", at::http, takes(1), notice(own_buffers)},
    {"http2_pool_size", at::http | at::server, takes(1), notice(own_memory)},
    {"http2_max_concurrent_streams", at::http | at::server, takes(1),
     acts(set_number<&ConnectionSettings::http2_streams>)},
    {"http2_max_concurrent_pushes", at::http | at::server, takes(1), obsolete()},
    {"http2_max_requests", at::http | at::server, takes(1), obsolete("keepalive_requests")},
    {"http2_max_field_size", at::http | at::server, takes(1), obsolete("large_client_header_buffers")},
    {"http2_max_header_size", at::http | at::server, takes(1), obsolete("large_client_header_buffers")},
    {"http2_body_preread_size", at::http | at::server, takes(1), notice(own_buffers)},
    {"http2_streams_index_size", at::http | at::server, takes(1), notice(own_tables)},
    {"http2_recv_timeout", at::http | at::server, takes(1), obsolete("client_header_timeout")},
    {"http2_idle_timeout", at::http | at::server, takes(1), obsolete("keepalive_timeout")},
    {"http2_chunk_size", at::any_http, takes(1), notice(own_buffers)},
    {"http2_push_preload", at::any_http, flag, obsolete()},
    {"http2_push", at::any_http, takes(1), obsolete()},
    // http_v3
    {"http3", at::http | at::server, flag, refused_unless_off(no_http3)},
    {"http3_hq", at::http | at::server, flag, refused_unless_off(no_http3)},
    {"http3_max_concurrent_streams", at::http | at::server, takes(1), notice(http3_tuning)},
    {"http3_stream_buffer_size", at::http | at::server, takes(1), notice(http3_tuning)},
    {"quic_retry", at::http | at::server, flag, notice(http3_tuning)},
    {"quic_gso", at::http | at::server, flag, notice(http3_tuning)},
    {"quic_host_key", at::http | at::server, takes(1), notice(http3_tuning)},
    {"quic_active_connection_id_limit", at::http | at::server, takes(1), notice(http3_tuning)},
};

}   // namespace

std::span<const Entry> tls_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
