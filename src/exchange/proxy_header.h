#pragma once
// The PROXY protocol header in front of a connection (`listen … proxy_protocol`): read before anything else,
// TLS included, kept as long as the connection, and shown as $proxy_protocol_…. It only says whom the peer
// relays for; whether that counts as the client's address is decided by real_ip.h.

#include "exchange/client_connection.h"
#include "loop/task.h"
#include "model/variable.h"

#include <optional>
#include <string>

namespace gatehouse::exchange {

struct ProxiedPeer {
    PeerAddress source, destination;
    std::string tlvs;   // of version 2, as they were sent: net/proxy_protocol.h finds one
};

enum class ProxyHeaderRead : std::uint8_t { done, broken, gone };

// To be called once, before anything else is read, where connection.proxy_header_due. Reads the header within
// `patience` and sets connection.proxied where it names a TCP client. What was read behind it stays in
// connection.in. Else, noted in the error log, there is no valid one, or the client went or took too long,
// and the connection is to be closed.
loop::Task<ProxyHeaderRead> read_proxy_header(ClientConnection& connection, loop::Duration patience);

// $proxy_protocol_…; nullopt: not set.
std::optional<std::string_view> proxied_variable(const ProxiedPeer& proxied, const model::VariableRef& ref,
                                                 Arena& arena);

}   // namespace gatehouse::exchange
