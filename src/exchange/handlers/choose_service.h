#pragma once
// Forwards an exchange to one of the services that its route's is a choice of (model/service_choice.h); sends
// copies to mirrors; goes to another when the first fails.

#include "exchange/pipeline.h"
#include "model/service_choice.h"

namespace gatehouse::exchange {

loop::Task<Outcome> forward_chosen(Exchange& exchange, const model::ServiceChoice& choice);
// The same of a part of one.
loop::Task<Outcome> forward_to(Exchange& exchange, const model::ServicePart& part);

}   // namespace gatehouse::exchange
