// The mail block, refused as a whole; its directives are known so that a misplaced one is named.
#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx::catalogue {
namespace {

constexpr Entry entries[] = {
    // mail_auth_http
    {"auth_http", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"auth_http_timeout", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"auth_http_header", at::mail | at::mail_server, takes(2), refused(no_mail)},
    {"auth_http_pass_client_cert", at::mail | at::mail_server, flag, refused(no_mail)},
    // mail_core
    {"server", at::mail, block(none), refused(no_mail)},
    {"listen", at::mail_server, at_least(1), refused(no_mail)},
    {"protocol", at::mail_server, takes(1), refused(no_mail)},
    {"timeout", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"server_name", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"error_log", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"resolver", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"resolver_timeout", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"max_errors", at::mail | at::mail_server, takes(1), refused(no_mail)},
    // mail_imap
    {"imap_client_buffer", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"imap_capabilities", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"imap_auth", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    // mail_pop3
    {"pop3_capabilities", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"pop3_auth", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    // mail_proxy
    {"proxy", at::mail | at::mail_server, flag, refused(no_mail)},
    {"proxy_buffer", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"proxy_timeout", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"proxy_pass_error_message", at::mail | at::mail_server, flag, refused(no_mail)},
    {"xclient", at::mail | at::mail_server, flag, refused(no_mail)},
    {"proxy_smtp_auth", at::mail | at::mail_server, flag, refused(no_mail)},
    {"proxy_protocol", at::mail | at::mail_server, takes(1), refused(no_mail)},
    // mail_realip
    {"set_real_ip_from", at::mail | at::mail_server, takes(1), refused(no_mail)},
    // mail_smtp
    {"smtp_client_buffer", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"smtp_greeting_delay", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"smtp_capabilities", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"smtp_auth", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    // mail_ssl
    {"starttls", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_certificate", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_certificate_key", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_password_file", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_certificate_compression", at::mail | at::mail_server, flag, refused(no_mail)},
    {"ssl_dhparam", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_ecdh_curve", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_protocols", at::mail | at::mail_server, at_least(1), refused(no_mail)},
    {"ssl_ciphers", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_prefer_server_ciphers", at::mail | at::mail_server, flag, refused(no_mail)},
    {"ssl_session_cache", at::mail | at::mail_server, takes(1, 2), refused(no_mail)},
    {"ssl_session_tickets", at::mail | at::mail_server, flag, refused(no_mail)},
    {"ssl_session_ticket_key", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_session_timeout", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_verify_client", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_verify_depth", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_client_certificate", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_trusted_certificate", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_crl", at::mail | at::mail_server, takes(1), refused(no_mail)},
    {"ssl_conf_command", at::mail | at::mail_server, takes(2), refused(no_mail)},
};

}   // namespace

std::span<const Entry> mail_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
