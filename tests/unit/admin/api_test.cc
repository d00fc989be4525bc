#include "admin/json_writer.h"
#include "admin/site.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace gatehouse::admin {
namespace {

using model::AdminAnswer;
using model::AdminPart;

Setting setting() {
    Setting made;
    made.version = "1.2";
    made.providers = {"Docker"};
    made.entry_points = {{"web", ":80", R"("address":":80")"}, {"traefik", ":8080", R"("address":":8080")"}};
    return made;
}

Router router(std::string name, Status status = Status::enabled) {
    Router made;
    made.name = std::move(name);
    made.status = status;
    if (status == Status::disabled) made.errors = {"names no service"};
    made.rule = "Host(`a.b`)";
    made.json = R"j("rule":"Host(`a.b`)")j";
    made.service = "app@docker";
    made.middlewares = {"auth@file"};
    made.priority = 11;
    made.at = {"web"};
    return made;
}

Report report() {
    Report made;
    made.http.routers = {router("a@docker"), router("b/c@docker", Status::disabled)};
    Service service;
    service.name = "app@docker";
    service.type = "loadbalancer";
    service.json = R"("loadBalancer":{})";
    service.servers = {{.url = "http://10.0.0.1:80", .written = "10.0.0.1:80"}};
    service.used_by = {"a@docker"};
    made.http.services = {service};
    Middleware middleware;
    middleware.name = "auth@file";
    middleware.type = "basicauth";
    middleware.status = Status::warning;
    made.http.middlewares = {middleware};
    Container container;
    container.id = "0123456789abcdef";
    container.name = "shop";
    container.outcome = "refused";
    container.reason = "no-port";
    container.sentence = "it exposes no port";
    container.advice = "add a label <port>";
    container.is_fault = true;
    made.containers = {container};
    return made;
}

AdminAnswer ask(const std::string& path, const std::string& query = "", AdminPart part = AdminPart::api) {
    Site site(setting());
    site.publish(report);
    return site.answer({.part = part, .path = path, .query = query});
}

std::string field(const AdminAnswer& answer, const std::string& name) {
    const auto found = std::ranges::find(answer.fields, name, [](const auto& entry) { return entry.first; });
    return found == answer.fields.end() ? "" : found->second;
}

TEST(admin_api, an_overview_counts_by_status) {
    const auto answer = ask("/api/overview");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(answer.body,
              "{\"http\":{\"routers\":{\"total\":2,\"warnings\":0,\"errors\":1},"
              "\"services\":{\"total\":1,\"warnings\":0,\"errors\":0},"
              "\"middlewares\":{\"total\":1,\"warnings\":1,\"errors\":0}},"
              "\"tcp\":{\"routers\":{\"total\":0,\"warnings\":0,\"errors\":0},"
              "\"services\":{\"total\":0,\"warnings\":0,\"errors\":0},"
              "\"middlewares\":{\"total\":0,\"warnings\":0,\"errors\":0}},"
              "\"udp\":{\"routers\":{\"total\":0,\"warnings\":0,\"errors\":0},"
              "\"services\":{\"total\":0,\"warnings\":0,\"errors\":0}},"
              "\"features\":{\"tracing\":\"\",\"metrics\":\"\",\"accessLog\":false},"
              "\"providers\":[\"Docker\"]}\n");
}

TEST(admin_api, a_router_is_told_as_traefik_tells_it) {
    EXPECT_EQ(ask("/api/http/routers/a@docker").body,
              "{\"rule\":\"Host(`a.b`)\",\"priority\":11,\"priorityStr\":\"11\",\"status\":\"enabled\","
              "\"using\":[\"web\"],\"name\":\"a@docker\",\"provider\":\"docker\"}\n");
    const auto broken = ask("/api/http/routers/b/c@docker").body;   // %2F was decoded
    EXPECT_NE(broken.find(R"("error":["names no service"],"status":"disabled")"), std::string::npos);
}

TEST(admin_api, what_is_not_there_is_a_message) {
    const auto answer = ask("/api/http/routers/x@docker");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, "{\"message\":\"router not found: x@docker\"}\n");
    EXPECT_EQ(ask("/api/entrypoints/x").body, "{\"message\":\"entry point not found: x\"}\n");
    EXPECT_EQ(ask("/api/nothing").status, 404);
    EXPECT_EQ(ask("/api/http/routersx").status, 404);
    EXPECT_EQ(ask("/api/udp/middlewares").status, 404);
}

TEST(admin_api, lists_are_searched_and_cut_into_pages) {
    EXPECT_EQ(field(ask("/api/http/routers"), "X-Next-Page"), "1");
    const auto first = ask("/api/http/routers", "per_page=1");
    EXPECT_EQ(field(first, "X-Next-Page"), "2");
    EXPECT_EQ(first.body.find("b/c@docker"), std::string::npos);
    const auto second = ask("/api/http/routers", "per_page=1&page=2");
    EXPECT_EQ(field(second, "X-Next-Page"), "1");
    EXPECT_NE(second.body.find("b/c@docker"), std::string::npos);
    EXPECT_EQ(ask("/api/http/routers", "search=B%2Fc").body, second.body);
    EXPECT_EQ(ask("/api/http/routers", "status=disabled").body, second.body);
    EXPECT_EQ(ask("/api/http/routers", "serviceName=other").body, "[]\n");
    EXPECT_NE(ask("/api/http/routers", "serviceName=app&middlewareName=auth").body, "[]\n");
    EXPECT_EQ(ask("/api/tcp/routers").body, "[]\n");
}

