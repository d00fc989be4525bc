#include "exchange/filters/error_service.h"

#include "exchange/filters/filter_run.h"
#include "exchange/filters/request_facts.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

// Which of the entered filters catches it: the innermost.
const model::ErrorService* catching(const FilterRun& run, int status, std::size_t& position) {
    if (run.page_status) return nullptr;   // one page is enough
    const auto entered = run.entered();
    for (position = entered.size(); position > 0; --position) {
        const auto* filter = std::get_if<model::ErrorService>(&entered[position - 1]->settings);
        if (filter != nullptr && filter->statuses.contains(status)) return filter;
    }
    return nullptr;
}

void put_in(std::string& text, std::string_view placeholder, std::string_view value) {
    for (auto at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + value.size()))
        text.replace(at, placeholder.size(), value);
}

std::string_view page_target(Exchange& exchange, const model::ErrorService& settings, int status,
                             int answered) {
    auto& arena = exchange.arena();
    const auto scheme = exchange.client.is_secure() ? "https://" : "http://";
    const auto url = arena.concat({scheme, host_as_sent(exchange), request_uri(exchange)});
    std::string text = settings.query.starts_with('/') ? settings.query : "/" + settings.query;
    put_in(text, "{status}", fmt::format("{}", answered));
    put_in(text, "{originalStatus}", fmt::format("{}", status));
    put_in(text, "{url}", http::escape(url, http::Escape::component, arena));
    return arena.copy(text);
}

int answered_status(const model::ErrorService& settings, int status) {
    for (const auto& [from, to] : settings.rewrites) {
        if (from.contains(status)) return to;
    }
    return status;
}

}   // namespace

bool is_caught(const Exchange& exchange, int status) {
    std::size_t position = 0;
    return exchange.filter_run != nullptr && catching(*exchange.filter_run, status, position) != nullptr;
}

std::optional<Outcome> catch_status(Exchange& exchange, int status) {
    if (exchange.filter_run == nullptr) return {};
    auto& run = *exchange.filter_run;
    std::size_t position = 0;
    const auto* filter = catching(run, status, position);
    if (filter == nullptr) return {};
    const int answered = answered_status(*filter, status);
    const auto target = page_target(exchange, *filter, status, answered);
    run.leave_from(position - 1);
    run.page_status = answered;
    exchange.body.abandon();   // also one that was read: it is not for the page
    exchange.error_page_used = true;
    exchange.response = Response{};
    exchange.error_status = answered;
    exchange.route = filter->page.get();
    exchange.method = http::Method::get;
    exchange.method_text = "GET";
    const auto question = target.find('?');
    const auto path = target.substr(0, question);
    const auto args = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    exchange.args = args;
    set_path(exchange, path);
    exchange.uri_changed_by_break = false;
    return Outcome::go_on();
}

std::optional<int> status_of_lost_page(const Exchange& exchange) {
    return exchange.filter_run == nullptr ? std::nullopt : exchange.filter_run->page_status;
}

}   // namespace gatehouse::exchange
