#pragma once
// The descriptor table of a simulated world. Numbers start far above any real descriptor, so that one that
// strays into a real system call fails there, and are reused lowest first, as a kernel does: whoever keeps a
// closed number meets a stranger.

#include "loop/sim/sim_file.h"

#include <map>
#include <memory>

namespace gatehouse::loop {

class SimDescriptors {
public:
    explicit SimDescriptors(SimWorld& world) : world_(world) {}

    [[nodiscard]] int open(std::shared_ptr<SimFile> file, SimBackend& owner);
    [[nodiscard]] int duplicate(int fd, SimBackend& owner);   // another number for the same open file
    void replace(int fd, std::shared_ptr<SimFile> file);      // what a socket became
    void close(int fd);
    void forget(const SimBackend& owner);   // it is going: none of its watches may stay
    [[nodiscard]] SimFile* find(int fd);    // nullptr: EBADF, which is counted
    template <class T>
    [[nodiscard]] T* find_as(int fd) {
        return dynamic_cast<T*>(find(fd));
    }

    [[nodiscard]] std::size_t open_count() const { return entries_.size(); }
    [[nodiscard]] std::size_t open_count(const SimBackend& owner) const;
    [[nodiscard]] std::size_t misuses() const { return misuses_; }   // calls on numbers that were not open

private:
    struct Entry {
        std::shared_ptr<SimFile> file;
        const SimBackend* owner;
    };
    SimWorld& world_;
    std::map<int, Entry> entries_;
    std::size_t misuses_ = 0;
};

}   // namespace gatehouse::loop
