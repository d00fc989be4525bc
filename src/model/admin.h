#pragma once
// How the engine has requests about the gateway itself answered (Traefik's API and page) without knowing who
// answers. A route's AdminHandler leads to an Admin, which outlives every snapshot that names it: what it
// tells is what is true when it is asked.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::model {

enum class AdminPart : std::uint8_t { api, page, ping };   // api: with the page below it

struct AdminRequest {
    AdminPart part = AdminPart::api;
    std::string path;    // decoded
    std::string query;   // as sent, without the question mark
};

struct AdminAnswer {
    int status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields{};
};

class Admin {
public:
    virtual ~Admin() = default;
    // From any thread, also several at once. May take long where there are many routers.
    [[nodiscard]] virtual AdminAnswer answer(const AdminRequest& request) const = 0;
    [[nodiscard]] virtual int status_while_ending() const { return 503; }   // of a ping
};

struct AdminHandler {
    std::shared_ptr<const Admin> admin;
    AdminPart part = AdminPart::api;
};

}   // namespace gatehouse::model
