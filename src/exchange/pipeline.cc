#include "exchange/pipeline.h"

#include "base/text.h"
#include "exchange/error_page.h"
#include "exchange/filters/error_service.h"
#include "exchange/filters/filter_run.h"
#include "exchange/handlers/admin.h"
#include "exchange/handlers/choose_service.h"
#include "exchange/handlers/connect.h"
#include "exchange/handlers/files.h"
#include "exchange/handlers/forward.h"
#include "exchange/handlers/status.h"
#include "exchange/real_ip.h"
#include "exchange/respond.h"
#include "exchange/rewrite.h"
#include "exchange/rule_route.h"
#include "exchange/tls_checks.h"
#include "exchange/worker_state.h"
#include "http/status.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

constexpr unsigned redirect_limit = 10;

const log::ErrorLogs& logs_of(const Exchange& exchange) { return exchange.route->error_logs; }

// What no site's name takes goes to the rules if one of them matches, else to the default site.
void offer_to_rules(Exchange& exchange, const model::Site& rules) {
    const model::Site& otherwise = *exchange.site;
    exchange.site = &rules;
    exchange.route = rules.defaults.get();
    if (rules.rules->matcher->asks_for_client()) apply_real_ip(exchange);
    if (find_rule_route(exchange) == nullptr) exchange.site = &otherwise;
}

void choose_site(Exchange& exchange) {
    const auto& listener = exchange.listener.listener;
    if (listener.secure_site != nullptr && exchange.client.is_secure()) {
        exchange.site = listener.secure_site.get();
        exchange.route = exchange.site->defaults.get();
        return;
    }
    const model::Regex* regex = nullptr;
    model::Captures captures;
    const model::Site* named = exchange.listener.sites.find(exchange.host.name, captures, regex);
    exchange.site = named != nullptr ? named : &exchange.listener.sites.default_site();
    if (regex != nullptr) {
        exchange.captures = captures;
        exchange.take_named(*regex);
    }
    const bool connects = exchange.request.method == http::Method::connect;
    if (named == nullptr && listener.rule_site != nullptr && !connects)
        offer_to_rules(exchange, *listener.rule_site);
    exchange.route = exchange.site->defaults.get();
}

// TRACE is never answered, CONNECT only by sites that have a tunnel. What follows the head of a CONNECT is no
// request, whatever comes of it: the connection ends with the answer.
Outcome check_method(Exchange& exchange) {
    const auto method = exchange.request.method;
    if (method != http::Method::connect && method != http::Method::trace) return Outcome::go_on();
    exchange.keep_alive = false;
    exchange.lingering = true;
    const bool may_connect = method == http::Method::connect && exchange.site->has_tunnels &&
                             exchange.request.version != http::Version::http_1_0;
    if (!may_connect) {
        exchange.reason = "method-not-allowed";
        return Outcome::answer(405);
    }
    if (exchange.stream == nullptr && exchange.body.announced()) {   // as nginx
        exchange.reason = "connect-with-body";
        return Outcome::answer(400);
    }
    return Outcome::go_on();
}

// Points the exchange at a route: its limits hold from here on.
void enter(Exchange& exchange, const model::Route& route) {
    exchange.route = &route;
    exchange.body.configure({.timeout = route.client_body_timeout, .limit_bytes = route.max_body_bytes});
}

// The site's own script: before the search, at first and after each internal redirect.
Outcome run_site_script(Exchange& exchange) {
    if (exchange.site->script.empty()) return Outcome::go_on();
    const ScriptEnd end = run_script(exchange, exchange.site->script, true);
    exchange.uri_changed_by_break = false;
    return end.kind == ScriptEnd::Kind::outcome ? end.outcome : Outcome::go_on();
}

// By its location; go_on: it was entered.
Outcome enter_location(Exchange& exchange) {
    model::Captures captures;
    const model::Match match = exchange.site->routes->match(exchange.uri, captures);
    if (match.regex != nullptr) {
        exchange.captures = captures;
        exchange.take_named(*match.regex);
    }
    enter(exchange, *match.route);
    if (match.gave_up) {
        exchange.reason = "regex-limit";
        return Outcome::answer(500);
    }
    if (match.route->internal && !exchange.is_internal) return Outcome::answer(404);
    return match.add_slash ? redirect_with_slash(exchange) : Outcome::go_on();
}

// By the rules of the site.
Outcome enter_by_rules(Exchange& exchange) {
    const auto* route = find_rule_route(exchange);
    if (route == nullptr) return answer_no_route(exchange);
    enter(exchange, *route);
    return Outcome::go_on();
}

