// The methods beside the rotation: least_conn, ip_hash, hash, consistent hash, random, least time,
// rendezvous.

#include "tests/unit/upstream/balancing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <arpa/inet.h>
#include <fmt/format.h>

#include <map>

namespace gatehouse::upstream {
namespace {

using namespace std::chrono_literals;
using Balancing = model::Balancing;

TEST(least_conn, takes_the_one_with_fewest_in_flight) {
    Balanced service(Balancing::least_connections, {{}, {}, {}});
    service.at('a').in_flight = 3;
    service.at('b').in_flight = 1;
    service.at('c').in_flight = 2;
    EXPECT_EQ(service.hold(), "b");
    const auto two = service.holds(2);
    EXPECT_TRUE(two == "bc" || two == "cb") << two;
}

RC_GTEST_PROP(least_conn, takes_the_least_for_its_weight, ()) {
    const auto loads = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
        rc::gen::pair(rc::gen::inRange(1U, 6U), rc::gen::inRange(0U, 30U))));
    std::vector<Line> lines;
    for (const auto& [weight, in_flight] : loads) lines.push_back({.weight = weight});
    Balanced service(Balancing::least_connections, lines);
    const auto& all = service.endpoints->primary;
    for (std::size_t i = 0; i < loads.size(); ++i) all[i]->in_flight = loads[i].second;
    const auto lease = service.choose();
    RC_ASSERT(lease.has_value());
    const auto& chosen = **lease;
    const auto load = chosen.in_flight - 1;   // before it
    for (std::size_t i = 0; i < loads.size(); ++i)
        RC_ASSERT(load * loads[i].first <= loads[i].second * chosen.server.weight);
}

TEST(least_conn, shares_ties_by_rotation) {
    Balanced service(Balancing::least_connections, {{}, {}, {}});
    EXPECT_EQ(service.picks(6), "abcabc");
}

TEST(least_conn, shares_ties_by_weight_as_nginx_was_seen_to_do) {
    Balanced service(Balancing::least_connections, {{.weight = 3}, {}, {}});
    EXPECT_EQ(service.picks(40), "abacaabacaabacaabacaabacaabacaabacaabaca");
}

TEST(least_conn, shares_ties_equally_while_one_is_out) {
    for (const bool down : {true, false}) {
        Balanced service(Balancing::least_connections, {{}, {.down = down}, {}});
        service.fail('b');
        const auto names = service.picks(40);
        EXPECT_EQ(times_in(names, 'a'), 20U) << names;
        EXPECT_EQ(times_in(names, 'c'), 20U) << names;
    }
}

TEST(least_conn, shares_ties_equally_while_one_is_busy) {
    Balanced service(Balancing::least_connections, {{}, {}, {}});
    service.at('b').in_flight = 1;
    const auto names = service.picks(40);
    EXPECT_EQ(times_in(names, 'a'), 20U) << names;
    EXPECT_EQ(times_in(names, 'c'), 20U) << names;
}

TEST(least_conn, a_retry_takes_no_turn) {
    Balanced service(Balancing::least_connections, {{}, {}, {}});
    EXPECT_EQ(service.pick(), "a");
    service.tried = {&service.at('a')};
    EXPECT_EQ(service.picks(4).find('a'), std::string::npos);
    service.tried.clear();
    EXPECT_EQ(service.picks(3), "bca");
}

TEST(least_conn, leaves_out_what_is_full) {
    Balanced service(Balancing::least_connections, {{.weight = 10, .max_conns = 1}, {}});
    EXPECT_EQ(times_in(service.holds(5), 'a'), 1U);
}

TEST(least_conn, is_the_method_of_backups_too) {
    Balanced service(Balancing::least_connections, {{.down = true}, {.backup = true}, {.backup = true}});
    service.at('A').in_flight = 5;
    EXPECT_EQ(service.holds(5), "BBBBB");
}

