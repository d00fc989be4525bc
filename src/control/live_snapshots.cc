#include "control/live_snapshots.h"

#include <fmt/format.h>

#include <utility>

namespace gatehouse::control {

std::shared_ptr<const model::Snapshot> LiveSnapshots::hold(std::shared_ptr<const model::Snapshot> snapshot) {
    ++*count_;
    if (*count_ == notice_above + 1) {
        report_(
            model::LogLevel::notice,
            fmt::format(
                "{} configurations are in use at once, because requests that began with earlier ones still "
                "run; at {} no further one is taken",
                *count_, limit));
    }
    const model::Snapshot* plain = snapshot.get();
    // The last holder's thread only posts; the message, and the snapshot with it, dies on control's.
    auto bring_home = [&loop = loop_, count = count_,
                       held = std::move(snapshot)](const model::Snapshot*) mutable {
        loop.post([count = std::move(count), last = std::move(held)]() mutable {
            last.reset();
            --*count;
        });
    };
    return {plain, std::move(bring_home)};
}

}   // namespace gatehouse::control
