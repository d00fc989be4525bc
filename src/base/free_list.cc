#include "base/free_list.h"

#include <new>

namespace gatehouse {

// Frees what the thread's lists hold. The lists themselves have trivial destructors, so they are still there,
// and a block that a later destructor of the thread gives back is freed at once: their limit is 0 by then.
class FreeList::AtThreadEnd {
public:
    ~AtThreadEnd() {
        for (FreeList* list = first; list != nullptr; list = list->next_) {
            list->limit_ = 0;
            while (list->head_ != nullptr) {
                void* const memory = list->head_;
                list->head_ = *static_cast<void**>(memory);
                std::free(memory);
            }
        }
    }
    FreeList* first = nullptr;
};

void* FreeList::allocate() {
    thread_local AtThreadEnd at_thread_end;
    if (!is_known_) {
        is_known_ = true;
        next_ = at_thread_end.first;
        at_thread_end.first = this;
    }
    void* memory = std::malloc(block_bytes_);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}   // namespace gatehouse
