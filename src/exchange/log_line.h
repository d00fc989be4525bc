#pragma once
// A line of an access log while it is put together, behind the lines that a batch holds already. Values of
// $variables are escaped as nginx does: a request must not be able to forge a line or break out of a quoted
// field. What the configuration or Gatehouse itself wrote is never escaped.

#include "base/byte_scan.h"
#include "model/log_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::exchange {

class LogLine {
public:
    explicit LogLine(std::string& lines);   // borrowed; nobody else may touch them while this lives
    ~LogLine();                             // the lines end with what was put
    LogLine(const LogLine&) = delete;
    LogLine& operator=(const LogLine&) = delete;

    // As it is: for what is known to hold nothing that would need an escape.
    void put(std::string_view text) {
        need(text.size());
        copy_short(to_, text);
        to_ += text.size();
    }
    void put(char c) {
        need(1);
        *to_++ = c;
    }
    void put_number(std::uint64_t number);
    // standard: '"', '\', control characters and every byte from 0x7F on become \xXX, and a value that is not
    // set is "-". json: as inside a JSON string. none: as it is. Not set is nothing with the latter two.
    void put_value(std::optional<std::string_view> value, model::LogFormat::Escape escape);

private:
    void need(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - to_) < bytes) make_room(bytes);
    }
    void make_room(std::size_t bytes);
    void put_hex(char c);
    void put_standard(std::string_view value);
    void put_json(std::string_view value);

    std::string& lines_;
    char* to_;
    char* end_;   // of lines_, which are longer than what is in them until this is gone
};

}   // namespace gatehouse::exchange
