#include "model_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gatehouse::nginx {
namespace {

using namespace model;

const std::set<std::string> usually_removed = {"Connection", "Proxy-Connection", "TE", "Keep-Alive", "Expect", "Upgrade"};

class Dump {
public:
    explicit Dump(const Model& model) : model_(model) {}

    std::string run() {
        process();
        for (const auto& map : model_.maps) map_block(*map);
        for (const auto& service : model_.services) this->service(*service);
        for (const Listener& listener : model_.listeners) this->listener(listener);
        return out_;
    }

private:
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        out_.append(depth_ * 2, ' ');
        out_ += fmt::format(format, std::forward<Arguments>(arguments)...);
        out_ += '\n';
    }

    std::string text_of(const Template& value) const {
        std::string out;
        for (const Template::Part& part : value.parts()) {
            if (const auto* literal = std::get_if<std::string>(&part)) {
                out += *literal;
                continue;
            }
            const auto& ref = std::get<VariableRef>(part);
            if (ref.id == VariableId::slot) {
                out += "${" + model_.slots.at(ref.slot) + "}";
            } else if (ref.id == VariableId::map) {
                out += "${map:" + model_.maps.at(ref.slot)->name + "}";
            } else {
                out += "${" + name_of(ref) + "}";
            }
        }
        return out;
    }

    template <class T>
    void unless(const char* name, const T& value, const T& usual) {
        if (value != usual) line("{} = {}", name, value);
    }
    void unless(const char* name, Milliseconds value, Milliseconds usual) {
        if (value != usual) line("{} = {}ms", name, value.count());
    }
    void given(const char* name, const Template& value) {
        if (!value.empty()) line("{} = \"{}\"", name, text_of(value));
    }
    void given(const char* name, const std::string& value) {
        if (!value.empty()) line("{} = \"{}\"", name, value);
    }

    void process();
    void map_block(const MapBlock& map);
    void service(const Service& service);
    void listener(const Listener& listener);
    void site(const Site& site);
    void location(const LocationMatcher::Listed& location);
    void route(const Route& route);
    void files(const FileSettings& files);
    void forward(const ForwardHandler& forward);
    void rewrites(const char* name, const std::vector<RedirectRewrite>& rewrites);
    void script(const Script& script);
    void step(const Script::Entry& entry);
    std::string condition(const Condition& condition) const;

    const Model& model_;
    std::string out_;
    std::size_t depth_ = 0;

    struct Indent {
        explicit Indent(Dump& of) : dump(of) { ++dump.depth_; }
        ~Indent() { --dump.depth_; }
        Indent(const Indent&) = delete;
        Indent& operator=(const Indent&) = delete;
        Dump& dump;
    };
};

void Dump::process() {
    const ProcessSettings usual;
    const ProcessSettings& process = model_.process;
    unless("worker_processes", process.worker_processes, usual.worker_processes);
    unless("worker_connections", process.worker_connections, usual.worker_connections);
    unless("daemon", process.daemon, usual.daemon);
    unless("pid", process.pid_path, std::string("/etc/nginx/logs/nginx.pid"));
    given("user", process.user);
    given("group", process.group);
    for (const std::string& directory : process.temp_directories) line("temp directory {}", directory);
    for (const std::string& server : model_.resolver.servers) line("resolver {}", server);
    for (const auto& log : process.error_logs) line("error_log {} level={}", log->path, static_cast<int>(log->level));
}

void Dump::map_block(const MapBlock& map) {
    line("map ${} from \"{}\"{}", map.name, text_of(map.subject), map.hostnames ? " hostnames" : "");
    const Indent indent(*this);
    const auto table = [&](const char* kind, const auto& entries) {
        std::vector<std::string> lines;
        for (const auto& [key, value] : entries) lines.push_back(fmt::format("{} \"{}\" -> \"{}\"", kind, key, text_of(value)));
        std::ranges::sort(lines);
        for (const std::string& text : lines) line("{}", text);
    };
    table("exact", map.exact);
    table("leading", map.leading);
    table("trailing", map.trailing);
    for (const auto& entry : map.regexes) line("regex \"{}\" -> \"{}\"", entry.regex->pattern(), text_of(entry.value));
    line("default \"{}\"", text_of(map.fallback));
}

