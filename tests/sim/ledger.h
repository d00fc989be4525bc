#pragma once
// Ledger: what really happened in one run, as an outsider who sees both sides knows it: what each client
// asked, what each endpoint saw and meant to answer, and what the client got. Whatever contradicts
// the promises checked here is a violation.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::simulation {

struct Request {
    std::uint64_t id = 0;
    std::string method = "GET";
    std::string target;
    std::size_t body_bytes = 0;
    bool chunked = false;
    bool expects_continue = false;
    bool http_1_0 = false;
    bool last = false;        // of its connection: says so
    bool is_tunnel = false;   // a WebSocket: the body goes through it, and comes back
    // Of its body the gateway may have read so much before it passes anything on: one read, or a window.
    std::size_t read_ahead = 32 * 1024;
    std::string
        poison;   // fields that no two recipients understand alike: to be refused, and never forwarded

    [[nodiscard]] bool idempotent() const { return method != "POST"; }
};

// One endpoint's view of one request.
struct Sighting {
    int endpoint = 0;
    std::uint64_t body_bytes = 0;   // that arrived
    bool body_complete = false;
};

// A response an endpoint began; what it means to send.
struct Answer {
    std::uint64_t request = 0;
    int status = 200;
    std::size_t body_bytes = 0;
    bool meant_to_be_cut = false;   // it will never be complete
};

enum class Outcome {
    unsent,      // the client never came to it
    answered,    // complete response of an endpoint, or the gateway's own page
    failed,      // complete 5xx of the gateway
    cut,         // connection lost before the response was complete
    abandoned,   // by the client itself
};

class Ledger {
public:
    struct Entry {
        Request request;
        std::vector<Sighting> sightings;
        Outcome outcome = Outcome::unsent;
        int responses = 0;
        int status = 0;   // of the response
        int logged = 0;   // lines in the access log
        int logged_status = 0;
    };

    void add(const Request& request) { entries_[request.id].request = request; }
    [[nodiscard]] Entry* find(std::uint64_t id);
    [[nodiscard]] const std::map<std::uint64_t, Entry>& entries() const { return entries_; }
    [[nodiscard]] int count(Outcome outcome) const;

    [[nodiscard]] std::uint64_t begin_answer(const Answer& answer);   // its number, sent along as X-Answer
    [[nodiscard]] const Answer* answer(std::uint64_t number) const;

    void violation(std::string text) { violations_.push_back(std::move(text)); }
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

    // One line of the access log: "ID STATUS".
    void take_log_line(std::string_view line);

    // What can only be judged at the end. `unbuffered`: request bodies are passed on as they come.
    void check_attempts(bool unbuffered);
    void check_log();

private:
    std::map<std::uint64_t, Entry> entries_;
    std::map<std::uint64_t, Answer> answers_;
    std::vector<std::string> violations_;
};

}   // namespace gatehouse::simulation
