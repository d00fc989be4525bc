#include "model/settings.h"

#include <algorithm>
#include <array>
#include <limits>

namespace gatehouse::model {
namespace {

using Lines = std::vector<std::string>;

template <class Range, class InWords>
Lines lines_of(const Range& range, InWords in_words_of) {
    Lines lines;
    for (const auto& item : range) lines.push_back(in_words_of(item));
    return lines;
}

Lines sorted(const auto& names) {
    Lines lines(names.begin(), names.end());
    std::ranges::sort(lines);
    return lines;
}

std::string joined(const Lines& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

template <class Enum, std::size_t Count>
std::string_view word(Enum value, const std::array<std::string_view, Count>& words) {
    return words.at(static_cast<std::size_t>(value));
}

Lines header_edits(const std::vector<HeaderEdit>& edits, const Wording& wording) {
    return lines_of(edits, [&](const HeaderEdit& edit) {
        return edit.name + " " + wording.of(edit.value) + (edit.always ? " always" : "");
    });
}

std::string expires(const Expires& expires, const Wording& wording) {
    if (!expires.variable.empty()) return wording.of(expires.variable);
    constexpr std::array<std::string_view, 6> kinds = {"off", "epoch", "max", "access", "modified", "daily"};
    std::string out(word(expires.kind, kinds));
    if (expires.kind >= Expires::Kind::access) out += " " + in_words(Milliseconds(expires.offset));
    return out;
}

Lines error_pages(const Route& route, const Wording& wording) {
    return lines_of(route.error_pages, [&](const auto& entry) {
        const auto& [status, page] = entry;
        const std::string answer = page->overwrite < 0    ? ""
                                   : page->overwrite == 0 ? " ="
                                                          : " =" + std::to_string(page->overwrite);
        return std::to_string(status) + answer + " " + wording.of(page->uri);
    });
}

std::string try_files(const Route& route, const Wording& wording) {
    if (!route.try_files) return {};
    auto words = lines_of(route.try_files->tests, [&](const TryFile& test) {
        return wording.of(test.path) + (test.directory ? "/" : "");
    });
    const int status = route.try_files->status;
    words.push_back(status != 0 ? "=" + std::to_string(status)
                                : "else " + wording.of(route.try_files->fallback));
    return joined(words);
}

Lines access_logs(const std::vector<std::shared_ptr<const AccessLog>>& logs, const Wording& wording) {
    return lines_of(logs, [&](const auto& log) {
        std::string line = (log->run_time_path.empty() ? log->path : wording.of(log->run_time_path)) +
                           " format " + (log->format ? log->format->name : "none");
        if (log->buffer_bytes != 0) line += " buffer " + std::to_string(log->buffer_bytes);
        if (log->flush.count() != 0) line += " flush " + in_words(log->flush);
        if (!log->condition.empty()) line += " if " + wording.of(log->condition);
        return line;
    });
}

Lines error_logs(const std::vector<std::shared_ptr<const ErrorLog>>& logs) {
    constexpr std::array<std::string_view, 8> levels = {"debug", "info", "notice", "warn",
                                                        "error", "crit", "alert",  "emerg"};
    return lines_of(logs,
                    [&](const auto& log) { return log->path + " " + std::string(word(log->level, levels)); });
}

Lines access_rules(const AccessRules& access) {
    return lines_of(access.rules, [](const AccessRule& rule) {
        return (rule.allow ? "allow " : "deny ") + in_words(rule.network);
    });
}

std::string byte_types(const std::shared_ptr<const ByteTypes>& types) {
    if (!types) return {};
    return types->all ? "*" : joined(sorted(types->types));
}

std::string max_ranges(std::size_t ranges) {
    return ranges == std::numeric_limits<std::size_t>::max() ? "any number" : std::to_string(ranges);
}

std::string open_file_cache(const FileSettings::OpenFileCache& cache) {
    if (cache.max == 0) return "off";
    return "max " + std::to_string(cache.max) + " inactive " + in_words(cache.inactive) + " valid " +
           in_words(cache.valid) + " min_uses " + std::to_string(cache.min_uses) +
           (cache.errors ? " with errors" : "");
}

void add_real_ip(Settings& to, const RealIp& real_ip) {
    auto trusted = lines_of(real_ip.networks, [](const Network& network) { return in_words(network); });
    for (const auto& name : real_ip.names) trusted.push_back("name " + name->servers.front().host);
    to.add_lines("real_ip_from", trusted);
    constexpr std::array<std::string_view, 3> sources = {"", "X-Forwarded-For", "PROXY protocol"};
    const bool is_field = real_ip.source == RealIp::Source::field;
    to.add("real_ip_source", is_field ? real_ip.field : word(real_ip.source, sources));
    to.add("real_ip_recursive", real_ip.recursive);
}

void add_files(Settings& to, const FileSettings& files) {
    using Words = std::array<std::string_view, 3>;
    to.add(files.is_alias ? "alias" : "root", files.root);
    to.add("alias_prefix_bytes", files.alias_prefix_bytes);
    to.add("index",
           joined(lines_of(files.index, [&](const Template& name) { return to.wording().of(name); })));
    to.add("types", files.types ? std::to_string(files.types->size()) + " extensions" : "");
    to.add("default_type", quoted(files.default_type));
    to.add("etag", files.etag);
    to.add("if_modified_since", word(files.if_modified_since, Words{"off", "exact", "before"}));
    to.add("max_ranges", max_ranges(files.max_ranges));
    to.add("sendfile", files.sendfile);
    to.add("sendfile_max_chunk", files.sendfile_max_chunk);
    to.add("symlinks", word(files.symlinks, Words{"allowed", "refused", "if_not_owner"}));
    to.add("symlinks_from", files.symlinks_from);
    to.add("log_not_found", files.log_not_found);
    to.add("open_file_cache", open_file_cache(files.open_file_cache));
    to.add("autoindex", files.autoindex);
    to.add("autoindex_exact_size", files.autoindex_exact_size);
    to.add("autoindex_localtime", files.autoindex_localtime);
    constexpr std::array<std::string_view, 4> formats = {"html", "xml", "json", "jsonp"};
    to.add("autoindex_format", word(files.autoindex_format, formats));
}

std::string keepalive_disable(const Route::KeepAliveDisable& browsers) {
    Lines words;
    if (browsers.msie6) words.emplace_back("msie6");
    if (browsers.safari) words.emplace_back("safari");
    return words.empty() ? "none" : joined(words);
}

void add_connection_habits(Settings& to, const Route& route) {
    using Words = std::array<std::string_view, 3>;
    to.add("limit_rate", route.limit_rate).add("limit_rate_after", route.limit_rate_after);
    to.add("send_timeout", route.send_timeout).add("client_body_timeout", route.client_body_timeout);
    to.add("keepalive_timeout", route.keepalive_timeout);
    to.add("keepalive_header", route.keepalive_header ? in_words(Milliseconds(*route.keepalive_header)) : "");
    to.add("keepalive_requests", route.keepalive_requests).add("keepalive_time", route.keepalive_time);
    to.add("keepalive_disable", keepalive_disable(route.keepalive_disable));
    to.add("lingering_close", word(route.lingering_close, Words{"off", "on", "always"}));
    to.add("lingering_time", route.lingering_time).add("lingering_timeout", route.lingering_timeout);
    to.add("reset_timedout_connection", route.reset_timedout_connection);
    to.add("tcp_nodelay", route.tcp_nodelay).add("tcp_nopush", route.tcp_nopush);
    to.add("client_body_buffer_bytes", route.client_body_buffer_bytes);
    to.add("client_body_temp_path", route.client_body_temp_path);
    to.add("body_in_file_only", word(route.body_in_file_only, Words{"off", "clean", "on"}));
}

std::string next_upstream(const NextUpstream& next) {
    const std::pair<std::string_view, bool> cases[] = {{"error", next.error},
                                                       {"timeout", next.timeout},
                                                       {"invalid_header", next.invalid_header},
                                                       {"http_500", next.http_500},
                                                       {"http_502", next.http_502},
                                                       {"http_503", next.http_503},
                                                       {"http_504", next.http_504},
                                                       {"http_403", next.http_403},
                                                       {"http_404", next.http_404},
                                                       {"http_429", next.http_429},
                                                       {"non_idempotent", next.non_idempotent},
                                                       {"denied", next.denied}};
    Lines words;
    for (const auto& [name, on] : cases) {
        if (on) words.emplace_back(name);
    }
    return words.empty() ? "off" : joined(words);
}

Lines rewrites(const std::vector<RedirectRewrite>& all, const Wording& wording) {
    return lines_of(all, [&](const RedirectRewrite& rewrite) {
        return (rewrite.regex ? in_words(*rewrite.regex) : wording.of(rewrite.from)) + " -> " +
               wording.of(rewrite.to);
    });
}

Lines cookie_flags(const std::vector<CookieFlags>& all, const Wording& wording) {
    return lines_of(all, [&](const CookieFlags& flags) {
        constexpr std::array<std::string_view, 5> same_site = {"", "samesite=strict", "samesite=lax",
                                                               "samesite=none", "nosamesite"};
        Lines words = {flags.regex ? in_words(*flags.regex) : wording.of(flags.name)};
        if (flags.secure) words.emplace_back(*flags.secure ? "secure" : "nosecure");
        if (flags.http_only) words.emplace_back(*flags.http_only ? "httponly" : "nohttponly");
        if (const auto same = word(flags.same_site, same_site); !same.empty()) words.emplace_back(same);
        for (const auto& flag : flags.run_time) words.push_back(wording.of(flag));
        return joined(words);
    });
}

Lines tunnel_ports(const TunnelTargets& targets) {
    return lines_of(targets.ports(), [](const TunnelTargets::PortRange& range) {
        const auto first = std::to_string(range.first);
        return range.first == range.last ? first : first + "-" + std::to_string(range.last);
    });
}

Lines tunnel_hosts(const TunnelTargets& targets) {
    return lines_of(targets.hosts(), [](const TunnelTargets::Host& host) {
        using Kind = TunnelTargets::Host::Kind;
        switch (host.kind) {
            case Kind::any: return std::string("any");
            case Kind::publics: return std::string("public");
            case Kind::network: return in_words(host.network);
            case Kind::name: return quoted(host.name);
            case Kind::wildcard: return quoted("*." + host.name);
        }
        return std::string();
    });
}

}   // namespace

std::vector<Setting> settings_of(const Route& route, const Wording& wording) {
    Settings to(wording);
    to.add("internal", route.internal).add("redirect_without_slash", route.redirect_without_slash);
    add_real_ip(to, route.real_ip);
    to.add_lines("access", access_rules(route.access));
    to.add("satisfy_any", route.satisfy_any);
    to.add("try_files", try_files(route, wording));
    to.add("max_body_bytes", route.max_body_bytes ? std::to_string(*route.max_body_bytes) : "no limit");
    add_files(to, route.files);
    to.add_lines("add_header", header_edits(route.add_headers, wording));
    to.add_lines("add_trailer", header_edits(route.add_trailers, wording));
    to.add("expires", expires(route.expires, wording));
    to.add("charset", route.charset).add("charset_variable", route.charset_variable);
    to.add("source_charset", route.source_charset);
    to.add("source_charset_variable", route.source_charset_variable);
    to.add("override_charset", route.override_charset);
    to.add("charset_types", byte_types(route.charset_types));
    to.add_lines("error_page", error_pages(route, wording))
        .add("recursive_error_pages", route.recursive_error_pages);
    to.add("server_tokens", route.server_tokens).add("server_field", route.server_field);
    to.add("absolute_redirect", route.absolute_redirect).add("port_in_redirect", route.port_in_redirect);
    to.add("server_name_in_redirect", route.server_name_in_redirect).add("msie_padding", route.msie_padding);
    to.add("chunked_transfer_encoding", route.chunked_transfer_encoding);
    add_connection_habits(to, route);
    to.add_lines("access_log", access_logs(route.access_logs, wording))
        .add("log_subrequest", route.log_subrequest);
    to.add_lines("error_log", error_logs(route.error_logs));
    return to.all();
}

std::vector<Setting> settings_of(const ForwardHandler& handler, const Wording& wording) {
    Settings to(wording);
    to.add("http_1_0", handler.http_1_0).add("http_2", handler.http_2).add("method", handler.method);
    to.add("pass_headers", handler.pass_headers).add("pass_body", handler.pass_body);
    to.add("body", handler.has_body ? wording.of(handler.body) : "");
    to.add_lines("set_header", lines_of(handler.set_headers.edits(), [&](const UpstreamHeaderEdit& edit) {
                     return edit.name + " " + wording.of(edit.value);
                 }));
    to.add_lines("hide_header", handler.hide_headers.names());
    to.add_lines("ignore_header", sorted(handler.ignore_headers))
        .add("intercept_errors", handler.intercept_errors);
    to.add("buffering", handler.buffering).add("request_buffering", handler.request_buffering);
    to.add("header_buffer_bytes", handler.header_buffer_bytes).add("buffers_bytes", handler.buffers_bytes);
    to.add("max_temp_file_bytes", handler.max_temp_file_bytes).add("temp_path", handler.temp_path);
    to.add("connect_timeout", handler.connect_timeout).add("send_timeout", handler.send_timeout);
    to.add("read_timeout", handler.read_timeout);
    to.add("next_upstream", next_upstream(handler.next)).add("next_upstream_tries", handler.next.tries);
    to.add("next_upstream_time", handler.next.time);
    to.add_lines("redirect", rewrites(handler.redirects, wording));
    to.add_lines("cookie_domain", rewrites(handler.cookie_domains, wording));
    to.add_lines("cookie_path", rewrites(handler.cookie_paths, wording));
    to.add_lines("cookie_flags", cookie_flags(handler.cookie_flags, wording));
    to.add("bind", handler.bind_address);
    to.add("receive_buffer_bytes", handler.receive_buffer_bytes)
        .add("send_buffer_bytes", handler.send_buffer_bytes);
    to.add("socket_keepalive", handler.socket_keepalive)
        .add("ignore_client_abort", handler.ignore_client_abort);
    if (handler.upgrades != nullptr) to.add_lines("upgrades", *handler.upgrades);
    to.add("pass_trailers", handler.pass_trailers).add("limit_rate", handler.limit_rate);
    to.add("force_ranges", handler.force_ranges);
    return to.all();
}

std::vector<Setting> settings_of(const TunnelHandler& handler, const Wording& wording) {
    Settings to(wording);
    to.add_lines("port", tunnel_ports(handler.allowed)).add_lines("host", tunnel_hosts(handler.allowed));
    to.add_lines("condition",
                 lines_of(handler.conditions, [&](const Template& text) { return wording.of(text); }));
    to.add("connect_timeout", handler.connect_timeout).add("send_timeout", handler.send_timeout);
    to.add("read_timeout", handler.read_timeout).add("buffer_bytes", handler.buffer_bytes);
    to.add("next_upstream", next_upstream(handler.next)).add("next_upstream_tries", handler.next.tries);
    to.add("next_upstream_time", handler.next.time);
    to.add("socket_keepalive", handler.socket_keepalive).add("bind", handler.bind_address);
    to.add("receive_buffer_bytes", handler.receive_buffer_bytes)
        .add("send_buffer_bytes", handler.send_buffer_bytes);
    return to.all();
}

std::vector<Setting> settings_of(const TcpForward& forward, const Wording& wording) {
    constexpr std::array<std::string_view, 3> headers = {"off", "v1", "v2"};
    Settings to(wording);
    to.add("connect_timeout", forward.connect_timeout).add("idle_timeout", forward.idle_timeout);
    to.add("buffer_bytes", forward.buffer_bytes);
    to.add("upload_rate", forward.upload_rate).add("download_rate", forward.download_rate);
    to.add("next_upstream", forward.next_upstream).add("next_upstream_tries", forward.next_upstream_tries);
    to.add("next_upstream_time", forward.next_upstream_time);
    to.add("half_close", forward.half_close).add("end_timeout", forward.end_timeout);
    to.add("socket_keepalive", forward.socket_keepalive);
    to.add("bind", forward.bind_address);
    to.add("receive_buffer_bytes", forward.receive_buffer_bytes)
        .add("send_buffer_bytes", forward.send_buffer_bytes);
    to.add("proxy_header", word(forward.proxy_header, headers));
    to.add_lines("application_protocol", lines_of(forward.application_protocols,
                                                  [&](const Template& name) { return wording.of(name); }));
    return to.all();
}

std::vector<Setting> settings_of(const TcpSite& site, const Wording& wording) {
    Settings to(wording);
    to.add("tls_timeout", site.tls_timeout).add("proxy_protocol_timeout", site.proxy_protocol_timeout);
    to.add_lines("application_protocol",
                 lines_of(site.application_protocols, [](const std::string& name) { return quoted(name); }));
    to.add("preread_tls", site.preread_tls).add("preread_bytes", site.preread_bytes);
    to.add("preread_timeout", site.preread_timeout).add("tcp_nodelay", site.tcp_nodelay);
    add_real_ip(to, site.real_ip);
    to.add_lines("access", access_rules(site.access));
    to.add_lines("filter", lines_of(site.filters, [](const auto& filter) { return quoted(filter->name); }));
    to.add("tls_terms", site.tls_terms == nullptr ? "" : quoted(site.tls_terms->name));
    to.add_lines("access_log", access_logs(site.access_logs, wording));
    to.add_lines("error_log", error_logs(site.error_logs));
    return to.all();
}

std::vector<Setting> settings_of(const ConnectionSettings& connection, const Wording& wording) {
    Settings to(wording);
    to.add("header_timeout", connection.header_timeout)
        .add("header_buffer_bytes", connection.header_buffer_bytes);
    to.add("large_buffers", connection.large_buffers)
        .add("large_buffer_bytes", connection.large_buffer_bytes);
    to.add("max_fields", connection.max_fields);
    to.add("ignore_invalid_fields", connection.ignore_invalid_fields)
        .add("underscores", connection.underscores);
    to.add("merge_slashes", connection.merge_slashes);
    to.add("http2", connection.http2).add("http2_streams", connection.http2_streams);
    return to.all();
}

std::vector<Setting> settings_of(const ListenerOptions& options, const Wording& wording) {
    const auto if_set = [](const std::optional<bool>& on) { return !on ? "" : *on ? "on" : "off"; };
    Settings to(wording);
    to.add("backlog", options.backlog).add("reuse_port", options.reuse_port);
    to.add("ipv6_only", if_set(options.ipv6_only)).add("keep_alive", if_set(options.keep_alive));
    to.add("receive_buffer", options.receive_buffer).add("send_buffer", options.send_buffer);
    to.add("deferred", options.deferred).add("proxy_protocol", options.proxy_protocol);
    to.add("tls", options.tls).add("http2", options.http2);
    return to.all();
}

}   // namespace gatehouse::model