// key0 … key59 sent to nginx 1.22 with the same servers.
void expect_keys_as_seen(Balanced& service, std::string_view seen) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
        service.key = "key" + std::to_string(i);
        EXPECT_EQ(service.pick(), std::string(1, static_cast<char>('a' + seen[i] - '0'))) << service.key;
    }
}

TEST(hash, sends_keys_where_nginx_was_seen_to_send_them) {
    Balanced service(Balancing::hash, {{}, {.weight = 3}, {.weight = 2}});
    expect_keys_as_seen(service, "221212210121221010121022220111120210211211122101010112201012");
}

TEST(hash, moves_on_from_one_that_is_out_as_nginx_was_seen_to_do) {
    constexpr std::string_view seen = "022202223202220230330220232202002032222322223222222302223300";
    Balanced down(Balancing::hash, {{}, {.weight = 3, .down = true}, {.weight = 2}, {}});
    expect_keys_as_seen(down, seen);
    Balanced failed(Balancing::hash, {{}, {.weight = 3}, {.weight = 2}, {}});
    failed.fail('b');
    expect_keys_as_seen(failed, seen);
}

TEST(hash, without_a_key_is_the_rotation) {
    for (const auto method : {Balancing::hash, Balancing::consistent_hash}) {
        Balanced service(method, {{}, {}, {}});
        EXPECT_EQ(service.picks(6), "abcabc");
    }
}

// The first three bytes of an IPv4 address, all of an IPv6.
std::string key_of(const std::string& ip) {
    in6_addr v6{};
    if (inet_pton(AF_INET6, ip.c_str(), &v6) == 1) return {reinterpret_cast<const char*>(&v6), 16};
    in_addr v4{};
    if (inet_pton(AF_INET, ip.c_str(), &v4) != 1) return {};
    return {reinterpret_cast<const char*>(&v4), 3};
}

void expect_clients_as_seen(Balanced& service, std::string_view of_ipv4, std::string_view of_ipv6) {
    const auto name_of = [](char digit) { return std::string(1, static_cast<char>('a' + digit - '0')); };
    for (unsigned i = 0; i < 60; ++i) {
        service.key = key_of(fmt::format("10.{}.{}.9", i, i * 7 % 256));
        EXPECT_EQ(service.pick(), name_of(of_ipv4[i])) << i;
        service.key = key_of(fmt::format("2001:db8::{:x}", i + 1));
        EXPECT_EQ(service.pick(), name_of(of_ipv6[i])) << i;
    }
}

TEST(ip_hash, sends_clients_where_nginx_was_seen_to_send_them) {
    Balanced service(Balancing::ip_hash, {{}, {.weight = 3}, {.weight = 2}});
    expect_clients_as_seen(service, "111111111111111111111111111111111111122222222222222222222222",
                           "112201112201112201112201112201112201112201112201112201112201");
}

TEST(ip_hash, moves_on_from_one_that_is_down_as_nginx_was_seen_to_do) {
    Balanced service(Balancing::ip_hash, {{}, {.weight = 3, .down = true}, {.weight = 2}, {}});
    expect_clients_as_seen(service, "322303222230200223022022300232202202220223020322300022230032",
                           "022300222230222223023322300022230220223022222302222230000223");
}

const auto sticky = {Balancing::ip_hash, Balancing::hash, Balancing::consistent_hash};

std::string keyed(Balanced& service, int key) {
    service.key = key_of(fmt::format("192.168.{}.1", key));   // three bytes, for every method
    return service.pick();
}

RC_GTEST_PROP(sticky_methods, stay_with_their_endpoint_and_come_back_to_it, ()) {
    const auto weights = *rc::gen::container<std::vector<unsigned>>(5, rc::gen::inRange(1U, 5U));
    std::vector<Line> lines;
    for (const auto weight : weights) lines.push_back({.weight = weight});
    for (const auto method : sticky) {
        Balanced service(method, lines);
        const int key = *rc::gen::inRange(0, 256);
        const auto mine = keyed(service, key);
        for (int other = 0; other < 20; ++other) RC_ASSERT(keyed(service, other) != "-");
        RC_ASSERT(keyed(service, key) == mine);
        service.fail(mine.front());
        const auto instead = keyed(service, key);
        RC_ASSERT(instead != mine && instead != "-");
        RC_ASSERT(keyed(service, key) == instead);
        note_success(service.at(mine.front()), service.now);
        RC_ASSERT(keyed(service, key) == mine);
    }
}

