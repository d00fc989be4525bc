// A client of an HTTP/2 connection that says anything: what the owners are told does not depend on how it was
// cut, and is well-formed; what the server says is whole frames; no stream is left behind.
#include "http/framing.h"
#include "http/host.h"
#include "http/uri.h"
#include "tests/fuzz/h2_owner.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;
using fuzz::H2Owner;

class Server final : public H2ServerEvents {
public:
    Server(std::uint64_t seed, bool idle)
        : random_(seed), idle_(idle), session_(fuzz::small_limits(), *this) {}

    H2StreamEvents* request_arrived(StreamId id, std::unique_ptr<H2Request> request) override {
        understand(*request);
        if (!idle_ && random_.one_in(16)) return nullptr;
        auto& owner = owners_.emplace_back(std::make_unique<H2Owner>(session_, random_, idle_));
        owner->id = id;
        owner->log = std::string(request->head.line) + test::text_of(request->head.fields) +
                     std::to_string(request->refusal.status);
        if (idle_) return owner.get();
        if (random_.one_in(4)) session_.inform(id, 103, request->head.fields);
        if (random_.one_in(2)) {
            owner->may_send = true;
            session_.respond(id, 200, request->head.fields, random_.one_in(3));
        }
        kept_.push_back(std::move(request));
        return owner.get();
    }
    void stream_refused(StreamId id, H2Code code, const char* why) override {
        (void)code;
        fuzz::require(*why != '\0', "a reason");
        log_ += "refused " + std::to_string(id);
    }

    // What the owners heard.
    std::string hear(std::string_view bytes, const std::vector<std::size_t>& cuts) {
        std::string said;
        fuzz::feed_at(session_, bytes, cuts, random_, !idle_, said);
        fuzz::require(session_.open_streams() <= 10, "the limit of streams");
        fuzz::finish(session_, said);
        for (const auto& owner : owners_) log_ += owner->log + "\n";
        for (const auto& owner : owners_) fuzz::require(owner->over(), "every stream ends");
        if (session_.failure()) log_ += session_.failure()->why;
        return log_;
    }

private:
    void understand(const H2Request& request) {
        const auto& head = request.head;
        fuzz::require(!head.method_text.empty() && is_token(head.method_text), "a method");
        for (const auto& field : head.fields) {
            fuzz::require(field.form != NameForm::strange, "names are tokens");
            fuzz::require(field.id == FieldId::te || !is_hop_by_hop(field.id) || field.id == FieldId::trailer,
                          "no field of one connection");
            fuzz::require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
                          "no line end in a value");
        }
        fuzz::require(head.fields.count(FieldId::host) <= 1, "one host at most");
        fuzz::require(head.fields.count(FieldId::cookie) <= 1, "cookies are joined");
        fuzz::require(head.fields.count(FieldId::content_length) <= 1, "one length at most");
        if (request.refusal.status != 0) return;
        fuzz::require(!head.target.empty(), "a target");
        Arena arena;
        const auto target = parse_target(head.method, head.target);
        if (target) (void)request_host(head, *target, arena);
    }
    static bool is_token(std::string_view text) {
        return std::ranges::none_of(text, [](char c) { return c <= ' ' || c == 0x7f; });
    }

    Random random_;
    bool idle_;
    std::vector<std::unique_ptr<H2Request>> kept_;
    std::vector<std::unique_ptr<H2Owner>> owners_;
    std::string log_;
    H2ServerSession session_;
};

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool greets = (data[0] & 1) == 0;
    const auto bytes = (greets ? test::hello() : std::string()) + fuzz::frames_of(input);
    fuzz::require_equal(Server(data[0], true).hear(bytes, {bytes.size()}),
                        Server(data[0], true).hear(bytes, fuzz::cuts_of(bytes)),
                        "what an HTTP/2 client said, whole and cut");
    (void)Server(data[0], false).hear(bytes, fuzz::cuts_of(bytes));
    return 0;
}
