#pragma once
// Requests about the gateway itself, answered by model::Admin. That may take long, so it happens in the
// background: a worker goes on serving.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

loop::Task<Outcome> answer_admin(Exchange& exchange, const model::AdminHandler& handler);

}   // namespace gatehouse::exchange
