#include "providers/docker/container_watch.h"

#include "tests/unit/providers_docker/watch_fixture.h"

#include <gtest/gtest.h>

namespace gatehouse::docker {
namespace {

using namespace std::chrono_literals;
using Kind = EngineRequest::Kind;
using ContainerWatchTest = WatchTest;

TEST_F(ContainerWatchTest, tells_once_of_all_that_are_there) {
    for (int i = 0; i < 100; ++i) engine_.run(id_of(i));
    watch();
    pass(1s);
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].size(), 100U);
    EXPECT_EQ(state(), ContainerWatch::State::following);
    EXPECT_EQ(engine_.asked(Kind::inspect), 100U);
    EXPECT_LE(engine_.most_at_once(), ContainerWatch::questions_at_once + 3);
    EXPECT_EQ(facts(id_of(7)).name, "name-" + id_of(7));
    EXPECT_TRUE(facts(id_of(7)).running);
}

TEST_F(ContainerWatchTest, tells_of_an_engine_without_containers) {
    watch();
    pass(100ms);
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_TRUE(told_[0].empty());
}

TEST_F(ContainerWatchTest, tells_of_a_start_within_50_ms_after_one_inspection) {
    engine_.run("a");
    watch();
    pass(5s);
    engine_.run("b", {{"traefik.enable", "true"}});
    pass(50ms);
    ASSERT_TRUE(knows("b"));
    EXPECT_EQ(facts("b").labels.at("traefik.enable"), "true");
    pass(10s);
    EXPECT_EQ(engine_.inspections_of("b"), 1U);
    EXPECT_EQ(engine_.inspections_of("a"), 1U);
}

TEST_F(ContainerWatchTest, knows_a_container_that_was_created_and_never_started) {
    watch();
    pass(1s);
    engine_.create("a");
    pass(400ms);
    EXPECT_FALSE(knows("a"));
    pass(200ms);
    ASSERT_TRUE(knows("a"));
    EXPECT_FALSE(facts("a").running);
    EXPECT_EQ(engine_.inspections_of("a"), 1U);
}

TEST_F(ContainerWatchTest, drains_on_the_stop_signal_before_the_container_dies_and_asks_nothing_for_it) {
    engine_.run("a");
    engine_.containers["a"].stop_signal = "SIGQUIT";
    watch();
    pass(5s);
    engine_.signal("a", SIGHUP);
    engine_.signal("a", SIGTERM);   // it has another
    pass(20ms);
    EXPECT_FALSE(facts("a").stopping);
    engine_.signal("a", SIGQUIT);
    pass(20ms);
    EXPECT_TRUE(facts("a").stopping);
    EXPECT_TRUE(facts("a").running);
    EXPECT_EQ(engine_.inspections_of("a"), 1U);
    engine_.die("a");
    pass(20ms);
    EXPECT_FALSE(facts("a").running);
    EXPECT_FALSE(facts("a").stopping);
    engine_.start("a");
    pass(50ms);
    EXPECT_TRUE(facts("a").running);
    EXPECT_EQ(facts("a").networks.at(0).ipv4, engine_.containers["a"].ip);
}

TEST_F(ContainerWatchTest, gives_requests_again_to_a_container_that_ignores_its_stop_signal) {
    engine_.run("a");
    watch();
    pass(5s);
    engine_.signal("a", SIGTERM);
    pass(20ms);
    engine_.set_health("a", "healthy");   // whatever is learnt of it meanwhile
    pass(30s);
    EXPECT_TRUE(facts("a").stopping);
    EXPECT_EQ(facts("a").health, "healthy");
    pass(31s);
    EXPECT_FALSE(facts("a").stopping);
}

TEST_F(ContainerWatchTest, a_container_that_is_removed_is_gone_at_once) {
    engine_.run("a");
    watch();
    pass(5s);
    engine_.die("a");
    engine_.remove("a");
    pass(20ms);
    EXPECT_FALSE(knows("a"));
    pass(10s);
    EXPECT_EQ(engine_.inspections_of("a"), 1U);
}

