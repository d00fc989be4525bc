#include "exchange/handlers/forward_request.h"

#include "base/text.h"
#include "exchange/handlers/upgrade_request.h"
#include "exchange/tls_checks.h"
#include "http/framing.h"
#include "http/grpc.h"
#include "http/h1_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

// What Gatehouse decides itself, and what must not cross (nginx clears the same set).
constexpr http::FieldSet own_business = {
    FieldId::connection,
    FieldId::keep_alive,
    FieldId::proxy_connection,
    FieldId::te,
    FieldId::transfer_encoding,
    FieldId::content_length,
    FieldId::upgrade,
    FieldId::expect,
    FieldId::http2_settings,
    FieldId::trailer,
    FieldId::host,
};

// RFC 9110 10.1.4: who forwards says for itself whether trailers are welcome. gRPC needs them.
bool wants_trailers(const Exchange& exchange) {
    const auto& fields = exchange.request.fields;
    return http::is_grpc(fields.value_of(FieldId::content_type)) ||
           contains_ignoring_case(fields.value_of(FieldId::te), "trailers");
}

bool ends_a_request_line(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }

// What variables brought into a target: decoded parts beside encoded ones. Only that is encoded which no
// target may hold: a '?', a '&' or a '%' may be meant.
std::string_view without_line_ends(std::string_view text, Arena& arena) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (std::ranges::none_of(text, ends_a_request_line)) return text;
    std::string out;
    for (const char c : text) {
        if (!ends_a_request_line(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return arena.copy(out);
}

// RFC 8470 section 5.1: who forwards what came early has to say so.
std::optional<http::Field> early_data_field(const Exchange& exchange, const model::ForwardHandler& handler) {
    const auto field = http::make_field("Early-Data", "1");
    if (!came_early(exchange) || handler.set_headers.replaces(field)) return std::nullopt;
    if (handler.pass_headers && exchange.request.fields.find(field.name) != nullptr) return std::nullopt;
    return field;
}

}   // namespace

std::string_view forward_uri(Exchange& exchange, const model::ForwardHandler& handler,
                             std::string_view run_time_uri) {
    auto& arena = exchange.arena();
    if (!run_time_uri.empty()) {
        const auto clean = without_line_ends(run_time_uri, arena);
        return clean.starts_with('/') ? clean
                                      : arena.concat({"/", clean});   // "http://host?args" has no path
    }
    const bool replaces = handler.has_uri && !exchange.uri_changed_by_break;
    if (!replaces && exchange.uri_is_raw) {
        // of "http://host?x": RFC 9112 3.2.1 wants a path
        const auto raw = exchange.raw_uri.empty() ? exchange.target.uri : exchange.raw_uri;
        return raw.starts_with('/') ? raw : arena.concat({"/", raw});
    }
    const auto rest =
        replaces ? exchange.uri.substr(std::min(handler.location_bytes, exchange.uri.size())) : exchange.uri;
    const auto path = http::escape(rest, http::Escape::uri, arena);
    const std::string_view prefix = replaces ? std::string_view(handler.uri) : std::string_view();
    if (exchange.args.empty()) return arena.concat({prefix, path});
    return arena.concat({prefix, path, "?", without_line_ends(exchange.args, arena)});
}

void write_forward_head(Exchange& exchange, const model::ForwardHandler& handler, std::string_view uri,
                        const RequestFramingPlan& framing, bool keep_alive, Buffer& out) {
    http::HeadWriter writer(out);
    const auto method = handler.method.empty() ? exchange.method_text : exchange.render(handler.method);
    writer.request_line(method, uri, handler.http_1_0 ? http::Version::http_1_0 : http::Version::http_1_1);
    const auto upgrade = passed_upgrade(exchange, handler);
    bool connection_said = !upgrade.empty();
    if (!upgrade.empty()) write_upgrade(exchange, upgrade, writer);
    for (const auto& edit : handler.set_headers.edits()) {
        if (edit.id == FieldId::content_length || edit.id == FieldId::transfer_encoding)
            continue;                                // framing is ours
        if (edit.value.empty()) continue;            // it only keeps the client's from crossing
        if (edit.id == FieldId::upgrade) continue;   // whatever passes is said already
        if (edit.id == FieldId::connection && !upgrade.empty()) continue;
        const auto value = exchange.render(edit.value);
        if (edit.id == FieldId::connection) {
            if (equals_ignoring_case(value, "upgrade")) continue;
            connection_said = !value.empty();
        }
        if (!value.empty()) writer.field(edit.name, value);
    }
    if (const auto early = early_data_field(exchange, handler)) writer.field(*early);
    if (!connection_said && !keep_alive) writer.field(FieldId::connection, "close");
    if (framing.has_body && framing.length) writer.content_length(*framing.length);
    if (framing.has_body && !framing.length) writer.field(FieldId::transfer_encoding, "chunked");
    if (handler.pass_headers) {
        const http::HopByHop hop_by_hop(exchange.request.fields);
        for (const auto& field : exchange.request.fields) {
            if (own_business.contains(field.id) || hop_by_hop.ends_here(field) ||
                handler.set_headers.replaces(field))
                continue;
            writer.field(field);
        }
    }
    writer.end();
}

H2ForwardHead h2_forward_head(Exchange& exchange, const model::ForwardHandler& handler, std::string_view uri,
                              const RequestFramingPlan& framing) {
    H2ForwardHead head;
    auto& arena = exchange.arena();
    const auto add = [&](const http::Field& field) {
        head.fields.add(arena, field);
        head.bytes += field.name.size() + field.value.size();
    };
    head.outgoing.path = uri;
    for (const auto& edit : handler.set_headers.edits()) {
        const bool is_of_framing =
            edit.id == FieldId::content_length || edit.id == FieldId::transfer_encoding;
        if (is_of_framing || edit.value.empty()) continue;
        const auto value = exchange.keep(exchange.render(edit.value));
        if (edit.id == FieldId::host) {
            head.outgoing.authority = value;
        } else if (!value.empty()) {
            add(http::make_field(edit.name, value));
        }
    }
    if (const auto early = early_data_field(exchange, handler)) add(*early);
    if (!head.fields.contains(FieldId::te) && wants_trailers(exchange))
        add(http::make_field(FieldId::te, "trailers"));
    if (framing.has_body && framing.length)
        add(http::make_field(FieldId::content_length,
                             exchange.keep(fmt::format_int(*framing.length).c_str())));
    if (handler.pass_headers) {
        const http::HopByHop hop_by_hop(exchange.request.fields);
        for (const auto& field : exchange.request.fields) {
            const bool stays = own_business.contains(field.id) || hop_by_hop.ends_here(field) ||
                               handler.set_headers.replaces(field);
            if (!stays) add(field);
        }
    }
    return head;
}

}   // namespace gatehouse::exchange
