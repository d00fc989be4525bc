#pragma once
// ServiceDirectory: services that only a request names (proxy_pass with variables). Each host and port is one
// service, shared by all who ask and kept resolved; what nobody has held or asked for during idle_time is
// forgotten. find() and suspect() may be called from any thread, the rest from control's. Owned by Control.

#include "control/service_watch.h"
#include "model/publication.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::control {

class ServiceDirectory final : public model::ServiceDirectory {
public:
    // Names come from requests, so their number is bounded: past it the longest unused makes room; when every
    // one of them is in use, a new name is refused (too_large).
    static constexpr std::size_t limit = 1024;
    static constexpr loop::Duration idle_time = std::chrono::seconds(60);
    static constexpr loop::Duration sweep_interval = std::chrono::seconds(10);

    ServiceDirectory(loop::Loop& loop, NameWatches& names, Suspects& suspects);

    void find(std::string host, std::uint16_t port, Answer answer) override;
    void suspect(const model::ServiceState& state) override { suspects_.add(state); }

    [[nodiscard]] std::size_t size() const;
    // Answers what is open with `canceled`, and everything asked from now on.
    [[nodiscard]] loop::Task<void> close();

private:
    struct Entry {
        std::shared_ptr<const model::Service> service;
        bool known = false;         // has endpoints; for ever, because the last good addresses stay
        unsigned idle_sweeps = 0;   // since it was last held, used or asked for
        std::uint64_t choices =
            0;   // of an endpoint, as of the last sweep: workers may use a service without asking again
        // control's thread only, without the lock
        std::unique_ptr<ServiceWatch> watch;   // null: an address literal
        std::vector<Answer>
            waiting;   // bounded by the workers' connections, of which each waits for one answer
    };
    using Entries = std::unordered_map<std::string, Entry>;   // by "host:port", lower case

    [[nodiscard]] std::shared_ptr<const model::Service> find_known(const std::string& key);
    // What it gives back is the service that is shared, which another thread may have made.
    [[nodiscard]] std::shared_ptr<const model::Service> add_literal(
        const std::string& key, std::shared_ptr<const model::Service> service);
    void ask(const std::string& key, const std::string& host, std::uint16_t port, Answer answer);
    void answered(Entry& entry);
    [[nodiscard]] bool make_room();   // under the lock
    [[nodiscard]] static bool is_held(const Entry& entry);
    void begin_to_sweep();
    loop::Task<void> sweep();

    loop::Loop& loop_;
    NameWatches& names_;
    Suspects& suspects_;
    mutable std::mutex mutex_;
    Entries entries_;   // changed under the lock; names are added, and anything removed, on control's thread
                        // alone
    bool closed_ = false;
    bool sweeping_ = false;   // control's thread
    loop::Scope scope_;
};

}   // namespace gatehouse::control
