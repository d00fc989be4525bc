#include "base/buffer.h"

#include "base/free_list.h"

#include <algorithm>
#include <cstdlib>

namespace gatehouse {
namespace {

thread_local FreeList standard_buffers(Buffer::standard_bytes, 1024);
thread_local FreeList large_buffers(Buffer::large_bytes, 128);

FreeList* list_for(std::size_t bytes) {
    if (bytes == Buffer::standard_bytes) return &standard_buffers;
    return bytes == Buffer::large_bytes ? &large_buffers : nullptr;
}

char* allocate(std::size_t bytes) {
    if (auto* list = list_for(bytes)) return static_cast<char*>(list->take());
    auto* memory = static_cast<char*>(std::malloc(bytes));
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void give_back(char* memory, std::size_t bytes) {
    if (auto* list = list_for(bytes)) {
        list->give(memory);
    } else {
        std::free(memory);
    }
}

}   // namespace

std::span<char> Buffer::prepare(std::size_t bytes) {
    if (capacity_ - end_ >= bytes) return {data_ + end_, capacity_ - end_};
    const std::size_t used = size();
    if (capacity_ - used >= bytes && begin_ > 0) {
        std::memmove(data_, data_ + begin_, used);
    } else {
        std::size_t wanted = std::max(wanted_, capacity_);
        while (wanted - used < bytes) wanted *= 2;
        char* bigger = allocate(wanted);
        if (used > 0) std::memcpy(bigger, data_ + begin_, used);
        if (data_ != nullptr) give_back(data_, capacity_);
        data_ = bigger;
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
    return {data_ + end_, capacity_ - end_};
}

void Buffer::release() {
    if (data_ != nullptr) give_back(data_, capacity_);
    data_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

}   // namespace gatehouse
