// Arena, Buffer and IntrusiveList: what owns or links memory.

#include "base/arena.h"
#include "base/arena_vector.h"
#include "base/buffer.h"
#include "base/intrusive_list.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace gatehouse {
namespace {

TEST(Arena, KeepsEveryTextApart) {
    Arena arena;
    std::vector<std::string> wanted;
    std::vector<std::string_view> copies;
    for (std::size_t i = 0; i < 300; ++i) {
        wanted.emplace_back(i * 37 % 5000, static_cast<char>('a' + i % 26));
        copies.push_back(arena.copy(wanted.back()));
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(copies[i], wanted[i]);
}

TEST(Arena, ConcatenatesAndAcceptsNothing) {
    Arena arena;
    EXPECT_EQ(arena.concat({"a", "", "bc"}), "abc");
    EXPECT_EQ(arena.concat({}), "");
    EXPECT_EQ(arena.copy(""), "");
}

TEST(Arena, AlignsAsAsked) {
    Arena arena;
    for (std::size_t alignment = 1; alignment <= 64; alignment *= 2) {
        static_cast<void>(arena.allocate(1, 1));
        const void* memory = arena.allocate(10, alignment);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U) << alignment;
    }
}

TEST(Arena, IsReusableAfterReset) {
    Arena arena;
    static_cast<void>(arena.copy(std::string(100'000, 'x')));
    arena.reset();
    EXPECT_EQ(arena.copy("again"), "again");
    arena.reset();
    arena.reset();
}

TEST(ArenaVector, KeepsItsValuesWhileItGrows) {
    Arena arena;
    ArenaVector<std::size_t> numbers;
    EXPECT_TRUE(numbers.empty());
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(numbers.emplace_back(arena), 0U) << "a new value is a fresh one";
        numbers.back() = i;
    }
    ASSERT_EQ(numbers.size(), 1000U);
    for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i);
}

TEST(Buffer, OwnsNothingUntilUsedAndAfterRelease) {
    Buffer buffer;
    EXPECT_EQ(buffer.capacity(), 0U);
    buffer.append("abc");
    EXPECT_EQ(buffer.capacity(), Buffer::standard_bytes);
    buffer.release_if_empty();
    EXPECT_EQ(buffer.view(), "abc");
    buffer.consume(3);
    buffer.release_if_empty();
    EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(Buffer, MovesItsContent) {
    Buffer a;
    a.append("text");
    Buffer b = std::move(a);
    EXPECT_EQ(b.view(), "text");
    Buffer c;
    c.append("other");
    c = std::move(b);
    EXPECT_EQ(c.view(), "text");
}

TEST(Buffer, MovesRatherThanGrowsWhenTheFrontIsFree) {
    Buffer buffer;
    buffer.append(std::string(Buffer::standard_bytes, 'x'));
    buffer.consume(Buffer::standard_bytes - 10);
    EXPECT_GE(buffer.prepare(1000).size(), 1000U);
    EXPECT_EQ(buffer.capacity(), Buffer::standard_bytes);
    EXPECT_EQ(buffer.view(), std::string(10, 'x'));
}

TEST(Buffer, KeepsAShortContentInLittleMemory) {
    Buffer buffer;
    buffer.reserve(Buffer::large_bytes);
    buffer.append("xhead");
    buffer.consume(1);
    buffer.shrink();
    EXPECT_EQ(buffer.view(), "head");
    EXPECT_EQ(buffer.capacity(), Buffer::small_bytes);
    buffer.append(std::string(Buffer::small_bytes, 'y'));
    EXPECT_EQ(buffer.view(), "head" + std::string(Buffer::small_bytes, 'y')) << "and grows again";
    EXPECT_EQ(buffer.capacity(), Buffer::large_bytes);
    buffer.shrink();
    EXPECT_EQ(buffer.capacity(), Buffer::large_bytes) << "too long for a small block";
}

TEST(Buffer, ShrinkingNothingTakesNoMemory) {
    Buffer buffer;
    buffer.shrink();
    EXPECT_EQ(buffer.capacity(), 0U);
}

RC_GTEST_PROP(Buffer, IsAQueueOfBytes, ()) {
    Buffer buffer;
    std::string reference;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-30'000, 30'000));
    char letter = 'a';
    for (const int step : steps) {
        if (step >= 0) {
            const std::string text(static_cast<std::size_t>(step), letter);
            letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
            buffer.append(text);
            reference += text;
        } else {
            const auto bytes = std::min(static_cast<std::size_t>(-step), reference.size());
            buffer.consume(bytes);
            reference.erase(0, bytes);
        }
        RC_ASSERT(buffer.view() == reference);
    }
}

struct Item : ListNode {
    explicit Item(int number) : value(number) {}
    int value;
};

std::vector<int> values(IntrusiveList<Item>& list) {
    std::vector<int> out;
    list.for_each([&out](const Item& item) { out.push_back(item.value); });
    return out;
}

TEST(IntrusiveList, KeepsOrderAtBothEnds) {
    Item a(1);
    Item b(2);
    Item c(3);
    IntrusiveList<Item> list;
    EXPECT_TRUE(list.empty());
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    EXPECT_EQ(values(list), (std::vector{1, 2, 3}));
    EXPECT_EQ(list.front().value, 1);
    EXPECT_EQ(list.back().value, 3);
    b.unlink();
    b.unlink();   // harmless
    EXPECT_FALSE(b.linked());
    EXPECT_EQ(values(list), (std::vector{1, 3}));
    EXPECT_EQ(list.pop_front().value, 1);
}

TEST(IntrusiveList, AnElementLeavesWhenItDies) {
    IntrusiveList<Item> list;
    Item stays(1);
    list.push_back(stays);
    {
        Item goes(2);
        list.push_back(goes);
    }
    EXPECT_EQ(values(list), std::vector{1});
}

TEST(IntrusiveList, AListThatDiesLetsItsElementsGo) {
    Item item(1);
    {
        IntrusiveList<Item> list;
        list.push_back(item);
    }
    EXPECT_FALSE(item.linked());
}

TEST(IntrusiveList, ForEachMayUnlinkWhatItIsGiven) {
    std::list<Item> items;
    IntrusiveList<Item> list;
    for (int i = 0; i < 6; ++i) list.push_back(items.emplace_back(i));
    list.for_each([](Item& item) {
        if (item.value % 2 == 0) item.unlink();
    });
    EXPECT_EQ(values(list), (std::vector{1, 3, 5}));
}

TEST(IntrusiveList, SplicesAllOfAnother) {
    Item a(1);
    Item b(2);
    Item c(3);
    IntrusiveList<Item> left;
    IntrusiveList<Item> right;
    left.push_back(a);
    right.push_back(b);
    right.push_back(c);
    left.splice_back(right);
    EXPECT_TRUE(right.empty());
    EXPECT_EQ(values(left), (std::vector{1, 2, 3}));
    left.splice_back(right);
    EXPECT_EQ(values(left), (std::vector{1, 2, 3}));
}

}   // namespace
}   // namespace gatehouse
