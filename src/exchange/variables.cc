// The values of $variables for an exchange (declared in exchange.h): the request's and the response's.

#include "base/text.h"
#include "exchange/common_variables.h"
#include "exchange/exchange.h"
#include "exchange/proxy_header.h"
#include "exchange/system_facts.h"
#include "exchange/tls_variables.h"
#include "exchange/worker_state.h"
#include "http/cookie.h"
#include "http/date.h"
#include "http/framing.h"
#include "http/status.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <climits>
#include <cstdlib>

namespace gatehouse::exchange {
namespace {

using model::VariableId;
using Value = std::optional<std::string_view>;

// A field as a variable asks for it: by its id if it is known, else by its name in lower case with '_' for
// '-' (and for '_').
struct AskedField {
    http::FieldId id = http::FieldId::other;
    std::string_view argument;   // "user_agent"

    [[nodiscard]] bool is(const http::Field& field) const {
        if (field.id != http::FieldId::other) return field.id == id;
        if (field.name.size() != argument.size()) return false;
        for (std::size_t i = 0; i < argument.size(); ++i) {
            const char c = field.name[i] == '-' ? '_' : to_lower(field.name[i]);
            if (c != argument[i]) return false;
        }
        return true;
    }
};

AskedField asked_by(const model::VariableRef& ref) { return {ref.field, ref.argument}; }

// Several fields of one name are one list (RFC 9110 5.3); cookies are joined by a semicolon.
Value find_field(const http::Fields& fields, const AskedField& asked, Arena& arena) {
    Value found;
    for (const auto& field : fields) {
        if (!asked.is(field)) continue;
        const bool cookie = field.id == http::FieldId::cookie;
        found = found ? arena.concat({*found, cookie ? "; " : ", ", field.value}) : field.value;
    }
    return found;
}

}   // namespace

Value Exchange::number(std::uint64_t value) { return number_text(value, arena_); }

Value Exchange::variable(const model::VariableRef& ref) {
    switch (ref.id) {
        case VariableId::slot: return slot_value(ref.slot);
        case VariableId::map: return own_.map(ref.slot, *this, captures);
        case VariableId::capture:
            if (ref.slot < captures.count) return captures.at(ref.slot);
            return {};
        case VariableId::http_field: return find_field(request.fields, asked_by(ref), arena_);
        case VariableId::sent_http_field: return sent_field(ref);
        case VariableId::sent_trailer_field: return find_field(sent_trailers, asked_by(ref), arena_);
        case VariableId::cookie: return http::find_cookie(request.fields, ref.argument);
        case VariableId::arg: return http::find_argument(args, ref.argument);
        case VariableId::proxy_protocol_tlv:
        case VariableId::proxy_protocol_addr:
        case VariableId::proxy_protocol_port:
        case VariableId::proxy_protocol_server_addr:
        case VariableId::proxy_protocol_server_port:
            return client.proxied ? proxied_variable(*client.proxied, ref, arena_) : Value();
        default: break;
    }
    if (ref.id >= VariableId::ssl_alpn_protocol && ref.id <= VariableId::ssl_sigalgs) {
        const auto* session = client.stream.tls();
        return session == nullptr ? Value()
                                  : tls_variable(ref.id, *session, arena_, client.worker.unix_time());
    }
    // The ids are in groups: nothing of the response or of forwarding is asked of the request.
    if (ref.id < VariableId::body_bytes_sent) {
        if (const auto value = request_variable(ref.id)) return value;
    }
    if (const auto value = response_variable(ref.id)) return value;
    return upstream_variable(ref);
}

Value Exchange::slot_value(std::uint16_t slot) {
    if (const auto value = own_.get(slot)) return value;
    const auto missing = own_.missing(slot);
    if (!missing || route == nullptr || !route->script.warn_uninitialized) return {};
    if (log::is_logged(log::LogLevel::warn, route->error_logs)) {
        log::write_error(log::LogLevel::warn, route->error_logs, client.number,
                         fmt::format("using uninitialized \"{}\" variable", *missing));
    }
    return {};
}

void Exchange::set_variable(const model::VariableRef& ref, std::string_view value) {
    switch (ref.id) {
        case VariableId::slot: set_slot(ref.slot, value); return;
        case VariableId::map: own_.set_map(ref.slot, value); return;
        case VariableId::args:
            args = value;
            uri_is_raw = false;   // what the client sent is not what is to be forwarded any more
            return;
        case VariableId::limit_rate:
            if (const auto rate = parse_size(value)) {
                limit_rate = *rate;
            } else {
                log::write_error(log::LogLevel::error, route->error_logs, client.number,
                                 fmt::format("invalid $limit_rate \"{}\"", value));
            }
            return;
        default: return;   // the face lets nothing else be set
    }
}

std::uint64_t Exchange::size_of(const model::VariableSize& size) {
    if (size.run_time.empty()) return size.bytes;
    const auto text = render(size.run_time);
    if (text.empty()) return 0;
    const auto bytes = parse_size(text);
    if (!bytes) {
        log::write_error(log::LogLevel::error, route->error_logs, client.number,
                         fmt::format("invalid size \"{}\"", text));
    }
    return bytes.value_or(0);
}

Value Exchange::request_variable(VariableId id) {
    switch (id) {
        case VariableId::args:
        case VariableId::query_string: return args;
        case VariableId::is_args: return args.empty() ? "" : "?";
        case VariableId::uri:
        case VariableId::document_uri: return uri;
        case VariableId::request_uri: return target.uri.data() == nullptr ? request.target : target.uri;
        case VariableId::request: return request.line.empty() ? Value() : Value(request.line);
        case VariableId::request_method: return method_text.empty() ? Value() : Value(method_text);
        case VariableId::server_protocol:
            return request.line.empty() ? Value("HTTP/1.0") : Value(http::name_of(request.version));
        case VariableId::request_length: return number(request_bytes + body.wire_bytes());
        case VariableId::request_time: return seconds_with_millis(client.worker.loop.now() - started, arena_);
        case VariableId::request_id:
            if (request_id_.empty()) request_id_ = keep(make_request_id());
            return request_id_;
        case VariableId::request_completion: return head_sent && response.status != 0 ? "OK" : "";
        case VariableId::request_body:
            return buffered_body.data() == nullptr ? Value() : Value(buffered_body);
        case VariableId::request_body_file: return body_file.empty() ? Value() : Value(body_file);
        case VariableId::content_length: {
            const auto* field = request.fields.find(http::FieldId::content_length);
            return field == nullptr ? Value() : Value(field->value);
        }
        case VariableId::content_type:
            return find_field(request.fields, {http::FieldId::content_type, "content_type"}, arena_);
        case VariableId::http_host_raw: {
            const auto* field = request.fields.find(http::FieldId::host);
            return field == nullptr ? Value() : Value(field->value);
        }
        case VariableId::host: return host_variable();
        case VariableId::request_port:
        case VariableId::is_request_port: {
            const bool given = !host.port_text.empty();
            if (id == VariableId::is_request_port) return given ? ":" : "";
            return given ? host.port_text : "";
        }
        case VariableId::scheme: return client.is_secure() ? "https" : "http";
        case VariableId::https: return client.is_secure() ? "on" : "";
        case VariableId::http2:
            if (request.version <= http::Version::http_1_1) return "";
            return client.is_secure() ? "h2" : "h2c";
        case VariableId::pipe: return pipelined ? "p" : ".";
        case VariableId::server_name: return site == nullptr ? Value() : Value(site->name);
        case VariableId::remote_user: return user ? user : basic_user(request.fields, arena_);
        case VariableId::document_root: return route == nullptr ? Value() : Value(document_root());
        case VariableId::realpath_root: {
            char resolved[PATH_MAX];
            const std::string root(document_root());
            return ::realpath(root.c_str(), resolved) == nullptr ? Value() : Value(keep(resolved));
        }
        case VariableId::request_filename: return route == nullptr ? Value() : Value(file_path_of(uri));
        case VariableId::connection: return number(client.number);
        case VariableId::connection_requests: return number(client.requests);
        case VariableId::connection_time:
            return seconds_with_millis(client.worker.loop.now() - client.opened, arena_);
        case VariableId::limit_rate:
            return number(limit_rate.value_or(route == nullptr ? 0 : route->limit_rate.bytes));
        default: return address_variable(id);
    }
}

Value Exchange::address_variable(VariableId id) {
    switch (id) {
        case VariableId::remote_addr: return client_ip();
        case VariableId::remote_port: return port_text(client_address(), arena_);
        case VariableId::binary_remote_addr: return binary_address(client_address(), arena_);
        case VariableId::realip_remote_addr: return client.peer.ip_text(arena_);
        case VariableId::realip_remote_port: return port_text(client.peer.expand(), arena_);
        case VariableId::server_addr: return keep(local_address().ip_text());
        case VariableId::server_port: return port_text(local_address(), arena_);
        default: return {};
    }
}

Value Exchange::response_variable(VariableId id) {
    switch (id) {
        case VariableId::status: return keep(http::StatusDigits(response.status).view());
        case VariableId::bytes_sent: return number(bytes_sent);
        case VariableId::body_bytes_sent: return number(body_bytes_sent);
        case VariableId::gatehouse_reason: return reason.empty() ? Value() : Value(reason);
        case VariableId::hostname: return publication->snapshot->model.hostname;
        default: return common_variable(id, client.worker, arena_);
    }
}

// Fields that Gatehouse writes itself are not in response.fields.
Value Exchange::sent_field(const model::VariableRef& ref) {
    const std::string_view name = ref.argument;
    if (name == "content_type") return response.content_type.empty() ? Value() : Value(response.content_type);
    if (name == "content_length") return response.length ? number(*response.length) : Value();
    if (name == "connection") return keep_alive ? "keep-alive" : "close";
    if (name == "transfer_encoding")
        return response.length || request.version != http::Version::http_1_1 ? Value() : Value("chunked");
    if (name == "last_modified" && response.last_modified &&
        !response.fields.contains(http::FieldId::last_modified)) {
        const auto text = arena_.allocate_text(http::http_date_bytes);
        return http::format_http_date(*response.last_modified, text.first<http::http_date_bytes>());
    }
    return find_field(response.fields, asked_by(ref), arena_);
}

namespace {

std::string text_of(VariableId id, const UpstreamAttempt& attempt, Arena& arena) {
    const auto time = [&](std::optional<loop::Duration> duration) {
        return duration ? std::string(seconds_with_millis(*duration, arena)) : std::string("-");
    };
    switch (id) {
        case VariableId::upstream_addr: return std::string(attempt.address);
        case VariableId::upstream_status: return attempt.status == 0 ? "-" : std::to_string(attempt.status);
        case VariableId::upstream_connect_time: return time(attempt.connect_time);
        case VariableId::upstream_header_time: return time(attempt.header_time);
        case VariableId::upstream_response_time: return time(attempt.response_time);
        case VariableId::upstream_response_length: return std::to_string(attempt.response_length);
        case VariableId::upstream_bytes_received: return std::to_string(attempt.bytes_received);
        case VariableId::upstream_bytes_sent: return std::to_string(attempt.bytes_sent);
        default: return {};
    }
}

// Attempts in order, with a comma between two, or a colon where an internal redirect lies there.
std::string_view separator_before(const UpstreamAttempt& attempt) {
    return attempt.after_redirect ? " : " : ", ";
}

}   // namespace

std::string Exchange::earlier(VariableId id) {
    std::string out;
    if (id < VariableId::upstream_addr || id > VariableId::upstream_status) return out;
    for (std::size_t i = 0; i + 1 < attempts.size(); ++i)
        out.append(text_of(id, attempts[i], arena_)).append(separator_before(attempts[i + 1]));
    return out;
}

Value Exchange::upstream_variable(const model::VariableRef& ref) {
    switch (ref.id) {
        case VariableId::upstream_addr:
        case VariableId::upstream_status:
        case VariableId::upstream_connect_time:
        case VariableId::upstream_header_time:
        case VariableId::upstream_response_time:
        case VariableId::upstream_response_length:
        case VariableId::upstream_bytes_received:
        case VariableId::upstream_bytes_sent:
            if (attempts.empty()) return {};
            return arena_.copy(earlier(ref.id) + text_of(ref.id, attempts.back(), arena_));
        case VariableId::upstream_http_field: return find_field(upstream_fields, asked_by(ref), arena_);
        case VariableId::upstream_cookie: return find_set_cookie(upstream_fields, ref.argument);
        case VariableId::proxy_add_x_forwarded_for: {
            const auto forwarded =
                find_field(request.fields, {http::FieldId::x_forwarded_for, "x_forwarded_for"}, arena_);
            return forwarded ? arena_.concat({*forwarded, ", ", client_ip()}) : client_ip();
        }
        case VariableId::proxy_add_via: {
            const auto via = find_field(request.fields, {http::FieldId::via, "via"}, arena_);
            const auto own = arena_.concat({http::name_of(request.version).substr(5), " ", host_variable()});
            return via ? arena_.concat({*via, ", ", own}) : own;
        }
        case VariableId::proxy_host: return proxy_host;
        case VariableId::proxy_port: return proxy_port ? number(*proxy_port) : Value();
        default: return {};
    }
}

}   // namespace gatehouse::exchange
