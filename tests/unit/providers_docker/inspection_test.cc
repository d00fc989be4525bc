#include "providers/docker/inspection.h"

#include <gtest/gtest.h>

namespace gatehouse::docker {
namespace {

constexpr std::string_view running = R"json({
  "Id": "b0466fc8bb96", "Name": "/web-1",
  "State": {"Status": "running", "Running": true, "Paused": true, "StartedAt": "2024-01-01T00:00:00Z",
            "Health": {"Status": "starting", "Log": [{"Output": "x"}]}},
  "Config": {"Labels": {"b": "2", "a": "Host(`x`)"}, "StopSignal": "SIGQUIT", "ExposedPorts": {"9/udp": {}}},
  "HostConfig": {"NetworkMode": "backend", "PortBindings": null},
  "NetworkSettings": {
    "Ports": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}, {"HostIp": "::", "HostPort": "80"}],
              "9/udp": null},
    "Networks": {"other": {"NetworkID": "n2", "IPAddress": "", "GlobalIPv6Address": "fd00::2"},
                 "backend": {"NetworkID": "n1", "IPAddress": "172.18.0.3", "GlobalIPv6Address": ""}}}})json";

TEST(inspection, reads_what_decides_how_a_container_is_routed) {
    const auto inspection = parse_inspection(running);
    ASSERT_TRUE(inspection);
    model::ContainerFacts expected;
    expected.id = "b0466fc8bb96";
    expected.name = "web-1";
    expected.labels = {{"a", "Host(`x`)"}, {"b", "2"}};
    expected.running = expected.paused = true;
    expected.health = "starting";
    expected.stop_signal = "SIGQUIT";
    expected.network_mode = "backend";
    expected.networks = {{"backend", "n1", "172.18.0.3", ""}, {"other", "n2", "", "fd00::2"}};
    expected.ports = {{8080, "tcp", {{"0.0.0.0", 80}, {"::", 80}}}, {9, "udp", {}}};
    EXPECT_EQ(inspection->facts, expected);
    EXPECT_EQ(inspection->started_at, "2024-01-01T00:00:00Z");
}

TEST(inspection, knows_the_exposed_ports_of_a_container_that_does_not_run) {
    const auto inspection = parse_inspection(
        R"({"Id":"a","Config":{"ExposedPorts":{"80/tcp":{},"443":{},"0/tcp":{},"99999/tcp":{},"x/tcp":{}}},
            "NetworkSettings":{"Ports":{}}})");
    ASSERT_TRUE(inspection);
    const std::vector<model::ContainerPort> expected = {{443, "tcp", {}}, {80, "tcp", {}}};
    EXPECT_EQ(inspection->facts.ports, expected);
}

TEST(inspection, takes_what_has_another_type_for_absent) {
    const auto inspection = parse_inspection(
        R"({"Id":"a","Name":7,"State":[],"Config":{"Labels":["x"],"StopSignal":null},"HostConfig":"x",
            "NetworkSettings":{"Ports":{"80/tcp":{"x":1},"81/tcp":[7]},"Networks":{"n":null}}})");
    ASSERT_TRUE(inspection);
    EXPECT_FALSE(inspection->facts.running);
    EXPECT_TRUE(inspection->facts.labels.empty());
    EXPECT_EQ(inspection->facts.ports.size(), 2U);
    EXPECT_EQ(inspection->facts.networks.size(), 1U);
    EXPECT_TRUE(parse_inspection(R"({"Id":"a","Config":{"Labels":null}})"));
}

TEST(inspection, a_health_check_that_is_switched_off_is_none) {
    EXPECT_EQ(parse_inspection(R"({"Id":"a","State":{"Health":{"Status":"none"}}})")->facts.health, "");
}

TEST(inspection, what_is_no_inspection_is_refused) {
    for (const char* text :
         {"", "{", "[]", "7", "null", "{}", R"({"Id":7})", R"({"Id":""})", "{\"Id\":\"\xff\"}"})
        EXPECT_FALSE(parse_inspection(text)) << text;
    EXPECT_FALSE(parse_inspection(std::string(1'000'000, '['))) << "however deep";
}

std::uint64_t digest(const std::string& container) {
    const auto list = parse_list("[" + container + "]");
    EXPECT_TRUE(list) << container;
    return list && !list->empty() ? list->front().digest : 0;
}

constexpr const char* listed = R"json({"Id":"a","Names":["/x"],"State":"running",
    "Status":"Up 3 minutes (healthy)","Labels":{"a":"b"},"Ports":[{"PrivatePort":80}],
    "NetworkSettings":{"Networks":{"n":{"IPAddress":"1.2.3.4"}}}})json";

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(container_list, names_every_container) {
    const auto list = parse_list(R"([{"Id":"a","Mounts":[{"Id":"no"}]},{"Labels":{"Id":"no"},"Id":"b"}])");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ((*list)[0].id, "a");
    EXPECT_EQ((*list)[1].id, "b");
    EXPECT_TRUE(parse_list("[]")->empty());
}

TEST(container_list, has_another_digest_when_something_changed_that_decides) {
    const std::vector<std::pair<std::string, std::string>> changes = {{"/x", "/y"},
                                                                      {"running", "exited"},
                                                                      {"(healthy)", "(unhealthy)"},
                                                                      {"minutes (healthy)", "minutes"},
                                                                      {R"("a":"b")", R"("a":"c")"},
                                                                      {R"("a":"b")", R"("ab":"")"},
                                                                      {"1.2.3.4", "1.2.3.5"}};
    for (const auto& [from, to] : changes) EXPECT_NE(digest(listed), digest(changed(listed, from, to))) << to;
}

TEST(container_list, has_the_same_digest_when_only_time_passed_or_order_changed) {
    EXPECT_EQ(digest(listed), digest(listed));
    EXPECT_EQ(digest(listed), digest(changed(listed, "3 minutes", "4 hours")));
    EXPECT_EQ(digest(listed), digest(changed(listed, R"({"PrivatePort":80})", R"({"PrivatePort":81},{})")));
    const std::string exited =
        changed(changed(listed, "Up 3 minutes (healthy)", "Exited (0) 3 minutes ago"), "running", "exited");
    EXPECT_EQ(digest(exited), digest(changed(exited, "3 minutes", "5 minutes")));
}

TEST(container_list, what_is_no_list_is_refused) {
    for (const char* text : {"", "{", "{}", "7", "null", "\"x\"", "[7]", "[null]", "[", "[{]", "[[]]",
                             R"([{"Id":"a"})", R"([{"Names":[]}])", "[{}]"})
        EXPECT_FALSE(parse_list(text)) << text;
}

}   // namespace
}   // namespace gatehouse::docker