TEST_F(ContainerWatchTest, one_label_change_among_10000_containers_costs_one_inspection) {
    for (int i = 0; i < 10'000; ++i) engine_.run(id_of(i), {{"a", "b"}});
    watch();
    pass(5s);
    ASSERT_EQ(told_containers(), 10'000U);
    ASSERT_EQ(engine_.asked(Kind::inspect), 10'000U);
    told_.clear();
    engine_.signal(id_of(77), SIGTERM);   // labels change only with another container of the same name
    engine_.die(id_of(77));
    engine_.remove(id_of(77));
    engine_.run("new", {{"a", "c"}});
    pass(50ms);
    EXPECT_EQ(facts("new").labels.at("a"), "c");
    pass(10s);
    EXPECT_EQ(engine_.asked(Kind::inspect), 10'001U);
    EXPECT_EQ(told_containers(), 2U);
}

TEST_F(ContainerWatchTest, a_slow_engine_with_many_containers_is_told_of_in_few_calls) {
    for (int i = 0; i < 3000; ++i) engine_.run(id_of(i));
    engine_.latency = 30ms;
    watch();
    pass(10s);
    EXPECT_LE(told_.size(), 4U);
    expect_truth();
}

TEST_F(ContainerWatchTest, a_storm_of_events_ends_in_the_truth_and_is_told_in_few_calls) {
    for (int i = 0; i < 50; ++i) engine_.run(id_of(i));
    watch();
    pass(5s);
    told_.clear();
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 50; ++i) {
            const std::string id = id_of(i);
            if (engine_.containers[id].running) {
                engine_.die(id);
            } else {
                engine_.start(id);
            }
        }
        pass(1ms);
    }
    EXPECT_LE(told_.size(), 50U) << "20,000 events, some 200 ms";
    pass(10s);
    expect_truth();
}

TEST_F(ContainerWatchTest, waits_for_an_engine_that_is_absent_and_says_so_once) {
    engine_.absent = true;
    watch();
    pass(60s);
    EXPECT_TRUE(told_.empty());
    EXPECT_EQ(state(), ContainerWatch::State::waiting);
    EXPECT_EQ(reports_with("connect"), 1);
    EXPECT_EQ(reports_.size(), 1U);
    EXPECT_LE(engine_.asked(Kind::ping), 25U);
    engine_.absent = false;
    engine_.run("a");
    pass(5100ms);
    EXPECT_TRUE(knows("a"));
    EXPECT_EQ(reports_with("back after"), 1);
}

TEST_F(ContainerWatchTest, an_engine_that_restarts_takes_nothing_away_and_what_changed_is_caught_up) {
    for (int i = 0; i < 1000; ++i) engine_.run(id_of(i));
    watch();
    pass(5s);
    told_.clear();
    engine_.forgets = true;
    engine_.absent = true;
    engine_.break_off();
    pass(60s);
    EXPECT_TRUE(told_.empty());
    engine_.containers[id_of(1)].running = false;
    engine_.containers.erase(id_of(2));
    engine_.containers[id_of(3)].health = "unhealthy";
    engine_.containers["new"] = {.name = "new", .running = true};
    engine_.absent = false;
    pass(6s);
    EXPECT_EQ(told_containers(), 4U);
    EXPECT_EQ(engine_.asked(Kind::inspect), 1003U);
    expect_truth();
}

TEST_F(ContainerWatchTest, an_engine_that_falls_asleep_is_noticed_and_its_containers_stay) {
    for (int i = 0; i < 20; ++i) engine_.run(id_of(i));
    watch();
    pass(5s);
    told_.clear();
    engine_.asleep = true;
    pass(26s);
    EXPECT_EQ(state(), ContainerWatch::State::waiting);
    EXPECT_EQ(reports_with("it does not answer"), 1);
    pass(34s);
    EXPECT_TRUE(told_.empty());
    engine_.containers[id_of(1)].running = false;
    engine_.wake_up();
    pass(16s);
    EXPECT_EQ(state(), ContainerWatch::State::following);
    EXPECT_EQ(told_containers(), 1U);
    expect_truth();
    EXPECT_LE(engine_.open_conversations(), 1U);
}

TEST_F(ContainerWatchTest, an_engine_that_sleeps_from_the_beginning_is_found_when_it_wakes) {
    engine_.run("a");
    engine_.asleep = true;
    watch();
    pass(60s);
    EXPECT_TRUE(told_.empty());
    engine_.wake_up();
    pass(6s);
    EXPECT_TRUE(knows("a"));
}

TEST_F(ContainerWatchTest, answers_that_end_half_way_are_asked_for_again) {
    for (int i = 0; i < 20; ++i) engine_.run(id_of(i));
    engine_.half_answers = 10;
    watch();
    pass(60s);
    expect_truth();
    EXPECT_EQ(state(), ContainerWatch::State::following);
}

TEST_F(ContainerWatchTest, answers_in_chunks_and_small_pieces_mean_the_same) {
    for (int i = 0; i < 20; ++i) engine_.run(id_of(i), {{"a", std::string(3000, 'x')}});
    engine_.chunked = true;
    engine_.piece_bytes = 7;
    watch();
    pass(1s);
    engine_.start(id_of(3));
    pass(50ms);
    expect_truth();
}

TEST_F(ContainerWatchTest, events_that_were_lost_without_a_word_are_made_good_by_a_list) {
    engine_.run("a");
    watch();
    pass(1s);
    engine_.silent = true;
    engine_.die("a");
    engine_.run("b");
    pass(ContainerWatch::list_interval + 1s);
    expect_truth();
}

TEST_F(ContainerWatchTest, an_event_that_is_too_long_or_makes_no_sense_leads_to_a_list) {
    engine_.run("a");
    watch();
    pass(1s);
    engine_.silent = true;
    engine_.die("a");
    engine_.silent = false;
    engine_.tell_line(std::string(EventStream::longest_line + 10, 'x'));
    pass(1s);
    expect_truth();
    EXPECT_EQ(engine_.asked(Kind::list), 2U);
    for (int i = 0; i < 100; ++i) engine_.tell_line("nonsense");
    pass(3s);
    EXPECT_LE(engine_.asked(Kind::list), 5U);
    EXPECT_EQ(state(), ContainerWatch::State::following);
}

TEST_F(ContainerWatchTest, a_container_whose_inspection_hangs_holds_nothing_else_up) {
    for (int i = 0; i < 20; ++i) engine_.run(id_of(i));
    engine_.containers[id_of(3)].hangs = true;
    watch();
    pass(ContainerWatch::hold_first + 100ms);
    EXPECT_EQ(told_containers(), 19U);
    engine_.run("new");
    pass(100ms);
    EXPECT_TRUE(knows("new"));
    engine_.containers[id_of(3)].hangs = false;
    pass(20s);
    expect_truth();
}

TEST_F(ContainerWatchTest, an_engine_that_refuses_an_inspection_is_asked_again_ever_less_often) {
    engine_.run("a");
    engine_.containers["a"].inspect_status = 500;
    watch();
    pass(60s);
    EXPECT_LE(engine_.inspections_of("a"), 8U);
    EXPECT_GE(reports_with("it answered 500: broken"), 1);
    EXPECT_EQ(state(), ContainerWatch::State::following);
    engine_.containers["a"].inspect_status = 200;
    pass(31s);
    EXPECT_TRUE(knows("a"));
}

TEST_F(ContainerWatchTest, a_container_with_a_huge_description_is_refused_and_no_other) {
    engine_.run("a", {{"rule", std::string(5 << 20, 'x')}});
    engine_.run("b");
    watch();
    pass(5s);
    EXPECT_EQ(facts("a").problem, "its description is larger than 4 MiB");
    EXPECT_EQ(facts("b").problem, "");
    EXPECT_EQ(engine_.inspections_of("a"), 1U);
}

TEST_F(ContainerWatchTest, a_random_history_with_breaks_ends_in_the_truth) {
    watch();
    Random random(42);
    for (int step = 0; step < 3000; ++step) {
        const std::string id = id_of(static_cast<int>(random.below(30)));
        const bool exists = engine_.containers.contains(id);
        switch (random.below(12)) {
            case 0: engine_.latency = std::chrono::milliseconds(random.below(40)); break;
            case 1: engine_.break_off(); break;
            case 2: engine_.silent = false; break;
            case 3:
                if (exists) engine_.remove(id);
                break;
            case 4:
                if (exists) engine_.signal(id, SIGTERM);
                break;
            case 5:
                if (exists) engine_.set_health(id, random.below(2) == 0 ? "healthy" : "unhealthy");
                break;
            default:
                if (!exists) {
                    engine_.create(id);
                } else if (engine_.containers[id].running) {
                    engine_.die(id);
                } else {
                    engine_.start(id);
                }
        }
        pass(std::chrono::milliseconds(random.below(30) + 1));
    }
    pass(70s);
    expect_truth();
}

}   // namespace
}   // namespace gatehouse::docker
