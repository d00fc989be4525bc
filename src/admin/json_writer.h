#pragma once
// Writes JSON text, member by member. Names and texts are escaped; what is no UTF-8 becomes U+FFFD, so that
// the result always is JSON. The caller keeps begin_… and end in pairs. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::admin {

class JsonWriter {
public:
    // The next value's name; within lists there is none.
    JsonWriter& name(std::string_view name);
    void text(std::string_view value);
    void flag(bool value) { raw(value ? "true" : "false"); }
    void number(std::int64_t value) { raw(std::to_string(value)); }
    void real(double value);
    // JSON already.
    void raw(std::string_view json);
    // Members already written, as by a writer that was not told to begin an object; may be none.
    void members(std::string_view json);

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_list() { begin('['); }
    void end_list() { end(']'); }

    void texts(const std::vector<std::string>& values);
    // A member that is left out when it has nothing to say.
    void member(std::string_view called, std::string_view value);
    void member(std::string_view called, const std::vector<std::string>& values);

    [[nodiscard]] const std::string& result() const { return result_; }
    [[nodiscard]] std::string take() { return std::move(result_); }

private:
    void separate();
    void begin(char bracket);
    void end(char bracket);
    void quoted(std::string_view value);

    std::string result_;
    bool is_first_ = true;   // of its object or list, or after a name
};

}   // namespace gatehouse::admin
