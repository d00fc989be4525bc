#include "exchange/filters/basic_auth.h"

#include "base/base64.h"
#include "base/text.h"
#include "exchange/filters/authenticated.h"
#include "exchange/worker_state.h"
#include "model/password_hash.h"

#include <optional>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using loop::Task;

struct Credentials {
    std::string user, password;
};

std::optional<Credentials> credentials_of(const http::Fields& fields) {
    constexpr std::string_view scheme = "basic ";
    const auto value = fields.value_of(FieldId::authorization);
    if (!starts_with_ignoring_case(value, scheme)) return {};
    const auto text = decode_base64(trim(value.substr(scheme.size())));
    const auto colon = text.find(':');
    if (colon == std::string::npos) return {};
    return Credentials{text.substr(0, colon), text.substr(colon + 1)};
}

Outcome challenge(Exchange& exchange, const model::BasicAuth& settings) {
    exchange.reason = "not-authenticated";
    exchange.response.fields.add(
        exchange.arena(),
        http::make_field(FieldId::www_authenticate,
                         exchange.arena().concat({"Basic realm=\"", settings.realm, "\""})));
    return Outcome::answer(401);
}

// What the hash says; computed where nobody waits for it if that takes long.
Task<Result<bool>> check(Exchange& exchange, std::string password, std::string hash) {
    if (!model::is_slow_hash(hash)) co_return model::password_matches(password, hash);
    const auto right = std::make_shared<bool>(false);
    std::function<void()> work = [right, password = std::move(password), hash = std::move(hash)] {
        *right = model::password_matches(password, hash);
    };
    const auto done =
        co_await loop::run_in_background(exchange.client.worker.shared.background, std::move(work));
    if (!done) co_return Failure(done.error());
    co_return *right;
}

}   // namespace

Task<Outcome> on_request(Exchange& exchange, const model::BasicAuth& settings) {
    const auto given = credentials_of(exchange.request.fields);
    if (!given || settings.users.empty()) co_return challenge(exchange, settings);
    const auto known = settings.users.find(given->user);
    const bool exists = known != settings.users.end();
    // a name that does not exist takes as long as one that does
    const std::string& hash = exists ? known->second : settings.users.begin()->second;
    const bool verified = exists && model::is_slow_hash(hash) &&
                          settings.verified->contains(given->user, given->password, hash);
    if (!verified) {
        const auto right = co_await check(exchange, given->password, hash);
        if (!right) {
            if (right.error().code != ErrorCode::too_large) co_return Outcome::close();
            exchange.reason = "authentication-overloaded";
            co_return Outcome::answer(503);
        }
        if (!exists || !*right) co_return challenge(exchange, settings);
        if (model::is_slow_hash(hash)) settings.verified->add(given->user, given->password, hash);
    }
    authenticated(exchange, given->user, settings.header_field, settings.remove_header);
    co_return Outcome::go_on();
}

}   // namespace gatehouse::exchange
