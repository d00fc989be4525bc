#include "faces/nginx/tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"
#include "faces/nginx/compilation.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx {
namespace {

constexpr std::string_view data_prefix = "data:";

// What messages and dumps may show of a path: the text of a key stays with its owner.
std::string shown(std::string_view path) {
    return std::string(path.starts_with(data_prefix) ? data_prefix : path);
}

const Word* find(const WrittenWords& written, std::string_view name) {
    const auto word = written.find(name);
    return word == written.end() || word->second.text.empty() ? nullptr : &word->second;
}

// A certificate and its key, which nginx also takes from an engine, from a store, or by the request.
bool is_a_file(Compilation& compilation, const Word& word) {
    if (has_variables(word.text)) {
        compilation.error(word, "certificates with variables in their names are refused",
                          "certificates chosen at run time are not supported yet");
        return false;
    }
    for (std::string_view prefix : {"engine:", "store:"}) {
        if (!word.text.starts_with(prefix)) continue;
        compilation.error(word, fmt::format("keys from \"{}\" are refused", prefix),
                          "expected the path of a file");
        return false;
    }
    return true;
}

// Collects what stands in files; `ok` once nothing was reported.
class SettingsReader {
public:
    SettingsReader(Compilation& compilation, TlsContexts& files) : compilation_(compilation), files_(files) {}

