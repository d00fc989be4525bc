#pragma once
// A byte queue in one contiguous piece: bytes are written at the tail and taken from the front. Used for what
// is read from a connection and not yet consumed. Memory is borrowed from a per-thread free list for the
// standard size and given back when empty, so that an idle connection owns no buffer. Single-threaded. Views
// are valid until the next non-const call.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace gatehouse {

class Buffer {
public:
    static constexpr std::size_t small_bytes = 2 * 1024;   // most heads, with a short body
    static constexpr std::size_t standard_bytes = 16 * 1024;
    static constexpr std::size_t large_bytes = 68 * 1024;   // for bodies: 64 KiB with their head in one read

    Buffer() = default;
    ~Buffer() { release(); }
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        if (this != &other) {
            release();
            swap(other);
        }
        return *this;
    }

    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] std::string_view view() const { return {data_ + begin_, end_ - begin_}; }
    [[nodiscard]] char* data() { return data_ + begin_; }

    // At least `bytes` of free space at the tail; moves or grows what is there.
    [[nodiscard]] std::span<char> prepare(std::size_t bytes) {
        if (capacity_ - end_ < bytes) make_room(bytes);
        return {data_ + end_, capacity_ - end_};
    }
    // Moves a content of at most small_bytes to a block of that size. What was read into a large block for
    // want of knowing its size is then kept in little memory, and the large block, still warm, serves the
    // next read.
    void shrink() {
        if (capacity_ > small_bytes && size() <= small_bytes && !empty()) move_to_small();
    }
    // The next prepare() that must allocate takes at least this much. Only for a buffer without memory.
    void reserve(std::size_t bytes) { wanted_ = static_cast<Size>(bytes); }
    void commit(std::size_t bytes) { end_ += static_cast<Size>(bytes); }
    void consume(std::size_t bytes) {
        begin_ += static_cast<Size>(bytes);
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void append(std::string_view text) {
        if (text.empty()) return;
        std::memcpy(prepare(text.size()).data(), text.data(), text.size());
        commit(text.size());
    }
    void clear() { begin_ = end_ = 0; }
    void release() {   // forgets the content and gives the memory back
        if (data_ != nullptr) give_back();
    }
    void release_if_empty() {
        if (empty()) release();
    }
    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        std::swap(begin_, other.begin_);
        std::swap(end_, other.end_);
        std::swap(wanted_, other.wanted_);
    }

private:
    void make_room(std::size_t bytes);
    void move_to_small();
    void give_back();

    // Small: every idle connection has one or more. Nothing read from a connection comes near 4 GiB.
    using Size = std::uint32_t;
    char* data_ = nullptr;
    Size capacity_ = 0;
    Size begin_ = 0;
    Size end_ = 0;
    Size wanted_ = standard_bytes;
};

}   // namespace gatehouse
