#pragma once
// A set of statuses as configurations write it: "500-599,404".

#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::model {

class StatusRanges {
public:
    // Ranges and single statuses of three digits, separated by commas; nullopt: that is not what it is.
    [[nodiscard]] static std::optional<StatusRanges> parse(std::string_view text);

    void add(int first, int last) { ranges_.push_back({first, last}); }
    [[nodiscard]] bool contains(int status) const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    bool operator==(const StatusRanges&) const = default;

private:
    struct Range {
        int first = 0, last = 0;
        bool operator==(const Range&) const = default;
    };
    std::vector<Range> ranges_;
};

}   // namespace gatehouse::model
