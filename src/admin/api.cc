#include "admin/api.h"

#include "admin/json_writer.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace gatehouse::admin {
namespace {

using model::AdminAnswer;

constexpr std::size_t usual_page_size = 100;   // Traefik's

AdminAnswer json(std::string body, int status = 200) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(body),
            .fields = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
}

AdminAnswer failure(int status, std::string_view message) {
    JsonWriter writer;
    writer.begin_object();
    writer.name("message").text(message);
    writer.end_object();
    return json(writer.take() + "\n", status);
}

// ---- one item, with or without what tells it from others

enum class Naming : std::uint8_t { named, unnamed };

void write_state(JsonWriter& writer, const Item& item) {
    writer.member("error", item.errors);
    writer.name("status").text(word_for(item.status));
}

void write_name(JsonWriter& writer, const Item& item, Naming naming) {
    if (naming == Naming::unnamed) return;
    writer.name("name").text(item.name);
    writer.name("provider").text(item.provider());
}

void write(JsonWriter& writer, const Router& router, Naming naming) {
    writer.begin_object();
    writer.members(router.json);
    if (router.priority != 0) {
        writer.name("priority").number(router.priority);
        writer.name("priorityStr").text(std::to_string(router.priority));
    }
    write_state(writer, router);
    writer.member("using", router.at);
    write_name(writer, router, naming);
    writer.end_object();
}

void write(JsonWriter& writer, const Service& service, Naming naming) {
    writer.begin_object();
    writer.members(service.json);
    write_state(writer, service);
    writer.member("usedBy", service.used_by);
    if (!service.servers.empty()) {
        writer.name("serverStatus").begin_object();
        for (std::size_t i = 0; i < service.servers.size(); ++i) {
            const bool is_up = server_now(service, i).state == ServerState::up;
            writer.name(service.servers[i].url).text(is_up ? "UP" : "DOWN");
        }
        writer.end_object();
    }
    write_name(writer, service, naming);
    if (naming == Naming::named) writer.member("type", service.type);
    writer.end_object();
}

void write(JsonWriter& writer, const Middleware& middleware, Naming naming) {
    writer.begin_object();
    writer.members(middleware.json);
    write_state(writer, middleware);
    writer.member("usedBy", middleware.used_by);
    write_name(writer, middleware, naming);
    if (naming == Naming::named) writer.member("type", middleware.type);
    writer.end_object();
}

void write(JsonWriter& writer, const EntryPoint& entry_point, Naming) {
    writer.begin_object();
    writer.members(entry_point.json);
    writer.name("name").text(entry_point.name);
    writer.end_object();
}

void write(JsonWriter& writer, const Container& container, Naming) {
    writer.begin_object();
    writer.name("id").text(container.id);
    writer.name("name").text(container.name);
    writer.member("service", container.service);
    writer.name("outcome").text(container.outcome);
    writer.name("reason").text(container.reason);
    writer.member("message", container.sentence);
    writer.member("advice", container.advice);
    writer.member("routers", container.routers);
    writer.member("remarks", container.remarks);
    writer.end_object();
}

// ---- which of a list are asked for

bool has(std::string_view text, const Query& query) {
    const auto wanted = query.value("search");
    return wanted.empty() || contains_ignoring_case(text, wanted);
}

bool has_status(const Item& item, const Query& query) {
    const auto wanted = query.value("status");
    return wanted.empty() || equals_ignoring_case(wanted, word_for(item.status));
}

// A reference without a provider means any.
bool refers_to(std::string_view qualified, std::string_view wanted) {
    return qualified == wanted || (wanted.find('@') == std::string_view::npos &&
                                   qualified.substr(0, qualified.rfind('@')) == wanted);
}

bool is_wanted(const Router& router, const Query& query) {
    const auto service = query.value("serviceName"), middleware = query.value("middlewareName");
    if (!service.empty() && !refers_to(router.service, service)) return false;
    const auto is_it = [&](const std::string& used) { return refers_to(used, middleware); };
    if (!middleware.empty() && std::ranges::none_of(router.middlewares, is_it)) return false;
    return has_status(router, query) && (has(router.name, query) || has(router.rule, query));
}

bool is_wanted(const Item& item, const Query& query) {
    return has_status(item, query) && has(item.name, query);
}

bool is_wanted(const EntryPoint& entry_point, const Query& query) { return has(entry_point.name, query); }

bool is_wanted(const Container& container, const Query& query) {
    const auto status = query.value("status");
    return (status.empty() || equals_ignoring_case(status, container.outcome)) &&
           (has(container.name, query) || has(container.id, query));
}

template <class T>
AdminAnswer answer_list(const std::vector<T>& all, const Query& query) {
    std::vector<const T*> found;
    for (const T& item : all) {
        if (is_wanted(item, query)) found.push_back(&item);
    }
    if (equals_ignoring_case(query.value("direction"), "desc")) std::ranges::reverse(found);
    const auto page = choose_page(query, found.size(), usual_page_size);
    if (!page) {
        return failure(400, fmt::format("invalid request: page: {}, per_page: {}", query.value("page"),
                                        query.value("per_page")));
    }
    JsonWriter writer;
    writer.begin_list();
    for (std::size_t i = page->first; i < page->last; ++i) write(writer, *found[i], Naming::named);
    writer.end_list();
    auto answer = json(writer.take() + "\n");
    answer.fields.emplace_back("X-Next-Page", std::to_string(page->next));
    return answer;
}

