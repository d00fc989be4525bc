#include "model/filters/breaker_expression.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::model {
namespace {

enum class Metric : std::uint8_t { latency, network_errors, status_ratio };
enum class Relation : std::uint8_t { less, at_most, more, at_least, same, other };

struct Function {
    std::string_view name;
    Metric metric;
    std::size_t arguments;
};
constexpr std::array<Function, 3> functions = {{{"LatencyAtQuantileMS", Metric::latency, 1},
                                                {"NetworkErrorRatio", Metric::network_errors, 0},
                                                {"ResponseCodeRatio", Metric::status_ratio, 4}}};

bool compare(double left, Relation relation, double right) {
    switch (relation) {
        case Relation::less: return left < right;
        case Relation::at_most: return left <= right;
        case Relation::more: return left > right;
        case Relation::at_least: return left >= right;
        case Relation::same: return !(left < right) && !(left > right);
        case Relation::other: return left < right || left > right;
    }
    return false;
}

}   // namespace

using NodePtr = std::shared_ptr<const BreakerExpression::Node>;

struct BreakerExpression::Node {
    struct Comparison {
        Metric metric = Metric::network_errors;
        std::array<double, 4> arguments{};
        Relation relation = Relation::more;
        double limit = 0;
    };
    struct Not {
        NodePtr of;
    };
    struct AnyOf {
        std::vector<NodePtr> of;
    };
    struct AllOf {
        std::vector<NodePtr> of;
    };
    std::variant<Comparison, Not, AnyOf, AllOf> is;
};

namespace {

using Node = BreakerExpression::Node;

double measure(const Node::Comparison& comparison, const TrafficWindow& traffic, TrafficWindow::Time now) {
    const auto& of = comparison.arguments;
    const auto status = [&](std::size_t i) { return static_cast<int>(of[i]); };
    switch (comparison.metric) {
        case Metric::latency: return traffic.latency(of[0], now);
        case Metric::network_errors: return traffic.network_error_ratio(now);
        case Metric::status_ratio:
            return traffic.status_ratio(status(0), status(1), status(2), status(3), now);
    }
    return 0;
}

bool holds_for(const Node& node, const TrafficWindow& traffic, TrafficWindow::Time now) {
    const auto one = [&](const NodePtr& child) { return holds_for(*child, traffic, now); };
    if (const auto* comparison = std::get_if<Node::Comparison>(&node.is))
        return compare(measure(*comparison, traffic, now), comparison->relation, comparison->limit);
    if (const auto* negated = std::get_if<Node::Not>(&node.is)) return !one(negated->of);
    if (const auto* any = std::get_if<Node::AnyOf>(&node.is)) {
        for (const auto& child : any->of) {
            if (one(child)) return true;
        }
        return false;
    }
    for (const auto& child : std::get<Node::AllOf>(node.is).of) {
        if (!one(child)) return false;
    }
    return true;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    NodePtr whole() {
        auto node = any(0);
        skip_space();
        if (node != nullptr && at_ < text_.size()) return stop("the end, && or ||");
        return node;
    }
    [[nodiscard]] const BreakerExpression::ParseError& error() const { return error_; }

private:
    NodePtr stop(std::string expected) {
        if (error_.message.empty()) error_ = {"expected " + std::move(expected), at_};
        return nullptr;
    }
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
    }
    bool take(std::string_view token) {
        skip_space();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }

    NodePtr any(std::size_t depth) {
        Node::AnyOf found;
        do {
            auto node = all(depth);
            if (node == nullptr) return nullptr;
            found.of.push_back(std::move(node));
        } while (take("||"));
        return found.of.size() == 1 ? found.of.front() : std::make_shared<const Node>(Node{std::move(found)});
    }

    NodePtr all(std::size_t depth) {
        Node::AllOf found;
        do {
            auto node = one(depth);
            if (node == nullptr) return nullptr;
            found.of.push_back(std::move(node));
        } while (take("&&"));
        return found.of.size() == 1 ? found.of.front() : std::make_shared<const Node>(Node{std::move(found)});
    }

    NodePtr one(std::size_t depth) {
        if (depth > BreakerExpression::deepest) return stop("fewer parentheses");
        if (take("!")) {
            auto node = one(depth + 1);
            if (node == nullptr) return nullptr;
            return std::make_shared<const Node>(Node{Node::Not{std::move(node)}});
        }
        if (take("(")) {
            auto node = any(depth + 1);
            if (node == nullptr) return nullptr;
            return take(")") ? node : stop("\")\"");
        }
        return comparison();
    }

    NodePtr comparison() {
        Node::Comparison found;
        skip_space();
        const Function* function = nullptr;
        for (const auto& known : functions) {
            if (take(known.name)) function = &known;
        }
        if (function == nullptr) return stop("LatencyAtQuantileMS, NetworkErrorRatio or ResponseCodeRatio");
        found.metric = function->metric;
        if (!take("(")) return stop("\"(\"");
        for (std::size_t i = 0; i < function->arguments; ++i) {
            if (i > 0 && !take(",")) return stop("\",\"");
            if (!number(found.arguments[i])) return stop("a number");
        }
        if (!take(")")) return stop("\")\"");
        if (!relation(found.relation)) return stop("one of > >= < <= == !=");
        if (!number(found.limit)) return stop("a number");
        return std::make_shared<const Node>(Node{found});
    }

    bool relation(Relation& found) {
        constexpr std::array<std::pair<std::string_view, Relation>, 6> relations = {
            {{">=", Relation::at_least},
             {"<=", Relation::at_most},
             {"==", Relation::same},
             {"!=", Relation::other},
             {">", Relation::more},
             {"<", Relation::less}}};
        for (const auto& [text, meaning] : relations) {
            if (!take(text)) continue;
            found = meaning;
            return true;
        }
        return false;
    }

    bool number(double& found) {
        skip_space();
        const auto* begin = text_.data() + at_;
        const auto parsed =
            std::from_chars(begin, text_.data() + text_.size(), found, std::chars_format::fixed);
        if (parsed.ec != std::errc()) return false;
        at_ += static_cast<std::size_t>(parsed.ptr - begin);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    BreakerExpression::ParseError error_;
};

}   // namespace

tl::expected<BreakerExpression, BreakerExpression::ParseError> BreakerExpression::parse(
    std::string_view text) {
    Parser parser(text);
    BreakerExpression expression;
    expression.root_ = parser.whole();
    if (expression.root_ == nullptr) return tl::unexpected(parser.error());
    return expression;
}

bool BreakerExpression::holds(const TrafficWindow& traffic, TrafficWindow::Time now) const {
    return root_ != nullptr && holds_for(*root_, traffic, now);
}

}   // namespace gatehouse::model
