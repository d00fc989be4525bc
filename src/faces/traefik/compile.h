#pragma once
// What Traefik's configurations say → the model. Entry points become listeners, routers become routes behind
// rules, and each router, service and middleware gets a state: served, served with remarks, or not and why.
// One that is wrong costs itself and who needs it, never others. A Compiler is kept between compilations:
// what did not change is not made again, and where it is told what did, nothing else is looked at.
// Pure; control's thread.

#include "faces/traefik/compile_choice.h"
#include "faces/traefik/compile_filters.h"
#include "faces/traefik/compile_services.h"
#include "faces/traefik/compile_tls.h"
#include "faces/traefik/dependencies.h"
#include "faces/traefik/dynamic.h"
#include "faces/traefik/merged_containers.h"
#include "faces/traefik/place.h"
#include "faces/traefik/rule_parser.h"
#include "faces/traefik/static_configuration.h"
#include "model/snapshot.h"

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::traefik {

// What one provider says now; `name`: "docker", "file".
struct Provided {
    std::string name;
    DynamicConfiguration configuration;
    std::shared_ptr<const FileTexts> files{};   // that it names (named_files.h); null: none
};

// An entry point as the static configuration has it, ready for use.
struct ReadyEntryPoint {
    std::string name;
    std::vector<SocketAddress> addresses;
    bool is_default = true;                   // routers that name no entry point are here
    Filters filters;                          // of all its routers, before their own
    bool tls = false;                         // its routers are served over TLS unless they say otherwise …
    std::string tls_options;                  // … on these terms; "": the default ones
    std::string no_tls;                       // why no router can be served over TLS here; "": all can
    std::string no_tcp;                       // why no TCP router can be here
    bool udp = false;                         // datagrams are passed on here, and that is all
    model::Milliseconds udp_timeout{3'000};   // of a session without any
    bool proxy_protocol = false;
    model::RealIp real_ip;   // who may say in that header where requests come from
    model::Milliseconds read_timeout{60'000}, write_timeout{0}, idle_timeout{180'000};   // 0: none
    model::Milliseconds keepalive_time{0};                                               // 0: no limit
    std::uint64_t keepalive_requests = 0;                                                // 0: no limit
    std::vector<std::string> middlewares;   // of all its routers, before their own
    unsigned http2_streams = 250;
};

// Who takes requests from a rule before it is asked.
struct GoesFirst {
    std::map<std::string, std::string> by_host;   // a host that the rule names → who answers it
    bool takes_all = false;                       // no request is left that the rule could match
};

struct ItemState {
    enum class Status : std::uint8_t { enabled, warning, disabled } status = Status::enabled;
    std::vector<std::string> errors;               // sentences; also those of a warning
    std::vector<std::string> using_entry_points;   // of a router
    std::int64_t priority = 0;                     // of a router: as written, or by the length of its rule
    std::string hidden_by;                         // of a router: who goes first, as a sentence; "": nobody
    void fail(std::string sentence) {
        errors.push_back(std::move(sentence));
        status = Status::disabled;
    }
    void warn(std::string sentence) {
        errors.push_back(std::move(sentence));
        if (status == Status::enabled) status = Status::warning;
    }
};

struct ProtocolStates {   // by qualified name
    std::map<std::string, ItemState> routers, services, middlewares;
};

struct States : ProtocolStates {   // those of HTTP
    ProtocolStates tcp, udp;
    std::map<std::string, ItemState> tls;      // "TLS options strict@file"
    std::map<std::string, ItemState> others;   // of what does not go together
};

struct StateNews {
    bool is_served = false;   // in spite of it
    std::string sentence;
};
// What has come to be said since `former`.
[[nodiscard]] std::vector<StateNews> news_of(const States& states, const States& former);

struct Compiled {
    model::Model model;   // listeners and services; the process's settings are the caller's
    States states;
};

struct CompilerOptions {
    std::vector<ReadyEntryPoint> entry_points;
    std::vector<std::shared_ptr<const model::AccessLog>> access_logs;
    std::vector<std::shared_ptr<const model::ErrorLog>> error_logs;
    RuleSyntax rule_syntax = RuleSyntax::v3;            // of routers that name none
    std::optional<ServersTransport> transport;          // of services that name none
    std::optional<TcpServersTransport> tcp_transport;   // of TCP services that name none
    std::shared_ptr<const FileTexts> files;             // that the static configuration names; null: none
    // Shown where there is no other for a name; null: no TLS.
    std::shared_ptr<const tls::ServerContext> default_certificate;
    // What is answered by the program itself: "api@internal". Those that are not there are not enabled.
    std::map<std::string, model::AdminHandler> internal;
    // Null: nobody goes before routers.
    std::function<GoesFirst(const ReadyEntryPoint&, const model::Rule&)> who_goes_first;
};

// Those above are for what the program itself adds: nothing else may go before it.
inline constexpr std::int64_t max_priority = std::numeric_limits<std::int64_t>::max() - 1000;

class TcpCompiler;

class Compiler {
public:
    explicit Compiler(CompilerOptions options);
    ~Compiler();
    Compiler(const Compiler&) = delete;
    Compiler& operator=(const Compiler&) = delete;
    // Another static configuration, to be followed by compile(). What filters remember stays.
    void use(CompilerOptions options);

    // Everything. Earlier ones of `provided` take precedence where rules tie.
    [[nodiscard]] Compiled compile(const std::vector<Provided>& provided);
    // Once more, after nothing but `changes` of `provider`: in the same vector as before, in which these only
    // were changed.
    [[nodiscard]] model::Model compile_changes(const std::vector<Provided>& provided,
                                               std::string_view provider,
                                               const ConfigurationChanges& changes);
    // As of the latest compilation, as what has come to be said in it.
    [[nodiscard]] const States& states() const { return states_; }
    [[nodiscard]] const std::vector<StateNews>& news() const { return news_; }

private:
    friend class Compilation;
    struct KeptRule {
        std::string text;
        RuleSyntax syntax = RuleSyntax::v3;
        RuleResult<ParsedRule> parsed;
    };
    struct KeptRoute {
        Router written;
        std::shared_ptr<const model::Service> service;
        std::shared_ptr<const model::ServiceChoice> choice;
        Filters filters;
        std::shared_ptr<const model::Route> route;
    };
    // What a router is at one entry point.
    struct Placed {
        std::size_t place = 0;   // in places_
        Place::Spot spot;
        KeptRoute made;
        std::shared_ptr<const model::TlsTerms> terms;   // where it is secure
    };
    struct KeptRouter {
        const Router* written = nullptr;
        unsigned precedence = 0;
        std::optional<KeptRule> rule;
        std::vector<Placed> placed;
    };
    struct KeptService {
        const Service* now = nullptr;   // what it is said to be
        bool is_current = false;        // what follows is made of that
        Service written;
        std::optional<ServersTransport> transport;
        CompiledService compiled;
    };

    CompilerOptions options_;
    std::map<std::string, KeptRouter> routers_;   // all there are, by qualified name, as …
    std::map<std::string, KeptService> services_;
    std::map<std::string, const ServersTransport*> transports_;
    FilterCompiler filters_;
    Dependencies dependencies_;
    std::vector<Place> places_;   // beside options_.entry_points
    TlsCompiler tls_;
    const std::unique_ptr<TcpCompiler> tcp_;
    std::vector<std::shared_ptr<const model::Service>> udp_services_;
    std::map<std::string, std::shared_ptr<const model::UdpSite>> udp_sites_;   // by entry point
    std::vector<std::shared_ptr<const model::TlsByName>> names_;               // beside places_; null: no TLS
    States states_;
    std::vector<StateNews> news_;
};

}   // namespace gatehouse::traefik