RC_GTEST_PROP(sticky_methods, of_other_endpoints_do_not_move_when_one_is_out, ()) {
    for (const auto method : sticky) {
        Balanced service(method, {{}, {.weight = 2}, {}, {.weight = 3}});
        const auto out = *rc::gen::elementOf(std::string("abcd"));
        std::map<int, std::string> before;
        for (int key = 0; key < 256; ++key) before[key] = keyed(service, key);
        service.fail(out);
        for (int key = 0; key < 256; ++key) {
            const auto now = keyed(service, key);
            const bool was_there = before[key].front() == out;
            const bool as_due = was_there ? now.front() != out : now == before[key];
            RC_ASSERT(as_due);
        }
    }
}

TEST(sticky_methods, find_the_last_endpoint_that_is_left) {
    for (const auto method : sticky) {
        // of little weight: the hash alone would hardly hit it in the 20 tries it has
        Balanced service(method, {{.weight = 200, .down = true}, {}, {.weight = 200, .down = true}});
        for (int key = 0; key < 50; ++key) EXPECT_EQ(keyed(service, key), "b");
    }
}

TEST(sticky_methods, leave_the_tried_out_in_a_retry) {
    for (const auto method : sticky) {
        Balanced service(method, {{}, {}, {}});
        const auto first = keyed(service, 7);
        service.tried.push_back(&service.at(first.front()));
        const auto second = keyed(service, 7);
        service.tried.push_back(&service.at(second.front()));
        const auto third = keyed(service, 7);
        auto all = first + second + third;
        std::ranges::sort(all);
        EXPECT_EQ(all, "abc");
    }
}

TEST(sticky_methods, use_the_backup_when_all_are_out) {
    for (const auto method : sticky) {
        Balanced service(method, {{}, {}, {.backup = true}});
        service.fail('a');
        service.fail('b');
        EXPECT_EQ(keyed(service, 7), "A");
    }
}

TEST(consistent_hash, moves_only_the_keys_of_an_endpoint_that_leaves) {
    Balanced service(Balancing::consistent_hash, {{}, {}, {}, {}});
    const auto owner = [&](int key) {
        service.key = "key" + std::to_string(key);
        return service.choose()->shared()->text;
    };
    std::map<int, std::string> before;
    for (int key = 0; key < 2000; ++key) before[key] = owner(key);
    const auto gone = service.at('c').text;
    service.service.servers.erase(service.service.servers.begin() + 2);
    service.endpoints = model::build_endpoint_set(service.service, {}, service.endpoints.get());
    int moved = 0;
    for (int key = 0; key < 2000; ++key) {
        if (before[key] == gone) {
            ++moved;
        } else {
            EXPECT_EQ(owner(key), before[key]) << key;
        }
    }
    EXPECT_NEAR(moved, 500, 150) << "about a quarter had been its";
}

TEST(random_method, chooses_by_weight) {
    Balanced service(Balancing::random, {{.weight = 3}, {}});
    EXPECT_NEAR(static_cast<double>(times_in(service.picks(4000), 'a')), 3000, 150);
}

TEST(random_method, of_two_takes_the_one_with_fewer_in_flight) {
    Balanced service(Balancing::random_two, {{}, {}, {}});
    service.at('a').in_flight = 100;
    service.at('b').in_flight = 50;
    const auto names = service.picks(300);
    EXPECT_EQ(times_in(names, 'a'), 0U) << "whichever the other is, it has fewer";
    EXPECT_GT(times_in(names, 'b'), 0U);
    EXPECT_GT(times_in(names, 'c'), times_in(names, 'b'));
}

