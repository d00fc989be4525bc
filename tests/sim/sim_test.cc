// Many seeds, one promise. SEED=7 runs one again, with SIM_TRACE=1 telling every call; SEEDS=20000 runs many.

#include "simulation.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gatehouse::simulation {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : parse_decimal(value).value_or(otherwise);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t usual_seeds = 150;
#else
constexpr std::uint64_t usual_seeds = 600;
#endif

struct Run {
    std::uint64_t trace_hash = 0;
    bool good = true;
    Simulation::Answered answered;
};

Run run_one(std::uint64_t seed) {
    auto simulation = std::make_unique<Simulation>(seed);
    if (setting("SIM_TRACE", 0) != 0) simulation->print_trace();
    const auto violations = simulation->run();
    for (const auto& text : violations) ADD_FAILURE() << "seed " << seed << ": " << text;
    if (!violations.empty()) ADD_FAILURE() << "again with: ./dev sim SEED=" << seed;
    const Run run{.trace_hash = simulation->trace_hash(),
                  .good = violations.empty(),
                  .answered = simulation->answered()};
    // strands that cannot be ended must not be destroyed either
    if (simulation->is_stuck()) [[maybe_unused]]
        const auto* leaked = simulation.release();
    return run;
}

TEST(Simulation, EverySeedKeepsThePromises) {
    if (const auto seed = setting("SEED", 0); seed != 0) {
        run_one(seed);
        return;
    }
    const auto seeds = setting("SEEDS", usual_seeds);
    int failed = 0;
    Simulation::Answered answered;
    for (std::uint64_t seed = 1; seed <= seeds && failed < 10; ++seed) {
        const auto run = run_one(seed);
        if (!run.good) ++failed;
        answered.by_h1 += run.answered.by_h1;
        answered.by_h2 += run.answered.by_h2;
        answered.by_tls += run.answered.by_tls;
        answered.over_h2 += run.answered.over_h2;
        answered.over_tls += run.answered.over_tls;
        answered.tunnels += run.answered.tunnels;
    }
    // what never happens proves nothing
    EXPECT_GT(answered.by_h1, seeds);
    EXPECT_GT(answered.by_h2, seeds / 2);
    EXPECT_GT(answered.by_tls, seeds / 4);
    EXPECT_GT(answered.over_h2, seeds / 2);
    EXPECT_GT(answered.over_tls, seeds / 4);
    EXPECT_GT(answered.tunnels, seeds / 10);
}

TEST(Simulation, ASeedIsReplayedExactly) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
        EXPECT_EQ(run_one(seed).trace_hash, run_one(seed).trace_hash) << "seed " << seed;
}

}   // namespace
}   // namespace gatehouse::simulation
