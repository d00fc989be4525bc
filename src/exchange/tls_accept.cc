#include "exchange/tls_accept.h"

#include "log/error_log.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace gatehouse::exchange {
namespace {

class SiteChooser final : public tls::ContextChooser {
public:
    explicit SiteChooser(const model::Snapshot::CompiledListener& listener)
        : listener_(listener), site_(&listener.sites.default_site()) {}

    std::shared_ptr<const tls::ServerContext> choose(std::string_view name) override {
        model::Captures captures;
        const model::Regex* regex = nullptr;
        // no name is not the name "", as in nginx
        site_ =
            name.empty() ? &listener_.sites.default_site() : &listener_.sites.match(name, captures, regex);
        // a site without a certificate of its own is behind the default one's, as in nginx
        return site_->tls != nullptr ? site_->tls : listener_.sites.default_site().tls;
    }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        static constexpr std::array<std::string_view, 2> all{"h2", "http/1.1"};
        const bool http2 = site_->connection.http2 || listener_.listener.options.http2;
        return http2 ? std::span(all) : std::span(all).subspan(1);
    }

private:
    const model::Snapshot::CompiledListener& listener_;
    const model::Site* site_;
};

// Where one site has many certificates and terms.
class TermsChooser final : public tls::ContextChooser {
public:
    TermsChooser(const model::TlsByName& by_name, ClientConnection& connection)
        : by_name_(by_name), connection_(connection) {}

    std::shared_ptr<const tls::ServerContext> choose(std::string_view name) override {
        const auto& terms = by_name_.terms_for(name);
        protocols_.assign(terms.application_protocols.begin(), terms.application_protocols.end());
        return choose_context(terms, name, connection_);
    }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return protocols_;
    }

private:
    const model::TlsByName& by_name_;
    ClientConnection& connection_;
    std::vector<std::string_view> protocols_;
};

void log_failure(ClientConnection& connection, std::string_view why) {
    Arena arena;
    const auto& site = connection.port.listener->sites.default_site();
    log::write_error(log::LogLevel::info, site.defaults->error_logs, connection.number,
                     fmt::format("{} while TLS handshaking, client: {}, server: {}", why,
                                 connection.peer.ip_text(arena), connection.port.listener->listener.text));
}

loop::Task<bool> shake_hands(ClientConnection& connection, tls::ContextChooser& chooser,
                             std::shared_ptr<const tls::ServerContext> by_default, bool early_data,
                             loop::Duration patience) {
    auto session = tls::Session::accept({.default_context = std::move(by_default),
                                         .chooser = chooser,
                                         .unix_seconds = connection.worker.unix_time(),
                                         .early_data = early_data});
    session->in().reserve(Buffer::small_bytes);
    session->in().append(connection.in.view());
    connection.in.release();
    const auto begun = co_await connection.stream.begin_tls(std::move(session), patience);
    if (!begun) log_failure(connection, begun.error().describe());
    co_return begun.has_value();
}

}   // namespace

bool begins_tls(std::string_view bytes) {
    constexpr char handshake = 0x16;
    return bytes.front() == handshake || (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0;
}

std::shared_ptr<const tls::ServerContext> choose_context(const model::TlsTerms& terms, std::string_view name,
                                                         ClientConnection& connection) {
    if (!name.empty() || !terms.names->has_addresses()) return terms.context_for(name);
    SocketAddress address;
    auto& channel = connection.stream.channel();
    channel.loop().backend().local_address(channel.fd(), address.storage, address.length);
    return terms.context_for(address.ip_text());
}

loop::Task<bool> accept_tls(ClientConnection& connection) {
    const std::shared_ptr<const model::Publication> publication = connection.port.publication;
    const auto& listener = *connection.port.listener;
    const loop::Duration patience = settings_of(connection).header_timeout;
    const auto& secure_site = listener.listener.secure_site;
    if (!begins_tls(connection.in.view())) {
        connection.plain_on_tls = secure_site == nullptr;
        co_return true;
    }
    const auto& default_context =
        secure_site != nullptr ? secure_site->tls : listener.sites.default_site().tls;
    if (default_context == nullptr) {
        log_failure(connection, "no certificate for this listener");
        co_return false;
    }
    if (secure_site != nullptr) {
        TermsChooser chooser(*secure_site->tls_by_name, connection);
        co_return co_await shake_hands(connection, chooser, default_context, false, patience);
    }
    SiteChooser chooser(listener);
    co_return co_await shake_hands(connection, chooser, default_context, listener.early_data, patience);
}

}   // namespace gatehouse::exchange
