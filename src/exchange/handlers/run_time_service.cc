#include "exchange/handlers/run_time_service.h"

#include "base/socket_address.h"
#include "base/text.h"
#include "exchange/worker_state.h"

#include <algorithm>
#include <string>

namespace gatehouse::exchange {
namespace {

using ServicePtr = std::shared_ptr<const model::Service>;

// Shared by the waiting exchange and the answer on its way: either may be gone first.
struct Lookup {
    loop::Event answered;
    Result<ServicePtr> result = fail(ErrorCode::unresolved, "look up a service", ErrorSource::upstream);
};

constexpr std::string_view unix_prefix = "unix:";

ServicePtr find_configured(const model::Snapshot& snapshot, model::VariableScope scope,
                           std::string_view host) {
    const auto& services = snapshot.model.services;
    const bool for_tcp = scope == model::VariableScope::tcp;
    const auto found = std::ranges::find_if(services, [&](const auto& service) {
        return service->is_explicit && service->for_tcp == for_tcp &&
               equals_ignoring_case(service->name, host);
    });
    return found == services.end() ? nullptr : *found;
}

// Takes ":8080" off the end of a host; false: it is no port.
bool take_port(std::string_view& host, std::uint16_t& port) {
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos) return true;
    const auto number = parse_decimal(host.substr(colon + 1));
    if (!number || *number == 0 || *number > 65535) return false;
    port = static_cast<std::uint16_t>(*number);
    host = host.substr(0, colon);
    return true;
}

// What stands behind the scheme.
std::optional<RunTimeTarget> parse_address(RunTimeTarget target, std::string_view rendered) {
    if (target.is_secure) target.port = 443;
    if (is_unix_address(rendered)) {   // unix:/path, or unix:/path:/uri
        const auto colon = rendered.find(':', unix_prefix.size());
        target.name = rendered.substr(0, colon);
        target.host = "localhost";
        if (colon != std::string_view::npos) target.uri = rendered.substr(colon + 1);
        return target;
    }
    const auto slash = rendered.find_first_of("/?");
    target.host = rendered.substr(0, slash);
    if (slash != std::string_view::npos) target.uri = rendered.substr(slash);
    target.name = target.host;
    if (!take_port(target.name, target.port) || target.name.empty()) return {};
    return target;
}

}   // namespace

std::optional<RunTimeTarget> parse_run_time_target(std::string_view rendered) {
    RunTimeTarget target;
    const auto separator = rendered.find("://");
    if (separator == std::string_view::npos) return {};
    target.scheme = rendered.substr(0, separator);
    target.is_secure = equals_ignoring_case(target.scheme, "https");
    if (!target.is_secure && !equals_ignoring_case(target.scheme, "http")) return {};
    return parse_address(target, rendered.substr(separator + 3));
}

std::optional<RunTimeTarget> parse_grpc_target(std::string_view rendered) {
    RunTimeTarget target;
    target.scheme = "grpc";
    if (const auto separator = rendered.find("://"); separator != std::string_view::npos) {
        target.scheme = rendered.substr(0, separator);
        target.is_secure = equals_ignoring_case(target.scheme, "grpcs");
        if (!target.is_secure && !equals_ignoring_case(target.scheme, "grpc")) return {};
        rendered.remove_prefix(separator + 3);
    }
    const auto parsed = parse_address(target, rendered);
    return parsed && parsed->uri.empty() ? parsed : std::nullopt;
}

std::optional<RunTimeTarget> parse_run_time_address(std::string_view rendered) {
    RunTimeTarget target;
    target.port = 0;
    target.host = target.name = rendered;
    if (is_unix_address(rendered)) return target;
    if (!take_port(target.name, target.port) || target.name.empty()) return {};
    if (target.name.find_first_of("/? ") != std::string_view::npos) return {};
    return target;
}

loop::Task<Result<ServicePtr>> find_service(WorkerState& worker, const model::Snapshot& snapshot,
                                            model::VariableScope scope, RunTimeTarget target) {
    const bool unix_path = is_unix_address(target.name);
    if (auto configured = unix_path ? nullptr : find_configured(snapshot, scope, target.host))
        co_return configured;
    if (!unix_path && target.port == 0)
        co_return fail(ErrorCode::malformed, "no port in upstream", ErrorSource::internal);
    const std::string name = unix_path ? std::string(target.name) : lower(target.name);
    const std::string key = name + ":" + std::to_string(target.port);
    if (const auto known = worker.run_time_services.find(key); known != worker.run_time_services.end()) {
        if (auto service = known->second.lock()) co_return service;
    }
    auto lookup = std::make_shared<Lookup>();
    auto& own_loop = worker.loop;
    std::function<void(Result<ServicePtr>)> answer = [lookup, &own_loop](Result<ServicePtr> result) {
        own_loop.post([lookup, result = std::move(result)] {
            lookup->result = result;
            lookup->answered.set();
        });
    };
    worker.shared.services.find(std::string(target.name), target.port, std::move(answer));
    const auto patience = snapshot.model.resolver.timeout;
    const auto waited = co_await lookup->answered.wait(patience);
    if (!waited) {
        co_return fail(
            waited.error().code == ErrorCode::canceled ? ErrorCode::canceled : ErrorCode::unresolved,
            "look up a service", ErrorSource::upstream);
    }
    if (lookup->result) worker.remember_service(key, *lookup->result);
    co_return lookup->result;
}

bool names_configured_service(const model::Snapshot& snapshot, std::string_view host) {
    return find_configured(snapshot, model::VariableScope::http, host) != nullptr;
}

}   // namespace gatehouse::exchange
