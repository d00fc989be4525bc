#pragma once
// Feeds a parser its input whole, byte by byte, or cut anywhere, each time from fresh memory of exactly the
// right size, so that a view kept across calls or a byte read too far is seen. The outcome is text, to be
// compared and printed.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/chunked.h"
#include "http/h1_parser.h"

namespace gatehouse::http::test {

inline std::string render(const Fields& fields) {
    std::string text;
    for (const auto& field : fields) {
        text.append(field.name).append("=").append(field.value).append("|");
    }
    return text;
}
inline std::string render(const RequestHead& head) {
    return std::string(head.method_text)
               .append(" ")
               .append(head.target)
               .append(" ")
               .append(name_of(head.version)) +
           "|" + render(head.fields);
}
inline std::string render(const ResponseHead& head) {
    return std::string(name_of(head.version)).append(" ") + std::to_string(head.status) + " " +
           std::string(head.reason) + "|" + render(head.fields);
}

template <class Head>
std::string render(const Progress& progress, const Head& head) {
    switch (progress.state) {
        case Progress::State::need_more: return "need more";
        case Progress::State::refused:
            return std::to_string(progress.error.status) + " " + progress.error.rule;
        case Progress::State::done: return render(head) + " after " + std::to_string(progress.consumed);
    }
    return {};
}

// `ends` are the lengths of the input given at each call, rising; the last is usually all of it.
template <class Parser, class Head>
std::string parse_at(std::string_view input, const std::vector<std::size_t>& ends,
                     const HeadLimits& limits = {}) {
    Parser parser(limits);
    Arena arena;
    Head head;
    std::string outcome;
    std::unique_ptr<char[]> memory;
    for (const auto end : ends) {
        auto moved = std::make_unique<char[]>(end);
        if (end > 0) std::memcpy(moved.get(), input.data(), end);
        memory = std::move(moved);
        const auto progress = parser.parse({memory.get(), end}, arena, head);
        outcome = render(progress, head);
        if (progress.state != Progress::State::need_more) break;
    }
    return outcome;
}

inline std::vector<std::size_t> every_length(std::size_t size) {
    std::vector<std::size_t> ends;
    for (std::size_t end = 0; end <= size; ++end) ends.push_back(end);
    return ends;
}

inline std::string parse_request(std::string_view input, const HeadLimits& limits = {}) {
    return parse_at<RequestParser, RequestHead>(input, {input.size()}, limits);
}
inline std::string parse_response(std::string_view input, const HeadLimits& limits = {}) {
    return parse_at<ResponseParser, ResponseHead>(input, {input.size()}, limits);
}

// A parsed request head together with what its views point into.
struct ParsedRequest {
    std::string bytes;
    Arena arena;
    RequestHead head;
    Progress progress;
};
inline std::unique_ptr<ParsedRequest> parsed_request(std::string bytes) {
    auto parsed = std::make_unique<ParsedRequest>();
    parsed->bytes = std::move(bytes);
    RequestParser parser;
    parsed->progress = parser.parse(parsed->bytes, parsed->arena, parsed->head);
    return parsed;
}
struct ParsedResponse {
    std::string bytes;
    Arena arena;
    ResponseHead head;
    Progress progress;
};
inline std::unique_ptr<ParsedResponse> parsed_response(std::string bytes) {
    auto parsed = std::make_unique<ParsedResponse>();
    parsed->bytes = std::move(bytes);
    ResponseParser parser;
    parsed->progress = parser.parse(parsed->bytes, parsed->arena, parsed->head);
    return parsed;
}

// A chunked body fed in pieces that end at `ends`: "payload|trailers after N", "400 rule", or "need more".
inline std::string decode_at(std::string_view input, const std::vector<std::size_t>& ends,
                             const ChunkLimits& limits = {}) {
    ChunkedDecoder decoder(limits);
    std::string payload;
    std::size_t begin = 0;
    std::size_t consumed = 0;
    for (const auto end : ends) {
        const auto memory = std::make_unique<char[]>(end - begin);
        if (end > begin) std::memcpy(memory.get(), input.data() + begin, end - begin);
        std::string_view piece(memory.get(), end - begin);
        begin = end;
        for (bool more = true; more;) {
            const auto step = decoder.step(piece);
            payload.append(step.payload);
            piece.remove_prefix(step.consumed);
            consumed += step.consumed;
            more = step.state == ChunkedDecoder::State::data;
            if (step.state == ChunkedDecoder::State::done) {
                Arena arena;
                return payload + "|" + render(decoder.trailers(arena)) + " after " + std::to_string(consumed);
            }
            if (step.state == ChunkedDecoder::State::refused) {
                return std::to_string(decoder.error().status) + " " + decoder.error().rule;
            }
        }
    }
    return "need more";
}
inline std::string decode(std::string_view input, const ChunkLimits& limits = {}) {
    return decode_at(input, {input.size()}, limits);
}

}   // namespace gatehouse::http::test
