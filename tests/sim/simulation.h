#pragma once
// One run of everything, drawn from a seed: a gateway, its endpoints and clients, the faults between them,
// reloads, names that change, and a drain at the end. A third of the seeds are clean: slow and fragmented
// perhaps, but nothing is lost, and so every request must be answered.

#include "client.h"
#include "endpoint.h"
#include "gateway.h"
#include "h2_client.h"
#include "health_port.h"
#include "tunnel_client.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::simulation {

class Simulation {
public:
    explicit Simulation(std::uint64_t seed);

    // The broken promises; none is what we want.
    [[nodiscard]] std::vector<std::string> run();
    // Strands could not be ended: the simulation must not be destroyed.
    [[nodiscard]] bool is_stuck() const { return stuck_; }
    [[nodiscard]] std::uint64_t trace_hash() const { return world_.trace_hash(); }
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    struct Answered {
        std::size_t by_h1 = 0, by_h2 = 0, by_tls = 0;
        std::size_t over_h2 = 0, over_tls = 0;   // by endpoints that speak it
        std::size_t tunnels = 0;
    };
    [[nodiscard]] Answered answered() const;   // requests, by how they were asked
    void print_trace() { world_.print_trace(); }

private:
    void draw();
    void make_endpoints();
    void make_clients();
    void plan_reloads();
    void plan_name_changes();
    [[nodiscard]] std::shared_ptr<const model::HealthCheck> health_check() const;
    [[nodiscard]] Request draw_request(std::size_t largest_body);
    [[nodiscard]] ClientPlan draw_client();
    [[nodiscard]] ClientPlan draw_tunnel_client();
    void make_tunnel(Request& request);
    void speak_h2(ClientPlan& plan);
    [[nodiscard]] std::string configuration(unsigned generation) const;
    [[nodiscard]] bool run_clients(loop::Duration limit);
    void finish_gateway();
    void finish_endpoints();
    void check_clean_run();
    void check_access_log();
    Task<void> stop_endpoints();

    loop::SimWorld world_;
    Ledger ledger_;
    bool clean_ = false;
    bool stuck_ = false;
    bool unbuffered_requests_ = false;
    bool round_robin_ = true;
    bool by_name_ = false;
    bool endpoint_http_2_ = false, endpoint_tls_ = false;
    bool leaves_early_ = false;   // the drain does not wait for the clients
    loop::FaultPlan network_;
    std::size_t largest_body_ = 60'000;
    bool run_time_names_ = false;   // some requests name their service at run time
    const bool checks_health_;
    bool drops_servers_ = false;   // every other configuration has one server less
    std::string upstream_lines_;
    std::vector<std::string> server_lines_;
    std::string proxy_lines_;
    std::string file_lines_;
    OwnAnswers own_;
    std::uint64_t next_id_ = 1;
    std::unique_ptr<Gateway> gateway_;
    loop::Loop* outside_ = nullptr;   // of the clients and endpoints
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    std::vector<std::unique_ptr<HealthPort>> health_ports_;   // beside them, where health is checked
    std::map<std::uint64_t, ClientPlan> plans_;   // by the id of each request, without its requests
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::unique_ptr<H2Client>> h2_clients_;
    std::vector<std::unique_ptr<TunnelClient>> tunnel_clients_;
    std::unique_ptr<loop::Scope> running_;
};

}   // namespace gatehouse::simulation
