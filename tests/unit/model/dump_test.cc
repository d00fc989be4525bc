#include "model/dump.h"

#include <gtest/gtest.h>

#include "tests/unit/model/endpoints.h"
#include "tests/unit/model/locations.h"

namespace gatehouse::model {
namespace {

VariableRef ref(std::string_view name) { return *find_builtin_variable(name); }
Template text(std::vector<Template::Part> parts) { return Template(std::move(parts)); }

Model with_site(std::vector<Location> locations, std::shared_ptr<Route> defaults = route("")) {
    auto site = std::make_shared<Site>();
    site->name = "example.com";
    site->names.push_back({SiteName::Kind::exact, "example.com", nullptr});
    site->defaults = defaults;
    site->routes = std::make_unique<const LocationMatcher>(std::move(locations), defaults);
    Model model;
    model.listeners.resize(1);
    model.listeners[0].text = "0.0.0.0:80";
    model.listeners[0].sites = {site};
    model.listeners[0].default_site = site;
    return model;
}

std::shared_ptr<Route> changed(const Location& location) {
    return std::const_pointer_cast<Route>(location.route);
}

constexpr std::string_view head =
    "process: workers 1, connections 512\n"
    "listener 0.0.0.0:80\n"
    "  site 1 (default)\n"
    "site 1 \"example.com\"\n"
    "  name \"example.com\"\n";

TEST(dump, shows_listeners_sites_and_locations_in_match_order) {
    const auto model = with_site({location("~ \\.php$"), location("@named"),
                                  location("/b", {location("/b/c")}), location("= /"), location("/")});
    EXPECT_EQ(dump(model), std::string(head) +
                               "  files\n"
                               "  location = /\n"
                               "    files\n"
                               "  location /\n"
                               "    files\n"
                               "  location /b\n"
                               "    files\n"
                               "    location /b/c\n"
                               "      files\n"
                               "  location ~ \\.php$\n"
                               "    files\n"
                               "  location @named\n"
                               "    files\n");
}

TEST(dump, shows_what_a_level_changes_and_no_more) {
    auto site_level = route("");
    site_level->files.root = Template("/srv/www");
    site_level->add_headers.push_back({"X-Site", Template("a"), true});
    auto inherits = location("/a");
    *changed(inherits) = *site_level;
    changed(inherits)->name = "/a";
    auto changes = location("/b");
    *changed(changes) = *site_level;
    changed(changes)->name = "/b";
    changed(changes)->add_headers.clear();
    changed(changes)->max_body_bytes = std::nullopt;
    changed(changes)->error_pages[404] = std::make_shared<ErrorPage>(ErrorPage{200, Template("/404.html")});
    bool ignored = false;
    changed(changes)->access.rules.push_back({*Network::parse("10.0.0.0/8", ignored), true, {}});
    changed(changes)->access.rules.push_back({{}, false, {}});
    changed(changes)->handler = StatusHandler();
    EXPECT_EQ(dump(with_site({inherits, changes}, site_level)), std::string(head) +
                                                                    "  root \"/srv/www\"\n"
                                                                    "  add_header X-Site \"a\" always\n"
                                                                    "  files\n"
                                                                    "  location /a\n"
                                                                    "    files\n"
                                                                    "  location /b\n"
                                                                    "    access allow 10.0.0.0/8\n"
                                                                    "    access deny all\n"
                                                                    "    max_body_bytes no limit\n"
                                                                    "    add_header none\n"
                                                                    "    error_page 404 =200 \"/404.html\"\n"
                                                                    "    stub_status\n");
}

TEST(dump, shows_a_forwarding_handler_and_its_service) {
    auto service = std::make_shared<Service>();
    service->name = "backend";
    service->is_explicit = true;
    service->servers = {server("127.0.0.1", 5000, 2), server("app", 5000)};
    service->servers[1].backup = true;
    auto api = location("/api/");
    ForwardHandler forward;
    forward.service = service;
    forward.host = "backend";
    forward.has_uri = true;
    forward.uri = "/";
    forward.location_bytes = 5;
    forward.set_headers.add("Host", text({ref("host")}));
    forward.set_headers.add("Connection", Template());
    forward.read_timeout = std::chrono::milliseconds(1500);
    forward.next.http_502 = true;
    changed(api)->handler = forward;
    auto model = with_site({api});
    model.services = {service};
    EXPECT_EQ(dump(model), std::string(head) +
                               "  files\n"
                               "  location /api/\n"
                               "    forward http to service \"backend\"\n"
                               "      host backend port 80\n"
                               "      uri \"/\" for 5 bytes of the path\n"
                               "      set_header Host \"$host\"\n"
                               "      set_header Connection \"\"\n"
                               "      read_timeout 1500ms\n"
                               "      next_upstream error timeout http_502\n"
                               "service \"backend\"\n"
                               "  balancing round robin\n"
                               "  keepalive 32 requests 1000 time 3600s idle 60s\n"
                               "  server 127.0.0.1:5000 weight 2\n"
                               "  server app:5000 backup\n");
}

TEST(dump, shows_scripts_with_their_nested_levels) {
    auto condition = std::make_shared<IfStep>();
    condition->condition = {
        Condition::Test::match, text({ref("http_user_agent")}), {}, *Regex::compile("bot", true)};
    condition->then.entries.push_back({SetStep{{VariableId::slot, 0, {}}, text({"a", ref("uri"), "b"})}, {}});
    auto inside = route("");
    inside->limit_rate.bytes = 1000;
    condition->route = inside;
    auto place = location("/");
    auto& entries = changed(place)->script.entries;
    entries.push_back({std::shared_ptr<const IfStep>(condition), {}});
    entries.push_back({RewriteStep{*Regex::compile("^/x(.*)", false), text({"/y", ref("1")}), false,
                                   RewriteStep::Then::last},
                       {}});
    entries.push_back({BreakStep(), {}});
    entries.push_back({ReturnStep{{301, text({"https://", ref("host"), ref("request_uri")}), true}}, {}});
    auto model = with_site({place});
    model.slots = {"colour"};
    EXPECT_EQ(dump(model), std::string(head) +
                               "  files\n"
                               "  location /\n"
                               "    if \"$http_user_agent\" ~ /bot/\n"
                               "      set $colour \"a${uri}b\"\n"
                               "      then\n"
                               "        limit_rate 1000\n"
                               "        files\n"
                               "    rewrite /^/x(.*)/ \"/y$1\" without args last\n"
                               "    break\n"
                               "    return 301 \"https://$host$request_uri\"\n"
                               "    files\n");
}

TEST(dump, shows_maps_log_formats_and_the_resolver) {
    auto map = std::make_shared<MapBlock>();
    map->name = "connection_upgrade";
    map->subject = text({ref("http_upgrade")});
    map->exact.emplace("", Template("close"));
    map->exact.emplace("a", text({VariableRef{VariableId::map, 0, {}}}));
    map->regexes.push_back({*Regex::compile("^w", false), Template("ws")});
    map->fallback = Template("upgrade");
    auto format = std::make_shared<LogFormat>();
    format->name = "main";
    format->escape = LogFormat::Escape::json;
    format->line = text({"{\"s\":", ref("status"), "}"});
    auto log = std::make_shared<AccessLog>();
    log->format = format;
    Model model;
    model.process.worker_processes = 0;
    model.resolver.servers = {"127.0.0.11"};
    model.resolver.valid = std::chrono::seconds(5);
    model.maps = {map};
    model.access_logs = {log, log};
    EXPECT_EQ(dump(model),
              "process: workers auto, connections 512\n"
              "resolver: 127.0.0.11 valid 5s\n"
              "map $connection_upgrade from \"$http_upgrade\"\n"
              "  \"\" \"close\"\n"
              "  \"a\" \"$connection_upgrade\"\n"
              "  /^w/ \"ws\"\n"
              "  default \"upgrade\"\n"
              "log_format main escape json \"{\\\"s\\\":$status}\"\n");
}

TEST(dump, shows_origins_when_asked) {
    auto place = location("/");
    changed(place)->origin = {std::make_shared<const std::string>("proxy.conf"), 3, 9};
    EXPECT_EQ(dump(with_site({place}), Origins::shown), std::string(head) +
                                                            "  files\n"
                                                            "  location /  # proxy.conf:3:9\n"
                                                            "    files\n");
}

}   // namespace
}   // namespace gatehouse::model
