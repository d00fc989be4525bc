#pragma once
// What a TLS client says in its first message, in the clear (RFC 8446 section 4.1.2, RFC 5246 section
// 7.4.1.2): the name it asks for, the protocols it offers, the latest version it knows. Read without
// answering: whoever passes the bytes on decides by it where to. A parser over the bytes that have arrived,
// with neither I/O nor state, so that the outcome never depends on how they were cut. It does not judge the
// hello, and knows no secrets.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::net {

struct ClientHello {
    std::string server_name;                          // as sent (RFC 6066 section 3); "": none
    std::vector<std::string> application_protocols;   // ALPN (RFC 7301), in the client's order
    std::uint16_t version = 0;                        // 0x0303: TLS 1.2; 0x0002: SSL 2

    [[nodiscard]] std::string_view version_name() const;   // "TLSv1.3"; "": not one that has a name
};

struct HelloProgress {
    enum class State : std::uint8_t { need_more, done, refused } state = State::need_more;
    const char* rule = "";   // refused, it is no hello or a broken one: static text
};

// `bytes` is all that has arrived so far, from the first byte on. `hello` is set when it is done. How much
// may arrive is the caller's to limit.
[[nodiscard]] HelloProgress parse_client_hello(std::string_view bytes, ClientHello& hello);

}   // namespace gatehouse::net
