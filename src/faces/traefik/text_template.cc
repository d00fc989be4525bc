#include "faces/traefik/text_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/suggestion.h"
#include "base/text.h"
#include "faces/traefik/expression.h"
#include "faces/traefik/values.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view white = " \t\r\n";

struct Command;
using Pipeline = std::vector<Command>;

struct Operand {
    enum class Kind : std::uint8_t { literal, dot, variable, inner } kind = Kind::literal;
    TemplateValue literal{};
    std::string variable{};
    std::shared_ptr<const Pipeline> inner{};
    std::vector<std::string> path{};   // of fields
};

struct Command {
    const TemplateFunction* function = nullptr;   // null: the first operand itself
    std::vector<Operand> operands{};
};

}   // namespace

struct Branch;

struct Piece {
    std::string text{};             // as it stands
    Pipeline pipeline{};            // or what this gives
    std::string variable{};         // which is not written, but kept under this name
    std::vector<Branch> branches;   // or the first of these whose condition is true
};

struct TextTemplate::Body {
    std::vector<Piece> pieces;
};

struct Branch {
    Pipeline condition;   // empty: else
    TextTemplate::Body body;
};

namespace {

using Body = TextTemplate::Body;

// One action, from between the braces.
class ActionParser {
public:
    ActionParser(std::string_view text, std::size_t offset) : tokens_(text), offset_(offset) {}

    Tokens& tokens() { return tokens_; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] TextTemplate::ParseError error() { return std::move(error_); }

    void fail(std::string message) {
        if (!failed_) error_ = {offset_ + tokens_.now().offset, std::move(message)};
        failed_ = true;
    }

    Pipeline pipeline(std::size_t depth) {
        Pipeline out;
        do out.push_back(command(depth));
        while (!failed_ && tokens_.take_sign("|"));
        return out;
    }

    void end() {
        if (!failed_ && tokens_.now().kind != TokenKind::end) {
            fail(fmt::format("\"{}\" is not expected here", tokens_.now().raw));
        }
    }

private:
    [[nodiscard]] bool at_operand() const {
        const Token& token = tokens_.now();
        const bool opens = tokens_.is_sign(".") || tokens_.is_sign("$") || tokens_.is_sign("(");
        return token.kind == TokenKind::word || token.kind == TokenKind::text ||
               token.kind == TokenKind::number || opens;
    }

    Command command(std::size_t depth) {
        Command out;
        const Token& first = tokens_.now();
        if (first.kind == TokenKind::word && !is_constant(first.raw)) {
            out.function = function_named(first.raw);
            if (out.function == nullptr) return out;
            tokens_.take();
        } else if (!at_operand()) {
            fail("expected a field, a text or a function");
            return out;
        }
        while (!failed_ && at_operand()) out.operands.push_back(operand(depth));
        if (out.function == nullptr && out.operands.size() > 1) fail("only a function takes arguments");
        return out;
    }

    const TemplateFunction* function_named(std::string_view name) {
        const TemplateFunction* function = find_template_function(name);
        if (function == nullptr) {
            const std::string meant = did_you_mean(name, template_function_names());
            fail(fmt::format("\"{}\" is no function known here{}{}", name, meant.empty() ? "" : ": ", meant));
        }
        return function;
    }

    static bool is_constant(std::string_view word) {
        return word == "true" || word == "false" || word == "nil";
    }

    Operand operand(std::size_t depth) {
        Operand out;
        if (depth >= TextTemplate::deepest) {
            fail("too many parentheses within each other");
            return out;
        }
        const Token token = tokens_.take();
        if (token.kind == TokenKind::text) {
            out.literal = token.value;
        } else if (token.kind == TokenKind::number) {
            out.literal = parse_number(token.raw).value_or(0);
        } else if (token.kind == TokenKind::word) {
            word_operand(out, token.raw);
        } else if (token.raw == "(") {
            out.kind = Operand::Kind::inner;
            out.inner = std::make_shared<const Pipeline>(pipeline(depth + 1));
            if (!failed_ && !tokens_.take_sign(")")) fail("expected )");
            fields(out);
        } else if (token.raw == "$") {
            out.kind = Operand::Kind::variable;
            if (tokens_.now().kind == TokenKind::word && !tokens_.after_space())
                out.variable = tokens_.take().raw;
            fields(out);
        } else {
            out.kind = Operand::Kind::dot;
            if (tokens_.now().kind == TokenKind::word && !tokens_.after_space()) {
                out.path.emplace_back(tokens_.take().raw);
                fields(out);
            }
        }
        return out;
    }

    void word_operand(Operand& out, std::string_view word) {
        if (word != "nil" && is_constant(word)) {
            out.literal = word == "true";
        } else if (word != "nil") {   // a function without arguments
            out.kind = Operand::Kind::inner;
            const TemplateFunction* function = function_named(word);
            if (function != nullptr) out.inner = std::make_shared<const Pipeline>(Pipeline{{function, {}}});
        }
    }

