#include "net/system_resolver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

#include "loop/epoll/epoll_backend.h"
#include "tests/unit/net/dns_responder.h"

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

// A loop, a hosts file and a resolv.conf of the test's own.
class SystemResolverTest : public testing::Test {
protected:
    SystemResolverTest() : loop_(std::make_unique<loop::EpollBackend>()), scope_(loop_) {
        char pattern[] = "/tmp/gatehouse-resolver-XXXXXX";
        directory_ = mkdtemp(pattern);
        options_.hosts_path = directory_ + "/hosts";
        options_.resolv_conf_path = directory_ + "/resolv.conf";
        options_.timeout = 10s;
        options_.only_own_families = false;   // whatever machine this is
        write(options_.hosts_path, "");
        use_servers({&server_});
    }
    ~SystemResolverTest() override {
        resolver_.reset();
        run(close_scope(&scope_));
        std::filesystem::remove_all(directory_);
    }

    static loop::Task<void> close_scope(loop::Scope* scope) { co_await scope->close(); }

    void use_servers(const std::vector<DnsResponder*>& servers, const std::string& more = "search lan\n") {
        std::string text = more;
        for (const auto* server : servers) text += "nameserver " + server->text() + "\n";
        write(options_.resolv_conf_path, text);
    }
    // Under another name first, so that a reader never sees half of it.
    static void write(const std::string& path, const std::string& text) {
        std::ofstream(path + ".new") << text;
        std::filesystem::rename(path + ".new", path);
    }

    SystemResolver& resolver() {
        if (!resolver_) resolver_ = std::make_unique<SystemResolver>(loop_, scope_, options_);
        return *resolver_;
    }

    static loop::Task<void> then_flag(loop::Task<void> task, bool* flag) {
        co_await std::move(task);
        *flag = true;
    }
    void run(loop::Task<void> task) {
        bool done = false;
        loop::Scope scope(loop_);
        scope.spawn(then_flag(std::move(task), &done));
        while (!done || !scope.empty()) loop_.turn(loop::forever);
    }
    static loop::Task<void> keep(Resolver* resolver, std::string name,
                                 std::optional<Result<Resolution>>* into) {
        into->emplace(co_await resolver->resolve(name));
    }
    Result<Resolution> resolve(const std::string& name) {
        std::optional<Result<Resolution>> answer;
        run(keep(&resolver(), name, &answer));
        return *answer;
    }
    // "10.0.0.1 10.0.0.2", or why not
    std::string said(const std::string& name) {
        const auto answer = resolve(name);
        if (!answer) return answer.error().what;
        std::string text;
        for (const auto& address : answer->addresses) text += (text.empty() ? "" : " ") + address.ip_text();
        return text;
    }

    DnsResponder server_;
    loop::Loop loop_;
    loop::Scope scope_;
    std::string directory_;
    ResolverOptions options_;
    std::unique_ptr<SystemResolver> resolver_;
};

TEST_F(SystemResolverTest, asks_for_both_families_and_sorts_the_addresses) {
    server_.set("back-end.lan", {.ipv4 = {"10.0.0.2", "10.0.0.1"}, .ipv6 = {"fd00::1"}, .ttl = 77});
    const auto answer = resolve("back-end");
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_EQ(answer->addresses.size(), 3U);
    EXPECT_EQ(answer->addresses[0].describe(), "10.0.0.1:0");
    EXPECT_EQ(answer->addresses[1].describe(), "10.0.0.2:0");
    EXPECT_EQ(answer->addresses[2].describe(), "[fd00::1]:0");
    EXPECT_EQ(answer->ttl, 77s);
    EXPECT_FALSE(answer->from_docker);
}

TEST_F(SystemResolverTest, asks_for_the_families_that_this_machine_has) {
    options_.only_own_families = true;
    const auto own = families_of(addresses_of_this_machine());
    server_.set("app.test", {.ipv4 = {"10.0.0.1"}, .ipv6 = {"fd00::1"}});
    EXPECT_EQ(said("app.test"), own.ipv4 && own.ipv6 ? "10.0.0.1 fd00::1"
                                : own.ipv4           ? "10.0.0.1"
                                                     : "fd00::1");
}

TEST_F(SystemResolverTest, tries_search_domains_in_order) {
    use_servers({&server_}, "search a.test b.test\n");
    server_.set("app.b.test", {.ipv4 = {"10.0.0.1"}});
    EXPECT_EQ(said("app"), "10.0.0.1");
    const auto asked = server_.asked();
    ASSERT_EQ(asked.size(), 4U);
    EXPECT_TRUE(asked[0].starts_with("app.a.test "));
    EXPECT_TRUE(asked[2].starts_with("app.b.test "));
}

TEST_F(SystemResolverTest, says_why_there_is_no_address) {
    server_.set("empty.test", {});
    server_.set("broken.test", {.response_code = 2});
    EXPECT_EQ(said("missing.test"), "no such name");
    EXPECT_EQ(said("empty.test"), "the name has no address");
    EXPECT_EQ(said("broken.test"), "the name servers failed");
    EXPECT_EQ(said("not a name"), "not a host name");
    EXPECT_EQ(resolve("missing.test").error().code, ErrorCode::unresolved);
}

TEST_F(SystemResolverTest, gives_up_on_a_silent_server_when_its_time_is_up) {
    options_.timeout = 50ms;
    server_.set("silent.test", {.silent = true});
    EXPECT_EQ(said("silent.test"), "no name server answers");
}

TEST_F(SystemResolverTest, takes_ipv4_addresses_when_the_server_drops_questions_for_ipv6) {
    options_.timeout = 100ms;
    server_.set("half.test", {.ipv4 = {"10.0.0.1"}, .silent_on_aaaa = true});
    EXPECT_EQ(said("half.test"), "10.0.0.1");
}

