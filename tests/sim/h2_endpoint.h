#pragma once
// One connection of a simulated endpoint that speaks HTTP/2: requests as streams, answered by themselves, and
// the misbehaviours that only streams know: refused, reset, passed over by GOAWAY, cut by a wrong length.

#include "endpoint.h"

#include "http/h2_server.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::simulation {

class H2EndpointConnection final : http::H2ServerEvents {
public:
    H2EndpointConnection(Endpoint& endpoint, net::Stream& stream);
    ~H2EndpointConnection();

    [[nodiscard]] Task<void> run();   // to its end

private:
    class Request;
    enum class Mischief {
        none,
        silence,
        close,
        reset,   // the connection
        reset_stream,
        partial_body,
        wrong_length,
        rubbish,   // that is no HTTP/2
        early,
        huge_head,
        refused,
        goaway,   // in order: what is under way is served
        leave,    // GOAWAY, and the end of everything
    };

    http::H2StreamEvents* request_arrived(http::StreamId id,
                                          std::unique_ptr<http::H2Request> request) override;
    void goaway_arrived(http::H2Code code, http::StreamId last) override;
    Task<void> read();
    Task<void> write();
    [[nodiscard]] Mischief draw_mischief();
    void end_in_order();
    void check_connection();

    Endpoint& endpoint_;
    net::Stream& stream_;
    http::H2ServerSession session_;
    std::vector<std::unique_ptr<Request>> requests_;
    bool talks_rubbish_ = false;
    loop::Event output_;
    loop::Scope working_;
};

}   // namespace gatehouse::simulation
