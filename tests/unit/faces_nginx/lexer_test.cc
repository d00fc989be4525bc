#include "faces/nginx/lexer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::nginx {
namespace {

// Words as they are, punctuation as itself, an error as "!message".
std::vector<std::string> tokens_of(std::string_view text) {
    Lexer lexer(text, 0);
    std::vector<std::string> out;
    for (;;) {
        Diagnosed<Token> token = lexer.next();
        if (!token) {
            out.push_back("!" + token.error().message);
            return out;
        }
        switch (token->kind) {
            case TokenKind::word: out.push_back(token->text); break;
            case TokenKind::semicolon: out.emplace_back(";"); break;
            case TokenKind::block_open: out.emplace_back("{"); break;
            case TokenKind::block_close: out.emplace_back("}"); break;
            case TokenKind::end: return out;
        }
    }
}

using Tokens = std::vector<std::string>;

TEST(lexer, splits_words_at_blanks_and_punctuation) {
    EXPECT_EQ(tokens_of("listen  80\tdefault_server;\r\n"), (Tokens{"listen", "80", "default_server", ";"}));
}

TEST(lexer, opens_a_block_without_a_space_before_the_brace) {
    EXPECT_EQ(tokens_of("location /api/{ return 204;}"),
              (Tokens{"location", "/api/", "{", "return", "204", ";", "}"}));
}

TEST(lexer, takes_a_closing_brace_inside_a_word_as_part_of_the_word) {
    EXPECT_EQ(tokens_of("return 200 a}b;"), (Tokens{"return", "200", "a}b", ";"}));
}

TEST(lexer, keeps_braces_of_a_variable_inside_a_word) {
    EXPECT_EQ(tokens_of("set $a ${b}c${d};"), (Tokens{"set", "$a", "${b}c${d}", ";"}));
}

TEST(lexer, opens_a_block_at_a_brace_in_an_unquoted_regular_expression) {
    EXPECT_EQ(tokens_of("location ~ ^/a{2}$ {"), (Tokens{"location", "~", "^/a", "{", "2}$", "{"}));
}

TEST(lexer, keeps_braces_in_a_quoted_regular_expression) {
    EXPECT_EQ(tokens_of(R"(location ~ "^/a{2}\.html$" {)"),
              (Tokens{"location", "~", R"(^/a{2}\.html$)", "{"}));
}

TEST(lexer, unescapes_quotes_backslash_and_control_letters_only) {
    EXPECT_EQ(tokens_of(R"("\"\'\\\t\r\n\d\.";)"), (Tokens{"\"'\\\t\r\n\\d\\.", ";"}));
    EXPECT_EQ(tokens_of(R"(a\ b\;c\{ ;)"), (Tokens{R"(a\ b\;c\{)", ";"}));
}

TEST(lexer, keeps_the_other_kind_of_quote_inside_quotes) {
    EXPECT_EQ(tokens_of(R"('say "hi"' "it's";)"), (Tokens{"say \"hi\"", "it's", ";"}));
}

TEST(lexer, takes_a_quote_inside_a_word_literally) {
    EXPECT_EQ(tokens_of(R"(a"b c"d;)"), (Tokens{"a\"b", "c\"d", ";"}));
}

TEST(lexer, starts_a_comment_only_where_a_token_could_start) {
    EXPECT_EQ(tokens_of("# one; two {\nroot /a#b; # tail\n"), (Tokens{"root", "/a#b", ";"}));
}

TEST(lexer, reads_an_empty_quoted_word) {
    EXPECT_EQ(tokens_of("index '' \"\";"), (Tokens{"index", "", "", ";"}));
}

TEST(lexer, allows_a_parenthesis_after_a_closing_quote) {
    EXPECT_EQ(tokens_of(R"(if ($a = "b"){)"), (Tokens{"if", "($a", "=", "b", ")", "{"}));
}

TEST(lexer, refuses_anything_else_after_a_closing_quote) {
    EXPECT_EQ(tokens_of(R"(root "a"b;)"), (Tokens{"root", "a", "!unexpected \"b\""}));
    EXPECT_EQ(tokens_of(R"(root "a"#b)"), (Tokens{"root", "a", "!unexpected \"#\""}));
    EXPECT_EQ(tokens_of(R"(root "a"})"), (Tokens{"root", "a", "!unexpected \"}\""}));
}

TEST(lexer, reports_an_unclosed_quote_at_the_quote) {
    Lexer lexer("root /a;\nroot 'b;\n}\n", 0);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(lexer.next());
    const Diagnosed<Token> token = lexer.next();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().position, (Position{0, 2, 6}));
    EXPECT_EQ(token.error().hint, "this ' is never closed");
}

TEST(lexer, reports_a_word_cut_off_by_the_end_of_the_file) {
    EXPECT_EQ(tokens_of("root /a"), (Tokens{"root", "!unexpected end of file, expecting \";\" or \"}\""}));
    EXPECT_EQ(tokens_of("a\\"), (Tokens{"!unexpected end of file, expecting \";\" or \"}\""}));
    EXPECT_EQ(tokens_of("\"\\"), (Tokens{"!unexpected end of file, expecting \";\" or \"}\""}));
}

TEST(lexer, counts_lines_and_columns_also_across_quoted_line_ends) {
    Lexer lexer("a 'x\ny'\n  b;", 7);
    ASSERT_EQ(lexer.next()->position, (Position{7, 1, 1}));
    ASSERT_EQ(lexer.next()->position, (Position{7, 1, 3}));
    ASSERT_EQ(lexer.next()->position, (Position{7, 3, 3}));
    ASSERT_EQ(lexer.next()->position, (Position{7, 3, 4}));
}

TEST(lexer, refuses_a_nul_byte_and_an_overlong_word) {
    using namespace std::string_view_literals;
    EXPECT_EQ(tokens_of("ro\0ot;"sv), (Tokens{"!unexpected NUL byte"}));
    EXPECT_EQ(tokens_of(std::string(Lexer::max_word_bytes + 1, 'a') + ";"),
              (Tokens{"!too long parameter \"aaaaaaaaaa...\" started"}));
    EXPECT_EQ(tokens_of(std::string(Lexer::max_word_bytes, 'a') + ";").size(), 2U);
}

TEST(lexer, skips_a_byte_order_mark) {
    EXPECT_EQ(tokens_of("\xEF\xBB\xBFroot a;"), (Tokens{"root", "a", ";"}));
}

}   // namespace
}   // namespace gatehouse::nginx
