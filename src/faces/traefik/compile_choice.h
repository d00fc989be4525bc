#pragma once
// Traefik's services that are made of services (weighted, highestRandomWeight, mirroring, failover) → choices
// of the model. Pure.

#include "faces/traefik/compile_services.h"
#include "model/service_choice.h"

#include <functional>
#include <memory>
#include <string>

namespace gatehouse::traefik {

[[nodiscard]] bool is_choice(const Service& written);

// A service that another is made of.
struct FoundPart {
    std::shared_ptr<const model::ForwardHandler> forward;   // one of these; neither: …
    std::shared_ptr<const model::ServiceChoice> choice;
    bool reports_health = false;   // it is known whether it is down
    std::string problem;           // … why it cannot be had, a sentence
};
using FindPart = std::function<FoundPart(const std::string& qualified)>;

// `name`: qualified; what it names is of the same provider unless it says another. The errors of its parts
// are its own.
[[nodiscard]] CompiledService compile_choice(const std::string& name, const Service& written,
                                             const FindPart& find);

}   // namespace gatehouse::traefik
