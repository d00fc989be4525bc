#include "exchange/exchange.h"

#include "exchange/filters/filter_run.h"
#include "exchange/h2_client_stream.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/open_tunnel.h"
#include "exchange/worker_state.h"
#include "http/media_types.h"
#include "log/error_log.h"

#include <algorithm>
#include <climits>

namespace gatehouse::exchange {
Exchange::Exchange(ClientConnection& connection)
    : client(connection),
      publication(connection.port.publication),
      listener(*connection.port.listener),
      started(connection.worker.loop.now()),
      own_(publication->snapshot->model, arena_) {}

Exchange::~Exchange() {
    if (filter_run == nullptr) return;
    end_filters(*this);
    // what it counts in goes on
    if (collected == nullptr && client.tunnel != nullptr) client.tunnel->filter_run = std::move(filter_run);
}

bool Exchange::client_is_gone() {
    if (stream != nullptr) return stream->is_gone();
    const auto& channel = client.stream.channel();
    return channel.hangup || (abandoned_by_fin && channel.peer_closed);
}

bool Exchange::asks_for_tunnel() const {
    return stream != nullptr && collected == nullptr && !stream->request->protocol.empty();
}

void Exchange::set_uri(std::string_view path, std::string_view new_args) {
    uri = path;
    args = new_args;
    uri_is_raw = false;
    raw_uri = {};
    alias_takes_uri = false;
}

std::string_view Exchange::media_type_of_uri() {
    const auto& files = route->files;
    const auto& types = files.types != nullptr ? *files.types : http::MediaTypes::nginx_default();
    const auto found = types.find(http::extension_of(uri));
    return found.empty() ? std::string_view(files.default_type) : found;
}

const SocketAddress& Exchange::client_address() {
    if (!client_address_) client_address_ = client.peer.expand();
    return *client_address_;
}

void Exchange::set_real_address(const SocketAddress& address) {
    client_address_ = address;
    client_ip_ = keep(address.ip_text());
    has_real_address_ = true;
}

std::string_view Exchange::client_ip() {
    if (client_ip_.empty()) client_ip_ = client.peer.ip_text(arena_);
    return client_ip_;
}

const SocketAddress& Exchange::local_address() {
    if (!local_address_) {
        SocketAddress address;
        client.stream.channel().loop().backend().local_address(client.stream.channel().fd(), address.storage,
                                                               address.length);
        local_address_ = address;
    }
    return *local_address_;
}

std::string_view Exchange::host_variable() const {
    if (!host.name.empty()) return host.name;
    return site == nullptr ? std::string_view() : std::string_view(site->name);
}

std::string_view Exchange::document_root() { return render(route->files.root); }

std::string_view Exchange::file_path_of(std::string_view path) {
    const auto& files = route->files;
    const auto root = document_root();
    std::string_view joined;
    const bool is_whole_path = files.alias_prefix_bytes == 0 && !alias_takes_uri;   // of a regex location
    if (!files.is_alias || (files.alias_prefix_bytes == 0 && !is_whole_path)) {
        joined = arena_.concat({root, path});
    } else if (is_whole_path) {
        joined = root;
    } else {
        // The URI begins with the location's text. A try_files test or index name may not: the alias is its
        // root.
        const auto bytes = files.alias_prefix_bytes;
        const bool inside = path.substr(0, bytes) == uri.substr(0, bytes);
        const auto rest = inside ? path.substr(std::min(bytes, path.size())) : path;
        // `location /i { alias /data/; }` asked for "/i../x" or "/ix": a prefix without its slash must not
        // lead elsewhere
        const bool at_boundary = rest.empty() || rest.front() == '/' || path[bytes - 1] == '/';
        if (!at_boundary || rest == ".." || rest.starts_with("../")) return {};
        joined = arena_.concat({root, rest});
    }
    return joined.size() < PATH_MAX ? joined : std::string_view();
}

}   // namespace gatehouse::exchange
