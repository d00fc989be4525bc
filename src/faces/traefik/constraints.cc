#include "faces/traefik/constraints.h"

#include <fmt/format.h>

#include <utility>

#include "base/suggestion.h"
#include "base/text.h"
#include "faces/traefik/expression.h"

namespace gatehouse::traefik {

// Recursive descent; `||` binds weaker than `&&`, as in Go.
class ConstraintParser {
public:
    explicit ConstraintParser(std::string_view text) : tokens_(text) {}

    tl::expected<Constraints, Constraints::ParseError> run() {
        either(0);
        if (!failed_ && tokens_.now().kind != TokenKind::end) fail("expected && or ||");
        if (failed_) return tl::make_unexpected(std::move(error_));
        return std::move(result_);
    }

private:
    using Operation = Constraints::Operation;

    void fail(std::string message) {
        if (!failed_) error_ = {tokens_.now().offset, std::move(message)};
        failed_ = true;
    }

    void add(Constraints::Part part) {
        if (result_.parts_.size() >= Constraints::most_parts) return fail("too long an expression");
        result_.parts_.push_back(std::move(part));
    }

    void either(std::size_t depth) {
        both(depth);
        while (!failed_ && tokens_.take_sign("||")) {
            both(depth);
            add({Operation::either});
        }
    }

    void both(std::size_t depth) {
        unary(depth);
        while (!failed_ && tokens_.take_sign("&&")) {
            unary(depth);
            add({Operation::both});
        }
    }

    void unary(std::size_t depth) {
        if (depth >= Constraints::deepest) return fail("too many parentheses within each other");
        if (tokens_.take_sign("!")) {
            unary(depth + 1);
            add({Operation::negate});
        } else if (tokens_.take_sign("(")) {
            either(depth + 1);
            if (!failed_ && !tokens_.take_sign(")")) fail("expected )");
        } else {
            call();
        }
    }

    void call() {
        const Token name = tokens_.now();
        if (name.kind != TokenKind::word) return fail("expected Label(…) or LabelRegex(…)");
        const bool regex = name.raw == "LabelRegex";
        if (!regex && name.raw != "Label") {
            return fail(fmt::format("\"{}\" is no function of constraints {}", name.raw,
                                    did_you_mean(name.raw, {"Label", "LabelRegex"})));
        }
        tokens_.take();
        Constraints::Part part{regex ? Operation::matches : Operation::equals};
        if (!tokens_.take_sign("(")) return fail("expected (");
        if (!take_text(part.label)) return;
        if (!tokens_.take_sign(",")) return fail("expected a comma and the label's value");
        const std::size_t offset = tokens_.now().offset;
        if (!take_text(part.value)) return;
        if (!tokens_.take_sign(")")) return fail("expected )");
        if (regex && !compile(part, offset)) return;
        add(std::move(part));
    }

    bool take_text(std::string& out) {
        if (tokens_.now().kind == TokenKind::text && tokens_.now().raw.front() != '\'') {
            out = tokens_.take().value;
            return true;
        }
        fail("expected text in backticks or double quotes");
        return false;
    }

    bool compile(Constraints::Part& part, std::size_t offset) {
        auto pattern = model::LinearRegex::compile(part.value);
        if (pattern) {
            part.pattern = *std::move(pattern);
            return true;
        }
        failed_ = true;
        error_ = {offset, fmt::format("the regular expression: {}", pattern.error().message)};
        return false;
    }

    Tokens tokens_;
    Constraints result_;
    bool failed_ = false;
    Constraints::ParseError error_;
};

tl::expected<Constraints, Constraints::ParseError> Constraints::parse(std::string_view expression) {
    if (trim(expression).empty()) return Constraints();
    return ConstraintParser(expression).run();
}

bool Constraints::admits(const Labels& labels) const {
    std::vector<bool> stack;
    for (const Part& part : parts_) {
        const auto found = labels.find(part.label);
        const std::string_view value = found == labels.end() ? std::string_view() : found->second;
        switch (part.operation) {
            case Operation::equals: stack.push_back(value == part.value); break;
            case Operation::matches: stack.push_back(part.pattern->matches(value)); break;
            case Operation::negate: stack.back() = !stack.back(); break;
            case Operation::both:
            case Operation::either: {
                const bool right = stack.back();
                stack.pop_back();
                stack.back() =
                    part.operation == Operation::both ? stack.back() && right : stack.back() || right;
                break;
            }
        }
    }
    return stack.empty() || stack.back();
}

}   // namespace gatehouse::traefik
