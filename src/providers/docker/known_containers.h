#pragma once
// KnownContainers: what is known of every container of one engine, and what has to be asked to know it again.
// Events, lists and inspections go in; questions and changes come out. It does no I/O and reads no clock, so
// every order of what an engine may say can be tried on it. Owned by a ContainerWatch.
//
// An event is believed at once where that is safe (a container was told to stop, died, is gone); all else is
// learnt by inspecting that one container. A container that was just created is inspected when it starts, or
// after a while: one question instead of three.

#include "loop/clock.h"
#include "model/container_facts.h"
#include "providers/docker/event.h"
#include "providers/docker/inspection.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace gatehouse::docker {

struct ContainerChange {
    std::string id;
    std::shared_ptr<const model::ContainerFacts> facts;   // null: there is no such container any more
};

class KnownContainers {
public:
    using TimePoint = loop::TimePoint;
    using Duration = loop::Duration;

    // What is not urgent (created, a network connected before the start) is asked for after this long.
    static constexpr Duration settling = std::chrono::milliseconds(500);
    // A container that was sent its stop signal and still runs after this long is taken to have ignored it.
    static constexpr Duration patience_with_stop = std::chrono::seconds(60);
    static constexpr Duration first_retry = std::chrono::seconds(1);
    static constexpr Duration longest_retry = std::chrono::seconds(30);
    // An inspection that events overtook is asked for again, this often; then it counts until the next one.
    static constexpr unsigned most_overtaken = 3;

    void take(const EngineEvent& event, TimePoint now);
    // `asked_at`: sequence() when the list was asked for. What had events since then is newer than the list.
    void take(const std::vector<ListedContainer>& list, std::uint64_t asked_at);
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

    // The next container to inspect. Each must be answered by one of the two below, or forget_questions().
    [[nodiscard]] std::optional<std::string> next_question();
    void inspected(const std::string& id, Inspection inspection, TimePoint now);
    // It is gone (not_found), will not be read whatever the number of times it is asked (`problem`), or is
    // asked again later (neither).
    enum class Failure : std::uint8_t { gone, unreadable, later };
    void not_inspected(const std::string& id, Failure failure, std::string_view problem, TimePoint now);
    // The conversation with the engine broke: what was asked will be asked again.
    void forget_questions();

    // Moves what was put off and is due now to the questions; the next time to call, or nullopt.
    [[nodiscard]] std::optional<TimePoint> wake(TimePoint now);
    [[nodiscard]] bool has_questions() const { return !questions_.empty(); }
    [[nodiscard]] bool is_idle() const { return questions_.empty() && asked_ == 0; }

    // Since the last call, of each container once.
    [[nodiscard]] std::vector<ContainerChange> take_changes();
    [[nodiscard]] bool has_changes() const { return !changed_.empty(); }
    // Some change takes a container away: waiting to tell costs requests.
    [[nodiscard]] bool is_urgent() const { return urgent_; }
    [[nodiscard]] std::size_t size() const { return containers_.size(); }

private:
    enum class Question : std::uint8_t {
        none,
        waiting,   // in questions_
        asked,
        overtaken,   // asked, and something happened since
    };
    struct Container {
        std::shared_ptr<const model::ContainerFacts> facts;   // null: never inspected
        std::string started_at;
        std::uint64_t digest = 0;       // of the latest list, 0: in none
        std::uint64_t last_event = 0;   // sequence number
        Question question = Question::none;
        unsigned times_overtaken = 0;
        unsigned failures = 0;
        std::optional<TimePoint> put_off_until;
        std::optional<TimePoint> stopping_until;
    };

    void ask(const std::string& id, Container& container);
    void put_off(const std::string& id, Container& container, TimePoint until);
    void call_back(const std::string& id, Container& container);   // of putting off
    void died(const std::string& id, Container& container);
    void signalled(const std::string& id, Container& container, int signal, TimePoint now);
    void destroy(const std::string& id);
    void change(const std::string& id, Container& container, model::ContainerFacts facts, bool urgent);
    [[nodiscard]] Container* answered(const std::string& id);

    std::unordered_map<std::string, Container> containers_;
    std::deque<std::string> questions_;   // may name some that need none any more
    std::set<std::pair<TimePoint, std::string>> put_off_;
    std::unordered_set<std::string> changed_;
    std::size_t asked_ = 0;
    std::uint64_t sequence_ = 0;
    bool urgent_ = false;
};

}   // namespace gatehouse::docker