    void fields(Operand& out) {   // .Labels.x
        while (!failed_ && tokens_.is_sign(".") && !tokens_.after_space()) {
            tokens_.take();
            if (tokens_.now().kind != TokenKind::word) return fail("expected a field's name after the dot");
            out.path.emplace_back(tokens_.take().raw);
        }
    }

    Tokens tokens_;
    std::size_t offset_;
    bool failed_ = false;
    TextTemplate::ParseError error_;
};

// The text: what is outside the braces, and which actions belong together.
class TemplateParser {
public:
    explicit TemplateParser(std::string_view text) : text_(text) {}

    tl::expected<Body, TextTemplate::ParseError> run() {
        Body body = read_body(0);
        if (!failed_ && !closing_.empty())
            fail(action_offset_, fmt::format("\"{}\" without an if", closing_));
        if (failed_) return tl::make_unexpected(std::move(error_));
        return body;
    }

private:
    void fail(std::size_t offset, std::string message) {
        if (!failed_) error_ = {offset, std::move(message)};
        failed_ = true;
    }

    // Up to the end, or to an action that closes (else, end): that one is left in closing_ and action_.
    Body read_body(std::size_t depth) {
        Body body;
        closing_ = {};
        while (!failed_) {
            const std::size_t open = std::min(text_.find("{{", at_), text_.size());
            std::string_view plain = text_.substr(at_, open - at_);
            if (trim_next_) plain.remove_prefix(std::min(plain.find_first_not_of(white), plain.size()));
            const bool trims = text_.substr(open).starts_with("{{-");
            if (trims) plain = plain.substr(0, plain.find_last_not_of(white) + 1);
            if (!plain.empty()) body.pieces.emplace_back().text = plain;
            if (open == text_.size()) {
                at_ = open;
                return body;
            }
            if (!read_action(open + (trims ? 3 : 2)) || act(body, depth)) return body;
        }
        return body;
    }

    // Sets action_ to what is between the braces. A brace within quotes closes nothing.
    bool read_action(std::size_t begin) {
        char quote = 0;
        for (std::size_t i = begin; i < text_.size(); ++i) {
            const char c = text_[i];
            if (quote != 0) {
                if (c == '\\' && quote == '"') ++i;
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '`') {
                quote = c;
            } else if (text_.substr(i, 2) == "}}") {
                action_ = text_.substr(begin, i - begin);
                action_offset_ = begin;
                trim_next_ = action_.ends_with('-');
                if (trim_next_) action_.remove_suffix(1);
                at_ = i + 2;
                return true;
            }
        }
        fail(begin, "{{ without }}");
        return false;
    }

    // True: the action closes the body it stands in.
    bool act(Body& body, std::size_t depth) {
        if (trimmed_action().starts_with("/*")) return false;
        ActionParser parser(action_, action_offset_);
        Tokens& tokens = parser.tokens();
        const std::string word(tokens.now().kind == TokenKind::word ? tokens.now().raw : "");
        if (word == "end" || word == "else") {
            closing_ = word;
            return true;
        }
        if (word == "if") {
            if (depth >= TextTemplate::deepest) {
                fail(action_offset_, "too many conditions within each other");
            } else {
                tokens.take();
                condition(body, parser, depth);
            }
            return false;
        }
        for (const std::string_view other :
             {"range", "with", "define", "template", "block", "break", "continue"}) {
            if (word == other) fail(action_offset_, fmt::format("{{{{ {} }}}} is not supported here", word));
        }
        if (failed_) return false;
        Piece piece;
        if (tokens.is_sign("$")) assignment(piece, parser);
        piece.pipeline = parser.pipeline(0);
        parser.end();
        if (parser.failed()) return take_error(parser);
        body.pieces.push_back(std::move(piece));
        return false;
    }

    [[nodiscard]] std::string_view trimmed_action() const {
        return action_.substr(std::min(action_.find_first_not_of(white), action_.size()));
    }

    bool take_error(ActionParser& parser) {
        error_ = parser.error();
        failed_ = true;
        return false;
    }

    // `$name := ` in front; a `$name` alone is left for the pipeline.
    static void assignment(Piece& piece, ActionParser& parser) {
        Tokens ahead = parser.tokens();
        ahead.take();
        if (ahead.now().kind != TokenKind::word) return;
        const std::string name(ahead.take().raw);
        if (!ahead.take_sign(":=") && !ahead.take_sign("=")) return;
        parser.tokens() = ahead;
        piece.variable = name;
    }

    void condition(Body& body, ActionParser& first, std::size_t depth) {
        Piece piece;
        Pipeline pipeline = first.pipeline(0);
        first.end();
        if (first.failed()) return (void)take_error(first);
        while (!failed_) {
            piece.branches.push_back({std::move(pipeline), read_body(depth + 1)});
            if (failed_) return;
            if (closing_.empty()) return fail(action_offset_, "if without an end");
            if (closing_ == "end") break;
            ActionParser parser(action_, action_offset_);
            parser.tokens().take();   // else
            pipeline.clear();
            if (parser.tokens().now().raw == "if") {
                parser.tokens().take();
                pipeline = parser.pipeline(0);
            }
            parser.end();
            if (parser.failed()) return (void)take_error(parser);
        }
        closing_ = {};
        body.pieces.push_back(std::move(piece));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool trim_next_ = false;
    std::string_view action_;
    std::size_t action_offset_ = 0;
    std::string closing_;
    bool failed_ = false;
    TextTemplate::ParseError error_;
};

}   // namespace

tl::expected<TextTemplate, TextTemplate::ParseError> TextTemplate::parse(std::string_view text) {
    auto body = TemplateParser(text).run();
    if (!body) return tl::make_unexpected(std::move(body.error()));
    return TextTemplate(std::make_shared<const Body>(std::move(*body)));
}

namespace {

class Rendering {
public:
    explicit Rendering(const TemplateFacts& facts) : facts_(facts) {}

