// gRPC, memcached and CONNECT tunnels.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;
using tls::ClientSettings;

constexpr Entry entries[] = {
    // http_grpc
    {"grpc_pass", at::location | at::if_in_location, takes(1), acts(grpc_pass)},
    {"grpc_bind", at::any_http, takes(1, 2), acts(proxy_bind)},
    {"grpc_socket_keepalive", at::any_http, flag, acts(set_flag<&ForwardHandler::socket_keepalive>)},
    {"grpc_socket_rcvbuf", at::any_http, takes(1), acts(set_size<&ForwardHandler::receive_buffer_bytes>)},
    {"grpc_socket_sndbuf", at::any_http, takes(1), acts(set_size<&ForwardHandler::send_buffer_bytes>)},
    {"grpc_connect_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::connect_timeout>)},
    {"grpc_send_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::send_timeout>)},
    {"grpc_intercept_errors", at::any_http, flag, acts(set_flag<&ForwardHandler::intercept_errors>)},
    {"grpc_buffer_size", at::any_http, takes(1), notice(own_buffers)},
    {"grpc_read_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::read_timeout>)},
    {"grpc_next_upstream", at::any_http, at_least(1), acts(proxy_next_upstream)},
    {"grpc_next_upstream_tries", at::any_http, takes(1), acts(set_number<&NextUpstream::tries>)},
    {"grpc_next_upstream_timeout", at::any_http, takes(1), acts(set_time<&NextUpstream::time>)},
    {"grpc_set_header", at::any_http, takes(2), acts(proxy_set_header)},
    {"grpc_pass_header", at::any_http, takes(1), acts(proxy_pass_header)},
    {"grpc_hide_header", at::any_http, takes(1), acts(proxy_hide_header)},
    {"grpc_ignore_headers", at::any_http, at_least(1), acts(proxy_ignore_headers)},
    {"grpc_ssl_session_reuse", at::any_http, flag, acts(set_flag<&ClientSettings::session_reuse>)},
    {"grpc_ssl_protocols", at::any_http, at_least(1), acts(proxy_ssl_protocols)},
    {"grpc_ssl_ciphers", at::any_http, takes(1), acts(proxy_ssl_ciphers)},
    {"grpc_ssl_name", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"grpc_ssl_server_name", at::any_http, flag, acts(proxy_ssl_server_name)},
    {"grpc_ssl_verify", at::any_http, flag, acts(proxy_ssl_verify)},
    {"grpc_ssl_verify_depth", at::any_http, takes(1), acts(set_number<&ClientSettings::verify_depth>)},
    {"grpc_ssl_trusted_certificate", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"grpc_ssl_crl", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"grpc_ssl_certificate", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"grpc_ssl_certificate_key", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"grpc_ssl_certificate_cache", at::any_http, takes(1, 3), notice(with_run_time_certificates)},
    {"grpc_ssl_password_file", at::any_http, takes(1), acts(proxy_ssl_password_file)},
    {"grpc_ssl_conf_command", at::any_http, takes(2), acts(proxy_ssl_conf_command)},
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
    {"tunnel_pass", at::server | at::location | at::if_in_location, takes(0, 1), acts(tunnel_pass)},
    {"tunnel_allow_upstream", at::any_http, at_least(1), acts(tunnel_allow_upstream)},   // of nginx Plus
    {"tunnel_allow_hosts", at::any_http, at_least(1), acts(tunnel_allow_hosts)},         // Gatehouse's own
    {"tunnel_allow_ports", at::any_http, at_least(1), acts(tunnel_allow_ports)},         // Gatehouse's own
    {"tunnel_bind", at::any_http, takes(1, 2), acts(tunnel_bind)},
    {"tunnel_socket_keepalive", at::any_http, flag, acts(set_flag<&TunnelHandler::socket_keepalive>)},
    {"tunnel_socket_rcvbuf", at::any_http, takes(1), acts(set_size<&TunnelHandler::receive_buffer_bytes>)},
    {"tunnel_socket_sndbuf", at::any_http, takes(1), acts(set_size<&TunnelHandler::send_buffer_bytes>)},
    {"tunnel_connect_timeout", at::any_http, takes(1), acts(set_time<&TunnelHandler::connect_timeout>)},
    {"tunnel_send_timeout", at::any_http, takes(1), acts(set_time<&TunnelHandler::send_timeout>)},
    {"tunnel_send_lowat", at::any_http, takes(1), notice("it has no effect on Linux")},
    {"tunnel_buffer_size", at::any_http, takes(1), acts(tunnel_buffer_size)},
    {"tunnel_read_timeout", at::any_http, takes(1), acts(set_time<&TunnelHandler::read_timeout>)},
    {"tunnel_next_upstream", at::any_http, at_least(1), acts(tunnel_next_upstream)},
    {"tunnel_next_upstream_tries", at::any_http, takes(1), acts(set_number<&NextUpstream::tries>)},
    {"tunnel_next_upstream_timeout", at::any_http, takes(1), acts(set_time<&NextUpstream::time>)},
};

}   // namespace

std::span<const Entry> other_protocols_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
