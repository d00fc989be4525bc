// The stream block: connections that are passed on as bytes. UDP is not among them.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;

constexpr Entry entries[] = {
    // stream_access
    {"allow", at::stream | at::stream_server, takes(1), acts(allow)},
    {"deny", at::stream | at::stream_server, takes(1), acts(deny)},
    // stream_core
    {"variables_hash_max_size", at::stream, takes(1), notice(own_tables)},
    {"variables_hash_bucket_size", at::stream, takes(1), notice(own_tables)},
    {"server_names_hash_max_size", at::stream, takes(1), notice(own_tables)},
    {"server_names_hash_bucket_size", at::stream, takes(1), notice(own_tables)},
    {"server", at::stream, block(none), opens(tcp_server)},
    {"listen", at::stream_server, at_least(1), acts(listen)},
    {"server_name", at::stream_server, at_least(1), acts(server_name)},
    {"error_log", at::stream | at::stream_server, at_least(1), acts(error_log)},
    {"resolver", at::stream | at::stream_server, at_least(1), acts(resolver)},
    {"resolver_timeout", at::stream | at::stream_server, takes(1),
     acts(set_time<&ResolverSettings::timeout>)},
    {"proxy_protocol_timeout", at::stream | at::stream_server, takes(1),
     acts(set_time<&TcpSite::proxy_protocol_timeout>)},
    {"tcp_nodelay", at::stream | at::stream_server, flag, acts(set_flag<&TcpSite::tcp_nodelay>)},
    {"preread_buffer_size", at::stream | at::stream_server, takes(1),
     acts(set_size<&TcpSite::preread_bytes>)},
    {"preread_timeout", at::stream | at::stream_server, takes(1), acts(set_time<&TcpSite::preread_timeout>)},
    // stream_geo
    {"geo", at::stream, block(takes(1, 2)), refused(not_yet)},
    // stream_geoip
    {"geoip_country", at::stream, takes(1, 2), refused(not_yet)},
    {"geoip_org", at::stream, takes(1, 2), refused(not_yet)},
    {"geoip_city", at::stream, takes(1, 2), refused(not_yet)},
    // stream_limit_conn
    {"limit_conn_zone", at::stream, takes(2), notice(with_limit_conn)},
    {"limit_conn", at::stream | at::stream_server, takes(2), refused(not_yet)},
    {"limit_conn_log_level", at::stream | at::stream_server, takes(1), notice(with_limit_conn)},
    {"limit_conn_dry_run", at::stream | at::stream_server, flag, notice(with_limit_conn)},
    // stream_log
    {"log_format", at::stream, at_least(2), defines(log_format)},
    {"access_log", at::stream | at::stream_server, at_least(1), acts(access_log)},
    {"open_log_file_cache", at::stream | at::stream_server, takes(1, 4),
     notice("log files stay open, but for those that requests name")},
    // stream_map
    {"map", at::stream, block(takes(2)), defines(map_block)},
    {"map_hash_max_size", at::stream, takes(1), notice(own_tables)},
    {"map_hash_bucket_size", at::stream, takes(1), notice(own_tables)},
    // stream_pass
    {"pass", at::stream_server, takes(1), refused(not_yet)},
    // stream_proxy
    {"proxy_pass", at::stream_server, takes(1), acts(tcp_proxy_pass)},
    {"proxy_bind", at::stream | at::stream_server, takes(1, 2), acts(proxy_bind)},
    {"proxy_socket_keepalive", at::stream | at::stream_server, flag,
     acts(set_flag<&TcpForward::socket_keepalive>)},
    {"proxy_socket_rcvbuf", at::stream | at::stream_server, takes(1),
     acts(set_size<&TcpForward::receive_buffer_bytes>)},
    {"proxy_socket_sndbuf", at::stream | at::stream_server, takes(1),
     acts(set_size<&TcpForward::send_buffer_bytes>)},
    {"proxy_connect_timeout", at::stream | at::stream_server, takes(1),
     acts(set_time<&TcpForward::connect_timeout>)},
    {"proxy_timeout", at::stream | at::stream_server, takes(1), acts(set_time<&TcpForward::idle_timeout>)},
    {"proxy_buffer_size", at::stream | at::stream_server, takes(1), acts(tcp_proxy_buffer_size)},
    {"proxy_downstream_buffer", at::stream | at::stream_server, takes(1), acts(tcp_proxy_buffer_size)},
    {"proxy_upstream_buffer", at::stream | at::stream_server, takes(1), acts(tcp_proxy_buffer_size)},
    {"proxy_upload_rate", at::stream | at::stream_server, takes(1),
     acts(set_variable_size<&TcpForward::upload_rate>)},
    {"proxy_download_rate", at::stream | at::stream_server, takes(1),
     acts(set_variable_size<&TcpForward::download_rate>)},
    {"proxy_requests", at::stream | at::stream_server, takes(1), notice(with_udp)},
    {"proxy_responses", at::stream | at::stream_server, takes(1), notice(with_udp)},
    {"proxy_next_upstream", at::stream | at::stream_server, flag, acts(set_flag<&TcpForward::next_upstream>)},
    {"proxy_next_upstream_tries", at::stream | at::stream_server, takes(1),
     acts(set_number<&TcpForward::next_upstream_tries>)},
    {"proxy_next_upstream_timeout", at::stream | at::stream_server, takes(1),
     acts(set_time<&TcpForward::next_upstream_time>)},
    {"proxy_protocol", at::stream | at::stream_server, takes(1), acts(tcp_proxy_protocol)},
    {"proxy_half_close", at::stream | at::stream_server, flag, acts(set_flag<&TcpForward::half_close>)},
    {"proxy_ssl", at::stream | at::stream_server, flag, acts(set_flag<&TcpForward::uses_tls>)},
    {"proxy_ssl_session_reuse", at::stream | at::stream_server, flag,
     acts(set_flag<&tls::ClientSettings::session_reuse>)},
    {"proxy_ssl_protocols", at::stream | at::stream_server, at_least(1), acts(proxy_ssl_protocols)},
    {"proxy_ssl_ciphers", at::stream | at::stream_server, takes(1), acts(proxy_ssl_ciphers)},
    {"proxy_ssl_name", at::stream | at::stream_server, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_server_name", at::stream | at::stream_server, flag, acts(proxy_ssl_server_name)},
    {"proxy_ssl_alpn", at::stream | at::stream_server, at_least(1), acts(proxy_ssl_alpn)},
    {"proxy_ssl_verify", at::stream | at::stream_server, flag, acts(proxy_ssl_verify)},
    {"proxy_ssl_verify_depth", at::stream | at::stream_server, takes(1),
     acts(set_number<&tls::ClientSettings::verify_depth>)},
    {"proxy_ssl_trusted_certificate", at::stream | at::stream_server, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_crl", at::stream | at::stream_server, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate", at::stream | at::stream_server, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate_key", at::stream | at::stream_server, takes(1), acts(proxy_ssl_word)},
    {"proxy_ssl_certificate_cache", at::stream | at::stream_server, takes(1, 3),
     notice(with_run_time_certificates)},
    {"proxy_ssl_password_file", at::stream | at::stream_server, takes(1), acts(proxy_ssl_password_file)},
    {"proxy_ssl_conf_command", at::stream | at::stream_server, takes(2), acts(proxy_ssl_conf_command)},
    // stream_realip
    {"set_real_ip_from", at::stream | at::stream_server, takes(1), acts(set_real_ip_from)},
    // stream_return
    {"return", at::stream_server, takes(1), acts(tcp_return)},
    // stream_set
    {"set", at::stream_server, takes(2), acts(set_variable)},
    // stream_split_clients
    {"split_clients", at::stream, block(takes(2)), refused(not_yet)},
    // stream_ssl
    {"ssl_handshake_timeout", at::stream | at::stream_server, takes(1),
     acts(set_time<&TcpSite::tls_timeout>)},
    {"ssl_certificate", at::stream | at::stream_server, takes(1), acts(ssl_certificate)},
    {"ssl_certificate_key", at::stream | at::stream_server, takes(1), acts(ssl_certificate_key)},
    {"ssl_certificate_cache", at::stream | at::stream_server, takes(1, 3),
     notice(with_run_time_certificates)},
    {"ssl_ech_file", at::stream | at::stream_server, takes(1),
     refused("encrypted client hellos are not supported")},
    {"ssl_password_file", at::stream | at::stream_server, takes(1), acts(ssl_password_file)},
    {"ssl_certificate_compression", at::stream | at::stream_server, flag,
     notice("certificates are sent as they are, which every client takes")},
    {"ssl_dhparam", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_ecdh_curve", at::stream | at::stream_server, takes(1), acts(ssl_ecdh_curve)},
    {"ssl_protocols", at::stream | at::stream_server, at_least(1), acts(ssl_protocols)},
    {"ssl_ciphers", at::stream | at::stream_server, takes(1), acts(ssl_ciphers)},
    {"ssl_verify_client", at::stream | at::stream_server, takes(1), acts(ssl_verify_client)},
    {"ssl_verify_depth", at::stream | at::stream_server, takes(1),
     acts(set_number<&tls::ServerSettings::verify_depth>)},
    {"ssl_client_certificate", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_trusted_certificate", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_prefer_server_ciphers", at::stream | at::stream_server, flag,
     acts(set_flag<&tls::ServerSettings::prefer_server_ciphers>)},
    {"ssl_session_cache", at::stream | at::stream_server, takes(1, 2), acts(ssl_session_cache)},
    {"ssl_session_tickets", at::stream | at::stream_server, flag,
     acts(set_flag<&tls::ServerSettings::tickets>)},
    {"ssl_session_ticket_key", at::stream | at::stream_server, takes(1), acts(ssl_session_ticket_key)},
    {"ssl_session_timeout", at::stream | at::stream_server, takes(1), acts(ssl_session_timeout)},
    {"ssl_crl", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_ocsp", at::stream | at::stream_server, takes(1),
     refused_unless_off("whether a client's certificate was revoked can be told by \"ssl_crl\" only")},
    {"ssl_ocsp_responder", at::stream | at::stream_server, takes(1), notice(with_ocsp)},
    {"ssl_ocsp_cache", at::stream | at::stream_server, takes(1), notice(with_ocsp)},
    {"ssl_stapling", at::stream | at::stream_server, flag, acts(ssl_stapling)},
    {"ssl_stapling_file", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_stapling_responder", at::stream | at::stream_server, takes(1), acts(ssl_file)},
    {"ssl_stapling_verify", at::stream | at::stream_server, flag, acts(ssl_stapling_verify)},
    {"ssl_conf_command", at::stream | at::stream_server, takes(2), acts(ssl_conf_command)},
    {"ssl_reject_handshake", at::stream | at::stream_server, flag,
     acts(set_flag<&tls::ServerSettings::reject_handshake>)},
    {"ssl_alpn", at::stream | at::stream_server, at_least(1), acts(ssl_alpn)},
    // stream_ssl_preread
    {"ssl_preread", at::stream | at::stream_server, flag, acts(set_flag<&TcpSite::preread_tls>)},
    // stream_upstream
    {"upstream", at::stream, block(takes(1)), defines(upstream)},
    {"server", at::stream_upstream, at_least(1), acts(upstream_server)},
    {"resolver", at::stream_upstream, at_least(1),
     refused("put \"resolver\" into the stream block; names are always looked up again")},
    {"resolver_timeout", at::stream_upstream, takes(1),
     notice("names are looked up as the resolver of the stream block says")},
    // stream_upstream_hash
    {"hash", at::stream_upstream, takes(1, 2), acts(upstream_hash)},
    // stream_upstream_least_conn
    {"least_conn", at::stream_upstream, none, acts(upstream_least_conn)},
    // stream_upstream_least_time
    {"least_time", at::stream_upstream, takes(1, 2), refused(not_yet)},
    // stream_upstream_random
    {"random", at::stream_upstream, takes(0, 2), acts(upstream_random)},
    // stream_upstream_zone
    {"zone", at::stream_upstream, takes(1, 2),
     notice("the state of an upstream is always shared by all workers")},
};

}   // namespace

std::span<const Entry> stream_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
