#include "faces/traefik/compile.h"

#include "faces/traefik/compilation.h"
#include "faces/traefik/compile_tcp.h"

#include <fmt/format.h>

#include <utility>

namespace gatehouse::traefik {

std::vector<StateNews> news_of(const States& states, const States& former) {
    std::vector<StateNews> news;
    const auto compare = [&](std::string_view what, const auto& now, const auto& before) {
        for (const auto& [name, state] : now) {
            const auto known = before.find(name);
            if (known != before.end() && known->second.errors == state.errors) continue;
            const bool is_served = state.status != ItemState::Status::disabled;
            for (const auto& error : state.errors)
                news.push_back({is_served, fmt::format("{}{}{}: {}", what, name,
                                                       is_served ? "" : " is not served", error)});
        }
    };
    compare("router ", states.routers, former.routers);
    compare("service ", states.services, former.services);
    compare("middleware ", states.middlewares, former.middlewares);
    compare("TCP router ", states.tcp.routers, former.tcp.routers);
    compare("TCP service ", states.tcp.services, former.tcp.services);
    compare("TCP middleware ", states.tcp.middlewares, former.tcp.middlewares);
    compare("UDP router ", states.udp.routers, former.udp.routers);
    compare("UDP service ", states.udp.services, former.udp.services);
    compare("", states.tls, former.tls);
    compare("", states.others, former.others);
    return news;
}

Compiler::Compiler(CompilerOptions options) : tcp_(std::make_unique<TcpCompiler>()) {
    use(std::move(options));
}

Compiler::~Compiler() = default;

void Compiler::use(CompilerOptions options) {
    options_ = std::move(options);
    places_ = std::vector<Place>(options_.entry_points.size());
    for (auto& [unused, router] : routers_) router.placed.clear();
    tls_.begin_anew(options_.default_certificate);
    tcp_->begin_anew();
}

Compiled Compiler::compile(const std::vector<Provided>& provided) {
    const States former = std::exchange(states_, {});
    Compilation run(*this, provided);
    run.make_everything();
    news_ = news_of(states_, former);
    return {.model = run.model(), .states = states_};
}

model::Model Compiler::compile_changes(const std::vector<Provided>& provided, std::string_view provider,
                                       const ConfigurationChanges& changes) {
    Compilation run(*this, provided);
    if (!run.make_changes(provider, changes)) return compile(provided).model;
    return run.model();
}

}   // namespace gatehouse::traefik
