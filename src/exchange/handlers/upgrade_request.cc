#include "exchange/handlers/upgrade_request.h"

#include "base/base64.h"
#include "base/text.h"
#include "exchange/h2_client_stream.h"
#include "exchange/worker_state.h"
#include "http/framing.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

constexpr std::string_view websocket = "websocket";

bool asks_for(const Exchange& exchange, std::string_view protocol) {
    if (exchange.stream == nullptr) return http::asks_for_upgrade(exchange.request, protocol);
    return equals_ignoring_case(exchange.stream->request->protocol, protocol);
}

// `proxy_set_header Upgrade ""` says that nothing passes.
bool is_kept_from_crossing(const model::ForwardHandler& handler) {
    return std::ranges::any_of(handler.set_headers.edits(), [](const auto& edit) {
        return edit.id == FieldId::upgrade && edit.value.empty();
    });
}

// RFC 6455 section 4.1: of HTTP/1 only, so that nobody answers who does not know what is asked.
std::string_view make_key(Exchange& exchange) {
    std::array<std::uint64_t, 2> nonce{exchange.client.worker.random.next(),
                                       exchange.client.worker.random.next()};
    std::array<char, sizeof nonce> bytes;
    std::memcpy(bytes.data(), nonce.data(), bytes.size());
    return exchange.keep(encode_base64({bytes.data(), bytes.size()}));
}

}   // namespace

std::string_view passed_upgrade(Exchange& exchange, const model::ForwardHandler& handler) {
    const bool may_ask = exchange.stream == nullptr ? exchange.request.fields.contains(FieldId::upgrade)
                                                    : !exchange.stream->request->protocol.empty();
    if (!may_ask || handler.http_1_0 || handler.http_2 || is_kept_from_crossing(handler)) return {};
    if (handler.upgrades == nullptr) return asks_for(exchange, websocket) ? websocket : std::string_view();
    const auto asked = std::ranges::find_if(
        *handler.upgrades, [&](const auto& protocol) { return asks_for(exchange, protocol); });
    return asked == handler.upgrades->end() ? std::string_view() : std::string_view(*asked);
}

void write_upgrade(Exchange& exchange, std::string_view protocol, http::HeadWriter& writer) {
    writer.field(FieldId::connection, "upgrade");
    writer.field(FieldId::upgrade, protocol);
    const bool needs_key = exchange.stream != nullptr && protocol == websocket;
    if (needs_key) writer.field("Sec-WebSocket-Key", make_key(exchange));
}

}   // namespace gatehouse::exchange
