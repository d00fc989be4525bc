// A response head and what follows it: the outcome does not depend on how the input was cut, folded lines
// included, and what was accepted is read back the same when written again.
#include "http/content_type.h"
#include "http/framing.h"
#include "http/h1_writer.h"
#include "tests/fuzz/property.h"
#include "tests/unit/http/feeding.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

constexpr HeadLimits limits{
    .start_line_bytes = 512, .field_bytes = 512, .head_bytes = 4096, .field_count = 40};

void try_body(const ResponseHead& head, std::string_view rest) {
    for (const auto method : {Method::get, Method::head}) {
        const auto framing = response_framing(head, method);
        if (!framing || framing->kind != BodyKind::chunked) continue;
        fuzz::require(method != Method::head, "HEAD has no body");
        const ChunkLimits chunk_limits{.overhead_bytes = 256, .trailer_bytes = 256, .trailer_count = 8};
        fuzz::require_equal(test::decode(rest, chunk_limits),
                            test::decode_at(rest, fuzz::cuts_of(rest), chunk_limits),
                            "a chunked body, whole and cut");
    }
}

void try_writing(const ResponseHead& head) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.status_line(head.version, head.status, head.reason);
    for (const auto& field : head.fields) writer.field(field);
    writer.end();
    Arena arena;
    ResponseHead again;
    const HeadLimits wide{
        .start_line_bytes = 8192, .field_bytes = 8192, .head_bytes = 1 << 20, .field_count = 40};
    const auto progress = ResponseParser(wide).parse(buffer.view(), arena, again);
    fuzz::require(progress.state == Progress::State::done, "a written head is complete");
    fuzz::require(progress.consumed == buffer.size(), "a written head is one head");
    fuzz::require_equal(test::render(head), test::render(again), "a head, read and written and read");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    fuzz::require_equal(test::parse_response(input, limits),
                        test::parse_at<ResponseParser, ResponseHead>(input, fuzz::cuts_of(input), limits),
                        "a response, whole and cut");
    Arena arena;
    ResponseHead head;
    const auto progress = ResponseParser(limits).parse(input, arena, head);
    if (progress.state != Progress::State::done) return 0;
    try_body(head, input.substr(progress.consumed));
    try_writing(head);
    (void)is_persistent(head.version, head.fields);
    (void)charset_of(head.fields.value_of(FieldId::content_type));
    return 0;
}
