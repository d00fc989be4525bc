#include "net/stream.h"

#include "loop/sim/sim_world.h"
#include "sim/accepting.h"
#include "support/certificates.h"

#include <gtest/gtest.h>

#include <openssl/ssl.h>

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

struct OneSite final : tls::ContextChooser {
    std::shared_ptr<const tls::ServerContext> context;
    std::shared_ptr<const tls::ServerContext> choose(std::string_view /*name*/) override { return context; }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override { return {}; }
};

// A server that reads to the end, and a client that does what the test says, in a world without faults.
class StreamTlsTest : public testing::Test {
protected:
    using Client = std::function<loop::Task<void>(Stream&)>;

    StreamTlsTest() {
        const auto issued = authority_.issue({"localhost"});
        tls::ServerSettings settings;
        settings.certificates = {{issued.certificate_pem, issued.key_pem, "c", "k"}};
        site_.context = tls::ServerContext::make(settings).value();
        tls::ClientSettings client;
        client.trusted_pem = authority_.pem();
        client_ = tls::ClientContext::make(client).value();
        EXPECT_TRUE(SocketAddress::parse("10.0.0.1", 443, address_));
    }

    static loop::Task<void> serve(StreamTlsTest* test) {
        auto& backend = test->loop_.backend();
        const int fd = backend.socket(AF_INET, SOCK_STREAM);
        EXPECT_EQ(backend.listen(fd, test->address_.get(), test->address_.length, 16), 0);
        loop::Channel listener(test->loop_, fd);
        EXPECT_TRUE(listener.watch());
        simulation::AcceptOne one(listener);
        const auto accepted = co_await one;
        if (!accepted) co_return;
        Stream stream(test->loop_, *accepted);
        if (!stream.start()) co_return;
        tls::AcceptOptions options{.default_context = test->site_.context, .chooser = test->site_};
        auto session = tls::Session::accept(std::move(options));
        const auto begun = co_await stream.begin_tls(std::move(session), loop::forever);
        EXPECT_TRUE(begun);
        Buffer in;
        while (true) {
            const auto read = co_await stream.read(in, Buffer::standard_bytes, loop::forever);
            if (!read) test->failure_ = read.error().what;
            if (!read || *read == 0) break;
            test->received_ += in.view();
            in.clear();
        }
        test->is_over_ = true;
    }
    static loop::Task<void> connect(StreamTlsTest* test, Client client) {
        Stream stream(test->loop_, test->loop_.backend().socket(AF_INET, SOCK_STREAM));
        const auto connected = co_await stream.connect(test->address_, loop::forever);
        EXPECT_TRUE(connected);
        tls::ConnectOptions options;
        options.name = "localhost";
        auto session = tls::Session::connect(*test->client_, std::move(options));
        const auto begun = co_await stream.begin_tls(std::move(session), loop::forever);
        EXPECT_TRUE(begun);
        co_await client(stream);
    }
    void run(Client client) {
        loop::Scope scope(loop_);
        scope.spawn(serve(this));
        scope.spawn(connect(this, std::move(client)));
        EXPECT_EQ(world_.run_until([&] { return scope.empty(); }, 1h), loop::SimWorld::Outcome::met);
        EXPECT_TRUE(is_over_);
    }
    // Asks for other keys, and perhaps that the peer change its own; that goes with what is written next.
    static void update_keys(Stream& stream, bool of_both) {
        auto* const ssl = stream.tls()->native();
        SSL_key_update(ssl, of_both ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(ssl);
    }
    // Until the server has had enough of it. True: it had.
    static loop::Task<void> flood(Stream* stream, bool of_both, bool* is_ended) {
        for (int i = 0; i < 20'000 && !*is_ended; ++i) {
            update_keys(*stream, of_both);
            const auto written = co_await stream->write(std::span<const std::string_view>(), loop::forever);
            *is_ended = !written;
        }
    }

    loop::SimWorld world_{1};
    loop::Loop& loop_ = world_.make_loop();
    test::Authority authority_;
    OneSite site_;
    std::shared_ptr<const tls::ClientContext> client_;
    SocketAddress address_;
    std::string received_, failure_;
    bool is_over_ = false;
};

TEST_F(StreamTlsTest, KeysMayChangeBetweenData) {
    run([](Stream& stream) -> loop::Task<void> {
        for (int i = 0; i < 100; ++i) {
            update_keys(stream, i % 2 == 0);
            const auto written = co_await stream.write("data", loop::forever);
            EXPECT_TRUE(written);
        }
    });
    EXPECT_EQ(received_.size(), 400U);
    EXPECT_EQ(failure_, "");
}

TEST_F(StreamTlsTest, KeysThatChangeWithoutEndAndWithoutDataEndTheConnection) {
    for (const bool of_both : {false, true}) {
        failure_.clear();
        is_over_ = false;
        bool is_ended = false;
        run([&](Stream& stream) { return flood(&stream, of_both, &is_ended); });
        EXPECT_NE(failure_, "") << of_both;
    }
}

}   // namespace
}   // namespace gatehouse::net
