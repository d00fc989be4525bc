// An endpoint that says anything over HTTP/2: what the owners of requests are told does not depend on how it
// was cut, every request ends, and what was never processed had no answer.
#include "tests/fuzz/h2_owner.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;
using fuzz::H2Owner;

class Client final : public H2SessionEvents {
public:
    Client(std::uint64_t seed, bool idle)
        : random_(seed), idle_(idle), session_(fuzz::small_limits(), *this) {
        for (const auto* method : {"GET", "HEAD", "POST"}) submit(method);
        Buffer out;
        session_.pull(out, 1 << 20);
        said_ = out.view();
    }

    void settings_arrived() override {
        if (!idle_) submit("PUT");
    }

    std::string hear(std::string_view bytes, const std::vector<std::size_t>& cuts) {
        fuzz::feed_at(session_, bytes, cuts, random_, !idle_, said_);
        fuzz::finish(session_, said_);
        std::string log;
        for (const auto& owner : owners_) {
            fuzz::require(owner->over(), "every stream ends");
            log += owner->log + "\n";
        }
        if (session_.failure()) log += session_.failure()->why;
        return log;
    }

private:
    void submit(std::string_view method) {
        if (session_.available() == 0) return;
        const bool ends = method == "GET" || method == "HEAD";
        auto owner = std::make_unique<H2Owner>(session_, random_, idle_);
        const H2Outgoing request{.method = method,
                                 .scheme = "http",
                                 .authority = "a.b",
                                 .path = "/",
                                 .protocol = {},
                                 .fields = nullptr,
                                 .ends = ends};
        owner->may_send = !ends;
        const auto id = session_.submit(request, *owner);
        fuzz::require(id.has_value(), "a stream was available");
        owner->id = *id;
        owners_.push_back(std::move(owner));
    }

    Random random_;
    bool idle_;
    std::vector<std::unique_ptr<H2Owner>> owners_;
    std::string said_;
    H2ClientSession session_;
};

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool greets = (data[0] & 1) == 0;
    const auto bytes =
        (greets ? test::frame(test::settings, test::none, 0) + test::frame(test::settings, test::ack, 0)
                : std::string()) +
        fuzz::frames_of(input);
    fuzz::require_equal(Client(data[0], true).hear(bytes, {bytes.size()}),
                        Client(data[0], true).hear(bytes, fuzz::cuts_of(bytes)),
                        "what an HTTP/2 endpoint said, whole and cut");
    (void)Client(data[0], false).hear(bytes, fuzz::cuts_of(bytes));
    return 0;
}
