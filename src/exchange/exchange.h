#pragma once
// Exchange: one request and its response, from the complete head to the log line. It pins the publication it
// began with, owns the arena all its text lives in, and is the source of $variables. A local of the coroutine
// that runs it, on its worker's thread; gone when the connection idles. It knows no policy: pipeline.h
// decides what happens in which order.

#include "base/arena.h"
#include "base/arena_vector.h"
#include "base/buffer.h"
#include "exchange/client_connection.h"
#include "exchange/own_variables.h"
#include "exchange/request_body.h"
#include "exchange/response.h"
#include "http/head.h"
#include "http/host.h"
#include "http/uri.h"
#include "model/publication.h"
#include "model/variable.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::exchange {

// One try at one endpoint, for the log, $upstream_… and the retry decision.
struct UpstreamAttempt {
    std::string_view address;   // as logged: "127.0.0.1:5000", or the service's name if none was found
    int status = 0;             // of the response; 502 or 504 where there was none
    std::optional<loop::Duration> connect_time, header_time, response_time;
    std::uint64_t bytes_received = 0, bytes_sent = 0, response_length = 0;
    bool after_redirect =
        false;   // an internal redirect lies between this attempt and the one before (" : ")
};

// What became of the connection when the exchange is over.
enum class Ending : std::uint8_t { keep_alive, close, linger, reset };

struct CollectedResponse;
class FilterRun;
class H2ClientStream;
class StoredBody;

class Exchange final : public model::VariableSource {
public:
    explicit Exchange(ClientConnection& connection);
    ~Exchange() override;

    std::optional<std::string_view> variable(const model::VariableRef& ref) override;
    Arena& arena() override { return arena_; }

    void set_slot(std::uint16_t slot, std::string_view value) { own_.set(slot, value); }
    // `set`: a variable that may be set, and what changes with it. `value` lives as long as the arena.
    void set_variable(const model::VariableRef& ref, std::string_view value);
    // After a regex with named groups matched: fills their slots.
    void take_named(const model::Regex& regex) { own_.take_named(regex, captures); }
    void set_uri(std::string_view path, std::string_view new_args);   // a rewrite or internal redirect
    // Whether a FIN from the client means that nobody waits for the answer: not so for a client that
    // announced that this is its last request, which may half-close and read on (RFC 9112 9.6).
    bool abandoned_by_fin = false;
    [[nodiscard]] bool client_is_gone();
    // An extended CONNECT (RFC 8441): an answer with 2xx makes the stream a tunnel.
    [[nodiscard]] bool asks_for_tunnel() const;
    // Copied into the arena, so that it outlives `value`'s buffer.
    [[nodiscard]] std::string_view keep(std::string_view value) { return arena_.copy(value); }
    [[nodiscard]] std::string_view render(const model::Template& text) { return text.render(*this); }

    // What is no size counts as 0 and is reported.
    [[nodiscard]] std::uint64_t size_of(const model::VariableSize& size);

    // By the extension of the URI, else the route's default_type.
    [[nodiscard]] std::string_view media_type_of_uri();

    // Who the request is from: the connection's peer, or the address that it named and was believed for
    // (real_ip.h). The local address. Computed once.
    [[nodiscard]] std::string_view client_ip();
    [[nodiscard]] const SocketAddress& client_address();
    void set_real_address(const SocketAddress& address);
    [[nodiscard]] bool has_real_address() const { return has_real_address_; }
    [[nodiscard]] const SocketAddress& local_address();
    // $host: of the request line, else Host, else the site's name.
    [[nodiscard]] std::string_view host_variable() const;
    // root or alias joined with the current URI. Empty when the result would be too long.
    [[nodiscard]] std::string_view file_path_of(std::string_view path);
    [[nodiscard]] std::string_view document_root();

    ClientConnection& client;
    H2ClientStream* stream = nullptr;   // of HTTP/2; null: the connection is all the exchange's
    const std::shared_ptr<const model::Publication> publication;
    const model::Snapshot::CompiledListener& listener;

