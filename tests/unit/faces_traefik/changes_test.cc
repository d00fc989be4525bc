// A compiler that follows changes must know what one knows that reads everything anew: random containers
// come, change and go, with names that meet, refer to each other, and are missing at times.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "faces/traefik/compile.h"
#include "faces/traefik/container_labels.h"
#include "faces/traefik/merged_containers.h"

namespace gatehouse::traefik {
namespace {

using Labels = std::map<std::string, std::string>;

std::string one_of(std::initializer_list<std::string> texts) {
    return *rc::gen::elementOf(std::vector(texts));
}

void add_router(Labels& labels) {
    const std::string name = "traefik.http.routers." + one_of({"a", "b", "c"});
    labels[name + ".rule"] =
        one_of({"Host(`a`)", "Host(`b`) && PathPrefix(`/b`)", "Path(`/c`)", "Hots(`d`)"});
    if (*rc::gen::arbitrary<bool>())
        labels[name + ".service"] = one_of({"s", "t", "u@docker", "f@file", "none"});
    if (*rc::gen::arbitrary<bool>())
        labels[name + ".middlewares"] = one_of({"m", "n", "m,n", "f@file", "none", "pages"});
    if (*rc::gen::arbitrary<bool>()) labels[name + ".priority"] = one_of({"1", "2"});
    if (*rc::gen::arbitrary<bool>())
        labels[name + ".entrypoints"] = one_of({"web", "other", "web,other", "none"});
}

void add_service(Labels& labels) {
    const std::string name = "traefik.http.services." + one_of({"s", "t", "u"});
    labels[name + ".loadbalancer.server.port"] = one_of({"80", "81"});
    if (*rc::gen::arbitrary<bool>())
        labels[name + ".loadbalancer.passhostheader"] = one_of({"false", "true"});
}

void add_middleware(Labels& labels) {
    const std::string name = "traefik.http.middlewares." + one_of({"m", "n", "pages"});
    const std::string kind = one_of({"prefix", "chain", "errors", "wrong"});
    if (kind == "prefix") labels[name + ".addprefix.prefix"] = one_of({"/x", "/y"});
    if (kind == "chain") labels[name + ".chain.middlewares"] = one_of({"m", "n,pages", "f@file"});
    if (kind == "wrong") labels[name + ".redirectregex.regex"] = "(";
    if (kind != "errors") return;
    labels[name + ".errors.status"] = "500";
    labels[name + ".errors.service"] = one_of({"s", "t", "none"});
    labels[name + ".errors.query"] = "/";
}

model::ContainerFacts some_container(int number) {
    model::ContainerFacts container;
    container.id = fmt::format("{:064}", number);
    container.name = fmt::format("c{}", number);
    container.running = *rc::gen::inRange(0, 8) != 0;
    container.networks.push_back({"n", "n", fmt::format("10.0.0.{}", number), ""});
    container.ports.push_back({80, "tcp", {}});
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) add_router(container.labels);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) add_service(container.labels);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) add_middleware(container.labels);
    if (*rc::gen::inRange(0, 8) == 0)
        container.labels["traefik.tcp.routers.t.rule"] = one_of({"HostSNI(`*`)", "HostSNI(`x`)"});
    if (*rc::gen::inRange(0, 8) == 0)
        container.labels["traefik.tcp.services.t.loadbalancer.server.port"] = "90";
    if (*rc::gen::inRange(0, 8) == 0) container.labels["traefik.udp.routers.t.service"] = one_of({"t", "u"});
    return container;
}

std::vector<Provided> with_file() {
    Provided file{.name = "file", .configuration = {}};
    Service service;
    service.load_balancer.emplace().servers.emplace_back().url = "http://127.0.0.1:81";
    file.configuration.http.services["f"] = std::move(service);
    Middleware middleware;
    middleware.add_prefix.emplace().prefix = "/f";
    file.configuration.http.middlewares["f"] = std::move(middleware);
    return {Provided{.name = "docker", .configuration = {}}, std::move(file)};
}

