#pragma once
// One question by HTTP to a gateway nearby, asked by a command that ends with the answer: blocking, under a
// deadline for each step, over plain TCP or over TLS (whose certificate is not verified: it is the machine's
// own).

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::process {

struct QuestionUrl {
    bool tls = false;
    std::string host;   // an address or "localhost"; IPv6 without brackets; "": this machine
    std::uint16_t port = 80;
    std::string path = "/";
    // "http://:8080/ping", for people.
    [[nodiscard]] std::string describe() const;
};
// The error is a sentence.
[[nodiscard]] tl::expected<QuestionUrl, std::string> parse_question_url(std::string_view url);

struct QuestionAnswer {
    int status = 0;
    std::string reason, body;
};
struct QuestionLimits {
    int step_ms = 5000;                     // of connecting, and between any two pieces
    std::size_t bytes = 64 * 1024 * 1024;   // of the answer
};
// What it says in response to a HEAD or GET. The error is a sentence.
[[nodiscard]] tl::expected<QuestionAnswer, std::string> ask(const QuestionUrl& url, std::string_view method,
                                                            const QuestionLimits& limits = {});

// The bytes of an answer to a request of HTTP/1.0, all of them, taken apart.
[[nodiscard]] tl::expected<QuestionAnswer, std::string> parse_answer(std::string_view bytes);

}   // namespace gatehouse::process
