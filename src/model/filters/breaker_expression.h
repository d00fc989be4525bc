#pragma once
// When a circuit is to be broken, in Traefik's notation: comparisons of LatencyAtQuantileMS(50.0),
// NetworkErrorRatio() and ResponseCodeRatio(500, 600, 0, 600) with numbers, joined by && || ! and
// parentheses.

#include "model/filters/traffic_window.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace gatehouse::model {

class BreakerExpression {
public:
    static constexpr std::size_t deepest = 32;   // of parentheses and negations

    struct ParseError {
        std::string message;      // what was expected
        std::size_t offset = 0;   // into the text, in bytes
    };
    [[nodiscard]] static tl::expected<BreakerExpression, ParseError> parse(std::string_view text);

    [[nodiscard]] bool holds(const TrafficWindow& traffic, TrafficWindow::Time now) const;

    struct Node;   // of the tree it was parsed to

private:
    std::shared_ptr<const Node> root_;
};

}   // namespace gatehouse::model
