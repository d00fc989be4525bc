#pragma once
// FakeEngine: a container engine in a simulated world, behind an EngineDoor: it keeps containers, tells
// events and answers questions in HTTP, after a latency of virtual time and in pieces of any size. It can be
// absent, asleep, cut its answers short, and be started anew.

#include "loop/loop.h"
#include "loop/sim/sim_world.h"
#include "providers/docker/engine_door.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::docker {

class FakeEngine final : public EngineDoor {
public:
    struct Container {
        std::string name = {};
        std::map<std::string, std::string> labels = {};
        bool running = false;
        std::string health = {};
        std::string stop_signal = {};
        std::string ip = {};
        std::uint64_t starts = 0;
        bool hangs = false;   // an inspection of it is never answered
        int inspect_status = 200;
    };

    FakeEngine(loop::SimWorld& world, loop::Loop& loop) : world_(world), loop_(loop) {}

    // What a user does; each tells its events, as Docker does.
    void create(const std::string& id, std::map<std::string, std::string> labels = {});
    void start(const std::string& id);
    void run(const std::string& id, std::map<std::string, std::string> labels = {}) {
        create(id, std::move(labels));
        start(id);
    }
    void signal(const std::string& id, int number);
    void die(const std::string& id);
    void remove(const std::string& id);
    void set_health(const std::string& id, const std::string& health);
    void tell(const std::string& type, const std::string& action, const std::string& id,
              const std::string& attributes = "");
    void tell_line(const std::string& line);   // whatever it is

    std::map<std::string, Container> containers;
    loop::Duration latency = std::chrono::milliseconds(1);
    std::size_t piece_bytes = 1 << 20;   // answers come in pieces of at most this
    bool chunked = false;
    int half_answers = 0;   // the next ones end half way
    bool absent = false;    // nobody listens
    bool asleep = false;    // it accepts and does not answer
    bool forgets = false;   // tells no past events
    bool silent = false;    // loses events, without a word
    void wake_up();         // answers what was asked while it slept
    void break_off();       // every conversation ends

    // What was asked, by kind; of one container.
    [[nodiscard]] std::size_t asked(EngineRequest::Kind kind) const;
    [[nodiscard]] std::size_t inspections_of(const std::string& id) const;
    [[nodiscard]] std::size_t most_at_once() const { return most_at_once_; }
    [[nodiscard]] std::size_t open_conversations() const;

    [[nodiscard]] std::unique_ptr<EngineConversation> ask(const EngineRequest& request) override;

    struct Line;   // one conversation's state, shared with it

private:
    void answer(const std::shared_ptr<Line>& line, const EngineRequest& request);
    void send(const std::shared_ptr<Line>& line, int status, const std::string& body);
    [[nodiscard]] std::string body_of(const EngineRequest& request, int& status) const;
    [[nodiscard]] std::string inspection_of(const std::string& id, const Container& container) const;
    [[nodiscard]] std::string list() const;
    [[nodiscard]] std::int64_t now_ns() const;

    loop::SimWorld& world_;
    loop::Loop& loop_;
    std::vector<EngineRequest> asked_;
    std::vector<std::weak_ptr<Line>> lines_;
    std::vector<std::pair<std::shared_ptr<Line>, EngineRequest>> waiting_;   // while it sleeps
    std::vector<std::pair<std::int64_t, std::string>> past_events_;
    std::size_t most_at_once_ = 0;
};

}   // namespace gatehouse::docker
