#include "base/arena.h"

#include "base/free_list.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace gatehouse {
namespace {

// Standard blocks that no arena holds. Bounded, so that one burst does not keep memory for ever.
constinit thread_local FreeList standard_blocks(Arena::block_bytes, 2048);

}   // namespace

void Arena::add_block(std::size_t payload_bytes) {
    const bool standard = payload_bytes <= block_bytes - sizeof(Block);
    const std::size_t total = standard ? block_bytes : sizeof(Block) + payload_bytes;
    void* memory = nullptr;
    if (standard) {
        memory = standard_blocks.take();
    } else {
        memory = std::malloc(total);
        if (memory == nullptr) throw std::bad_alloc();
    }
    auto* block = new (memory) Block{blocks_, total - sizeof(Block)};
    blocks_ = block;
    position_ = reinterpret_cast<char*>(block + 1);
    end_ = position_ + block->bytes;
}

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
    const auto align_up = [alignment](char* p) {
        const auto value = reinterpret_cast<std::uintptr_t>(p);
        return p + ((alignment - value % alignment) % alignment);
    };
    char* start = position_ == nullptr ? nullptr : align_up(position_);
    if (start == nullptr || start > end_ || static_cast<std::size_t>(end_ - start) < bytes) {
        add_block(bytes + alignment);
        start = align_up(position_);
    }
    position_ = start + bytes;
    return start;
}

std::string_view Arena::copy(std::string_view text) { return concat({text}); }

std::string_view Arena::concat(std::initializer_list<std::string_view> parts) {
    std::size_t total = 0;
    for (const auto part : parts) total += part.size();
    if (total == 0) return {};
    const auto out = allocate_text(total);
    char* to = out.data();
    for (const auto part : parts) {
        if (part.empty()) continue;
        std::memcpy(to, part.data(), part.size());
        to += part.size();
    }
    return {out.data(), total};
}

void Arena::reset() {
    while (blocks_ != nullptr) {
        Block* block = blocks_;
        blocks_ = block->next;
        const bool standard = block->bytes == block_bytes - sizeof(Block);
        if (standard) {
            standard_blocks.give(block);
        } else {
            std::free(block);
        }
    }
    position_ = end_ = nullptr;
}

}   // namespace gatehouse