    std::string run(const Body& body) {
        write(body);
        return std::move(out_);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    using Value = TemplateValue;

    Value fail(std::string message) {
        if (problem_.empty()) problem_ = std::move(message);
        return {};
    }

    void write(const Body& body) {
        for (const Piece& piece : body.pieces) {
            if (!problem_.empty()) return;
            if (!piece.branches.empty()) {
                choose(piece);
            } else if (piece.pipeline.empty()) {
                out_ += piece.text;
            } else if (Value value = evaluate(piece.pipeline); !piece.variable.empty()) {
                variables_[piece.variable] = std::move(value);
            } else if (std::holds_alternative<std::monostate>(value) && problem_.empty()) {
                fail("a value is missing: a field or label that is not there");
            } else {
                out_ += printed(value);
            }
            if (out_.size() > TextTemplate::longest_text) fail("the text gets too long");
        }
    }

    void choose(const Piece& piece) {
        for (const Branch& branch : piece.branches) {
            if (!branch.condition.empty() && !is_true(evaluate(branch.condition))) continue;
            if (problem_.empty()) write(branch.body);
            return;
        }
    }

    Value evaluate(const Pipeline& pipeline) {
        Value value;
        bool piped = false;
        for (const Command& command : pipeline) {
            std::vector<Value> arguments;
            for (const Operand& operand : command.operands) arguments.push_back(evaluate(operand));
            if (command.function == nullptr) {
                if (piped) return fail("a value can be piped into a function only");
                value = std::move(arguments.front());
            } else {
                if (piped) arguments.push_back(std::move(value));
                value = call(*command.function, arguments);
            }
            if (!problem_.empty()) return {};
            piped = true;
        }
        return value;
    }

    Value call(const TemplateFunction& function, const std::vector<Value>& arguments) {
        if (!problem_.empty()) return {};
        if (arguments.size() < function.least || arguments.size() > function.most) {
            return fail(fmt::format("\"{}\" takes {} arguments, not {}", function.name, function.least,
                                    arguments.size()));
        }
        auto value = function.call(arguments, facts_.environment);
        if (!value) return fail(fmt::format("\"{}\": {}", function.name, value.error()));
        return std::move(*value);
    }

    Value evaluate(const Operand& operand) {
        switch (operand.kind) {
            case Operand::Kind::literal: return operand.literal;
            case Operand::Kind::dot: return field_of_dot(operand.path, 0);
            case Operand::Kind::variable: {
                if (operand.variable.empty()) return field_of_dot(operand.path, 0);   // $ is the dot
                const auto found = variables_.find(operand.variable);
                if (found == variables_.end())
                    return fail(fmt::format("${} was never set", operand.variable));
                return fields_of(found->second, operand.path, 0);
            }
            case Operand::Kind::inner:
                return operand.inner ? fields_of(evaluate(*operand.inner), operand.path, 0) : Value();
        }
        return {};
    }

    Value field_of_dot(const std::vector<std::string>& path, std::size_t at) {
        if (path.size() <= at) return fail("\".\" alone is no text: .Name, .ContainerName or .Labels");
        const std::string& name = path[at];
        if (facts_.labels == nullptr) return fail(fmt::format("there is no .{} here", name));
        if (name == "Name") return fields_of(std::string(facts_.name), path, at + 1);
        if (name == "ContainerName") return fields_of(std::string(facts_.container_name), path, at + 1);
        if (name == "Labels") return fields_of(*facts_.labels, path, at + 1);
        return fail(fmt::format("there is no .{}: known are .Name, .ContainerName and .Labels", name));
    }

    Value fields_of(Value value, const std::vector<std::string>& path, std::size_t at) {
        if (path.size() <= at) return value;
        const auto* map = std::get_if<TemplateMap>(&value);
        if (map == nullptr || path.size() > at + 1)
            return fail(fmt::format("there is no field .{} here", path[at]));
        const auto found = map->find(path[at]);
        return found == map->end() ? Value() : Value(found->second);
    }

    const TemplateFacts& facts_;
    std::map<std::string, Value> variables_;
    std::string out_;
    std::string problem_;
};

}   // namespace

tl::expected<std::string, std::string> TextTemplate::render(const TemplateFacts& facts) const {
    Rendering rendering(facts);
    std::string text = rendering.run(*body_);
    if (!rendering.problem().empty()) return tl::make_unexpected(rendering.problem());
    return text;
}

}   // namespace gatehouse::traefik
