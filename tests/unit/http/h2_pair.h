#pragma once
// Owners that write down what they are told, and a server and a client session wired to each other in memory.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h2_client.h"
#include "http/h2_server.h"

namespace gatehouse::http::test {

inline std::string text_of(const Fields& fields) {
    std::string text;
    for (const auto& field : fields) text.append(field.name).append("=").append(field.value).append("|");
    return text;
}

// One stream's owner. `log` holds what it was told, in order, joined: "head 200 a=b| data hello end ...".
struct Owner final : H2StreamEvents {
    H2Session* session = nullptr;
    StreamId id = 0;
    std::unique_ptr<H2Request> request;     // of a server's
    std::unique_ptr<H2Response> response;   // the last head
    std::unique_ptr<H2Trailers> trailers;
    std::string log;
    std::string body;          // what arrived
    std::string to_send;       // what remains to be offered
    std::size_t offered = 0;   // of it, now
    std::size_t piece_bytes = 16 * 1024;
    std::size_t taken = 0;
    bool consume_at_once = true;
    bool ended = false, closed = false;
    H2Closed how;

    void note(std::string_view text) {
        if (!log.empty()) log += ' ';
        log += text;
    }
    void head_arrived(std::unique_ptr<H2Response> head) override {
        note("head " + std::to_string(head->head.status) + " " + text_of(head->head.fields));
        response = std::move(head);
    }
    void data_arrived(std::string_view bytes) override {
        body += bytes;
        if (consume_at_once) session->consume(id, bytes.size());
    }
    void end_arrived(std::unique_ptr<H2Trailers> fields) override {
        ended = true;
        if (!body.empty()) note("body " + std::to_string(body.size()));
        note(fields == nullptr ? "end" : "trailers " + text_of(fields->fields));
        trailers = std::move(fields);
    }
    void piece_taken() override {
        taken += offered;
        to_send.erase(0, offered);
        offered = 0;
        if (!to_send.empty()) offer_next();
    }
    void stream_closed(const H2Closed& closing) override {
        closed = true;
        how = closing;
        const char* by[] = {"both", "peer", "session"};
        note(std::string("closed by ") + by[static_cast<int>(closing.by)] + " " +
             std::string(name_of(closing.code)) + (closing.unprocessed ? " unprocessed" : ""));
    }

    void send(std::string text) {
        to_send = std::move(text);
        offer_next();
    }
    void offer_next() {
        offered = std::min(piece_bytes, to_send.size());
        session->offer(id, std::string_view(to_send).substr(0, offered), offered == to_send.size());
    }
};

struct SessionLog {
    std::string log;
    void note(std::string_view text) {
        if (!log.empty()) log += ' ';
        log += text;
    }
};

struct ServerOwner final : H2ServerEvents, SessionLog {
    H2ServerSession* session = nullptr;
    std::map<StreamId, Owner> streams;
    bool accepts = true;
    // Called with each request; may respond at once.
    void (*on_request)(H2ServerSession&, Owner&) = nullptr;

    H2StreamEvents* request_arrived(StreamId id, std::unique_ptr<H2Request> request) override {
        if (!accepts) return nullptr;
        auto& owner = streams[id];
        owner.session = session;
        owner.id = id;
        owner.request = std::move(request);
        if (on_request != nullptr) on_request(*session, owner);
        return &owner;
    }
    void goaway_arrived(H2Code code, StreamId last) override {
        note("goaway " + std::string(name_of(code)) + " " + std::to_string(last));
    }
    void ping_answered() override { note("pong"); }
    void stream_refused(StreamId id, H2Code code, const char* why) override {
        note("refused " + std::to_string(id) + " " + std::string(name_of(code)) + ": " + why);
    }
};

struct ClientOwner final : H2SessionEvents, SessionLog {
    void goaway_arrived(H2Code code, StreamId last) override {
        note("goaway " + std::string(name_of(code)) + " " + std::to_string(last));
    }
    void ping_answered() override { note("pong"); }
    void settings_arrived() override { note("settings"); }
};

// The two ends of one connection. Bytes move only in run() and move().
struct Pair {
    explicit Pair(const H2Limits& server_limits = {}, const H2Limits& client_limits = {})
        : server(server_limits, server_owner), client(client_limits, client_owner) {
        server_owner.session = &server;
    }

    // Moves what one end has to say to the other, `cut` bytes at a time; true when there was something.
    static bool move(H2Session& from, H2Session& to, std::size_t cut = 1 << 20, std::size_t limit = 1 << 16) {
        Buffer out;
        from.pull(out, limit);
        for (auto rest = out.view(); !rest.empty(); rest.remove_prefix(std::min(cut, rest.size())))
            (void)to.feed(rest.substr(0, cut));
        return !out.empty();
    }
    // Until both are silent.
    void run(std::size_t cut = 1 << 20, std::size_t limit = 1 << 16) {
        for (bool moved = true; moved;) {
            moved = move(client, server, cut, limit);
            moved = move(server, client, cut, limit) || moved;
        }
    }
    // A GET, or with `ends` false the head of a POST, whose owner is in `requests`.
    Owner& request(std::string_view method, std::string_view path, bool ends = true,
                   const Fields* fields = nullptr) {
        const H2Outgoing outgoing{.method = method,
                                  .scheme = "https",
                                  .authority = "example.com",
                                  .path = path,
                                  .protocol = {},
                                  .fields = fields,
                                  .ends = ends};
        auto& owner = requests.emplace_back(std::make_unique<Owner>());
        owner->session = &client;
        const auto id = client.submit(outgoing, *owner);
        owner->id = id.value_or(0);
        return *owner;
    }

    ServerOwner server_owner;
    ClientOwner client_owner;
    H2ServerSession server;
    H2ClientSession client;
    std::vector<std::unique_ptr<Owner>> requests;
};

}   // namespace gatehouse::http::test
