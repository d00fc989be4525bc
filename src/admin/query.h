#pragma once
// The query of a request to the API or the page: names and values, decoded as browsers encode forms. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::admin {

class Query {
public:
    explicit Query(std::string_view text);
    [[nodiscard]] std::string_view value(std::string_view name) const;   // the first of that name; "": none
    // A whole number from 1 on; `otherwise` where there is none, nullopt where it is something else.
    [[nodiscard]] std::optional<std::size_t> number(std::string_view name, std::size_t otherwise) const;

private:
    std::vector<std::pair<std::string, std::string>> entries_;
};

[[nodiscard]] std::string encode_query_value(std::string_view value);

// Which of `count` things are on a page of a list.
struct PageOf {
    std::size_t first = 0, last = 0;   // the last is not on it
    std::size_t next = 1;              // number of the next page; 1: this is the last
};
// Nullopt: there is no such page, or what is asked for is no number.
[[nodiscard]] std::optional<PageOf> choose_page(const Query& query, std::size_t count,
                                                std::size_t usual_size);

}   // namespace gatehouse::admin
