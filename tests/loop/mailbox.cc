// What other threads may do to a loop: post and stop.

#include "loop/epoll/epoll_backend.h"
#include "loop/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace gatehouse::loop {
namespace {

TEST(Mailbox, MessagesOfSeveralThreadsAllArriveEachThreadsInOrder) {
    Loop loop(std::make_unique<EpollBackend>());
    constexpr int thread_count = 3;
    constexpr int messages = 2000;
    std::vector<std::vector<int>> seen(thread_count);
    int total = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < thread_count; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < messages; ++i) {
                loop.post([&, t, i] {
                    seen[static_cast<std::size_t>(t)].push_back(i);
                    if (++total == thread_count * messages) loop.stop();
                });
            }
        });
    }
    loop.run();
    for (auto& thread : threads) thread.join();
    for (const auto& order : seen) {
        ASSERT_EQ(order.size(), static_cast<std::size_t>(messages));
        EXPECT_TRUE(std::ranges::is_sorted(order));
    }
}

TEST(Mailbox, StopFromAnotherThreadEndsASleepingRun) {
    Loop loop(std::make_unique<EpollBackend>());
    std::thread stopper([&loop] { loop.stop(); });
    loop.run();
    stopper.join();
    std::thread again([&loop] { loop.stop(); });   // it can run again
    loop.run();
    again.join();
}

TEST(Mailbox, AMessageMayPostAnother) {
    Loop loop(std::make_unique<EpollBackend>());
    int depth = 0;
    std::function<void()> message = [&] {
        if (++depth == 10) {
            loop.stop();
        } else {
            loop.post(message);
        }
    };
    loop.post(message);
    loop.run();
    EXPECT_EQ(depth, 10);
}

TEST(Mailbox, TheTurnEndHookRunsAfterTheMessagesOfATurn) {
    Loop loop(std::make_unique<EpollBackend>());
    int messages = 0;
    int seen_by_hook = -1;
    loop.at_turn_end([&] { seen_by_hook = messages; });
    loop.post([&] { ++messages; });
    loop.turn(Duration::zero());
    EXPECT_EQ(seen_by_hook, 1);
}

}   // namespace
}   // namespace gatehouse::loop
