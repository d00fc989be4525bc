#include "admin/site.h"

#include "admin/api.h"
#include "admin/page.h"

#include <utility>

namespace gatehouse::admin {
namespace {

using model::AdminAnswer;
using model::AdminPart;

constexpr std::string_view html = "text/html; charset=utf-8";
// The page has no script and nothing from elsewhere; nobody else may frame it.
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors "
    "'none'";

AdminAnswer plain(int status, std::string text) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

AdminAnswer page(const Report& report, const Setting& setting, const Query& query) {
    return {.status = 200,
            .content_type = std::string(html),
            .body = write_page(report, setting, query),
            .fields = {{"Cache-Control", "no-store"},
                       {"Content-Security-Policy", std::string(page_policy)},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"}}};
}

}   // namespace

void Site::publish(MakeReport make) {
    auto pending = std::make_shared<Pending>();
    pending->make = std::move(make);
    const std::lock_guard lock(mutex_);
    pending_.swap(pending);
}

std::shared_ptr<const Report> Site::report() const {
    std::shared_ptr<Pending> pending;
    {
        const std::lock_guard lock(mutex_);
        pending = pending_;
    }
    const std::lock_guard lock(pending->mutex);
    if (pending->made == nullptr) {
        const auto make = std::exchange(pending->make, nullptr);
        pending->made = std::make_shared<const Report>(make ? make() : Report{});
    }
    return pending->made;
}

AdminAnswer Site::answer(const model::AdminRequest& request) const {
    if (request.part == AdminPart::ping) return plain(200, "OK");
    std::string_view path = request.path;
    if (path.starts_with(setting_.base_path)) path.remove_prefix(setting_.base_path.size());
    const Query query(request.query);
    if (request.part == AdminPart::api && path.starts_with("/api/"))
        return answer_api(*report(), setting_, path, query);
    const bool is_root = path.empty() || path == "/";
    const bool is_page = path == "/dashboard/" || (request.part == AdminPart::page && is_root);
    if (setting_.has_page && is_page) return page(*report(), setting_, query);
    if (setting_.has_page && (is_root || path == "/dashboard")) {
        auto moved = plain(302, "");
        moved.fields.emplace_back("Location", setting_.base_path + "/dashboard/");
        return moved;
    }
    return plain(404, "404 page not found\n");
}

}   // namespace gatehouse::admin