TEST_F(SystemResolverTest, asks_the_next_server_when_one_is_not_there) {
    auto gone = std::make_unique<DnsResponder>();
    use_servers({gone.get(), &server_});
    gone.reset();
    server_.set("app.test", {.ipv4 = {"10.0.0.1"}});
    EXPECT_EQ(said("app.test"), "10.0.0.1");
}

TEST_F(SystemResolverTest, asks_over_tcp_after_a_truncated_answer) {
    DnsResponder::Row row{.truncated = true};
    for (int i = 1; i <= 100; ++i) row.ipv4.push_back("10.0.1." + std::to_string(i));
    server_.set("many.test", row);
    const auto answer = resolve("many.test");
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->addresses.size(), 100U);
    EXPECT_GE(server_.answers_over_tcp(), 1);
}

TEST_F(SystemResolverTest, follows_an_alias_within_the_answer) {
    server_.set("alias.test", {.ipv4 = {"10.0.0.1"}, .ttl = 3, .alias = "real.test"});
    const auto answer = resolve("alias.test");
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->ttl, 3s);
}

TEST_F(SystemResolverTest, prefers_the_hosts_file_and_sees_it_change) {
    write(options_.hosts_path, "10.1.0.1 app.test\n");
    server_.set("app.test", {.ipv4 = {"10.2.0.1"}});
    EXPECT_EQ(said("app.test"), "10.1.0.1");
    EXPECT_FALSE(resolver().reread_if_changed());
    write(options_.hosts_path, "10.1.0.2 app.test\n");
    EXPECT_TRUE(resolver().reread_if_changed());
    EXPECT_EQ(said("app.test"), "10.1.0.2");
    std::filesystem::remove(options_.hosts_path);
    EXPECT_TRUE(resolver().reread_if_changed());
    EXPECT_EQ(said("app.test"), "10.2.0.1");
}

TEST_F(SystemResolverTest, asks_other_servers_after_resolv_conf_changed) {
    DnsResponder other;
    server_.set("app.test", {.ipv4 = {"10.0.0.1"}});
    other.set("app.test", {.ipv4 = {"10.0.0.2"}});
    EXPECT_EQ(said("app.test"), "10.0.0.1");
    use_servers({&other});
    EXPECT_TRUE(resolver().reread_if_changed());
    EXPECT_EQ(said("app.test"), "10.0.0.2");
}

TEST_F(SystemResolverTest, finishes_a_look_up_that_began_before_resolv_conf_changed) {
    server_.set("app.test", {.ipv4 = {"10.0.0.1"}});
    std::optional<Result<Resolution>> answer;
    loop::Scope scope(loop_);
    scope.spawn(keep(&resolver(), "app.test", &answer));
    use_servers({&server_}, "# another\n");
    EXPECT_TRUE(resolver().reread_if_changed());
    while (!scope.empty()) loop_.turn(loop::forever);
    ASSERT_TRUE(answer && *answer);
}

TEST_F(SystemResolverTest, never_asks_a_server_for_localhost) {
    EXPECT_EQ(said("localhost"), "127.0.0.1 ::1");
    EXPECT_EQ(said("app.localhost"), "127.0.0.1 ::1");
    EXPECT_TRUE(server_.asked().empty());
    write(options_.hosts_path, "127.0.0.1 localhost\n");
    resolver().reread_if_changed();
    EXPECT_EQ(said("localhost"), "127.0.0.1");
}

TEST_F(SystemResolverTest, knows_when_docker_answers) {
    DnsResponder docker("127.0.0.11");
    docker.set("app", {.ipv4 = {"172.18.0.3"}});
    use_servers({&docker}, "options ndots:0\n");
    const auto answer = resolve("app");
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_TRUE(answer->from_docker);
}

TEST_F(SystemResolverTest, asks_configured_servers_for_the_name_as_it_is) {
    DnsResponder configured;
    configured.set("app", {.ipv4 = {"10.0.0.7"}, .ipv6 = {"fd00::7"}});
    write(options_.hosts_path, "10.1.0.1 app other\n");
    options_.servers = {configured.text()};
    options_.ipv6 = false;
    EXPECT_EQ(said("app"), "10.0.0.7");
    EXPECT_EQ(configured.asked(), (std::vector<std::string>{"app A"}));
    EXPECT_EQ(said("other"), "10.1.0.1");   // only the hosts file knows it
    EXPECT_TRUE(server_.asked().empty());
}

TEST_F(SystemResolverTest, a_canceled_look_up_ends_at_once) {
    server_.set("silent.test", {.silent = true});
    std::optional<Result<Resolution>> answer;
    loop::Scope scope(loop_);
    scope.spawn(keep(&resolver(), "silent.test", &answer));
    scope.cancel();
    while (!scope.empty()) loop_.turn(loop::forever);
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().code, ErrorCode::canceled);
}

TEST_F(SystemResolverTest, answers_more_questions_than_may_be_asked_at_once) {
    server_.set("app.test", {.ipv4 = {"10.0.0.1"}});
    constexpr std::size_t count = 3 * SystemResolver::most_look_ups;
    std::vector<std::optional<Result<Resolution>>> answers(count);
    loop::Scope scope(loop_);
    for (auto& answer : answers) scope.spawn(keep(&resolver(), "app.test", &answer));
    while (!scope.empty()) loop_.turn(loop::forever);
    for (const auto& answer : answers) EXPECT_TRUE(answer && *answer);
}

}   // namespace
}   // namespace gatehouse::net
