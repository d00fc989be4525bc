#pragma once
// NameWatches: every name that some service needs, each asked for once however many services share it, and
// asked again for as long as somebody is interested. A failed look-up keeps the last good addresses. Whom
// nginx would ask is asked first; the other is asked when that fails. Control's thread only; owned by
// Control.
//
// When a name is asked again: after min(TTL, 5 s) but not before 1 s; after 1 s where Docker's server
// answered (it says 600 s and changes within one); after `valid=` where the configuration says so; after a
// failure in 1, 2, 4, 5, 5 … s; never while it is provided; when hosts or resolv.conf changed; and at once
// when suspected, though never sooner than least_gap after the answer before.

#include "base/intrusive_list.h"
#include "control/report.h"
#include "loop/loop.h"
#include "model/snapshot.h"
#include "net/resolver.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::control {

// `scope` runs what the resolver needs in the background (its sockets); it is joined after the resolver's
// death.
using MakeResolver =
    std::function<std::unique_ptr<net::Resolver>(loop::Scope& scope, const net::ResolverOptions& options)>;

// Names written in the configuration are the system's (hosts, resolv.conf), as for nginx, which asks
// getaddrinfo; those made at run time are the `resolver` directive's, where there is one.
enum class NameSource : std::uint8_t { configuration, run_time };

class WatchedName;

// One party's interest in a name; it ends with its life.
class NameInterest : public ListNode {
public:
    virtual ~NameInterest();
    NameInterest() = default;
    // After each look-up; `changed`: the addresses are others than before.
    virtual void answered(bool changed) = 0;
    [[nodiscard]] virtual std::string origin() const = 0;       // who needs the name: "proxy.conf:12:5"
    [[nodiscard]] WatchedName* name() const { return name_; }   // null before watch()

private:
    friend class NameWatches;
    WatchedName* name_ = nullptr;
};

class WatchedName {
public:
    WatchedName(std::string name, NameSource source) : name_(std::move(name)), source_(source) {}

    // Sorted, port 0; the last good answer. Empty: none yet.
    [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return addresses_; }
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }   // of the latest look-up
    [[nodiscard]] bool settled() const {
        return !addresses_.empty() || failure_.has_value();
    }   // was answered once
    void ask_soon() { soon_.set(); }

private:
    friend class NameInterest;
    friend class NameWatches;
    const std::string name_;
    const NameSource source_;
    std::vector<SocketAddress> addresses_;
    std::optional<Error> failure_;
    unsigned failures_in_a_row_ = 0;
    loop::Event soon_;
    IntrusiveList<NameInterest> interests_;
};

class NameWatches {
public:
    struct Answer {
        Result<net::Resolution> resolution;
        std::optional<loop::Duration> valid;   // `valid=`, where the `resolver` directive's servers answered
    };

    static constexpr loop::Duration longest_interval = std::chrono::seconds(5);
    static constexpr loop::Duration shortest_interval = std::chrono::seconds(1);
    static constexpr loop::Duration docker_interval = std::chrono::seconds(1);
    static constexpr loop::Duration least_gap = std::chrono::milliseconds(200);
    static constexpr loop::Duration first_retry = std::chrono::seconds(1);
    static constexpr loop::Duration longest_retry = std::chrono::seconds(5);
    static constexpr loop::Duration file_check_interval = std::chrono::seconds(1);

    NameWatches(loop::Loop& loop, MakeResolver make_resolver, const Report& report);

    // The `resolver` directive and what belongs to it. Asks for every name again when it is not what it was.
    void configure(const model::ResolverSettings& settings);
    // From now until `by` dies. The first look-up starts at once.
    void watch(std::string_view name, NameSource source, NameInterest& by);
    // What somebody knows better than name servers: from now on the name has these addresses (port 0, sorted;
    // perhaps none), and nobody is asked. Nothing: it is asked for again. Any name, watched or not.
    void provide(const std::string& name, std::optional<std::vector<SocketAddress>> addresses);
    void forget_provided();
    // Once, for whoever needs no more. Not longer than until close().
    [[nodiscard]] loop::Task<Answer> look_up(std::string name, NameSource source);
    // Notified when a name got its first answer, good or bad.
    [[nodiscard]] loop::Event& first_answers() { return first_answers_; }
    [[nodiscard]] std::size_t size() const { return names_.size(); }
    [[nodiscard]] loop::Task<void> close();

private:
    loop::Task<void> keep_asking(WatchedName* name);
    loop::Task<void> watch_files();
    // Takes an answer in and tells those interested; returns when to ask again.
    loop::Duration take(WatchedName& name, Answer answer);
    [[nodiscard]] bool take_addresses(WatchedName& name, std::vector<SocketAddress> addresses);   // changed?
    void take_provided(WatchedName& name, std::vector<SocketAddress> addresses);
    template <class Function>
    void for_each_source(const std::string& name, Function&& function);
    void report_failure(const WatchedName& name, const Error& error);
    void ask_all_soon();

    loop::Loop& loop_;
    const MakeResolver make_resolver_;
    const Report& report_;
    std::shared_ptr<net::Resolver> system_;       // shared with the look-ups under way
    std::shared_ptr<net::Resolver> configured_;   // null: there is no `resolver` directive
    model::ResolverSettings settings_;
    std::unordered_map<std::string, std::unique_ptr<WatchedName>> names_;    // by source and name
    std::unordered_map<std::string, std::vector<SocketAddress>> provided_;   // by name, lower case
    loop::Event first_answers_;
    bool watching_files_ = false;
    loop::Scope scope_;
};

// How long an answer is good for.
[[nodiscard]] loop::Duration refresh_after(const net::Resolution& answer,
                                           std::optional<loop::Duration> valid);

}   // namespace gatehouse::control
