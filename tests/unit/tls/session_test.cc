#include "tls/session.h"

#include "support/certificates.h"
#include "tls/openssl.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gatehouse::tls {
namespace {

using test::Authority;
using test::Issued;

Authority& authority() {
    static Authority made;
    return made;
}

KeyPair pair_of(const Issued& issued) { return {issued.certificate_pem, issued.key_pem, "c.pem", "k.pem"}; }

ServerSettings settings_for(const std::vector<std::string>& names, test::KeyKind kind = test::KeyKind::ecdsa,
                            int days = 30) {
    ServerSettings settings;
    settings.certificates = {pair_of(authority().issue(names, kind, days))};
    return settings;
}

std::shared_ptr<const ServerContext> server(ServerSettings settings) {
    auto made = ServerContext::make(std::move(settings));
    if (!made) throw std::runtime_error(made.error().message);
    return *made;
}

std::shared_ptr<const ClientContext> client(ClientSettings settings = {}) {
    if (settings.verify && settings.trusted_pem.empty()) settings.trusted_pem = authority().pem();
    auto made = ClientContext::make(std::move(settings));
    if (!made) throw std::runtime_error(made.error().message);
    return *made;
}

struct Sites final : ContextChooser {
    std::map<std::string, std::shared_ptr<const ServerContext>, std::less<>> by_name;
    std::vector<std::string> asked;
    std::shared_ptr<const ServerContext> choose(std::string_view name) override {
        asked.emplace_back(name);
        const auto found = by_name.find(name);
        return found == by_name.end() ? nullptr : found->second;
    }
    std::span<const std::string_view> protocols;
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return protocols;
    }
};

struct OneSite final : ContextChooser {
    explicit OneSite(std::shared_ptr<const ServerContext> the) : context(std::move(the)) {}
    std::shared_ptr<const ServerContext> context;
    std::span<const std::string_view> protocols;
    std::shared_ptr<const ServerContext> choose(std::string_view /*name*/) override { return context; }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return protocols;
    }
};

// Two sessions and the bytes between them.
struct Pair {
    std::unique_ptr<OneSite> site;
    std::unique_ptr<Session> of_server, of_client;
    Result<bool> server_result = false, client_result = false;

    static void move(Buffer& from, Buffer& to, std::size_t limit) {
        const auto bytes = std::min(limit, from.size());
        to.append(from.view().substr(0, bytes));
        from.consume(bytes);
    }
    // At most so many bytes at a time each way.
    bool shake_hands(std::size_t step = 1 << 20) {
        for (int i = 0; i < 20'000 && server_result && client_result; ++i) {
            client_result = of_client->handshake();
            move(of_client->out(), of_server->in(), step);
            server_result = of_server->handshake();
            move(of_server->out(), of_client->in(), step);
            if (client_result && *client_result && server_result && *server_result &&
                of_client->out().empty() && of_server->out().empty())
                return true;
        }
        if (client_result) client_result = of_client->handshake();   // the server's alert
        return false;
    }
};

struct Options {
    std::string name = "localhost";
    bool sends_name = true;
    std::span<const std::string_view> server_protocols{}, client_protocols{};
    ContextChooser* chooser = nullptr;
    ClientSessions* sessions = nullptr;
    std::int64_t now = 1'000'000;
};

Pair sessions_between(const std::shared_ptr<const ServerContext>& of_server, const ClientContext& of_client,
                      const Options& options = {}) {
    Pair made;
    made.site = std::make_unique<OneSite>(of_server);
    made.site->protocols = options.server_protocols;
    ContextChooser& chooser = options.chooser == nullptr ? *made.site : *options.chooser;
    made.of_server =
        Session::accept({.default_context = of_server, .chooser = chooser, .unix_seconds = options.now});
    made.of_client = Session::connect(of_client, {.name = options.name,
                                                  .sends_name = options.sends_name,
                                                  .application_protocols = options.client_protocols,
                                                  .sessions = options.sessions,
                                                  .session_key = "key"});
    return made;
}

std::string read_all(Session& session, std::size_t space_bytes) {
    std::string all;
    std::string space(space_bytes, '\0');
    while (true) {
        const auto read = session.read(space);
        if (!read || read->reading != Session::Reading::data) return all;
        all += space.substr(0, read->bytes);
    }
}

