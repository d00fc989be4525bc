#include "faces/nginx/compile.h"

#include <memory>

#include "faces/nginx/level.h"

namespace gatehouse::nginx {
namespace {

// nginx's predefined format.
constexpr std::string_view combined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
    R"("$http_referer" "$http_user_agent")";

void add_defaults_of_process(Compilation& compilation) {
    const CompileOptions& options = compilation.options;
    compilation.model.process.pid_path = compilation.under_prefix(options.pid_path);
    auto format = std::make_shared<model::LogFormat>();
    format->name = "combined";
    format->line = compilation.variables.parse(Word{.text = std::string(combined)});
    compilation.log_formats.emplace(format->name, std::move(format));
}

}   // namespace

void add_default_error_log(Compilation& compilation) {
    auto& logs = compilation.model.process.error_logs;
    if (!logs.empty()) return;
    const std::string& path = compilation.options.error_log;
    auto log = std::make_shared<model::ErrorLog>();
    log->path = path == "stderr" ? path : compilation.under_prefix(path);
    compilation.model.error_logs.push_back(log);
    logs.push_back(std::move(log));
}

void set_http_defaults(Level& http) {
    Compilation& compilation = http.compilation;
    model::Route& route = http.route;
    route.files.root = model::Template(compilation.under_prefix("html"));
    route.files.index = {model::Template("index.html")};
    route.files.types = std::make_shared<const http::MediaTypes>(http::MediaTypes::nginx_default());
    auto charset_types = std::make_shared<model::ByteTypes>();
    charset_types->types = {
        "text/html",          "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript",
        "application/rss+xml"};
    route.charset_types = std::move(charset_types);
    add_default_error_log(compilation);
    route.error_logs = compilation.model.process.error_logs;
    auto log = std::make_shared<model::AccessLog>();
    log->path = compilation.under_prefix(compilation.options.access_log);
    log->format = compilation.log_formats.at("combined");
    route.access_logs.push_back(std::move(log));
}

Compiled compile(const Document& document, FileSource& files, const std::string& directory,
                 const CompileOptions& options, Diagnostics& diagnostics) {
    Compilation compilation(document, files, directory, options, diagnostics);
    add_defaults_of_process(compilation);
    Level top(compilation, at::main, nullptr, nullptr);
    compile_directives(top, document.directives);
    add_default_error_log(compilation);
    finish_listeners(compilation);
    compilation.variables.report_unknown();
    compilation.other_names.variables.report_unknown();
    if (diagnostics.has_errors()) return {};
    compilation.model.slots = compilation.variable_table.slot_names();
    compilation.model.is_set = compilation.variable_table.slots_of_set();
    for (const auto& [name, service] : compilation.upstreams) compilation.model.services.push_back(service);
    for (const auto& [name, service] : compilation.other_names.upstreams)
        compilation.model.services.push_back(service);
    for (const auto& [name, service] : compilation.implicit_services)
        compilation.model.services.push_back(service);
    return {.model = std::move(compilation.model), .docker = std::move(compilation.docker)};
}

}   // namespace gatehouse::nginx
