// The answers of the API as `gatehouse status` shows them (status_line.h).
#include "base/suggestion.h"
#include "main/status_line.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace gatehouse::process {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, std::string_view name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found == object.end() || !found->is_string() ? std::string()
                                                        : printable(found->get<std::string>());
}

std::string list_of(const Json& object, std::string_view name) {
    std::string text;
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found == object.end() || !found->is_array()) return text;
    for (const Json& part : *found) {
        if (part.is_string()) text += (text.empty() ? "" : ", ") + printable(part.get<std::string>());
    }
    return text;
}

class Showing {
public:
    explicit Showing(const Json& all) : all_(all) {}

    StatusShown run() {
        add_version();
        add_containers();
        for (const char* protocol : {"http", "tcp", "udp"}) {
            if (!all_.contains(protocol)) continue;
            add_routers(protocol);
            add_services(protocol);
            add_middlewares(protocol);
        }
        return std::move(shown_);
    }

private:
    void add_version() {
        shown_.text +=
            fmt::format("gatehouse {}\n", text_of(all_.value("version", Json::object()), "Version"));
        for (const Json& entry_point : list("entryPoints"))
            shown_.text += fmt::format("  entry point {}  {}\n", text_of(entry_point, "name"),
                                       text_of(entry_point, "address"));
    }

    void begin(const std::string& title) { shown_.text += '\n' + title + '\n'; }

    [[nodiscard]] const Json& list(const char* name) const { return list_in(all_, name); }
    static const Json& list_in(const Json& object, const char* name) {
        static const Json none = Json::array();
        const auto found = object.find(name);
        return found == object.end() || !found->is_array() ? none : *found;
    }

    static std::size_t widest(const Json& items) {
        std::size_t width = 0;
        for (const Json& item : items) width = std::max(width, text_of(item, "name").size());
        return std::min<std::size_t>(width, 40);
    }

    void add_containers() {
        const Json& containers = list("containers");
        if (containers.empty()) return;
        begin("containers");
        const auto width = widest(containers);
        for (const Json& container : containers) {
            const auto outcome = text_of(container, "outcome");
            if (outcome == "refused") shown_.is_refused = true;
            const auto routers = list_of(container, "routers");
            const bool is_plain = outcome == "routed" && !routers.empty();
            shown_.text += fmt::format("  {:{}}  {:8}  {}\n", text_of(container, "name"), width, outcome,
                                       is_plain ? routers : text_of(container, "message"));
            if (const auto advice = text_of(container, "advice"); !advice.empty() && outcome != "left out")
                shown_.text += fmt::format("  {:{}}            {}\n", "", width, advice);
            for (const Json& remark : list_in(container, "remarks")) {
                if (remark.is_string())
                    shown_.text += fmt::format("  {:{}}            {}\n", "", width,
                                               printable(remark.get<std::string>()));
            }
        }
    }

    // What is wrong with an item, below its line.
    void add_errors(const Json& item) {
        if (text_of(item, "status") == "disabled") shown_.is_refused = true;
        for (const Json& error : list_in(item, "error")) {
            if (error.is_string())
                shown_.text += fmt::format("      {}\n", printable(error.get<std::string>()));
        }
    }

    void add_routers(const std::string& protocol) {
        const Json& routers = list_in(all_.at(protocol), "routers");
        if (routers.empty()) return;
        begin(protocol + " routers");
        const auto width = widest(routers);
        for (const Json& router : routers) {
            const auto at = list_of(router, "using");
            shown_.text += fmt::format("  {:{}}  {:8}  {}{}{}  → {}\n", text_of(router, "name"), width,
                                       text_of(router, "status"), text_of(router, "rule"),
                                       at.empty() ? "" : "  at ", at, text_of(router, "service"));
            add_errors(router);
        }
    }

    void add_services(const std::string& protocol) {
        const Json& services = list_in(all_.at(protocol), "services");
        if (services.empty()) return;
        begin(protocol + " services");
        const auto width = widest(services);
        for (const Json& service : services) {
            shown_.text +=
                fmt::format("  {:{}}  {}\n", text_of(service, "name"), width, text_of(service, "status"));
            add_errors(service);
            const auto states = service.find("serverStatus");
            if (states == service.end() || !states->is_object()) continue;
            for (const auto& [url, state] : states->items())
                shown_.text += fmt::format("      {}  {}\n", printable(url),
                                           state.is_string() ? state.get<std::string>() : "?");
        }
    }

    // Those that are in order are not worth a line.
    void add_middlewares(const std::string& protocol) {
        bool is_first = true;
        for (const Json& middleware : list_in(all_.at(protocol), "middlewares")) {
            if (list_in(middleware, "error").empty()) continue;
            if (is_first) begin(protocol + " middlewares");
            is_first = false;
            shown_.text +=
                fmt::format("  {}  {}\n", text_of(middleware, "name"), text_of(middleware, "status"));
            add_errors(middleware);
        }
    }

    const Json& all_;
    StatusShown shown_;
};

}   // namespace

tl::expected<StatusShown, std::string> show_status(const StatusAnswers& answers, bool as_json) {
    Json all = Json::object();
    for (const auto& [path, body] : answers) {
        Json part = Json::parse(body, nullptr, false);
        if (part.is_discarded()) return tl::unexpected(fmt::format("{} is no JSON", path));
        const auto slash = path.find('/');
        if (slash != std::string::npos) {
            all[path.substr(0, slash)][path.substr(slash + 1)] = std::move(part);
        } else {
            all[path == "entrypoints" ? "entryPoints" : path] = std::move(part);
        }
    }
    StatusShown shown = Showing(all).run();
    if (as_json) shown.text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return shown;
}

}   // namespace gatehouse::process
