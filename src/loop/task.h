#pragma once
// Task<T>: a lazy coroutine that is awaited exactly once, by its owner. A chain of awaiting tasks forms a
// *strand*, which waits on at most one Waiter at a time; cancelling a strand ends that wait with an error.
// Tasks stay on their loop's thread. Frames come from a per-thread free list.
//
// A task may also be born ready, from its value: a function whose answer is mostly at hand is a plain
// function that returns it, and calls a coroutine only when it must wait. `return 5;` where a Task<int> is
// returned.
//
// Resumption: await_suspend starts the child inline and returns false if it finished at once, so that a long
// run of operations that never suspend needs no stack (symmetric transfer would, without optimisation or
// under sanitizers).

#include "loop/frame.h"

#include <cassert>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace gatehouse::loop {

class Strand;

class PromiseBase {
public:
    Strand* strand = nullptr;
    std::coroutine_handle<> continuation;   // set once the awaiting coroutine is really suspended

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

    std::suspend_always initial_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {
        std::terminate();
    }   // only bad_alloc is ever thrown; there is no way on

    struct FinalAwaiter {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class P>
        void await_suspend(std::coroutine_handle<P> ended) const noexcept {
            PromiseBase& promise = ended.promise();
            if (promise.continuation) {
                promise.continuation.resume();
            } else if (promise.ends_strand_) {
                PromiseBase::end_strand(*promise.strand);
            }
        }
        void await_resume() const noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }

private:
    friend class Strand;
    static void end_strand(Strand& strand) noexcept;
    bool ends_strand_ = false;
};

template <class T = void>
class [[nodiscard]] Task;

template <class T>
class Promise final : public PromiseBase {
public:
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& value) {
        value_.emplace(std::forward<U>(value));
    }
    T take() {
        assert(value_);
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class Promise<void> final : public PromiseBase {
public:
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() noexcept {}
};

// What a task born ready carries instead of a coroutine.
template <class T>
using ReadyValue = std::optional<T>;
struct ReadyVoid {};

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;
    using Value = std::conditional_t<std::is_void_v<T>, ReadyVoid, ReadyValue<T>>;

    Task() requires std::is_void_v<T>
    = default;   // born ready
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    template <class U>
    requires(!std::is_void_v<T> && std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Task>)
        Task(U&& value)
        : value_(std::in_place, std::forward<U>(value)) {}
    Task(Task&& other) noexcept
        : handle_(std::exchange(other.handle_, {})), value_(std::move(other.value_)) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, {});
            value_ = std::move(other.value_);
        }
        return *this;
    }
    ~Task() { destroy(); }
    [[nodiscard]] bool is_ready() const noexcept { return !handle_; }

    class Awaiter {
    public:
        explicit Awaiter(Task& task) noexcept : task_(task) {}
        [[nodiscard]] bool await_ready() const noexcept { return task_.is_ready(); }
        template <class P>
        bool await_suspend(std::coroutine_handle<P> parent) noexcept {
            const Handle child = task_.handle_;
            child.promise().strand = parent.promise().strand;
            child.resume();
            if (child.done()) return false;
            child.promise().continuation = parent;
            return true;
        }
        T await_resume() {
            if (task_.handle_) return task_.handle_.promise().take();
            if constexpr (!std::is_void_v<T>) {
                assert(task_.value_);
                return std::move(*task_.value_);
            }
        }

    private:
        Task& task_;
    };
    // The task must outlive the wait: `co_await std::move(task)` or `co_await call()` both do.
    Awaiter operator co_await() && noexcept { return Awaiter(*this); }

private:
    friend class Strand;
    friend class Scope;
    void destroy() noexcept {
        if (handle_) handle_.destroy();
        handle_ = {};
    }
    Handle handle_;
    [[no_unique_address]] Value value_;
};

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
    return Task<T>(Task<T>::Handle::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
    return Task<void>(Task<void>::Handle::from_promise(*this));
}

}   // namespace gatehouse::loop
