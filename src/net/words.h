#pragma once
// The fields of a line of a system file: what stands between spaces and tabs (and a carriage return, which
// editors leave).

#include <string_view>
#include <vector>

namespace gatehouse::net {

[[nodiscard]] inline std::vector<std::string_view> words(std::string_view line) {
    constexpr std::string_view blank = " \t\r";
    std::vector<std::string_view> found;
    while (true) {
        const auto begin = line.find_first_not_of(blank);
        if (begin == std::string_view::npos) return found;
        line.remove_prefix(begin);
        found.push_back(line.substr(0, line.find_first_of(blank)));
        line.remove_prefix(found.back().size());
    }
}

}   // namespace gatehouse::net
