// gRPC, memcached and CONNECT tunnels.
#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx::catalogue {
namespace {

constexpr Entry entries[] = {
    // http_grpc
    {"grpc_pass", at::location | at::if_in_location, takes(1), refused(no_grpc)},
    {"grpc_bind", at::any_http, takes(1, 2), notice(with_grpc)},
    {"grpc_socket_keepalive", at::any_http, flag, notice(with_grpc)},
    {"grpc_socket_rcvbuf", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_socket_sndbuf", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_connect_timeout", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_send_timeout", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_intercept_errors", at::any_http, flag, notice(with_grpc)},
    {"grpc_buffer_size", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_read_timeout", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_next_upstream", at::any_http, at_least(1), notice(with_grpc)},
    {"grpc_next_upstream_tries", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_next_upstream_timeout", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_set_header", at::any_http, takes(2), notice(with_grpc)},
    {"grpc_pass_header", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_hide_header", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ignore_headers", at::any_http, at_least(1), notice(with_grpc)},
    {"grpc_ssl_session_reuse", at::any_http, flag, notice(with_grpc)},
    {"grpc_ssl_protocols", at::any_http, at_least(1), notice(with_grpc)},
    {"grpc_ssl_ciphers", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_name", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_server_name", at::any_http, flag, notice(with_grpc)},
    {"grpc_ssl_verify", at::any_http, flag, notice(with_grpc)},
    {"grpc_ssl_verify_depth", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_trusted_certificate", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_crl", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_certificate", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_certificate_key", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_certificate_cache", at::any_http, takes(1, 3), notice(with_grpc)},
    {"grpc_ssl_password_file", at::any_http, takes(1), notice(with_grpc)},
    {"grpc_ssl_conf_command", at::any_http, takes(2), notice(with_grpc)},
    // http_memcached
    {"memcached_pass", at::location | at::if_in_location, takes(1), refused(not_yet)},
    {"memcached_bind", at::any_http, takes(1, 2), notice(with_memcached)},
    {"memcached_socket_keepalive", at::any_http, flag, notice(with_memcached)},
    {"memcached_connect_timeout", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_send_timeout", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_buffer_size", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_read_timeout", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_next_upstream", at::any_http, at_least(1), notice(with_memcached)},
    {"memcached_next_upstream_tries", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_next_upstream_timeout", at::any_http, takes(1), notice(with_memcached)},
    {"memcached_gzip_flag", at::any_http, takes(1), notice(with_memcached)},
    // http_tunnel
    {"tunnel_pass", at::server | at::location | at::if_in_location, takes(0, 1), refused(not_yet)},
    {"tunnel_bind", at::any_http, takes(1, 2), notice(with_tunnel)},
    {"tunnel_socket_keepalive", at::any_http, flag, notice(with_tunnel)},
    {"tunnel_socket_rcvbuf", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_socket_sndbuf", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_connect_timeout", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_send_timeout", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_send_lowat", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_buffer_size", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_read_timeout", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_next_upstream", at::any_http, at_least(1), notice(with_tunnel)},
    {"tunnel_next_upstream_tries", at::any_http, takes(1), notice(with_tunnel)},
    {"tunnel_next_upstream_timeout", at::any_http, takes(1), notice(with_tunnel)},
};

}   // namespace

std::span<const Entry> other_protocols_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
