#include "control/staple_watch.h"

#include "net/stream.h"
#include "sim/accepting.h"
#include "support/certificates.h"
#include "tests/unit/control/control_fixture.h"

#include "base/base64.h"

#include <ctime>

namespace gatehouse::control {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::OcspReply;

// A world with a responder at 10.0.0.9, whose answers are what the test says.
class StapleWatchTest : public ControlTest {
protected:
    StapleWatchTest() {
        const auto real = std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)));
        world_.shift_wall_time(real - world_.wall_time());   // into the certificates' time
        serving_.spawn(serve(this));
        table().set("ocsp.example", {.addresses = {"10.0.0.9"}});
        table().set("else.example", {.addresses = {"10.0.0.9"}});
    }
    ~StapleWatchTest() override {
        serving_.cancel();
        bool joined = false;
        loop::Scope scope(loop_);
        scope.spawn(join(&serving_, &joined));
        EXPECT_EQ(world_.run_until([&] { return joined; }, 1s), loop::SimWorld::Outcome::met);
    }

    enum class Mode : std::uint8_t { answers, revoked, garbage, error, chunked, huge, cut, silent, of_html };

    static loop::Task<void> join(loop::Scope* scope, bool* joined) {
        co_await scope->close();
        *joined = true;
    }
    static loop::Task<void> serve(StapleWatchTest* test) {
        SocketAddress address;
        EXPECT_TRUE(SocketAddress::parse("10.0.0.9", 80, address));
        auto& backend = test->responder_loop_.backend();
        const int fd = backend.socket(AF_INET, SOCK_STREAM);
        EXPECT_EQ(backend.listen(fd, address.get(), address.length, 16), 0);
        loop::Channel listener(test->responder_loop_, fd);
        EXPECT_TRUE(listener.watch());
        while (true) {
            simulation::AcceptOne one(listener);
            const auto accepted = co_await one;
            if (!accepted) co_return;
            test->serving_.spawn(answer(test, *accepted));
        }
    }
    static loop::Task<void> answer(StapleWatchTest* test, int fd) {
        net::Stream stream(test->responder_loop_, fd);
        if (!stream.start()) co_return;
        Buffer in;
        while (in.view().find("\r\n\r\n") == std::string_view::npos) {
            const auto read = co_await stream.read(in, 4096, loop::forever);
            if (!read || *read == 0) co_return;
        }
        ++test->asked_;
        test->latest_request_ = in.view();
        if (test->mode_ == Mode::silent) {
            [[maybe_unused]] const auto end = co_await stream.read(in, 4096, loop::forever);
            co_return;
        }
        const std::string text = test->response();
        [[maybe_unused]] const auto written = co_await stream.write(text, loop::forever);
    }

    std::string response() {
        const std::string target = latest_request_.substr(4, latest_request_.find(' ', 4) - 4);
        const std::string asked = target.substr(target.rfind('/') + 1);
        std::string base64;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (asked[i] != '%') {
                base64 += asked[i];
                continue;
            }
            base64 += static_cast<char>(std::stoi(asked.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
        const auto status = mode_ == Mode::revoked ? OcspReply::Status::revoked : OcspReply::Status::good;
        std::string body =
            authority_.answer(decode_base64(base64),
                              {.status = status, .made = unix_now(), .good_until = unix_now() + good_for_});
        std::string head = "HTTP/1.1 200 OK\r\n";
        std::string type = "application/ocsp-response";
        switch (mode_) {
            case Mode::garbage: body = "garbage"; break;
            case Mode::error: head = "HTTP/1.1 503 Busy\r\n"; break;
            case Mode::of_html: type = "text/html"; break;
            case Mode::huge: body.resize(1 << 20); break;
            case Mode::cut: return head + "Content-Type: " + type + "\r\nContent-Length: 900\r\n\r\nx";
            case Mode::chunked: head += "Transfer-Encoding: chunked\r\n"; break;
            default: break;
        }
        return head + "Content-Type: " + type + "\r\n\r\n" + body;
    }
    [[nodiscard]] std::int64_t unix_now() const {
        return std::chrono::floor<std::chrono::seconds>(world_.wall_time()).time_since_epoch().count();
    }

    std::shared_ptr<const tls::ServerContext> context(const std::string& responder) {
        tls::ServerSettings settings;
        settings.certificates = {{site_.certificate_pem, site_.key_pem, "site.pem", "site.key"}};
        settings.trusted_pem = authority_.pem();
        settings.stapling = {.responder = responder};
        return tls::ServerContext::make(std::move(settings)).value();
    }
    void serve_site(const std::string& responder = "http://ocsp.example/") {
        auto site = std::make_shared<model::Site>();
        site->tls = context(responder);
        staple_ = site->tls->questions().at(0)->staple();
        auto defaults = std::make_shared<model::Route>();
        site->defaults = defaults;
        site->routes = std::make_unique<model::LocationMatcher>(std::vector<model::Location>(), defaults);
        model::Model made;
        model::Listener listener;
        listener.text = "0.0.0.0:443";
        listener.sites = {site};
        listener.default_site = site;
        made.listeners.push_back(std::move(listener));
        ASSERT_TRUE(control_->apply(std::move(made), {{"0.0.0.0:443", 5}}));
    }
    [[nodiscard]] bool has_proof() const { return staple_->response(unix_now()) != nullptr; }

    loop::Loop& responder_loop_ = loop_;
    loop::Scope serving_{loop_};
    Authority authority_;
    test::Issued site_ = authority_.issue({"localhost"});
    std::shared_ptr<tls::Staple> staple_;
    Mode mode_ = Mode::answers;
    std::int64_t good_for_ = 3 * 24 * 3600;
    unsigned asked_ = 0;
    std::string latest_request_;
};

TEST_F(StapleWatchTest, asks_at_once_and_again_every_hour) {
    serve_site();
    pass(5s);
    EXPECT_TRUE(has_proof());
    EXPECT_EQ(asked_, 1U);
    EXPECT_NE(latest_request_.find("\r\nHost: ocsp.example\r\n"), std::string::npos);
    pass(55min);
    EXPECT_EQ(asked_, 1U);
    pass(10min);
    EXPECT_EQ(asked_, 2U);
    EXPECT_TRUE(reports_.empty());
}

TEST_F(StapleWatchTest, asks_again_well_before_an_answer_expires) {
    good_for_ = 60;
    serve_site();
    for (int i = 0; i < 60; ++i) {
        pass(5s);
        EXPECT_TRUE(has_proof()) << i;
    }
    EXPECT_GE(asked_, 9U);
    EXPECT_LE(asked_, 12U);
}

TEST_F(StapleWatchTest, shows_the_former_answer_until_it_expires) {
    good_for_ = 3600;
    serve_site();
    pass(5s);
    mode_ = Mode::error;
    pass(45min);
    EXPECT_TRUE(has_proof());
    EXPECT_EQ(reports_with("it answers with status 503; its former answer is stapled"), 1);
    pass(20min);
    EXPECT_FALSE(has_proof());
    mode_ = Mode::answers;
    pass(6min);
    EXPECT_TRUE(has_proof());
    EXPECT_EQ(reports_with("is good again"), 1);
}

TEST_F(StapleWatchTest, asks_less_and_less_often_while_it_fails) {
    mode_ = Mode::error;
    serve_site();
    pass(100s);   // at 0, 10, 30 and 70 s
    EXPECT_EQ(asked_, 4U);
    pass(10min);   // 150, 310, 610 s
    EXPECT_LE(asked_, 7U);
    pass(1h);   // every five minutes
    EXPECT_GE(asked_, 7U + 11U);
    EXPECT_LE(asked_, 7U + 13U);
    EXPECT_EQ(reports_with("status 503"), 1);
}

TEST_F(StapleWatchTest, believes_no_answer_that_is_none) {
    const std::pair<Mode, const char*> cases[] = {{Mode::garbage, "it is no OCSP response"},
                                                  {Mode::of_html, "of type \"text/html\""},
                                                  {Mode::huge, "its answer is too large"},
                                                  {Mode::cut, "closes the connection within its answer"},
                                                  {Mode::chunked, "in chunks to HTTP/1.0"},
                                                  {Mode::silent, "does not answer in time"}};
    serve_site();
    pass(5s);
    staple_->clear();
    for (const auto& [mode, said] : cases) {
        mode_ = mode;
        pass(70min);
        EXPECT_FALSE(has_proof()) << said;
        EXPECT_EQ(reports_with(said), 1) << said;
    }
}

TEST_F(StapleWatchTest, a_revoked_certificate_has_no_proof_any_more) {
    serve_site();
    pass(5s);
    EXPECT_TRUE(has_proof());
    mode_ = Mode::revoked;
    pass(70min);
    EXPECT_FALSE(has_proof());
    EXPECT_EQ(reports_with("the certificate is revoked"), 1);
    pass(3h);
    EXPECT_EQ(reports_with("the certificate is revoked"), 1);
}

TEST_F(StapleWatchTest, a_reload_keeps_what_is_the_same_and_ends_what_is_not) {
    serve_site();
    pass(5s);
    serve_site();
    pass(5s);
    EXPECT_EQ(asked_, 1U);
    EXPECT_TRUE(has_proof());
    serve_site("http://else.example/other");
    pass(5s);
    EXPECT_EQ(asked_, 2U);
    EXPECT_TRUE(latest_request_.starts_with("GET /other/"));
    apply({});
    pass(2h);
    EXPECT_EQ(asked_, 2U);
}

TEST_F(StapleWatchTest, a_name_that_is_unknown_is_asked_for_again) {
    table().set("ocsp.example", {});
    serve_site();
    pass(5s);
    EXPECT_EQ(reports_with("no such name"), 1);
    table().set("ocsp.example", {.addresses = {"10.0.0.9"}});
    pass(30s);
    EXPECT_TRUE(has_proof());
}

}   // namespace
}   // namespace gatehouse::control
