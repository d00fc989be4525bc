#pragma once
// A route: all that is known, when a request has been matched, about what to do with it. In order: the
// rewrite script, limits, access rules, try_files, one handler, and what is done to the response. One Route
// is one nginx location (or `if` block, or site default) with everything inherited already in place: the
// engine never looks outwards. Immutable once its snapshot is compiled; parts are shared by pointer between
// routes that inherit them.

#include "model/access.h"
#include "model/admin.h"
#include "model/cookie_flags.h"
#include "model/log_format.h"
#include "model/next_upstream.h"
#include "model/origin.h"
#include "model/real_ip.h"
#include "model/script.h"
#include "model/service.h"
#include "model/template.h"
#include "model/tunnel.h"

#include "http/field_name_set.h"
#include "http/head.h"
#include "http/media_types.h"
#include "tls/context.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace gatehouse::model {

using Milliseconds = std::chrono::milliseconds;

struct VariableSize {   // limit_rate and its like: bytes that may depend on the request
    std::uint64_t bytes = 0;
    Template run_time;   // when not empty, instead of `bytes`: read as a size for each request; "" is 0
};

struct HeaderEdit {   // add_header, add_trailer
    std::string name;
    Template value;        // rendered empty: not added
    bool always = false;   // else only on 200 201 204 206 301 302 303 304 307 308
};

struct Expires {
    enum class Kind : std::uint8_t { off, epoch, max, access, modified, daily };
    Kind kind = Kind::off;
    std::chrono::seconds offset{0};   // of access, modified (may be negative), daily: seconds after midnight
    Template variable;   // `expires $var`: the rendered text is parsed the same way; empty: not used
};

struct ErrorPage {        // error_page CODES [=[STATUS]] URI
    int overwrite = -1;   // -1: keep; 0: `=` alone, take the status of the answer; else that status
    Template uri;         // "/path", "@named" or an absolute URL
};

struct TryFile {
    Template path;   // without the final slash of a directory test
    bool directory = false;
};
struct TryFiles {
    Origin origin;
    std::vector<TryFile> tests;
    Template fallback;   // internal redirect ("/path?args" or "@named") …
    int status = 0;      // … or, when not 0, this status
};

struct ByteTypes {   // gzip_types, charset_types: media types something applies to
    bool all = false;
    std::unordered_set<std::string> types;
};

struct FileSettings {
    Template root;           // absolute after the face's work; "root html" is under the prefix
    bool is_alias = false;   // root holds the alias path
    std::size_t alias_prefix_bytes =
        0;   // bytes of the URI that the alias replaces; 0 for a regex location (whole path)
    std::vector<Template> index;   // last may be absolute ("/index.php")
    std::shared_ptr<const http::MediaTypes> types;
    std::string default_type = "text/plain";
    bool etag = true;
    enum class IfModifiedSince : std::uint8_t {
        off,
        exact,
        before
    } if_modified_since = IfModifiedSince::exact;
    std::size_t max_ranges = static_cast<std::size_t>(-1);
    bool sendfile = false;
    std::size_t sendfile_max_chunk = 2 * 1024 * 1024;
    enum class Symlinks : std::uint8_t { allowed, refused, if_not_owner } symlinks = Symlinks::allowed;
    Template symlinks_from;   // the part of the path that is not checked
    bool log_not_found = true;
    struct OpenFileCache {
        std::size_t max = 0;   // 0: off
        Milliseconds inactive{60'000}, valid{60'000};
        unsigned min_uses = 1;
        bool errors = false;
    } open_file_cache;
    bool autoindex = false;
    bool autoindex_exact_size = true;
    bool autoindex_localtime = false;
    enum class AutoindexFormat : std::uint8_t {
        html,
        xml,
        json,
        jsonp
    } autoindex_format = AutoindexFormat::html;
};

struct UpstreamHeaderEdit {   // proxy_set_header: an empty rendered value removes the field
    UpstreamHeaderEdit(std::string field_name, Template field_value)
        : name(std::move(field_name)), value(std::move(field_value)), id(http::field_id(name)) {}
    std::string name;
    Template value;
    http::FieldId id;
};

