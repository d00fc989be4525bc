#include "faces/nginx/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faces/nginx/built_in_files.h"
#include "faces/nginx/lexer.h"

namespace gatehouse::nginx {
namespace {

std::string_view last_part_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Diagnostic error_at(const Word& word, std::string message, std::string hint = {}) {
    return {.message = std::move(message),
            .position = word.position,
            .length = word.length,
            .hint = std::move(hint)};
}

Word word_of(Token token) {
    return {.text = std::move(token.text),
            .quoted = token.quoted,
            .position = token.position,
            .length = token.length};
}

class Parser {
public:
    Parser(FileSource& files, Document& document, Diagnostics& diagnostics)
        : files_(files), document_(document), diagnostics_(diagnostics) {}

    void run(const std::string& path, const ParseOptions& options) {
        directory_ = directory_of(path, options);
        if (!options.command_line_directives.empty()) {
            parse_source({"command line", options.command_line_directives, SourceKind::command_line},
                         document_.directives);
        }
        Result<std::string> text = files_.read(path);
        if (!text) {
            diagnostics_.add({.message = why_unreadable(path, text.error())});
            return;
        }
        parse_source({path, *std::move(text), SourceKind::file}, document_.directives);
    }

private:
    // Where one text is being read: the lexer, and how the text got here.
    struct Reading {
        Lexer lexer;
        SourceKind kind;
    };

    void parse_source(Source source, std::vector<Directive>& into);
    [[nodiscard]] bool parse_block(Reading& reading, const Word* opener, std::vector<Directive>& into);
    [[nodiscard]] bool parse_directive(Reading& reading, Token first, std::vector<Directive>& into);
    [[nodiscard]] bool finish_directive(Reading& reading, Directive directive, TokenKind end,
                                        std::vector<Directive>& into);
    [[nodiscard]] bool refuse_foreign_comment(Reading& reading, const Token& first);
    [[nodiscard]] bool fail_with(Diagnostic diagnostic) {
        diagnostics_.add(std::move(diagnostic));
        return false;
    }
    void include(const Directive& directive, std::vector<Directive>& into);
    void include_file(const Word& word, const std::string& path, std::vector<Directive>& into);
    [[nodiscard]] bool within_limits(const Word& word, std::size_t bytes);

