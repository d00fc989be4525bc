#include "control/service_watch.h"

#include <algorithm>
#include <utility>

namespace gatehouse::control {
namespace {

bool needs_look_up(const model::ServerEntry& server) {
    SocketAddress literal;
    return !server.is_unix && !SocketAddress::parse(server.host, server.port, literal);
}

}   // namespace

bool same_definition(const model::Service& a, const model::Service& b) {
    const bool same_check = (a.health == nullptr) == (b.health == nullptr) &&
                            (a.health == nullptr || a.health == b.health || *a.health == *b.health);
    // the values of cookies are kept beside the endpoints
    const bool same_cookies =
        a.sticky.has_value() == b.sticky.has_value() && (!a.sticky || a.sticky->scheme == b.sticky->scheme);
    return a.balancing == b.balancing && same_check && same_cookies &&
           std::ranges::equal(a.servers, b.servers, model::same_server);
}

void Suspects::add(const model::ServiceState& state) {
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        is_first = reported_.empty();
        reported_.insert(&state);
    }
    if (is_first) loop_.post([this] { take(); });
}

void Suspects::take() {
    std::unordered_set<const model::ServiceState*> reported;
    {
        const std::lock_guard lock(mutex_);
        reported.swap(reported_);
    }
    for (const auto* state : reported) {
        const auto found = watches_.find(state);
        if (found != watches_.end()) found->second->ask_soon();
    }
}

// The name of one server line.
class ServiceWatch::ServerName final : public NameInterest {
public:
    ServerName(ServiceWatch& watch, const model::ServerEntry& server)
        : watch_(watch), origin_(server.origin) {}
    void answered(bool changed) override { watch_.answered(changed); }
    [[nodiscard]] std::string origin() const override { return origin_.source ? origin_.describe() : ""; }

private:
    ServiceWatch& watch_;
    model::Origin origin_;
};

ServiceWatch::ServiceWatch(std::shared_ptr<const model::Service> service,
                           std::shared_ptr<model::ServiceState> state, NameSource source, NameWatches& names,
                           Suspects& suspects, OnAnswer on_answer)
    : service_(std::move(service)), state_(std::move(state)), suspects_(suspects) {
    suspects_.watches_[state_.get()] = this;
    for (const auto& server : service_->servers) {
        names_.push_back(needs_look_up(server) ? std::make_unique<ServerName>(*this, server) : nullptr);
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i]) names.watch(service_->servers[i].host, source, *names_[i]);
    }
    rebuild();
    on_answer_ = std::move(on_answer);   // not before: an answer at once would find half an object
}

ServiceWatch::~ServiceWatch() { suspects_.watches_.erase(state_.get()); }

void ServiceWatch::begin_checks(HealthChecks& checks, ServiceWatch* former) {
    if (service_->health == nullptr) return forget_checks(*state_);
    health_ = std::make_unique<HealthWatch>(checks, *service_, state_);
    if (former != nullptr && former->health_ != nullptr) health_->take_over(*former->health_);
    health_->follow(*state_->endpoints());
}

void ServiceWatch::adopt(std::shared_ptr<const model::Service> service) { service_ = std::move(service); }

bool ServiceWatch::settled() const {
    return std::ranges::all_of(names_, [](const auto& name) { return !name || name->name()->settled(); });
}

const Error* ServiceWatch::failure() const {
    for (const auto& name : names_) {
        if (name && name->name()->failure()) return &*name->name()->failure();
    }
    return nullptr;
}

void ServiceWatch::ask_soon() {
    for (const auto& name : names_) {
        if (name) name->name()->ask_soon();
    }
}

void ServiceWatch::answered(bool changed) {
    if (changed) rebuild();
    if (on_answer_) on_answer_();
}

void ServiceWatch::rebuild() {
    std::vector<std::vector<SocketAddress>> resolved(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (!names_[i] || names_[i]->name() == nullptr) continue;
        resolved[i] = names_[i]->name()->addresses();
        for (SocketAddress& address : resolved[i]) address.set_port(service_->servers[i].port);
    }
    const auto previous = state_->endpoints();
    const auto next = model::build_endpoint_set(*service_, resolved, previous.get());
    state_->replace(next);
    if (health_) health_->follow(*next);
}

}   // namespace gatehouse::control
