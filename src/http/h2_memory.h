#pragma once
// Where one nghttp2 session has its memory from: malloc, but for the one large block that it keeps, the frame
// being written (16 KiB, of which a frame's head or a field block uses some). That one is pages of its own,
// so that what an idle connection does not touch is not there. For use inside http/ only.

#include <cstddef>

#include <nghttp2/nghttp2.h>

namespace gatehouse::http {

class H2Memory {
public:
    H2Memory() = default;
    H2Memory(const H2Memory&) = delete;
    H2Memory& operator=(const H2Memory&) = delete;
    // For nghttp2_session_*_new3, which copies it. The session must die before this does.
    [[nodiscard]] nghttp2_mem functions() { return {this, allocate, release, allocate_cleared, resize}; }

private:
    static void* allocate(std::size_t bytes, void* self);
    static void* allocate_cleared(std::size_t count, std::size_t bytes, void* self);
    static void* resize(void* old, std::size_t bytes, void* self);
    static void release(void* block, void* self);
    bool map_pages(std::size_t bytes);
    void unmap_pages();

    void* pages_ = nullptr;
    std::size_t page_bytes_ = 0;   // as asked for
};

}   // namespace gatehouse::http