    // the request
    Buffer head_bytes;   // what `request` points into
    http::RequestHead request;
    http::Target target;
    http::Host host;
    RequestBody body;
    std::unique_ptr<StoredBody> stored_body;   // once it was read whole: for retries and internal redirects
    std::string_view buffered_body;            // when it was read into memory whole ($request_body)
    std::string_view body_file;                // path of its temporary file, if one was made

    // where it stands
    const model::Site* site = nullptr;
    const model::Route* route = nullptr;
    std::string_view uri, args;   // current: after rewrites and internal redirects
    std::string_view raw_uri;     // with uri_is_raw, what is forwarded instead of target.uri; "": that
    std::unique_ptr<FilterRun> filter_run;   // null until a route has filters
    std::optional<std::string_view> user;    // whom a filter found to be who they say
    std::string_view method_text;            // current: error_page turns it to GET
    http::Method method = http::Method::get;
    bool pipelined = false;    // its first bytes came before the answer to the request before was sent
    bool uri_is_raw = false;   // `uri` still is what target.uri says: it may be forwarded as sent
    bool uri_changed_by_break = false;   // `rewrite … break` changed it here: proxy_pass ignores its URI part
    bool alias_takes_uri = false;        // after try_files: the URI is below the alias of a regex location
    bool is_internal = false;            // came here by an internal redirect
    unsigned redirects = 0;
    bool error_page_used = false;
    int error_status = 0;   // overrides the status after error_page
    model::Captures captures;
    std::string_view reason;   // why Gatehouse made the response itself; static text

    // the response
    Response response;
    http::Fields sent_trailers;
    bool head_sent = false;
    bool keep_alive = true;
    CollectedResponse* collected =
        nullptr;              // the response goes there and not to the client (sub_exchange.h)
    bool reset = false;       // close with RST (reset_timedout_connection)
    bool lingering = false;   // the request's body was not read to its end
    std::uint64_t bytes_sent = 0, body_bytes_sent = 0;
    std::uint64_t request_bytes = 0;   // of the head; the body's are in `body`
    loop::TimePoint started;
    ArenaVector<UpstreamAttempt> attempts;
    std::size_t attempts_before_redirect = 0;   // how many were made before the latest internal redirect
    http::Fields kept_fields;   // of an answer that ordered an X-Accel-Redirect or an error page: they stay
    std::string_view accel_content_type;
    Buffer upstream_head_bytes;     // what upstream_fields and a forwarded response's fields point into
    http::Fields upstream_fields;   // of the last response head from an endpoint ($upstream_http_…)
    // From `set $limit_rate` or X-Accel-Limit-Rate; once the response is written, whatever holds.
    std::optional<std::uint64_t> limit_rate;

    // What a variable of upstream says of all attempts but the last, with what separates it from that one's.
    [[nodiscard]] std::string earlier(model::VariableId id);

    // Set by the forward handler: $proxy_host and $proxy_port, the parts of a run-time target included.
    std::optional<std::string_view> proxy_host;
    std::optional<std::uint16_t> proxy_port;

private:
    [[nodiscard]] std::optional<std::string_view> request_variable(model::VariableId id);
    [[nodiscard]] std::optional<std::string_view> address_variable(model::VariableId id);
    [[nodiscard]] std::optional<std::string_view> response_variable(model::VariableId id);
    [[nodiscard]] std::optional<std::string_view> upstream_variable(const model::VariableRef& ref);
    [[nodiscard]] std::optional<std::string_view> sent_field(const model::VariableRef& ref);
    [[nodiscard]] std::optional<std::string_view> slot_value(std::uint16_t slot);
    [[nodiscard]] std::optional<std::string_view> number(std::uint64_t value);

    Arena arena_;
    OwnVariables own_;
    std::optional<SocketAddress> client_address_, local_address_;
    std::string_view client_ip_, request_id_;
    bool has_real_address_ = false;
};

}   // namespace gatehouse::exchange
