#pragma once
// What all levels of one compilation share: the model being built, the names that were defined, and the ways
// to report. Lives on the stack of compile(); single-threaded.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "faces/nginx/compile.h"
#include "faces/nginx/docker_block.h"
#include "faces/nginx/tls.h"
#include "faces/nginx/variables.h"

namespace gatehouse::nginx {

struct Level;

// A `listen` of one server, before the servers of an address are brought together.
struct ListenDraft {
    Word where{};
    SocketAddress address{};
    model::ListenerOptions options{};
    bool is_default = false;     // default_server
    bool sets_options = false;   // any option that only one `listen` of an address may give
};

struct ServerDraft {
    Word where{};
    std::shared_ptr<model::Site> site{};          // of http …
    std::shared_ptr<model::TcpSite> tcp_site{};   // … or of stream: one of the two is there
    std::vector<ListenDraft> listens{};
    bool has_name = false;
    bool has_certificate = false, rejects_handshakes = false;
    std::vector<Word>
        open_tunnels{};   // each tunnel_pass that leads anywhere, for all that is said around it

    [[nodiscard]] std::string& name() { return site ? site->name : tcp_site->name; }
    [[nodiscard]] std::vector<model::SiteName>& names() { return site ? site->names : tcp_site->names; }
    [[nodiscard]] const void* identity() const {
        return site ? static_cast<const void*>(site.get()) : tcp_site.get();
    }
};

// What names mean: those of http are unknown in stream, and the other way round.
struct Names {
    Names(Diagnostics& diagnostics, VariableTable& table, model::VariableScope scope)
        : variables(diagnostics, table, scope) {}
    Variables variables;
    std::map<std::string, std::shared_ptr<model::Service>, std::less<>>
        upstreams;   // explicit ones, by lower-case name
    std::map<std::string, std::shared_ptr<const model::LogFormat>, std::less<>> log_formats;
};

struct Compilation : Names {   // those of http, or while its block is compiled, of stream
    Compilation(const Document& parsed, FileSource& files, const std::string& directory,
                const CompileOptions& chosen, Diagnostics& reports);
    Compilation(const Compilation&) = delete;
    Compilation& operator=(const Compilation&) = delete;

    const Document& document;
    const CompileOptions& options;
    Diagnostics& diagnostics;
    VariableTable variable_table;
    Names other_names;
    model::Model model;
    std::map<std::string, std::shared_ptr<const model::Service>, std::less<>> implicit_services;
    std::vector<ServerDraft> servers;                                 // by add_server()
    std::map<std::string, std::size_t, std::less<>> session_caches;   // of all servers, with their bytes
    TlsContexts contexts;
    // By identity and by whether it is HTTP/1.0: proxy_set_header as written, and with nginx's defaults.
    std::map<std::pair<const void*, bool>, std::pair<model::UpstreamHeaders, model::UpstreamHeaders>>
        complete_headers;
    bool has_resolver = false;
    std::optional<DockerBlock> docker;

    void error(const Word& where, std::string message, std::string hint = {});
    void warn(const Word& where, std::string message, std::string hint = {});
    void notice(const Word& where, std::string message, std::string hint = {});
    // nginx's form for a directive that is wrong as a whole: "\"NAME\" directive TEXT".
    void error_in(const Directive& directive, std::string_view text, std::string hint = {});
    // One argument of a directive is wrong.
    void invalid_parameter(const Word& argument, std::string hint = {});

    [[nodiscard]] model::Origin origin(const Position& position);
    [[nodiscard]] model::Origin origin(const Directive& directive) { return origin(directive.position()); }
    [[nodiscard]] std::string under_prefix(
        std::string_view path) const;                   // absolute: under the prefix unless it is already
    void add_temp_directory(const std::string& path);   // to be created at start, once

    void add_server(ServerDraft draft);
    [[nodiscard]] const ServerDraft& draft_of(const void* site) const;   // of one that was added
    void swap_names() { std::swap(static_cast<Names&>(*this), other_names); }

    // Null after a reported error.
    [[nodiscard]] std::shared_ptr<const model::Regex> regex(std::string_view pattern, bool ignore_case,
                                                            const Word& where);

private:
    std::vector<std::shared_ptr<const std::string>> source_names_;
    std::unordered_map<const void*, std::size_t> server_of_site_;   // index into `servers`
};

}   // namespace gatehouse::nginx
