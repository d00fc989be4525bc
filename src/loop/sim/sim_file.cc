#include "loop/sim/sim_file.h"

#include "loop/sim/sim_backend.h"
#include "loop/sim/sim_world.h"

#include <algorithm>
#include <cerrno>

namespace gatehouse::loop {

int SimFile::watch(SimBackend& backend, int fd, Channel& channel, bool exclusive) {
    const bool known = std::ranges::any_of(
        watches_, [&](const auto& watch) { return watch->backend == &backend && watch->fd == fd; });
    if (known) return -EEXIST;
    auto& watch = *watches_.emplace_back(std::make_unique<SimWatch>());
    watch.file = this;
    watch.backend = &backend;
    watch.fd = fd;
    watch.channel = &channel;
    watch.exclusive = exclusive;
    mark_ready(watch);   // adding reports what is ready already
    return 0;
}

void SimFile::unwatch(const SimBackend& backend, int fd) {
    std::erase_if(watches_, [&](const auto& watch) { return watch->backend == &backend && watch->fd == fd; });
}

void SimFile::unwatch(const SimBackend& backend) {
    std::erase_if(watches_, [&](const auto& watch) { return watch->backend == &backend; });
}

void SimFile::close_last_descriptor() {
    watches_.clear();
    on_last_close();
}

bool SimFile::watched_as(int fd) const {
    return std::ranges::any_of(watches_, [fd](const auto& watch) { return watch->fd == fd; });
}

void SimFile::take_watches_of(SimFile& other) {
    for (auto& watch : other.watches_) {
        watch->file = this;
        watches_.push_back(std::move(watch));
    }
    other.watches_.clear();
}

void SimFile::mark_ready(SimWatch& watch) {
    if (!watch.linked()) watch.backend->add_ready(watch);
}

void SimFile::notify() {
    std::vector<SimWatch*> sharing;
    for (const auto& watch : watches_) {
        if (watch->exclusive) {
            sharing.push_back(watch.get());
        } else {
            mark_ready(*watch);
        }
    }
    // epoll_ctl(2), EPOLLEXCLUSIVE: "one or more" of the waiters are woken
    while (!sharing.empty()) {
        const auto chosen =
            sharing.begin() + static_cast<std::ptrdiff_t>(world_.random().below(sharing.size()));
        mark_ready(**chosen);
        sharing.erase(chosen);
        if (!world_.random().one_in(4)) break;
    }
}

}   // namespace gatehouse::loop
