#pragma once
// A bounded per-thread stack of equal memory blocks that are free for reuse: taking and giving back is a few
// instructions and the block is still warm. Blocks are malloc'ed and may be freed by another thread's list.
// Declared `constinit thread_local`: constant initialisation and a trivial destructor keep every access free
// of the guard that other thread-locals need; what a list holds is freed at its thread's end all the same.

#include <cstddef>
#include <cstdlib>

namespace gatehouse {

class FreeList {
public:
    constexpr FreeList(std::size_t block_bytes, std::size_t limit)
        : block_bytes_(block_bytes), limit_(limit) {}

    [[nodiscard]] void* take() {
        if (head_ == nullptr) return allocate();
        void* memory = head_;
        head_ = *static_cast<void**>(memory);
        --count_;
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
    class AtThreadEnd;
    void* allocate();

    std::size_t block_bytes_;
    std::size_t limit_;
    void* head_ = nullptr;
    std::size_t count_ = 0;
    FreeList* next_ = nullptr;   // among those of this thread that have ever allocated
    bool is_known_ = false;
};

}   // namespace gatehouse
