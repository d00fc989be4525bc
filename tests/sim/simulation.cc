#include "simulation.h"

#include "static_files.h"

#include "base/text.h"
#include "loop/loop.h"
#include "loop/sim/sim_backend.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::simulation {

using namespace std::chrono_literals;
using loop::SimWorld;

namespace {

constexpr const char* fallback_text = "not now";

// Each alone makes the end of the message doubtful (RFC 9112 6.1, 6.3, 5.1).
constexpr const char* poisons[] = {"Content-Length: 5\r\nTransfer-Encoding: chunked",
                                   "Content-Length: 5\r\nContent-Length: 6",
                                   "Content-Length: +5",
                                   "Content-Length: 5, 6",
                                   "Transfer-Encoding: xchunked",
                                   "Transfer-Encoding: chunked, identity",
                                   "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                                   "Transfer-Encoding : chunked",
                                   "Content-Length: 5\r\n Transfer-Encoding: chunked",
                                   "Host: other.test"};

SocketAddress address_of(const std::string& host, std::uint16_t port) {
    SocketAddress address;
    [[maybe_unused]] const bool parsed = SocketAddress::parse(host, port, address);
    return address;
}

constexpr std::uint16_t health_port = 5001;
std::string endpoint_host(std::size_t number) { return fmt::format("10.0.0.{}", number + 1); }
const SocketAddress& gateway_address(bool tls = false) {
    static const SocketAddress plain = address_of("10.0.1.1", 80);
    static const SocketAddress secure = address_of("10.0.1.1", 443);
    return tls ? secure : plain;
}

}   // namespace

Simulation::Simulation(std::uint64_t seed)
    : world_(seed), clean_(seed % 3 == 0), checks_health_(seed % 5 == 2) {
    draw();
}

void Simulation::draw() {
    auto& random = world_.random();
    network_ = loop::FaultPlan::draw(random);
    if (clean_) {
        network_.refused = network_.unreachable = network_.unanswered = 0;
        network_.resets = network_.vanishings = network_.no_descriptors = 0;
    }
    // what is rough is slow to simulate
    if (network_.buffer_bytes_min < 4096 || network_.fragments > 0) largest_body_ = 6000;
    unbuffered_requests_ = random.one_in(3);
    by_name_ = random.one_in(3);
    leaves_early_ = !clean_ && random.one_in(4);
    round_robin_ = !random.one_in(3);
    endpoint_http_2_ = random.one_in(2);
    endpoint_tls_ = random.one_in(4);

    if (!round_robin_) upstream_lines_ += random.one_in(2) ? "least_conn;\n" : "hash $uri consistent;\n";
    if (random.one_in(2)) upstream_lines_ += fmt::format("keepalive {};\n", 1 + random.below(8));
    proxy_lines_ +=
        random.one_in(3) ? "proxy_buffering off;\n" : "proxy_buffers 4 4k; proxy_buffer_size 4k;\n";
    if (unbuffered_requests_) proxy_lines_ += "proxy_request_buffering off;\n";
    if (random.one_in(2)) proxy_lines_ += "proxy_next_upstream error timeout invalid_header http_503;\n";
    if (random.one_in(4)) proxy_lines_ += "proxy_ignore_client_abort on;\n";
    if (random.one_in(6)) proxy_lines_ += "limit_rate 40k;";
    own_ = own_answers();
    if (random.one_in(4)) {
        proxy_lines_ += "error_page 502 504 = /fallback;\n";
        own_["*"] = fallback_text;
    }
    if (random.one_in(5)) file_lines_ = "limit_rate 30k;";
    run_time_names_ = random.one_in(4);
    drops_servers_ = !clean_ && random.one_in(3);

    // a stuck simulation leaks: whatever is made here stays reachable from it
    outside_ = &world_.make_loop([this] {
        auto plan = network_;
        plan.no_descriptors = 0;
        return plan;
    }());
    running_ = std::make_unique<loop::Scope>(*outside_);
    const auto worker_count = static_cast<unsigned>(1 + random.below(3));
    const std::vector<SocketAddress> addresses{gateway_address(), gateway_address(true)};
    gateway_ = std::make_unique<Gateway>(world_, network_, worker_count, addresses);
    make_endpoints();
    make_clients();
}

