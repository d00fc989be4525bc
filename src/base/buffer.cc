#include "base/buffer.h"

#include "base/free_list.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace gatehouse {
namespace {

constinit thread_local FreeList small_buffers(Buffer::small_bytes, 4096);
constinit thread_local FreeList standard_buffers(Buffer::standard_bytes, 1024);
constinit thread_local FreeList large_buffers(Buffer::large_bytes, 128);

FreeList* list_for(std::size_t bytes) {
    switch (bytes) {
        case Buffer::small_bytes: return &small_buffers;
        case Buffer::standard_bytes: return &standard_buffers;
        case Buffer::large_bytes: return &large_buffers;
        default: return nullptr;
    }
}

char* allocate(std::size_t bytes) {
    if (auto* list = list_for(bytes)) return static_cast<char*>(list->take());
    auto* memory = static_cast<char*>(std::malloc(bytes));
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void deallocate(char* memory, std::size_t bytes) {
    if (auto* list = list_for(bytes)) {
        list->give(memory);
    } else {
        std::free(memory);
    }
}

}   // namespace

void Buffer::make_room(std::size_t bytes) {
    const std::size_t used = size();
    if (capacity_ - used >= bytes && begin_ > 0) {
        std::memmove(data_, data_ + begin_, used);
    } else {
        std::size_t wanted = std::max(wanted_, capacity_);
        while (wanted - used < bytes) wanted *= 2;
        if (wanted > std::numeric_limits<Size>::max()) throw std::bad_alloc();
        char* bigger = allocate(wanted);
        if (used > 0) std::memcpy(bigger, data_ + begin_, used);
        if (data_ != nullptr) deallocate(data_, capacity_);
        data_ = bigger;
        capacity_ = static_cast<Size>(wanted);
    }
    begin_ = 0;
    end_ = static_cast<Size>(used);
}

void Buffer::move_to_small() {
    char* smaller = static_cast<char*>(small_buffers.take());
    std::memcpy(smaller, data_ + begin_, size());
    deallocate(data_, capacity_);
    data_ = smaller;
    end_ = static_cast<Size>(size());
    begin_ = 0;
    capacity_ = small_bytes;
}

void Buffer::give_back() {
    deallocate(data_, capacity_);
    data_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

}   // namespace gatehouse
