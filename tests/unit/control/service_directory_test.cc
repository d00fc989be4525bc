#include "control/service_directory.h"

#include "tests/unit/control/control_fixture.h"

#include <optional>
#include <thread>

namespace gatehouse::control {
namespace {

using namespace std::chrono_literals;
using Found = Result<std::shared_ptr<const model::Service>>;

class ServiceDirectoryTest : public ControlTest {
protected:
    ServiceDirectory& directory() { return dynamic_cast<ServiceDirectory&>(control_->services()); }
    // What is answered, if anything, by the time the loop has had a turn.
    std::optional<Found> find(const std::string& host, std::uint16_t port = 80) {
        auto found = std::make_shared<std::optional<Found>>();
        directory().find(host, port, [found](Found answer) { *found = std::move(answer); });
        pass(1ms);
        return *found;
    }
    std::shared_ptr<const model::Service> service_of(const std::string& host) {
        const auto found = find(host);
        return found && *found ? **found : nullptr;
    }
};

TEST_F(ServiceDirectoryTest, answers_for_literals_at_once_on_any_thread) {
    std::shared_ptr<const model::Service> here;
    std::shared_ptr<const model::Service> there;
    std::thread([&] { directory().find("[::1]", 80, [&](Found answer) { there = *answer; }); }).join();
    directory().find("[::1]", 80, [&](Found answer) { here = *answer; });
    ASSERT_NE(here, nullptr);
    EXPECT_EQ(here, there);   // one set of counters and connections
    EXPECT_EQ(endpoints(*here->state), "[::1]:80");
}

TEST_F(ServiceDirectoryTest, the_path_of_a_unix_socket_is_a_literal_in_its_own_case) {
    const auto socket = service_of("unix:/run/App.sock");
    ASSERT_NE(socket, nullptr);
    EXPECT_EQ(endpoints(*socket->state), "unix:/run/App.sock");
    EXPECT_EQ(socket, service_of("unix:/run/App.sock"));
    EXPECT_NE(socket, service_of("unix:/run/app.sock"));
    EXPECT_EQ(service_of("unix:/" + std::string(200, 'x')), nullptr);
}

TEST_F(ServiceDirectoryTest, a_name_is_one_service_that_is_kept_up_to_date) {
    table().set("app", {.addresses = {"10.0.0.1"}});
    const auto app = service_of("app");
    ASSERT_NE(app, nullptr);
    EXPECT_EQ(app->name, "app:80");
    EXPECT_EQ(endpoints(*app->state), "10.0.0.1:80");
    EXPECT_EQ(service_of("APP"), app);
    EXPECT_EQ(table().times_asked("app"), 1U);
    table().set("app", {.addresses = {"10.0.0.2"}});
    directory().suspect(*app->state);
    pass(250ms);
    EXPECT_EQ(endpoints(*app->state), "10.0.0.2:80");
}

TEST_F(ServiceDirectoryTest, those_who_ask_while_a_name_is_looked_up_share_its_answer) {
    table().set("app", {.addresses = {"10.0.0.1"}, .delay = 100ms});
    std::vector<std::shared_ptr<const model::Service>> found;
    for (int i = 0; i < 3; ++i) directory().find("app", 80, [&](Found answer) { found.push_back(*answer); });
    pass(90ms);
    EXPECT_TRUE(found.empty());
    pass(20ms);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0], found[2]);
    EXPECT_EQ(table().times_asked("app"), 1U);
}

TEST_F(ServiceDirectoryTest, says_why_a_name_cannot_be_resolved_and_asks_again_for_the_next_request) {
    const auto missing = find("missing");
    ASSERT_TRUE(missing && !*missing);
    EXPECT_EQ(missing->error().code, ErrorCode::unresolved);
    EXPECT_STREQ(missing->error().what, "no such name");
    table().set("missing", {.addresses = {"10.0.0.1"}});
    EXPECT_FALSE(find("missing").has_value());   // within 200 ms of the last look-up: it waits for the next
    pass(200ms);
    EXPECT_NE(service_of("missing"), nullptr);
}

