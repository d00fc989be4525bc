#include "tls/early_data.h"

#include "support/certificates.h"
#include "tls/openssl.h"
#include "tls/session.h"

#include <gtest/gtest.h>

namespace gatehouse::tls {
namespace {

TEST(EarlyDataRecord, TakesEachHelloOnce) {
    EarlyDataRecord record;
    EXPECT_TRUE(record.is_first("a", 1000));
    EXPECT_FALSE(record.is_first("a", 1000));
    EXPECT_TRUE(record.is_first("b", 1029));
    EXPECT_FALSE(record.is_first("a", 1030));   // of the period before
    EXPECT_FALSE(record.is_first("b", 1030));
    EXPECT_FALSE(record.is_first("b", 1059));
    EXPECT_FALSE(record.is_first("a", 500));   // a clock that is set back
}

TEST(EarlyDataRecord, ForgetsWhatIsNoLongerNewEnoughForAnybody) {
    EarlyDataRecord record;
    EXPECT_TRUE(record.is_first("a", 1000));
    EXPECT_TRUE(record.is_first("b", 1031));
    EXPECT_TRUE(record.is_first("a", 1061));
    EXPECT_TRUE(record.is_first("c", 2000));
    EXPECT_TRUE(record.is_first("a", 2000));
}

TEST(EarlyDataRecord, TakesNoneWhenItIsFull) {
    EarlyDataRecord record;
    for (std::size_t i = 0; i < EarlyDataRecord::limit; ++i)
        ASSERT_TRUE(record.is_first(std::to_string(i), 1000));
    EXPECT_FALSE(record.is_first("one more", 1000));
    EXPECT_TRUE(record.is_first("one more", 1030));
    EXPECT_FALSE(record.is_first("5", 1030));
}

struct OneSite final : ContextChooser {
    std::shared_ptr<const ServerContext> context;
    std::shared_ptr<const ServerContext> choose(std::string_view /*name*/) override { return context; }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override { return {}; }
};

// A client that has a session to resume, and what it sends at once.
class EarlyDataTest : public testing::Test {
protected:
    explicit EarlyDataTest(bool is_on = true) {
        const auto issued = authority_.issue({"localhost"});
        settings_.certificates = {{issued.certificate_pem, issued.key_pem, "c", "k"}};
        settings_.early_data = is_on;
        site_.context = ServerContext::make(settings_).value();
        ClientSettings settings;
        settings.trusted_pem = authority_.pem();
        client_ = ClientContext::make(settings).value();
        begin();
        while (!*of_server_->handshake() || !*of_client_->handshake() || !of_server_->out().empty())
            exchange();
        std::string space(100, '\0');
        EXPECT_TRUE(of_client_->read(space));   // the tickets
    }

    void begin() {
        of_server_ = Session::accept({.default_context = site_.context,
                                      .chooser = site_,
                                      .unix_seconds = 1'000'000,
                                      .early_data = true});
        ConnectOptions options;
        options.name = "localhost";
        options.sessions = &sessions_;
        options.session_key = "key";
        of_client_ = Session::connect(*client_, std::move(options));
    }
    static void move(Buffer& from, Buffer& to) {
        to.append(from.view());
        from.clear();
    }
    void exchange() {
        EXPECT_TRUE(of_client_->handshake());
        move(of_client_->out(), of_server_->in());
        EXPECT_TRUE(of_server_->handshake());
        move(of_server_->out(), of_client_->in());
    }
    bool send_early(std::string_view text) {
        std::size_t written = 0;
        const bool is_sent =
            SSL_write_early_data(of_client_->native(), text.data(), text.size(), &written) == 1;
        ERR_clear_error();
        return is_sent;
    }
    static std::string read(Session& session) {
        std::string all;
        std::string space(7, '\0');
        while (true) {
            const auto read = session.read(space);
            EXPECT_TRUE(read) << read.error().what;
            if (!read || read->reading != Session::Reading::data) return all;
            all += space.substr(0, read->bytes);
        }
    }
    static void write(Session& session, std::string_view text) {
        EXPECT_TRUE(session.write(std::span(&text, 1), SIZE_MAX));
    }

