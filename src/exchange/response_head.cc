#include "exchange/response_head.h"

#include "base/text.h"
#include "exchange/charset.h"
#include "exchange/expires.h"
#include "exchange/filters/filter_run.h"
#include "exchange/worker_state.h"
#include "http/date.h"
#include "http/h1_writer.h"
#include "http/status.h"
#include "http/user_agent.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

// A Location that Gatehouse made from a path becomes absolute (absolute_redirect), with the names and port
// configured.
void make_location_absolute(Exchange& exchange) {
    auto& response = exchange.response;
    if ((response.from_upstream && !response.location_rewritten) || !exchange.route->absolute_redirect)
        return;
    auto* location = const_cast<http::Field*>(response.fields.find(FieldId::location));
    if (location == nullptr || !location->value.starts_with('/')) return;
    const auto& route = *exchange.route;
    std::string local = exchange.local_address().ip_text();
    if (exchange.local_address().family() == AF_INET6) local = "[" + local + "]";
    std::string_view host = exchange.host.name.empty() ? std::string_view(local) : exchange.host.name;
    if (route.server_name_in_redirect) host = exchange.site->name;
    const auto local_port = exchange.local_address().port();
    std::string port;
    const bool is_secure = exchange.client.is_secure();
    const std::uint16_t usual_port = is_secure ? 443 : 80;
    if (route.port_in_redirect && local_port != usual_port && local_port != 0)
        port = fmt::format(":{}", local_port);
    location->value =
        exchange.arena().concat({is_secure ? "https://" : "http://", host, port, location->value});
}

// After an X-Accel-Redirect: what the endpoint said of the content counts more than what the file says. After
// an error page: the challenge of the error.
void take_over_kept(Exchange& exchange) {
    auto& response = exchange.response;
    if (!exchange.accel_content_type.empty() && !response.content_type.empty()) {
        response.content_type = exchange.accel_content_type;
        response.charset_settled = false;
    }
    for (const auto& field : exchange.kept_fields) {
        const bool may_repeat = field.id == FieldId::set_cookie || field.id == FieldId::www_authenticate;
        if (!may_repeat) response.fields.remove(field.id);
        response.fields.add(exchange.arena(), field);
    }
}

void add_fields(Exchange& exchange) {
    auto& response = exchange.response;
    const bool usual = takes_added_fields(response.status);
    for (const auto& edit : exchange.route->add_headers) {
        if (!usual && !edit.always) continue;
        const auto value = exchange.keep(exchange.render(edit.value));
        const auto field = http::make_field(edit.name, value);
        const bool replaces = field.id == FieldId::last_modified || field.id == FieldId::etag;
        if (replaces) response.fields.remove(field.id);
        if (field.id == FieldId::last_modified) response.last_modified.reset();
        if (!value.empty()) response.fields.add(exchange.arena(), field);
    }
}

// An endpoint may answer while the request's body is still on its way to it: that body is not ours to
// discard.
bool response_is_streamed(const Exchange& exchange) { return exchange.response.from_upstream; }

// keepalive_disable: the browsers of long ago that fail on kept connections.
bool is_bad_at_keeping(const Exchange& exchange) {
    const auto& disable = exchange.route->keepalive_disable;
    const bool msie6 = disable.msie6 && exchange.request.method == http::Method::post;
    if (!msie6 && !disable.safari) return false;
    const auto browser = http::old_browser(exchange.request.fields.value_of(FieldId::user_agent));
    return (msie6 && browser == http::OldBrowser::msie6) ||
           (disable.safari && browser == http::OldBrowser::safari);
}

bool keeps_connection(Exchange& exchange, BodyFraming framing) {
    const auto& route = *exchange.route;
    if (!exchange.body.done() && !response_is_streamed(exchange)) exchange.body.discard_arrived();
    // What is still to come must be read before the next request: not while it is on its way to an endpoint,
    // nor from a client that waits to be told to send it.
    if (!exchange.body.done() && (response_is_streamed(exchange) || exchange.body.awaits_continue()))
        return false;
    return exchange.keep_alive && framing != BodyFraming::until_close &&
           route.keepalive_timeout.count() > 0 && exchange.client.requests < route.keepalive_requests &&
           !exchange.client.worker.draining && !is_bad_at_keeping(exchange) &&
           exchange.client.worker.loop.now() - exchange.client.opened < loop::Duration(route.keepalive_time);
}

void write_own_fields(Exchange& exchange, http::HeadWriter& writer) {
    const auto& response = exchange.response;
    const auto& server = exchange.route->server_field;
    if (!server.empty() && !response.fields.contains(FieldId::server)) writer.field(FieldId::server, server);
    auto& worker = exchange.client.worker;
    if (!response.fields.contains(FieldId::date))
        writer.field(FieldId::date, worker.dates.http_date(worker.unix_time()));
    if (!response.content_type.empty()) writer.field(FieldId::content_type, response.content_type);
}

