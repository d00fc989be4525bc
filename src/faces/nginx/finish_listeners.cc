// The servers of all blocks, brought together by the addresses they listen to.
#include <fmt/format.h>

#include <algorithm>

#include "faces/nginx/level.h"

namespace gatehouse::nginx {
namespace {

// The Host of an address is compared with listeners by whole addresses: one server may stand on several.
model::Listener& listener_of(std::vector<model::Listener>& listeners, const SocketAddress& address) {
    const auto known = std::ranges::find(listeners, address, &model::Listener::address);
    if (known != listeners.end()) return *known;
    listeners.emplace_back();
    listeners.back().address = address;
    listeners.back().text = address.describe();
    return listeners.back();
}

// What is spoken on an address: the parameters of `listen` that one of several may give for all.
struct Protocols {
    bool proxy_protocol = false, tls = false, http2 = false;

    static Protocols of(const model::ListenerOptions& options) {
        return {.proxy_protocol = options.proxy_protocol, .tls = options.tls, .http2 = options.http2};
    }
    void set_in(model::ListenerOptions& options) const {
        options.proxy_protocol = proxy_protocol;
        options.tls = tls;
        options.http2 = http2;
    }
    [[nodiscard]] Protocols with(const Protocols& other) const {
        return {.proxy_protocol = proxy_protocol || other.proxy_protocol,
                .tls = tls || other.tls,
                .http2 = http2 || other.http2};
    }
    friend bool operator==(const Protocols&, const Protocols&) = default;
};

struct Chosen {
    const Word* defaults = nullptr;       // who said default_server
    const Word* options = nullptr;        // who set options
    std::optional<Protocols> protocols;   // what the plainer ones among the `listen` lines gave
    bool protocols_changed = false;       // not every line gave the same
};

// Each `listen` of an address may name the protocols or leave them out; whoever names some names them for
// all. nginx warns where a line that was meant to settle them differs from others.
void join_protocols(Compilation& compilation, const ListenDraft& draft, model::Listener& listener,
                    const Protocols& before, Chosen& chosen) {
    const auto given = Protocols::of(draft.options);
    const auto all = before.with(given);
    bool is_redefined = false;
    if (all != before) {   // more than before
        is_redefined =
            (chosen.options != nullptr && !draft.sets_options) || chosen.protocols_changed || all != given;
        chosen.protocols = before;
        chosen.protocols_changed = true;
    } else {
        is_redefined = chosen.protocols && given != *chosen.protocols;
        if (given != before || chosen.protocols_changed) is_redefined = is_redefined || draft.sets_options;
        chosen.protocols_changed = chosen.protocols_changed || given != before;
        chosen.protocols = given;
    }
    if (is_redefined) {
        compilation.warn(draft.where, fmt::format("protocol options redefined for {}", listener.text),
                         "whatever one \"listen\" of an address gives of \"proxy_protocol\", \"ssl\" and "
                         "\"http2\" holds for all");
    }
    all.set_in(listener.options);
}

// The first server of an address is its default one, or whoever says so. False: it is there already, by a
// `listen` before this one of the same server.
template <class AnySite>
bool put(const std::shared_ptr<AnySite>& site, bool is_default,
         std::vector<std::shared_ptr<const AnySite>>& sites, std::shared_ptr<const AnySite>& default_site) {
    if (!sites.empty() && sites.back() == site) return false;
    if (sites.empty() || is_default) default_site = site;
    sites.push_back(site);
    return true;
}

// False after a reported error.
bool put_server(Compilation& compilation, const ServerDraft& server, const ListenDraft& draft,
                model::Listener& listener) {
    const bool is_first = listener.sites.empty() && listener.tcp_sites.empty();
    const bool is_tcp = server.tcp_site != nullptr;
    if (!is_first && listener.is_tcp() != is_tcp) {
        compilation.error(draft.where, fmt::format("a duplicate listen {}", listener.text),
                          fmt::format("http and stream cannot share an address; it is listened to at {}",
                                      listener.origin.describe()));
        return false;
    }
    if (is_first) listener.origin = compilation.origin(draft.where.position);
    const bool is_new =
        is_tcp ? put(server.tcp_site, draft.is_default, listener.tcp_sites, listener.default_tcp_site)
               : put(server.site, draft.is_default, listener.sites, listener.default_site);
    if (!is_new) compilation.error(draft.where, fmt::format("a duplicate listen {}", listener.text));
    return is_new;
}

void add_site(Compilation& compilation, const ServerDraft& server, const ListenDraft& draft,
              model::Listener& listener, Chosen& chosen) {
    const bool is_first = listener.sites.empty() && listener.tcp_sites.empty();
    const auto protocols = Protocols::of(listener.options);
    if (!put_server(compilation, server, draft, listener)) return;
    if (draft.is_default) {
        if (chosen.defaults != nullptr) {
            compilation.error(
                draft.where, fmt::format("a duplicate default server for {}", listener.text),
                fmt::format("the first is at {}", compilation.origin(chosen.defaults->position).describe()));
        }
        chosen.defaults = &draft.where;
    }
    if (draft.sets_options) {
        if (chosen.options != nullptr) {
            compilation.error(
                draft.where, fmt::format("duplicate listen options for {}", listener.text),
                fmt::format("the first are at {}", compilation.origin(chosen.options->position).describe()));
        }
        chosen.options = &draft.where;
        listener.options = draft.options;
    }
    if (is_first) {
        Protocols::of(draft.options).set_in(listener.options);
    } else {
        join_protocols(compilation, draft, listener, protocols, chosen);
    }
}

void report_no_certificate(Compilation& compilation, const ServerDraft& server) {
    compilation.error(
        server.where, "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
        "expected \"ssl_certificate\" and \"ssl_certificate_key\", or \"ssl_reject_handshake on\"");
}

// Somebody must be able to shake hands with clients who ask for no name, or for one without a certificate of
// its own: nginx shows them the default server's, and asks for all others only where that one rejects.
template <class AnySite>
void check_certificates(Compilation& compilation, const AnySite* default_site,
                        const std::vector<std::shared_ptr<const AnySite>>& sites) {
    if (default_site == nullptr) return;
    const ServerDraft& by_default = compilation.draft_of(default_site);
    if (by_default.has_certificate) return;
    if (!by_default.rejects_handshakes) return report_no_certificate(compilation, by_default);
    for (const auto& site : sites) {
        const ServerDraft& server = compilation.draft_of(site.get());
        if (!server.has_certificate && !server.rejects_handshakes)
            return report_no_certificate(compilation, server);
    }
}

template <class AnySite>
void warn_of_conflicts(Compilation& compilation, const std::string& address,
                       const model::NameMatcher<AnySite>& matcher) {
    for (const auto& conflict : matcher.conflicts()) {
        const Word& where = compilation.draft_of(conflict.ignored).where;
        compilation.warn(where,
                         fmt::format("conflicting server name \"{}\" on {}, ignored", conflict.name, address),
                         "an earlier server has it");
    }
}

}   // namespace

void finish_listeners(Compilation& compilation) {
    std::vector<model::Listener>& listeners = compilation.model.listeners;
    std::map<std::string, Chosen> chosen;
    for (const ServerDraft& server : compilation.servers) {
        for (const ListenDraft& draft : server.listens) {
            model::Listener& listener = listener_of(listeners, draft.address);
            add_site(compilation, server, draft, listener, chosen[listener.text]);
        }
    }
    for (const model::Listener& listener : listeners) {
        warn_of_conflicts(compilation, listener.text,
                          model::SiteMatcher(listener.sites, listener.default_site));
        warn_of_conflicts(compilation, listener.text,
                          model::TcpSiteMatcher(listener.tcp_sites, listener.default_tcp_site));
        if (!listener.options.tls) continue;
        check_certificates(compilation, listener.default_site.get(), listener.sites);
        check_certificates(compilation, listener.default_tcp_site.get(), listener.tcp_sites);
    }
}

}   // namespace gatehouse::nginx
