#pragma once
// SimWorld: a small universe in one thread: one seeded Random, one virtual clock, the open files and the
// network of all SimBackends in it, and the order in which their loops take turns. Time passes only when no
// loop has anything to do. The same seed and the same program give the same run, which trace_hash() attests.
// It must outlive its backends and loops.

#include "base/random.h"
#include "loop/backend.h"
#include "loop/sim/fault_plan.h"
#include "loop/sim/sim_descriptors.h"
#include "loop/sim/sim_network.h"

#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::loop {

class Loop;
class SimBackend;

class SimWorld {
public:
    enum class Outcome {
        met,          // the predicate holds
        time_limit,   // it did not within the virtual time given
        idle,         // and never will: nothing is ready, under way or timed
        spinning,     // loops take turns without end while no time passes
    };

    explicit SimWorld(std::uint64_t seed);
    ~SimWorld();
    SimWorld(const SimWorld&) = delete;
    SimWorld& operator=(const SimWorld&) = delete;

    // A loop with a backend of this world, owned by the world and taking part in run_until().
    [[nodiscard]] Loop& make_loop(const FaultPlan& plan = {});
    // For a loop somebody else owns: give it such a backend, then let the world drive it.
    [[nodiscard]] std::unique_ptr<SimBackend> make_backend(const FaultPlan& plan = {});
    void drive(Loop& loop);

    Outcome run_until(const std::function<bool()>& done, Duration limit);

    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] bool chance(FaultPlan::PerMille per_mille) {
        return per_mille > 0 && random_.below(1000) < per_mille;
    }
    [[nodiscard]] Duration between(Duration least, Duration most);
    [[nodiscard]] TimePoint now() const { return now_; }
    [[nodiscard]] WallTime wall_time() const;
    void shift_wall_time(Duration by) { wall_shift_ += by; }   // somebody sets the clock
    // Between turns, by the world: an event that has work for a loop posts it there.
    void at(TimePoint when, std::function<void()> event);
    void after(Duration delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }

    [[nodiscard]] SimDescriptors& descriptors() { return descriptors_; }
    [[nodiscard]] SimNetwork& network() { return network_; }

    // Every call and its answer goes into the hash; print_trace() also writes them to stderr.
    void trace(std::string_view what, std::int64_t subject, std::int64_t answer);
    [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }
    void print_trace() { printing_ = true; }

private:
    friend class SimBackend;
    void run_due_events();
    bool turn_one_loop();
    bool advance_time(TimePoint limit);

    Random random_;
    TimePoint now_;
    Duration wall_shift_ = Duration::zero();
    std::uint64_t trace_hash_ = 0;
    bool printing_ = false;
    std::uint64_t event_number_ = 0;
    std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> events_;
    SimDescriptors descriptors_;
    SimNetwork network_;
    std::vector<SimBackend*> backends_;   // in order of creation
    std::vector<std::unique_ptr<Loop>> loops_;
};

}   // namespace gatehouse::loop
