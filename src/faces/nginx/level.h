#pragma once
// One block being compiled: http, a server, a location, an `if`. It starts as a copy of the level around it,
// so that what is not set here is inherited, and its own directives change the copy; that is nginx's merging
// of levels, done outside in. What nginx does not inherit is reset in the constructor. A Level lives while
// its block is compiled, and its outer level outlives it.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faces/nginx/catalogue.h"
#include "faces/nginx/compilation.h"
#include "model/matcher.h"
#include "model/route.h"
#include "model/tcp_site.h"

namespace gatehouse::nginx {

// What a level does with a request, decided when all of its directives are known.
enum class HandlerChoice : std::uint8_t { files, forward, grpc, tunnel, status, empty_gif };

// proxy_redirect keeps `default` as such until the proxy_pass of the location is known.
struct RedirectRule {
    bool is_default = false;
    model::RedirectRewrite rewrite;
};

// What a proxy_pass leads to by TLS, which decides what is verified unless the configuration says.
enum class TlsTarget : std::uint8_t {
    none,
    host,       // the name of a host
    other,      // an address, a unix socket, an upstream group
    run_time,   // whatever its variables say
};

struct ForwardDraft {
    TlsTarget tls = TlsTarget::none;
    Word where{};           // the argument of proxy_pass
    std::string url;        // the constant argument of proxy_pass; empty: none yet, or one with variables
    std::string location;   // the literal text of the location around it, for `proxy_redirect default`
    std::vector<RedirectRule> redirects{{.is_default = true, .rewrite = {}}};
    model::UpstreamHeaders set_headers;                    // as written: without nginx's defaults
    std::vector<std::string> hide_headers, pass_headers;   // proxy_hide_header, proxy_pass_header: lower-case
};

// What the directives of one protocol say about forwarding: those that begin with proxy_, or with grpc_.
struct ForwardSide {
    model::ForwardHandler forward;
    ForwardDraft draft;
    Inherited<ProxyTls> tls;
};

// A server of stream, or what its block inherits.
struct TcpDraft {
    model::TcpSite site;
    model::TcpForward forward;
    enum class Handler : std::uint8_t { none, forward, text } handler = Handler::none;   // the last one said
    Word where{};                         // the argument of proxy_pass
    TlsTarget target = TlsTarget::none;   // what TLS leads to, where it is used
    std::string host;                     // of proxy_pass, for what a certificate must be for
    model::Template text;                 // of return
};

enum class InheritList : std::uint8_t { replace, off, merge };   // add_header_inherit on, off, merge

struct Level {
    Level(Compilation& of, at::Contexts is, const Directive* opened_by, const Level* around);

    Compilation& compilation;
    const at::Contexts context;
    const Directive* const block;   // null: the top
    const Level* const outer;
    std::set<std::string, std::less<>> seen;   // the directives of this level so far

    model::Route route;
    ForwardSide proxy;
    Inherited<ForwardSide> grpc;
    Inherited<model::TunnelHandler> tunnel;
    std::optional<Word> run_time_tunnel;   // the tunnel_pass of this level, where requests say where to
    Word source_charset{};                 // where it was written
    model::ConnectionSettings connection;
    Inherited<ServerTls> tls;
    Inherited<TcpDraft> tcp;
    HandlerChoice handler = HandlerChoice::files;
    model::Location::Kind location_kind =
        model::Location::Kind::prefix;   // of the location this is or is inside
    InheritList header_inherit = InheritList::replace, trailer_inherit = InheritList::replace;

    ServerDraft* server = nullptr;                       // the server this is or is inside
    std::vector<model::Location> locations;              // directly inside this level
    std::map<std::string, Position> literal_locations;   // of those, for duplicates: where each stands
    model::Service* service = nullptr;                   // in an upstream block
    model::Script* script = nullptr;   // where rewrite directives go: an `if` of a server has no route

    // False, after an error, when the directive was given before on this level.
    [[nodiscard]] bool once(const Directive& directive);
    // Whether this is the first of its kind on this level: lists are inherited only when a level has none of
    // its own.
    [[nodiscard]] bool first(std::string_view name) { return seen.emplace(name).second; }
    // What a directive of forwarding changes, by its name.
    [[nodiscard]] ForwardSide& side_of(const Directive& directive) {
        return directive.name.text.starts_with("grpc_") ? grpc.change() : proxy;
    }
    [[nodiscard]] bool is_named_or_pattern() const {
        return location_kind == model::Location::Kind::named || location_kind == model::Location::Kind::regex;
    }
};

// Compiles the directives of a block in three turns (Turn), checking each against the catalogue.
void compile_directives(Level& level, const std::vector<Directive>& directives);

// The route of a level whose directives were all compiled.
[[nodiscard]] std::shared_ptr<const model::Route> finish_route(Level& level);
// Puts the forwarding settings of a level together: the defaults of nginx, `proxy_redirect default`.
[[nodiscard]] model::ForwardHandler finish_forward(const Level& level);   // proxy_pass
[[nodiscard]] model::ForwardHandler finish_grpc(const Level& level);      // grpc_pass
// TLS to endpoints, as the proxy_ssl_ or grpc_ssl_ directives of a level have it.
struct TlsThere {
    std::shared_ptr<const tls::ClientContext> context;
    bool sends_name = false;
    std::optional<model::Template> name;   // as their _name says; nothing: it does not
    // The same for what turns out to be an address or the name of an upstream group; null unless `target` is
    // known at run time only.
    std::shared_ptr<const tls::ClientContext> unnamed_context;
    bool unnamed_sends_name = false;
};
[[nodiscard]] TlsThere tls_there(Compilation& compilation, const Inherited<ProxyTls>& tls, TlsTarget target,
                                 const Word& where);
// The host of a $proxy_host, which is what a certificate is compared with unless proxy_ssl_name says
// otherwise: without its port and without brackets.
[[nodiscard]] std::string host_alone(std::string_view host);
// Until the main level names an error log, the one of the command line is it.
void add_default_error_log(Compilation& compilation);
// What holds at the http level unless its directives say otherwise.
void set_http_defaults(Level& http);
// Groups the servers by address.
void finish_listeners(Compilation& compilation);

}   // namespace gatehouse::nginx