    void read(std::string& into, const WrittenWords& written, std::string_view name, std::string_view what) {
        if (const Word* word = find(written, name)) into = text(*word, what);
    }
    std::string text(const Word& word, std::string_view what) {
        const auto text = files_.text_of(word, what);
        if (!text) is_ok_ = false;
        return std::string(text.value_or(std::string_view()));
    }
    [[nodiscard]] tls::KeyPair pair(const Word& certificate, const Word& key) {
        if (!is_a_file(compilation_, certificate) || !is_a_file(compilation_, key)) {
            is_ok_ = false;
            return {};
        }
        return {.certificate_pem = text(certificate, "certificate"),
                .key_pem = text(key, "certificate key"),
                .certificate_path = shown(files_.path_of(certificate.text)),
                .key_path = shown(files_.path_of(key.text))};
    }
    void read_ticket_key(const Word& word, std::vector<std::string>& keys) {
        keys.push_back(text(word, ""));
        if (!is_ok_ || keys.back().size() == 48 || keys.back().size() == 80) return;
        error(word, fmt::format("\"{}\" must be 48 or 80 bytes", files_.path_of(word.text)));
    }
    void error(const Word& where, std::string message, std::string hint = {}) {
        is_ok_ = false;
        compilation_.error(where, std::move(message), std::move(hint));
    }
    [[nodiscard]] bool is_ok() const { return is_ok_; }

private:
    Compilation& compilation_;
    TlsContexts& files_;
    bool is_ok_ = true;
};

// For the server's names and this machine's own.
void make_certificate(SettingsReader& reader, const ServerTls& said, std::vector<std::string> names,
                      tls::ServerSettings& settings) {
    if (!said.keys.empty())
        return reader.error(said.keys.back(), "a self-signed certificate brings its own key");
    for (const auto* own : {"localhost", "127.0.0.1", "::1"}) {
        if (std::ranges::find(names, own) == names.end()) names.emplace_back(own);
    }
    Word file = said.certificates.front();
    file.text = std::string(self_signed_prefix);
    for (const auto& name : names) file.text += (file.text.ends_with(':') ? "" : ",") + name;
    const auto both = reader.text(file, "certificate");
    settings.certificates = {{.certificate_pem = both,
                              .key_pem = both,
                              .certificate_path = "self-signed",
                              .key_path = "self-signed"}};
}

void read_certificates(SettingsReader& reader, const ServerTls& said, tls::ServerSettings& settings) {
    if (said.keys.size() < said.certificates.size()) {
        const Word& last = said.certificates.back();
        reader.error(last, fmt::format("no \"ssl_certificate_key\" is defined for certificate \"{}\"",
                                       shown(last.text)));
        return;
    }
    for (std::size_t i = 0; i < said.certificates.size(); ++i)
        settings.certificates.push_back(reader.pair(said.certificates[i], said.keys[i]));
}

void read_verification(SettingsReader& reader, const ServerTls& said, tls::ServerSettings& settings) {
    using tls::ClientVerification;
    const bool has_authority = find(said.written, "ssl_client_certificate") != nullptr ||
                               find(said.written, "ssl_trusted_certificate") != nullptr;
    const bool verifies = settings.client_verification != ClientVerification::off;
    if (verifies && settings.client_verification != ClientVerification::optional_no_ca && !has_authority) {
        reader.error(said.written.at("ssl_verify_client"),
                     "no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client");
    }
    if (verifies) reader.read(settings.client_ca_pem, said.written, "ssl_client_certificate", "certificate");
    reader.read(settings.trusted_pem, said.written, "ssl_trusted_certificate", "certificate");
    reader.read(settings.revoked_pem, said.written, "ssl_crl", "CRL");
}

tls::SessionCacheSettings cache_of(const ServerTls& said) {
    using Kind = tls::SessionCacheSettings::Kind;
    switch (said.cache_mode) {
        case ServerTls::CacheMode::none: return {.kind = Kind::none, .name = {}};
        case ServerTls::CacheMode::off: return {.kind = Kind::off, .name = {}};
        case ServerTls::CacheMode::builtin:
        case ServerTls::CacheMode::shared: break;
    }
    if (!said.cache_name.empty())
        return {.kind = Kind::shared, .name = said.cache_name, .bytes = said.cache_bytes};
    return {.kind = Kind::shared, .name = "builtin:", .bytes = said.builtin_cache_bytes};   // no zone's name
}

std::size_t hash_of(const tls::ServerSettings& settings) {
    std::size_t hash = settings.certificates.size();
    for (const tls::KeyPair& pair : settings.certificates)
        hash = hash * 31 + std::hash<std::string>{}(pair.certificate_pem);
    return hash;
}

std::size_t hash_of(const tls::ClientSettings& settings) {
    const std::hash<std::string> hash;
    return hash(settings.certificate.certificate_pem) * 31 + hash(settings.trusted_pem);
}

// The one of these settings among those made, or a new one. `failed` is told what is wrong.
template <class Context, class Settings, class Failed>
std::shared_ptr<const Context> one_context(
    std::unordered_multimap<std::size_t, std::shared_ptr<const Context>>& made, Settings settings,
    Failed failed) {
    const std::size_t hash = hash_of(settings);
    for (auto [known, end] = made.equal_range(hash); known != end; ++known) {
        if (known->second->settings() == settings) return known->second;
    }
    auto context = Context::make(std::move(settings));
    if (context) return made.emplace(hash, *std::move(context))->second;
    failed(context.error());
    return nullptr;
}

// nginx's sentence for what went wrong with a setting, around OpenSSL's words.
std::string sentence_of(const tls::ContextError& error, const std::string& value) {
    std::string_view name = error.setting;
    if (name.starts_with("proxy_")) name.remove_prefix(6);
    const std::string& path = error.path.empty() ? value : error.path;
    if (name == "ssl_certificate_key") {
        if (error.message.find("mismatch") != std::string::npos)
            return fmt::format("SSL_CTX_use_PrivateKey(\"{}\") failed ({})", path, error.message);
        return fmt::format("cannot load certificate key \"{}\": {}", path, error.message);
    }
    if (name == "ssl_certificate" || name == "ssl_client_certificate" || name == "ssl_trusted_certificate")
        return fmt::format("cannot load certificate \"{}\": {}", path, error.message);
    if (name == "ssl_crl") return fmt::format("cannot load CRL \"{}\": {}", path, error.message);
    if (name == "ssl_dhparam")
        return fmt::format("cannot load DH parameters \"{}\": {}", path, error.message);
    if (name == "ssl_ciphers")
        return fmt::format("SSL_CTX_set_cipher_list(\"{}\") failed ({})", value, error.message);
    if (name == "ssl_ecdh_curve")
        return fmt::format("SSL_CTX_set1_curves_list(\"{}\") failed ({})", value, error.message);
    return fmt::format("\"{}\" failed ({})", error.setting, error.message);
}

std::string hint_for(const tls::ContextError& error) {
    const auto says = [&](std::string_view part) { return error.message.find(part) != std::string::npos; };
    if (says("mismatch")) return "it is not the key of the certificate that stands with it";
    if (says("bad decrypt") || says("password"))
        return "is it encrypted? then \"ssl_password_file\" is needed";
    if (says("no start line")) return "expected PEM: \"-----BEGIN …\"";
    return {};
}

}   // namespace

