#pragma once
// Frames written by hand (RFC 9113 4 and 6), for what a well-behaved peer never sends, and what a session
// answered, as text.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/http/h2_pair.h"

namespace gatehouse::http::test {

enum FrameType : std::uint8_t {
    data = 0,
    headers = 1,
    priority = 2,
    rst_stream = 3,
    settings = 4,
    push_promise = 5,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9,
};
enum FrameFlag : std::uint8_t {
    none = 0,
    ack = 1,
    end_stream = 1,
    end_headers = 4,
    padded = 8,
    with_priority = 32
};

inline std::string number(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}

inline std::string frame(unsigned type, unsigned flags, StreamId id, std::string_view payload = {}) {
    auto text = number(payload.size(), 3) + number(type, 1) + number(flags, 1);
    return text + number(static_cast<std::uint32_t>(id), 4) + std::string(payload);
}

// A field block of literals that are not put into the table (RFC 7541 6.2.2); no Huffman.
using NameValue = std::pair<std::string_view, std::string_view>;
inline std::string literal_length(std::size_t length) {
    if (length < 127) return number(length, 1);
    std::string text = "\x7f";
    for (length -= 127; length >= 128; length >>= 7) text += static_cast<char>(0x80 | (length & 0x7f));
    return text + static_cast<char>(length);
}
inline std::string literal(NameValue field) {
    return std::string(1, '\0') + literal_length(field.first.size()) + std::string(field.first) +
           literal_length(field.second.size()) + std::string(field.second);
}
inline std::string block(const std::vector<NameValue>& fields) {
    std::string text;
    for (const auto& field : fields) text += literal(field);
    return text;
}
// ":method GET :scheme https :path / :authority a.b" and more.
inline std::string get_block(const std::vector<NameValue>& more = {}) {
    return block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a.b"}}) +
           block(more);
}
inline std::string get(StreamId id, unsigned flags = end_stream | end_headers,
                       const std::vector<NameValue>& more = {}) {
    return frame(headers, flags, id, get_block(more));
}

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline std::string hello(std::string_view settings_payload = {}) {
    return std::string(preface) + frame(settings, none, 0, settings_payload) + frame(settings, ack, 0);
}
inline std::string setting(unsigned id, std::uint32_t value) { return number(id, 2) + number(value, 4); }

inline std::string rst(StreamId id, H2Code code) {
    return frame(rst_stream, none, id, number(static_cast<std::uint32_t>(code), 4));
}
inline std::string window(StreamId id, std::uint32_t bytes) {
    return frame(window_update, none, id, number(bytes, 4));
}

// What a session sends, one word a frame: "SETTINGS HEADERS(1) DATA(1)5. RST(1)CANCEL GOAWAY(0)NO_ERROR"; a
// point marks END_STREAM.
inline std::string describe(std::string_view bytes) {
    static const char* const names[] = {"DATA", "HEADERS", "PRIORITY", "RST",           "SETTINGS",
                                        "PUSH", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
    const auto read = [&bytes](std::size_t at, int count) {
        std::uint32_t value = 0;
        for (int i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at++]);
        return value;
    };
    std::string text;
    while (bytes.size() >= 9) {
        const auto length = read(0, 3), type = read(3, 1), flags = read(4, 1), id = read(5, 4);
        if (!text.empty()) text += ' ';
        text += type < 10 ? names[type] : "?";
        if (id != 0) text += "(" + std::to_string(id) + ")";
        if (type == settings || type == ping) text += (flags & ack) != 0 ? "+" : "";
        if (type == data) text += std::to_string(length);
        if (type == data || type == headers) text += (flags & end_stream) != 0 ? "." : "";
        if (type == window_update) text += std::to_string(read(9, 4));
        if (type == rst_stream) text += name_of(static_cast<H2Code>(read(9, 4)));
        if (type == goaway)
            text += "(" + std::to_string(read(9, 4)) + ")" +
                    std::string(name_of(static_cast<H2Code>(read(13, 4))));
        bytes.remove_prefix(9 + length);
    }
    return bytes.empty() ? text : text + " and a part";
}

// A server that is spoken to in raw frames.
struct RawServer {
    explicit RawServer(const H2Limits& limits = {}, std::string_view settings_payload = {})
        : session(limits, owner) {
        owner.session = &session;
        (void)say(hello(settings_payload));
    }
    // What it answers to this, as describe() puts it.
    std::string say(std::string_view bytes) {
        last = session.feed(bytes);
        return drain();
    }
    std::string drain() {
        out.clear();
        session.pull(out, 1 << 20);
        return describe(out.view());
    }
    [[nodiscard]] std::string why() const { return session.failure() ? session.failure()->why : ""; }

    ServerOwner owner;
    H2ServerSession session;
    Result<> last;
    Buffer out;
};

// A client that is answered in raw frames.
struct RawClient {
    explicit RawClient(const H2Limits& limits = {}, std::string_view settings_payload = {})
        : session(limits, owner) {
        (void)drain();
        (void)say(frame(settings, none, 0, settings_payload) + frame(settings, ack, 0));
    }
    std::string say(std::string_view bytes) {
        last = session.feed(bytes);
        return drain();
    }
    std::string drain() {
        out.clear();
        session.pull(out, 1 << 20);
        auto text = out.view();
        if (text.starts_with(preface)) text.remove_prefix(preface.size());
        return describe(text);
    }
    Owner& request(std::string_view method = "GET", bool ends = true) {
        const H2Outgoing outgoing{.method = method,
                                  .scheme = "http",
                                  .authority = "a.b",
                                  .path = "/",
                                  .protocol = {},
                                  .fields = nullptr,
                                  .ends = ends};
        auto& made = requests.emplace_back(std::make_unique<Owner>());
        made->session = &session;
        made->id = session.submit(outgoing, *made).value_or(0);
        return *made;
    }
    [[nodiscard]] std::string why() const { return session.failure() ? session.failure()->why : ""; }

    ClientOwner owner;
    H2ClientSession session;
    Result<> last;
    Buffer out;
    std::vector<std::unique_ptr<Owner>> requests;
};

}   // namespace gatehouse::http::test
