#include "faces/traefik/merged_containers.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace gatehouse::traefik {
namespace {

// What a verdict's list of routers begins with; the place in this list is the kind's number.
constexpr std::array<std::string_view, 9> kind_names = {"http router", "http service", "http middleware",
                                                        "tcp router",  "tcp service",  "tcp middleware",
                                                        "udp router",  "udp service",  "TLS store"};
constexpr std::size_t first_of_http = 0, first_of_tcp = 3, first_of_udp = 6;   // router, service, middleware

// The first line in which two items differ, for people: "rule: Host(`a`)" and "rule: Host(`b`)".
std::string difference(std::string_view a, std::string_view b) {
    const auto take_line = [](std::string_view& text) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        return line.substr(std::min(line.find_first_not_of(' '), line.size()));
    };
    while (!a.empty() || !b.empty()) {
        const std::string_view line_a = take_line(a);
        const std::string_view line_b = take_line(b);
        if (line_a == line_b) continue;
        if (line_a.empty() || line_b.empty()) {
            return fmt::format("\"{}\" is said by one of them only", line_a.empty() ? line_b : line_a);
        }
        return fmt::format("\"{}\" and \"{}\"", line_a, line_b);
    }
    return "one has a rule of its own, the other the default rule";   // the only thing that is not shown
}

// What two definitions of one item are compared by: of a service all but its servers.
template <class Item>
std::string comparable(Item item) {
    if constexpr (requires { item.load_balancer->servers; }) {
        if (item.load_balancer) item.load_balancer->servers.clear();
    }
    return shown("", item);
}

template <class Server>
const std::string& key_of(const Server& server) {
    if constexpr (requires { server.url; }) {
        return server.url;
    } else {
        return server.address;
    }
}

// Puts the definitions of one item together.
template <class Item>
class MergedItem {
public:
    explicit MergedItem(Item first) : item_(std::move(first)) {
        if constexpr (has_servers) {
            if (item_.load_balancer) add_servers(std::exchange(item_.load_balancer->servers, {}));
        }
    }

    // False: it is defined otherwise here.
    bool add(const Item& other) {
        if constexpr (has_servers) {
            if (item_.load_balancer && other.load_balancer) {
                item_.load_balancer->servers = other.load_balancer->servers;   // all else is compared
                const bool is_same = item_ == other;
                item_.load_balancer->servers.clear();
                if (is_same) add_servers(other.load_balancer->servers);
                return is_same;
            }
        }
        return item_ == other;
    }

    [[nodiscard]] Item take() {
        if constexpr (has_servers) {
            if (item_.load_balancer) item_.load_balancer->servers = std::move(servers_);
        }
        return std::move(item_);
    }
    [[nodiscard]] const Item& item() const { return item_; }   // without its servers

private:
    static constexpr bool has_servers = requires(Item item) { item.load_balancer->servers; };
    struct Nothing {};
    template <class Any>
    struct ServersOf {
        using Type = Nothing;
    };
    template <class Any>
    requires requires(Any item) { item.load_balancer->servers; }
    struct ServersOf<Any> {
        using Type = decltype(std::declval<Any>().load_balancer->servers);
    };
    using Servers = typename ServersOf<Item>::Type;

    void add_servers(const Servers& servers) {
        for (const auto& server : servers) {
            if (known_.insert(key_of(server)).second) servers_.push_back(server);
        }
    }

    Item item_;
    Servers servers_;
    std::unordered_set<std::string> known_;
};

}   // namespace

template <class Visit>
void MergedContainers::for_each_kind(const Visit& visit) {
    visit(
        0, [](auto& all) -> auto& { return all.http.routers; });
    visit(
        1, [](auto& all) -> auto& { return all.http.services; });
    visit(
        2, [](auto& all) -> auto& { return all.http.middlewares; });
    visit(
        3, [](auto& all) -> auto& { return all.tcp.routers; });
    visit(
        4, [](auto& all) -> auto& { return all.tcp.services; });
    visit(
        5, [](auto& all) -> auto& { return all.tcp.middlewares; });
    visit(
        6, [](auto& all) -> auto& { return all.udp.routers; });
    visit(
        7, [](auto& all) -> auto& { return all.udp.services; });
    visit(
        8, [](auto& all) -> auto& { return all.tls.stores; });
}

void MergedContainers::set(const std::string& id, ContainerReading reading) {
    erase(id);
    auto order = reading.verdict.service_name + '-' + reading.verdict.id;
    const auto made =
        containers_.emplace(id, Container{.order = std::move(order), .reading = std::move(reading)}).first;
    note_items(made->second, true);
    changed_containers_.insert(id);
}

void MergedContainers::erase(const std::string& id) {
    const auto found = containers_.find(id);
    if (found == containers_.end()) return;
    note_items(found->second, false);
    containers_.erase(found);
    changed_containers_.insert(id);
}

void MergedContainers::note_items(const Container& container, bool is_there) {
    for_each_kind([&](std::size_t kind, const auto& of) {
        for (const auto& [name, unused] : of(container.reading.configuration)) {
            auto& users = users_[kind][name];
            if (is_there) {
                users.push_back(&container);
            } else {
                std::erase(users, &container);
            }
            changed_.emplace(kind, name);
        }
    });
}