TEST(TlsSession, CarriesBytesBothWays) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    const std::array<std::string_view, 2> pieces{"GET / ", "HTTP/1.1"};
    ASSERT_EQ(*pair.of_client->write(pieces, Session::enough_bytes), 14U);
    Pair::move(pair.of_client->out(), pair.of_server->in(), 1 << 20);
    EXPECT_EQ(read_all(*pair.of_server, 5), "GET / HTTP/1.1");
    ASSERT_TRUE(pair.of_server->write(std::array<std::string_view, 1>{"200"}, 1));
    Pair::move(pair.of_server->out(), pair.of_client->in(), 1 << 20);
    EXPECT_EQ(read_all(*pair.of_client, 100), "200");
}

TEST(TlsSession, SmallPiecesShareARecord) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    const std::array<std::string_view, 3> pieces{"a", "b", "c"};
    ASSERT_EQ(*pair.of_client->write(pieces, Session::enough_bytes), 3U);
    EXPECT_LT(pair.of_client->out().size(), 3U + 30U);   // one record's head and tag
}

TEST(TlsSession, StopsWhenEnoughIsEncrypted) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    const std::string large(1'000'000, 'x');
    const std::array<std::string_view, 2> pieces{"head", large};
    const auto taken = pair.of_client->write(pieces, Session::enough_bytes);
    ASSERT_TRUE(taken);
    EXPECT_LE(pair.of_client->out().size(), Buffer::large_bytes);
    EXPECT_GT(*taken, 40'000U);
}

TEST(TlsSession, AnyCutOfTheCiphertext) {
    std::mt19937 random(7);
    const auto of_server = server(settings_for({"localhost"}));
    const auto of_client = client();
    for (const std::size_t step : {1U, 2U, 3U, 5U, 17U, 100U, 1000U}) {
        auto pair = sessions_between(of_server, *of_client);
        ASSERT_TRUE(pair.shake_hands(step)) << step;
        std::string text(40'000, ' ');
        for (auto& c : text) c = static_cast<char>(random());
        std::string got;
        std::string_view left = text;
        while (!left.empty() || !pair.of_client->out().empty()) {
            const auto taken = pair.of_client->write(std::array{left}, 1);
            ASSERT_TRUE(taken);
            left.remove_prefix(*taken);
            while (!pair.of_client->out().empty()) {
                Pair::move(pair.of_client->out(), pair.of_server->in(), step);
                got += read_all(*pair.of_server, 777);
            }
        }
        EXPECT_EQ(got, text) << step;
    }
}

// Whoever cuts the connection can make less of what was said, but never a part of a record, and never an end.
TEST(TlsSession, ACutAtAnyByteGivesWholeRecordsAndNoEnd) {
    const auto of_server = server(settings_for({"localhost"}));
    const auto of_client = client();
    const std::vector<std::string_view> records{"the first", "x", "and the last one"};
    bool is_whole = false;
    for (std::size_t cut = 0; !is_whole; ++cut) {
        auto pair = sessions_between(of_server, *of_client);
        ASSERT_TRUE(pair.shake_hands());
        EXPECT_EQ(read_all(*pair.of_client, 10), "");   // tickets
        std::string expected;
        auto& out = pair.of_server->out();
        for (const auto record : records) {
            ASSERT_TRUE(pair.of_server->write(std::array{record}, 1 << 20));
            if (out.size() <= cut) expected += record;
        }
        pair.of_server->end();
        is_whole = cut == out.size();
        Pair::move(out, pair.of_client->in(), cut);
        EXPECT_EQ(read_all(*pair.of_client, 7), expected) << cut;
        std::array<char, 10> space;
        const auto read = pair.of_client->read(space);
        ASSERT_TRUE(read) << cut;
        EXPECT_EQ(read->reading == Session::Reading::end, is_whole) << cut;
        Pair::move(out, pair.of_client->in(), 1 << 20);
        expected += read_all(*pair.of_client, 1000);
        EXPECT_EQ(expected, "the firstxand the last one") << cut;
    }
}

TEST(TlsSession, ShowsTheCertificateOfTheNameAskedFor) {
    Sites sites;
    sites.by_name["a.example"] = server(settings_for({"a.example"}));
    sites.by_name["b.example"] = server(settings_for({"b.example"}, test::KeyKind::rsa));
    for (const std::string name : {"a.example", "b.example", "B.Example"}) {
        auto pair =
            sessions_between(sites.by_name["a.example"], *client(), {.name = name, .chooser = &sites});
        EXPECT_TRUE(pair.shake_hands()) << name;
        EXPECT_EQ(pair.of_server->server_name(), name);
    }
    EXPECT_EQ(sites.asked, (std::vector<std::string>{"a.example", "b.example", "b.example"}));
}

TEST(TlsSession, AHelloThatMustBeRepeatedIsServedByWhatTheSecondAsksFor) {
    ServerSettings settings = settings_for({"first.example"});
    settings.curves = "X25519";
    Sites sites;
    sites.by_name["first.example"] = server(settings);
    settings.certificates = settings_for({"second.example"}).certificates;
    settings.client_verification = ClientVerification::on;
    settings.client_ca_pem = authority().pem();
    sites.by_name["second.example"] = server(settings);
    ClientSettings chooser;
    chooser.commands = {{"Groups", "P-256:X25519"}};   // a key share of the first alone
    const auto of_client = client(chooser);

    auto pair = sessions_between(sites.by_name["first.example"], *of_client,
                                 {.name = "first.example", .chooser = &sites});
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(sites.asked, (std::vector<std::string>{"first.example", "first.example"}));
    EXPECT_EQ(pair.of_server->verification_id(), sites.by_name["first.example"]->verification_id());

    // a client that asks for one site and then for another must not be taken for the former's
    sites.asked.clear();
    auto changed = sessions_between(sites.by_name["first.example"], *of_client,
                                    {.name = "second.example", .chooser = &sites});
    auto* const ssl = changed.of_client->native();
    const auto ask_for = [&](std::string name) {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    };
    ask_for("first.example");
    EXPECT_FALSE(*changed.of_client->handshake());
    Pair::move(changed.of_client->out(), changed.of_server->in(), 1 << 20);
    EXPECT_FALSE(*changed.of_server->handshake());
    ask_for("second.example");
    ASSERT_TRUE(changed.shake_hands());
    EXPECT_EQ(sites.asked, (std::vector<std::string>{"first.example", "second.example"}));
    EXPECT_EQ(changed.of_server->server_name(), "second.example");
    EXPECT_EQ(changed.of_server->verification_id(), sites.by_name["second.example"]->verification_id());
}

TEST(TlsSession, ShowsAStapledProofAndKeepsNoCopy) {
    auto settings = settings_for({"localhost"});
    settings.stapled_response = "proof";
    const auto of_server = server(settings);
    const auto of_client = client();
    auto pair = sessions_between(of_server, *of_client);
    SSL_ctrl(pair.of_client->native(), SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, TLSEXT_STATUSTYPE_ocsp, nullptr);
    std::string shown;
    const auto take = [](SSL* ssl, void* into) {
        const char* proof = nullptr;
        const long bytes = SSL_ctrl(ssl, SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, &proof);
        if (proof != nullptr) static_cast<std::string*>(into)->assign(proof, static_cast<std::size_t>(bytes));
        return 1;
    };
    auto* const context = of_client->native();
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                          reinterpret_cast<void (*)()>(+static_cast<int (*)(SSL*, void*)>(take)));
    SSL_CTX_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, 0, &shown);
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(shown, "proof");
    const char* kept = nullptr;
    SSL_ctrl(pair.of_server->native(), SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, &kept);
    EXPECT_EQ(kept, nullptr);
}