std::string TlsContexts::path_of(std::string_view written) const {
    if (written.starts_with('/') || written.starts_with(data_prefix) ||
        written.starts_with(self_signed_prefix))
        return std::string(written);
    return directory_ + std::string(written);
}

std::optional<std::string_view> TlsContexts::text_of(const Word& written, std::string_view what) {
    const std::string path = path_of(written.text);
    if (what.starts_with("certificate") && path.starts_with(data_prefix))
        return std::string_view(written.text).substr(data_prefix.size());
    auto known = texts_.find(path);
    if (known == texts_.end()) known = texts_.emplace(path, files_.read(path)).first;
    const Result<std::string>& text = known->second;
    if (text && (!text->empty() || what.empty())) return *text;
    if (what.empty()) {
        compilation_.error(written, why_unreadable(path, text.error()));
    } else {
        const std::string why = text ? "it is empty" : why_unreadable("", text.error());
        compilation_.error(written, fmt::format("cannot load {} \"{}\": {}", what, path, why));
    }
    return std::nullopt;
}

void TlsContexts::report(const tls::ContextError& error, const WrittenWords& written,
                         const std::vector<Word>& pairs, const Word& where) {
    const auto pair = std::ranges::find_if(
        pairs, [&](const Word& word) { return shown(path_of(word.text)) == error.path; });
    const Word* word = pair != pairs.end() ? &*pair : find(written, error.setting);
    if (word == nullptr) word = &where;
    const bool is_path = !error.setting.ends_with("ciphers") && !error.setting.ends_with("curve");
    const std::string value = is_path ? shown(path_of(word->text)) : word->text;
    compilation_.error(*word, sentence_of(error, value), hint_for(error));
}

std::shared_ptr<const tls::ServerContext> TlsContexts::make_server(const ServerTls& said,
                                                                   const std::vector<std::string>& names,
                                                                   const Word& where) {
    SettingsReader reader(compilation_, *this);
    tls::ServerSettings settings = said.settings;
    if (said.is_self_signed()) {
        make_certificate(reader, said, names, settings);
    } else {
        read_certificates(reader, said, settings);
    }
    read_verification(reader, said, settings);
    reader.read(settings.dh_parameters_pem, said.written, "ssl_dhparam", "DH parameters");
    for (const Word& word : said.ticket_keys) reader.read_ticket_key(word, settings.ticket_keys);
    settings.session_cache = cache_of(said);
    if (said.stapling) {
        reader.read(settings.stapled_response, said.written, "ssl_stapling_file", "OCSP response");
        const Word* const responder = find(said.written, "ssl_stapling_responder");
        if (settings.stapled_response.empty())
            settings.stapling = {.responder = responder == nullptr ? "" : responder->text,
                                 .verify = said.stapling_verify};
    }
    if (!reader.is_ok()) return nullptr;
    auto context = one_context(server_contexts_, std::move(settings), [&](const tls::ContextError& error) {
        std::vector<Word> pairs = said.certificates;
        pairs.insert(pairs.end(), said.keys.begin(), said.keys.end());
        report(error, said.written, pairs, where);
    });
    if (context != nullptr) warn_about_stapling(*context, said);
    return context;
}

void TlsContexts::warn_about_stapling(const tls::ServerContext& context, const ServerTls& said) {
    for (const auto& problem : context.stapling_problems()) {
        const Word& asked = said.written.at("ssl_stapling");
        if (told_.emplace(asked.position.file, asked.position.line, problem).second)
            compilation_.warn(asked, "\"ssl_stapling\" ignored, " + problem);
    }
}

std::shared_ptr<const tls::ServerContext> TlsContexts::server(const Inherited<ServerTls>& said,
                                                              const std::vector<std::string>& names,
                                                              const Word& where) {
    if (!said->is_asked_for()) return nullptr;
    if (said->is_self_signed()) return make_server(*said, names, where);
    const auto shared = said.share();
    const auto known = made_servers_.find(shared.get());
    if (known != made_servers_.end()) return known->second.context;
    auto context = make_server(*said, names, where);
    made_servers_.emplace(shared.get(), MadeServer{shared, context});
    return context;
}

