#pragma once
// The templates of nginx's image: files under /etc/nginx/templates become files in conf.d, with the variables
// of the environment filled in. What is no variable of the environment stays, as nginx has variables too.
// Before anything is served, in one thread.

#include <tl/expected.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gatehouse::image {

using Environment = std::map<std::string, std::string, std::less<>>;

// `$NAME` and `${NAME}` of all names that `environment` has; nothing else changes. Pure.
[[nodiscard]] std::string fill_in(std::string_view text, const Environment& environment);

// Those whose name has a part that `filter`, an extended regular expression, matches; the error is a
// sentence.
[[nodiscard]] tl::expected<Environment, std::string> filtered(const Environment& environment,
                                                              const std::string& filter);

// "10.0.0.1 [fd00::1]": the name servers of a resolv.conf, as nginx's `resolver` takes them. Pure.
[[nodiscard]] std::string name_servers(std::string_view resolv_conf);

// What NGINX_ENVSUBST_TEMPLATE_DIR, _TEMPLATE_SUFFIX, _OUTPUT_DIR, _FILTER, _STREAM_TEMPLATE_SUFFIX and
// _STREAM_OUTPUT_DIR ask for, with nginx's defaults; `say` is given a sentence for each file made, and for
// output that cannot be written at all, which is no error. `config` gets a stream block when there are
// templates for one and it has none. The error is a sentence.
[[nodiscard]] tl::expected<void, std::string> make_from_templates(
    const Environment& environment, const std::string& config, const std::function<void(std::string)>& say);

}   // namespace gatehouse::image
