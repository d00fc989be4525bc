#pragma once
// Traefik's TCP routers, services and middlewares → routes of listeners, and a state for each. Kept between
// compilations: while nothing of TCP and TLS changes, neither does the result. Pure; control's thread.

#include "faces/traefik/compile.h"
#include "faces/traefik/compile_tcp_services.h"
#include "model/tcp_routes.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::traefik {

class TcpCompiler {
public:
    struct Result {
        std::vector<std::shared_ptr<const model::Service>> services;
        // By entry point; those without any are missing.
        std::map<std::string, std::shared_ptr<const model::TcpRoutes>> routes;
        ProtocolStates states;
    };
    // Other options: what filters count stays, all else is made again.
    void begin_anew() { is_ready_ = false; }
    // `tls` has been told what the same providers say.
    void compile(const std::vector<Provided>& provided, const CompilerOptions& options, TlsCompiler& tls);
    [[nodiscard]] const Result& result() const { return result_; }
    // Null: there are none.
    [[nodiscard]] std::shared_ptr<const model::TcpRoutes> routes_at(const std::string& entry_point) const {
        const auto found = result_.routes.find(entry_point);
        return found == result_.routes.end() ? nullptr : found->second;
    }

private:
    friend class TcpCompilation;
    struct Words {
        std::string provider;
        TcpConfiguration configuration;
        std::shared_ptr<const FileTexts> files;
        friend bool operator==(const Words&, const Words&) = default;
    };
    struct KeptFilter {   // goes on counting while it stays the same
        TcpMiddleware written;
        std::shared_ptr<const model::TcpFilter> filter;
    };
    std::vector<Words> words_;
    std::uint64_t tls_version_ = 0;
    bool is_ready_ = false;
    struct KeptRule {
        std::string text;
        RuleSyntax syntax = RuleSyntax::v3;
        RuleResult<ParsedRule> parsed;
    };
    std::map<std::string, KeptFilter> filters_;
    std::map<std::string, std::unique_ptr<const KeptRule>> rules_;   // by router
    Result result_;
};

}   // namespace gatehouse::traefik
