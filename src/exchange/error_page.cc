#include "exchange/error_page.h"

#include "exchange/worker_state.h"
#include "http/grpc.h"
#include "http/status.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

// nginx closes after these, whatever the client asked for: what follows on the connection cannot be trusted.
bool ends_connection(int status) {
    switch (status) {
        case 400:
        case 408:
        case 413:
        case 414:
        case 431:
        case 495:
        case 496:
        case 497:
        case 500:
        case 501: return true;
        default: return false;
    }
}

std::string_view title_of(Exchange& exchange, int status) {
    const auto phrase = http::reason_phrase(status);
    const auto number = exchange.keep(fmt::format_int(status).c_str());
    return phrase.empty() ? number : exchange.arena().concat({number, " ", phrase});
}

// nginx's own statuses, which configurations know (error_page 497) and clients see as 400.
std::string_view detail_of(int status) {
    switch (status) {
        case 494: return "Request Header Or Cookie Too Large";
        case 495: return "The SSL certificate error";
        case 496: return "No required SSL certificate was sent";
        case 497: return "The plain HTTP request was sent to HTTPS port";
        default: return {};
    }
}

int visible_status(int status) { return detail_of(status).empty() ? status : 400; }

std::string_view page_for(Exchange& exchange, int status) {
    const auto detail = detail_of(status);
    const auto title =
        detail.empty() ? title_of(exchange, status) : exchange.arena().concat({"400 ", detail});
    const auto heading = detail.empty() ? title : title_of(exchange, 400);
    const auto line =
        detail.empty() ? detail : exchange.arena().concat({"<center>", detail, "</center>\r\n"});
    const auto& server = exchange.route->server_field;
    const std::string_view by = server.empty() ? std::string_view("gatehouse") : std::string_view(server);
    return exchange.arena().concat(
        {"<html>\r\n<head><title>", title, "</title></head>\r\n<body>\r\n<center><h1>", heading,
         "</h1></center>\r\n", line, "<hr><center>", by, "</center>\r\n</body>\r\n</html>\r\n"});
}

// What a handler said beside its error.
bool stays_with_error(http::FieldId id) {
    return id == http::FieldId::content_range || id == http::FieldId::retry_after ||
           id == http::FieldId::www_authenticate || id == http::FieldId::allow;
}

// A 401 is of no use without them, whatever page comes with it.
void keep_challenges(Exchange& exchange) {
    for (const auto& field : exchange.response.fields) {
        if (field.id == http::FieldId::www_authenticate) exchange.kept_fields.add(exchange.arena(), field);
    }
}

// gRPC clients look for the status of a call in "grpc-status"; a response of trailers only (one head that
// ends the stream) is how it is told to them.
void make_grpc_response(Exchange& exchange, int status) {
    auto& arena = exchange.arena();
    Response fresh;
    fresh.status = 200;
    fresh.content_type = "application/grpc";
    fresh.charset_settled = true;
    fresh.fields.add(arena, http::make_field("grpc-status", http::grpc_status_of(status)));
    fresh.fields.add(arena, http::make_field("grpc-message", title_of(exchange, status)));
    exchange.response = std::move(fresh);
}

}   // namespace

Outcome choose_error_page(Exchange& exchange, int status) {
    const auto& route = *exchange.route;
    if (ends_connection(status)) {
        exchange.keep_alive = false;
        exchange.lingering = true;
    }
    if (exchange.error_page_used && !route.recursive_error_pages) return Outcome::answer(status);
    const auto page = route.error_pages.find(status);
    if (page == route.error_pages.end()) return Outcome::answer(status);
    exchange.error_page_used = true;
    if (!exchange.body.done()) exchange.body.abandon();
    keep_challenges(exchange);
    const auto& chosen = *page->second;
    const auto target = exchange.keep(exchange.render(chosen.uri));
    exchange.error_status = chosen.overwrite == -1 ? visible_status(status) : chosen.overwrite;
    if (target.starts_with('@')) {
        exchange.response = Response{};
        return internal_redirect(exchange, target);
    }
    if (target.starts_with('/')) {
        if (exchange.method != http::Method::head) {   // the page is fetched, not posted to
            exchange.method = http::Method::get;
            exchange.method_text = "GET";
        }
        exchange.response = Response{};
        return internal_redirect(exchange, target);
    }
    // an absolute URL: a redirect for the client, 302 unless another redirect status was given
    exchange.response = Response{};
    exchange.response.fields.add(exchange.arena(), http::make_field(http::FieldId::location, target));
    const int wanted = chosen.overwrite > 0 && http::is_redirect(chosen.overwrite) ? chosen.overwrite : 302;
    exchange.error_status = 0;
    return Outcome::answer(wanted);
}

bool is_grpc_call(const Exchange& exchange) {
    return exchange.stream != nullptr &&
           http::is_grpc(exchange.request.fields.value_of(http::FieldId::content_type));
}

void make_status_response(Exchange& exchange, int status) {
    exchange.error_status = 0;   // an error on the way to an error page speaks for itself
    if (status >= 400 && is_grpc_call(exchange)) return make_grpc_response(exchange, visible_status(status));
    auto& response = exchange.response;
    Response fresh;
    fresh.status = visible_status(status);
    if (const auto* location = response.fields.find(http::FieldId::location)) {
        fresh.fields.add(exchange.arena(), *location);
    }
    for (const auto& field : response.fields) {
        if (stays_with_error(field.id)) fresh.fields.add(exchange.arena(), field);
    }
    response = std::move(fresh);
    if (http::is_bodiless(status) || status < 300) {
        response.length = http::is_bodiless(status) ? std::nullopt : std::optional<std::uint64_t>(0);
        return;
    }
    const bool is_page = exchange.route->error_text == model::Route::ErrorText::page;
    const auto text = is_page ? page_for(exchange, status) : http::standard_phrase(visible_status(status));
    response.body = text;
    response.length = text.size();
    if (!is_page) response.reason = text;
    response.content_type = is_page ? "text/html" : "text/plain; charset=utf-8";
}

}   // namespace gatehouse::exchange
