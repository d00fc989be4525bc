#pragma once
// Asks a service for the page of an error, whoever made that: the endpoint, a later filter or Gatehouse
// itself. The page comes with the error's status; filters before this one have their say in it, as in every
// answer, those behind it do not.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/error_service.h"

#include <optional>

namespace gatehouse::exchange {

[[nodiscard]] inline Outcome on_request(Exchange&, const model::ErrorService&) { return Outcome::go_on(); }

// Whether a filter that was entered replaces answers of this status.
[[nodiscard]] bool is_caught(const Exchange& exchange, int status);
// Points the exchange at the page. go_on: its route is to be run; nullopt: nobody catches this status. When
// the page cannot be had, `status_of_lost_page` says what the client is told.
[[nodiscard]] std::optional<Outcome> catch_status(Exchange& exchange, int status);
[[nodiscard]] std::optional<int> status_of_lost_page(const Exchange& exchange);

}   // namespace gatehouse::exchange
