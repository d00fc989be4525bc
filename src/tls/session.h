#pragma once
// Session: one TLS connection as bytes to bytes, for either side. Ciphertext that arrived is put into in();
// what is to be sent is taken from out(). It neither reads nor writes sockets and knows no time. One thread
// at a time. After a failure the connection is over, but for an alert that may stand in out().

#include "base/buffer.h"
#include "base/result.h"
#include "tls/context.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;

namespace gatehouse::tls {

// Chooses a site's context by the name that a client asks for (SNI, RFC 6066 section 3), "" when it asks for
// none. Null: the handshake is refused (unrecognized_name).
class ContextChooser {
public:
    [[nodiscard]] virtual const ServerContext* choose(std::string_view name) = 0;

protected:
    ~ContextChooser() = default;
};

struct FreeSession {
    void operator()(ssl_st* session) const;
};

class Session {
public:
    // `chooser` and `application_protocols` (in the order preferred; "h2", "http/1.1") must stay until the
    // handshake ends. No protocol in common: none is used, as nginx does (RFC 7301 section 3.2 would refuse).
    static std::unique_ptr<Session> accept(const ServerContext& default_context, ContextChooser& chooser,
                                           std::span<const std::string_view> application_protocols);
    // `name`: sent as SNI unless empty or an address, and what the certificate must be for where the context
    // verifies.
    static std::unique_ptr<Session> connect(const ClientContext& context, const std::string& name,
                                            bool sends_name,
                                            std::span<const std::string_view> application_protocols);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] Buffer& in() { return in_; }
    [[nodiscard]] Buffer& out() { return out_; }

    // Goes as far as what arrived allows; true: it is complete. Also to be called when in() is at its end.
    [[nodiscard]] Result<bool> handshake();
    [[nodiscard]] bool is_established() const { return established_; }

    enum class Reading : std::uint8_t { data, needs_input, end };
    struct Read {
        Reading reading = Reading::needs_input;
        std::size_t bytes = 0;
    };
    // Decrypts into `space` as much of in() as fits. `end`: the peer said it will send no more.
    [[nodiscard]] Result<Read> read(std::span<char> space);
    // Whether read() could give something without more input.
    [[nodiscard]] bool has_buffered() const;

    // Encrypts from the front of the pieces into out(), whole records of at most record_bytes() made of
    // several pieces where these are small; stops when out() holds `enough`. Bytes taken.
    [[nodiscard]] Result<std::size_t> write(std::span<const std::string_view> pieces, std::size_t enough);

    void end();   // says that nothing more will be sent (close_notify), once, if the session is in order
    void release_idle_buffers();

    // Of an established session; views are valid as long as it lives.
    [[nodiscard]] std::string_view application_protocol() const;   // "" : none was agreed on
    [[nodiscard]] std::string_view server_name() const;            // as the client asked
    [[nodiscard]] ssl_st* native() const { return session_.get(); }

private:
    struct Wire;   // the BIO between OpenSSL and the two buffers
    Session() = default;
    [[nodiscard]] static std::unique_ptr<Session> make(ssl_ctx_st* context);
    [[nodiscard]] Failure failure(int result, const char* what);
    [[nodiscard]] Result<> write_record(std::string_view plain);

    friend struct Handshake;
    std::unique_ptr<ssl_st, FreeSession> session_;
    Buffer in_, out_;
    std::size_t record_bytes_ = 16 * 1024;
    bool established_ = false;
    bool failed_ = false;
    bool ended_ = false;
    // only while shaking hands
    ContextChooser* chooser_ = nullptr;
    std::span<const std::string_view> protocols_;
};

}   // namespace gatehouse::tls
