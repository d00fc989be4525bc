#pragma once
// Signals as something to poll for: those the keeper answers are blocked and read from a descriptor, so that
// none ever interrupts anything. A child that was forked undoes it with release_signals().

#include "main/unique_fd.h"

#include <optional>

namespace gatehouse::process {

class SignalSource {
public:
    SignalSource();
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::optional<int> next();   // never waits

private:
    UniqueFd fd_;
};

// In a child: unblocks every signal; those that are meant for the keeper (a terminal's Ctrl-C, a service
// manager's TERM to the whole group) are ignored.
void release_signals();

}   // namespace gatehouse::process
