#pragma once
// SimFile: an open file of the simulated kernel, which one or more descriptors name; and SimWatch: the
// interest one backend has in it. Notifying follows epoll: an edge puts the watch on its backend's ready
// list, and only when the backend waits is the file asked what it is ready for. Of several shared (exclusive)
// watches an edge wakes at least one.

#include "base/intrusive_list.h"
#include "loop/backend.h"

#include <memory>
#include <vector>

namespace gatehouse::loop {

class SimBackend;
class SimFile;
class SimWorld;

struct SimWatch : ListNode {
    SimFile* file = nullptr;
    SimBackend* backend = nullptr;
    int fd = -1;
    Channel* channel = nullptr;
    bool exclusive = false;
};

class SimFile {
public:
    explicit SimFile(SimWorld& world) : world_(world) {}
    virtual ~SimFile() = default;
    SimFile(const SimFile&) = delete;
    SimFile& operator=(const SimFile&) = delete;

    // What a level-triggered poll would say now; the channel is left to the caller.
    [[nodiscard]] virtual Readiness poll() = 0;
    void close_last_descriptor();   // forgets every watch

    [[nodiscard]] int watch(SimBackend& backend, int fd, Channel& channel, bool exclusive);
    void unwatch(const SimBackend& backend, int fd);
    void unwatch(const SimBackend& backend);   // whatever the descriptor
    [[nodiscard]] bool watched_as(int fd) const;
    void take_watches_of(SimFile& other);   // of the file this one replaces behind a descriptor
    void notify();                          // something changed for the better

    int descriptors = 0;

protected:
    [[nodiscard]] SimWorld& world() const { return world_; }

private:
    virtual void on_last_close() = 0;
    static void mark_ready(SimWatch& watch);
    SimWorld& world_;
    std::vector<std::unique_ptr<SimWatch>> watches_;
};

}   // namespace gatehouse::loop
