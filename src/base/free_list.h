#pragma once
// A bounded per-thread stack of equal memory blocks that are free for reuse: taking and giving back is a few
// instructions and the block is still warm. Blocks are malloc'ed and may be freed by another thread's list.
// Used through `thread_local`.

#include <cstddef>
#include <cstdlib>
#include <new>

namespace gatehouse {

class FreeList {
public:
    FreeList(std::size_t block_bytes, std::size_t limit) : block_bytes_(block_bytes), limit_(limit) {}
    ~FreeList() {
        while (head_ != nullptr) std::free(pop());
    }
    FreeList(const FreeList&) = delete;
    FreeList& operator=(const FreeList&) = delete;

    [[nodiscard]] void* take() {
        if (head_ != nullptr) return pop();
        void* memory = std::malloc(block_bytes_);
        if (memory == nullptr) throw std::bad_alloc();
        return memory;
    }
    void give(void* memory) {
        if (count_ >= limit_) {
            std::free(memory);
            return;
        }
        *static_cast<void**>(memory) = head_;
        head_ = memory;
        ++count_;
    }
    [[nodiscard]] std::size_t block_bytes() const { return block_bytes_; }

private:
    void* pop() {
        void* memory = head_;
        head_ = *static_cast<void**>(memory);
        --count_;
        return memory;
    }
    std::size_t block_bytes_;
    std::size_t limit_;
    void* head_ = nullptr;
    std::size_t count_ = 0;
};

}   // namespace gatehouse
