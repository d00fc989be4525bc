#include "tls/session_facts.h"

#include "support/certificates.h"
#include "tls/openssl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::tls {
namespace {

test::Authority& authority() {
    static test::Authority made("The authority, of tests");
    return made;
}

struct Wanted {
    ProtocolSet protocols{Protocol::tls_1_3};
    bool shows_certificate = false;
    bool is_trusted = true;   // by the server
    ClientSessions* sessions = nullptr;
};

struct OneSite final : ContextChooser {
    explicit OneSite(std::shared_ptr<const ServerContext> context) : only(std::move(context)) {}
    std::shared_ptr<const ServerContext> choose(std::string_view) override { return only; }
    std::span<const std::string_view> application_protocols() const override { return protocols; }
    static constexpr std::string_view protocols[] = {"http/1.1"};
    std::shared_ptr<const ServerContext> only;
};

// The server's end of a session whose hands are shaken.
struct Established {
    explicit Established(const Wanted& wanted) {
        const auto issued = authority().issue({"site.example"});
        ServerSettings settings;
        settings.certificates = {{issued.certificate_pem, issued.key_pem, "c", "k"}};
        settings.protocols = wanted.protocols;
        settings.client_verification = ClientVerification::optional;
        static const test::Authority stranger("A stranger");
        settings.client_ca_pem = wanted.is_trusted ? authority().pem() : stranger.pem();
        of_server = ServerContext::make(std::move(settings)).value();
        ClientSettings asking;
        asking.trusted_pem = authority().pem();
        if (wanted.shows_certificate) {
            client_certificate = authority().issue({"client.example"}, test::KeyKind::ecdsa, 10);
            asking.certificate = {client_certificate.certificate_pem, client_certificate.key_pem, "c", "k"};
        }
        of_client = ClientContext::make(std::move(asking)).value();
        shake_hands(wanted.sessions);
    }
    void shake_hands(ClientSessions* sessions) {
        OneSite chooser(of_server);
        server =
            Session::accept({.default_context = of_server, .chooser = chooser, .unix_seconds = 1'000'000});
        client = Session::connect(*of_client, {.name = "site.example",
                                               .application_protocols = OneSite::protocols,
                                               .sessions = sessions,
                                               .session_key = "key"});
        for (int i = 0; i < 10; ++i) {
            if (!client->handshake()) throw std::runtime_error("the client's handshake failed");
            move(client->out(), server->in());
            if (!server->handshake()) throw std::runtime_error("the server's handshake failed");
            move(server->out(), client->in());
        }
        char nothing = 0;
        static_cast<void>(client->read({&nothing, 1}));   // takes the tickets
    }
    static void move(Buffer& from, Buffer& to) {
        to.append(from.view());
        from.consume(from.size());
    }