TEST(TlsSession, RefusesANameOfNoSite) {
    Sites sites;
    auto pair = sessions_between(server(settings_for({"a.example"})), *client(),
                                 {.name = "a.example", .chooser = &sites});
    EXPECT_FALSE(pair.shake_hands());
    ASSERT_FALSE(pair.client_result);
    EXPECT_STREQ(pair.client_result.error().what, "tlsv1 unrecognized name");
}

TEST(TlsSession, RefusesTheHandshakeWhereToldTo) {
    ServerSettings settings;
    settings.reject_handshake = true;
    auto pair = sessions_between(server(settings), *client());
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_FALSE(pair.server_result);
}

TEST(TlsSession, TheClientVerifiesNameChainAndTime) {
    const auto of_client = client();
    struct Case {
        std::vector<std::string> names;
        int days;
        std::string asked;
        const char* what;
    };
    for (const auto& test : {Case{{"localhost"}, 30, "other.example", "hostname mismatch"},
                             Case{{"localhost"}, -1, "localhost", "certificate has expired"},
                             Case{{"localhost"}, 30, "127.0.0.1", "IP address mismatch"}}) {
        auto pair = sessions_between(server(settings_for(test.names, test::KeyKind::ecdsa, test.days)),
                                     *of_client, {.name = test.asked});
        EXPECT_FALSE(pair.shake_hands());
        ASSERT_FALSE(pair.client_result) << test.asked;
        EXPECT_STREQ(pair.client_result.error().what, test.what);
    }
    Authority stranger("Another authority");
    auto pair =
        sessions_between(server(settings_for({"localhost"})), *client({.trusted_pem = stranger.pem()}));
    EXPECT_FALSE(pair.shake_hands());
    EXPECT_STREQ(pair.client_result.error().what, "unable to get local issuer certificate");
}