    test::Authority authority_;
    ServerSettings settings_;
    OneSite site_;
    std::shared_ptr<const ClientContext> client_;
    ClientSessions sessions_;
    std::unique_ptr<Session> of_server_, of_client_;
};

TEST_F(EarlyDataTest, IsReadAndAnsweredBeforeTheHandshakeIsComplete) {
    begin();
    ASSERT_TRUE(send_early("a question that"));
    ASSERT_TRUE(send_early(" is early"));
    move(of_client_->out(), of_server_->in());
    ASSERT_TRUE(*of_server_->handshake());
    EXPECT_TRUE(of_server_->is_early());
    EXPECT_FALSE(of_server_->is_established());
    EXPECT_TRUE(of_server_->has_buffered());
    EXPECT_EQ(read(*of_server_), "a question that is early");
    EXPECT_FALSE(of_server_->has_buffered());
    write(*of_server_, "an answer");
    move(of_server_->out(), of_client_->in());
    ASSERT_TRUE(*of_client_->handshake());
    EXPECT_EQ(SSL_get_early_data_status(of_client_->native()), SSL_EARLY_DATA_ACCEPTED);
    EXPECT_EQ(read(*of_client_), "an answer");
    write(*of_client_, "late");
    move(of_client_->out(), of_server_->in());
    EXPECT_TRUE(of_server_->is_early());
    EXPECT_EQ(read(*of_server_), "late");
    EXPECT_FALSE(of_server_->is_early());
    EXPECT_TRUE(of_server_->is_established());
    EXPECT_TRUE(of_server_->is_resumed());
    write(*of_server_, "bye");
    move(of_server_->out(), of_client_->in());
    EXPECT_EQ(read(*of_client_), "bye");
}

TEST_F(EarlyDataTest, MayBeCutAnywhere) {
    begin();
    ASSERT_TRUE(send_early("early"));
    const std::string flight(of_client_->out().view());
    of_client_->out().clear();
    std::string got;
    for (const char c : flight) {
        of_server_->in().append({&c, 1});
        const auto done = of_server_->handshake();
        ASSERT_TRUE(done);
        if (*done) got += read(*of_server_);
    }
    EXPECT_EQ(got, "early");
    move(of_server_->out(), of_client_->in());
    ASSERT_TRUE(*of_client_->handshake());
    const std::string end(of_client_->out().view());
    for (const char c : end) {
        of_server_->in().append({&c, 1});
        EXPECT_EQ(read(*of_server_), "");
    }
    EXPECT_TRUE(of_server_->is_established());
}

TEST_F(EarlyDataTest, IsTakenOnceFromWhoRecordsIt) {
    begin();
    ASSERT_TRUE(send_early("early"));
    const std::string flight(of_client_->out().view());
    of_server_->in().append(flight);
    ASSERT_TRUE(*of_server_->handshake());
    EXPECT_EQ(read(*of_server_), "early");
    for (int i = 0; i < 3; ++i) {
        begin();
        of_server_->in().append(flight);
        const auto done = of_server_->handshake();
        ASSERT_TRUE(done);
        EXPECT_FALSE(*done);   // it waits for what only the client itself can send
        EXPECT_FALSE(of_server_->is_early());
    }
}

TEST_F(EarlyDataTest, ASiteThatDoesNotTakeItShakesHandsFirst) {
    settings_.early_data = false;
    site_.context = ServerContext::make(settings_).value();
    begin();
    ASSERT_TRUE(send_early("early"));
    exchange();
    EXPECT_FALSE(of_server_->is_early());
    exchange();
    exchange();
    EXPECT_TRUE(of_server_->is_established());
    EXPECT_EQ(SSL_get_early_data_status(of_client_->native()), SSL_EARLY_DATA_REJECTED);
    EXPECT_EQ(read(*of_server_), "");
}

class NoEarlyDataTest : public EarlyDataTest {
protected:
    NoEarlyDataTest() : EarlyDataTest(false) {}
};

TEST_F(NoEarlyDataTest, ItIsNotOfferedUnasked) {
    begin();
    EXPECT_FALSE(send_early("early"));
}

}   // namespace
}   // namespace gatehouse::tls
