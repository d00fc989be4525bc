#pragma once
// Short ways to write location trees in tests.

#include <memory>
#include <string>
#include <vector>

#include "model/matcher.h"

namespace gatehouse::model {

inline std::shared_ptr<Route> route(std::string name) {
    auto made = std::make_shared<Route>();
    made->name = std::move(name);
    return made;
}

// As in nginx: "/x", "= /x", "^~ /x", "~ \.php$", "~* \.PHP$", "@name"; "/x/ >" also redirects from "/x".
inline Location location(std::string written, std::vector<Location> children = {}) {
    using Kind = Location::Kind;
    auto made = route(written);
    made->redirect_without_slash = written.ends_with(" >");
    if (made->redirect_without_slash) written.resize(written.size() - 2);
    made->name = written;
    Location out;
    const auto space = written.find(' ');
    const std::string modifier = space == std::string::npos ? "" : written.substr(0, space);
    out.text = space == std::string::npos ? written : written.substr(space + 1);
    out.kind = written.starts_with('@') ? Kind::named
               : modifier == "="        ? Kind::exact
               : modifier == "^~"       ? Kind::prefix_no_regex
               : modifier == ""         ? Kind::prefix
                                        : Kind::regex;
    if (out.kind == Kind::regex) out.regex = *Regex::compile(out.text, modifier == "~*");
    out.route = std::move(made);
    out.children = std::move(children);
    return out;
}

}   // namespace gatehouse::model