CompilerOptions two_entry_points() {
    CompilerOptions options;
    for (const auto& [name, port] : {std::pair("web", 80), std::pair("other", 81)}) {
        ReadyEntryPoint entry_point;
        entry_point.name = name;
        SocketAddress address;
        EXPECT_TRUE(SocketAddress::parse("127.0.0.1", static_cast<std::uint16_t>(port), address));
        entry_point.addresses.push_back(address);
        options.entry_points.push_back(std::move(entry_point));
    }
    return options;
}

std::string described(const std::map<std::string, ItemState>& states) {
    std::string text;
    for (const auto& [name, state] : states)
        text += fmt::format("{} {} [{}] at [{}] priority {}\n", name, static_cast<int>(state.status),
                            fmt::join(state.errors, " | "), fmt::join(state.using_entry_points, " "),
                            state.priority);
    return text;
}

std::string described(const model::Route& route) {
    std::string text = route.name + " through";
    for (const auto& filter : route.filters) text += ' ' + filter->name;
    if (const auto* forward = std::get_if<model::ForwardHandler>(&route.handler); forward != nullptr) {
        text += " to " + forward->service->name;
        for (const auto& server : forward->service->servers) text += ' ' + server.as_written();
    }
    return text;
}

std::string described(const States& states, const model::Model& model) {
    std::string text = described(states.routers) + described(states.services) +
                       described(states.middlewares) + described(states.others) +
                       described(states.tcp.routers) + described(states.tcp.services) +
                       described(states.udp.routers) + described(states.udp.services);
    for (const auto& listener : model.listeners) {
        const auto& rules = *listener.default_site->rules;
        for (const auto& filed : rules.matcher->rules()) {
            const auto& entry = filed->entry();
            text += fmt::format("{} {} {}: {}\n", listener.text, entry.priority, entry.name,
                                described(*rules.routes.at(entry.value)));
        }
    }
    std::vector<std::string> services;
    for (const auto& service : model.services) services.push_back(service->name);
    std::ranges::sort(services);
    return text + fmt::format("services {}\n", fmt::join(services, " "));
}

std::string described(const Verdicts& verdicts) {
    std::string text;
    for (const auto& [unused, verdict] : verdicts) {
        text += fmt::format("{} {} {} [{}]\n", verdict.name, verdict.reason, verdict.sentence,
                            fmt::join(verdict.routers, " "));
        for (const Remark& remark : verdict.remarks.items()) text += "    " + remark.describe() + '\n';
    }
    return text;
}

RC_GTEST_PROP(traefik_changes, lead_to_what_reading_everything_anew_leads_to, ()) {
    Remarks remarks;
    const ContainerReader reader({}, remarks);
    const auto nobody = [](std::string_view) -> const ContainerFacts* { return nullptr; };
    std::map<std::string, model::ContainerFacts> containers;
    MergedContainers merged;
    auto provided = with_file();
    Compiler compiler(two_entry_points());
    (void)compiler.compile(provided);
    for (int step = 0; step < 12; ++step) {
        for (int i = *rc::gen::inRange(1, 3); i > 0; --i) {
            const int number = *rc::gen::inRange(1, 6);
            const auto id = std::to_string(number);
            if (*rc::gen::inRange(0, 4) == 0) {
                containers.erase(id);
                merged.erase(id);
            } else {
                containers[id] = some_container(number);
                merged.set(id, reader.read(containers[id], nobody));
            }
        }
        const auto update = merged.update(provided.front().configuration);
        const auto model = compiler.compile_changes(provided, "docker", update.changes);

        MergedContainers all;
        for (const auto& [id, container] : containers) all.set(id, reader.read(container, nobody));
        auto anew = with_file();
        (void)all.update(anew.front().configuration);
        Compiler other(two_entry_points());
        const auto compiled = other.compile(anew);
        RC_ASSERT(shown("", provided.front().configuration) == shown("", anew.front().configuration));
        RC_ASSERT(described(merged.verdicts()) == described(all.verdicts()));
        RC_ASSERT(described(compiler.states(), model) == described(compiled.states, compiled.model));
    }
}

}   // namespace
}   // namespace gatehouse::traefik
