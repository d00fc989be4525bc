#pragma once
// A site of a listener that passes bytes on instead of serving requests (nginx: a server of stream): who may
// connect, what is looked at before, and where to. Immutable once its snapshot is compiled.

#include "model/access.h"
#include "model/log_format.h"
#include "model/name_matcher.h"
#include "model/real_ip.h"
#include "model/route.h"
#include "model/script.h"
#include "model/service.h"
#include "model/tcp_filters.h"
#include "model/template.h"
#include "model/tls_by_name.h"
#include "tls/context.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::model {

// Where a connection is passed on to, and how (proxy_pass and the proxy_ directives of stream).
struct TcpForward {
    Origin origin;
    std::shared_ptr<const Service> service;    // null: chosen at run time from `target`
    Template target;                           // "host:port", "group" or "unix:/path" as rendered
    Milliseconds connect_timeout{60'000};      // of TLS there, too
    Milliseconds idle_timeout{600'000};        // proxy_timeout: without a byte in either direction
    std::size_t buffer_bytes = 16 * 1024;      // proxy_buffer_size: read at once, held while it is written
    VariableSize upload_rate, download_rate;   // bytes a second of each connection; 0: no limit
    bool next_upstream = true;                 // try another endpoint when one cannot be connected to
    unsigned next_upstream_tries = 0;          // 0: no limit but the number of endpoints
    Milliseconds next_upstream_time{0};        // 0: no limit
    bool half_close = false;       // after the end of what one side sends, the other may go on …
    Milliseconds end_timeout{0};   // … as long as something comes so often; 0: idle_timeout
    bool socket_keepalive = false;
    Template bind_address;   // proxy_bind: where connections come from; empty: as the kernel chooses
    std::size_t receive_buffer_bytes = 0, send_buffer_bytes = 0;   // 0: as the kernel chooses
    enum class ProxyHeader : std::uint8_t { off, v1, v2 };
    ProxyHeader proxy_header = ProxyHeader::off;   // a PROXY protocol header goes first

    bool uses_tls = false;                           // proxy_ssl
    std::shared_ptr<const tls::ClientContext> tls;   // null: plain
    Template tls_name;   // what the certificate must be for; empty: the host of the run-time `target`
    bool tls_sends_name = false;   // as SNI
    // The same for a `target` that turns out to be an address or the name of an upstream group.
    std::shared_ptr<const tls::ClientContext> tls_unnamed;
    bool tls_unnamed_sends_name = false;
    std::vector<Template> application_protocols;   // proxy_ssl_alpn: offered there; empty ones are not
};

struct TcpReturn {   // text is sent, and the connection closed
    Template text;
};

// monostate: there is nothing to do with a connection, which is a fault of the configuration.
using TcpHandler = std::variant<std::monostate, TcpForward, TcpReturn>;

struct TcpSite {
    Origin origin;
    std::string name;   // $server_name
    std::vector<SiteName> names;
    std::shared_ptr<const tls::ServerContext> tls;   // null: without certificates
    // Of a TcpRoute whose clients' TLS ends here, beside `tls`: the rest by name.
    std::shared_ptr<const TlsTerms> tls_terms;
    // What is agreed on with the client (ssl_alpn); a client that offers only others is refused.
    std::vector<std::string> application_protocols;
    Milliseconds tls_timeout{60'000};              // of the client's handshake
    Milliseconds proxy_protocol_timeout{30'000};   // of a PROXY protocol header
    bool preread_tls = false;                      // look at a TLS hello before anything is decided
    std::size_t preread_bytes = 16 * 1024;         // the most that is looked at
    Milliseconds preread_timeout{30'000};
    bool tcp_nodelay = true;
    RealIp real_ip;   // from the PROXY protocol header alone
    AccessRules access;
    std::vector<std::shared_ptr<const TcpFilter>> filters;       // of a TcpRoute: all must let it in
    Script script;                                               // `set` alone
    std::vector<std::shared_ptr<const AccessLog>> access_logs;   // empty: off
    std::vector<std::shared_ptr<const ErrorLog>> error_logs;
    TcpHandler handler;
};

}   // namespace gatehouse::model
