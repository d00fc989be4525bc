#include "h2_request.h"

#include <algorithm>

namespace gatehouse::bench {

namespace {

// RFC 9113, section 6.
enum Type : std::uint8_t { data = 0, headers = 1, rst_stream = 3, settings = 4, ping = 6, goaway = 7 };

constexpr std::uint8_t ack = 1;          // of settings and ping
constexpr std::uint8_t end_stream = 1;   // of data and headers
constexpr std::uint8_t end_headers = 4;
constexpr std::uint8_t padded = 8;
constexpr std::uint8_t priority = 32;
constexpr std::size_t frame_head_bytes = 9;

// Indices of the static table of HPACK (RFC 7541, appendix A), as a whole field or as the name of a literal.
constexpr char method_get = '\x82';
constexpr char scheme_https = '\x87';
constexpr char literal_path = '\x04';
constexpr char literal_authority = '\x01';
constexpr char status_200 = '\x88';

std::string frame(Type type, std::uint8_t flags, std::uint8_t stream, std::string_view payload) {
    std::string bytes(frame_head_bytes, '\0');
    bytes[1] = static_cast<char>(payload.size() >> 8U);
    bytes[2] = static_cast<char>(payload.size() & 0xffU);
    bytes[3] = static_cast<char>(type);
    bytes[4] = static_cast<char>(flags);
    bytes[8] = static_cast<char>(stream);
    return bytes.append(payload);
}

std::string literal(char name, std::string_view value) {
    return std::string{name, static_cast<char>(value.size())}.append(value);
}

std::size_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// Changes of the table's size may stand before the first field: numbers that fill five bits, or go on in
// bytes of seven (RFC 7541, sections 5.1 and 6.3).
bool begins_with_200(std::string_view block) {
    while (!block.empty() && (byte_at(block, 0) & 0xe0U) == 0x20U) {
        bool goes_on = (byte_at(block, 0) & 0x1fU) == 0x1fU;
        block.remove_prefix(1);
        while (goes_on && !block.empty()) {
            goes_on = (byte_at(block, 0) & 0x80U) != 0;
            block.remove_prefix(1);
        }
    }
    return !block.empty() && block[0] == status_200;
}

}   // namespace

std::string h2_request(std::string_view host, std::string_view path) {
    const std::string fields = std::string{method_get, scheme_https} + literal(literal_authority, host) +
                               literal(literal_path, path);
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, {}) +
           frame(headers, end_stream | end_headers, 1, fields);
}

bool H2Response::consume(std::string_view bytes) {
    partial_ += bytes;
    while (partial_.size() >= frame_head_bytes) {
        const std::size_t length =
            byte_at(partial_, 0) << 16U | byte_at(partial_, 1) << 8U | byte_at(partial_, 2);
        if (partial_.size() < frame_head_bytes + length) return true;
        const std::string_view payload = std::string_view(partial_).substr(frame_head_bytes, length);
        const auto type = static_cast<std::uint8_t>(byte_at(partial_, 3));
        const auto flags = static_cast<std::uint8_t>(byte_at(partial_, 4));
        if (!read_frame(type, flags, payload)) return false;
        partial_.erase(0, frame_head_bytes + length);
    }
    if (partial_.empty()) std::string().swap(partial_);
    return true;
}

bool H2Response::read_frame(std::uint8_t type, std::uint8_t flags, std::string_view payload) {
    switch (type) {
        case data: body_bytes_ += static_cast<std::int64_t>(payload.size()); break;
        case headers: {
            const std::size_t before_block =
                ((flags & padded) != 0 ? 1U : 0U) + ((flags & priority) != 0 ? 5U : 0U);
            is_200_ = begins_with_200(payload.substr(std::min(before_block, payload.size())));
            break;
        }
        case settings:
            if ((flags & ack) == 0) answers_ += frame(settings, ack, 0, {});
            return true;
        case ping:
            if ((flags & ack) == 0) answers_ += frame(ping, ack, 0, payload);
            return true;
        case rst_stream:
        case goaway: return false;
        default: return true;   // of no interest: windows, priorities, extensions
    }
    if ((flags & end_stream) != 0) complete_ = true;
    return true;
}

}   // namespace gatehouse::bench