void Dump::service(const Service& service) {
    static constexpr const char* methods[] = {"round_robin", "least_connections", "ip_hash",   "hash",
                                              "consistent_hash", "random",        "random_two"};
    line("service {} {}{}", service.name, methods[static_cast<int>(service.balancing)],
         service.is_explicit ? "" : " implicit");
    const Indent indent(*this);
    const KeepAlivePool usual;
    given("hash key", service.hash_key);
    unless("keepalive", service.keepalive.idle_connections, usual.idle_connections);
    unless("keepalive_requests", service.keepalive.requests, usual.requests);
    unless("keepalive_timeout", service.keepalive.idle_timeout, usual.idle_timeout);
    for (const ServerEntry& server : service.servers) {
        line("server {}{}{} weight={} max_conns={} max_fails={} fail_timeout={}ms{}{}", server.is_unix ? "unix:" : "",
             server.host, server.is_unix ? "" : fmt::format(":{}", server.port), server.weight, server.max_conns,
             server.max_fails, server.fail_timeout.count(), server.backup ? " backup" : "", server.down ? " down" : "");
    }
}

void Dump::listener(const Listener& listener) {
    line("listener {} default=\"{}\" ({})", listener.text, listener.default_site->name, listener.origin.describe());
    const Indent indent(*this);
    const ListenerOptions usual;
    unless("backlog", listener.options.backlog, usual.backlog);
    unless("reuse_port", listener.options.reuse_port, usual.reuse_port);
    unless("proxy_protocol", listener.options.proxy_protocol, usual.proxy_protocol);
    if (listener.options.ipv6_only) line("ipv6_only = {}", *listener.options.ipv6_only);
    if (listener.options.keep_alive) line("keep_alive = {}", *listener.options.keep_alive);
    for (const auto& site : listener.sites) this->site(*site);
}

void Dump::site(const Site& site) {
    line("site \"{}\" ({})", site.name, site.origin.describe());
    const Indent indent(*this);
    const ConnectionSettings usual;
    for (const SiteName& name : site.names) line("name {}", name.as_written());
    unless("header_timeout", site.connection.header_timeout, usual.header_timeout);
    unless("header_buffer_bytes", site.connection.header_buffer_bytes, usual.header_buffer_bytes);
    unless("large_buffers", site.connection.large_buffers, usual.large_buffers);
    unless("large_buffer_bytes", site.connection.large_buffer_bytes, usual.large_buffer_bytes);
    unless("merge_slashes", site.connection.merge_slashes, usual.merge_slashes);
    unless("underscores", site.connection.underscores, usual.underscores);
    script(site.script);
    line("defaults");
    route(*site.defaults);
    for (const auto& listed : site.routes->list()) location(listed);
}

void Dump::location(const LocationMatcher::Listed& location) {
    line("location {} ({})", location.route->name, location.route->origin.describe());
    route(*location.route);
    if (location.nested == nullptr) return;
    const Indent indent(*this);
    for (const auto& listed : location.nested->list()) this->location(listed);
}

