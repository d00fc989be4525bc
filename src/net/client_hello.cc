#include "net/client_hello.h"

#include <algorithm>
#include <cstddef>

namespace gatehouse::net {
namespace {

using State = HelloProgress::State;

constexpr std::size_t record_head_bytes = 5, message_head_bytes = 4, random_bytes = 32;
constexpr std::uint8_t handshake_record = 22, client_hello_message = 1;
enum Extension : std::uint16_t { server_name = 0, application_protocols = 16, supported_versions = 43 };

HelloProgress need_more() { return {}; }
HelloProgress done() { return {State::done, ""}; }
HelloProgress refuse(const char* rule) { return {State::refused, rule}; }

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::size_t number(std::string_view bytes) {   // in network order
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8U | byte_at(bytes, i);
    return value;
}

// Reads a message of which perhaps only the beginning is there. What is beyond its end is a mistake; what
// has not arrived is not known yet. After either nothing more can be read.
class Reader {
public:
    Reader(std::string_view arrived, std::size_t message_bytes) : arrived_(arrived), left_(message_bytes) {}

    [[nodiscard]] std::string_view take(std::size_t bytes) {
        if (state_ != State::done) return {};
        if (bytes > left_) {
            state_ = State::refused;
            return {};
        }
        if (bytes > arrived_.size()) {
            state_ = State::need_more;
            return {};
        }
        const auto taken = arrived_.substr(0, bytes);
        arrived_.remove_prefix(bytes);
        left_ -= bytes;
        return taken;
    }
    // What is preceded by its length in so many bytes.
    [[nodiscard]] std::string_view take_counted(std::size_t length_bytes) {
        const auto length = take(length_bytes);
        return is_good() ? take(number(length)) : std::string_view();
    }
    [[nodiscard]] std::size_t take_number(std::size_t bytes) { return number(take(bytes)); }
    [[nodiscard]] bool is_good() const { return state_ == State::done; }
    [[nodiscard]] bool is_at_end() const { return left_ == 0; }
    // Of a reader that is not good any more.
    [[nodiscard]] HelloProgress outcome() const {
        return state_ == State::refused ? refuse("tls-hello-length") : need_more();
    }

private:
    std::string_view arrived_;
    std::size_t left_;
    State state_ = State::done;   // of all that was taken
};

Reader whole(std::string_view bytes) { return {bytes, bytes.size()}; }

// A list of names of which only one of type 0 was ever defined.
const char* read_server_name(std::string_view content, ClientHello& hello) {
    Reader list = whole(content);
    Reader names = whole(list.take_counted(2));
    const auto type = names.take_number(1);
    const auto name = names.take_counted(2);
    if (!list.is_good() || !names.is_good() || type != 0) return "tls-hello-server-name";
    hello.server_name = name;
    return nullptr;
}

const char* read_application_protocols(std::string_view content, ClientHello& hello) {
    Reader list = whole(content);
    Reader names = whole(list.take_counted(2));
    while (list.is_good() && !names.is_at_end()) {
        const auto name = names.take_counted(1);
        if (name.empty()) return "tls-hello-application-protocol";
        hello.application_protocols.emplace_back(name);
    }
    return list.is_good() ? nullptr : "tls-hello-application-protocol";
}

// The latest of those offered: what the hello says first is TLS 1.2 for ever. Drafts of TLS 1.3 were 0x7fNN.
const char* read_versions(std::string_view content, ClientHello& hello) {
    constexpr std::size_t tls_1_0 = 0x0301, tls_1_3 = 0x0304;
    Reader list = whole(content);
    Reader versions = whole(list.take_counted(1));
    std::size_t latest = 0;
    while (list.is_good() && !versions.is_at_end()) {
        auto version = versions.take_number(2);
        if (!versions.is_good()) return "tls-hello-versions";
        if (version >> 8U == 0x7f) version = tls_1_3;
        if (version >= tls_1_0 && version <= tls_1_3) latest = std::max(latest, version);
    }
    if (!list.is_good()) return "tls-hello-versions";
    if (latest != 0) hello.version = static_cast<std::uint16_t>(latest);
    return nullptr;
}

const char* read_extension(std::size_t type, std::string_view content, ClientHello& hello) {
    switch (type) {
        case server_name: return hello.server_name.empty() ? read_server_name(content, hello) : nullptr;
        case application_protocols:
            return hello.application_protocols.empty() ? read_application_protocols(content, hello) : nullptr;
        case supported_versions: return read_versions(content, hello);
        default: return nullptr;
    }
}

// The handshake messages as far as they arrived: the first is the one.
HelloProgress read_message(std::string_view arrived, ClientHello& hello) {
    if (arrived.empty()) return need_more();
    if (byte_at(arrived, 0) != client_hello_message) return refuse("tls-no-client-hello");
    if (arrived.size() < message_head_bytes) return need_more();
    Reader message(arrived.substr(message_head_bytes), number(arrived.substr(1, 3)));
    hello.version = static_cast<std::uint16_t>(message.take_number(2));
    (void)message.take(random_bytes);
    (void)message.take_counted(1);   // session
    (void)message.take_counted(2);   // ciphers
    (void)message.take_counted(1);   // compression
    if (!message.is_good()) return message.outcome();
    if (message.is_at_end()) return done();   // a hello of old
    (void)message.take(2);                    // length of the extensions: they go on to the end
    while (message.is_good() && !message.is_at_end()) {
        const auto type = message.take_number(2);
        const auto content = message.take_counted(2);
        if (!message.is_good()) break;
        if (const char* rule = read_extension(type, content, hello)) return refuse(rule);
    }
    return message.is_good() ? done() : message.outcome();
}

// RFC 5246 appendix E.2: a hello in the form of SSL 2, which has no names.
bool is_ssl_2(std::string_view bytes) {
    const auto major = byte_at(bytes, 3);
    return (byte_at(bytes, 0) & 0x80U) != 0 && byte_at(bytes, 2) == client_hello_message &&
           (major == 0 || major == 3);
}

// What records carry (RFC 8446 section 5.1), as far as it arrived. A message may be spread over several.
struct Handshake {
    std::string_view bytes;       // of the first record, or of all …
    std::string joined;           // … which then are here
    const char* rule = nullptr;   // what comes next is no record of a handshake
};

void collect(std::string_view arrived, Handshake& handshake) {
    for (bool is_first = true; arrived.size() >= record_head_bytes; is_first = false) {
        if (byte_at(arrived, 0) != handshake_record || byte_at(arrived, 1) != 3) {
            handshake.rule = "tls-no-handshake";
            return;
        }
        const auto length = number(arrived.substr(3, 2));
        arrived.remove_prefix(record_head_bytes);
        const auto content = arrived.substr(0, length);
        arrived.remove_prefix(content.size());
        if (is_first) {
            handshake.bytes = content;
            continue;
        }
        if (handshake.joined.empty()) handshake.joined = handshake.bytes;
        handshake.joined += content;
        handshake.bytes = handshake.joined;
    }
}

}   // namespace

std::string_view ClientHello::version_name() const {
    switch (version) {
        case 0x0002: return "SSLv2";
        case 0x0300: return "SSLv3";
        case 0x0301: return "TLSv1";
        case 0x0302: return "TLSv1.1";
        case 0x0303: return "TLSv1.2";
        case 0x0304: return "TLSv1.3";
        default: return "";
    }
}

HelloProgress parse_client_hello(std::string_view bytes, ClientHello& hello) {
    if (bytes.size() < record_head_bytes) return need_more();
    hello = {};
    if (is_ssl_2(bytes)) {
        hello.version = static_cast<std::uint16_t>(number(bytes.substr(3, 2)));
        return done();
    }
    Handshake handshake;
    collect(bytes, handshake);
    const auto progress = read_message(handshake.bytes, hello);
    if (progress.state == State::need_more && handshake.rule != nullptr) return refuse(handshake.rule);
    return progress;
}

}   // namespace gatehouse::net
