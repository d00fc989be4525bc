#pragma once
// Traefik's TCP services → services of the model, and how connections are passed on to them. Weighted ones
// become one service whose servers have the weights they come to. Pure.

#include "faces/traefik/named_files.h"
#include "faces/traefik/tcp_dynamic.h"
#include "model/tcp_site.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::traefik {

struct CompiledTcpService {
    std::shared_ptr<const model::Service> service;   // null after an error
    model::TcpForward forward;                       // to it
    std::vector<std::string> errors, notices;        // sentences
};

// All there are, by qualified name. What is added must stay.
class TcpServices {
public:
    // `usual`: of services that name no transport; `files`: that it names.
    TcpServices(const std::optional<TcpServersTransport>& usual, const FileTexts& files)
        : usual_{usual ? &*usual : nullptr, &files} {}

    void add_service(const std::string& name, const TcpService& written) { services_[name] = &written; }
    void add_transport(const std::string& name, const TcpServersTransport& written, const FileTexts& files) {
        transports_[name] = {&written, &files};
    }
    [[nodiscard]] bool has(const std::string& name) const { return services_.contains(name); }
    [[nodiscard]] CompiledTcpService compile(const std::string& name) const;

private:
    friend class TcpServiceMaking;
    struct Transport {
        const TcpServersTransport* written = nullptr;   // null: none
        const FileTexts* files = nullptr;
    };
    Transport usual_;
    std::map<std::string, const TcpService*> services_;
    std::map<std::string, Transport> transports_;
};

// "10.0.0.1:5432", "[::1]:5432", "db:5432"
[[nodiscard]] std::optional<model::ServerEntry> read_tcp_address(const std::string& address);

}   // namespace gatehouse::traefik
