#pragma once
// A growable array in an arena, for the few values of a kind that one exchange has. Growing copies the values
// and leaves the former memory to the arena, so that references go stale. Values without destructors only.

#include "base/arena.h"

#include <cassert>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace gatehouse {

template <class T>
class ArenaVector {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    ArenaVector() = default;
    ArenaVector(const ArenaVector&) = delete;
    ArenaVector& operator=(const ArenaVector&) = delete;

    // The same arena every time.
    T& emplace_back(Arena& arena) {
        if (size_ == capacity_) grow(arena);
        return *new (items_ + size_++) T();
    }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] T& operator[](std::size_t at) {
        assert(at < size_);
        return items_[at];
    }
    [[nodiscard]] const T& operator[](std::size_t at) const {
        assert(at < size_);
        return items_[at];
    }
    [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
    [[nodiscard]] const T* begin() const { return items_; }
    [[nodiscard]] const T* end() const { return items_ + size_; }

private:
    void grow(Arena& arena) {
        const std::size_t capacity = capacity_ == 0 ? 2 : capacity_ * 2;
        auto* items = static_cast<T*>(arena.allocate(capacity * sizeof(T), alignof(T)));
        std::uninitialized_copy_n(items_, size_, items);
        items_ = items;
        capacity_ = capacity;
    }

    T* items_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}   // namespace gatehouse