TEST(TlsSession, AnAddressIsVerifiedButNeverSentAsAName) {
    auto pair = sessions_between(server(settings_for({"x.example", "IP:127.0.0.1"})), *client(),
                                 {.name = "127.0.0.1"});
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(pair.of_server->server_name(), "");
}

TEST(TlsSession, AgreesOnTheServersFirstProtocol) {
    static constexpr std::string_view h2_first[] = {"h2", "http/1.1"}, h1_first[] = {"http/1.1", "h2"};
    static constexpr std::string_view unknown[] = {"spdy/3"};
    const auto of_server = server(settings_for({"localhost"}));
    auto both =
        sessions_between(of_server, *client(), {.server_protocols = h2_first, .client_protocols = h1_first});
    ASSERT_TRUE(both.shake_hands());
    EXPECT_EQ(both.of_server->application_protocol(), "h2");
    EXPECT_EQ(both.of_client->application_protocol(), "h2");
    auto none =
        sessions_between(of_server, *client(), {.server_protocols = h2_first, .client_protocols = unknown});
    ASSERT_TRUE(none.shake_hands());
    EXPECT_EQ(none.of_server->application_protocol(), "");
}

// Both protocols, with tickets and with what the server remembers.
TEST(TlsSession, Resumes) {
    for (const auto protocol : {Protocol::tls_1_2, Protocol::tls_1_3}) {
        for (const bool tickets : {true, false}) {
            auto settings = settings_for({"localhost"});
            settings.protocols = {protocol};
            settings.tickets = tickets;
            settings.session_cache = {SessionCacheSettings::Kind::shared, "test", 100'000};
            const auto first_context = server(settings), second_context = server(settings);
            const auto of_client = client();
            ClientSessions sessions;
            auto first = sessions_between(first_context, *of_client, {.sessions = &sessions});
            ASSERT_TRUE(first.shake_hands());
            EXPECT_FALSE(first.of_server->is_resumed());
            EXPECT_EQ(read_all(*first.of_client, 10), "");   // takes the tickets of TLS 1.3
            // a reload makes another context
            auto second = sessions_between(second_context, *of_client, {.sessions = &sessions});
            ASSERT_TRUE(second.shake_hands());
            EXPECT_EQ(second.of_server->server_name(), "localhost");
            EXPECT_TRUE(second.of_server->is_resumed()) << static_cast<int>(protocol) << tickets;
        }
    }
}

TEST(TlsSession, DoesNotResumeWhereTheCacheIsOff) {
    auto settings = settings_for({"localhost"});
    settings.tickets = false;
    const auto of_server = server(settings);
    const auto of_client = client();
    ClientSessions sessions;
    for (int i = 0; i < 2; ++i) {
        auto pair = sessions_between(of_server, *of_client, {.sessions = &sessions});
        ASSERT_TRUE(pair.shake_hands());
        EXPECT_EQ(read_all(*pair.of_client, 10), "");
        EXPECT_FALSE(pair.of_server->is_resumed());
    }
}

TEST(TlsSession, ResumesAfterAConnectionThatWasCut) {
    const auto of_server = server(settings_for({"localhost"}));
    const auto of_client = client();
    ClientSessions sessions;
    {
        auto first = sessions_between(of_server, *of_client, {.sessions = &sessions});
        ASSERT_TRUE(first.shake_hands());
        EXPECT_EQ(read_all(*first.of_client, 10), "");
    }
    auto second = sessions_between(of_server, *of_client, {.sessions = &sessions});
    ASSERT_TRUE(second.shake_hands());
    EXPECT_TRUE(second.of_server->is_resumed());
}

TEST(TlsSession, AnEndBehindDataIsKnownOfWithoutMoreInput) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(read_all(*pair.of_client, 10), "");
    ASSERT_TRUE(pair.of_server->write(std::array<std::string_view, 1>{"last"}, 1));
    pair.of_server->end();
    Pair::move(pair.of_server->out(), pair.of_client->in(), 1 << 20);
    std::array<char, 100> space;
    ASSERT_EQ(pair.of_client->read(space)->bytes, 4U);
    EXPECT_TRUE(pair.of_client->has_buffered());
    EXPECT_EQ(pair.of_client->read(space)->reading, Session::Reading::end);
}

