#include "model/filters/take_over.h"

namespace gatehouse::model {
namespace {

template <class Settings>
void take_over(Settings& /*made*/, const Settings& /*former*/) {}   // remembers nothing

// Nothing in what these remember depends on the settings they were made with.
void take_over(BasicAuth& made, const BasicAuth& former) { made.verified = former.verified; }
void take_over(DigestAuth& made, const DigestAuth& former) { made.secret = former.secret; }
void take_over(RequestRate& made, const RequestRate& former) { made.buckets = former.buckets; }
void take_over(RequestsInFlight& made, const RequestsInFlight& former) { made.counts = former.counts; }
void take_over(CircuitBreaker& made, const CircuitBreaker& former) { made.circuit = former.circuit; }

}   // namespace

void take_over_memory(Filter& made, const Filter& former) {
    std::visit(
        [&](auto& settings) {
            using Settings = std::remove_cvref_t<decltype(settings)>;
            const auto* before = std::get_if<Settings>(&former.settings);
            if (before != nullptr) take_over(settings, *before);
        },
        made.settings);
}

}   // namespace gatehouse::model
