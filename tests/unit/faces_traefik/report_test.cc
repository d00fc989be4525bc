#include "faces/traefik/report.h"

#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/dynamic_file.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::traefik {
namespace {

class Answering final : public model::Admin {
public:
    [[nodiscard]] model::AdminAnswer answer(const model::AdminRequest&) const override { return {}; }
};

struct World {
    StaticConfiguration configuration;
    model::Model model;
    admin::Report report;

    // `yaml`: what a file says.
    void compile(const std::string& yaml) {
        Remarks remarks;
        CompilerOptions options;
        options.entry_points = compile_entry_points(configuration, {}, remarks);
        const auto admin = std::make_shared<Answering>();
        if (configuration.api) options.internal["api@internal"] = {admin, model::AdminPart::api};
        if (configuration.api) options.internal["dashboard@internal"] = {admin, model::AdminPart::page};
        if (configuration.ping) options.internal["ping@internal"] = {admin, model::AdminPart::ping};
        auto provided = std::make_shared<std::vector<Provided>>();
        provided->push_back(internal_provider(configuration));
        provided->push_back({.name = "file", .configuration = {}});
        if (yaml.empty()) return compile(std::move(provided), options);
        auto read = read_dynamic_file(yaml, "/x.yml", {}, remarks);
        ASSERT_TRUE(read);
        add_file(provided->back().configuration, std::move(*read), remarks);
        compile(std::move(provided), options);
    }
    void compile(std::shared_ptr<std::vector<Provided>> provided, const CompilerOptions& options) {
        Compiler compiler(options);
        auto compiled = compiler.compile(*provided);
        report = make_report({.provided = *provided,
                              .states = compiled.states,
                              .verdicts = nullptr,
                              .services = compiled.model.services});
        model = std::move(compiled.model);
    }
    template <class T>
    [[nodiscard]] static const T& named(const std::vector<T>& items, std::string_view name) {
        static const T none{};
        const auto found = std::ranges::find(items, name, &T::name);
        EXPECT_NE(found, items.end()) << name;
        return found == items.end() ? none : *found;
    }
    [[nodiscard]] const admin::Router& router(std::string_view name) const {
        return named(report.http.routers, name);
    }
};

World with_api() {
    World world;
    world.configuration.entry_points["web"].address = ":80";
    world.configuration.entry_points["traefik"].address = ":8080";
    world.configuration.api.emplace().insecure = true;
    world.configuration.ping.emplace();
    return world;
}

TEST(traefik_report, the_api_insecure_is_on_its_own_entry_point) {
    World world = with_api();
    world.compile("");
    EXPECT_EQ(world.router("api@internal").status, admin::Status::enabled);
    EXPECT_EQ(world.router("api@internal").at, std::vector<std::string>{"traefik"});
    EXPECT_EQ(world.router("dashboard@internal").status, admin::Status::enabled);
    EXPECT_EQ(world.router("ping@internal").status, admin::Status::enabled);
    EXPECT_EQ(world.router("ping@internal").priority, 9223372036854775807);
    std::size_t internal = 0;
    for (const auto& listener : world.model.listeners) {
        for (const auto& route : listener.default_site->rules->routes) {
            const auto* handler = std::get_if<model::AdminHandler>(&route->handler);
            if (handler != nullptr && handler->part == model::AdminPart::page) {
                EXPECT_GE(route->filters.size(), 2U) << "the redirection and the prefix";
            }
            internal += handler != nullptr ? 1 : 0;
        }
    }
    EXPECT_EQ(internal % 3, 0U);
    EXPECT_GE(internal, 3U);
}

TEST(traefik_report, a_router_may_lead_to_the_api_behind_a_password) {
    World world = with_api();
    world.configuration.api->insecure = false;
    world.compile(R"(http:
  routers:
    admin:
      rule: Host(`a.b`)
      service: api@internal
      middlewares: [door]
  middlewares:
    door:
      basicAuth: {users: ["u:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"]}
)");
    const auto& router = world.router("admin@file");
    EXPECT_EQ(router.status, admin::Status::enabled);
    EXPECT_EQ(router.priority, 11) << "the length of the rule";
    EXPECT_EQ(router.json,
              "\"middlewares\":[\"door\"],\"service\":\"api@internal\","
              "\"rule\":\"Host(`a.b`)\"");
    const auto& door = World::named(world.report.http.middlewares, "door@file");
    EXPECT_EQ(door.type, "basicauth");
    EXPECT_EQ(door.json.find("apr1"), std::string::npos) << "hashes are not told";
    EXPECT_NE(door.json.find("\"u:xxxx\""), std::string::npos) << door.json;
    EXPECT_EQ(door.used_by, std::vector<std::string>{"admin@file"});
    EXPECT_TRUE(std::ranges::none_of(world.report.http.routers,
                                     [](const auto& other) { return other.name == "api@internal"; }));
}

TEST(traefik_report, without_api_a_router_to_it_says_how_to_switch_it_on) {
    World world = with_api();
    world.configuration.api.reset();
    world.compile("http: {routers: {admin: {rule: Host(`a.b`), service: api@internal}}}\n");
    const auto& router = world.router("admin@file");
    EXPECT_EQ(router.status, admin::Status::disabled);
    ASSERT_EQ(router.errors.size(), 1U);
    EXPECT_NE(router.errors.front().find("--api"), std::string::npos) << router.errors.front();
}

TEST(traefik_report, services_have_their_servers_and_say_who_uses_them) {
    World world = with_api();
    world.compile(R"(http:
  routers: {shop: {rule: Host(`a.b`), service: shop}}
  services:
    shop: {loadBalancer: {passHostHeader: false, servers: [{url: "http://10.0.0.1", weight: 3}]}}
  middlewares:
    out: {headers: {customRequestHeaders: {Authorization: "Basic x", X-Gone: "", X-A: b}}}
)");
    const auto& shop = World::named(world.report.http.services, "shop@file");
    EXPECT_EQ(shop.type, "loadbalancer");
    EXPECT_EQ(shop.used_by, std::vector<std::string>{"shop@file"});
    ASSERT_EQ(shop.servers.size(), 1U);
    EXPECT_EQ(shop.servers.front().written, "10.0.0.1:80");
    EXPECT_NE(shop.live, nullptr);
    EXPECT_EQ(shop.json,
              "\"loadBalancer\":{\"servers\":[{\"url\":\"http://10.0.0.1\",\"weight\":3}],"
              "\"strategy\":\"wrr\",\"passHostHeader\":false,"
              "\"responseForwarding\":{\"flushInterval\":\"100ms\"}}");
    const auto& out = World::named(world.report.http.middlewares, "out@file");
    EXPECT_EQ(out.json,
              "\"headers\":{\"customRequestHeaders\":{\"Authorization\":\"xxxx\",\"X-A\":\"b\","
              "\"X-Gone\":\"\"}}");
}

TEST(traefik_report, entry_points_and_features_are_those_of_the_start) {
    World world = with_api();
    world.configuration.providers.docker.emplace();
    world.configuration.api->base_path = "/gate/";
    const auto setting = make_setting(world.configuration, "9");
    EXPECT_EQ(setting.providers, std::vector<std::string>{"Docker"});
    EXPECT_EQ(setting.base_path, "/gate");
    ASSERT_EQ(setting.entry_points.size(), 2U);
    EXPECT_EQ(setting.entry_points[1].name, "web");
    EXPECT_EQ(setting.entry_points[1].json.find("\"address\":\":80\""), 0U) << setting.entry_points[1].json;
}

}   // namespace
}   // namespace gatehouse::traefik