TEST(random_method, finds_the_one_that_is_left) {
    for (const auto method : {Balancing::random, Balancing::random_two}) {
        Balanced service(method, {{.weight = 1000, .down = true}, {}, {.weight = 1000, .down = true}});
        EXPECT_EQ(service.picks(20), std::string(20, 'b'));
        service.tried = {&service.at('b')};
        EXPECT_EQ(service.pick(), "-");
    }
}

// The endpoint answered after this time.
void measure(Balanced& service, char name, std::chrono::milliseconds took) {
    for (int i = 0; i < 100; ++i) note_response_time(service.at(name), took, service.now);
}

TEST(least_time, chooses_the_shortest_wait) {
    Balanced service(Balancing::least_time, {{}, {}, {.weight = 4}});
    measure(service, 'a', 20ms);
    measure(service, 'b', 50ms);
    measure(service, 'c', 400ms);
    EXPECT_EQ(service.holds(2), "aa");   // a third there would wait 60 ms
    EXPECT_EQ(service.hold(), "b");
    EXPECT_EQ(service.holds(2), "aa");
    service.at('a').is_out = service.at('b').is_out = true;
    EXPECT_EQ(service.pick(), "c");
}

TEST(least_time, counts_a_new_endpoint_as_the_fastest_and_no_faster) {
    Balanced service(Balancing::least_time, {{}, {}, {}});
    const auto unknown = service.picks(6);
    EXPECT_EQ(times_in(unknown, 'a'), 2U);
    measure(service, 'a', 20ms);
    measure(service, 'b', 900ms);
    const auto names = service.holds(10);
    EXPECT_EQ(times_in(names, 'a'), 5U);
    EXPECT_EQ(times_in(names, 'c'), 5U);
}

TEST(least_time, asks_a_slow_endpoint_again_after_a_while) {
    Balanced service(Balancing::least_time, {{}, {}});
    measure(service, 'a', 20ms);
    measure(service, 'b', 300ms);
    EXPECT_EQ(service.picks(5), "aaaaa");
    for (int seconds = 0; seconds < 60; seconds += 2) {
        service.now += 2s;
        measure(service, 'a', 20ms);
    }
    EXPECT_EQ(service.pick(), "b");
}

TEST(rendezvous, spreads_keys_by_weight_and_moves_only_those_of_who_is_gone) {
    Balanced service(Balancing::rendezvous, {{}, {.weight = 2}, {}, {.weight = 4}});
    std::string before;
    for (int key = 0; key < 4000; ++key) {
        service.key = key_of(fmt::format("10.{}.{}.1", key / 256, key % 256));
        before += service.pick();
    }
    EXPECT_NEAR(static_cast<double>(times_in(before, 'a')), 500, 80);
    EXPECT_NEAR(static_cast<double>(times_in(before, 'd')), 2000, 150);
    service.at('b').is_out = true;
    for (std::size_t key = 0; key < before.size(); ++key) {
        service.key = key_of(fmt::format("10.{}.{}.1", key / 256, key % 256));
        const auto now = service.pick();
        if (before[key] == 'b') {
            EXPECT_NE(now, "b");
        } else {
            EXPECT_EQ(now.front(), before[key]);
        }
    }
}

TEST(methods, pass_over_an_endpoint_that_is_out_even_the_only_one) {
    for (const auto method : {rotation, Balancing::least_connections, Balancing::ip_hash, Balancing::random,
                              Balancing::random_two, Balancing::least_time, Balancing::rendezvous}) {
        Balanced service(method, {{}, {}});
        service.key = "abc";
        service.at('a').is_out = true;
        EXPECT_EQ(service.picks(6), "bbbbbb");
        service.at('b').is_out = true;
        EXPECT_EQ(service.pick(), "-");
        Balanced single(method, {{}});
        single.key = "abc";
        single.at('a').is_out = true;
        EXPECT_EQ(single.pick(), "-");
    }
}

}   // namespace
}   // namespace gatehouse::upstream
