#pragma once
// What the TLS directives of a level say, before any file is read; and the contexts that are made of it at
// the end of a level. Files are read through the compilation's FileSource, each once, and servers whose
// settings are the same share one context. Single-threaded; lives as long as one compilation.

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "faces/nginx/source.h"
#include "faces/nginx/tree.h"
#include "tls/context.h"

namespace gatehouse::nginx {

struct Compilation;

// A value that the levels inside share with the one around until they change it.
template <class T>
class Inherited {
public:
    [[nodiscard]] const T& operator*() const { return value_ ? *value_ : nothing(); }
    [[nodiscard]] const T* operator->() const { return &**this; }
    [[nodiscard]] T& change() {
        if (!value_) value_ = std::make_shared<T>();
        if (value_.use_count() > 1) value_ = std::make_shared<T>(*value_);
        return *value_;
    }
    [[nodiscard]] std::shared_ptr<const T> share() const { return value_; }   // null: never changed

private:
    [[nodiscard]] static const T& nothing() {
        static const T value;
        return value;
    }
    std::shared_ptr<T> value_;
};

// The argument that a directive was given last, by its name: paths, and where a mistake is to be shown.
using WrittenWords = std::map<std::string, Word, std::less<>>;

// The ssl_ directives of a server.
struct ServerTls {
    tls::ServerSettings settings;   // but for what stands in files
    std::vector<Word> certificates, keys, ticket_keys;
    WrittenWords written;
    // nginx keeps sessions in OpenSSL's own cache, in a shared one, or in both, and inherits each by itself.
    enum class CacheMode : std::uint8_t { none, off, builtin, shared } cache_mode = CacheMode::none;
    std::string cache_name;   // of the shared one; empty: none
    std::size_t cache_bytes = 0, builtin_cache_bytes = 0;
    bool stapling = false, stapling_verify = false;

    [[nodiscard]] bool is_self_signed() const {   // `ssl_certificate self-signed`, Gatehouse's own
        return certificates.size() == 1 && certificates.front().text == "self-signed";
    }
    [[nodiscard]] bool is_asked_for() const { return !certificates.empty() || settings.reject_handshake; }
};

// The proxy_ssl_ directives of a level.
struct ProxyTls {
    tls::ClientSettings settings;   // but for what stands in files, and whether to verify
    WrittenWords written;
    std::optional<bool> verify, sends_name;   // as said, if it was
};

class TlsContexts {
public:
    TlsContexts(Compilation& compilation, FileSource& files, std::string directory)
        : compilation_(compilation), files_(files), directory_(std::move(directory)) {}

    // Null: the server has no certificate, or an error was reported.
    // `names` of the server: what `ssl_certificate self-signed` is made for.
    [[nodiscard]] std::shared_ptr<const tls::ServerContext> server(const Inherited<ServerTls>& said,
                                                                   const std::vector<std::string>& names,
                                                                   const Word& where);

    // For https:// endpoints. Null after a reported error.
    [[nodiscard]] std::shared_ptr<const tls::ClientContext> client(const Inherited<ProxyTls>& said,
                                                                   bool verifies, const Word& where);

    // Absolute: relative ones stand beside the configuration file, as includes do.
    [[nodiscard]] std::string path_of(std::string_view written) const;
    // The text of a file, or of "data:TEXT" where that may be (`what` begins with "certificate"). Nothing
    // after an error: "cannot load WHAT …", or nginx's "open() …" where there is no word for it.
    [[nodiscard]] std::optional<std::string_view> text_of(const Word& written, std::string_view what);

private:
    [[nodiscard]] std::shared_ptr<const tls::ServerContext> make_server(const ServerTls& said,
                                                                        const std::vector<std::string>& names,
                                                                        const Word& where);
    [[nodiscard]] std::shared_ptr<const tls::ClientContext> make_client(const ProxyTls& said, bool verifies,
                                                                        const Word& where);
    void warn_about_stapling(const tls::ServerContext& context, const ServerTls& said);
    void report(const tls::ContextError& error, const WrittenWords& written, const std::vector<Word>& pairs,
                const Word& where);

    struct MadeServer {
        std::shared_ptr<const ServerTls> said;
        std::shared_ptr<const tls::ServerContext> context;
    };
    struct MadeClient {
        std::shared_ptr<const ProxyTls> said;
        std::shared_ptr<const tls::ClientContext> context;
    };
    Compilation& compilation_;
    FileSource& files_;
    const std::string directory_;                                     // ends in "/", or empty
    std::map<std::string, Result<std::string>, std::less<>> texts_;   // by path
    std::map<const ServerTls*, MadeServer> made_servers_;
    std::unordered_multimap<std::size_t, std::shared_ptr<const tls::ServerContext>> server_contexts_;
    std::map<std::pair<const ProxyTls*, bool>, MadeClient> made_clients_;
    std::unordered_multimap<std::size_t, std::shared_ptr<const tls::ClientContext>> client_contexts_;
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::string>> told_;   // warnings: file, line, words
};

// The lines of a password file; one empty password when it has none, as in nginx. Nothing after an error.
[[nodiscard]] std::optional<std::vector<std::string>> passwords_of(Compilation& compilation,
                                                                   const Word& path);
// What `ssl_protocols` or its like says, added to `protocols`.
void add_protocols(Compilation& compilation, const Directive& directive, tls::ProtocolSet& protocols);
// `ssl_conf_command` or its like; nothing after an error.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> command_of(Compilation& compilation,
                                                                            const Directive& directive);

}   // namespace gatehouse::nginx