void Simulation::make_endpoints() {
    auto& random = world_.random();
    EndpointPlan plan;
    plan.mischief = clean_ || random.one_in(3) ? 0 : static_cast<unsigned>(1 + random.below(300));
    plan.goes_down = !clean_ && random.one_in(3);
    plan.slowest = random.one_in(2) ? 0ms : 1000ms;
    plan.largest_body = largest_body_ * 3;
    plan.http_2 = endpoint_http_2_;
    plan.tls = endpoint_tls_;
    const auto count = 1 + random.below(4);
    const std::string options = random.one_in(2) ? " max_fails=0" : " fail_timeout=2s";
    for (std::size_t i = 0; i < count; ++i) {
        const auto host = endpoint_host(i);
        endpoints_.push_back(std::make_unique<Endpoint>(world_, *outside_, ledger_, static_cast<int>(i),
                                                        address_of(host, 5000), plan));
        if (!by_name_) server_lines_.push_back(fmt::format("server {}:5000{};\n", host, options));
        if (!checks_health_) continue;
        health_ports_.push_back(
            std::make_unique<HealthPort>(*outside_, address_of(host, health_port), i + 1, !clean_));
    }
    if (by_name_) server_lines_.push_back(fmt::format("server app.test:5000{};\n", options));
}

void Simulation::make_tunnel(Request& request) {
    const auto id = request.id;
    request = Request();
    request.id = id;
    request.is_tunnel = true;
    request.target = fmt::format("/p/{}", id);
    request.body_bytes = world_.random().below(largest_body_);
}

ClientPlan Simulation::draw_tunnel_client() {
    auto& random = world_.random();
    ClientPlan plan;
    plan.requests.resize(1);
    plan.requests.front().id = next_id_++;
    make_tunnel(plan.requests.front());
    plan.starts_after = world_.between(0ms, 3000ms);
    if (random.one_in(6)) plan.between_reads = world_.between(1ms, 100ms);
    if (!clean_ && random.one_in(5)) plan.leaves_after = world_.between(0ms, 4000ms);
    plan.tls = random.one_in(4);
    return plan;
}

Request Simulation::draw_request(std::size_t largest_body) {
    auto& random = world_.random();
    Request request;
    request.id = next_id_++;
    const auto kind = random.below(10);
    if (kind < 3) {
        const auto& own = own_answers();
        request.target = std::next(own.begin(), static_cast<std::ptrdiff_t>(random.below(own.size())))->first;
        if (random.one_in(20)) request.poison = poisons[random.below(std::size(poisons))];
        if (random.one_in(5)) request.method = "HEAD";
        return request;
    }
    const char* path = run_time_names_ && random.one_in(3) ? "v" : "p";
    request.target = fmt::format("/{}/{}?x={}", path, request.id, random.below(100));
    static const char* const methods[] = {"GET", "GET", "GET", "HEAD", "POST", "POST", "PUT"};
    request.method = methods[random.below(std::size(methods))];
    if (request.method[0] == 'P') {
        request.body_bytes = random.below(random.one_in(2) ? 200 : largest_body);
        request.chunked = random.one_in(3);
        request.expects_continue = request.body_bytes > 0 && random.one_in(5);
    }
    return request;
}

ClientPlan Simulation::draw_client() {
    auto& random = world_.random();
    // endpoints of HTTP/2 are asked for none
    if (!endpoint_http_2_ && random.one_in(8)) return draw_tunnel_client();
    ClientPlan plan;
    const auto count = 1 + random.below(6);
    for (std::uint64_t i = 0; i < count; ++i) plan.requests.push_back(draw_request(largest_body_));
    const bool old = random.one_in(8);
    for (auto& request : plan.requests) {
        if (!old) continue;
        request.http_1_0 = true;
        if (request.chunked) request.chunked = false;
        request.expects_continue = false;
    }
    // without keep-alive being certain, HTTP/1.0 gets one request per connection
    if (old) plan.requests.resize(1);
    plan.requests.back().last = random.one_in(2);
    // a refusal ends the connection
    const auto poisoned =
        std::ranges::find_if(plan.requests, [](const auto& one) { return !one.poison.empty(); });
    if (poisoned != plan.requests.end()) plan.requests.erase(poisoned + 1, plan.requests.end());
    const bool waits = std::ranges::any_of(plan.requests, &Request::expects_continue);
    plan.pipelined = !waits && random.one_in(4);
    plan.starts_after = world_.between(0ms, 3000ms);
    if (random.one_in(3)) plan.between_requests = world_.between(0ms, 5000ms);
    if (random.one_in(6)) plan.between_reads = world_.between(1ms, 100ms);
    // To the gateway as to nginx a FIN means that nobody waits, unless the client said that this is its last
    // request.
    plan.half_closes = random.one_in(4) && plan.requests.back().last && !plan.pipelined;
    if (!clean_ && random.one_in(5)) plan.leaves_after = world_.between(0ms, 4000ms);
    plan.tls = random.one_in(4);
    if (random.one_in(3)) speak_h2(plan);
    return plan;
}

