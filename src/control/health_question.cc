#include "control/health_question.h"

#include "base/text.h"
#include "http/framing.h"
#include "http/h1_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::control {
namespace {

using Refusal = tl::unexpected<std::string>;

std::string request_text(const HealthQuestion& question) {
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", question.method, question.path, question.host);
    bool names_agent = false;
    for (const auto& [name, value] : question.check.fields) {
        if (equals_ignoring_case(name, "Host") || equals_ignoring_case(name, "Connection")) continue;
        names_agent = names_agent || equals_ignoring_case(name, "User-Agent");
        text += fmt::format("{}: {}\r\n", name, value);
    }
    if (!names_agent) text += "User-Agent: Gatehouse-HealthCheck\r\n";
    return text + "Connection: close\r\n\r\n";
}

// Until the end of a body that has one nearby. What goes wrong here says nothing: the head was read.
loop::Task<void> read_body(net::Stream& stream, Buffer& in, const http::Framing& framing) {
    const bool is_counted = framing.kind == http::BodyKind::length;
    const auto most = is_counted ? std::min<std::uint64_t>(framing.length, largest_health_body)
                                 : std::uint64_t{largest_health_body};
    if (!framing.has_body()) co_return;
    while (in.size() < most) {
        const auto read = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
        if (!read || *read == 0) co_return;
    }
}

http::Method method_of(const HealthQuestion& question) {
    return question.method == "HEAD" ? http::Method::head : http::Method::get;
}

}   // namespace

loop::Task<HealthAnswered> ask_over_http_1(net::Stream& stream, const HealthQuestion& question) {
    const std::string request = request_text(question);
    const auto written = co_await stream.write(request, loop::forever);
    if (!written) co_return Refusal(fmt::format("it takes no request: {}", written.error().describe()));
    Buffer in;
    Arena arena;
    http::ResponseHead head;
    http::ResponseParser parser;
    constexpr unsigned most_interim_heads = 16;
    for (unsigned interim = 0; interim <= most_interim_heads; ++interim) {
        http::Progress progress = parser.parse(in.view(), arena, head);
        while (progress.state == http::Progress::State::need_more) {
            if (in.size() > largest_health_head) co_return Refusal("its answer begins with too large a head");
            const auto read = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
            if (!read) co_return Refusal(fmt::format("it does not answer: {}", read.error().describe()));
            if (*read == 0) co_return Refusal("it closes the connection without an answer");
            progress = parser.parse(in.view(), arena, head);
        }
        if (progress.state == http::Progress::State::refused)
            co_return Refusal(fmt::format("it does not answer in HTTP: {}", progress.error.rule));
        const bool is_final = head.status >= 200 || head.status == 101;
        HealthAnswer answer{.status = head.status,
                            .location = std::string(head.fields.value_of(http::FieldId::location))};
        const auto framing = http::response_framing(head, method_of(question));
        in.consume(progress.consumed);
        if (is_final) {
            if (framing) co_await read_body(stream, in, *framing);
            co_return answer;
        }
        parser.reset();
        head = http::ResponseHead();
    }
    co_return Refusal("it answers with interim responses only");
}

}   // namespace gatehouse::control
