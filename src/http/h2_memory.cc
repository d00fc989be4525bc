#include "http/h2_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gatehouse::http {
namespace {

constexpr std::size_t large_bytes = 16 * 1024;

}   // namespace

bool H2Memory::map_pages(std::size_t bytes) {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return false;
    pages_ = pages;
    page_bytes_ = bytes;
    return true;
}

void H2Memory::unmap_pages() {
    munmap(pages_, page_bytes_);
    pages_ = nullptr;
    page_bytes_ = 0;
}

void* H2Memory::allocate(std::size_t bytes, void*) { return std::malloc(bytes); }

void* H2Memory::allocate_cleared(std::size_t count, std::size_t bytes, void*) {
    return std::calloc(count, bytes);
}

void* H2Memory::resize(void* old, std::size_t bytes, void* user) {
    auto& self = *static_cast<H2Memory*>(user);
    // The frame buffer is made by resizing nothing. Beside it only heads of more than one frame take blocks
    // of this size, and not for long.
    if (old == nullptr && bytes >= large_bytes && self.pages_ == nullptr && self.map_pages(bytes))
        return self.pages_;
    if (old == nullptr || old != self.pages_) return std::realloc(old, bytes);
    void* grown = std::malloc(bytes);
    if (grown == nullptr) return nullptr;
    std::memcpy(grown, old, std::min(bytes, self.page_bytes_));
    self.unmap_pages();
    return grown;
}

void H2Memory::release(void* block, void* user) {
    auto& self = *static_cast<H2Memory*>(user);
    if (block != nullptr && block == self.pages_) {
        self.unmap_pages();
    } else {
        std::free(block);
    }
}

}   // namespace gatehouse::http
