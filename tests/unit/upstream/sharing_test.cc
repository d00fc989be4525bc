// Several workers at once: what is promised for the whole gateway holds however their choices interleave.

#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <thread>

namespace gatehouse::upstream {
namespace {

using Balancing = model::Balancing;

constexpr std::size_t thread_count = 4;

// Each thread with a Random of its own, as workers have.
template <class Work>
void in_threads(Balanced& service, Work work) {
    std::barrier start(thread_count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
            Random random(i + 1);
            const Choice choice{.service = service.service,
                                .endpoints = *service.endpoints,
                                .tried = {},
                                .key = service.key,
                                .now = service.now,
                                .random = random};
            start.arrive_and_wait();
            work(i, choice);
        });
    }
    for (auto& thread : threads) thread.join();
}

TEST(workers, share_one_rotation) {
    Balanced service(rotation, {{.weight = 2}, {}, {}});
    constexpr int each = 1000;
    std::array<std::atomic<unsigned>, 3> seen{};
    in_threads(service, [&](std::size_t, const Choice& choice) {
        for (int i = 0; i < each; ++i) {
            const auto lease = choose_endpoint(choice);
            if (lease) ++seen.at(static_cast<std::size_t>(service.name(**lease).front() - 'a'));
        }
    });
    EXPECT_EQ(seen[0], thread_count * each / 2);
    EXPECT_EQ(seen[1], thread_count * each / 4);
    EXPECT_EQ(seen[2], thread_count * each / 4);
}

TEST(workers, never_exceed_max_conns_together) {
    for (const auto method : {Balancing::round_robin, Balancing::least_connections, Balancing::random,
                              Balancing::random_two, Balancing::hash, Balancing::consistent_hash}) {
        Balanced service(method, {{.max_conns = 1}, {.max_conns = 2}});
        service.key = "key";
        std::array<std::atomic<int>, 2> present{};
        std::atomic<bool> exceeded = false;
        std::atomic<unsigned> granted = 0;
        in_threads(service, [&](std::size_t, const Choice& choice) {
            for (int i = 0; i < 3000; ++i) {
                const auto lease = choose_endpoint(choice);
                if (!lease) continue;
                ++granted;
                auto& here = present.at(service.name(**lease) == "a" ? 0 : 1);
                if (++here > static_cast<int>((*lease)->server.max_conns)) exceeded = true;
                if ((*lease)->in_flight > (*lease)->server.max_conns) exceeded = true;
                --here;
            }
        });
        EXPECT_FALSE(exceeded) << static_cast<int>(method);
        EXPECT_GE(granted, 3000U) << "of 12000, with places for three of four at a time";
        EXPECT_EQ(service.at('a').in_flight, 0U);
        EXPECT_EQ(service.at('b').in_flight, 0U);
    }
}

// Two workers may both see the last place of the best endpoint: the one that comes late takes another.
TEST(workers, find_a_place_by_least_conn_while_there_is_one) {
    Balanced service(Balancing::least_connections, {{.weight = 100, .max_conns = 1}, {}});
    std::atomic<unsigned> refused = 0;
    in_threads(service, [&](std::size_t, const Choice& choice) {
        for (int i = 0; i < 100'000; ++i) {
            const auto lease = choose_endpoint(choice);
            if (!lease) ++refused;
        }
    });
    EXPECT_EQ(refused, 0U);
}

// Lets two threads go at the same moment, again and again; a barrier of the library would wake them one by
// one.
class Meeting {
public:
    void meet() {
        const auto round = come_.fetch_add(1) / 2;
        while (come_.load() / 2 == round) std::this_thread::yield();
    }

private:
    std::atomic<unsigned> come_ = 0;
};

TEST(workers, send_one_probe_together) {
    constexpr int rounds = 20'000;
    Balanced service(Balancing::hash, {{}, {}});
    service.key = "both come with this key";
    const auto probed = service.pick().front();
    service.fail(probed);
    std::atomic<unsigned> probes = 0;
    Meeting meeting;
    const auto work = [&](unsigned seed) {
        Random random(seed);
        auto now = service.now;
        for (int i = 0; i < rounds; ++i) {
            now += std::chrono::seconds(11);
            meeting.meet();
            const auto lease = choose_endpoint({.service = service.service,
                                                .endpoints = *service.endpoints,
                                                .tried = {},
                                                .key = service.key,
                                                .now = now,
                                                .random = random});
            if (lease && lease->shared().get() == &service.at(probed)) ++probes;
            meeting.meet();
        }
    };
    std::thread other(work, 1);
    work(2);
    other.join();
    EXPECT_EQ(probes, rounds);
    EXPECT_EQ(service.at(probed).in_flight, 0U);
}

}   // namespace
}   // namespace gatehouse::upstream
