#include "admin/page.h"

#include "admin/html_text.h"
#include "admin/page_style.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace gatehouse::admin {
namespace {

constexpr std::size_t rows_in_sight = 50;   // of each section, where all are shown together
constexpr std::size_t rows_of_a_view = 100;
constexpr std::size_t most_to_mend = 50;
constexpr std::size_t short_id = 12;   // as docker ps shows it

std::string tag(std::string_view kind, std::string_view words) {
    return fmt::format(R"(<span class="tag {}">{}</span>)", kind, html(words));
}

std::string tag(Status status) {
    switch (status) {
        case Status::enabled: break;
        case Status::warning: return tag("mind", "served, with remarks");
        case Status::disabled: return tag("bad", "not served");
    }
    return tag("good", "served");
}

std::string code(std::string_view text) { return "<code>" + html(text) + "</code>"; }

// "web@docker" with the provider in softer words.
std::string named(std::string_view qualified) {
    const auto at = qualified.rfind('@');
    if (at == std::string_view::npos) return html(qualified);
    return fmt::format(R"({}<wbr><span class="soft at">{}</span>)", html(qualified.substr(0, at)),
                       html(qualified.substr(at)));
}

std::string list_of(const std::vector<std::string>& items, std::string (*shown)(std::string_view)) {
    constexpr std::size_t most = 20;
    if (items.empty()) return {};
    std::string text = "<ul>";
    for (std::size_t i = 0; i < items.size() && i < most; ++i) text += "<li>" + shown(items[i]) + "</li>";
    if (items.size() > most) text += fmt::format("<li>and {} more</li>", items.size() - most);
    return text + "</ul>";
}

std::string html_of(std::string_view text) { return html(text); }

std::string state_cell(const Item& item) {
    const auto errors = list_of(item.errors, html_of);
    return tag(item.status) + errors;
}

std::string server_line(const Service& service, std::size_t index) {
    const Server& server = service.servers[index];
    const ServerNow now = server_now(service, index);
    std::string text = code(server.url) + " ";
    switch (now.state) {
        case ServerState::up: text += tag("good", "up"); break;
        case ServerState::failing: text += tag("bad", "failing"); break;
        case ServerState::down: text += tag("bad", "down"); break;
        case ServerState::unresolved: text += tag("bad", "no address"); break;
        case ServerState::off: text += tag("calm", "weight 0"); break;
        case ServerState::unknown: text += tag("calm", "not used"); break;
    }
    if (server.weight > 1) text += fmt::format(R"( <span class="soft at">weight {}</span>)", server.weight);
    if (now.in_flight > 0)
        text += fmt::format(R"( <span class="soft at">{} under way</span>)", now.in_flight);
    return text;
}

bool has_failing_server(const Service& service) {
    for (std::size_t i = 0; i < service.servers.size(); ++i) {
        const auto state = server_now(service, i).state;
        const bool is_ill = state == ServerState::failing || state == ServerState::down;
        if (is_ill || state == ServerState::unresolved) return true;
    }
    return false;
}

std::string_view kind_of(const Container& container) {
    if (container.outcome == "routed") return container.is_fault ? "mind" : "good";
    return container.outcome == "refused" ? "bad" : container.outcome == "waiting" ? "mind" : "calm";
}

// "container NAME, label KEY: …" where the name has just been said.
std::string_view without_name(std::string_view remark, const Container& container) {
    const std::string prefix = "container " + container.name + ", ";
    return remark.starts_with(prefix) ? remark.substr(prefix.size()) : remark;
}

bool mentions(const Query& query, std::initializer_list<std::string_view> texts) {
    const auto wanted = query.value("search");
    return wanted.empty() || std::ranges::any_of(texts, [&](std::string_view text) {
               return contains_ignoring_case(text, wanted);
           });
}

bool is_wanted(const Router& router, const Query& query) {
    return mentions(query, {router.name, router.rule, router.service, word_for(router.status)});
}
bool is_wanted(const Service& service, const Query& query) {
    if (mentions(query, {service.name, service.type, word_for(service.status)})) return true;
    return std::ranges::any_of(service.servers,
                               [&](const Server& server) { return mentions(query, {server.url}); });
}
bool is_wanted(const Middleware& middleware, const Query& query) {
    return mentions(query, {middleware.name, middleware.type, word_for(middleware.status)});
}
bool is_wanted(const Container& container, const Query& query) {
    return mentions(query, {container.name, container.id, container.service, container.outcome,
                            container.reason, container.sentence});
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> views = {
    {{"routers", "Routers"},
     {"services", "Services"},
     {"middlewares", "Middlewares"},
     {"containers", "Containers"}}};

class Page {
public:
    Page(const Report& report, const Setting& setting, const Query& query)
        : report_(report), setting_(setting), query_(query), view_(query.value("view")) {
        const auto is_view = [&](const auto& view) { return view.first == view_; };
        if (std::ranges::none_of(views, is_view)) view_ = query.value("search").empty() ? "" : "routers";
    }

    std::string write() {
        begin();
        if (view_.empty()) {
            summary();
            to_mend();
            entry_points();
        }
        if (shows("routers")) routers("routers", "Routers", report_.http.routers);
        if (view_.empty() && !report_.tcp.routers.empty())
            routers("tcp-routers", "TCP routers", report_.tcp.routers);
        if (view_.empty() && !report_.udp.routers.empty())
            routers("udp-routers", "UDP routers", report_.udp.routers);
        if (shows("services")) services("services", "Services", report_.http.services);
        if (view_.empty() && !report_.tcp.services.empty())
            services("tcp-services", "TCP services", report_.tcp.services);
        if (shows("middlewares")) middlewares();
        if (shows("containers")) containers();
        out_ += "</main><footer>";
        if (!setting_.start_date.empty()) print("Running since {}. ", html(setting_.start_date));
        out_ +=
            "What is shown was true when the page was made; reload it for what is now.</footer>\n</html>\n";
        return std::move(out_);
    }

private:
    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... arguments) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(arguments)...);
    }
    [[nodiscard]] bool shows(std::string_view view) const { return view_.empty() || view_ == view; }

    void begin() {
        out_ +=
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            "content=\"width=device-width,initial-scale=1\">\n";
        print("<title>{}Gatehouse</title>\n<style>{}</style>\n",
              setting_.name.empty() ? "" : html(setting_.name) + " – ", page_style);
        out_ += "<a class=\"skip\" href=\"#main\">To the content</a>\n<header><h1>";
        if (!view_.empty()) out_ += "<a href=\"?\">";
        out_ += "Gatehouse";
        if (!view_.empty()) out_ += "</a>";
        print(" <small>{}</small></h1>\n<form method=\"get\" role=\"search\">",
              setting_.name.empty() ? html(setting_.version) : html(setting_.name));
        out_ += "<select name=\"view\" aria-label=\"Search in\">";
        for (const auto& [name, title] : views)
            print("<option value=\"{}\"{}>{}</option>", name, name == view_ ? " selected" : "", title);
        print(
            "</select><input type=\"search\" name=\"search\" aria-label=\"Search for\" placeholder=\"Name, "
            "rule, address …\" value=\"{}\">"
            "<button>Search</button></form></header>\n<main id=\"main\">\n",
            html(query_.value("search")));
    }

    template <class T>
    void tile(std::string_view id, std::string_view title, const std::vector<T>& items) {
        const auto off = std::ranges::count(items, Status::disabled, &T::status);
        const auto remarks = std::ranges::count(items, Status::warning, &T::status);
        print("<li><a href=\"#{}\"><b>{}</b>{}", id, items.size(), title);
        if (off > 0) print("<i>{} not served</i>", off);
        if (remarks > 0) print("<i>{} with remarks</i>", remarks);
        if (off == 0 && remarks == 0 && !items.empty()) out_ += "<i>all served</i>";
        out_ += "</a></li>";
    }

    void summary() {
        out_ += "<ul class=\"sum\">";
        tile("routers", "Routers", report_.http.routers);
        tile("services", "Services", report_.http.services);
        tile("middlewares", "Middlewares", report_.http.middlewares);
        const auto& containers = report_.containers;
        print("<li><a href=\"#containers\"><b>{}</b>Containers", containers.size());
        for (const std::string_view outcome : {"routed", "waiting", "left out", "refused"}) {
            const auto count = std::ranges::count(containers, outcome, &Container::outcome);
            if (count > 0) print("<i>{} {}</i>", count, outcome);
        }
        out_ += "</a></li></ul>\n";
    }

    void mend(std::string_view what, const std::string& name, const std::string& why) {
        if (++to_mend_ <= most_to_mend) print("<li>{} <b>{}</b>: {}</li>", what, name, why);
    }

    template <class T>
    void mend_disabled(std::string_view what, const std::vector<T>& items) {
        for (const T& item : items) {
            if (item.status != Status::disabled) continue;
            mend(what, named(item.name), html(item.errors.empty() ? "is not served" : item.errors.front()));
        }
    }

    void to_mend() {
        const auto where = out_.size();
        for (const Container& container : report_.containers) {
            if (!container.is_fault) continue;
            std::string why = html(container.sentence);
            if (!container.advice.empty()) why += "; " + html(container.advice);
            if (container.outcome == "routed" && !container.remarks.empty())
                why = html(without_name(container.remarks.front(), container));
            mend("Container", html(container.name), why);
        }
        mend_disabled("Router", report_.http.routers);
        mend_disabled("TCP router", report_.tcp.routers);
        mend_disabled("UDP router", report_.udp.routers);
        mend_disabled("Service", report_.http.services);
        mend_disabled("Middleware", report_.http.middlewares);
        for (const Service& service : report_.http.services) {
            if (service.status != Status::disabled && has_failing_server(service))
                mend("Service", named(service.name), "has a server that does not answer");
        }
        if (to_mend_ == 0) return;
        out_.insert(where, "<section><h2>To mend</h2><div class=\"panel mend\"><ul>");
        if (to_mend_ > most_to_mend) print("<li>and {} more</li>", to_mend_ - most_to_mend);
        out_ += "</ul></div></section>\n";
    }

    void head(std::string_view id, std::string_view title, std::size_t count,
              std::initializer_list<std::string_view> columns) {
        print("<section id=\"{}\"><h2>{} <small>{}</small></h2>\n", id, title, count);
        out_ += "<table><thead><tr>";
        for (const auto column : columns) print("<th scope=\"col\">{}</th>", column);
        out_ += "</tr></thead><tbody>\n";
    }

    void cell(std::string_view is, const std::string& content) {
        if (content.empty()) {
            out_ += "<td></td>";
        } else {
            print("<td data-is=\"{}\"><div>{}</div></td>", is, content);
        }
    }

    void foot(std::string_view view, const PageOf& page, std::size_t count) {
        out_ += "</tbody></table>\n";
        if (view_.empty()) {
            if (page.last < count) {
                print("<p class=\"more\"><a href=\"?view={}\">All {} {}</a></p>", view, count, view);
            }
        } else {
            const auto link = [&](std::size_t number, std::string_view words) {
                print("<a href=\"?view={}&amp;search={}&amp;page={}\">{}</a> ", view,
                      encode_query_value(query_.value("search")), number, words);
            };
            out_ += "<p class=\"more\">";
            const auto number = query_.number("page", 1).value_or(1);
            if (page.first > 0) link(number - 1, "Former page");
            if (page.next > 1) link(page.next, "Next page");
            out_ += "</p>";
        }
        out_ += "</section>\n";
    }

    // The rows of a section: those that are looked for, as many as there is room for.
    template <class T, class Row>
    void section(std::string_view id, std::string_view title, const std::vector<T>& items,
                 std::initializer_list<std::string_view> columns, Row row) {
        std::vector<const T*> found;
        for (const T& item : items) {
            if (view_.empty() || is_wanted(item, query_)) found.push_back(&item);
        }
        auto page = choose_page(query_, found.size(), view_.empty() ? rows_in_sight : rows_of_a_view);
        if (!page) page = PageOf{.first = 0, .last = std::min(found.size(), rows_of_a_view), .next = 1};
        if (found.empty()) {
            print("<section id=\"{}\"><h2>{} <small>0</small></h2><p class=\"panel soft\">{}</p></section>\n",
                  id, title, items.empty() ? "None." : "None that match.");
            return;
        }
        head(id, title, found.size(), columns);
        for (std::size_t i = page->first; i < page->last; ++i) {
            out_ += "<tr>";
            row(*found[i]);
            out_ += "</tr>\n";
        }
        foot(id, *page, found.size());
    }

    void entry_points() {
        head("entry-points", "Entry points", setting_.entry_points.size(), {"Name", "Address", "Routers"});
        for (const EntryPoint& entry_point : setting_.entry_points) {
            const auto is_here = [&](const Router& router) {
                return std::ranges::find(router.at, entry_point.name) != router.at.end();
            };
            const auto count = std::ranges::count_if(report_.http.routers, is_here) +
                               std::ranges::count_if(report_.tcp.routers, is_here);
            print("<tr><th scope=\"row\">{}</th>", html(entry_point.name));
            cell("Address", code(entry_point.address));
            cell("Routers", std::to_string(count));
            out_ += "</tr>\n";
        }
        out_ += "</tbody></table></section>\n";
    }

    void routers(std::string_view id, std::string_view title, const std::vector<Router>& items) {
        section(id, title, items,
                {"Router", "Rule", "Entry points", "Service", "Middlewares", "Priority", "State"},
                [this](const Router& router) {
                    print("<th scope=\"row\">{}</th>", named(router.name));
                    cell("Rule", code(router.rule));
                    cell("At",
                         html(fmt::format("{}{}", fmt::join(router.at, ", "), router.tls ? " (TLS)" : "")));
                    cell("Service", named(router.service));
                    cell("Middlewares", list_of(router.middlewares, named));
                    cell("Priority", std::to_string(router.priority));
                    cell("State", state_cell(router));
                });
    }

    void services(std::string_view id, std::string_view title, const std::vector<Service>& items) {
        section(id, title, items, {"Service", "Servers", "Used by", "State"}, [this](const Service& service) {
            print("<th scope=\"row\">{}</th>", named(service.name));
            constexpr std::size_t most = 50;
            std::string servers;
            for (std::size_t i = 0; i < service.servers.size() && i < most; ++i)
                servers += "<li>" + server_line(service, i) + "</li>";
            if (service.servers.size() > most)
                servers += fmt::format("<li>and {} more</li>", service.servers.size() - most);
            const bool is_own = service.provider() == "internal";
            const std::string none = is_own ? "" : tag("mind", "none: answers 503");
            cell("Servers", servers.empty() ? none : "<ul>" + servers + "</ul>");
            cell("Used by", list_of(service.used_by, named));
            cell("State", state_cell(service));
        });
    }

    void middlewares() {
        section("middlewares", "Middlewares", report_.http.middlewares,
                {"Middleware", "Type", "Used by", "State"}, [this](const Middleware& middleware) {
                    print("<th scope=\"row\">{}</th>", named(middleware.name));
                    cell("Type", html(middleware.type));
                    cell("Used by", list_of(middleware.used_by, named));
                    cell("State", state_cell(middleware));
                });
    }

    void containers() {
        section("containers", "Containers", report_.containers, {"Container", "Outcome", "Why", "Routers"},
                [this](const Container& container) {
                    print("<th scope=\"row\">{} <div class=\"soft\"><code>{}</code></div></th>",
                          html(container.name), html(std::string_view(container.id).substr(0, short_id)));
                    const std::string word = container.outcome == container.reason
                                                 ? container.outcome
                                                 : container.outcome + ": " + container.reason;
                    cell("Outcome", tag(kind_of(container), word));
                    std::string why;
                    if (!container.sentence.empty()) why += "<p>" + html(container.sentence) + "</p>";
                    if (!container.advice.empty()) why += "<p>" + html(container.advice) + "</p>";
                    why += list_of(container.remarks, html_of);
                    cell("Why", why);
                    cell("Routers", list_of(container.routers, html_of));
                });
    }

    const Report& report_;
    const Setting& setting_;
    const Query& query_;
    std::string_view view_;   // "": all together
    std::size_t to_mend_ = 0;
    std::string out_;
};

}   // namespace

std::string write_page(const Report& report, const Setting& setting, const Query& query) {
    return Page(report, setting, query).write();
}

}   // namespace gatehouse::admin