    FileSource& files_;
    Document& document_;
    Diagnostics& diagnostics_;
    std::string directory_;
    std::vector<std::string> open_files_;   // the chain of includes being read
    std::size_t block_depth_ = 0;
    std::size_t total_bytes_ = 0;
    std::size_t files_read_ = 0;
};

void Parser::parse_source(Source source, std::vector<Directive>& into) {
    const SourceKind kind = source.kind;
    open_files_.push_back(source.path);
    const std::uint32_t index = document_.sources.add(std::move(source));
    Reading reading{Lexer(document_.sources.at(index).text, index), kind};
    // A failure has its diagnostic, and ends this file only: what encloses it is still worth reading.
    static_cast<void>(parse_block(reading, nullptr, into));
    open_files_.pop_back();
}

// Reads directives up to the `}` that closes the block of `opener`, or to the end of the text when there is
// none.
bool Parser::parse_block(Reading& reading, const Word* opener, std::vector<Directive>& into) {
    for (;;) {
        Diagnosed<Token> token = reading.lexer.next();
        if (!token) return fail_with(std::move(token.error()));
        switch (token->kind) {
            case TokenKind::word:
                if (!parse_directive(reading, *std::move(token), into)) return false;
                break;
            case TokenKind::semicolon:
                return fail_with({.message = "unexpected \";\"",
                                  .position = token->position,
                                  .hint = "expected a directive"});
            case TokenKind::block_open:
                return fail_with({.message = "unexpected \"{\"",
                                  .position = token->position,
                                  .hint = "expected a directive"});
            case TokenKind::block_close:
                if (opener != nullptr) return true;
                return fail_with({.message = "unexpected \"}\"",
                                  .position = token->position,
                                  .hint = "no block is open here: one \"}\" too many?"});
            case TokenKind::end:
                if (opener == nullptr) return true;
                return fail_with(error_at(*opener, "unexpected end of file, expecting \"}\"",
                                          "the block opened here is never closed"));
        }
    }
}

// `//` is no comment in nginx, but often pasted; the rest of such a line would be read as a directive.
bool Parser::refuse_foreign_comment(Reading& reading, const Token& first) {
    const bool slashes = first.text.starts_with("//");
    if (first.quoted || (!slashes && !first.text.starts_with("/*"))) return false;
    diagnostics_.add({.message = fmt::format("unknown directive \"{}\"", first.text),
                      .position = first.position,
                      .length = first.length,
                      .hint = "nginx comments start with \"#\""});
    if (slashes) reading.lexer.skip_line();
    return slashes;
}

bool Parser::parse_directive(Reading& reading, Token first, std::vector<Directive>& into) {
    if (refuse_foreign_comment(reading, first)) return true;
    if (!first.quoted && first.text.starts_with("/*")) return false;
    Directive directive{.name = word_of(std::move(first))};
    for (;;) {
        Diagnosed<Token> token = reading.lexer.next();
        if (!token) return fail_with(std::move(token.error()));
        switch (token->kind) {
            case TokenKind::word:
                if (directive.arguments.size() >= ParseLimits::max_arguments) {
                    return fail_with(error_at(directive.name, "too many arguments",
                                              fmt::format("the limit is {}", ParseLimits::max_arguments)));
                }
                directive.arguments.push_back(word_of(*std::move(token)));
                break;
            case TokenKind::semicolon:
            case TokenKind::block_open:
                return finish_directive(reading, std::move(directive), token->kind, into);
            case TokenKind::block_close:
                return fail_with(
                    {.message = "unexpected \"}\"",
                     .position = token->position,
                     .hint = fmt::format("is a \";\" missing after \"{}\"?",
                                         directive.arguments.empty() ? directive.name.text
                                                                     : directive.arguments.back().text)});
            case TokenKind::end:
                return fail_with(error_at(directive.name,
                                          reading.kind == SourceKind::command_line
                                              ? "unexpected end of parameter, expecting \";\""
                                              : R"(unexpected end of file, expecting ";" or "}")",
                                          "this directive is not ended by \";\""));
        }
    }
}

bool Parser::finish_directive(Reading& reading, Directive directive, TokenKind end,
                              std::vector<Directive>& into) {
    const bool is_include = directive.name.text == "include";
    if (end == TokenKind::block_open) {
        if (reading.kind == SourceKind::command_line) {
            return fail_with(error_at(directive.name, "block directives are not supported in -g option"));
        }
        if (is_include) {
            return fail_with(error_at(directive.name, "directive \"include\" is not terminated by \";\""));
        }
        if (block_depth_ >= ParseLimits::max_block_depth) {
            return fail_with(error_at(directive.name, "too many nested blocks",
                                      fmt::format("the limit is {}", ParseLimits::max_block_depth)));
        }
        if (directive.name.text.ends_with("_by_lua_block")) {   // what follows is Lua, not nginx's grammar
            return fail_with(error_at(directive.name,
                                      fmt::format("unknown directive \"{}\"", directive.name.text),
                                      "this is OpenResty's: Lua is not supported"));
        }
        directive.has_block = true;
        ++block_depth_;
        const bool closed = parse_block(reading, &directive.name, directive.children);
        --block_depth_;
        into.push_back(std::move(directive));
        return closed;
    }
    if (is_include) {
        include(directive, into);
    } else {
        into.push_back(std::move(directive));
    }
    return true;
}

void Parser::include(const Directive& directive, std::vector<Directive>& into) {
    if (directive.arguments.size() != 1) {
        diagnostics_.add(error_at(directive.name, "invalid number of arguments in \"include\" directive",
                                  "expected one file name or pattern"));
        return;
    }
    const Word& word = directive.arguments.front();
    const std::string path = word.text.starts_with('/') ? word.text : directory_ + word.text;
    if (path.find_first_of("*?[") == std::string::npos) {
        include_file(word, path, into);
        return;
    }
    for (const std::string& match : files_.glob(path)) include_file(word, match, into);
}

void Parser::include_file(const Word& word, const std::string& path, std::vector<Directive>& into) {
    if (std::ranges::find(open_files_, path) != open_files_.end()) {
        diagnostics_.add(
            error_at(word, fmt::format("\"{}\" includes itself", path),
                     open_files_.back() == path ? "" : fmt::format("by way of \"{}\"", open_files_.back())));
        return;
    }
    Result<std::string> text = files_.read(path);
    Source source{.path = path, .text = {}, .kind = SourceKind::file};
    if (text) {
        source.text = *std::move(text);
    } else {
        const auto stand_in = built_in_file(last_part_of(path));
        if (!stand_in || text.error().code != ErrorCode::not_found) {
            diagnostics_.add(error_at(word, why_unreadable(path, text.error())));
            return;
        }
        diagnostics_.add({.severity = Severity::notice,
                          .message = fmt::format("\"{}\" does not exist: the built-in one is used", path),
                          .position = word.position,
                          .length = word.length});
        source = {fmt::format("built-in:{}", last_part_of(path)), std::string(*stand_in),
                  SourceKind::built_in};
    }
    if (within_limits(word, source.text.size())) parse_source(std::move(source), into);
}

bool Parser::within_limits(const Word& word, std::size_t bytes) {
    ++files_read_;
    total_bytes_ += bytes;
    if (open_files_.size() > ParseLimits::max_include_depth) {
        return fail_with(error_at(word, "includes are nested too deeply",
                                  fmt::format("the limit is {}", ParseLimits::max_include_depth)));
    }
    if (total_bytes_ > ParseLimits::max_total_bytes || files_read_ > ParseLimits::max_files) {
        return fail_with(error_at(word, "the configuration is too large",
                                  fmt::format("the limits are {} bytes and {} files",
                                              ParseLimits::max_total_bytes, ParseLimits::max_files)));
    }
    return true;
}

}   // namespace

std::string directory_of(const std::string& path, const ParseOptions& options) {
    if (!options.directory.empty()) return options.directory;
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

Document parse(FileSource& files, const std::string& path, const ParseOptions& options,
               Diagnostics& diagnostics) {
    Document document;
    Parser(files, document, diagnostics).run(path, options);
    return document;
}

}   // namespace gatehouse::nginx
