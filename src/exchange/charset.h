#pragma once
// The charset of a response (nginx's charset module): which one is announced, and whether its text has to be
// converted from another.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// Adds the route's charset to the response's Content-Type where that belongs, and sets response.recoding
// where the text is in another. Does nothing the second time: before ranges are cut out of a file, and at the
// latest before the head is written.
void settle_charset(Exchange& exchange);

}   // namespace gatehouse::exchange
