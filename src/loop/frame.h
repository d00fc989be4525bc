#pragma once
// Memory of coroutine frames: per-thread free lists by size class of 64 bytes. Larger ones are rare and go to
// malloc.

#include "base/free_list.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace gatehouse::loop {

class FrameLists {
public:
    static constexpr std::size_t class_bytes = 64;
    static constexpr std::size_t class_count = 64;
    static constexpr std::size_t kept_per_class = 512;

    constexpr FrameLists() : FrameLists(std::make_index_sequence<class_count>()) {}
    [[nodiscard]] FreeList* list_for(std::size_t bytes) {
        const std::size_t index = (bytes - 1) / class_bytes;
        return index < class_count ? &lists_[index] : nullptr;
    }

private:
    template <std::size_t... I>
    constexpr explicit FrameLists(std::index_sequence<I...>)
        : lists_{FreeList((I + 1) * class_bytes, kept_per_class)...} {}
    std::array<FreeList, class_count> lists_;
};
extern constinit thread_local FrameLists frame_lists;

[[nodiscard]] inline void* allocate_frame(std::size_t bytes) {
    if (FreeList* list = frame_lists.list_for(bytes)) return list->take();
    void* memory = std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

inline void free_frame(void* frame, std::size_t bytes) noexcept {
    if (FreeList* list = frame_lists.list_for(bytes)) {
        list->give(frame);
    } else {
        std::free(frame);
    }
}

}   // namespace gatehouse::loop