void Simulation::speak_h2(ClientPlan& plan) {
    auto& random = world_.random();
    plan.streams_at_once = static_cast<unsigned>(1 + random.below(8));
    if (random.one_in(3)) plan.window_bytes = static_cast<std::uint32_t>(1000 + random.below(8000));
    if (!clean_ && random.one_in(3)) plan.resets = static_cast<unsigned>(random.below(500));
    for (auto& request : plan.requests) {
        request.http_1_0 = false;
        request.poison.clear();   // there is but one way to tell where a message ends
        request.read_ahead = 64 * 1024;
        if (!endpoint_http_2_ && random.one_in(8)) make_tunnel(request);
    }
}

void Simulation::make_clients() {
    const bool may_starve = network_.vanishings > 0 || network_.unanswered > 0;
    const auto count = 1 + world_.random().below(10);
    for (std::uint64_t i = 0; i < count; ++i) {
        auto plan = draw_client();
        ClientPlan how = plan;
        how.requests.clear();
        for (const auto& request : plan.requests) plans_[request.id] = how;
        const auto& address = gateway_address(plan.tls);
        if (plan.streams_at_once == 0 && plan.requests.front().is_tunnel) {
            tunnel_clients_.push_back(std::make_unique<TunnelClient>(world_, *outside_, ledger_, own_,
                                                                     address, std::move(plan), may_starve));
        } else if (plan.streams_at_once > 0) {
            h2_clients_.push_back(std::make_unique<H2Client>(world_, *outside_, ledger_, own_, address,
                                                             std::move(plan), may_starve));
        } else {
            clients_.push_back(std::make_unique<Client>(world_, *outside_, ledger_, own_, address,
                                                        std::move(plan), may_starve));
        }
    }
}

