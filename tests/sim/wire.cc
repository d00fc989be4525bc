#include "wire.h"

#include "base/random.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gatehouse::simulation {
namespace {

constexpr std::size_t longest_line = 32 * 1024;

bool parse_field(const std::string& line, Head& head) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return false;
    const auto name = lower(line.substr(0, colon));
    if (name.find_first_of(" \t") != std::string::npos) return false;
    auto& value = head.fields[name];
    if (!value.empty()) value += ", ";
    value += trim(std::string_view(line).substr(colon + 1));
    return true;
}

}   // namespace

std::string Head::value(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

int Head::status() const {
    if (!start.starts_with("HTTP/1.1 ") && !start.starts_with("HTTP/1.0 ")) return 0;
    return static_cast<int>(parse_decimal(std::string_view(start).substr(9, 3)).value_or(0));
}

std::uint64_t Head::number(const std::string& name) const { return parse_decimal(value(name)).value_or(0); }

Task<End> Wire::fill(Duration patience) {
    const auto got = co_await stream_.read(in_, Buffer::standard_bytes, patience);
    if (got) co_return *got > 0 ? End::complete : End::cut;
    reset_ = got.error().code == ErrorCode::reset;
    co_return got.error().code == ErrorCode::timed_out ? End::timed_out : End::cut;
}

Task<End> Wire::read_line(std::string& line, Duration patience) {
    while (true) {
        const auto end = in_.view().find('\n');
        if (end != std::string_view::npos) {
            if (end == 0 || in_.view()[end - 1] != '\r') co_return End::invalid;
            line = in_.view().substr(0, end - 1);
            in_.consume(end + 1);
            co_return End::complete;
        }
        if (in_.size() > longest_line) co_return End::invalid;
        const End filled = co_await fill(patience);
        if (filled != End::complete) co_return filled;
    }
}

Task<End> Wire::read_head(Head& head, Duration patience) {
    head = Head();
    End end = co_await read_line(head.start, patience);
    if (end == End::cut && in_.empty() && !reset_) co_return End::nothing;
    if (end != End::complete) co_return end;
    while (true) {
        std::string line;
        end = co_await read_line(line, patience);
        if (end != End::complete) co_return end;
        if (line.empty()) co_return End::complete;
        if (!parse_field(line, head)) co_return End::invalid;
    }
}

Task<End> Wire::read_body(const Head& head, bool has_body, std::string& body, Duration patience,
                          Duration pace) {
    if (!has_body) co_return End::complete;
    const bool response = head.status() != 0;
    const auto coding = lower(head.value("transfer-encoding"));
    if (coding == "chunked") {
        if (head.has("content-length")) co_return End::invalid;
        const End end = co_await read_chunks(body, patience, pace);
        co_return end;
    }
    if (!coding.empty()) co_return End::invalid;
    if (head.has("content-length")) {
        const auto length = parse_decimal(head.value("content-length"));
        if (!length) co_return End::invalid;
        const End end = co_await read_bytes(*length, body, patience, pace);
        co_return end;
    }
    if (!response) co_return End::complete;
    co_return co_await read_to_end(body, patience, pace);
}

Task<End> Wire::read_to_end(std::string& body, Duration patience, Duration pace) {
    while (true) {
        body += in_.view();
        in_.clear();
        const End filled = co_await fill(patience);
        if (filled == End::cut && !reset_) co_return End::complete;
        if (filled != End::complete) co_return filled;
        if (pace > Duration::zero()) [[maybe_unused]]
            const auto slept = co_await loop::sleep(pace);
    }
}

Task<std::string> Wire::read_some(Duration patience) {
    if (in_.empty()) [[maybe_unused]]
        const End filled = co_await fill(patience);
    std::string some(in_.view());
    in_.clear();
    co_return some;
}

Task<End> Wire::read_bytes(std::uint64_t bytes, std::string& body, Duration patience, Duration pace) {
    while (true) {
        const auto step = std::min<std::uint64_t>(bytes, in_.size());
        body += in_.view().substr(0, step);
        in_.consume(step);
        bytes -= step;
        if (bytes == 0) co_return End::complete;
        const End filled = co_await fill(patience);
        if (filled != End::complete) co_return filled;
        if (pace > Duration::zero()) [[maybe_unused]]
            const auto slept = co_await loop::sleep(pace);
    }
}

Task<End> Wire::read_chunks(std::string& body, Duration patience, Duration pace) {
    while (true) {
        std::string line;
        End end = co_await read_line(line, patience);
        if (end != End::complete) co_return end;
        std::uint64_t bytes = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), bytes, 16);
        if (error != std::errc() || rest == line.data()) co_return End::invalid;
        if (bytes == 0) break;
        end = co_await read_bytes(bytes, body, patience, pace);
        if (end != End::complete) co_return end;
        end = co_await read_line(line, patience);
        if (end != End::complete) co_return end;
        if (!line.empty()) co_return End::invalid;
    }
    while (true) {   // trailers
        std::string line;
        const End end = co_await read_line(line, patience);
        if (end != End::complete || line.empty()) co_return end;
    }
}

Task<bool> Wire::anything_more(Duration patience) {
    if (!in_.empty()) co_return true;
    const End filled = co_await fill(patience);
    co_return filled == End::complete;
}

std::string make_body(std::uint64_t key, std::size_t bytes) {
    Random random(key * 0x9e3779b97f4a7c15ULL + 1);
    std::string text;
    text.reserve(bytes + 16);
    while (text.size() < bytes) fmt::format_to(std::back_inserter(text), "{:016x}", random.next());
    text.resize(bytes);
    return text;
}

std::string as_chunks(std::string_view body, std::size_t chunk_bytes) {
    std::string text;
    for (; !body.empty(); body.remove_prefix(std::min(chunk_bytes, body.size()))) {
        const auto piece = body.substr(0, chunk_bytes);
        text += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }
    return text + "0\r\n\r\n";
}

}   // namespace gatehouse::simulation
