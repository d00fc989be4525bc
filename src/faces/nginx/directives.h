#pragma once
// The handlers of all directives that act and are more than one value in one field (those are in setters.h).
// Each gets the level the directive stands in and changes it; its arguments were counted already. The rows of
// catalogue/ name them. One file of directives/ for each group.

#include "faces/nginx/level.h"

namespace gatehouse::nginx::directives {

// core.cc: the main and events levels
void error_log(Level& level, const Directive& directive);
void events(Level& level, const Directive& directive);
void http_block(Level& level, const Directive& directive);
void pid(Level& level, const Directive& directive);
void resolver(Level& level, const Directive& directive);
void stream_block(Level& level, const Directive& directive);
void user(Level& level, const Directive& directive);
void worker_priority(Level& level, const Directive& directive);
void worker_processes(Level& level, const Directive& directive);

// server.cc: servers and what they listen to
void large_client_header_buffers(Level& level, const Directive& directive);
void listen(Level& level, const Directive& directive);
// The addresses of a word as `listen` takes it: several for a range of ports. Nothing after a reported error.
[[nodiscard]] std::optional<std::vector<SocketAddress>> listen_addresses(Compilation& compilation,
                                                                         const Directive& directive,
                                                                         const Word& word);
void server(Level& level, const Directive& directive);
void server_name(Level& level, const Directive& directive);

// location.cc: locations and how a request is treated in one
void client_body_in_file_only(Level& level, const Directive& directive);
void client_body_temp_path(Level& level, const Directive& directive);
void client_max_body_size(Level& level, const Directive& directive);
void empty_gif(Level& level, const Directive& directive);
void internal(Level& level, const Directive& directive);
void keepalive_disable(Level& level, const Directive& directive);
void keepalive_timeout(Level& level, const Directive& directive);
void limit_except(Level& level, const Directive& directive);
void lingering_close(Level& level, const Directive& directive);
void location(Level& level, const Directive& directive);
void server_tokens(Level& level, const Directive& directive);
void stub_status(Level& level, const Directive& directive);

// files.cc: what is served from the file system
void alias(Level& level, const Directive& directive);
void autoindex_format(Level& level, const Directive& directive);
void disable_symlinks(Level& level, const Directive& directive);
void if_modified_since(Level& level, const Directive& directive);
void index(Level& level, const Directive& directive);
void open_file_cache(Level& level, const Directive& directive);
void root(Level& level, const Directive& directive);
void try_files(Level& level, const Directive& directive);
void types(Level& level, const Directive& directive);

// charset.cc
void charset(Level& level, const Directive& directive);
void charset_map(Level& level, const Directive& directive);
void charset_types(Level& level, const Directive& directive);
void source_charset(Level& level, const Directive& directive);

// headers.cc: changes to the response
void add_header(Level& level, const Directive& directive);
void add_header_inherit(Level& level, const Directive& directive);
void add_trailer(Level& level, const Directive& directive);
void add_trailer_inherit(Level& level, const Directive& directive);
void error_page(Level& level, const Directive& directive);
void expires(Level& level, const Directive& directive);

// access.cc
void allow(Level& level, const Directive& directive);
void deny(Level& level, const Directive& directive);
void satisfy(Level& level, const Directive& directive);

// real_ip.cc
void real_ip_header(Level& level, const Directive& directive);
void set_real_ip_from(Level& level, const Directive& directive);

// rewrite.cc: the rewrite module
void break_directive(Level& level, const Directive& directive);
void if_block(Level& level, const Directive& directive);
void return_directive(Level& level, const Directive& directive);
void rewrite(Level& level, const Directive& directive);
void set_variable(Level& level, const Directive& directive);

// map.cc
void map_block(Level& level, const Directive& directive);

// log.cc
void access_log(Level& level, const Directive& directive);
void log_format(Level& level, const Directive& directive);

// proxy.cc: forwarding
void proxy_bind(Level& level, const Directive& directive);
// Where connections come from, by the arguments of proxy_bind and its like; empty: as the kernel chooses.
// Nothing after a reported error.
[[nodiscard]] std::optional<model::Template> source_address_value(Level& level, const Directive& directive);
void proxy_buffers(Level& level, const Directive& directive);
void proxy_hide_header(Level& level, const Directive& directive);
void proxy_http_version(Level& level, const Directive& directive);
void proxy_ignore_headers(Level& level, const Directive& directive);
void proxy_method(Level& level, const Directive& directive);
void proxy_next_upstream(Level& level, const Directive& directive);
void proxy_pass_header(Level& level, const Directive& directive);
void proxy_set_body(Level& level, const Directive& directive);
void proxy_set_header(Level& level, const Directive& directive);
void proxy_upgrade(Level& level, const Directive& directive);
void proxy_temp_path(Level& level, const Directive& directive);

// pass.cc: where requests go
void grpc_pass(Level& level, const Directive& directive);
void proxy_pass(Level& level, const Directive& directive);

// tunnel.cc: CONNECT
void tunnel_allow_hosts(Level& level, const Directive& directive);
void tunnel_allow_ports(Level& level, const Directive& directive);
void tunnel_allow_upstream(Level& level, const Directive& directive);
void tunnel_bind(Level& level, const Directive& directive);
void tunnel_buffer_size(Level& level, const Directive& directive);
void tunnel_next_upstream(Level& level, const Directive& directive);
void tunnel_pass(Level& level, const Directive& directive);
// At the end of a level: its server has a tunnel. At the end of a server: none of them may be an open proxy.
void note_tunnel(Level& level);
void check_tunnels(const Level& level, const ServerDraft& draft);

// proxy_tls.cc: TLS to endpoints
void proxy_ssl_ciphers(Level& level, const Directive& directive);
void proxy_ssl_conf_command(Level& level, const Directive& directive);
void proxy_ssl_password_file(Level& level, const Directive& directive);
void proxy_ssl_protocols(Level& level, const Directive& directive);
void proxy_ssl_server_name(Level& level, const Directive& directive);
void proxy_ssl_verify(Level& level, const Directive& directive);
void proxy_ssl_word(Level& level, const Directive& directive);   // one argument that is kept as it stands

// proxy_response.cc: what forwarding changes in a response
void proxy_cookie_domain(Level& level, const Directive& directive);
void proxy_cookie_flags(Level& level, const Directive& directive);
void proxy_cookie_path(Level& level, const Directive& directive);
void proxy_redirect(Level& level, const Directive& directive);

// tls.cc: the TLS of servers
void ssl_buffer_size(Level& level, const Directive& directive);
void ssl_certificate(Level& level, const Directive& directive);
void ssl_certificate_key(Level& level, const Directive& directive);
void ssl_ciphers(Level& level, const Directive& directive);
void ssl_conf_command(Level& level, const Directive& directive);
void ssl_ecdh_curve(Level& level, const Directive& directive);
void ssl_file(Level& level, const Directive& directive);   // whatever names one file
void ssl_password_file(Level& level, const Directive& directive);
void ssl_protocols(Level& level, const Directive& directive);
void ssl_session_cache(Level& level, const Directive& directive);
void ssl_session_ticket_key(Level& level, const Directive& directive);
void ssl_session_timeout(Level& level, const Directive& directive);
void ssl_stapling(Level& level, const Directive& directive);
void ssl_stapling_verify(Level& level, const Directive& directive);
void ssl_verify_client(Level& level, const Directive& directive);

// stream.cc: servers that pass bytes on
void proxy_ssl_alpn(Level& level, const Directive& directive);
void ssl_alpn(Level& level, const Directive& directive);
void tcp_proxy_buffer_size(Level& level, const Directive& directive);
void tcp_proxy_pass(Level& level, const Directive& directive);
void tcp_proxy_protocol(Level& level, const Directive& directive);
// The size of what a tunnel reads at once, by a directive's argument; nothing after a reported error.
[[nodiscard]] std::optional<std::size_t> relay_buffer_value(Level& level, const Directive& directive);
void tcp_return(Level& level, const Directive& directive);
void tcp_server(Level& level, const Directive& directive);

// docker.cc: containers beside the servers
void docker(Level& level, const Directive& directive);
void docker_api(Level& level, const Directive& directive);
void docker_entry_point(Level& level, const Directive& directive);
void docker_trusted_ips(Level& level, const Directive& directive);
void docker_word(Level& level, const Directive& directive);

// upstream.cc
void upstream(Level& level, const Directive& directive);
void upstream_hash(Level& level, const Directive& directive);
void upstream_ip_hash(Level& level, const Directive& directive);
void upstream_keepalive(Level& level, const Directive& directive);
void upstream_least_conn(Level& level, const Directive& directive);
void upstream_random(Level& level, const Directive& directive);
void upstream_server(Level& level, const Directive& directive);

}   // namespace gatehouse::nginx::directives
