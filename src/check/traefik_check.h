#pragma once
// The check of what Traefik's face reads: the proxy's static configuration, the labels of the containers that
// the compose files describe, and dynamic files. The very reader and compiler that the gateway uses are
// asked; what they cannot see is added: routers that none reach, ties, ports, networks. Pure.

#include "check/compose_facts.h"
#include "check/label_places.h"
#include "check/outcome.h"
#include "check/proxy.h"
#include "check/variables.h"
#include "faces/nginx/source.h"
#include "faces/traefik/compile.h"
#include "faces/traefik/container_labels.h"
#include "faces/traefik/merged_containers.h"
#include "faces/traefik/named_files.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::check {

struct TraefikInputs {
    std::string static_file{};                  // "": none was named
    std::vector<std::string> dynamic_files{};   // that were
    std::int64_t now = 0;                       // seconds since 1970
};

class TraefikCheck {
public:
    TraefikCheck(const ComposeProject& project, const TraefikInputs& inputs, nginx::FileSource& files,
                 const Variables& variables, Outcome& outcome);
    void run();

private:
    void read_static_configuration();
    void assume_static_configuration(std::string_view why);
    void add(const traefik::Remark& remark, Place place, std::string code, const ComposeService* service);
    [[nodiscard]] Place place_in_static(const model::Origin& origin, std::string_view message = {}) const;

    void read_labels();
    void judge(const ContainerOf& container, const traefik::ContainerVerdict& verdict);
    void judge_rules(const ComposeService& service);
    void judge_left_out(const ContainerOf& container, const traefik::ContainerVerdict& verdict);
    void note_unset_variables();

    void read_dynamic_files();
    [[nodiscard]] std::vector<std::string> paths_of_file_provider(bool& all_are_here) const;
    void stand_in_for_the_unseen();
    enum class Unseen : std::uint8_t {
        middleware,
        service,
        options,
        transport,
        tcp_middleware,
        tcp_service,
        tcp_transport
    };
    void stand_in(const std::string& reference, Unseen kind, const std::string& user);

    [[nodiscard]] std::shared_ptr<const traefik::FileTexts> texts_named_in(
        const traefik::DynamicConfiguration& configuration, const std::string& stand_in);
    void compile();
    void judge_states(const traefik::States& states);
    void judge_protocol(std::string_view protocol, const traefik::ProtocolStates& states);
    void take_unserved(const traefik::States& states);
    void judge_state(std::string_view kind, std::string_view section, const std::string& name,
                     const traefik::ItemState& state);
    [[nodiscard]] Place place_of_item(std::string_view section, const std::string& qualified,
                                      std::string_view sentence) const;
    [[nodiscard]] std::string hint_for(const std::string& sentence) const;
    [[nodiscard]] bool is_unsettled(std::string_view section, const std::string& qualified) const;

    void list_routes(const model::Model& model, const traefik::States& states);
    void list_passed_on(const traefik::ProtocolStates& states, std::string_view protocol);
    void judge_site(const model::Site& site, bool tls);
    bool judge_spot(const model::FiledRules& rules, std::size_t at, std::string& never);
    [[nodiscard]] std::string how_it_is_hidden(const model::RuleEntry& entry, const model::RuleEntry& first,
                                               bool is_tie, bool is_same) const;
    void judge_unreached();
    void judge_tls();
    [[nodiscard]] std::string in_words(const std::string& router) const;
    [[nodiscard]] const traefik::Router* written(const std::string& qualified) const;
    [[nodiscard]] std::vector<std::string> servers_of(const std::string& service) const;
    [[nodiscard]] std::string server_in_words(const std::string& url) const;

    void judge_networks();
    void judge_ports();
    void judge_port(const ContainerOf& container, const std::string& service);
    void judge_publishing();

    const ComposeProject& project_;
    const TraefikInputs& inputs_;
    nginx::FileSource& files_;
    const ReadText read_;
    const Variables& variables_;
    Outcome& out_;
    std::optional<Proxy> proxy_;
    StaticReading reading_;
    traefik::StaticConfiguration static_;
    bool sees_all_containers_ = true;
    bool sees_all_files_ = true;
    traefik::ContainerRules rules_;
    bool in_swarm_ = false;
    std::optional<LabelPlaces> places_;
    std::vector<ContainerOf> containers_;
    std::vector<traefik::ContainerVerdict> verdicts_;
    traefik::Provided docker_{"docker", {}}, file_{"file", {}};
    std::map<std::string, traefik::Provided> others_;   // stand-ins of providers that are not here
    std::vector<traefik::ReadyEntryPoint> entry_points_;
    struct Reach {
        std::size_t spots = 0, reached = 0;
        std::string why{}, code{};
        bool by_redirection = false;
    };
    std::map<std::string, Reach> reach_;   // by router
    // Remarks that several items have alike: told once, of all of them.
    struct Shared {
        Finding finding;
        std::vector<std::string> names;
    };
    std::map<std::string, Shared> shared_;   // by kind and sentence
};

}   // namespace gatehouse::check
