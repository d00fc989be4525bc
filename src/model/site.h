#pragma once
// A site (virtual host): the names it answers to, its own script and settings, and its routes. SiteMatcher
// finds the site of a listener by Host: exact, longest leading wildcard, longest trailing wildcard, first
// regex, default (nginx's order).

#include "model/matcher.h"
#include "tls/context.h"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

struct SiteName {
    enum class Kind : std::uint8_t { exact, leading_wildcard, trailing_wildcard, regex };
    Kind kind = Kind::exact;
    std::string text;   // exact: lower-case name ("" matches a missing Host); leading: "example.com" of
                        // "*.example.com"; trailing: "mail" of "mail.*". ".example.com" is given as both
                        // exact and leading
    std::shared_ptr<const Regex> regex;
    [[nodiscard]] std::string as_written() const;   // "example.com", "*.example.com", "mail.*", "~^www\d+"
};

// Limits and habits of a connection before a route is known: taken from the listener's default site.
struct ConnectionSettings {
    Milliseconds header_timeout{60'000};      // client_header_timeout
    std::size_t header_buffer_bytes = 1024;   // client_header_buffer_size
    unsigned large_buffers = 4;               // large_client_header_buffers: number …
    std::size_t large_buffer_bytes = 8192;    // … and size: limit of a line
    unsigned max_fields = 1000;               // max_headers
    bool ignore_invalid_fields = true;        // ignore_invalid_headers: drop them; off: 400
    bool underscores = false;                 // underscores_in_headers
    bool merge_slashes = true;
    bool http2 = false;             // `http2 on`
    unsigned http2_streams = 128;   // http2_max_concurrent_streams
};

// Proofs that a certificate is not revoked, to be fetched from its authority (RFC 6960).
struct OcspStapling {
    std::string responder;   // its URL; empty: as the certificate says
    bool verify = false;
};

struct Site {
    Origin origin;
    std::string name;   // $server_name: the first server_name
    std::vector<SiteName> names;
    ConnectionSettings connection;
    std::shared_ptr<const tls::ServerContext> tls;   // null: without certificates; shared with equal sites
    std::optional<OcspStapling> stapling;            // not acted on yet
    Script script;                                   // server-level rewrite
    std::shared_ptr<const Route> defaults;           // the server level as a route
    std::unique_ptr<const LocationMatcher> routes;
};

class SiteMatcher {
public:
    struct Conflict {
        std::string name;
        const Site* ignored;
    };
    // Sites in the order written; `default_site` one of them. A name given twice goes to the first site.
    SiteMatcher(const std::vector<std::shared_ptr<const Site>>& sites,
                std::shared_ptr<const Site> default_site);

    // host: lower-case, without port or trailing dot; "" when absent.
    [[nodiscard]] const Site& match(std::string_view host, Captures& captures, const Regex*& regex,
                                    Recorder* recorder = nullptr) const;
    [[nodiscard]] const Site& default_site() const { return *default_site_; }
    [[nodiscard]] const std::vector<Conflict>& conflicts() const { return conflicts_; }

private:
    using Names = std::unordered_map<std::string, const Site*, TextHash, std::equal_to<>>;
    void add(const SiteName& name, const Site& site);

    std::vector<std::shared_ptr<const Site>> sites_;
    std::shared_ptr<const Site> default_site_;
    Names exact_, leading_, trailing_;
    std::vector<std::pair<std::shared_ptr<const Regex>, const Site*>> regexes_;
    std::vector<Conflict> conflicts_;
};

}   // namespace gatehouse::model