std::string Simulation::configuration(unsigned generation) const {
    const char* scheme = endpoint_tls_ ? "https" : "http";
    std::string servers;
    const bool drops = drops_servers_ && server_lines_.size() > 1 && generation % 2 == 1;
    for (std::size_t i = drops ? 1 : 0; i < server_lines_.size(); ++i) servers += server_lines_[i];
    return fmt::format(R"(
error_log /sim/error.log crit;
events {{}}
http {{
    log_format ids "$http_x_id $status";
    access_log {} ids;
    upstream app {{
{}{}    }}
    server {{
        listen 10.0.1.1:80;
        listen 10.0.1.1:443 ssl;
        http2 on;
        ssl_certificate /sim/site.pem; ssl_certificate_key /sim/site.key; ssl_session_tickets off;
        client_header_timeout 20s; client_body_timeout 20s; send_timeout 20s; keepalive_timeout 75s;
        proxy_http_version {}; proxy_ssl_verify off; proxy_ssl_session_reuse off;
        proxy_set_header Connection "";
        proxy_connect_timeout 20s; proxy_send_timeout 20s; proxy_read_timeout 20s;
{}
        add_header X-Generation {} always;
        location / {{ proxy_pass {}://app; }}
        location /v/ {{
            resolver 10.0.2.1;
            set $service app.test;
            proxy_pass {}://$service:5000;
        }}
        location /static/ {{ alias {}/; {} }}
        location = /hello {{ return 200 "hello, world"; }}
        location = /fallback {{ internal; return 200 "{}"; }}
    }}
}}
)",
                       Gateway::access_log_path, upstream_lines_, servers, endpoint_http_2_ ? "2" : "1.1",
                       proxy_lines_, generation, scheme, scheme, static_files_directory(), file_lines_,
                       fallback_text);
}

void Simulation::plan_reloads() {
    const auto count = world_.random().below(4);
    for (unsigned generation = 1; generation <= count; ++generation) {
        gateway_->apply_after(world_.between(0ms, 6000ms), configuration(generation),
                              [this](const std::string& problem) {
                                  if (!problem.empty()) ledger_.violation("reload: " + problem);
                              });
    }
}

void Simulation::plan_name_changes() {
    net::TableResolver::Row all;
    all.delay = world_.between(0ms, 200ms);
    for (std::size_t i = 0; i < endpoints_.size(); ++i) all.addresses.push_back(endpoint_host(i));
    all.from_docker = true;
    gateway_->names().set("app.test", all);
    if (clean_) return;
    for (auto change = world_.random().below(4); change > 0; --change) {
        auto some = all;
        std::erase_if(some.addresses, [this](const auto&) { return world_.random().one_in(2); });
        world_.after(world_.between(0ms, 8000ms), [this, some] { gateway_->names().set("app.test", some); });
    }
}

Simulation::Answered Simulation::answered() const {
    Answered answered;
    for (const auto& [id, entry] : ledger_.entries()) {
        if (entry.outcome != Outcome::answered) continue;
        const auto& plan = plans_.at(id);
        ++(plan.streams_at_once > 0 ? answered.by_h2 : answered.by_h1);
        if (plan.tls) ++answered.by_tls;
        if (entry.request.is_tunnel) ++answered.tunnels;
        if (entry.sightings.empty()) continue;
        if (endpoint_http_2_) ++answered.over_h2;
        if (endpoint_tls_) ++answered.over_tls;
    }
    return answered;
}

bool Simulation::run_clients(loop::Duration limit) {
    return world_.run_until([this] { return running_->empty(); }, limit) == SimWorld::Outcome::met;
}

// Often enough to matter within a run. In a clean one nobody is late: nothing is lost, only slow.
std::shared_ptr<const model::HealthCheck> Simulation::health_check() const {
    auto check = std::make_shared<model::HealthCheck>();
    check->port = health_port;
    check->interval = 700ms;
    check->unhealthy_interval = 300ms;
    check->timeout = clean_ ? 60s : 1s;
    return check;
}

std::vector<std::string> Simulation::run() {
    plan_name_changes();
    if (checks_health_) gateway_->check_health(health_check());
    // one that has no descriptor is not there, and its endpoint is out
    for (const auto& port : health_ports_) static_cast<void>(port->start());
    if (const auto problem = gateway_->apply(configuration(0)); !problem.empty()) return {problem};
    for (const auto& endpoint : endpoints_) {
        if (!endpoint->start()) return {};
    }
    plan_reloads();
    for (const auto& client : clients_) running_->spawn(client->run());
    for (const auto& client : h2_clients_) running_->spawn(client->run());
    for (const auto& client : tunnel_clients_) running_->spawn(client->run());
    if (leaves_early_) {
        [[maybe_unused]] const bool done = run_clients(world_.between(0ms, 5000ms));
    } else if (!run_clients(24h)) {
        ledger_.violation("some client never came to its end");
        stuck_ = true;
        return ledger_.violations();
    }
    finish_gateway();
    if (!stuck_) finish_endpoints();
    ledger_.check_attempts(unbuffered_requests_);
    if (!stuck_) check_access_log();
    if (clean_) check_clean_run();
    return ledger_.violations();
}

void Simulation::finish_gateway() {
    const auto limit = leaves_early_ && world_.random().one_in(2) ? loop::Duration(2s) : loop::forever;
    const auto left = gateway_->finish(limit);
    if (left.empty()) return;
    ledger_.violation(left);
    stuck_ = left.find("never") != std::string::npos;
}

Task<void> Simulation::stop_endpoints() {
    for (const auto& port : health_ports_) co_await port->stop();
    for (const auto& endpoint : endpoints_) co_await endpoint->stop();
}

void Simulation::finish_endpoints() {
    // a client that was still to connect finds nobody now
    if (!run_clients(24h)) {
        ledger_.violation("some client never came to its end after the gateway's");
        stuck_ = true;
        return;
    }
    running_->spawn(stop_endpoints());
    if (!run_clients(1h)) {
        ledger_.violation("some endpoint never stopped");
        stuck_ = true;
        return;
    }
    auto& descriptors = world_.descriptors();
    if (descriptors.open_count() > 0)
        ledger_.violation(fmt::format("{} descriptors left open", descriptors.open_count()));
    if (descriptors.misuses() > 0)
        ledger_.violation(fmt::format("{} uses of closed descriptors", descriptors.misuses()));
}

void Simulation::check_access_log() {
    const auto log = gateway_->access_log();
    for (const auto line : split(log, '\n')) {
        if (!line.empty()) ledger_.take_log_line(line);
    }
    ledger_.check_log();
}

void Simulation::check_clean_run() {
    for (const auto& [id, entry] : ledger_.entries()) {
        if (entry.outcome == (entry.request.poison.empty() ? Outcome::answered : Outcome::failed)) continue;
        ledger_.violation(fmt::format("request {} ({} {}): outcome {} though nothing went wrong", id,
                                      entry.request.method, entry.request.target,
                                      static_cast<int>(entry.outcome)));
    }
    if (!round_robin_ || run_time_names_) return;
    const auto [least, most] = std::ranges::minmax_element(
        endpoints_, {}, [](const auto& endpoint) { return endpoint->requests(); });
    if ((*most)->requests() - (*least)->requests() > 1) {
        ledger_.violation(
            fmt::format("the rotation is uneven: {} and {}", (*least)->requests(), (*most)->requests()));
    }
}

}   // namespace gatehouse::simulation