// The fields written into a forwarded request, in order, and what they stand in for of the client's own.
// Copies share what they hold: thousands of routes then read the same few cache lines.
class UpstreamHeaders {
public:
    void add(std::string name, Template value) {
        auto changed = std::make_shared<Content>(*content_);
        changed->names.add(name);
        changed->edits.emplace_back(std::move(name), std::move(value));
        content_ = std::move(changed);
    }
    void clear() { content_ = std::make_shared<const Content>(); }
    [[nodiscard]] const std::vector<UpstreamHeaderEdit>& edits() const { return content_->edits; }
    [[nodiscard]] bool replaces(const http::Field& field) const { return content_->names.contains(field); }
    [[nodiscard]] bool contains(std::string_view name) const {
        return content_->names.contains(http::make_field(name, {}));
    }
    // By identity, not by what they hold: for telling apart what to share.
    [[nodiscard]] const void* identity() const { return content_.get(); }

private:
    struct Content {
        std::vector<UpstreamHeaderEdit> edits;
        http::FieldNameSet names;
    };
    std::shared_ptr<const Content> content_ = std::make_shared<const Content>();
};

struct RedirectRewrite {   // proxy_redirect, proxy_cookie_domain, proxy_cookie_path
    Template from;         // a prefix; of a cookie's domain the whole, without a leading dot …
    std::shared_ptr<const Regex> regex;   // … or an expression
    Template to;
};