// The search for a route, then the route's script; again as long as a rewrite changed the URI.
Outcome find_route(Exchange& exchange) {
    while (true) {
        const Outcome entered =
            exchange.site->rules != nullptr ? enter_by_rules(exchange) : enter_location(exchange);
        if (entered.kind != Outcome::Kind::go_on) return entered;
        if (exchange.route->script.empty()) return Outcome::go_on();
        const ScriptEnd end = run_script(exchange, exchange.route->script, false);
        if (end.chosen != nullptr) enter(exchange, *end.chosen);
        if (end.kind == ScriptEnd::Kind::outcome) return end.outcome;
        if (end.kind == ScriptEnd::Kind::finished) return Outcome::go_on();
        if (++exchange.redirects > redirect_limit) {
            log::write_error(
                log::LogLevel::error, logs_of(exchange), exchange.client.number,
                fmt::format("rewrite or internal redirection cycle while processing \"{}\"", exchange.uri));
            exchange.reason = "redirect-loop";
            return Outcome::answer(500);
        }
    }
}

Outcome run_named_script(Exchange& exchange) {
    if (exchange.route->script.empty()) return Outcome::go_on();
    const ScriptEnd end = run_script(exchange, exchange.route->script, false);
    if (end.chosen != nullptr) enter(exchange, *end.chosen);
    if (end.kind == ScriptEnd::Kind::search_again) return find_route(exchange);
    return end.kind == ScriptEnd::Kind::outcome ? end.outcome : Outcome::go_on();
}

bool is_among(const std::vector<std::string>& methods, std::string_view method) {
    if (std::ranges::find(methods, method) != methods.end()) return true;
    return method == "HEAD" && std::ranges::find(methods, "GET") != methods.end();
}

Outcome check_limits(Exchange& exchange) {
    const auto& except = exchange.route->limit_except;
    if (except && !is_among(except->methods, exchange.method_text)) enter(exchange, *except->otherwise);
    if (exchange.body.exceeds_limit()) {
        exchange.reason = "client_max_body_size";
        log::write_error(
            log::LogLevel::error, logs_of(exchange), exchange.client.number,
            fmt::format("client intended to send too large body: {} bytes", exchange.body.framing().length));
        return Outcome::answer(413);
    }
    return Outcome::go_on();
}

Outcome check_access(Exchange& exchange) {
    const auto& rules = exchange.route->access;
    if (rules.rules.empty()) return Outcome::go_on();
    const auto* rule = rules.find(*exchange.client_address().get());
    if (rule == nullptr || rule->allow) return Outcome::go_on();
    exchange.reason = "access-denied";
    log::write_error(log::LogLevel::error, logs_of(exchange), exchange.client.number,
                     fmt::format("access forbidden by rule at {}, client: {}", rule->origin.describe(),
                                 exchange.client_ip()));
    return Outcome::answer(403);
}

loop::Task<Outcome> handle(Exchange& exchange) {
    const auto& handler = exchange.route->handler;
    const auto* tunnel = std::get_if<model::TunnelHandler>(&handler);
    const bool connects = exchange.method == http::Method::connect;
    if (connects != (tunnel != nullptr)) {
        exchange.reason = "method-not-allowed";
        return Outcome::answer(405);
    }
    if (tunnel != nullptr) return connect_tunnel(exchange, *tunnel);
    if (const auto* forwarding = std::get_if<model::ForwardHandler>(&handler))
        return forward(exchange, *forwarding);
    if (const auto* chosen = std::get_if<model::ChoiceHandler>(&handler))
        return forward_chosen(exchange, *chosen->choice);
    if (std::holds_alternative<model::StatusHandler>(handler)) return answer_status(exchange);
    if (std::holds_alternative<model::EmptyGifHandler>(handler)) return answer_empty_gif(exchange);
    if (const auto* admin = std::get_if<model::AdminHandler>(&handler)) return answer_admin(exchange, *admin);
    return serve_files(exchange);
}

loop::Task<Outcome> try_and_handle(Exchange& exchange) {
    if (exchange.route->try_files != nullptr) {
        const Outcome outcome = try_files(exchange, *exchange.route->try_files);
        if (outcome.kind != Outcome::Kind::go_on) return outcome;
    }
    return handle(exchange);
}

loop::Task<Outcome> pass_filters(Exchange& exchange) {
    const Outcome outcome = co_await run_request_filters(exchange);
    if (outcome.kind != Outcome::Kind::go_on) co_return outcome;
    co_return co_await try_and_handle(exchange);
}

// From the chosen route to what is to be answered.
loop::Task<Outcome> run_route(Exchange& exchange) {
    apply_real_ip(exchange);
    Outcome outcome = check_limits(exchange);
    if (outcome.kind == Outcome::Kind::go_on) outcome = check_access(exchange);
    if (outcome.kind != Outcome::Kind::go_on) return outcome;
    return exchange.route->filters.empty() ? try_and_handle(exchange) : pass_filters(exchange);
}

