#include "tests/unit/exchange/fixture.h"

#include "exchange/handlers/file_cache.h"
#include "exchange/handlers/stored_body.h"
#include "faces/nginx/load.h"
#include "faces/nginx/source.h"
#include "http/h1_parser.h"
#include "log/error_log.h"

#include <array>

namespace gatehouse::exchange {

std::string lines_of(std::string_view head) {
    std::string out(head);
    EXPECT_TRUE(out.ends_with("\r\n\r\n")) << out;
    out.resize(out.size() - std::min<std::size_t>(out.size(), 4));
    for (auto at = out.find("\r\n"); at != std::string::npos; at = out.find("\r\n", at))
        out.replace(at, 2, "|");
    return out;
}

ExchangeWorld::ExchangeWorld(const std::string& http, std::uint16_t port, const Change& change) {
    auto silence = std::make_shared<model::ErrorLog>();
    silence->level = log::LogLevel::emerg;
    log::set_process_error_logs({silence});
    shared_.reset(new Shared{logs_, directory_, {}});
    worker_ = std::make_unique<WorkerState>(loop_, *shared_, 0, 1);
    compile(http, change);
    connect(port);
}

ExchangeWorld::~ExchangeWorld() {
    exchanges_.clear();
    client_.reset();
    log::set_process_error_logs({});
}

void ExchangeWorld::compile(const std::string& http, const Change& change) {
    nginx::MemoryFiles files(
        {{"/test/nginx.conf", "events {} http { error_log stderr emerg; " + http + " }"}});
    auto loaded = nginx::load(files, "/test/nginx.conf", {}, {});
    for (const auto& item : loaded.diagnostics.items()) {
        if (item.severity == nginx::Severity::error) ADD_FAILURE() << item.message;
    }
    if (!loaded.model) std::abort();
    if (change) change(*loaded.model);
    const auto state_of = [](const model::Service& service) {
        auto state = std::make_shared<model::ServiceState>();
        state->replace(model::build_endpoint_set(service, {}, nullptr));
        return state;
    };
    publication_ = std::make_shared<model::Publication>();
    publication_->snapshot = model::Snapshot::compile(std::move(*loaded.model), 1, state_of);
}

void ExchangeWorld::connect(std::uint16_t port) {
    SocketAddress address;
    if (!SocketAddress::parse("127.0.0.1", port, address)) std::abort();
    auto& backend = loop_.backend();
    const int listener = backend.socket(AF_INET, SOCK_STREAM);
    EXPECT_EQ(backend.listen(listener, address.get(), address.length, 10), 0);
    peer_fd_ = peers_->socket(AF_INET, SOCK_STREAM);
    [[maybe_unused]] const int connecting = peers_->connect(peer_fd_, address.get(), address.length);
    sockaddr_storage peer{};
    socklen_t length = 0;
    int accepted = -1;
    const auto accept = [&] { return (accepted = backend.accept(listener, peer, length)) >= 0; };
    EXPECT_EQ(world_.run_until(accept, std::chrono::seconds(1)), loop::SimWorld::Outcome::met);
    port_ = std::make_unique<Port>(loop_, listener);
    port_->publication = publication_;
    port_->listener = publication_->snapshot->listeners.front().get();
    client_ = std::make_unique<ClientConnection>(*worker_, *port_, accepted, PeerAddress(peer));
}

void ExchangeWorld::send(std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    ssize_t sent = -EAGAIN;   // until the client knows that it is connected
    const auto write = [&] {
        return (sent = peers_->write(peer_fd_, std::span(&piece, 1), false)) != -EAGAIN;
    };
    EXPECT_TRUE(run_until(write));
    EXPECT_EQ(sent, static_cast<ssize_t>(bytes.size()));
}

std::string ExchangeWorld::received() {
    std::string all;
    std::array<char, 4096> piece;
    while (true) {
        const auto got = peers_->read(peer_fd_, piece);
        if (got <= 0) return all;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
}

Exchange& ExchangeWorld::get(std::string_view target, std::vector<std::string> fields) {
    fields.insert(fields.begin(), "Host: shop.example");
    return request("GET " + std::string(target) + " HTTP/1.1", fields);
}

Exchange& ExchangeWorld::request(std::string_view line, const std::vector<std::string>& fields) {
    auto& exchange = *exchanges_.emplace_back(std::make_unique<Exchange>(*client_));
    exchange.head_bytes.append(line);
    for (const auto& field : fields) {
        exchange.head_bytes.append("\r\n");
        exchange.head_bytes.append(field);
    }
    exchange.head_bytes.append("\r\n\r\n");
    http::RequestParser parser;
    const auto head = parser.parse(exchange.head_bytes.view(), exchange.arena(), exchange.request);
    EXPECT_EQ(head.state, http::Progress::State::done) << head.error.rule;
    exchange.method = exchange.request.method;
    exchange.method_text = exchange.request.method_text;
    exchange.target = http::parse_target(exchange.request.method, exchange.request.target).value();
    exchange.host = http::request_host(exchange.request, exchange.target, exchange.arena()).value();
    const auto framing = http::request_framing(exchange.request).value();
    exchange.body.begin(client_->stream, client_->in, framing, http::expects_continue(exchange.request));
    exchange.keep_alive = http::is_persistent(exchange.request.version, exchange.request.fields);
    const std::string_view raw = exchange.target.uri;
    const auto path = raw.starts_with('/') ? raw : exchange.arena().concat({"/", raw});
    const auto normal = http::normalize_uri(path, exchange.arena(), true).value();
    exchange.set_uri(normal.path, normal.args);
    exchange.uri_is_raw = true;
    const model::Regex* regex = nullptr;
    exchange.site = &exchange.listener.sites.match(exchange.host.name, exchange.captures, regex);
    ++client_->requests;
    find_route(exchange);
    return exchange;
}

void ExchangeWorld::find_route(Exchange& exchange) {
    if (exchange.site->rules != nullptr) {   // for the pipeline to find
        exchange.route = exchange.site->defaults.get();
        return;
    }
    model::Captures captures;
    const auto match = exchange.site->routes->match(exchange.uri, captures);
    if (match.regex != nullptr) {
        exchange.captures = captures;
        exchange.take_named(*match.regex);
    }
    exchange.route = match.route;
}

}   // namespace gatehouse::exchange
