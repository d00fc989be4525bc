// What holds for every input, tried with generated ones.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "http/date.h"
#include "http/h1_writer.h"
#include "http/range.h"
#include "http/uri.h"
#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

// Text out of pieces that matter, so that generated input goes deep.
std::string from_pieces(const std::vector<std::string>& pieces, std::size_t most) {
    const auto count = *rc::gen::inRange<std::size_t>(0, most);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += *rc::gen::elementOf(pieces);
    return text;
}

std::vector<std::size_t> some_cuts(std::size_t size) {
    auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, size + 1));
    cuts.push_back(size);
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

const std::vector<std::string> head_pieces = {
    "GET ",
    "/",
    "/a?b ",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/1.1 200 OK",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "Host: a",
    "X: y",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    std::string(1, '\0'),
    "\x7f",
    "\xc3\xa9",
    "a_b: c",
    "POST ",
};
const HeadLimits small_limits{.start_line_bytes = 30, .field_bytes = 20, .head_bytes = 70, .field_count = 3};

RC_GTEST_PROP(h1_parser_property, any_request_reads_the_same_however_it_is_cut, ()) {
    const auto prefix = *rc::gen::element<std::string>("", "GET / HTTP/1.1\r\n");
    const auto input = prefix + from_pieces(head_pieces, 20);
    const auto cuts = some_cuts(input.size());
    RC_ASSERT((test::parse_at<RequestParser, RequestHead>(input, cuts, small_limits)) ==
              test::parse_request(input, small_limits));
}

RC_GTEST_PROP(h1_parser_property, any_response_reads_the_same_however_it_is_cut, ()) {
    const auto prefix = *rc::gen::element<std::string>("", "HTTP/1.1 200 OK\r\n");
    const auto input = prefix + from_pieces(head_pieces, 20);
    const auto cuts = some_cuts(input.size());
    RC_ASSERT((test::parse_at<ResponseParser, ResponseHead>(input, cuts, small_limits)) ==
              test::parse_response(input, small_limits));
}

RC_GTEST_PROP(h1_parser_property, what_the_writer_wrote_is_read_back, ()) {
    const auto names = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::inRange('a', static_cast<char>('z' + 1)))));
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.request_line("GET", "/", Version::http_1_1);
    std::string expected = "GET / HTTP/1.1|";
    for (const auto& name : names) {
        const auto value = *rc::gen::container<std::string>(rc::gen::inRange('!', '~'));
        writer.field(name, value);
        expected += name + "=" + value + "|";
    }
    writer.end();
    const HeadLimits limits{
        .start_line_bytes = 100, .field_bytes = 10'000, .head_bytes = 1'000'000, .field_count = 10'000};
    RC_ASSERT(test::parse_request(buffer.view(), limits) ==
              expected + " after " + std::to_string(buffer.size()));
}

RC_GTEST_PROP(chunked_property, any_body_reads_the_same_however_it_is_cut, ()) {
    const std::vector<std::string> pieces = {
        "0",  "1",  "5",     "a",    "\r\n", "\r\n",      "\r\n",           "\n",
        "\r", ";x", "hello", "A: b", " ",    "0\r\n\r\n", "5\r\nhello\r\n", "1\r\nx\r\n"};
    const auto input = from_pieces(pieces, 25);
    const ChunkLimits limits{.overhead_bytes = 20, .trailer_bytes = 20, .trailer_count = 2};
    RC_ASSERT(test::decode_at(input, some_cuts(input.size()), limits) == test::decode(input, limits));
}

RC_GTEST_PROP(chunked_property, what_was_encoded_is_decoded, (const std::vector<std::string>& payloads)) {
    std::string input;
    std::string expected;
    for (const auto& payload : payloads) {
        if (payload.empty()) continue;
        std::array<char, chunk_head_bytes> head{};
        input.append(head.data(), write_chunk_head(head, payload.size())).append(payload).append(chunk_end);
        expected += payload;
    }
    input += last_chunk;
    RC_ASSERT(test::decode_at(input, some_cuts(input.size())) ==
              expected + "| after " + std::to_string(input.size()));
}

std::string any_path() {
    return "/" + from_pieces({"/", "/", ".", "..", "a", "b", "%2e", "%2F", "%41", "%25", "%", "\xff", "%ff",
                              " ", "%00"},
                             15);
}

RC_GTEST_PROP(uri_property, a_normalized_path_stays_below_the_root, (bool merge_slashes)) {
    Arena arena;
    const auto uri = any_path();   // results may be views of it
    const auto result = normalize_uri(uri, arena, merge_slashes);
    if (!result) return;
    const auto path = std::string(result->path) + "/";
    RC_ASSERT(path.front() == '/');
    RC_ASSERT(path.find('\0') == std::string::npos);
    RC_ASSERT(path.find("/../") == std::string::npos);
    RC_ASSERT(path.find("/./") == std::string::npos);
    if (merge_slashes) RC_ASSERT(result->path.find("//") == std::string_view::npos);
}

RC_GTEST_PROP(uri_property, an_escaped_normalized_path_means_the_same, (bool merge_slashes)) {
    Arena arena;
    const auto uri = any_path();
    const auto once = normalize_uri(uri, arena, merge_slashes);
    if (!once) return;
    const auto again = normalize_uri(escape(once->path, Escape::uri, arena), arena, merge_slashes);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->path == once->path);
}

RC_GTEST_PROP(uri_property, unescape_undoes_escape, (const std::string& text)) {
    Arena arena;
    for (const auto kind : {Escape::uri, Escape::args, Escape::component}) {
        RC_ASSERT(unescape(escape(text, kind, arena), arena) == text);
    }
}

RC_GTEST_PROP(date_property, what_was_written_is_read_back, ()) {
    const auto time = *rc::gen::inRange<std::time_t>(-2'000'000'000, 200'000'000'000);
    std::array<char, http_date_bytes> text{};
    RC_ASSERT(parse_http_date(format_http_date(time, text)) == time);
}

RC_GTEST_PROP(range_property, selected_ranges_are_inside, ()) {
    Arena arena;
    const auto value =
        "bytes=" +
        from_pieces({"-", "-", ",", "0", "1", "5", "10", "99", " ", "9223372036854775807", "x"}, 14);
    const auto size = *rc::gen::inRange<std::uint64_t>(0, 120);
    const auto selection = select_ranges(value, size, arena);
    RC_ASSERT((selection.kind == RangeSelection::Kind::partial) == !selection.ranges.empty());
    for (const auto& range : selection.ranges) RC_ASSERT(range.first < range.end && range.end <= size);
}

}   // namespace
}   // namespace gatehouse::http
