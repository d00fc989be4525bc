#pragma once
// The vocabulary of the directive tables: argument counts, verdicts, and the reasons that several directives
// share. Used by the tables only.

#include <span>

#include "faces/nginx/catalogue.h"

namespace gatehouse::nginx::catalogue {

inline constexpr Arity none{};
inline constexpr Arity flag{1, 1, true, false};
constexpr Arity takes(std::uint8_t count) { return {count, count, false, false}; }
constexpr Arity takes(std::uint8_t least, std::uint8_t most) { return {least, most, false, false}; }
constexpr Arity at_least(std::uint8_t count) { return {count, Arity::unlimited, false, false}; }
constexpr Arity block(Arity arguments) { return {arguments.least, arguments.most, false, true}; }

constexpr Answer acts(DirectiveHandler handler) { return {.handler = handler}; }
constexpr Answer defines(DirectiveHandler handler) { return {.handler = handler, .turn = Turn::definition}; }
constexpr Answer opens(DirectiveHandler handler) { return {.handler = handler, .turn = Turn::inner}; }
constexpr Answer notice(std::string_view reason) { return {.verdict = Verdict::noted, .reason = reason}; }
constexpr Answer refused(std::string_view reason) { return {.verdict = Verdict::refused, .reason = reason}; }
constexpr Answer refused_unless_off(std::string_view reason) {
    return {.verdict = Verdict::refused, .reason = reason, .off_is_fine = true};
}
// What nginx ignores as well, with a warning; `instead`: the directive that took its place.
constexpr Answer obsolete(std::string_view instead = {}) {
    return {.verdict = Verdict::noted,
            .reason = "nginx ignores it, too: it is obsolete",
            .is_obsolete = true,
            .instead = instead};
}

// Why a directive is accepted without acting.
inline constexpr std::string_view debugging = "it is for debugging nginx";
inline constexpr std::string_view own_timers = "the event loop needs no tuning";
inline constexpr std::string_view own_memory = "memory is managed otherwise";
inline constexpr std::string_view own_tables = "tables are sized by what they hold";
inline constexpr std::string_view own_buffers = "buffers are sized otherwise";
inline constexpr std::string_view own_segments = "a head and its body leave together and without delay";
inline constexpr std::string_view kernel_reads = "the kernel reads files ahead";
inline constexpr std::string_view no_accept_lock = "workers do not take turns at accepting";
inline constexpr std::string_view no_thread_pools = "files are not read by thread pools";
inline constexpr std::string_view other_poller = "it is for another operating system's events";
inline constexpr std::string_view gzip_later = "responses are not compressed in this version";
inline constexpr std::string_view with_run_time_certificates =
    "it concerns only certificates with variables in their names, which this version refuses";
inline constexpr std::string_view http3_tuning = "it concerns only HTTP/3, which this version refuses";
inline constexpr std::string_view with_ocsp = "it concerns only \"ssl_ocsp\", which this version refuses";
inline constexpr std::string_view with_store = "it concerns only \"proxy_store\", which this version refuses";
inline constexpr std::string_view with_cache = "it concerns only \"proxy_cache\", which this version refuses";
inline constexpr std::string_view with_fastcgi =
    "it concerns only \"fastcgi_pass\", which this version refuses";
inline constexpr std::string_view with_uwsgi = "it concerns only \"uwsgi_pass\", which this version refuses";
inline constexpr std::string_view with_scgi = "it concerns only \"scgi_pass\", which this version refuses";
inline constexpr std::string_view with_memcached =
    "it concerns only \"memcached_pass\", which this version refuses";
inline constexpr std::string_view with_limit_req =
    "it concerns only \"limit_req\", which this version refuses";
inline constexpr std::string_view with_limit_conn =
    "it concerns only \"limit_conn\", which this version refuses";
inline constexpr std::string_view with_auth_basic =
    "it concerns only \"auth_basic\", which this version refuses";
inline constexpr std::string_view with_auth_request =
    "it concerns only \"auth_request\", which this version refuses";
inline constexpr std::string_view with_mirror = "it concerns only \"mirror\", which this version refuses";
inline constexpr std::string_view with_ssi = "it concerns only \"ssi\", which this version refuses";
inline constexpr std::string_view with_sub_filter =
    "it concerns only \"sub_filter\", which this version refuses";
inline constexpr std::string_view with_dav = "it concerns only \"dav_methods\", which this version refuses";
inline constexpr std::string_view with_udp = "it concerns only UDP, which this version does not forward";
inline constexpr std::string_view with_degradation =
    "it concerns only \"degradation\", which this version refuses";
inline constexpr std::string_view with_mp4 = "it concerns only \"mp4\", which this version refuses";
inline constexpr std::string_view with_image_filter =
    "it concerns only \"image_filter\", which this version refuses";
inline constexpr std::string_view with_xslt =
    "it concerns only \"xslt_stylesheet\", which this version refuses";
inline constexpr std::string_view with_addition =
    "it concerns only \"add_before_body\", which this version refuses";
inline constexpr std::string_view with_geoip =
    "it concerns only \"geoip_country\", which this version refuses";
inline constexpr std::string_view with_userid = "it concerns only \"userid\", which this version refuses";
inline constexpr std::string_view with_browser =
    "it concerns only \"modern_browser\", which this version refuses";

// Why a directive is refused.
inline constexpr std::string_view not_yet = "it is not supported yet";
inline constexpr std::string_view never = "programs inside the configuration are not supported";
inline constexpr std::string_view no_mail = "mail protocols are not supported";
inline constexpr std::string_view no_http3 = "HTTP/3 is not supported yet";
inline constexpr std::string_view no_fastcgi = "FastCGI is not supported yet";
inline constexpr std::string_view no_uwsgi =
    "uwsgi is not supported yet: let the application listen for HTTP";
inline constexpr std::string_view no_scgi = "SCGI is not supported yet: let the application listen for HTTP";

[[nodiscard]] std::span<const Entry> core_entries();
[[nodiscard]] std::span<const Entry> http_core_entries();
[[nodiscard]] std::span<const Entry> filters_entries();
[[nodiscard]] std::span<const Entry> proxy_entries();
[[nodiscard]] std::span<const Entry> upstream_entries();
[[nodiscard]] std::span<const Entry> gateways_entries();
[[nodiscard]] std::span<const Entry> other_protocols_entries();
[[nodiscard]] std::span<const Entry> tls_entries();
[[nodiscard]] std::span<const Entry> absent_entries();
[[nodiscard]] std::span<const Entry> stream_entries();
[[nodiscard]] std::span<const Entry> mail_entries();
[[nodiscard]] std::span<const Entry> docker_entries();

}   // namespace gatehouse::nginx::catalogue
