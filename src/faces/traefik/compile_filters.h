#pragma once
// Traefik's middlewares → filters of the model. A middleware that cannot be had (a mistake in it, files that
// are not there, one that refers to itself) is an error that costs the routers using it: they are not served,
// because a missing middleware may be what keeps people out. Pure, except for reading users' files.

#include "faces/traefik/compile_services.h"
#include "faces/traefik/dependencies.h"
#include "faces/traefik/http_headers_middleware.h"
#include "faces/traefik/names.h"
#include "model/filters/filter.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

using Filters = std::vector<std::shared_ptr<const model::Filter>>;

// All middlewares there are, by qualified name ("auth@docker").
using MiddlewareTable = std::map<std::string, const Middleware*>;

// Kept between compilations: a middleware that did not change stays the same filter, with what it remembers
// (whose requests were counted, whose passwords were right).
class FilterCompiler {
public:
    struct Compiled {
        Filters filters;   // in order; a chain is what its parts are
        std::vector<std::shared_ptr<const model::Service>> services;   // that only it asks; none of a chain's
        std::vector<std::string> errors;   // sentences; not empty: the router is not to be served
        std::vector<std::string> notices;
    };
    // How a filter asks a service: the route to a configured one, by qualified name, or the reason why there
    // is none; and the route to one that only an address names.
    using RouteTo = std::function<tl::expected<std::shared_ptr<const model::Route>, std::string>(
        const std::string& service)>;
    using RouteAt = std::function<std::shared_ptr<const model::Route>(const CompiledService& service)>;
    struct Routes {
        RouteTo to;
        RouteAt at;
    };
    // All there are; what it points to must stay until the table says otherwise.
    [[nodiscard]] MiddlewareTable& table() { return middlewares_; }
    // These are to be looked at again: all, or one that changed, needs what changed, or is gone.
    void forget_all();
    void forget(const std::string& qualified_name);
    // A compilation, in which middlewares are asked for; what these are may go after end().
    void begin(Routes routes, Dependencies& dependencies);
    void end() { routes_ = {}; }
    // `names` as a router of `provider` refers to them.
    [[nodiscard]] Compiled compile(const std::vector<std::string>& names, std::string_view provider);
    // Of the middleware itself: errors and notices.
    [[nodiscard]] const Compiled& compile_one(const std::string& qualified_name);
    // Those that only middlewares ask are added.
    void list_services(std::vector<std::shared_ptr<const model::Service>>& services) const;

private:
    struct Kept {
        Middleware written;
        Compiled compiled;
    };
    [[nodiscard]] Compiled make(const std::string& qualified_name, const Middleware& middleware);
    [[nodiscard]] Compiled compile_anew(const std::string& qualified_name);

    MiddlewareTable middlewares_;
    Routes routes_;
    std::map<std::string, Kept> kept_;           // but chains, by qualified name
    std::map<std::string, Compiled> compiled_;   // what is not to be looked at again
    Dependencies* dependencies_ = nullptr;
    std::vector<std::string> under_way_;   // chains that are being followed
    std::vector<std::string> unsure_;      // compiled with a chain cut short: not to be relied on
};

}   // namespace gatehouse::traefik
