#include "faces/traefik/named_files.h"

#include <fmt/format.h>

#include <set>

namespace gatehouse::traefik {
namespace {

bool is_pem(const std::string& text) { return text.find("-----BEGIN") != std::string::npos; }

}   // namespace

std::vector<std::string> files_named_in(const DynamicConfiguration& configuration) {
    std::set<std::string> paths;
    const auto add = [&](const std::string& text) {
        if (!text.empty() && !is_pem(text)) paths.insert(text);
    };
    const auto& tls = configuration.tls;
    for (const TlsCertificate& certificate : tls.certificates) {
        add(certificate.cert_file);
        add(certificate.key_file);
    }
    for (const auto& [unused, store] : tls.stores) {
        if (!store.default_certificate) continue;
        add(store.default_certificate->cert_file);
        add(store.default_certificate->key_file);
    }
    for (const auto& [unused, options] : tls.options) {
        for (const std::string& authority : options.client_auth.ca_files) add(authority);
    }
    for (const auto& [unused, transport] : configuration.tcp.servers_transports) {
        if (!transport.tls) continue;
        for (const std::string& authority : transport.tls->root_cas) add(authority);
        for (const CertificateFiles& pair : transport.tls->certificates) {
            add(pair.cert_file);
            add(pair.key_file);
        }
    }
    return {paths.begin(), paths.end()};
}

std::optional<std::string> text_of(const std::string& file_or_pem, const FileTexts& files) {
    if (is_pem(file_or_pem)) return file_or_pem;
    const auto found = files.find(file_or_pem);
    return found == files.end() ? std::nullopt : std::optional(found->second);
}

std::string name_of(const std::string& file_or_pem) {
    return is_pem(file_or_pem) ? "the PEM text" : fmt::format("file \"{}\"", file_or_pem);
}

}   // namespace gatehouse::traefik