MergedContainers::Update MergedContainers::update(DynamicConfiguration& configuration) {
    Update update;
    for_each_kind([&](std::size_t kind, const auto& of) {
        std::set<std::string>* names[] = {&update.changes.routers, &update.changes.services,
                                          &update.changes.middlewares};
        for (auto item = changed_.lower_bound({kind, ""}); item != changed_.end() && item->first == kind;
             ++item) {
            merge_item(kind, of, item->second, configuration);
            if (kind < std::size(names)) {
                names[kind]->insert(item->second);
            } else {
                update.changes.others = true;
            }
        }
    });
    changed_.clear();
    note_disputes();
    for (const std::string& id : std::exchange(changed_containers_, {})) {
        const auto container = containers_.find(id);
        if (container == containers_.end()) {
            verdicts_.erase(id);
        } else {
            verdicts_.insert_or_assign(id, verdict_of(container->second));
        }
        update.verdicts.push_back(id);
    }
    return update;
}

// What everybody says of one item, into the configuration; or that they do not agree.
template <class Of>
void MergedContainers::merge_item(std::size_t kind, const Of& of, const std::string& name,
                                  DynamicConfiguration& into) {
    const auto found = users_[kind].find(name);
    const Item key{kind, name};
    const bool was_conflict = conflicts_.erase(key) > 0;
    if (was_conflict) disputed_.insert(key);
    of(into).erase(name);
    if (found->second.empty()) {
        users_[kind].erase(found);
        return;
    }
    Users& users = found->second;
    std::ranges::stable_sort(users, {}, &Container::order);
    const auto& first = of(users.front()->reading.configuration).at(name);
    MergedItem merged(first);
    for (const Container* user : users) {
        const auto& item = of(user->reading.configuration).at(name);
        if (user == users.front() || merged.add(item)) continue;
        conflicts_[key] = difference(comparable(merged.item()), comparable(item));
        disputed_.insert(key);
        return;
    }
    of(into).emplace(name, merged.take());
}

// Whom the conflicts concern that came or went: who defines the items, and whose routers need them.
void MergedContainers::note_disputes() {
    if (disputed_.empty()) return;
    const auto is_disputed = [this](std::size_t kind, std::string name) {
        if (name.ends_with("@docker")) name.resize(name.find('@'));
        return disputed_.contains({kind, std::move(name)});
    };
    for (const auto& [id, container] : containers_) {
        const auto& configuration = container.reading.configuration;
        bool is_concerned = false;
        for_each_kind([&](std::size_t kind, const auto& of) {
            for (const auto& named : of(configuration)) {
                const auto& item = named.second;
                is_concerned = is_concerned || is_disputed(kind, named.first);
                if constexpr (requires { item.service; }) is_concerned |= is_disputed(kind + 1, item.service);
                if constexpr (requires { item.service, item.middlewares; }) {
                    for (const auto& part : item.middlewares) is_concerned |= is_disputed(kind + 2, part);
                }
            }
        });
        if (is_concerned) changed_containers_.insert(id);
    }
    disputed_.clear();
}

bool MergedContainers::conflicts(std::size_t kind, std::string name) const {
    if (name.ends_with("@docker")) name.resize(name.find('@'));
    return conflicts_.contains({kind, name});
}

// Routers that lead to a conflicting service, or through a conflicting middleware, serve nothing either.
template <class Section>
void MergedContainers::drop_victims(ContainerVerdict& verdict, const Section& section,
                                    std::size_t first_kind) const {
    for (const auto& named : section.routers) {
        const auto& name = named.first;
        const auto& router = named.second;
        bool is_victim = conflicts(first_kind + 1, router.service);
        if constexpr (requires { router.middlewares; }) {
            for (const std::string& part : router.middlewares) is_victim |= conflicts(first_kind + 2, part);
        }
        if (is_victim) std::erase(verdict.routers, fmt::format("{} {}", kind_names[first_kind], name));
    }
}

namespace {

template <class Users>
std::string names_of(const Users& users) {
    constexpr std::size_t most = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(users.size(), most); ++i) {
        std::string_view between = ", ";
        if (i == 0) between = "";
        if (i > 0 && i + 1 == users.size()) between = " and ";
        names += fmt::format("{}{}", between, users[i]->reading.verdict.name);
    }
    if (users.size() > most) names += fmt::format(" and {} more", users.size() - most);
    return names;
}

}   // namespace

ContainerVerdict MergedContainers::verdict_of(const Container& container) const {
    ContainerVerdict verdict = container.reading.verdict;
    if (conflicts_.empty()) return verdict;
    const auto& [http, tcp, udp, tls] = container.reading.configuration;
    drop_victims(verdict, http, first_of_http);
    drop_victims(verdict, tcp, first_of_tcp);
    drop_victims(verdict, udp, first_of_udp);
    for_each_kind([&](std::size_t kind, const auto& of) {
        for (const auto& [name, unused] : of(container.reading.configuration)) {
            const auto conflict = conflicts_.find({kind, name});
            if (conflict == conflicts_.end()) continue;
            const std::string sentence =
                fmt::format("{} \"{}\" is defined differently by {}: {}", kind_names[kind], name,
                            names_of(users_[kind].at(name)), conflict->second);
            constexpr const char* advice = "make them the same, or give them different names";
            verdict.remarks.error({}, sentence, std::string("nobody gets it: ") + advice);
            std::erase(verdict.routers, fmt::format("{} {}", kind_names[kind], name));
            if (!verdict.routers.empty() || verdict.reason != "routed") continue;
            verdict.outcome = ContainerOutcome::refused;
            verdict.reason = "conflict";
            verdict.sentence = sentence;
            verdict.advice = advice;
        }
    });
    return verdict;
}

}   // namespace gatehouse::traefik
