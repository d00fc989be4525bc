#include "http/h1_writer.h"

#include <array>
#include <charconv>

#include "base/byte_scan.h"
#include "http/status.h"

namespace gatehouse::http {

void HeadWriter::make_room(std::size_t bytes) {
    commit();
    const auto room = out_.prepare(bytes);
    begin_ = to_ = room.data();
    end_ = to_ + room.size();
}

void HeadWriter::commit() {
    out_.commit(static_cast<std::size_t>(to_ - begin_));
    begin_ = to_;
}

void HeadWriter::put(std::string_view text) {
    copy_short(to_, text);
    to_ += text.size();
}

void HeadWriter::put_safely(std::string_view text) {
    char* const from = to_;
    to_ += text.size();
    if (!copy_looking(from, text, bytes_below_space)) return;
    for (char* at = from; at != to_; ++at) {
        if (*at == '\r' || *at == '\n' || *at == '\0') *at = ' ';
    }
}

void HeadWriter::put_line_end() {
    *to_++ = '\r';
    *to_++ = '\n';
}

void HeadWriter::request_line(std::string_view method, std::string_view target, Version version) {
    const auto name = name_of(version);
    need(method.size() + target.size() + name.size() + 4);
    put_safely(method);
    *to_++ = ' ';
    put_safely(target);
    *to_++ = ' ';
    put(name);
    put_line_end();
}

void HeadWriter::status_line(Version version, int status) {
    status_line(version, status, reason_phrase(status));
}

void HeadWriter::status_line(Version version, int status, std::string_view reason) {
    const auto name = name_of(version);
    const StatusDigits code(status);
    need(name.size() + code.view().size() + reason.size() + 4);
    put(name);
    *to_++ = ' ';
    put(code.view());
    *to_++ = ' ';
    put_safely(reason);
    put_line_end();
}

void HeadWriter::field(std::string_view name, std::string_view value) {
    need(name.size() + value.size() + 4);
    put_safely(name);
    *to_++ = ':';
    *to_++ = ' ';
    put_safely(value);
    put_line_end();
}

void HeadWriter::field(FieldId id, std::string_view value) {
    const auto name = name_of(id);
    need(name.size() + value.size() + 4);
    put(name);
    *to_++ = ':';
    *to_++ = ' ';
    put_safely(value);
    put_line_end();
}

void HeadWriter::field(FieldId id, std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    field(id, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void HeadWriter::end() {
    need(2);
    put_line_end();
    commit();
}

}   // namespace gatehouse::http
