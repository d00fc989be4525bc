#include "check/compose.h"
#include "check/compose_facts.h"
#include "check/file_kind.h"
#include "check/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace gatehouse::check {
namespace {

struct Project {
    std::map<std::string, std::string> files{};
    Findings findings{};
    ComposeProject read(const std::vector<std::string>& paths) {
        Variables variables(Variables::Values{});
        return ComposeReader(variables, reader(), findings).read(paths);
    }
    ReadText reader() {
        return [this](const std::string& path) -> std::optional<std::string> {
            const auto found = files.find(path);
            return found == files.end() ? std::nullopt : std::optional(found->second);
        };
    }
    std::size_t errors() const { return findings.count(Severity::error); }
};

TEST(compose, labels_are_read_from_lists_and_mappings) {
    Project project{.files = {{"shop/compose.yml", R"(
services:
  a: {labels: [x=1, "y=a=b", z]}
  b: {labels: {x: true, y: 2, z: }}
)"}}};
    const auto read = project.read({"shop/compose.yml"});
    EXPECT_EQ(read.name, "shop");
    const auto& a = read.services.at("a").labels;
    const auto& b = read.services.at("b").labels;
    EXPECT_EQ(a.at("x").value, "1");
    EXPECT_EQ(a.at("y").value, "a=b");
    EXPECT_EQ(a.at("z").value, "");
    EXPECT_EQ(b.at("x").value, "true");
    EXPECT_EQ(b.at("y").value, "2");
    EXPECT_EQ(b.at("z").value, "");
    EXPECT_EQ(a.at("x").place.line, 3U);
    EXPECT_EQ(project.errors(), 0U);
}

TEST(compose, a_later_file_is_laid_over_an_earlier_one) {
    Project project{.files = {{"a.yml", R"(
services:
  web: {image: one, command: [a, b], labels: [x=1, y=1], ports: ["80:80"]}
)"},
                              {"b.yml", R"(
services:
  web: {image: two, command: c, labels: {y: 2, z: 3}, ports: ["81:81"]}
  db: {image: three}
)"}}};
    const auto read = project.read({"a.yml", "b.yml"});
    const auto& web = read.services.at("web");
    EXPECT_EQ(web.image.value, "two");
    ASSERT_TRUE(web.command);
    EXPECT_EQ(web.command->size(), 1U);
    EXPECT_EQ(web.labels.at("x").value, "1");
    EXPECT_EQ(web.labels.at("y").value, "2");
    EXPECT_EQ(web.labels.at("z").value, "3");
    EXPECT_EQ(web.ports.size(), 2U);
    EXPECT_TRUE(read.services.contains("db"));
}

TEST(compose, services_extend_others_of_their_file_and_of_another) {
    Project project{.files = {{"compose.yml", R"(
services:
  base: {image: one, labels: [x=1]}
  web: {extends: base, labels: [y=1]}
  far: {extends: {service: there, file: other/common.yml}}
  lost: {extends: nowhere}
  self: {extends: self}
)"},
                              {"other/common.yml", "services: {there: {image: two, expose: [90]}}"}}};
    const auto read = project.read({"compose.yml"});
    EXPECT_EQ(read.services.at("web").image.value, "one");
    EXPECT_EQ(read.services.at("web").labels.size(), 2U);
    EXPECT_EQ(read.services.at("far").image.value, "two");
    EXPECT_EQ(read.services.at("far").expose.size(), 1U);
    EXPECT_EQ(project.errors(), 2U);
}

TEST(compose, anchors_and_merge_keys_are_unfolded) {
    Project project{.files = {{"compose.yml", R"(
x-common: &common
  networks: [back]
  labels: &labels {a: 1}
services:
  one: {<<: *common, image: one}
  two:
    <<: [*common]
    labels: {<<: *labels, b: 2}
networks: {back: }
)"}}};
    const auto read = project.read({"compose.yml"});
    EXPECT_TRUE(read.services.at("one").networks.contains("back"));
    EXPECT_EQ(read.services.at("one").labels.size(), 1U);
    EXPECT_EQ(read.services.at("two").labels.size(), 2U);
    EXPECT_EQ(project.errors(), 0U);
}

TEST(compose, networks_are_named_as_the_engine_names_them) {
    Project project{.files = {{"compose.yml", R"(
name: shop
services:
  a: {}
  b: {networks: [front, named, outer, old]}
  c: {networks: [unknown]}
networks:
  front:
  named: {name: its-name}
  outer: {external: true}
  old: {external: {name: older}}
)"}}};
    const auto read = project.read({"compose.yml"});
    EXPECT_EQ(networks_of(read, read.services.at("a")), (std::set<std::string>{"shop_default"}));
    EXPECT_EQ(networks_of(read, read.services.at("b")),
              (std::set<std::string>{"shop_front", "its-name", "outer", "older"}));
    EXPECT_EQ(project.errors(), 1U);
}

TEST(compose, ports_are_those_of_expose_ports_and_the_dockerfile) {
    Project project{.files = {{"compose.yml", R"(
services:
  a: {expose: [80, "90/udp"], ports: ["8080:81", "127.0.0.1:1:82/tcp", {target: 83, published: 9}, "84-85"]}
  b: {build: ./app}
  c: {image: one}
)"},
                              {"app/Dockerfile", "FROM x\nEXPOSE 1\nFROM y\n  expose 3000 3001/tcp\n"}}};
    const auto read = project.read({"compose.yml"});
    const auto containers = containers_of(read, false, project.reader());
    ASSERT_EQ(containers.size(), 3U);
    std::set<std::pair<unsigned, std::string>> ports;
    for (const auto& port : containers[0].facts.ports) ports.emplace(port.number, port.protocol);
    EXPECT_EQ(
        ports,
        (std::set<std::pair<unsigned, std::string>>{
            {80, "tcp"}, {90, "udp"}, {81, "tcp"}, {82, "tcp"}, {83, "tcp"}, {84, "tcp"}, {85, "tcp"}}));
    EXPECT_EQ(containers[1].facts.ports.size(), 2U);
    EXPECT_TRUE(containers[1].knows_image_ports);
    EXPECT_TRUE(containers[2].ports_are_made_up);
}

TEST(compose, what_is_no_compose_file_is_an_error_and_no_crash) {
    for (const char* text :
         {"services: 1", "services: {a: 1}", "services: [a]", "a: [", "services: {a: {labels: 3}}",
          "services: {a: {labels: [[1]], ports: {}, networks: 1, command: {}}}", "", "- x"}) {
        Project project{.files = {{"compose.yml", text}}};
        const auto read = project.read({"compose.yml"});
        (void)containers_of(read, false, project.reader());
    }
    Project deep;
    std::string text = "a: &a {x: 1}\n";
    for (char c = 'b'; c < 'z'; ++c) {
        text += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 9; ++i)
            text += std::string("*") + static_cast<char>(c - 1) + (i < 8 ? "," : "]\n");
    }
    deep.files["compose.yml"] = text;
    (void)deep.read({"compose.yml"});
    EXPECT_EQ(deep.errors(), 1U);
}

TEST(compose, a_command_line_is_divided_as_a_shell_does) {
    EXPECT_EQ(words_of_shell("a  'b c' \"d \\\" e\" f\\ g"),
              (std::vector<std::string>{"a", "b c", "d \" e", "f g"}));
    EXPECT_TRUE(words_of_shell("  \n ").empty());
}

TEST(compose, the_proxy_is_known_by_its_image_its_flags_or_its_file) {
    const std::pair<const char*, bool> table[] = {
        {"image: traefik:v2.9", true},
        {"image: docker.io/library/traefik", true},
        {"image: traefik/whoami", false},
        {"image: nginx", false},
        {"{image: gatehouse, command: --providers.docker}", true},
        {"image: gatehouse", false},
        {"{image: gatehouse, environment: {TRAEFIK_PROVIDERS_DOCKER: 'true'}}", true},
        {"{image: $$X, command: ['--entryPoints.web.address=:80']}", true},
        {"{image: own, volumes: ['./traefik.yml:/etc/traefik/traefik.yml:ro']}", true},
    };
    for (const auto& [text, expected] : table) {
        const std::string service = *text == '{' ? text : "{" + std::string(text) + "}";
        Project project{.files = {{"compose.yml", "services: {s: " + service + "}"}}};
        EXPECT_EQ(find_proxy(project.read({"compose.yml"})).has_value(), expected) << text;
    }
}

TEST(compose, paths_of_containers_are_found_on_this_machine) {
    Project project{.files = {{"shop/compose.yml", R"(
services:
  a:
    volumes: ["./conf:/etc/traefik", "./one.yml:/etc/traefik/one.yml:ro", "data:/data", "/abs:/abs/"]
)"}}};
    const auto read = project.read({"shop/compose.yml"});
    const auto& service = read.services.at("a");
    EXPECT_EQ(path_on_host(read, service, "/etc/traefik/x.yml"), "shop/conf/x.yml");
    EXPECT_EQ(path_on_host(read, service, "/etc/traefik/one.yml"), "shop/one.yml");
    EXPECT_EQ(path_on_host(read, service, "/abs/x"), "/abs/x");
    EXPECT_EQ(path_on_host(read, service, "/data/x"), std::nullopt);
    EXPECT_EQ(path_on_host(read, service, "/etc/other"), std::nullopt);
}

TEST(file_kind, is_told_by_what_a_file_begins_with) {
    EXPECT_EQ(kind_of("a.yml", "services: {}"), FileKind::compose);
    EXPECT_EQ(kind_of("a.yml", "networks: {}"), FileKind::compose);
    EXPECT_EQ(kind_of("a.yaml", "entryPoints: {}\nproviders: {}"), FileKind::traefik_static);
    EXPECT_EQ(kind_of("a.toml", "[http.routers]\n"), FileKind::traefik_dynamic);
    EXPECT_EQ(kind_of("a.yml", "http: {routers: {}}"), FileKind::traefik_dynamic);
    EXPECT_EQ(kind_of("a.yml", "http: {}\napi: {}"), FileKind::both_of_traefik);
    EXPECT_EQ(kind_of("a.conf", "server {}"), FileKind::nginx);
    EXPECT_EQ(kind_of("nginx", "http {}"), FileKind::nginx);
    EXPECT_EQ(kind_of("a.yml", "foo: 1"), FileKind::unknown);
    EXPECT_EQ(kind_of("a.yml", "http:\n  routers:\n\tx: 1"), FileKind::traefik_dynamic);
}

}   // namespace
}   // namespace gatehouse::check
