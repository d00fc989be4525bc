#include "faces/nginx/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "faces/nginx/catalogue/tables.h"

namespace gatehouse::nginx {
namespace {

using Index = std::unordered_map<std::string_view, std::vector<const Entry*>>;

Index make_index() {
    Index index;
    for (const auto entries :
         {catalogue::core_entries(), catalogue::http_core_entries(), catalogue::filters_entries(),
          catalogue::proxy_entries(), catalogue::upstream_entries(), catalogue::gateways_entries(),
          catalogue::other_protocols_entries(), catalogue::tls_entries(), catalogue::absent_entries(),
          catalogue::stream_entries(), catalogue::mail_entries(), catalogue::docker_entries()}) {
        for (const Entry& entry : entries) index[entry.name].push_back(&entry);
    }
    return index;
}

const Index& index_by_name() {
    static const Index index = make_index();
    return index;
}

struct Foreign {
    std::string_view prefix;
    std::string_view remark;
};
constexpr std::array foreign_directives = {
    Foreign{"brotli",
            "it is of a third-party module; responses are not compressed in this version: remove the line"},
    Foreign{"more_",
            "it is of the third-party headers-more module: use \"add_header\" or \"proxy_hide_header\""},
    Foreign{"lua_", "it is of OpenResty: Lua is not supported"},
    Foreign{"rtmp", "it is of a third-party module for video streams, which is not supported"},
    Foreign{"modsecurity", "it is of a third-party firewall module, which is not supported"},
    Foreign{"pagespeed", "it is of a third-party module that is no longer maintained"},
    Foreign{"vhost_traffic_status", "it is of a third-party module: see \"stub_status\""},
    Foreign{"js_", "it is of the njs module: programs inside the configuration are not supported"},
    Foreign{"auth_jwt", "it is of nginx's commercial edition"},
    Foreign{"health_check", "it is of nginx's commercial edition"},
    Foreign{"status_zone", "it is of nginx's commercial edition"},
    Foreign{"spdy", "SPDY was replaced by HTTP/2"},
    Foreign{"limit_zone", "nginx removed it: use \"limit_conn_zone\""},
};

struct ContextName {
    at::Contexts context;
    std::string_view name;
};
constexpr std::array context_names = {
    ContextName{at::main, "main"},
    ContextName{at::events, "events"},
    ContextName{at::http, "http"},
    ContextName{at::server, "server"},
    ContextName{at::location, "location"},
    ContextName{at::if_in_server, "if in server"},
    ContextName{at::if_in_location, "if in location"},
    ContextName{at::limit_except, "limit_except"},
    ContextName{at::upstream, "upstream"},
    ContextName{at::stream, "stream"},
    ContextName{at::stream_server, "server of a stream"},
    ContextName{at::stream_upstream, "upstream of a stream"},
    ContextName{at::mail, "mail"},
    ContextName{at::mail_server, "server of mail"},
    ContextName{at::docker, "docker"},
};

}   // namespace

std::string Arity::describe() const {
    if (is_flag) return "\"on\" or \"off\"";
    if (most == 0) return "no argument";
    const std::string_view noun = most == 1 ? "argument" : "arguments";
    if (most == unlimited) return fmt::format("at least {} {}", least, least == 1 ? "argument" : "arguments");
    if (least == most) return fmt::format("{} {}", least, noun);
    return fmt::format("{} {} {} {}", least, most == least + 1 ? "or" : "to", most, noun);
}

const Entry* find_directive(std::string_view name, at::Contexts context) {
    const auto found = index_by_name().find(name);
    if (found == index_by_name().end()) return nullptr;
    const auto entry =
        std::ranges::find_if(found->second, [&](const Entry* e) { return (e->contexts & context) != 0; });
    return entry == found->second.end() ? nullptr : *entry;
}

std::vector<const Entry*> directives_named(std::string_view name) {
    const auto found = index_by_name().find(name);
    return found == index_by_name().end() ? std::vector<const Entry*>{} : found->second;
}

std::vector<std::string_view> directive_names(at::Contexts contexts) {
    std::vector<std::string_view> names;
    for (const auto& [name, entries] : index_by_name()) {
        if (std::ranges::any_of(entries, [&](const Entry* e) { return (e->contexts & contexts) != 0; })) {
            names.push_back(name);
        }
    }
    std::ranges::sort(names);   // so that suggestions do not depend on the order of a hash table
    return names;
}

std::string_view remark_on_foreign_directive(std::string_view name) {
    if (name == "ssl") return "nginx removed it in 1.25.1: it is \"listen … ssl\" now";
    if (name.find("_by_lua") != std::string_view::npos) return "it is of OpenResty: Lua is not supported";
    const auto foreign = std::ranges::find_if(foreign_directives,
                                              [&](const Foreign& f) { return name.starts_with(f.prefix); });
    return foreign == foreign_directives.end() ? std::string_view() : foreign->remark;
}

std::string describe_contexts(at::Contexts contexts) {
    std::string out;
    for (const ContextName& known : context_names) {
        if ((contexts & known.context) == 0) continue;
        if (!out.empty()) out += ", ";
        out += known.name;
    }
    return out;
}

}   // namespace gatehouse::nginx
