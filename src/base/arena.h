#pragma once
// A bump allocator for the life of one exchange: text assembled for a request lives here and goes away at
// once. Blocks come from a per-thread free list, so that a busy worker never calls malloc for one.
// Single-threaded; not for objects with destructors. Pointers stay valid until reset() or destruction.

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>

namespace gatehouse {

class Arena {
public:
    static constexpr std::size_t block_bytes = 4096;

    Arena() = default;
    ~Arena() { reset(); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t));
    [[nodiscard]] std::span<char> allocate_text(std::size_t bytes) {
        return {static_cast<char*>(allocate(bytes, 1)), bytes};
    }
    [[nodiscard]] std::string_view copy(std::string_view text);
    [[nodiscard]] std::string_view concat(std::initializer_list<std::string_view> parts);
    void reset();   // gives every block back

private:
    struct Block {
        Block* next;
        std::size_t bytes;   // of payload after the header
    };
    void add_block(std::size_t payload_bytes);

    Block* blocks_ = nullptr;
    char* position_ = nullptr;
    char* end_ = nullptr;
};

}   // namespace gatehouse
