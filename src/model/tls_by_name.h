#pragma once
// TLS where it depends on the name that a client asks for: on which terms hands are shaken (Traefik's TLS
// options), and which certificate is shown (those of its store). Sites of nginx's kind have one context each
// instead. Immutable, shared by sites and threads.

#include "base/text.h"
#include "tls/context.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

// Names, each with a number. "*.example.com" is any name with one label more, "**.example.com" with any
// number of them.
class DomainTable {
public:
    // Lower case. Of names given twice the first counts.
    void add(std::string_view name, std::uint32_t value);
    // `name`: lower case, without a final dot. The name itself goes before wildcards, the longest first.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
    [[nodiscard]] bool has_addresses() const { return has_addresses_; }   // "10.0.0.1", "::1"

private:
    using Names = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;
    Names exact_, label_below_, below_;
    bool has_addresses_ = false;
};

struct TlsTerms {
    std::string name;   // "default", "strict@file"
    // In the order preferred (ALPN).
    std::vector<std::string> application_protocols;
    std::shared_ptr<const DomainTable> names;   // of certificates, each the number of its …
    std::vector<std::shared_ptr<const tls::ServerContext>> contexts;
    std::shared_ptr<const tls::ServerContext> otherwise;   // for other names; never null
    bool refuses_other_names = false;                      // then it is not used

    // Null: nobody is served under that name. `name` may be an address.
    [[nodiscard]] std::shared_ptr<const tls::ServerContext> context_for(std::string_view name) const;
};

struct TlsByName {
    DomainTable hosts;                                    // of routes, each the number of its …
    std::vector<std::shared_ptr<const TlsTerms>> terms;   // the first are for all other names
    bool has_nameless_routes = false;                     // some route is for all of them

    // As for DomainTable::find.
    [[nodiscard]] const TlsTerms& terms_for(std::string_view host) const;
    [[nodiscard]] bool is_uniform() const { return terms.size() == 1; }
};

}   // namespace gatehouse::model
