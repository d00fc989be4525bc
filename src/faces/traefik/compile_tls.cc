#include "faces/traefik/compile_tls.h"

#include "faces/traefik/names.h"
#include "faces/traefik/tls_options.h"
#include "tls/certificate_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gatehouse::traefik {
namespace {

constexpr const char* default_name = "default";   // of the store and of the options

const FileTexts& files_of(const TlsWords& words) {
    static const FileTexts none;
    return words.files == nullptr ? none : *words.files;
}

std::string sentence_about(const tls::ContextError& error) {
    return error.path.empty() ? error.message : fmt::format("{}: {}", name_of(error.path), error.message);
}

bool is_in_default_store(const TlsCertificate& certificate) {
    return certificate.stores.empty() ||
           std::ranges::find(certificate.stores, default_name) != certificate.stores.end();
}

}   // namespace

void TlsCompiler::begin_anew(std::shared_ptr<const tls::ServerContext> by_default) {
    const bool has_any = by_default != nullptr && !by_default->settings().certificates.empty();
    self_signed_ = has_any ? std::move(by_default) : nullptr;
    is_new_ = true;
}

void TlsCompiler::use(std::vector<TlsWords> words) {
    if (!is_new_ && words == words_) return;
    is_new_ = false;
    ++version_;
    words_ = std::move(words);
    remarks_.clear();
    made_.clear();
    if (self_signed_ == nullptr) return;
    read_options();
    read_certificates();
    read_stores();
}

void TlsCompiler::read_options() {
    options_.clear();
    default_options_problem_.clear();
    std::vector<std::string> providers;   // of the default ones
    for (const TlsWords& words : words_) {
        for (const auto& [name, written] : words.configuration.options) {
            const bool is_default = name == default_name;
            if (is_default) providers.push_back(words.provider);
            const auto key = is_default ? name : qualify(name, words.provider);
            options_[key] = {&written, &files_of(words)};
            const auto read = read_tls_options(written, files_of(words));
            const std::string about = "TLS options " + key;
            if (!read) {
                remarks_.push_back({about, true, read.error()});
                continue;
            }
            for (const auto& notice : read->notices) remarks_.push_back({about, false, notice});
        }
    }
    if (providers.size() < 2) return;
    default_options_problem_ = fmt::format("are given by several providers: {}", fmt::join(providers, ", "));
    remarks_.push_back({"TLS options default", true, default_options_problem_});
}

tl::expected<tls::KeyPair, std::string> TlsCompiler::read_pair(const std::string& certificate,
                                                               const std::string& key,
                                                               const FileTexts& files) const {
    tls::KeyPair pair;
    for (auto [from, to] : {std::pair{&certificate, &pair.certificate_pem}, std::pair{&key, &pair.key_pem}}) {
        auto text = text_of(*from, files);
        if (!text)
            return tl::unexpected(from->empty() ? "it needs both certFile and keyFile"
                                                : fmt::format("{} cannot be read", name_of(*from)));
        *to = *std::move(text);
    }
    pair.certificate_path = certificate;
    pair.key_path = key;
    tls::ServerSettings settings;
    settings.certificates.push_back(pair);
    const auto context = tls::ServerContext::make(std::move(settings));
    if (!context) return tl::unexpected(sentence_about(context.error()));
    return pair;
}

void TlsCompiler::read_certificate(const TlsCertificate& written, const FileTexts& files) {
    const std::string about = "certificate of " + name_of(written.cert_file);
    if (!is_in_default_store(written)) {
        remarks_.push_back({about, true, "is in none but other stores: only the default one is used"});
        return;
    }
    auto pair = read_pair(written.cert_file, written.key_file, files);
    if (!pair) {
        remarks_.push_back({about, true, pair.error()});
        return;
    }
    auto names = tls::certificate_names(pair->certificate_pem);
    if (!names || names->empty()) {
        remarks_.push_back({about, true, names ? "has no names in it" : names.error()});
        return;
    }
    auto joined = fmt::format("{}", fmt::join(*names, ","));
    if (std::ranges::find(certificates_, joined, &Certificate::sorted_names) != certificates_.end()) {
        remarks_.push_back({about, true, fmt::format("another one for {} is there already", joined)});
        return;
    }
    certificates_.push_back(
        {.sorted_names = std::move(joined), .names = *std::move(names), .pair = *std::move(pair)});
}

// Of certificates that share a name the last by their names counts, as in Traefik.
void TlsCompiler::read_certificates() {
    certificates_.clear();
    for (const TlsWords& words : words_) {
        for (const TlsCertificate& written : words.configuration.certificates)
            read_certificate(written, files_of(words));
    }
    std::ranges::sort(certificates_, std::ranges::greater(), &Certificate::sorted_names);
    auto table = std::make_shared<model::DomainTable>();
    for (std::uint32_t number = 0; number < certificates_.size(); ++number) {
        for (const std::string& name : certificates_[number].names) table->add(name, number);
    }
    names_ = std::move(table);
}

