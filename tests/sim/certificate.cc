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

}   // namespace gatehouse::simulation