TEST_F(ServiceDirectoryTest, refuses_what_is_no_host_name_without_asking) {
    for (const char* host : {"", "a b", "a/b", "..", "[::1"}) {
        const auto found = find(host);
        ASSERT_TRUE(found && !*found) << host;
        EXPECT_EQ(found->error().code, ErrorCode::unresolved);
        EXPECT_EQ(table().times_asked(host), 0U);
    }
}

TEST_F(ServiceDirectoryTest, forgets_what_nobody_held_for_a_minute) {
    table().set("app", {.addresses = {"10.0.0.1"}});
    auto app = service_of("app");
    ASSERT_NE(service_of("10.0.0.1"), nullptr);
    EXPECT_EQ(directory().size(), 2U);
    pass(2min);
    EXPECT_EQ(directory().size(), 1U);
    EXPECT_EQ(service_of("app"), app);
    app.reset();
    pass(ServiceDirectory::idle_time - 1s);
    EXPECT_EQ(directory().size(), 1U);
    pass(2 * ServiceDirectory::sweep_interval);
    EXPECT_EQ(directory().size(), 0U);
    const unsigned asked = table().times_asked("app");
    pass(1min);
    EXPECT_EQ(table().times_asked("app"), asked);
    EXPECT_EQ(loop_.armed_timers(), 0U);
}

TEST_F(ServiceDirectoryTest, keeps_what_workers_use_without_asking_again) {
    table().set("app", {.addresses = {"10.0.0.1"}});
    const std::weak_ptr<const model::Service> app = service_of("app");
    for (int i = 0; i < 10; ++i) {
        ASSERT_FALSE(app.expired());
        ++app.lock()->state->rotation;   // as choosing an endpoint does
        pass(30s);
    }
    pass(ServiceDirectory::idle_time + 2 * ServiceDirectory::sweep_interval);
    EXPECT_TRUE(app.expired());
}

TEST_F(ServiceDirectoryTest, makes_room_for_new_names_by_forgetting_idle_ones) {
    std::vector<std::shared_ptr<const model::Service>> held;
    const auto name = [](std::size_t i) { return "app-" + std::to_string(i); };
    for (std::size_t i = 0; i <= ServiceDirectory::limit; ++i)
        table().set(name(i), {.addresses = {"10.0.0.1"}});
    for (std::size_t i = 0; i < ServiceDirectory::limit; ++i) held.push_back(service_of(name(i)));
    EXPECT_EQ(directory().size(), ServiceDirectory::limit);
    const auto refused = find(name(ServiceDirectory::limit));
    ASSERT_TRUE(refused && !*refused);
    EXPECT_EQ(refused->error().code, ErrorCode::too_large);
    EXPECT_NE(service_of("10.0.0.9"), nullptr);   // needs no place
    held[5].reset();
    EXPECT_NE(service_of(name(ServiceDirectory::limit)), nullptr);
    EXPECT_EQ(directory().size(), ServiceDirectory::limit);
}

TEST_F(ServiceDirectoryTest, asks_the_resolver_directive_for_names_of_requests) {
    auto model = model_of({});
    model.resolver.servers = {"127.0.0.1:5353"};
    ASSERT_TRUE(control_->apply(model, {}));
    tables_[2]->set("app", {.addresses = {"10.0.0.2"}});
    const auto app = service_of("app");
    ASSERT_NE(app, nullptr);
    EXPECT_EQ(endpoints(*app->state), "10.0.0.2:80");
    EXPECT_EQ(tables_[1]->times_asked("app"), 0U);
}

TEST_F(ServiceDirectoryTest, answers_open_questions_when_it_closes) {
    table().set("slow", {.addresses = {"10.0.0.1"}, .delay = 10s});
    std::optional<Found> answer;
    directory().find("slow", 80, [&](Found found) { answer = std::move(found); });
    pass(1ms);
    loop::Scope scope(loop_);
    scope.spawn(directory().close());
    EXPECT_EQ(world_.run_until([&] { return scope.empty(); }, 1s), loop::SimWorld::Outcome::met);
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().code, ErrorCode::canceled);
    const auto later = find("app");
    ASSERT_TRUE(later && !*later);
    EXPECT_EQ(later->error().code, ErrorCode::canceled);
}

}   // namespace
}   // namespace gatehouse::control
