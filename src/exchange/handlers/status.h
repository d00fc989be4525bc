#pragma once
// Small handlers that answer from memory: stub_status and the one-pixel image of empty_gif.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

Outcome answer_status(Exchange& exchange);
Outcome answer_empty_gif(Exchange& exchange);

}   // namespace gatehouse::exchange