TEST(admin_api, a_page_that_is_not_there_is_an_error) {
    for (const char* query : {"page=3&per_page=1", "page=0", "page=x", "per_page=-1", "page=99999999999"}) {
        const auto answer = ask("/api/http/routers", query);
        EXPECT_EQ(answer.status, 400) << query;
        EXPECT_EQ(answer.body.find("{\"message\":\"invalid request: "), 0U) << answer.body;
    }
}

TEST(admin_api, a_server_that_nothing_is_known_of_is_down) {
    EXPECT_EQ(ask("/api/http/services/app@docker").body,
              "{\"loadBalancer\":{},\"status\":\"enabled\",\"usedBy\":[\"a@docker\"],"
              "\"serverStatus\":{\"http://10.0.0.1:80\":\"DOWN\"},\"name\":\"app@docker\","
              "\"provider\":\"docker\",\"type\":\"loadbalancer\"}\n");
}

TEST(admin_api, a_server_is_down_from_a_failure_until_a_success) {
    auto service = report().http.services.front();
    auto live = std::make_shared<model::Service>();
    live->servers.push_back({});
    live->servers.front().written = "10.0.0.1:80";
    live->state = std::make_shared<model::ServiceState>();
    SocketAddress address;
    ASSERT_TRUE(SocketAddress::parse("10.0.0.1", 80, address));
    const auto set = model::build_endpoint_set(*live, {{address}}, nullptr);
    live->state->replace(set);
    service.live = live;
    EXPECT_EQ(server_now(service, 0).state, ServerState::up);
    set->primary.front()->failures = 1;
    set->primary.front()->in_flight = 3;
    EXPECT_EQ(server_now(service, 0).state, ServerState::failing);
    EXPECT_EQ(server_now(service, 0).in_flight, 3U);
    service.servers.front().weight = 0;
    EXPECT_EQ(server_now(service, 0).state, ServerState::off);
}

TEST(admin_api, raw_data_are_maps_by_name) {
    const auto body = ask("/api/rawdata").body;
    EXPECT_EQ(body.find("{\"routers\":{\"a@docker\":{\"rule\":"), 0U) << body;
    EXPECT_EQ(body.find("provider"), std::string::npos);
}

TEST(admin_api, entry_points_version_and_containers) {
    EXPECT_EQ(ask("/api/entrypoints/web").body, "{\"address\":\":80\",\"name\":\"web\"}\n");
    EXPECT_EQ(ask("/api/version").body, "{\"Version\":\"1.2\",\"Codename\":\"gatehouse\"}\n");
    const auto body = ask("/api/containers/shop").body;
    EXPECT_NE(body.find(R"("outcome":"refused","reason":"no-port")"), std::string::npos) << body;
    EXPECT_NE(body.find("\\u003cport\\u003e"), std::string::npos) << "as Go escapes";
}

TEST(admin_api, ping_says_ok) {
    EXPECT_EQ(ask("/ping", "", AdminPart::ping).body, "OK");
    EXPECT_EQ(Site(setting()).status_while_ending(), 503);
}

TEST(admin_api, the_report_is_made_once_and_only_when_asked) {
    int made = 0;
    Site site(setting());
    site.publish([&made] { return ++made, report(); });
    site.publish([&made] { return ++made, report(); });
    EXPECT_EQ(made, 0);
    for (int i = 0; i < 3; ++i)
        (void)site.answer({.part = AdminPart::api, .path = "/api/overview", .query = ""});
    EXPECT_EQ(made, 1);
}

TEST(admin_api, the_way_to_the_page) {
    EXPECT_EQ(field(ask("/dashboard"), "Location"), "/dashboard/");
    EXPECT_EQ(field(ask("/"), "Location"), "/dashboard/");
    EXPECT_EQ(ask("/dashboard/").status, 200);
    EXPECT_EQ(ask("/", "", AdminPart::page).status, 200) << "behind a stripped prefix";
    EXPECT_EQ(ask("/api/overview", "", AdminPart::page).status, 404);
    Setting without = setting();
    without.has_page = false;
    EXPECT_EQ(Site(without).answer({.part = AdminPart::api, .path = "/dashboard/", .query = ""}).status, 404);
    Setting below = setting();
    below.base_path = "/x";
    EXPECT_EQ(field(Site(below).answer({.part = AdminPart::api, .path = "/x/", .query = ""}), "Location"),
              "/x/dashboard/");
}

TEST(json_writer, escapes_and_stays_utf8) {
    JsonWriter writer;
    writer.begin_list();
    writer.text("a\"\\\n\x01<\xc3\xa9\xff\xed\xa0\x80");
    writer.number(-1);
    writer.begin_object();
    writer.end_object();
    writer.end_list();
    EXPECT_EQ(writer.result(),
              "[\"a\\\"\\\\\\n\\u0001\\u003c\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
              "\xef\xbf\xbd\",-1,{}]");
}

}   // namespace
}   // namespace gatehouse::admin
