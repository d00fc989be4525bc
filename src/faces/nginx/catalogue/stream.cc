// The stream block, refused as a whole; its directives are known so that a misplaced one is named.
#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx::catalogue {
namespace {

constexpr Entry entries[] = {
    // stream_access
    {"allow", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"deny", at::stream | at::stream_server, takes(1), refused(no_streams)},
    // stream_core
    {"variables_hash_max_size", at::stream, takes(1), refused(no_streams)},
    {"variables_hash_bucket_size", at::stream, takes(1), refused(no_streams)},
    {"server_names_hash_max_size", at::stream, takes(1), refused(no_streams)},
    {"server_names_hash_bucket_size", at::stream, takes(1), refused(no_streams)},
    {"server", at::stream, block(none), refused(no_streams)},
    {"listen", at::stream_server, at_least(1), refused(no_streams)},
    {"server_name", at::stream_server, at_least(1), refused(no_streams)},
    {"error_log", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"resolver", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"resolver_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_protocol_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"tcp_nodelay", at::stream | at::stream_server, flag, refused(no_streams)},
    {"preread_buffer_size", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"preread_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    // stream_geo
    {"geo", at::stream, block(takes(1, 2)), refused(no_streams)},
    // stream_geoip
    {"geoip_country", at::stream, takes(1, 2), refused(no_streams)},
    {"geoip_org", at::stream, takes(1, 2), refused(no_streams)},
    {"geoip_city", at::stream, takes(1, 2), refused(no_streams)},
    // stream_limit_conn
    {"limit_conn_zone", at::stream, takes(2), refused(no_streams)},
    {"limit_conn", at::stream | at::stream_server, takes(2), refused(no_streams)},
    {"limit_conn_log_level", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"limit_conn_dry_run", at::stream | at::stream_server, flag, refused(no_streams)},
    // stream_log
    {"log_format", at::stream, at_least(2), refused(no_streams)},
    {"access_log", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"open_log_file_cache", at::stream | at::stream_server, takes(1, 4), refused(no_streams)},
    // stream_map
    {"map", at::stream, block(takes(2)), refused(no_streams)},
    {"map_hash_max_size", at::stream, takes(1), refused(no_streams)},
    {"map_hash_bucket_size", at::stream, takes(1), refused(no_streams)},
    // stream_pass
    {"pass", at::stream_server, takes(1), refused(no_streams)},
    // stream_proxy
    {"proxy_pass", at::stream_server, takes(1), refused(no_streams)},
    {"proxy_bind", at::stream | at::stream_server, takes(1, 2), refused(no_streams)},
    {"proxy_socket_keepalive", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_socket_rcvbuf", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_socket_sndbuf", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_connect_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_buffer_size", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_downstream_buffer", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_upstream_buffer", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_upload_rate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_download_rate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_requests", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_responses", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_next_upstream", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_next_upstream_tries", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_next_upstream_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_protocol", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_half_close", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_ssl", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_ssl_session_reuse", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_ssl_protocols", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"proxy_ssl_ciphers", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_name", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_server_name", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_ssl_alpn", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"proxy_ssl_verify", at::stream | at::stream_server, flag, refused(no_streams)},
    {"proxy_ssl_verify_depth", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_trusted_certificate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_crl", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_certificate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_certificate_key", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_certificate_cache", at::stream | at::stream_server, takes(1, 3), refused(no_streams)},
    {"proxy_ssl_password_file", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"proxy_ssl_conf_command", at::stream | at::stream_server, takes(2), refused(no_streams)},
    // stream_realip
    {"set_real_ip_from", at::stream | at::stream_server, takes(1), refused(no_streams)},
    // stream_return
    {"return", at::stream_server, takes(1), refused(no_streams)},
    // stream_set
    {"set", at::stream_server, takes(2), refused(no_streams)},
    // stream_split_clients
    {"split_clients", at::stream, block(takes(2)), refused(no_streams)},
    // stream_ssl
    {"ssl_handshake_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_certificate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_certificate_key", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_certificate_cache", at::stream | at::stream_server, takes(1, 3), refused(no_streams)},
    {"ssl_ech_file", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_password_file", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_certificate_compression", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_dhparam", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_ecdh_curve", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_protocols", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    {"ssl_ciphers", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_verify_client", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_verify_depth", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_client_certificate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_trusted_certificate", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_prefer_server_ciphers", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_session_cache", at::stream | at::stream_server, takes(1, 2), refused(no_streams)},
    {"ssl_session_tickets", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_session_ticket_key", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_session_timeout", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_crl", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_ocsp", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_ocsp_responder", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_ocsp_cache", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_stapling", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_stapling_file", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_stapling_responder", at::stream | at::stream_server, takes(1), refused(no_streams)},
    {"ssl_stapling_verify", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_conf_command", at::stream | at::stream_server, takes(2), refused(no_streams)},
    {"ssl_reject_handshake", at::stream | at::stream_server, flag, refused(no_streams)},
    {"ssl_alpn", at::stream | at::stream_server, at_least(1), refused(no_streams)},
    // stream_ssl_preread
    {"ssl_preread", at::stream | at::stream_server, flag, refused(no_streams)},
    // stream_upstream
    {"upstream", at::stream, block(takes(1)), refused(no_streams)},
    {"server", at::stream_upstream, at_least(1), refused(no_streams)},
    {"resolver", at::stream_upstream, at_least(1), refused(no_streams)},
    {"resolver_timeout", at::stream_upstream, takes(1), refused(no_streams)},
    // stream_upstream_hash
    {"hash", at::stream_upstream, takes(1, 2), refused(no_streams)},
    // stream_upstream_least_conn
    {"least_conn", at::stream_upstream, none, refused(no_streams)},
    // stream_upstream_least_time
    {"least_time", at::stream_upstream, takes(1, 2), refused(no_streams)},
    // stream_upstream_random
    {"random", at::stream_upstream, takes(0, 2), refused(no_streams)},
    // stream_upstream_zone
    {"zone", at::stream_upstream, takes(1, 2), refused(no_streams)},
};

}   // namespace

std::span<const Entry> stream_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