std::shared_ptr<const tls::ClientContext> TlsContexts::make_client(const ProxyTls& said, bool verifies,
                                                                   const Word& where) {
    SettingsReader reader(compilation_, *this);
    tls::ClientSettings settings = said.settings;
    settings.verify = verifies;
    const Word* const certificate = find(said.written, "proxy_ssl_certificate");
    const Word* const key = find(said.written, "proxy_ssl_certificate_key");
    if (certificate != nullptr && key == nullptr) {
        reader.error(*certificate,
                     fmt::format("no \"proxy_ssl_certificate_key\" is defined for certificate \"{}\"",
                                 shown(certificate->text)));
    } else if (certificate != nullptr) {
        settings.certificate = reader.pair(*certificate, *key);
    }
    if (verifies) {   // as in nginx: else a mistake in there does no harm
        reader.read(settings.trusted_pem, said.written, "proxy_ssl_trusted_certificate", "certificate");
        reader.read(settings.revoked_pem, said.written, "proxy_ssl_crl", "CRL");
    }
    if (!reader.is_ok()) return nullptr;
    return one_context(client_contexts_, std::move(settings),
                       [&](const tls::ContextError& error) { report(error, said.written, {}, where); });
}

std::shared_ptr<const tls::ClientContext> TlsContexts::client(const Inherited<ProxyTls>& said, bool verifies,
                                                              const Word& where) {
    const auto shared = said.share();
    const std::pair key(shared.get(), verifies);
    const auto known = made_clients_.find(key);
    if (known != made_clients_.end()) return known->second.context;
    auto context = make_client(*said, verifies, where);
    made_clients_.emplace(key, MadeClient{shared, context});
    return context;
}

std::optional<std::vector<std::string>> passwords_of(Compilation& compilation, const Word& path) {
    const auto text = compilation.contexts.text_of(path, "");
    if (!text) return std::nullopt;
    constexpr std::size_t longest_line = 511;
    std::vector<std::string> passwords;
    for (std::string_view line : split(*text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > longest_line) {
            compilation.error(
                path, fmt::format("too long line in \"{}\"", compilation.contexts.path_of(path.text)));
            return std::nullopt;
        }
        if (!line.empty()) passwords.emplace_back(line);
    }
    if (passwords.empty()) passwords.emplace_back();
    return passwords;
}

void add_protocols(Compilation& compilation, const Directive& directive, tls::ProtocolSet& protocols) {
    using tls::Protocol;
    constexpr Choice<std::optional<Protocol>> choices[] = {
        {"TLSv1", Protocol::tls_1_0},   {"TLSv1.1", Protocol::tls_1_1}, {"TLSv1.2", Protocol::tls_1_2},
        {"TLSv1.3", Protocol::tls_1_3}, {"SSLv2", std::nullopt},        {"SSLv3", std::nullopt}};
    for (const Word& word : directive.arguments) {
        const auto protocol = choice_value(compilation, word, choices);
        if (!protocol) return;
        if (!*protocol) {
            compilation.notice(word, fmt::format("there is no {} here", word.text),
                               "it is insecure and no longer part of OpenSSL");
        } else if (protocols.contains(**protocol)) {
            compilation.warn(word, fmt::format("duplicate value \"{}\"", word.text));
        } else {
            protocols.add(**protocol);
        }
    }
    if (!protocols.empty()) return;
    compilation.error_in(directive, "leaves no protocol", "TLSv1.2 and TLSv1.3 are the usual ones");
}

std::optional<std::pair<std::string, std::string>> command_of(Compilation& compilation,
                                                              const Directive& directive) {
    constexpr std::array<std::string_view, 11> of_files = {
        "Certificate",   "PrivateKey",   "ChainCAFile",  "ChainCAPath",  "VerifyCAFile",  "VerifyCAPath",
        "RequestCAFile", "ClientCAFile", "ClientCAPath", "DHParameters", "ServerInfoFile"};
    const Word& name = directive.arguments[0];
    const bool reads_a_file = std::ranges::any_of(
        of_files, [&](std::string_view of) { return equals_ignoring_case(of, name.text); });
    if (!reads_a_file) return std::pair(name.text, directive.arguments[1].text);
    compilation.error(name, fmt::format("the command \"{}\" is refused", name.text),
                      "it would read a file: use nginx's own directive for it");
    return std::nullopt;
}

}   // namespace gatehouse::nginx
