#include "certificate.h"

#include "support/certificates.h"
#include "tls/session.h"

#include <cstdlib>

namespace gatehouse::simulation {
namespace {

const test::Issued& issued() {
    static const test::Issued made =
        test::Authority("authority", test::KeyKind::rsa).issue({"gateway.test"}, test::KeyKind::rsa);
    return made;
}

const tls::ClientContext& client_context() {
    static const auto made = [] {
        tls::ClientSettings settings;
        settings.verify = false;
        settings.session_reuse = false;
        auto context = tls::ClientContext::make(std::move(settings));
        if (!context) std::abort();
        return *context;
    }();
    return *made;
}

const std::shared_ptr<const tls::ServerContext>& endpoint_context() {
    static const auto made = [] {
        tls::ServerSettings settings;
        settings.certificates = {{issued().certificate_pem, issued().key_pem, "c.pem", "k.pem"}};
        settings.session_cache.kind = tls::SessionCacheSettings::Kind::off;
        settings.tickets = false;
        auto context = tls::ServerContext::make(std::move(settings));
        if (!context) std::abort();
        return *context;
    }();
    return made;
}

class OneProtocol final : public tls::ContextChooser {
public:
    explicit OneProtocol(std::string_view protocol) : protocol_(protocol) {}
    std::shared_ptr<const tls::ServerContext> choose(std::string_view) override { return endpoint_context(); }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return {&protocol_, 1};
    }

private:
    std::string_view protocol_;
};

}   // namespace

const std::string& certificate_pem() { return issued().certificate_pem; }
const std::string& key_pem() { return issued().key_pem; }

loop::Task<bool> shake_hands(net::Stream& stream, std::string_view protocol) {
    constexpr loop::Duration patience = std::chrono::hours(1);
    tls::ConnectOptions options;
    options.name = "gateway.test";
    options.application_protocols = {&protocol, 1};
    const auto done = co_await stream.begin_tls(tls::Session::connect(client_context(), options), patience);
    co_return done&& stream.tls()->application_protocol() == protocol;
}

loop::Task<bool> accept_hands(net::Stream& stream, std::string_view protocol) {
    constexpr loop::Duration patience = std::chrono::minutes(1);
    OneProtocol chooser(protocol);
    auto session = tls::Session::accept({.default_context = endpoint_context(), .chooser = chooser});
    const auto done = co_await stream.begin_tls(std::move(session), patience);
    const auto agreed = done ? stream.tls()->application_protocol() : std::string_view();
    // over HTTP/1 the gateway asks for no protocol
    co_return done && (agreed == protocol || (agreed.empty() && protocol != "h2"));
}

}   // namespace gatehouse::simulation
