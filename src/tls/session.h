#pragma once
// Session: one TLS connection as bytes to bytes, for either side. Ciphertext that arrived is put into in();
// what is to be sent is taken from out(). It neither reads nor writes sockets and knows no time but what it
// is given. Of one thread, which made it. After a failure the connection is over, but for an alert that may
// stand in out().

#include "base/buffer.h"
#include "base/result.h"
#include "tls/client_sessions.h"
#include "tls/context.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;

namespace gatehouse::tls {

// Chooses a site's context by the name that a client asks for (SNI, RFC 6066 section 3), in lower case and
// without a final dot; "" when it asks for none. Null: there is no such site's certificate, and the handshake
// is refused (unrecognized_name).
class ContextChooser {
public:
    [[nodiscard]] virtual std::shared_ptr<const ServerContext> choose(std::string_view name) = 0;
    // Of the site chosen, in the order preferred: "h2", "http/1.1". With none in common with the client none
    // is used, as in nginx; RFC 7301 section 3.2 would have the handshake refused. The texts must stay.
    [[nodiscard]] virtual std::span<const std::string_view> application_protocols() const = 0;
    // Whether it is refused, then: where nothing is known of what is spoken otherwise.
    [[nodiscard]] virtual bool refuses_other_protocols() const { return false; }

protected:
    ~ContextChooser() = default;
};

struct AcceptOptions {
    std::shared_ptr<const ServerContext> default_context;   // its tickets are everybody's
    ContextChooser& chooser;                                // must stay until handshake() is done
    std::int64_t unix_seconds = 0;                          // now: how old tickets are
    bool early_data = false;                                // whether any context that may be chosen takes it
};

struct ConnectOptions {
    std::string name;   // what the certificate must be for, where the context verifies: a host or address
    bool sends_name = true;   // as SNI; an address never is
    std::span<const std::string_view> application_protocols;
    ClientSessions* sessions = nullptr;   // what may be resumed; outlives the session
    std::string session_key;
};

struct FreeSession {
    void operator()(ssl_st* session) const;
};

class Session {
public:
    static std::unique_ptr<Session> accept(AcceptOptions options);
    static std::unique_ptr<Session> connect(const ClientContext& context, ConnectOptions options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] Buffer& in() { return in_; }
    [[nodiscard]] Buffer& out() { return out_; }

    // Goes as far as what arrived allows; true: it is complete, or early data came, which may be read and
    // answered at once; then reading completes it. The error's text is OpenSSL's reason, or what is wrong
    // with the certificate.
    [[nodiscard]] Result<bool> handshake();
    [[nodiscard]] bool is_established() const { return handshake_ == nullptr; }
    // What was read so far may have been sent by somebody who recorded it (RFC 8470).
    [[nodiscard]] bool is_early() const;

    enum class Reading : std::uint8_t { data, needs_input, end };
    struct Read {
        Reading reading = Reading::needs_input;
        std::size_t bytes = 0;
    };
    // Decrypts as much of in() as `space` takes. `end`: the peer said it will send no more.
    [[nodiscard]] Result<Read> read(std::span<char> space);
    // read() may give something without more input.
    [[nodiscard]] bool has_buffered() const;

    // Encrypts from the front of the pieces into out(), small ones together into one record; stops when out()
    // holds at least `enough` bytes. How many it took.
    [[nodiscard]] Result<std::size_t> write(std::span<const std::string_view> pieces, std::size_t enough);
    // Enough for one system call, and with the last record no more than a large buffer.
    static constexpr std::size_t enough_bytes = 48 * 1024;

    void end();   // says that nothing more will be sent (close_notify), once, while all is in order

    // Of an established session; views are valid as long as it lives.
    [[nodiscard]] std::string_view application_protocol() const;                  // "": none was agreed on
    [[nodiscard]] std::string_view server_name() const { return server_name_; }   // as asked for, or ""
    [[nodiscard]] bool is_resumed() const;
    // ServerContext::verification_id() of the context that was chosen: what the client was asked for.
    [[nodiscard]] std::uint64_t verification_id() const { return verification_id_; }
    struct PeerCertificate {
        bool is_there = false;
        const char* problem = nullptr;          // static text; null: it is good
        bool is_of_unknown_authority = false;   // that is the problem: it may be good otherwise
    };
    [[nodiscard]] PeerCertificate peer_certificate() const;
    [[nodiscard]] ssl_st* native() const { return session_.get(); }

    // Of a context being made: what sessions need of it.
    static void prepare(const ServerContext& context);
    static void prepare(const ClientContext& context);

private:
    friend struct Callbacks;
    struct Handshake;   // what is needed no longer once hands are shaken

    explicit Session(ssl_ctx_st* context);
    [[nodiscard]] Failure failure(const char* otherwise);
    [[nodiscard]] Result<> take_early_data();
    [[nodiscard]] Result<bool> complete();
    void use_common_wire();
    void attend();
    [[nodiscard]] Result<bool> read_early(std::span<char> space, Read& done);
    [[nodiscard]] bool write_record(std::string_view record);

    std::unique_ptr<ssl_st, FreeSession> session_;
    Buffer in_, out_;
    std::unique_ptr<Handshake> handshake_;
    std::uint64_t verification_id_ = 0;
    std::string server_name_;   // of a server's side; OpenSSL does not tell it of resumed sessions
    std::uint32_t record_bytes_ = 16 * 1024;
    bool failed_ = false;
    bool more_behind_ = false;   // read() saw an end or a failure behind the data it gave
    bool ended_ = false;
    struct ClientSide {
        ClientSessions* sessions = nullptr;   // null: nothing is resumed
        std::string key;
    };
    std::unique_ptr<ClientSide> client_side_;
};

}   // namespace gatehouse::tls