void TlsCompiler::read_stores() {
    default_pair_ = self_signed_->settings().certificates.front();
    std::vector<std::string> providers;
    for (const TlsWords& words : words_) {
        for (const auto& [name, store] : words.configuration.stores) {
            const std::string about = fmt::format("TLS store {}", qualify(name, words.provider));
            if (name != default_name) {
                remarks_.push_back({about, true, "only the store called default is used"});
                continue;
            }
            providers.push_back(words.provider);
            if (store.default_generated_cert)
                remarks_.push_back(
                    {about, false, "defaultGeneratedCert is not acted on: no certificates are obtained"});
            if (!store.default_certificate) continue;
            const auto& written = *store.default_certificate;
            auto pair = read_pair(written.cert_file, written.key_file, files_of(words));
            if (pair) {
                default_pair_ = *std::move(pair);
            } else {
                remarks_.push_back({about, false,
                                    fmt::format("defaultCertificate: {}; a self-signed one is shown instead",
                                                pair.error())});
            }
        }
    }
    if (providers.size() < 2) return;
    default_pair_ = self_signed_->settings().certificates.front();
    remarks_.push_back({"TLS store default", true,
                        fmt::format("is given by several providers: {}", fmt::join(providers, ", "))});
}

TlsCompiler::Terms TlsCompiler::make(const std::string& name) const {
    static const TlsOptions usual;
    static const FileTexts none;
    if (self_signed_ == nullptr) return tl::unexpected(std::string("there is no certificate"));
    const bool is_default = name == default_name;
    if (is_default && !default_options_problem_.empty())
        return tl::unexpected("the default TLS options " + default_options_problem_);
    const auto found = options_.find(name);
    if (found == options_.end() && !is_default)
        return tl::unexpected(fmt::format("TLS options \"{}\" do not exist", name));
    const auto written = found == options_.end() ? std::pair{&usual, &none} : found->second;
    const auto read = read_tls_options(*written.first, *written.second);
    if (!read) return tl::unexpected(fmt::format("TLS options \"{}\": {}", name, read.error()));
    auto terms = std::make_shared<model::TlsTerms>();
    terms->name = name;
    terms->application_protocols = read->application_protocols;
    terms->names = names_;
    terms->refuses_other_names = written.first->sni_strict;
    const auto context_with = [&](const tls::KeyPair& pair) {
        tls::ServerSettings settings = read->settings;
        settings.certificates = {pair};
        return tls::ServerContext::make(std::move(settings));
    };
    const bool is_as_given =
        found == options_.end() && default_pair_ == self_signed_->settings().certificates.front();
    const auto otherwise =
        is_as_given ? tl::expected<std::shared_ptr<const tls::ServerContext>, tls::ContextError>(self_signed_)
                    : context_with(default_pair_);
    if (!otherwise)
        return tl::unexpected(fmt::format("TLS options \"{}\": {}", name, sentence_about(otherwise.error())));
    terms->otherwise = *otherwise;
    for (const Certificate& certificate : certificates_) {
        const auto context = context_with(certificate.pair);   // each could be used before
        terms->contexts.push_back(context ? *context : *otherwise);
    }
    return terms;
}

const TlsCompiler::Terms& TlsCompiler::terms(const std::string& options, std::string_view provider) {
    const bool is_default = options.empty() || options == default_name;
    const std::string name = is_default ? default_name : qualify(options, provider);
    const auto known = made_.find(name);
    return known != made_.end() ? known->second : made_.emplace(name, make(name)).first->second;
}

std::shared_ptr<const model::TlsTerms> TlsCompiler::usual_terms() {
    if (const auto& usual = terms({}, {})) return *usual;
    if (self_signed_ == nullptr) return nullptr;
    auto nobody = std::make_shared<model::TlsTerms>();
    nobody->name = default_name;
    nobody->names = std::make_shared<const model::DomainTable>();
    nobody->otherwise = self_signed_;
    nobody->refuses_other_names = true;
    return nobody;
}

void TermsByHost::add(const std::string& router, const model::Rule& rule,
                      const std::shared_ptr<const model::TlsTerms>& terms) {
    const auto hosts = model::hosts_named_in(rule);
    if (hosts.empty()) has_nameless_routes_ = true;
    for (const std::string& host : hosts) {
        auto& of_host = hosts_[host];
        if (of_host.terms == nullptr) of_host.terms = terms;
        if (of_host.terms != terms) of_host.is_agreed = false;
        of_host.routers.push_back(router);
    }
}

std::map<std::string, std::vector<std::string>> TermsByHost::disagreements() const {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& [host, of_host] : hosts_) {
        if (!of_host.is_agreed) all.emplace(host, of_host.routers);
    }
    return all;
}

std::shared_ptr<const model::TlsByName> TermsByHost::make(
    std::shared_ptr<const model::TlsTerms> usual) const {
    auto made = std::make_shared<model::TlsByName>();
    made->has_nameless_routes = has_nameless_routes_;
    made->terms.push_back(usual);
    for (const auto& [host, of_host] : hosts_) {
        const auto& terms = of_host.is_agreed ? of_host.terms : usual;
        auto at = std::ranges::find(made->terms, terms);
        if (at == made->terms.end()) at = made->terms.insert(at, terms);
        made->hosts.add(host, static_cast<std::uint32_t>(at - made->terms.begin()));
    }
    return made;
}

}   // namespace gatehouse::traefik
