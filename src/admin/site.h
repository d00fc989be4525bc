#pragma once
// Site: answers requests about the gateway: Traefik's API, the page, the ping. Control tells it with
// publish() how to make a report each time something changed; the report is made when somebody asks, on the
// thread that answers, and kept until the next. Any thread.

#include "admin/report.h"
#include "model/admin.h"

#include <functional>
#include <mutex>

namespace gatehouse::admin {

class Site final : public model::Admin {
public:
    // Owns all it needs, and is called at most once.
    using MakeReport = std::function<Report()>;

    explicit Site(Setting setting) : setting_(std::move(setting)) {}

    void publish(MakeReport make);
    // When the gateway began, in RFC 3339; before anybody asks.
    void began_at(std::string date) { setting_.start_date = std::move(date); }
    [[nodiscard]] model::AdminAnswer answer(const model::AdminRequest& request) const override;
    [[nodiscard]] int status_while_ending() const override { return setting_.status_while_ending; }

private:
    // A report that is made by who asks first; others who ask meanwhile wait for it.
    struct Pending {
        std::mutex mutex;
        MakeReport make;
        std::shared_ptr<const Report> made;
    };
    [[nodiscard]] std::shared_ptr<const Report> report() const;

    Setting setting_;
    mutable std::mutex mutex_;
    std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();
};

}   // namespace gatehouse::admin
