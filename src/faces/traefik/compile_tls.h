#pragma once
// Certificates, stores and options of TLS → what the model shakes hands with. A certificate that cannot be
// used costs itself; options that cannot be had cost whoever names them. Traefik's only store is the default
// one. Pure: the texts of files are given. Control's thread.

#include "faces/traefik/named_files.h"
#include "faces/traefik/tls_settings.h"
#include "model/rule.h"
#include "model/tls_by_name.h"

#include <tl/expected.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::traefik {

// What one provider says of TLS.
struct TlsWords {
    std::string provider;
    TlsConfiguration configuration;
    std::shared_ptr<const FileTexts> files;   // null: none
    friend bool operator==(const TlsWords&, const TlsWords&) = default;
};

struct TlsRemark {
    std::string about;      // "TLS options strict@file", "certificate of a.example"
    bool is_lost = false;   // it is not used; else it is, in spite of this
    std::string sentence;
};

class TlsCompiler {
public:
    using Terms = tl::expected<std::shared_ptr<const model::TlsTerms>, std::string>;

    // `by_default`: shown where no other certificate is for a name; null: there is no TLS at all. To be
    // followed by use().
    void begin_anew(std::shared_ptr<const tls::ServerContext> by_default);
    // What was made is kept while all providers say the same.
    void use(std::vector<TlsWords> words);
    // Of a router of `provider` that names these options ("": the default ones); the error is a sentence.
    [[nodiscard]] const Terms& terms(const std::string& options, std::string_view provider);
    // For those who ask for a name that no route is for: the default options; without them nobody is served.
    [[nodiscard]] std::shared_ptr<const model::TlsTerms> usual_terms();
    [[nodiscard]] const std::vector<TlsRemark>& remarks() const { return remarks_; }
    // Changes with what was made.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    // Whether somebody may be served on other than the default terms.
    [[nodiscard]] bool has_several_terms() const { return made_.size() > 1; }

private:
    struct Certificate {
        std::string sorted_names;   // joined
        std::vector<std::string> names;
        tls::KeyPair pair;
    };

    void read_stores();
    void read_certificates();
    void read_certificate(const TlsCertificate& written, const FileTexts& files);
    void read_options();
    [[nodiscard]] tl::expected<tls::KeyPair, std::string> read_pair(const std::string& certificate,
                                                                    const std::string& key,
                                                                    const FileTexts& files) const;
    [[nodiscard]] Terms make(const std::string& name) const;

    std::shared_ptr<const tls::ServerContext> self_signed_;
    std::vector<TlsWords> words_;
    std::map<std::string, std::pair<const TlsOptions*, const FileTexts*>> options_;   // in words_
    std::string default_options_problem_;
    tls::KeyPair default_pair_;
    std::vector<Certificate> certificates_;
    std::shared_ptr<const model::DomainTable> names_;
    std::map<std::string, Terms> made_;   // by qualified name
    std::vector<TlsRemark> remarks_;
    std::uint64_t version_ = 0;
    bool is_new_ = true;   // nothing was said yet
};

// The terms of the hosts of one entry point, gathered from its routers.
class TermsByHost {
public:
    void add(const std::string& router, const model::Rule& rule,
             const std::shared_ptr<const model::TlsTerms>& terms);
    // Where routers of one host disagree the usual terms hold, as in Traefik.
    [[nodiscard]] std::shared_ptr<const model::TlsByName> make(
        std::shared_ptr<const model::TlsTerms> usual) const;
    // Those hosts, with their routers.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> disagreements() const;

private:
    struct OfHost {
        std::shared_ptr<const model::TlsTerms> terms;
        std::vector<std::string> routers;
        bool is_agreed = true;
    };
    std::map<std::string, OfHost> hosts_;
    bool has_nameless_routes_ = false;
};

}   // namespace gatehouse::traefik
