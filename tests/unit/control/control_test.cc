#include "control/control.h"

#include "tests/unit/control/control_fixture.h"

#include <thread>

namespace gatehouse::control {
namespace {

using namespace std::chrono_literals;

TEST_F(ControlTest, publishes_literal_addresses_at_once) {
    apply({service("s", {server("10.0.0.1", 80), server("::1", 81)})});
    ASSERT_EQ(published_.size(), 1U);
    EXPECT_EQ(latest().generation, 1U);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80 [::1]:81");
    EXPECT_EQ(loop_.armed_timers(), 0U);
}

TEST_F(ControlTest, waits_for_the_first_answers_of_names) {
    table().set("app", {.addresses = {"10.0.0.1"}, .delay = 50ms});
    apply({service("s", {server("app", 80)})});
    EXPECT_TRUE(published_.empty());
    pass(51ms);
    ASSERT_EQ(published_.size(), 1U);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
}

TEST_F(ControlTest, starts_after_the_head_start_though_a_name_stays_silent) {
    table().set("silent", {.addresses = {"10.0.0.1"}, .delay = 30s});
    apply({service("s", {server("silent", 80)}), service("t", {server("10.0.0.2", 80)})});
    pass(Control::head_start - 2ms);
    EXPECT_TRUE(published_.empty());
    pass(4ms);
    ASSERT_EQ(published_.size(), 1U);
    EXPECT_EQ(endpoints("t"), "10.0.0.2:80");
    EXPECT_EQ(state("s")->endpoints()->unresolved, "silent");
    pass(30s);
    EXPECT_EQ(endpoints("s"), "10.0.0.1:80");
}

TEST_F(ControlTest, a_failed_first_answer_does_not_hold_the_start) {
    apply({service("s", {server("missing", 80)})});
    EXPECT_EQ(published_.size(), 1U);
}

TEST_F(ControlTest, a_later_model_takes_the_place_of_one_that_waits) {
    table().set("slow", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    apply({service("s", {server("slow", 80)})});
    apply({service("t", {server("10.0.0.2", 80)})});
    pass(1s);
    ASSERT_EQ(published_.size(), 1U);
    EXPECT_EQ(latest().generation, 2U);
}

TEST_F(ControlTest, localhost_is_one_endpoint_with_two_addresses) {
    table().set("localhost", {.addresses = {"::1", "127.0.0.1"}});
    apply({service("s", {server("localhost", 80)})});
    const auto set = state("s")->endpoints();
    ASSERT_EQ(set->primary.size(), 1U);
    EXPECT_EQ(set->primary[0]->addresses.size(), 2U);
}

TEST_F(ControlTest, a_service_that_did_not_change_keeps_its_state_over_a_reload) {
    apply({service("s", {server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    const auto before = state("s");
    before->rotation = 7;
    before->endpoints()->primary[0]->failures = 3;
    const auto version = before->version();
    apply({service("s", {server("10.0.0.1", 80), server("10.0.0.2", 80)}),
           service("t", {server("10.0.0.3", 80)})});
    EXPECT_EQ(latest().generation, 2U);
    EXPECT_EQ(state("s"), before);
    EXPECT_EQ(state("s")->version(), version);
}

TEST_F(ControlTest, a_service_that_changed_keeps_the_counters_of_unchanged_endpoints) {
    apply({service("s", {server("10.0.0.1", 80), server("10.0.0.2", 80)})});
    const auto before = state("s");
    before->rotation = 7;
    before->endpoints()->primary[1]->failures = 3;
    apply({service("s", {server("10.0.0.1", 80, 5), server("10.0.0.2", 80), server("10.0.0.3", 80)})});
    const auto after = state("s");
    EXPECT_NE(after, before);   // requests under way still balance by the old definition
    EXPECT_EQ(endpoints(*before), "10.0.0.1:80 10.0.0.2:80");
    EXPECT_EQ(endpoints(*after), "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
    EXPECT_EQ(after->rotation, 7U);
    EXPECT_NE(after->endpoints()->primary[0], before->endpoints()->primary[0]);   // another weight
    EXPECT_EQ(after->endpoints()->primary[1], before->endpoints()->primary[1]);
}

TEST_F(ControlTest, names_stay_known_over_a_reload) {
    table().set("app", {.addresses = {"10.0.0.1"}});
    apply({service("s", {server("app", 80)})});
    table().set("app", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    apply({service("s", {server("app", 80)}), service("t", {server("app", 81)})});
    ASSERT_EQ(published_.size(), 2U);   // nothing to wait for
    EXPECT_EQ(endpoints("t"), "10.0.0.1:81");
    EXPECT_EQ(table().times_asked("app"), 1U);
}

TEST_F(ControlTest, gives_each_listener_its_socket) {
    auto model = model_of({});
    auto site = std::make_shared<model::Site>();
    for (const char* text : {"0.0.0.0:80", "[::]:80"}) {
        model::Listener listener;
        listener.text = text;
        listener.default_site = site;
        listener.sites = {site};
        model.listeners.push_back(listener);
    }
    EXPECT_EQ(control_->apply(model, {{"0.0.0.0:80", 7}}).error().code, ErrorCode::not_found);
    EXPECT_TRUE(published_.empty());
    ASSERT_TRUE(control_->apply(model, {{"0.0.0.0:80", 7}, {"[::]:80", 8}, {"unix:/gone", 9}}));
    const auto& sockets = published_.back()->sockets;
    ASSERT_EQ(sockets.size(), 2U);
    EXPECT_EQ(sockets[0].fd, 7);
    EXPECT_EQ(sockets[1].fd, 8);
    EXPECT_EQ(sockets[1].listener->listener.text, "[::]:80");
    EXPECT_EQ(latest().generation, 1U);   // the refused one had none
}

TEST_F(ControlTest, a_snapshot_dies_on_the_thread_of_control) {
    apply({service("s", {server("10.0.0.1", 80)})});
    const std::weak_ptr<model::ServiceState> state_of_first = state("s");
    auto first = std::move(published_.back());
    published_.clear();
    apply({});
    EXPECT_EQ(control_->live_snapshots(), 2U);
    std::thread worker([held = std::move(first)]() mutable { held.reset(); });
    worker.join();
    EXPECT_FALSE(state_of_first.expired());
    EXPECT_EQ(control_->live_snapshots(), 2U);
    pass(1ms);
    EXPECT_TRUE(state_of_first.expired());
    EXPECT_EQ(control_->live_snapshots(), 1U);
}

TEST_F(ControlTest, speaks_up_when_many_snapshots_live_and_refuses_too_many) {
    for (std::size_t i = 0; i < LiveSnapshots::limit; ++i) {
        apply({});
        EXPECT_EQ(reports_.empty(), i < LiveSnapshots::notice_above);
    }
    EXPECT_EQ(reports_with("17 configurations are in use at once"), 1);
    EXPECT_EQ(control_->apply(model_of({}), {}).error().code, ErrorCode::too_large);
    EXPECT_EQ(published_.size(), LiveSnapshots::limit);
    published_.erase(published_.begin(), published_.begin() + 100);
    pass(1ms);
    EXPECT_TRUE(control_->apply(model_of({}), {}));
    EXPECT_EQ(control_->live_snapshots(), LiveSnapshots::limit - 99);
}

}   // namespace
}   // namespace gatehouse::control
