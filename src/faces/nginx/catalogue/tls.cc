// TLS, HTTP/2 and HTTP/3.
#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx::catalogue {
namespace {

constexpr Entry entries[] = {
    // http_ssl
    {"ssl_certificate", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_certificate_key", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_certificate_cache", at::http | at::server, takes(1, 3), notice(tls_tuning)},
    {"ssl_ech_file", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_password_file", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_certificate_compression", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_dhparam", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_ecdh_curve", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_protocols", at::http | at::server, at_least(1), notice(tls_tuning)},
    {"ssl_ciphers", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_buffer_size", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_verify_client", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_verify_depth", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_client_certificate", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_trusted_certificate", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_prefer_server_ciphers", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_session_cache", at::http | at::server, takes(1, 2), notice(tls_tuning)},
    {"ssl_session_tickets", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_session_ticket_key", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_session_timeout", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_crl", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_ocsp", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_ocsp_responder", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_ocsp_cache", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_stapling", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_stapling_file", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_stapling_responder", at::http | at::server, takes(1), notice(tls_tuning)},
    {"ssl_stapling_verify", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_early_data", at::http | at::server, flag, notice(tls_tuning)},
    {"ssl_conf_command", at::http | at::server, takes(2), notice(tls_tuning)},
    {"ssl_reject_handshake", at::http | at::server, flag, notice(tls_tuning)},
    // http_v2
    {"http2", at::http | at::server, flag, refused_unless_off(no_http2)},
    {"http2_recv_buffer_size", at::http, takes(1), notice(http2_tuning)},
    {"http2_pool_size", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_max_concurrent_streams", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_max_concurrent_pushes", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_max_requests", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_max_field_size", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_max_header_size", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_body_preread_size", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_streams_index_size", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_recv_timeout", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_idle_timeout", at::http | at::server, takes(1), notice(http2_tuning)},
    {"http2_chunk_size", at::any_http, takes(1), notice(http2_tuning)},
    {"http2_push_preload", at::any_http, flag, notice("browsers no longer take pushed responses")},
    {"http2_push", at::any_http, takes(1), notice("browsers no longer take pushed responses")},
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