template <class T>
AdminAnswer answer_one(const std::vector<T>& all, std::string_view id, std::string_view kind) {
    const auto found = std::ranges::find(all, id, &T::name);
    if (found == all.end()) return failure(404, fmt::format("{} not found: {}", kind, id));
    JsonWriter writer;
    write(writer, *found, Naming::named);
    return json(writer.take() + "\n");
}

// `rest`: "" or "/ID", where an ID may have slashes of its own.
template <class T>
AdminAnswer answer_items(const std::vector<T>& all, std::string_view rest, std::string_view kind,
                         const Query& query) {
    if (rest.size() > 1) return answer_one(all, rest.substr(1), kind);
    return answer_list(all, query);
}

AdminAnswer not_found() {
    return {.status = 404, .content_type = "text/plain; charset=utf-8", .body = "404 page not found\n"};
}

AdminAnswer answer_protocol(const Protocol& protocol, std::string_view path, bool has_middlewares,
                            const Query& query) {
    const auto below = [&](std::string_view list) -> std::optional<std::string_view> {
        if (!path.starts_with(list)) return std::nullopt;
        const auto rest = path.substr(list.size());
        if (!rest.empty() && rest.front() != '/') return std::nullopt;
        return rest;
    };
    if (const auto rest = below("/routers")) return answer_items(protocol.routers, *rest, "router", query);
    if (const auto rest = below("/services")) return answer_items(protocol.services, *rest, "service", query);
    const auto rest = below("/middlewares");
    return rest && has_middlewares ? answer_items(protocol.middlewares, *rest, "middleware", query)
                                   : not_found();
}

// ---- the whole

template <class T>
void write_counts(JsonWriter& writer, std::string_view name, const std::vector<T>& items) {
    const auto count = [&](Status status) {
        return static_cast<std::int64_t>(std::ranges::count(items, status, &T::status));
    };
    writer.name(name).begin_object();
    writer.name("total").number(static_cast<std::int64_t>(items.size()));
    writer.name("warnings").number(count(Status::warning));
    writer.name("errors").number(count(Status::disabled));
    writer.end_object();
}

void write_counts(JsonWriter& writer, std::string_view name, const Protocol& protocol, bool middlewares) {
    writer.name(name).begin_object();
    write_counts(writer, "routers", protocol.routers);
    write_counts(writer, "services", protocol.services);
    if (middlewares) write_counts(writer, "middlewares", protocol.middlewares);
    writer.end_object();
}

AdminAnswer answer_overview(const Report& report, const Setting& setting) {
    JsonWriter writer;
    writer.begin_object();
    write_counts(writer, "http", report.http, true);
    write_counts(writer, "tcp", report.tcp, true);
    write_counts(writer, "udp", report.udp, false);
    writer.name("features").begin_object();
    writer.name("tracing").text(setting.tracing);
    writer.name("metrics").text(setting.metrics);
    writer.name("accessLog").flag(setting.has_access_log);
    writer.end_object();
    writer.member("providers", setting.providers);
    writer.end_object();
    return json(writer.take() + "\n");
}

template <class T>
void write_map(JsonWriter& writer, std::string_view name, const std::vector<T>& items) {
    if (items.empty()) return;
    writer.name(name).begin_object();
    for (const T& item : items) {
        writer.name(item.name);
        write(writer, item, Naming::unnamed);
    }
    writer.end_object();
}

AdminAnswer answer_raw_data(const Report& report) {
    JsonWriter writer;
    writer.begin_object();
    write_map(writer, "routers", report.http.routers);
    write_map(writer, "middlewares", report.http.middlewares);
    write_map(writer, "services", report.http.services);
    write_map(writer, "tcpRouters", report.tcp.routers);
    write_map(writer, "tcpMiddlewares", report.tcp.middlewares);
    write_map(writer, "tcpServices", report.tcp.services);
    write_map(writer, "udpRouters", report.udp.routers);
    write_map(writer, "udpServices", report.udp.services);
    writer.end_object();
    return json(writer.take() + "\n");
}

AdminAnswer answer_version(const Setting& setting) {
    JsonWriter writer;
    writer.begin_object();
    writer.name("Version").text(setting.version);
    writer.name("Codename").text("gatehouse");
    writer.member("startDate", setting.start_date);
    if (setting.hides_ad) writer.name("disableDashboardAd").flag(true);
    writer.member("dashboardName", setting.name);
    writer.end_object();
    return json(writer.take() + "\n");
}

}   // namespace

AdminAnswer answer_api(const Report& report, const Setting& setting, std::string_view path,
                       const Query& query) {
    path.remove_prefix(std::string_view("/api").size());
    if (path == "/overview") return answer_overview(report, setting);
    if (path == "/rawdata") return answer_raw_data(report);
    if (path == "/version") return answer_version(setting);
    const auto list = path.substr(0, path.find('/', 1));
    const auto rest = path.substr(list.size());
    if (list == "/entrypoints") return answer_items(setting.entry_points, rest, "entry point", query);
    if (list == "/containers") return answer_items(report.containers, rest, "container", query);
    if (list == "/http") return answer_protocol(report.http, rest, true, query);
    if (list == "/tcp") return answer_protocol(report.tcp, rest, true, query);
    if (list == "/udp") return answer_protocol(report.udp, rest, false, query);
    return not_found();
}

}   // namespace gatehouse::admin
