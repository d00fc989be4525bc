#include "http/h1_writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "http/characters.h"
#include "http/status.h"

namespace gatehouse::http {
namespace {

// Appends to memory that is known to suffice.
class Cursor {
public:
    explicit Cursor(char* to) : begin_(to), to_(to) {}

    void put(std::string_view text) {
        if (text.empty()) return;   // its data may be null
        std::memcpy(to_, text.data(), text.size());
        to_ += text.size();
    }
    void put_line_end() {
        *to_++ = '\r';
        *to_++ = '\n';
    }
    // A copy that cannot end the line it is in.
    void put_safely(std::string_view text) {
        char* const from = to_;
        put(text);
        for (auto at = find_control(text); at != std::string_view::npos; at = find_control(text, at + 1)) {
            if (text[at] == '\r' || text[at] == '\n' || text[at] == '\0') from[at] = ' ';
        }
    }
    [[nodiscard]] std::size_t written() const { return static_cast<std::size_t>(to_ - begin_); }

private:
    char* begin_;
    char* to_;
};

}   // namespace

void HeadWriter::request_line(std::string_view method, std::string_view target, Version version) {
    const auto name = name_of(version);
    Cursor to(out_.prepare(method.size() + target.size() + name.size() + 4).data());
    to.put_safely(method);
    to.put(" ");
    to.put_safely(target);
    to.put(" ");
    to.put(name);
    to.put_line_end();
    out_.commit(to.written());
}

void HeadWriter::status_line(Version version, int status) {
    status_line(version, status, reason_phrase(status));
}

void HeadWriter::status_line(Version version, int status, std::string_view reason) {
    const auto name = name_of(version);
    const std::array<char, 5> code = {' ', static_cast<char>('0' + status / 100 % 10),
                                      static_cast<char>('0' + status / 10 % 10),
                                      static_cast<char>('0' + status % 10), ' '};
    Cursor to(out_.prepare(name.size() + code.size() + reason.size() + 2).data());
    to.put(name);
    to.put({code.data(), code.size()});
    to.put_safely(reason);
    to.put_line_end();
    out_.commit(to.written());
}

void HeadWriter::field(std::string_view name, std::string_view value) {
    Cursor to(out_.prepare(name.size() + value.size() + 4).data());
    to.put_safely(name);
    to.put(": ");
    to.put_safely(value);
    to.put_line_end();
    out_.commit(to.written());
}

void HeadWriter::field(FieldId id, std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    field(name_of(id), std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void HeadWriter::end() { out_.append("\r\n"); }

}   // namespace gatehouse::http
