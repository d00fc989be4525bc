#include "exchange/tls_accept.h"

#include "log/error_log.h"

#include <fmt/format.h>

#include <array>

namespace gatehouse::exchange {
namespace {

// RFC 8446 section 5.1: a handshake record, or the hello of SSL 2, which at least gets an alert.
bool begins_tls(std::string_view text) {
    constexpr char handshake = 0x16;
    return text.front() == handshake || (static_cast<unsigned char>(text.front()) & 0x80U) != 0;
}

class SiteChooser final : public tls::ContextChooser {
public:
    explicit SiteChooser(const model::Snapshot::CompiledListener& listener)
        : listener_(listener), site_(&default_site()) {}

    std::shared_ptr<const tls::ServerContext> choose(std::string_view name) override {
        if (listener_.listener.secure_site != nullptr) return site_->tls;
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
    [[nodiscard]] const model::Site& default_site() const {
        const auto& secure_site = listener_.listener.secure_site;
        return secure_site != nullptr ? *secure_site : listener_.sites.default_site();
    }

    const model::Snapshot::CompiledListener& listener_;
    const model::Site* site_;
};

void log_failure(ClientConnection& connection, std::string_view why) {
    Arena arena;
    const auto& site = connection.port.listener->sites.default_site();
    log::write_error(log::LogLevel::info, site.defaults->error_logs, connection.number,
                     fmt::format("{} while TLS handshaking, client: {}, server: {}", why,
                                 connection.peer.ip_text(arena), connection.port.listener->listener.text));
}

}   // namespace

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
    SiteChooser chooser(listener);
    auto session = tls::Session::accept({.default_context = default_context,
                                         .chooser = chooser,
                                         .unix_seconds = connection.worker.unix_time(),
                                         .early_data = listener.early_data});
    session->in().reserve(Buffer::small_bytes);
    session->in().append(connection.in.view());
    connection.in.release();
    const auto begun = co_await connection.stream.begin_tls(std::move(session), patience);
    if (!begun) log_failure(connection, begun.error().describe());
    co_return begun.has_value();
}

}   // namespace gatehouse::exchange