struct ForwardHandler {   // proxy_pass, grpc_pass
    // What each request reads, together: with thousands of routes every cache line of one counts.
    std::shared_ptr<const Service> service;   // null: chosen at run time from `target`
    std::string host;          // $proxy_host: as written in proxy_pass, with a non-default port
    std::uint16_t port = 80;   // $proxy_port
    bool has_uri = false;      // a URI part was given: it replaces the matched prefix
    bool http_1_0 = false;     // proxy_http_version 1.0
    bool http_2 = false;       // proxy_http_version 2, grpc_pass
    // For https://. Null: plain; with a `target`: what it needs when it turns out to be https://.
    std::shared_ptr<const tls::ClientContext> tls;
    // proxy_upgrade: the protocols that may be switched to, in lower case; null: WebSockets only
    std::shared_ptr<const std::vector<std::string>> upgrades;
    bool pass_headers = true, pass_body = true;
    bool has_body = false;
    bool intercept_errors = false;
    bool buffering = true, request_buffering = true;
    bool socket_keepalive = false;
    bool ignore_client_abort = false;
    bool pass_trailers = true;
    bool force_ranges = false;
    UpstreamHeaders set_headers;   // with the face's defaults (nginx: Host $proxy_host) put in
    Template method;               // proxy_method; empty: the client's
    Template bind_address;         // proxy_bind: where connections come from; empty: as the kernel chooses
    VariableSize limit_rate;       // bytes a second
    Milliseconds connect_timeout{60'000}, send_timeout{60'000}, read_timeout{60'000};
    std::size_t header_buffer_bytes = 4096;   // proxy_buffer_size: limit of a response head
    http::FieldNameSet hide_headers;          // of a response: never cross; the face's defaults put in

    Origin origin;
    Template target;   // proxy_pass with variables: "http://name:port/uri" as rendered
    std::string scheme = "http";
    bool is_grpc = false;          // `target` is that of grpc_pass
    Template tls_name;             // what the certificate must be for; a port, if it has one, is left out
    bool tls_sends_name = false;   // as SNI
    // The same for a `target` that turns out to be an address or the name of an upstream group.
    std::shared_ptr<const tls::ClientContext> tls_unnamed;
    bool tls_unnamed_sends_name = false;
    std::string uri;                                  // of `has_uri`
    std::size_t location_bytes = 0;                   // length of the matched location prefix
    Template body;                                    // proxy_set_body
    std::unordered_set<std::string> ignore_headers;   // lower-case: x-accel-*, expires, cache-control, …
    std::size_t buffers_bytes = 8 * 4096;             // proxy_buffers: memory of a buffered body, then disk
    std::uint64_t max_temp_file_bytes = 1024ULL * 1024 * 1024;
    std::string temp_path;
    NextUpstream next;
    int status_without_endpoint = 502;   // where the service has none that can be asked
    std::vector<RedirectRewrite> redirects, cookie_domains, cookie_paths;
    std::vector<CookieFlags> cookie_flags;
    std::size_t receive_buffer_bytes = 0, send_buffer_bytes = 0;   // 0: as the kernel chooses
};

struct ServiceChoice;    // service_choice.h
struct ChoiceHandler {   // forwards as whichever it chooses
    std::shared_ptr<const ServiceChoice> choice;
};

struct FilesHandler {};    // serves Route::files
struct StatusHandler {};   // stub_status
struct EmptyGifHandler {};
using Handler = std::variant<FilesHandler, ForwardHandler, TunnelHandler, StatusHandler, EmptyGifHandler,
                             AdminHandler, ChoiceHandler>;

struct Filter;   // filters/filter.h

struct Route {
    // What each request reads, together: with thousands of routes every cache line of one counts.
    bool internal = false;   // 404 for requests from outside
    // `location /x/` with a forwarding handler redirects "/x" to "/x/" (301)
    bool redirect_without_slash = false;
    bool absolute_redirect = true, port_in_redirect = true, server_name_in_redirect = false;
    bool chunked_transfer_encoding = true;
    bool tcp_nodelay = true, tcp_nopush = false;
    struct KeepAliveDisable {   // browsers that get no kept connection
        bool msie6 = true;      // after a POST
        bool safari = false;
    } keepalive_disable;
    enum class Lingering : std::uint8_t { off, on, always } lingering_close = Lingering::on;
    Milliseconds send_timeout{60'000}, client_body_timeout{60'000};
    Milliseconds keepalive_timeout{75'000};
    Milliseconds keepalive_time{3'600'000};
    std::uint64_t keepalive_requests = 1000;
    std::optional<std::chrono::seconds> keepalive_header;        // second argument of keepalive_timeout
    std::optional<std::uint64_t> max_body_bytes = 1024 * 1024;   // client_max_body_size; nullopt: no limit
    Milliseconds lingering_time{30'000}, lingering_timeout{5'000};
    std::shared_ptr<const TryFiles> try_files;
    RealIp real_ip;
    AccessRules access;
    std::vector<std::shared_ptr<const Filter>> filters;   // in the order that requests pass them
    Script script;
    std::vector<std::shared_ptr<const AccessLog>> access_logs;   // empty: off
    std::vector<HeaderEdit> add_headers, add_trailers;
    Expires expires;
    std::string charset;   // "": off; appended to the media types of charset_types
    Template charset_variable;
    std::string server_field;   // "nginx/…"-like Server value, with or without version; "": not sent
    VariableSize limit_rate, limit_rate_after;
    // methods outside the list get this route instead (limit_except)
    struct LimitExcept {
        std::vector<std::string> methods;
        std::shared_ptr<const Route> otherwise;
    };
    std::optional<LimitExcept> limit_except;
    Handler handler = FilesHandler{};

    Origin origin;
    std::string name;   // as written: "/api", "= /", "~ \.php$", "@fallback"; "" for a site's own level
    bool satisfy_any = false;
    FileSettings files;
    std::string source_charset;   // what texts are in, where their Content-Type does not say; "": whatever
    Template source_charset_variable;
    bool override_charset = false;   // also where the Content-Type names a charset already
    std::shared_ptr<const ByteTypes> charset_types;
    std::map<int, std::shared_ptr<const ErrorPage>> error_pages;
    bool recursive_error_pages = false;
    // What Gatehouse says of an error: a page, as nginx does, or only its name.
    enum class ErrorText : std::uint8_t { page, phrase } error_text = ErrorText::page;
    bool server_tokens = true;
    bool msie_padding = false;
    bool reset_timedout_connection = false;
    std::size_t client_body_buffer_bytes = 16 * 1024;
    std::string client_body_temp_path;
    enum class BodyInFile : std::uint8_t { off, clean, on } body_in_file_only = BodyInFile::off;
    bool log_subrequest = false;
    std::vector<std::shared_ptr<const ErrorLog>> error_logs;
};

}   // namespace gatehouse::model