    test::Issued client_certificate;
    std::shared_ptr<const ServerContext> of_server;
    std::shared_ptr<const ClientContext> of_client;
    std::unique_ptr<Session> server, client;
    Arena arena;
};

TEST(session_facts, tells_what_was_agreed_on) {
    Established now{{}};
    EXPECT_EQ(protocol_name(*now.server), "TLSv1.3");
    EXPECT_EQ(cipher_name(*now.server), "TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(curve(*now.server, now.arena), "X25519");
    EXPECT_EQ(reuse(*now.server), ".");
    EXPECT_EQ(early_data(*now.server), std::nullopt);
    Established before{{.protocols = {Protocol::tls_1_2}}};
    EXPECT_EQ(protocol_name(*before.server), "TLSv1.2");
}

TEST(session_facts, tells_what_the_client_offered) {
    Established now{{}};
    EXPECT_TRUE(offered_ciphers(*now.server, now.arena).value_or("").starts_with("TLS_AES_256_GCM_SHA384:"));
    EXPECT_TRUE(offered_curves(*now.server, now.arena).value_or("").starts_with("X25519:prime256v1:"));
    const auto signatures = offered_signatures(*now.server, now.arena).value_or("");
    EXPECT_TRUE(signatures.starts_with("0x0403:")) << signatures;
}

TEST(session_facts, tells_that_a_session_was_resumed_and_gives_its_id) {
    ClientSessions sessions;
    Established now{{.protocols = {Protocol::tls_1_2}, .sessions = &sessions}};
    now.client->end();   // OpenSSL gives up a session that is torn off
    now.shake_hands(&sessions);
    EXPECT_EQ(reuse(*now.server), "r");
    const auto id = session_id(*now.server, now.arena).value_or("");
    EXPECT_EQ(id.size(), 64U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string_view::npos);
}

TEST(session_facts, has_nothing_to_tell_of_a_certificate_that_was_not_shown) {
    Established now{{}};
    EXPECT_EQ(certificate_verdict(*now.server, now.arena), "NONE");
    EXPECT_EQ(certificate_pem(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(certificate_for_field(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(certificate_escaped(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(subject(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(issuer_in_slashes(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(serial_number(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(fingerprint(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(valid_until(*now.server, now.arena), std::nullopt);
    EXPECT_EQ(days_left(*now.server, now.arena, 0), std::nullopt);
}

TEST(session_facts, tells_who_the_client_is) {
    Established now{{.shows_certificate = true}};
    EXPECT_EQ(certificate_verdict(*now.server, now.arena), "SUCCESS");
    EXPECT_EQ(subject(*now.server, now.arena), "CN=client.example");
    EXPECT_EQ(issuer(*now.server, now.arena), "CN=The authority\\, of tests");
    EXPECT_EQ(subject_in_slashes(*now.server, now.arena), "/CN=client.example");
    EXPECT_EQ(issuer_in_slashes(*now.server, now.arena), "/CN=The authority, of tests");
    const auto serial = serial_number(*now.server, now.arena).value_or("");
    EXPECT_EQ(serial.find_first_not_of("0123456789ABCDEF"), std::string_view::npos) << serial;
    EXPECT_FALSE(serial.empty());
    EXPECT_EQ(fingerprint(*now.server, now.arena).value_or("").size(), 40U);
}

TEST(session_facts, gives_the_certificate_in_three_ways) {
    Established now{{.shows_certificate = true}};
    const auto& pem = now.client_certificate.certificate_pem;
    EXPECT_EQ(certificate_pem(*now.server, now.arena), pem);
    const std::string folded(certificate_for_field(*now.server, now.arena).value_or(""));
    EXPECT_TRUE(folded.starts_with("-----BEGIN CERTIFICATE-----\n\tMII")) << folded;
    EXPECT_TRUE(folded.ends_with("\n\t-----END CERTIFICATE-----")) << folded;
    EXPECT_EQ(std::ranges::count(folded, '\n'), std::ranges::count(folded, '\t'));
    const std::string escaped(certificate_escaped(*now.server, now.arena).value_or(""));
    EXPECT_TRUE(escaped.starts_with("-----BEGIN%20CERTIFICATE-----%0AMII")) << escaped;
    EXPECT_EQ(escaped.find_first_of("+/=\n "), std::string::npos);
}

TEST(session_facts, says_why_a_certificate_is_not_good) {
    Established now{{.shows_certificate = true, .is_trusted = false}};
    const auto verdict = certificate_verdict(*now.server, now.arena).value_or("");
    EXPECT_TRUE(verdict.starts_with("FAILED:unable to verify the first certificate")) << verdict;
}

TEST(session_facts, tells_how_long_a_certificate_holds) {
    Established now{{.shows_certificate = true}};
    EXPECT_TRUE(valid_from(*now.server, now.arena).value_or("").ends_with(" GMT"));
    EXPECT_TRUE(valid_until(*now.server, now.arena).value_or("").ends_with(" GMT"));
    const std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, epoch.get(),
                   X509_get0_notAfter(SSL_get0_peer_certificate(now.server->native())));
    const std::int64_t end = std::int64_t{days} * 86'400 + seconds;
    EXPECT_EQ(days_left(*now.server, now.arena, end - 3 * 86'400), "3");
    EXPECT_EQ(days_left(*now.server, now.arena, end - 3 * 86'400 + 1), "2");
    EXPECT_EQ(days_left(*now.server, now.arena, end - 1), "0");
    EXPECT_EQ(days_left(*now.server, now.arena, end + 100 * 86'400), "0");
}

}   // namespace
}   // namespace gatehouse::tls
