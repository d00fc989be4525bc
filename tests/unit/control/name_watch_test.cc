#include "control/name_watch.h"

#include "tests/unit/control/control_fixture.h"

namespace gatehouse::control {
namespace {

using namespace std::chrono_literals;
using NameWatchTest = ControlTest;

TEST_F(NameWatchTest, sees_new_addresses_within_five_seconds_though_the_ttl_says_ten_minutes) {
    table().set("back-end", {.addresses = {"10.0.0.1"}, .ttl = 600s});
    apply({service("s", {server("back-end", 5252)})});
    EXPECT_EQ(endpoints("s"), "10.0.0.1:5252");
    table().set("back-end", {.addresses = {"10.0.0.2", "10.0.0.1"}, .ttl = 600s});
    pass(5001ms);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:5252 10.0.0.2:5252");
    EXPECT_EQ(reports_with("\"back-end\" is now 10.0.0.1, 10.0.0.2; it was 10.0.0.1"), 1);
}

TEST_F(NameWatchTest, asks_every_second_where_docker_answers) {
    table().set("back-end", {.addresses = {"172.18.0.3"}, .ttl = 600s, .from_docker = true});
    apply({service("s", {server("back-end", 80)})});
    table().set("back-end", {.addresses = {"172.18.0.4"}, .ttl = 600s, .from_docker = true});
    pass(1001ms);
    EXPECT_EQ(endpoints("s"), "172.18.0.4:80");
}

TEST_F(NameWatchTest, heeds_the_ttl_within_one_and_five_seconds_and_valid_always) {
    const auto seconds_for = [](loop::Duration ttl, bool from_docker, std::optional<loop::Duration> valid) {
        return refresh_after({.addresses = {}, .ttl = ttl, .from_docker = from_docker}, valid) / 1s;
    };
    EXPECT_EQ(seconds_for(0s, false, {}), 1);
    EXPECT_EQ(seconds_for(3s, false, {}), 3);
    EXPECT_EQ(seconds_for(600s, false, {}), 5);
    EXPECT_EQ(seconds_for(600s, true, {}), 1);
    EXPECT_EQ(seconds_for(600s, true, 30s), 30);
    EXPECT_EQ(seconds_for(600s, false, 0s), 1);
}

TEST_F(NameWatchTest, asks_at_once_for_a_suspected_service_but_not_more_often_than_every_200_ms) {
    table().set("back-end", {.addresses = {"10.0.0.1"}});
    apply({service("s", {server("back-end", 80)})});
    table().set("back-end", {.addresses = {"10.0.0.2"}});
    pass(1s);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
    control_->services().suspect(*state("s"));
    pass(1ms);
    EXPECT_EQ(endpoints("s"), "10.0.0.2:80");
    const unsigned asked = table().times_asked("back-end");
    for (int i = 0; i < 100; ++i) {
        control_->services().suspect(*state("s"));
        pass(10ms);
    }
    EXPECT_LE(table().times_asked("back-end") - asked, 5U);
    EXPECT_GE(table().times_asked("back-end") - asked, 4U);
}

TEST_F(NameWatchTest, asks_again_when_suspicion_is_raised_while_an_answer_is_under_way) {
    table().set("back-end", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    apply({service("s", {server("back-end", 80)})});
    pass(200ms);
    table().set("back-end", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    control_->services().suspect(*state("s"));
    pass(210ms);   // the old answer is on its way
    table().set("back-end", {.addresses = {"10.0.0.2"}, .delay = 100ms});
    control_->services().suspect(*state("s"));
    pass(500ms);
    EXPECT_EQ(endpoints("s"), "10.0.0.2:80");
}

TEST_F(NameWatchTest, keeps_the_last_good_addresses_when_a_look_up_fails_and_says_so_once) {
    table().set("back-end", {.addresses = {"10.0.0.1"}});
    apply({service("s", {server("back-end", 80)})});
    table().set("back-end", {.failure = "no name server answers"});
    pass(60s);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
    EXPECT_EQ(reports_with(
                  "test.conf:3:9: \"back-end\" cannot be resolved (no name server answers); its last known"),
              1);
    EXPECT_EQ(reports_.size(), 1U);
    table().set("back-end", {.addresses = {"10.0.0.2"}});
    pass(5001ms);
    EXPECT_EQ(endpoints("s"), "10.0.0.2:80");
    EXPECT_EQ(reports_with("\"back-end\" resolves again: 10.0.0.2"), 1);
}

TEST_F(NameWatchTest, tries_a_failing_name_after_1_2_4_and_then_every_5_seconds) {
    apply({service("s", {server("missing", 80)})});
    std::vector<long> seconds;
    for (int second = 1; second <= 20; ++second) {
        const unsigned before = table().times_asked("missing");
        pass(1s);
        if (table().times_asked("missing") > before) seconds.push_back(second);
    }
    EXPECT_EQ(seconds, (std::vector<long>{1, 3, 7, 12, 17}));
}

TEST_F(NameWatchTest, an_unresolved_name_heals_by_itself) {
    apply({service("s", {server("back-end", 80)})});
    EXPECT_EQ(endpoints("s"), "");
    EXPECT_EQ(state("s")->endpoints()->unresolved, "back-end");
    EXPECT_EQ(reports_with("cannot be resolved (no such name); requests to it are answered 502"), 1);
    EXPECT_EQ(reports_.back().level, model::LogLevel::error);
    table().set("back-end", {.addresses = {"10.0.0.1"}});
    pass(1001ms);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
    EXPECT_EQ(state("s")->endpoints()->unresolved, "");
}

TEST_F(NameWatchTest, asks_for_every_name_when_hosts_or_resolv_conf_changed) {
    table().set("a", {.addresses = {"10.0.0.1"}});
    table().set("b", {.addresses = {"10.0.0.1"}});
    apply({service("s", {server("a", 80), server("b", 81)})});
    pass(2500ms);
    table().set("a", {.addresses = {"10.0.0.2"}});
    table().set("b", {.addresses = {"10.0.0.3"}});
    table().change_files();
    pass(1s);
    EXPECT_EQ(endpoints("s"), "10.0.0.2:80 10.0.0.3:81");
}

TEST_F(NameWatchTest, answers_in_another_order_are_no_change) {
    table().set("a", {.addresses = {"10.0.0.1", "10.0.0.2"}});
    apply({service("s", {server("a", 80)})});
    const auto version = state("s")->version();
    table().set("a", {.addresses = {"10.0.0.2", "10.0.0.1"}});
    pass(6s);
    EXPECT_EQ(state("s")->version(), version);
    EXPECT_TRUE(reports_.empty());
}

TEST_F(NameWatchTest, asks_once_for_a_name_that_several_services_need) {
    table().set("App", {.addresses = {}});
    table().set("app", {.addresses = {"10.0.0.1"}});
    apply({service("a", {server("app", 80)}), service("b", {server("App", 81), server("app", 82)})});
    EXPECT_EQ(table().times_asked("app"), 1U);
    EXPECT_EQ(endpoints("a"), "10.0.0.1:80");
    EXPECT_EQ(endpoints("b"), "10.0.0.1:81 10.0.0.1:82");
}

TEST_F(NameWatchTest, stops_asking_for_a_name_that_nobody_needs) {
    table().set("app", {.addresses = {"10.0.0.1"}});
    apply({service("a", {server("app", 80)})});
    apply({});
    const unsigned asked = table().times_asked("app");
    pass(60s);
    EXPECT_EQ(table().times_asked("app"), asked);
    EXPECT_EQ(loop_.armed_timers(), 0U);
}

TEST_F(NameWatchTest, asks_the_resolver_directive_for_what_the_system_does_not_know) {
    auto model = model_of({service("s", {server("known", 80)}), service("t", {server("unknown", 80)})});
    model.resolver.servers = {"127.0.0.1:5353"};
    table().set("known", {.addresses = {"10.0.0.1"}});
    EXPECT_TRUE(control_->apply(model, {}));
    ASSERT_EQ(tables_.size(), 3U);   // the first, the system's for this model, and the directive's
    tables_[1]->set("known", {.addresses = {"10.0.0.1"}});
    tables_[2]->set("known", {.addresses = {"10.9.9.9"}});
    tables_[2]->set("unknown", {.addresses = {"10.0.0.2"}});
    pass(3s);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
    EXPECT_EQ(endpoints("t"), "10.0.0.2:80");
    EXPECT_EQ(tables_[2]->times_asked("known"), 1U);   // when the system's table was still empty
}

std::vector<SocketAddress> literals(const std::vector<std::string>& texts) {
    std::vector<SocketAddress> addresses(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_TRUE(SocketAddress::parse(texts[i], 0, addresses[i]));
    return addresses;
}

TEST_F(NameWatchTest, takes_what_is_provided_at_once_and_asks_nobody_meanwhile) {
    table().set("web", {.addresses = {"10.0.0.1"}});
    apply({service("s", {server("web", 80)})});
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
    control_->provide_name("web", literals({"172.18.0.2", "172.18.0.3"}));
    EXPECT_EQ(endpoints("s"), "172.18.0.2:80 172.18.0.3:80");
    pass(1s);
    const unsigned asked = table().times_asked("web");
    pass(60s);
    EXPECT_EQ(table().times_asked("web"), asked);
    control_->provide_name("web", literals({"172.18.0.3"}));
    EXPECT_EQ(endpoints("s"), "172.18.0.3:80");
    control_->provide_name("web", literals({}));
    EXPECT_EQ(endpoints("s"), "");
    EXPECT_EQ(reports_with("no container called \"web\" runs any more"), 1);
    control_->provide_name("web", std::nullopt);
    pass(1s);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
}

TEST_F(NameWatchTest, knows_what_was_provided_before_anybody_needed_it) {
    control_->provide_name("web", literals({"172.18.0.2"}));
    apply({service("s", {server("Web", 80)})});
    EXPECT_EQ(endpoints("s"), "172.18.0.2:80");
    EXPECT_EQ(table().times_asked("web"), 0U);
    control_->forget_provided_names();
    EXPECT_EQ(endpoints("s"), "");
}

TEST_F(NameWatchTest, an_answer_that_was_under_way_does_not_take_the_place_of_what_is_provided) {
    table().set("web", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    apply({service("s", {server("web", 80)})});
    control_->provide_name("web", literals({"172.18.0.2"}));
    pass(200ms);
    EXPECT_EQ(endpoints("s"), "172.18.0.2:80");
}

}   // namespace
}   // namespace gatehouse::control