// Another way into the pipeline, after an internal redirect of either kind.
Outcome re_enter(Exchange& exchange, const Outcome& from) {
    if (++exchange.redirects > redirect_limit) {
        log::write_error(
            log::LogLevel::error, logs_of(exchange), exchange.client.number,
            fmt::format("rewrite or internal redirection cycle while internally redirecting to \"{}\"",
                        exchange.uri));
        exchange.reason = "redirect-loop";
        return Outcome::answer(500);
    }
    exchange.is_internal = true;
    exchange.uri_changed_by_break = false;
    if (exchange.filter_run != nullptr) leave_filters(exchange);
    if (from.kind == Outcome::Kind::redirect) {
        const Outcome outcome = run_site_script(exchange);
        return outcome.kind == Outcome::Kind::go_on ? find_route(exchange) : outcome;
    }
    const auto* locations = exchange.site->routes.get();
    const model::Route* named = locations == nullptr ? nullptr : locations->named(from.name);
    if (named == nullptr) {
        log::write_error(log::LogLevel::error, logs_of(exchange), exchange.client.number,
                         fmt::format("could not find named location \"{}\"", from.name));
        exchange.reason = "no-such-named-location";
        return Outcome::answer(500);
    }
    enter(exchange, *named);
    return run_named_script(exchange);
}

loop::Task<void> finish(Exchange& exchange, Outcome outcome) {
    while (true) {
        switch (outcome.kind) {
            case Outcome::Kind::go_on: outcome = co_await run_route(exchange); continue;
            case Outcome::Kind::redirect:
            case Outcome::Kind::named: outcome = re_enter(exchange, outcome); continue;
            case Outcome::Kind::status: {
                const Outcome page = choose_error_page(exchange, outcome.status);
                if (page.kind != Outcome::Kind::status) {
                    outcome = page;
                    continue;
                }
                if (const auto caught = catch_status(exchange, page.status)) {
                    outcome = *caught;
                    continue;
                }
                make_status_response(exchange, status_of_lost_page(exchange).value_or(page.status));
                co_await respond(exchange);
                co_return;
            }
            case Outcome::Kind::respond:
                if (const auto caught = catch_status(exchange, exchange.response.status)) {
                    outcome = *caught;
                    continue;
                }
                co_await respond(exchange);
                co_return;
            case Outcome::Kind::done: co_return;
            case Outcome::Kind::close:
                exchange.keep_alive = false;
                exchange.response.status = exchange.response.status == 200 ? 444 : exchange.response.status;
                co_return;
        }
    }
}

}   // namespace

Outcome redirect_with_slash(Exchange& exchange) {
    const auto path = http::escape(exchange.uri, http::Escape::uri, exchange.arena());
    const auto location = exchange.args.empty() ? exchange.arena().concat({path, "/"})
                                                : exchange.arena().concat({path, "/?", exchange.args});
    exchange.response = Response{};
    exchange.response.fields.add(exchange.arena(), http::make_field(http::FieldId::location, location));
    return Outcome::answer(301);
}

Outcome internal_redirect(Exchange& exchange, std::string_view target) {
    if (target.starts_with('@')) return Outcome::to_named(target);
    if (!target.starts_with('/')) {   // a URL of its own: the client goes there
        exchange.response = Response{};
        exchange.response.status = 302;
        exchange.response.fields.add(exchange.arena(), http::make_field(http::FieldId::location, target));
        return Outcome::answer(302);
    }
    const auto question = target.find('?');
    const auto args = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    exchange.set_uri(target.substr(0, question), args);
    return Outcome::redirect();
}

loop::Task<void> run_pipeline(Exchange& exchange) {
    choose_site(exchange);
    enter(exchange, *exchange.site->defaults);
    apply_real_ip(exchange);
    Outcome outcome = check_tls(exchange);
    if (outcome.kind != Outcome::Kind::go_on) return finish(exchange, outcome);
    outcome = check_method(exchange);
    if (outcome.kind == Outcome::Kind::go_on) outcome = run_site_script(exchange);
    if (outcome.kind == Outcome::Kind::go_on) outcome = find_route(exchange);
    return finish(exchange, outcome);
}

loop::Task<void> refuse(Exchange& exchange, int status) {
    exchange.site = &exchange.listener.sites.default_site();
    enter(exchange, *exchange.site->defaults);
    exchange.response.status = status == 0 ? 400 : status;
    if (exchange.reason.empty()) exchange.reason = "client-closed";
    log::write_error(log::LogLevel::info, logs_of(exchange), exchange.client.number,
                     fmt::format("client sent an invalid request ({}), client: {}", exchange.reason,
                                 exchange.client_ip()));
    if (status == 0) return {};   // the client left: nobody to answer
    return finish(exchange, Outcome::answer(status));
}

}   // namespace gatehouse::exchange
