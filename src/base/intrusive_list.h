#pragma once
// A doubly linked list whose links live in the elements: no allocation, O(1) removal by the element itself.
// The list owns nothing; an element must be unlinked before it dies (its destructor does so).
// Single-threaded.

#include <cassert>

namespace gatehouse {

class ListNode {
public:
    ListNode() = default;
    ~ListNode() { unlink(); }
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    [[nodiscard]] bool linked() const { return next_ != nullptr; }
    void unlink() {
        if (next_ == nullptr) return;
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = nullptr;
    }

private:
    template <class T>
    friend class IntrusiveList;
    ListNode* next_ = nullptr;
    ListNode* previous_ = nullptr;
};

// T derives from ListNode.
template <class T>
class IntrusiveList {
public:
    IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
    ~IntrusiveList() {
        while (!empty()) front().ListNode::unlink();
        head_.next_ = head_.previous_ = nullptr;
    }
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;

    [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
    [[nodiscard]] T& front() const { return static_cast<T&>(*head_.next_); }
    [[nodiscard]] T& back() const { return static_cast<T&>(*head_.previous_); }
    void push_back(T& element) { insert_before(head_, element); }
    void push_front(T& element) { insert_before(*head_.next_, element); }
    T& pop_front() {
        T& element = front();
        static_cast<ListNode&>(element).unlink();
        return element;
    }
    // Calls f for each element; f may unlink the element it is given, and no other.
    template <class F>
    void for_each(F&& f) {
        for (ListNode* node = head_.next_; node != &head_;) {
            ListNode* next = node->next_;
            f(static_cast<T&>(*node));
            node = next;
        }
    }
    // The first element that `test` holds for; null: none.
    template <class F>
    [[nodiscard]] T* find_first(F&& test) const {
        for (ListNode* node = head_.next_; node != &head_; node = node->next_) {
            if (test(static_cast<T&>(*node))) return static_cast<T*>(node);
        }
        return nullptr;
    }
    // Moves every element of `other` to the end of this list.
    void splice_back(IntrusiveList& other) {
        while (!other.empty()) push_back(other.pop_front());
    }

private:
    static void insert_before(ListNode& position, ListNode& element) {
        assert(!element.linked());
        element.next_ = &position;
        element.previous_ = position.previous_;
        position.previous_->next_ = &element;
        position.previous_ = &element;
    }
    ListNode head_;
};

}   // namespace gatehouse
