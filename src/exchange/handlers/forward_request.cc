#include "exchange/handlers/forward_request.h"

#include "base/text.h"
#include "http/framing.h"
#include "http/h1_writer.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

// What Gatehouse decides itself, and what must not cross (nginx clears the same set).
bool is_own_business(FieldId id) {
    switch (id) {
        case FieldId::connection:
        case FieldId::keep_alive:
        case FieldId::proxy_connection:
        case FieldId::te:
        case FieldId::transfer_encoding:
        case FieldId::content_length:
        case FieldId::upgrade:
        case FieldId::expect:
        case FieldId::http2_settings:
        case FieldId::trailer:
        case FieldId::host: return true;
        default: return false;
    }
}

class Overrides {
public:
    explicit Overrides(const std::vector<model::UpstreamHeaderEdit>& edits) : edits_(edits) {
        for (const auto& edit : edits) {
            if (edit.id == FieldId::other)
                names_ = true;
            else
                ids_.add(edit.id);
        }
    }
    [[nodiscard]] bool replaces(const http::Field& field) const {
        if (field.id != FieldId::other) return ids_.contains(field.id);
        return names_ && std::ranges::any_of(edits_, [&](const auto& edit) {
                   return edit.id == FieldId::other && equals_ignoring_case(edit.name, field.name);
               });
    }

private:
    const std::vector<model::UpstreamHeaderEdit>& edits_;
    http::FieldSet ids_;
    bool names_ = false;
};

}   // namespace

std::string_view forward_uri(Exchange& exchange, const model::ForwardHandler& handler,
                             std::string_view run_time_uri) {
    auto& arena = exchange.arena();
    if (!run_time_uri.empty()) {   // what variables brought must not end the request line
        const bool clean = std::ranges::none_of(
            run_time_uri, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
        return clean ? run_time_uri : http::escape(run_time_uri, http::Escape::uri, arena);
    }
    const bool replaces = handler.has_uri && !exchange.uri_changed_by_break;
    if (!replaces && exchange.uri_is_raw) {
        const auto raw = exchange.target.uri;   // of "http://host?x": RFC 9112 3.2.1 wants a path
        return raw.starts_with('/') ? raw : arena.concat({"/", raw});
    }
    const auto rest =
        replaces ? exchange.uri.substr(std::min(handler.location_bytes, exchange.uri.size())) : exchange.uri;
    const auto path = http::escape(rest, http::Escape::uri, arena);
    const std::string_view prefix = replaces ? std::string_view(handler.uri) : std::string_view();
    if (exchange.args.empty()) return arena.concat({prefix, path});
    return arena.concat({prefix, path, "?", exchange.args});
}

void write_forward_head(Exchange& exchange, const model::ForwardHandler& handler, std::string_view uri,
                        const RequestFramingPlan& framing, bool keep_alive, Buffer& out) {
    http::HeadWriter writer(out);
    const auto method = handler.method.empty() ? exchange.method_text : exchange.render(handler.method);
    writer.request_line(method, uri, handler.http_1_0 ? http::Version::http_1_0 : http::Version::http_1_1);
    bool connection_said = false;
    for (const auto& edit : handler.set_headers) {
        if (edit.id == FieldId::content_length || edit.id == FieldId::transfer_encoding)
            continue;   // framing is ours
        auto value = exchange.render(edit.value);
        // Only WebSockets pass: another protocol (h2c) would carry requests past every rule of this
        // configuration.
        const bool of_upgrade = edit.id == FieldId::upgrade ||
                                (edit.id == FieldId::connection && equals_ignoring_case(value, "upgrade"));
        if (of_upgrade && !http::asks_for_upgrade(exchange.request, "websocket")) value = {};
        if (edit.id == FieldId::connection) connection_said = !value.empty();
        if (!value.empty()) writer.field(edit.name, value);
    }
    if (!connection_said && !keep_alive) writer.field(FieldId::connection, "close");
    if (framing.has_body && framing.length) writer.content_length(*framing.length);
    if (framing.has_body && !framing.length) writer.field(FieldId::transfer_encoding, "chunked");
    if (handler.pass_headers) {
        const Overrides overrides(handler.set_headers);
        const http::HopByHop hop_by_hop(exchange.request.fields);
        for (const auto& field : exchange.request.fields) {
            if (is_own_business(field.id) || hop_by_hop.ends_here(field) || overrides.replaces(field))
                continue;
            writer.field(field);
        }
    }
    writer.end();
}

}   // namespace gatehouse::exchange
