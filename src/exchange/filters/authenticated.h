#pragma once
// What follows once somebody is known, however that was found out.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// `header_field`: the name goes on in it; "": in none. `remove`: Authorization does not go on.
void authenticated(Exchange& exchange, std::string_view user, std::string_view header_field, bool remove);

}   // namespace gatehouse::exchange
