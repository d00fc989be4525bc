#include "upstream/secure.h"

#include <fmt/format.h>

namespace gatehouse::upstream {

loop::Task<Result<>> secure(Connection& connection, TlsWish wish, tls::ClientSessions& sessions,
                            loop::Duration timeout) {
    const auto& context = *wish.context;
    tls::ConnectOptions options;
    options.name = std::string(wish.name);
    options.sends_name = wish.sends_name;
    options.application_protocols = wish.application_protocols;
    options.sessions = &sessions;
    const bool asks_for_protocol = !wish.application_protocols.empty();   // a session is of one protocol
    options.session_key = fmt::format("{} {} {}{}", context.id(), connection.endpoint->text, wish.name,
                                      asks_for_protocol ? " alpn" : "");
    auto session = tls::Session::connect(context, std::move(options));
    connection.security = std::make_unique<Security>(Security{wish.context, std::string(wish.name)});
    auto begun = co_await connection.stream.begin_tls(std::move(session), timeout);
    if (!begun) begun.error().source = ErrorSource::upstream;
    co_return begun;
}

}   // namespace gatehouse::upstream
