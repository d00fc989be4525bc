#pragma once
// A directory's listing (autoindex) in nginx's four formats: an HTML page, XML, JSON, JSONP. Directories
// first, by name; hidden names left out.

#include "exchange/exchange.h"

#include <string_view>

namespace gatehouse::exchange {

// Fills exchange.response; else an errno.
[[nodiscard]] int list_directory(Exchange& exchange, std::string_view path);

}   // namespace gatehouse::exchange
