#include "loop/sim/fault_plan.h"

namespace gatehouse::loop {

using namespace std::chrono_literals;

FaultPlan FaultPlan::draw(Random& random) {
    const auto sometimes = [&random](PerMille at_most) {
        return random.one_in(3) ? static_cast<PerMille>(1 + random.below(at_most)) : 0;
    };
    FaultPlan plan;
    plan.latency_max = std::chrono::microseconds(20 + random.below(random.one_in(4) ? 200'000 : 2000));
    plan.fragments = sometimes(500);
    plan.stalls = sometimes(20);
    plan.refused = sometimes(100);
    plan.unreachable = sometimes(50);
    plan.unanswered = sometimes(50);
    plan.resets = sometimes(200);
    plan.vanishings = sometimes(50);
    plan.fault_bytes = 1ULL << (3 + random.below(15));
    plan.short_writes = sometimes(300);
    plan.no_descriptors = sometimes(50);
    plan.small_batches = sometimes(500);
    plan.wake_delay_max = random.one_in(3) ? 50ms : 0ms;
    if (random.one_in(2)) {
        plan.buffer_bytes_min = 1 + random.below(2048);
        plan.buffer_bytes_max = plan.buffer_bytes_min + random.below(64 * 1024);
    }
    return plan;
}

}   // namespace gatehouse::loop