void Dump::route(const Route& route) {
    const Indent indent(*this);
    const Route usual;
    script(route.script);
    unless("internal", route.internal, usual.internal);
    unless("redirect_without_slash", route.redirect_without_slash, usual.redirect_without_slash);
    for (const AccessRule& rule : route.access.rules) {
        line("{} kind={} /{}", rule.allow ? "allow" : "deny", static_cast<int>(rule.network.kind), rule.network.prefix_bits);
    }
    unless("satisfy_any", route.satisfy_any, usual.satisfy_any);
    if (route.try_files) {
        for (const TryFile& test : route.try_files->tests) line("try \"{}\"{}", text_of(test.path), test.directory ? " directory" : "");
        line("try else \"{}\" {}", text_of(route.try_files->fallback), route.try_files->status);
    }
    if (route.max_body_bytes != usual.max_body_bytes) line("max_body_bytes = {}", route.max_body_bytes.value_or(0));
    files(route.files);
    if (const auto* handler = std::get_if<ForwardHandler>(&route.handler)) forward(*handler);
    if (std::holds_alternative<StatusHandler>(route.handler)) line("handler status");
    if (std::holds_alternative<EmptyGifHandler>(route.handler)) line("handler empty gif");
    for (const HeaderEdit& edit : route.add_headers) line("add {}: {}{}", edit.name, text_of(edit.value), edit.always ? " always" : "");
    for (const HeaderEdit& edit : route.add_trailers) line("add trailer {}: {}", edit.name, text_of(edit.value));
    if (route.expires.kind != Expires::Kind::off) {
        line("expires kind={} offset={} \"{}\"", static_cast<int>(route.expires.kind), route.expires.offset.count(),
             text_of(route.expires.variable));
    }
    given("charset", route.charset);
    for (const auto& [status, page] : route.error_pages) line("error_page {} ={} \"{}\"", status, page->overwrite, text_of(page->uri));
    unless("recursive_error_pages", route.recursive_error_pages, usual.recursive_error_pages);
    unless("server_tokens", route.server_tokens, usual.server_tokens);
    unless("keepalive_timeout", route.keepalive_timeout, usual.keepalive_timeout);
    unless("keepalive_requests", route.keepalive_requests, usual.keepalive_requests);
    unless("limit_rate", route.limit_rate, usual.limit_rate);
    given("limit_rate", route.limit_rate_variable);
    unless("tcp_nopush", route.tcp_nopush, usual.tcp_nopush);
    unless("send_timeout", route.send_timeout, usual.send_timeout);
    for (const auto& log : route.access_logs) {
        line("access_log {} {} buffer={} \"{}\"", log->path, log->format->name, log->buffer_bytes, text_of(log->condition));
    }
    if (route.limit_except) {
        line("limit_except {}", fmt::join(route.limit_except->methods, " "));
        this->route(*route.limit_except->otherwise);
    }
}

void Dump::files(const FileSettings& files) {
    const FileSettings usual;
    line("{} \"{}\"{}", files.is_alias ? "alias" : "root", text_of(files.root),
         files.is_alias ? fmt::format(" for {} bytes", files.alias_prefix_bytes) : "");
    std::string index;
    for (const Template& name : files.index) index += " " + text_of(name);
    if (index != " index.html") line("index{}", index);
    unless("types", files.types->size(), http::MediaTypes::nginx_default().size());
    unless("default_type", files.default_type, usual.default_type);
    unless("sendfile", files.sendfile, usual.sendfile);
    unless("etag", files.etag, usual.etag);
    unless("autoindex", files.autoindex, usual.autoindex);
    unless("open_file_cache", files.open_file_cache.max, usual.open_file_cache.max);
    unless("symlinks", static_cast<int>(files.symlinks), static_cast<int>(usual.symlinks));
}

