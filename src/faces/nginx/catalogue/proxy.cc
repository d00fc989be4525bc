// Forwarding over HTTP.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;
using tls::ClientSettings;

constexpr Entry entries[] = {
    // http_proxy
    {"proxy_pass", at::location | at::if_in_location | at::limit_except, takes(1), acts(proxy_pass)},
    {"proxy_redirect", at::any_http, takes(1, 2), acts(proxy_redirect)},
    {"proxy_cookie_domain", at::any_http, takes(1, 2), acts(proxy_cookie_domain)},
    {"proxy_cookie_path", at::any_http, takes(1, 2), acts(proxy_cookie_path)},
    {"proxy_cookie_flags", at::any_http, takes(1, 4), acts(proxy_cookie_flags)},
    {"proxy_store", at::any_http, takes(1), refused_unless_off(not_yet)},
    {"proxy_store_access", at::any_http, takes(1, 3), notice(with_store)},
    {"proxy_buffering", at::any_http, flag, acts(set_flag<&ForwardHandler::buffering>)},
    {"proxy_request_buffering", at::any_http, flag, acts(set_flag<&ForwardHandler::request_buffering>)},
    {"proxy_ignore_client_abort", at::any_http, flag, acts(set_flag<&ForwardHandler::ignore_client_abort>)},
    {"proxy_bind", at::any_http, takes(1, 2), acts(proxy_bind)},
    {"proxy_socket_keepalive", at::any_http, flag, acts(set_flag<&ForwardHandler::socket_keepalive>)},
    {"proxy_socket_rcvbuf", at::any_http, takes(1), acts(set_size<&ForwardHandler::receive_buffer_bytes>)},
    {"proxy_socket_sndbuf", at::any_http, takes(1), acts(set_size<&ForwardHandler::send_buffer_bytes>)},
    {"proxy_connect_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::connect_timeout>)},
    {"proxy_send_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::send_timeout>)},
    {"proxy_send_lowat", at::any_http, takes(1), notice(own_buffers)},
    {"proxy_intercept_errors", at::any_http, flag, acts(set_flag<&ForwardHandler::intercept_errors>)},
    {"proxy_set_header", at::any_http, takes(2), acts(proxy_set_header)},
    {"proxy_headers_hash_max_size", at::any_http, takes(1), notice(own_tables)},
    {"proxy_headers_hash_bucket_size", at::any_http, takes(1), notice(own_tables)},
    {"proxy_set_body", at::any_http, takes(1), acts(proxy_set_body)},
    {"proxy_upgrade", at::any_http, at_least(1), acts(proxy_upgrade)},   // Gatehouse's own
    {"proxy_method", at::any_http, takes(1), acts(proxy_method)},
    {"proxy_pass_request_headers", at::any_http, flag, acts(set_flag<&ForwardHandler::pass_headers>)},
    {"proxy_pass_request_body", at::any_http, flag, acts(set_flag<&ForwardHandler::pass_body>)},
    {"proxy_pass_trailers", at::any_http, flag, acts(set_flag<&ForwardHandler::pass_trailers>)},
    {"proxy_buffer_size", at::any_http, takes(1), acts(set_size<&ForwardHandler::header_buffer_bytes>)},
    {"proxy_read_timeout", at::any_http, takes(1), acts(set_time<&ForwardHandler::read_timeout>)},
    {"proxy_buffers", at::any_http, takes(2), acts(proxy_buffers)},
    {"proxy_busy_buffers_size", at::any_http, takes(1), notice(own_buffers)},
    {"proxy_force_ranges", at::any_http, flag, acts(set_flag<&ForwardHandler::force_ranges>)},
    {"proxy_limit_rate", at::any_http, takes(1), acts(set_variable_size<&ForwardHandler::limit_rate>)},
    {"proxy_cache", at::any_http, takes(1), refused_unless_off(not_yet)},
    {"proxy_cache_key", at::any_http, takes(1), notice(with_cache)},
    {"proxy_cache_path", at::http, at_least(2), notice(with_cache)},
    {"proxy_cache_bypass", at::any_http, at_least(1), notice(with_cache)},
    {"proxy_no_cache", at::any_http, at_least(1), notice(with_cache)},
    {"proxy_cache_valid", at::any_http, at_least(1), notice(with_cache)},
    {"proxy_cache_min_uses", at::any_http, takes(1), notice(with_cache)},
    {"proxy_cache_max_range_offset", at::any_http, takes(1), notice(with_cache)},
    {"proxy_cache_use_stale", at::any_http, at_least(1), notice(with_cache)},
    {"proxy_cache_methods", at::any_http, at_least(1), notice(with_cache)},
    {"proxy_cache_lock", at::any_http, flag, notice(with_cache)},
    {"proxy_cache_lock_timeout", at::any_http, takes(1), notice(with_cache)},
    {"proxy_cache_lock_age", at::any_http, takes(1), notice(with_cache)},
    {"proxy_cache_revalidate", at::any_http, flag, notice(with_cache)},
    {"proxy_cache_convert_head", at::any_http, flag, notice(with_cache)},
    {"proxy_cache_background_update", at::any_http, flag, notice(with_cache)},
    {"proxy_temp_path", at::any_http, takes(1, 4), acts(proxy_temp_path)},
    {"proxy_max_temp_file_size", at::any_http, takes(1),
     acts(set_size<&ForwardHandler::max_temp_file_bytes>)},
    {"proxy_temp_file_write_size", at::any_http, takes(1), notice(own_buffers)},
    {"proxy_next_upstream", at::any_http, at_least(1), acts(proxy_next_upstream)},
    {"proxy_next_upstream_tries", at::any_http, takes(1), acts(set_number<&NextUpstream::tries>)},
    {"proxy_next_upstream_timeout", at::any_http, takes(1), acts(set_time<&NextUpstream::time>)},
    {"proxy_pass_header", at::any_http, takes(1), acts(proxy_pass_header)},
    {"proxy_hide_header", at::any_http, takes(1), acts(proxy_hide_header)},
    {"proxy_ignore_headers", at::any_http, at_least(1), acts(proxy_ignore_headers)},
    {"proxy_http_version", at::any_http, takes(1), acts(proxy_http_version)},
    {"proxy_ssl_session_reuse", at::any_http, flag, acts(set_flag<&ClientSettings::session_reuse>)},
    {"proxy_ssl_protocols", at::any_http, at_least(1), acts(proxy_ssl_protocols)},
    {"proxy_ssl_ciphers", at::any_http, takes(1), acts(proxy_ssl_ciphers)},
    {"proxy_ssl_name", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_server_name", at::any_http, flag, acts(proxy_ssl_server_name)},
    {"proxy_ssl_verify", at::any_http, flag, acts(proxy_ssl_verify)},
    {"proxy_ssl_verify_depth", at::any_http, takes(1), acts(set_number<&ClientSettings::verify_depth>)},
    {"proxy_ssl_trusted_certificate", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_crl", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate_key", at::any_http, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate_cache", at::any_http, takes(1, 3), notice(with_run_time_certificates)},
    {"proxy_ssl_password_file", at::any_http, takes(1), acts(proxy_ssl_password_file)},
    {"proxy_ssl_conf_command", at::any_http, takes(2), acts(proxy_ssl_conf_command)},
};

}   // namespace

std::span<const Entry> proxy_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
