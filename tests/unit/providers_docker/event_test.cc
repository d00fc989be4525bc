#include "providers/docker/event.h"

#include <gtest/gtest.h>

#include <csignal>

namespace gatehouse::docker {
namespace {

using Kind = EngineEvent::Kind;

EngineEvent container_event(const std::string& action, const std::string& attributes = "") {
    const auto event =
        parse_event(R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":"abc","Attributes":{)" +
                    attributes + R"(}},"timeNano":1795286354352657563})");
    EXPECT_TRUE(event) << action;
    return event.value_or(EngineEvent());
}

TEST(engine_event, says_what_happened_to_a_container) {
    const std::vector<std::pair<std::string, Kind>> actions = {
        {"create", Kind::created},
        {"start", Kind::started},
        {"kill", Kind::signalled},
        {"die", Kind::died},
        {"died", Kind::died},
        {"stop", Kind::died},
        {"destroy", Kind::destroyed},
        {"remove", Kind::destroyed},
        {"pause", Kind::changed},
        {"rename", Kind::changed},
        {"health_status: healthy", Kind::changed},
    };
    for (const auto& [action, kind] : actions) {
        const EngineEvent event = container_event(action);
        EXPECT_EQ(event.kind, kind) << action;
        EXPECT_EQ(event.id, "abc");
        EXPECT_EQ(event.at_ns, 1795286354352657563);
    }
}

TEST(engine_event, what_does_not_matter_is_other) {
    for (const char* action : {"exec_create: sh", "exec_die", "top", "attach", "resize", "restart", ""})
        EXPECT_EQ(container_event(action).kind, Kind::other) << action;
    EXPECT_EQ(parse_event(R"({"Type":"image","Action":"kill","Actor":{"ID":"a"}})")->kind, Kind::other);
    EXPECT_EQ(parse_event(R"({"Type":"container","Action":"die","Actor":{"ID":"../x"}})")->kind, Kind::other);
    EXPECT_EQ(parse_event(R"({"Type":"container","Action":"die"})")->kind, Kind::other);
    EXPECT_EQ(parse_event("{}")->kind, Kind::other);
}

TEST(engine_event, a_network_names_the_container_it_is_about) {
    const auto event = parse_event(
        R"({"Type":"network","Action":"connect","Actor":{"ID":"net","Attributes":{"container":"abc"}}})");
    EXPECT_EQ(event->kind, Kind::reconnected);
    EXPECT_EQ(event->id, "abc");
    EXPECT_EQ(parse_event(R"({"Type":"network","Action":"create","Actor":{"ID":"net"}})")->kind, Kind::other);
}

TEST(engine_event, tells_the_signal) {
    EXPECT_EQ(container_event("kill", R"("signal":"3")").signal, SIGQUIT);
    EXPECT_EQ(container_event("kill", R"("signal":"SIGUSR1")").signal, SIGUSR1);
    EXPECT_EQ(container_event("kill").signal, 0);
}

TEST(engine_event, what_is_no_event_is_refused) {
    for (const char* text : {"", "x", "[]", "7", "{\"Type\":", "{\"Type\":\"\xff\"}"})
        EXPECT_FALSE(parse_event(text)) << text;
}

TEST(stop_signal, has_many_spellings) {
    EXPECT_EQ(signal_number(""), SIGTERM);
    EXPECT_EQ(signal_number("SIGQUIT"), SIGQUIT);
    EXPECT_EQ(signal_number("quit"), SIGQUIT);
    EXPECT_EQ(signal_number("3"), SIGQUIT);
    EXPECT_EQ(signal_number("WINCH"), SIGWINCH);
    EXPECT_EQ(signal_number("SIGRTMIN+3"), 37);
    EXPECT_EQ(signal_number("RTMIN"), 34);
    for (const char* text : {"SIG", "nonsense", "99999", "-1", "SIGRTMIN+99", "SIGRTMIN+x"})
        EXPECT_EQ(signal_number(text), 0) << text;
}

}   // namespace
}   // namespace gatehouse::docker
