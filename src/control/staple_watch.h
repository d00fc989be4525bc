#pragma once
// StapleWatches: keeps the proofs that certificates are not revoked (tls/ocsp.h) up to date: each
// certificate's responder is asked when the configuration is taken, again well before the answer expires, and
// after a failure less and less often. Only answers that were checked reach handshakes; until there is a
// better one they show the former, as long as that is good. Control's thread only; owned by Control.

#include "control/name_watch.h"
#include "model/snapshot.h"
#include "tls/ocsp.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace gatehouse::control {

class StapleWatches {
public:
    // Of answers: half of the time that they are good for, within these.
    static constexpr loop::Duration longest_interval = std::chrono::hours(1);
    static constexpr loop::Duration shortest_interval = std::chrono::seconds(10);
    // After failures in a row: doubled each time.
    static constexpr loop::Duration first_retry = std::chrono::seconds(10);
    static constexpr loop::Duration longest_retry = std::chrono::minutes(5);

    StapleWatches(loop::Loop& loop, NameWatches& names, const Report& report)
        : loop_(loop), names_(names), report_(report), scope_(loop) {}

    // What its sites ask for, and nothing else from now on. Who was asked already is not asked again at once.
    void configure(const model::Model& model);
    [[nodiscard]] std::size_t size() const { return watches_.size(); }
    [[nodiscard]] loop::Task<void> close();

private:
    struct Watch {
        explicit Watch(std::shared_ptr<const tls::OcspQuestion> asks) : question(std::move(asks)) {}
        std::shared_ptr<const tls::OcspQuestion> question;
        loop::Event gone;   // nobody is interested any more
        unsigned failures_in_a_row = 0;
        std::string trouble;   // as last reported; empty: none
    };
    using Watches = std::unordered_map<std::string, std::shared_ptr<Watch>>;   // by the question's identity
    loop::Task<void> keep_asking(std::shared_ptr<Watch> watch);
    // Both return when to ask again.
    loop::Duration take(Watch& watch, std::string response);
    loop::Duration take_failure(Watch& watch, const std::string& why);
    [[nodiscard]] std::int64_t unix_seconds() const;

    loop::Loop& loop_;
    NameWatches& names_;
    const Report& report_;
    Watches watches_;
    loop::Scope scope_;
};

}   // namespace gatehouse::control