void Dump::forward(const ForwardHandler& forward) {
    const ForwardHandler usual;
    line("forward to {} host={} port={}", forward.service ? forward.service->name : "\"" + text_of(forward.target) + "\"",
         forward.host, forward.port);
    const Indent indent(*this);
    if (forward.has_uri) line("uri \"{}\" replaces {} bytes", forward.uri, forward.location_bytes);
    unless("http_1_0", forward.http_1_0, usual.http_1_0);
    for (const UpstreamHeaderEdit& edit : forward.set_headers) {
        const bool removed_by_default = edit.value.empty() && usually_removed.contains(edit.name);
        if (!removed_by_default) line("set {}: {}", edit.name, text_of(edit.value));
    }
    given("method", forward.method);
    given("body", forward.body);
    unless("buffering", forward.buffering, usual.buffering);
    unless("request_buffering", forward.request_buffering, usual.request_buffering);
    unless("intercept_errors", forward.intercept_errors, usual.intercept_errors);
    unless("connect_timeout", forward.connect_timeout, usual.connect_timeout);
    unless("read_timeout", forward.read_timeout, usual.read_timeout);
    unless("send_timeout", forward.send_timeout, usual.send_timeout);
    unless("buffers_bytes", forward.buffers_bytes, usual.buffers_bytes);
    unless("header_buffer_bytes", forward.header_buffer_bytes, usual.header_buffer_bytes);
    given("temp_path", forward.temp_path);
    if (forward.hide_headers.size() != 8 || !forward.pass_response_headers.empty()) line("hide {}", fmt::join(forward.hide_headers, " "));
    if (!forward.ignore_headers.empty()) {
        std::vector<std::string> names(forward.ignore_headers.begin(), forward.ignore_headers.end());
        std::ranges::sort(names);
        line("ignore {}", fmt::join(names, " "));
    }
    const NextUpstream& next = forward.next;
    if (!next.error || !next.timeout || next.http_502 || next.http_404 || next.non_idempotent || next.tries != 0) {
        line("next error={} timeout={} 404={} 502={} non_idempotent={} tries={} time={}ms", next.error, next.timeout,
             next.http_404, next.http_502, next.non_idempotent, next.tries, next.time.count());
    }
    rewrites("redirect", forward.redirects);
    rewrites("cookie domain", forward.cookie_domains);
    rewrites("cookie path", forward.cookie_paths);
    for (const CookieFlags& flags : forward.cookie_flags) {
        line("cookie flags \"{}\" secure={} http_only={} same_site={}", flags.regex ? flags.regex->pattern() : text_of(flags.name),
             flags.secure ? static_cast<int>(*flags.secure) : -1, flags.http_only ? static_cast<int>(*flags.http_only) : -1,
             static_cast<int>(flags.same_site));
    }
    if (!forward.bind_off) given("bind", forward.bind_address);
}

void Dump::rewrites(const char* name, const std::vector<RedirectRewrite>& rewrites) {
    for (const RedirectRewrite& rewrite : rewrites) {
        line("{} {}\"{}\" -> \"{}\"", name, rewrite.regex ? "~" : "",
             rewrite.regex ? rewrite.regex->pattern() : text_of(rewrite.from), text_of(rewrite.to));
    }
}

std::string Dump::condition(const Condition& condition) const {
    static constexpr const char* tests[] = {"",  "=",   "!=", "~",   "!~", "-f", "!-f",
                                            "-d", "!-d", "-e", "!-e", "-x", "!-x"};
    return fmt::format("\"{}\" {} \"{}\"", text_of(condition.subject), tests[static_cast<int>(condition.test)],
                       condition.regex ? condition.regex->pattern() : text_of(condition.operand));
}

void Dump::step(const Script::Entry& entry) {
    if (const auto* set = std::get_if<SetStep>(&entry.step)) {
        line("set ${} \"{}\"", model_.slots.at(set->slot), text_of(set->value));
    } else if (const auto* rewrite = std::get_if<RewriteStep>(&entry.step)) {
        line("rewrite \"{}\" \"{}\" then={} keep_args={} has_args={}", rewrite->regex->pattern(), text_of(rewrite->replacement),
             static_cast<int>(rewrite->then), rewrite->keep_args, rewrite->has_args);
    } else if (const auto* answer = std::get_if<ReturnStep>(&entry.step)) {
        line("return {}{}", answer->action.status, answer->action.has_text ? " \"" + text_of(answer->action.text) + "\"" : "");
    } else if (std::holds_alternative<BreakStep>(entry.step)) {
        line("break");
    } else {
        const IfStep& inner = *std::get<std::shared_ptr<const IfStep>>(entry.step);
        line("if {}", condition(inner.condition));
        const Indent indent(*this);
        script(inner.then);
        if (inner.route) line("route");
        if (inner.route) route(*inner.route);
    }
}

void Dump::script(const Script& script) {
    for (const Script::Entry& entry : script.entries) step(entry);
}

}   // namespace

std::string dump(const model::Model& model) { return Dump(model).run(); }

}   // namespace gatehouse::nginx
