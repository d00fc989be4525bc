#pragma once
// Which endpoint an exchange goes to next.

#include "exchange/exchange.h"
#include "upstream/endpoint_lease.h"

#include <span>

namespace gatehouse::exchange {

// By the service's method, from what the request says where that counts (ip_hash, hash). Errors as of
// upstream::choose_endpoint(). `tried` are left out.
[[nodiscard]] Result<upstream::EndpointLease> choose_for(Exchange& exchange, const model::Service& service,
                                                         std::span<const model::Endpoint* const> tried);

// The client's address as bytes: what it is led to the same endpoint or service by.
[[nodiscard]] std::string_view address_key(Exchange& exchange);

}   // namespace gatehouse::exchange
