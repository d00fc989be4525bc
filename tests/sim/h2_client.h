#pragma once
// A simulated client of HTTP/2: the requests of its plan as streams of one connection, several at once. Some
// have small windows, some read slowly, some reset streams or leave in the middle. It checks what Client
// checks, and that the gateway keeps the rules of the protocol.

#include "client.h"

#include "http/h2_client.h"

#include <memory>
#include <vector>

namespace gatehouse::simulation {

class H2Client final : http::H2SessionEvents {
public:
    H2Client(loop::SimWorld& world, loop::Loop& loop, Ledger& ledger, const OwnAnswers& own,
             SocketAddress gateway, ClientPlan plan, bool may_starve);
    ~H2Client();

    [[nodiscard]] Task<void> run();   // to its end

private:
    class Stream;

    Task<void> leave();
    Task<bool> connect();
    Task<void> submit_all();
    Task<void> read();
    Task<void> write();
    void submit(const Request& request);
    void stream_is_over();
    [[nodiscard]] bool is_done() const;
    void check_connection();
    void goaway_arrived(http::H2Code code, http::StreamId last) override;
    void settings_arrived() override { progress_.notify_all(); }

    loop::SimWorld& world_;
    loop::Loop& loop_;
    Ledger& ledger_;
    const SocketAddress gateway_;
    const ClientPlan plan_;
    Judge judge_;
    net::Stream stream_;
    http::H2ClientSession session_;
    std::vector<std::unique_ptr<Stream>> streams_;
    std::size_t under_way_ = 0;
    bool all_submitted_ = false;
    bool left_ = false;
    loop::Event progress_, output_;
    loop::Scope working_;   // what submits and writes, and what streams wait for
    loop::Scope leaving_;
};

}   // namespace gatehouse::simulation
