#include "faces/nginx/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "model/tlv_name.h"

namespace gatehouse::nginx {
namespace {

bool is_name_character(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

// Variables of nginx that exist but never have a value while what they tell of is not supported: they render
// as nothing and are logged as "-", which is what nginx does with them on a plain connection.
constexpr std::array names_without_value = {
    "gzip_ratio",
    "http3",
    "slice_range",
    "invalid_referer",
    "secure_link",
    "secure_link_expires",
    "ancient_browser",
    "modern_browser",
    "msie",
    "uid_got",
    "uid_set",
    "uid_reset",
    "fastcgi_script_name",
    "fastcgi_path_info",
    "limit_req_status",
    "limit_conn_status",
    "upstream_last_server_name",
    "upstream_queue_time",
    "proxy_internal_body_length",
    "proxy_internal_chunked",
    "date_local",
    "date_gmt",
    "connection_bytes_received",
    "connection_bytes_sent",
    "ssl_sigalg",
    "ssl_client_sigalg",
    "ssl_ech_status",
    "ssl_ech_outer_server_name",
};
constexpr std::array tcp_names_without_value = {
    "limit_conn_status", "ssl_sigalg",     "ssl_client_sigalg",
    "ssl_ech_status",    "ssl_early_data", "ssl_ech_outer_server_name",
};
constexpr std::array prefixes_without_value = {"geoip_"};

// nginx starts, and complains each time such a variable is asked for.
void check_tlv_name(Diagnostics& diagnostics, std::string_view name, const Word& where) {
    if (model::parse_tlv_name(name).place != model::TlvName::Place::nowhere) return;
    diagnostics.add(
        {.severity = Severity::warning,
         .message = fmt::format("unknown PROXY protocol TLV \"{}\": the variable is always empty", name),
         .position = where.position,
         .length = where.length,
         .hint = "known are alpn, authority, unique_id, netns, ssl, ssl_verify, ssl_version, ssl_cn, "
                 "ssl_cipher, ssl_sig_alg, ssl_key_alg, and a type such as 0xea"});
}

// For suggestions: the names people use.
constexpr std::array common_names = {
    "args",
    "binary_remote_addr",
    "body_bytes_sent",
    "bytes_sent",
    "connection",
    "connection_requests",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "host",
    "hostname",
    "http_cookie",
    "http_host",
    "http_referer",
    "http_upgrade",
    "http_user_agent",
    "http_x_forwarded_for",
    "http_x_forwarded_proto",
    "https",
    "is_args",
    "limit_rate",
    "msec",
    "nginx_version",
    "pid",
    "pipe",
    "proxy_add_x_forwarded_for",
    "proxy_host",
    "proxy_port",
    "query_string",
    "realpath_root",
    "remote_addr",
    "remote_port",
    "remote_user",
    "request",
    "request_body",
    "request_completion",
    "request_filename",
    "request_id",
    "request_length",
    "request_method",
    "request_time",
    "request_uri",
    "scheme",
    "server_addr",
    "server_name",
    "server_port",
    "server_protocol",
    "ssl_cipher",
    "ssl_client_s_dn",
    "ssl_client_verify",
    "ssl_protocol",
    "ssl_server_name",
    "status",
    "time_iso8601",
    "time_local",
    "upstream_addr",
    "upstream_cache_status",
    "upstream_connect_time",
    "upstream_header_time",
    "upstream_response_length",
    "upstream_response_time",
    "upstream_status",
    "uri",
};
constexpr std::array common_tcp_names = {
    "binary_remote_addr",
    "bytes_received",
    "bytes_sent",
    "connection",
    "hostname",
    "msec",
    "nginx_version",
    "pid",
    "protocol",
    "proxy_protocol_addr",
    "proxy_protocol_port",
    "realip_remote_addr",
    "remote_addr",
    "remote_port",
    "server_addr",
    "server_name",
    "server_port",
    "session_time",
    "ssl_client_s_dn",
    "ssl_preread_alpn_protocols",
    "ssl_preread_protocol",
    "ssl_preread_server_name",
    "ssl_protocol",
    "ssl_server_name",
    "status",
    "time_iso8601",
    "time_local",
    "upstream_addr",
    "upstream_bytes_received",
    "upstream_bytes_sent",
    "upstream_connect_time",
    "upstream_first_byte_time",
    "upstream_session_time",
};

template <class Names>
bool holds(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}   // namespace

bool Variables::never_has_a_value(std::string_view name) const {
    const bool is_http = scope_ == model::VariableScope::http;
    return (is_http ? holds(names_without_value, name) : holds(tcp_names_without_value, name)) ||
           std::ranges::any_of(prefixes_without_value,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// $http_NAME, $arg_NAME and their like: a family of names, of which a configuration may take one for itself.
bool Variables::is_open_ended(std::string_view name) const {
    const auto found = built_in(name);
    return found && !found->argument.empty();
}

void Variables::report(const Word& where, std::string message, std::string hint) {
    diagnostics_->add({.message = std::move(message),
                       .position = where.position,
                       .length = where.length,
                       .hint = std::move(hint)});
}

std::uint16_t Variables::slot_of(const std::string& name, const Word& where) {
    if (const auto known = slot_by_name_.find(name); known != slot_by_name_.end()) return known->second;
    auto& slots = table_->slots;
    if (slots.size() > std::numeric_limits<std::uint16_t>::max()) {
        report(where, "too many variables", "the limit is 65536");
        return 0;
    }
    const auto slot = static_cast<std::uint16_t>(slots.size());
    slots.push_back({.name = name, .scope = scope_, .first_use = where});
    slot_by_name_.emplace(name, slot);
    return slot;
}

model::VariableRef Variables::use(std::string_view name, const Word& where) {
    const std::string known_as = lower(name);
    if (const auto map = map_by_name_.find(known_as); map != map_by_name_.end()) {
        return {.id = model::VariableId::map, .slot = map->second, .argument = {}};
    }
    if (!slot_by_name_.contains(known_as)) {
        if (auto found = built_in(known_as)) {
            if (found->id == model::VariableId::proxy_protocol_tlv)
                check_tlv_name(*diagnostics_, found->argument, where);
            return *std::move(found);
        }
    }
    const std::uint16_t slot = slot_of(known_as, where);
    if (never_has_a_value(known_as)) table_->slots[slot].is_defined = true;
    return {.id = model::VariableId::slot, .slot = slot, .argument = {}};
}

void Variables::reserve(std::string_view name, const Word& where) {
    const std::string known_as = lower(name);
    if (is_open_ended(known_as)) static_cast<void>(slot_of(known_as, where));
}

std::uint16_t Variables::define(std::string_view name, const Word& where) {
    const std::string known_as = lower(name);
    const bool is_built_in = built_in(known_as) && !is_open_ended(known_as);
    if (is_built_in || never_has_a_value(known_as)) {
        report(where, fmt::format("the duplicate \"{}\" variable", known_as), "this variable is built in");
    } else if (map_by_name_.contains(known_as)) {
        report(where, fmt::format("the duplicate \"{}\" variable", known_as),
               "a map block defines it already");
    }
    const std::uint16_t slot = slot_of(known_as, where);
    table_->slots[slot].is_defined = true;
    return slot;
}

model::VariableRef Variables::assign(std::string_view name, const Word& where) {
    const std::string known_as = lower(name);
    const bool may_be_set =
        scope_ == model::VariableScope::http && (known_as == "args" || known_as == "limit_rate");
    if (map_by_name_.contains(known_as) || may_be_set) return use(known_as, where);
    const std::uint16_t slot = define(known_as, where);
    table_->slots[slot].is_set = true;
    return {.id = model::VariableId::slot, .slot = slot, .argument = {}};
}

void Variables::define_map(std::string_view name, const Word& where) {
    const std::string known_as = lower(name);
    if (built_in(known_as) && !is_open_ended(known_as)) {
        report(where, fmt::format("the duplicate \"{}\" variable", known_as), "this variable is built in");
    }
    if (map_by_name_.contains(known_as)) {
        diagnostics_->add({.severity = Severity::warning,
                           .message = fmt::format(
                               "the \"{}\" variable has another map block above: this one counts", known_as),
                           .position = where.position,
                           .length = where.length});
    }
    map_by_name_[known_as] = table_->maps++;
}

// Appends what the `$` at `dollar` refers to; the offset behind it, or npos after a reported error.
std::size_t Variables::parse_reference(std::string_view text, std::size_t dollar, const Word& where,
                                       std::vector<model::Template::Part>& parts) {
    std::size_t begin = dollar + 1;
    if (begin < text.size() && text[begin] >= '1' && text[begin] <= '9') {   // one digit: $12 is $1 and a "2"
        const auto number = static_cast<std::uint16_t>(text[begin] - '0');
        parts.emplace_back(
            model::VariableRef{.id = model::VariableId::capture, .slot = number, .argument = {}});
        return begin + 1;
    }
    const bool in_braces = begin < text.size() && text[begin] == '{';
    if (in_braces) ++begin;
    std::size_t end = begin;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const std::string_view name = text.substr(begin, end - begin);
    if (in_braces && (end >= text.size() || text[end] != '}')) {
        report(where, fmt::format("the closing bracket in \"{}\" variable is missing", name));
        return std::string_view::npos;
    }
    if (name.empty()) {
        report(where, "invalid variable name",
               "a \"$\" needs a name behind it; there is no way to write the \"$\" itself");
        return std::string_view::npos;
    }
    parts.emplace_back(use(name, where));
    return end + (in_braces ? 1 : 0);
}

model::Template Variables::parse(std::string_view text, const Word& where) {
    std::vector<model::Template::Part> parts;
    std::size_t offset = 0;
    while (offset < text.size()) {
        const std::size_t dollar = text.find('$', offset);
        if (dollar != offset) parts.emplace_back(std::string(text.substr(offset, dollar - offset)));
        if (dollar == std::string_view::npos) break;
        offset = parse_reference(text, dollar, where, parts);
        if (offset == std::string_view::npos) break;
    }
    return model::Template(std::move(parts));
}

void Variables::report_unknown() {
    std::vector<std::string_view> names;
    if (scope_ == model::VariableScope::http) {
        names.assign(common_names.begin(), common_names.end());
    } else {
        names.assign(common_tcp_names.begin(), common_tcp_names.end());
    }
    for (const auto& [name, index] : map_by_name_) names.push_back(name);
    for (const auto& [name, index] : slot_by_name_) {
        if (table_->slots[index].is_defined) names.push_back(name);
    }
    for (const Slot& slot : table_->slots) {
        if (slot.is_defined || slot.scope != scope_) continue;
        report(slot.first_use, fmt::format("unknown \"{}\" variable", slot.name),
               did_you_mean(slot.name, names));
    }
}

std::vector<bool> VariableTable::slots_of_set() const {
    std::vector<bool> set;
    for (const Slot& slot : slots) set.push_back(slot.is_set);
    return set;
}

std::vector<std::string> VariableTable::slot_names() const {
    std::vector<std::string> names;
    for (const Slot& slot : slots) names.push_back(slot.name);
    return names;
}

}   // namespace gatehouse::nginx