void write_connection_fields(Exchange& exchange, BodyFraming framing, http::HeadWriter& writer) {
    if (framing == BodyFraming::chunked) writer.field(FieldId::transfer_encoding, "chunked");
    if (!exchange.keep_alive) {
        writer.field(FieldId::connection, "close");
        return;
    }
    writer.field(FieldId::connection, "keep-alive");
    if (const auto& seconds = exchange.route->keepalive_header) {
        writer.field(FieldId::keep_alive,
                     exchange.arena().concat({"timeout=", fmt::format_int(seconds->count()).c_str()}));
    }
}

// tcp_nodelay off
void set_delay(Exchange& exchange) {
    const bool wanted = exchange.route->tcp_nodelay;
    if (wanted == exchange.client.no_delay) return;
    exchange.client.no_delay = wanted;
    auto& channel = exchange.client.stream.channel();
    channel.loop().backend().set_option(channel.fd(), loop::SocketOption::no_delay, wanted ? 1 : 0);
}

}   // namespace

bool takes_added_fields(int status) {
    switch (status) {
        case 200:
        case 201:
        case 204:
        case 206:
        case 301:
        case 302:
        case 303:
        case 304:
        case 307:
        case 308: return true;
        default: return false;
    }
}

bool adds_trailers(const Exchange& exchange) {
    const bool usual = takes_added_fields(exchange.response.status);
    return std::ranges::any_of(exchange.route->add_trailers,
                               [&](const auto& edit) { return usual || edit.always; });
}

void add_trailers(Exchange& exchange, const http::Fields* of_source) {
    auto& sent = exchange.sent_trailers;
    const bool usual = takes_added_fields(exchange.response.status);
    for (const auto& edit : exchange.route->add_trailers) {
        const auto value = usual || edit.always ? exchange.render(edit.value) : std::string_view();
        if (!value.empty()) sent.add(exchange.arena(), http::make_field(edit.name, exchange.keep(value)));
    }
    if (of_source == nullptr) return;
    for (const auto& field : *of_source) sent.add(exchange.arena(), field);
}

std::uint64_t rate_of(Exchange& exchange) {
    if (!exchange.limit_rate) exchange.limit_rate = exchange.size_of(exchange.route->limit_rate);
    return *exchange.limit_rate;
}

void note_failed_response(Exchange& exchange, const Error& error) {
    exchange.keep_alive = false;
    const bool of_client = error.source != ErrorSource::upstream;
    if (of_client && error.code == ErrorCode::timed_out)
        exchange.reset = exchange.route->reset_timedout_connection;
    log::write_error(of_client ? log::LogLevel::info : log::LogLevel::error, exchange.route->error_logs,
                     exchange.client.number,
                     fmt::format("{} while sending the response, client: {}, request: \"{}\"",
                                 error.describe(), exchange.client_ip(), exchange.request.line));
}

void run_response_steps(Exchange& exchange) {
    if (exchange.error_status > 0) {
        exchange.response.status = exchange.error_status;
        exchange.response.reason = {};   // was that of the page
    }
    take_over_kept(exchange);
    make_location_absolute(exchange);
    settle_charset(exchange);
    set_delay(exchange);
    apply_expires(exchange);
    add_fields(exchange);
    const bool has_filters = exchange.filter_run != nullptr || !exchange.route->filters.empty();
    if (has_filters) run_response_filters(exchange);
}

BodyFraming choose_framing(Exchange& exchange) {
    auto& response = exchange.response;
    BodyFraming framing = BodyFraming::length;
    if (http::is_bodiless(response.status)) {
        framing = BodyFraming::none;
    } else {
        const bool chunks =
            exchange.request.version == http::Version::http_1_1 && exchange.route->chunked_transfer_encoding;
        if (chunks && adds_trailers(exchange)) response.length.reset();   // only chunks have trailers
        // An endpoint may announce what it does not send: it was asked with HEAD, or its 304 became another
        // status.
        const bool is_empty = std::holds_alternative<std::monostate>(response.body);
        if (is_empty && response.length && exchange.request.method != http::Method::head) response.length = 0;
        if (!response.length) framing = chunks ? BodyFraming::chunked : BodyFraming::until_close;
    }
    exchange.keep_alive = keeps_connection(exchange, framing);
    return framing;
}

void write_tunnel_head(Exchange& exchange, Buffer& out) {
    http::HeadWriter writer(out);
    writer.status_line(http::Version::http_1_1, exchange.response.status);
    write_own_fields(exchange, writer);
    for (const auto& field : exchange.response.fields) writer.field(field);
    writer.end();
}

void write_response_head(Exchange& exchange, BodyFraming framing, Buffer& out) {
    const auto& response = exchange.response;
    http::HeadWriter writer(out);
    if (response.reason.empty()) {
        writer.status_line(http::Version::http_1_1, response.status);
    } else {
        writer.status_line(http::Version::http_1_1, response.status, response.reason);
    }
    write_own_fields(exchange, writer);
    if (framing == BodyFraming::length && response.length) writer.content_length(*response.length);
    if (response.last_modified && !response.fields.contains(FieldId::last_modified)) {
        char date[http::http_date_bytes];
        writer.field(FieldId::last_modified, http::format_http_date(*response.last_modified, date));
    }
    write_connection_fields(exchange, framing, writer);
    for (const auto& field : response.fields) writer.field(field);
    writer.end();
}

}   // namespace gatehouse::exchange
