#include "loop/sim/sim_descriptors.h"

#include "loop/sim/sim_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gatehouse::loop {
namespace {

constexpr int first_number = 1'000'000;

}   // namespace

int SimDescriptors::open(std::shared_ptr<SimFile> file, SimBackend& owner) {
    int fd = first_number;
    for (const auto& [used, entry] : entries_) {
        if (used != fd) break;
        ++fd;
    }
    ++file->descriptors;
    entries_.emplace(fd, Entry{std::move(file), &owner});
    return fd;
}

int SimDescriptors::duplicate(int fd, SimBackend& owner) {
    const auto found = entries_.find(fd);
    return found == entries_.end() ? -EBADF : open(found->second.file, owner);
}

void SimDescriptors::replace(int fd, std::shared_ptr<SimFile> file) {
    auto& entry = entries_.at(fd);
    file->take_watches_of(*entry.file);
    file->descriptors = entry.file->descriptors;
    entry.file = std::move(file);
}

void SimDescriptors::close(int fd) {
    const auto found = entries_.find(fd);
    if (found == entries_.end()) {
        ++misuses_;
        return;
    }
    const auto file = found->second.file;
    entries_.erase(found);
    if (--file->descriptors == 0) {
        file->close_last_descriptor();
    } else if (file->watched_as(fd)) {
        // epoll would go on reporting to a channel that is gone
        std::fprintf(stderr, "sim: descriptor %d of a shared open file was closed while watched\n", fd);
        std::abort();
    }
}

void SimDescriptors::forget(const SimBackend& owner) {
    for (auto& [fd, entry] : entries_) {
        entry.file->unwatch(owner);
        if (entry.owner == &owner) entry.owner = nullptr;
    }
}

SimFile* SimDescriptors::find(int fd) {
    const auto found = entries_.find(fd);
    if (found != entries_.end()) return found->second.file.get();
    ++misuses_;
    world_.trace("bad descriptor", fd, 0);
    return nullptr;
}

std::size_t SimDescriptors::open_count(const SimBackend& owner) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [&owner](const auto& item) { return item.second.owner == &owner; }));
}

}   // namespace gatehouse::loop
