#pragma once
// ContainerWatch: follows the containers of one engine and tells what changed about them. Events are followed
// first and containers listed then, so that nothing falls between; after that one change costs one question.
// An engine that is absent, asleep or broken takes nothing away: what was known stays, and it is tried again
// until it is back, when only what changed meanwhile is asked for. Control's thread only; owned by whoever
// merges what providers know. close() before the end.

#include "loop/loop.h"
#include "model/log_format.h"
#include "providers/docker/engine.h"
#include "providers/docker/known_containers.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::docker {

class ContainerWatch {
public:
    // Every container that changed since the last call, once. The first call comes when all that the engine
    // lists are known (or after `hold_first`), even if there are none.
    using OnChange = std::function<void(std::vector<ContainerChange>)>;
    using Report = std::function<void(model::LogLevel, std::string_view)>;

    static constexpr std::size_t questions_at_once = 16;
    // Changes are told together when no question is open any more, but at the latest after this long.
    static constexpr loop::Duration hold = std::chrono::milliseconds(30);
    static constexpr loop::Duration hold_first = std::chrono::seconds(2);        // while catching up
    static constexpr loop::Duration least_gap = std::chrono::milliseconds(10);   // between two calls
    static constexpr loop::Duration first_back_off = std::chrono::milliseconds(100);
    static constexpr loop::Duration longest_back_off = std::chrono::seconds(5);
    static constexpr loop::Duration ping_interval = std::chrono::seconds(15);
    // Engines drop events of a reader that is slow, and say nothing: so now and then all are listed again.
    static constexpr loop::Duration list_interval = std::chrono::minutes(5);

    enum class State : std::uint8_t {
        waiting,       // for the engine
        catching_up,   // it tells its events; what it lists is not all known yet
        following,
    };

    // `name`: the engine in reports, "unix:///var/run/docker.sock". The door outlives the watch.
    ContainerWatch(loop::Loop& loop, EngineDoor& door, std::string name, OnChange on_change, Report report);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const std::string& failure() const { return failure_; }   // why it waits; "" otherwise
    [[nodiscard]] std::size_t size() const { return known_.size(); }
    [[nodiscard]] loop::Task<void> close();

private:
    loop::Task<void> keep_following();
    loop::Task<EngineFailure> follow();
    loop::Task<std::optional<EngineFailure>> find_clock();
    loop::Task<void> keep_listing();
    loop::Task<std::optional<EngineFailure>> list();
    loop::Task<void> keep_pinging();
    loop::Task<void> inspect();
    loop::Task<void> keep_waking();
    loop::Task<void> keep_telling();
    loop::Task<Result<>> hold_back();

    void take_event(const std::string& line);
    void take_inspection(const std::string& id, tl::expected<EngineAnswer, EngineFailure> answer);
    void proceed();   // after anything was taken in
    void end_session(EngineFailure why);
    void lost(const EngineFailure& why);
    void caught_up();
    void remark(const std::string& id, const EngineFailure& failure);

    loop::Loop& loop_;
    Engine engine_;
    const std::string name_;
    const OnChange on_change_;
    const Report report_;
    KnownContainers known_;

    State state_ = State::waiting;
    std::string failure_;
    std::int64_t latest_event_ns_ = 0;   // by the engine's clock: where to go on after a break
    loop::Duration back_off_ = first_back_off;
    loop::TimePoint lost_at_{};
    bool was_told_ = false;    // on_change_ was called
    bool is_listed_ = false;   // since the engine was last there
    std::size_t remarks_ = 0;

    loop::Strand* follower_ = nullptr;   // while a session lasts
    std::optional<EngineFailure> session_failure_;
    std::optional<loop::Interruption> end_of_session_;
    std::size_t inspecting_ = 0;
    std::optional<loop::TimePoint> wake_at_;
    loop::Event list_soon_, wake_, news_;
    loop::Scope session_;   // what asks the engine, besides the follower
    loop::Scope scope_;
};

}   // namespace gatehouse::docker
