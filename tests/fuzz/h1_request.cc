// A request head and what follows it: the outcome does not depend on how the input was cut, and what was
// accepted is read back the same when written again, so that nothing can hide in it from the next hop.
#include "http/conditional.h"
#include "http/cookie.h"
#include "http/framing.h"
#include "http/h1_writer.h"
#include "http/host.h"
#include "http/range.h"
#include "tests/fuzz/property.h"
#include "tests/unit/http/feeding.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

constexpr HeadLimits limits{
    .start_line_bytes = 512, .field_bytes = 512, .head_bytes = 4096, .field_count = 40};

void try_body(const RequestHead& head, std::string_view rest) {
    const auto framing = request_framing(head);
    if (!framing) return;
    const auto codings = head.fields.count(FieldId::transfer_encoding);
    const auto lengths = head.fields.count(FieldId::content_length);
    fuzz::require(codings + lengths <= 1, "an accepted request has one framing at most");
    if (framing->kind != BodyKind::chunked) return;
    const ChunkLimits chunk_limits{.overhead_bytes = 256, .trailer_bytes = 256, .trailer_count = 8};
    fuzz::require_equal(test::decode(rest, chunk_limits),
                        test::decode_at(rest, fuzz::cuts_of(rest), chunk_limits),
                        "a chunked body, whole and cut");
}

void try_writing(const RequestHead& head) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.request_line(head.method_text, head.target, head.version);
    for (const auto& field : head.fields) writer.field(field);
    writer.end();
    Arena arena;
    RequestHead again;
    HeadLimits wide = limits;
    wide.head_bytes = 1 << 20;
    wide.field_bytes += 2;   // ": " where there was ":"
    const auto progress = RequestParser(wide).parse(buffer.view(), arena, again);
    fuzz::require(progress.state == Progress::State::done, "a written head is complete");
    fuzz::require(progress.consumed == buffer.size(), "a written head is one head");
    fuzz::require_equal(test::render(head), test::render(again), "a head, read and written and read");
}

void try_meaning(const RequestHead& head, Arena& arena) {
    const HopByHop hop_by_hop(head.fields);
    for (const auto& field : head.fields) (void)hop_by_hop.ends_here(field);
    (void)is_persistent(head.version, head.fields);
    (void)find_cookie(head.fields, "a");
    (void)evaluate_preconditions(head.method, head.fields, {"\"x\"", 784'111'777});
    (void)range_applies(head.fields, {"\"x\"", 784'111'777});
    for (const auto& range : select_ranges(head.fields.value_of(FieldId::range), 1000, arena).ranges) {
        fuzz::require(range.first < range.end && range.end <= 1000, "a range is inside");
    }
    const auto target = parse_target(head.method, head.target);
    if (!target) return;
    (void)request_host(head, *target, arena);
    (void)normalize_uri(target->uri, arena);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    fuzz::require_equal(test::parse_request(input, limits),
                        test::parse_at<RequestParser, RequestHead>(input, fuzz::cuts_of(input), limits),
                        "a request, whole and cut");
    Arena arena;
    RequestHead head;
    const auto progress = RequestParser(limits).parse(input, arena, head);
    if (progress.state != Progress::State::done) return 0;
    try_body(head, input.substr(progress.consumed));
    try_writing(head);
    try_meaning(head, arena);
    return 0;
}