TEST(TlsSession, WithoutANameNobodyIsBelieved) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client(), {.name = ""});
    EXPECT_FALSE(pair.shake_hands());
    ASSERT_FALSE(pair.client_result);
    EXPECT_STREQ(pair.client_result.error().what, "hostname mismatch");
}

TEST(TlsSession, KnowsWhatTheClientWasAskedFor) {
    const auto asking = [](const std::string& authority_pem) {
        auto settings = settings_for({"localhost"});
        settings.client_verification = ClientVerification::on;
        settings.client_ca_pem = authority_pem;
        return settings;
    };
    const auto plain = server(settings_for({"a.example"})), other_plain = server(settings_for({"b.example"}));
    const auto asks = server(asking(authority().pem())), asks_too = server(asking(authority().pem()));
    const auto asks_another = server(asking(Authority("Another").pem()));
    EXPECT_EQ(plain->verification_id(), other_plain->verification_id());
    EXPECT_EQ(asks->verification_id(), asks_too->verification_id());
    EXPECT_NE(asks->verification_id(), plain->verification_id());
    EXPECT_NE(asks->verification_id(), asks_another->verification_id());
    Sites sites;
    sites.by_name["localhost"] = asks;
    auto pair = sessions_between(plain, *client(), {.chooser = &sites});
    ASSERT_TRUE(pair.shake_hands());
    EXPECT_EQ(pair.of_server->verification_id(), asks->verification_id());
}

TEST(TlsSession, EndsWithANotice) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    pair.of_server->end();
    Pair::move(pair.of_server->out(), pair.of_client->in(), 1 << 20);
    std::array<char, 10> space;
    auto read = pair.of_client->read(space);
    while (read && read->reading == Session::Reading::data) read = pair.of_client->read(space);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reading, Session::Reading::end);
}

TEST(TlsSession, RefusesWhatIsNoTls) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    pair.of_server->in().append("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto shaken = pair.of_server->handshake();
    ASSERT_FALSE(shaken);
    EXPECT_STREQ(shaken.error().what, "http request");
}

TEST(TlsSession, ARecordThatWasChangedIsRefused) {
    auto pair = sessions_between(server(settings_for({"localhost"})), *client());
    ASSERT_TRUE(pair.shake_hands());
    ASSERT_TRUE(pair.of_client->write(std::array<std::string_view, 1>{"hello"}, 1));
    pair.of_client->out().data()[10] ^= 1;
    Pair::move(pair.of_client->out(), pair.of_server->in(), 1 << 20);
    std::array<char, 10> space;
    EXPECT_FALSE(pair.of_server->read(space));
    EXPECT_FALSE(pair.of_server->out().empty());   // the alert
}

TEST(TlsContext, SaysWhichSettingIsWrong) {
    const auto good = authority().issue({"localhost"});
    const auto other = authority().issue({"localhost"});
    const auto blame = [](ServerSettings settings) {
        const auto made = ServerContext::make(std::move(settings));
        return made ? std::string() : std::string(made.error().setting);
    };
    EXPECT_EQ(blame({.certificates = {pair_of(good)}}), "");
    EXPECT_EQ(blame({.certificates = {{"nonsense", good.key_pem, "", ""}}}), "ssl_certificate");
    EXPECT_EQ(blame({.certificates = {{good.certificate_pem, "nonsense", "", ""}}}), "ssl_certificate_key");
    EXPECT_EQ(blame({.certificates = {{good.certificate_pem, other.key_pem, "", ""}}}),
              "ssl_certificate_key");
    EXPECT_EQ(blame({.certificates = {pair_of(good)}, .ciphers = "NOSUCH"}), "ssl_ciphers");
    EXPECT_EQ(blame({.certificates = {pair_of(good)}, .curves = "nosuch"}), "ssl_ecdh_curve");
    EXPECT_EQ(blame({.certificates = {pair_of(good)}, .dh_parameters_pem = "x"}), "ssl_dhparam");
    EXPECT_EQ(blame({.certificates = {pair_of(good)}, .ticket_keys = {"short"}}), "ssl_session_ticket_key");
    EXPECT_EQ(blame({.certificates = {pair_of(good)}, .commands = {{"NoSuch", "x"}}}), "ssl_conf_command");
    EXPECT_EQ(blame({.certificates = {pair_of(good)},
                     .client_verification = ClientVerification::on,
                     .client_ca_pem = "x"}),
              "ssl_client_certificate");
}

}   // namespace
}   // namespace gatehouse::tls
