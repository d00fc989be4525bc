#pragma once
// TcpSession: a connection that is passed on as bytes, from its first one until its tunnel begins: who it is
// from, what is known of it, and the source of its $variables. What an Exchange is to a request. It pins the
// publication it began with and owns the arena of its texts. What happens in which order is tcp_serve.h's
// business, where it leads tcp_forward.h's.

#include "base/arena.h"
#include "base/arena_vector.h"
#include "exchange/client_connection.h"
#include "exchange/own_variables.h"
#include "exchange/tcp_filters.h"
#include "exchange/tunnel.h"
#include "log/error_log.h"
#include "model/publication.h"
#include "net/client_hello.h"

#include <memory>
#include <optional>
#include <string_view>

namespace gatehouse::exchange {

// One try at one endpoint.
struct TcpAttempt {
    std::string_view address;   // as logged: "127.0.0.1:5000", or the service's name if none was found
    loop::TimePoint began;
    std::optional<loop::Duration> connect_time, first_byte_time, session_time;
    std::uint64_t bytes_received = 0, bytes_sent = 0;
};

class TcpSession final : public model::VariableSource {
public:
    // The site is of the connection's listener.
    TcpSession(ClientConnection& connection, const model::TcpSite& of);

    std::optional<std::string_view> variable(const model::VariableRef& ref) override;
    Arena& arena() override { return arena_; }
    [[nodiscard]] std::string_view render(const model::Template& text) { return text.render(*this); }
    // What is no size counts as 0 and is reported.
    [[nodiscard]] std::uint64_t size_of(const model::VariableSize& size);
    // Copied into the arena, so that it outlives `value`'s buffer.
    [[nodiscard]] std::string_view keep(std::string_view value) { return arena_.copy(value); }

    // `set` of the site.
    void run_script();
    // The site of this name among the listener's ("": of none).
    void choose_site(std::string_view name);

    // Who it is from: the connection's peer, or whom that relays for and was believed. The local address.
    [[nodiscard]] const SocketAddress& client_address() const { return client_address_; }
    void set_real_address(const SocketAddress& address) { client_address_ = address; }
    [[nodiscard]] const SocketAddress& local_address();

    // In the site's error logs: "TEXT[ while ACTION], client: …, server: …" and, once one was chosen, the
    // endpoint and what was moved.
    void log(log::LogLevel level, std::string_view text, std::string_view action = {});
    void write_access_logs();

    // The text of a variable about all attempts but the last, and what separates it from that one's.
    [[nodiscard]] std::string earlier(model::VariableId id);

    ClientConnection& client;
    const std::shared_ptr<const model::Publication> publication;
    const model::Snapshot::CompiledListener& listener;
    const model::TcpSite* site;
    const loop::TimePoint started;
    model::Captures captures;
    std::unique_ptr<const net::ClientHello> hello;   // that was looked at before it was passed on
    int status = 0;                                  // 200, 400, 403, 500, 502 or 503, as nginx has them
    std::string_view reason;                         // why Gatehouse ended it itself; static text
    Tunnel::Traffic traffic;
    ArenaVector<TcpAttempt> attempts;
    CountedConnections counted;   // by filters, until it is over

private:
    [[nodiscard]] std::optional<std::string_view> preread_variable(model::VariableId id);
    [[nodiscard]] std::optional<std::string_view> address_variable(model::VariableId id);
    [[nodiscard]] std::optional<std::string_view> upstream_variable(model::VariableId id);

    Arena arena_;
    OwnVariables own_;
    SocketAddress client_address_;
    std::optional<SocketAddress> local_address_;
};

}   // namespace gatehouse::exchange
