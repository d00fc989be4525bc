#pragma once
// The variables of compose files: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?why}`, `${NAME:+instead}`
// and `$$` (the Compose specification, "Interpolation"), and the .env files they come from. One without a
// value gets a stand-in, so that the rest can be checked: a number that is good as a port, as part of a host
// and as a name. Messages are given back with the variable in its place. Pure.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check {

struct Filled {
    std::string text;
    std::vector<std::string> unset;      // variables that got a stand-in
    std::vector<std::string> required;   // `${NAME:?why}` without a value: "NAME: why"
    std::string wrong;                   // what breaks the grammar; "": nothing
    bool has_lone_dollar = false;        // one that begins no variable: it stays, though not everywhere
};

class Variables {
public:
    using Values = std::map<std::string, std::string, std::less<>>;

    explicit Variables(Values values) : values_(std::move(values)) {}
    // A number that stands in a text is no stand-in.
    void avoid(std::string_view text);

    [[nodiscard]] Filled fill(std::string_view text);
    // `text` with stand-ins as "${NAME}".
    [[nodiscard]] std::string restored(std::string_view text) const;
    [[nodiscard]] bool has_stand_in(std::string_view text) const;

private:
    void take_variable(std::string_view& rest, Filled& filled, int depth);
    void take_braced(std::string_view& rest, Filled& filled, int depth);
    void fill_into(std::string_view text, Filled& filled, int depth);
    [[nodiscard]] std::string stand_in(const std::string& name);

    Values values_;
    std::map<std::string, std::string, std::less<>> stand_ins_;   // by name
    std::set<std::string, std::less<>> numbers_;                  // that stand in the texts
    std::uint32_t next_ = 64'001;
};

// `NAME=value` lines, with comments, quotes and `export `; what is no such line is passed over.
[[nodiscard]] Variables::Values read_env_file(std::string_view text);

}   // namespace gatehouse::check
