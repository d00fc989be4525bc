#pragma once
// LiveSnapshots: counts the snapshots that somebody still uses and brings each back to control's thread to
// die there: freeing a large model takes milliseconds that a worker does not have. A snapshot lives as long
// as an exchange that began with it; so their number is bounded by how often the configuration changes while
// the slowest exchange runs.

#include "control/report.h"
#include "loop/loop.h"
#include "model/snapshot.h"

#include <memory>

namespace gatehouse::control {

class LiveSnapshots {
public:
    static constexpr std::size_t notice_above = 16;
    static constexpr std::size_t limit = 256;   // beyond it, no new configuration is taken

    LiveSnapshots(loop::Loop& loop, const Report& report) : loop_(loop), report_(report) {}

    [[nodiscard]] bool full() const { return *count_ >= limit; }
    [[nodiscard]] std::size_t count() const { return *count_; }
    // The same snapshot, counted until the last holder, on whatever thread, lets go. The loop must outlive
    // it.
    [[nodiscard]] std::shared_ptr<const model::Snapshot> hold(
        std::shared_ptr<const model::Snapshot> snapshot);

private:
    loop::Loop& loop_;
    const Report& report_;
    std::shared_ptr<std::size_t> count_ =
        std::make_shared<std::size_t>(0);   // control's thread; may outlive this object
};

}   // namespace gatehouse::control
