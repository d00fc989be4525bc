#include "exchange/handlers/files.h"

#include "exchange/charset.h"
#include "exchange/handlers/autoindex.h"
#include "exchange/handlers/file_cache.h"
#include "exchange/worker_state.h"
#include "http/conditional.h"
#include "http/date.h"
#include "http/entity_tag.h"
#include "http/range.h"
#include "log/error_log.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

FileInfo open_path(Exchange& exchange, std::string_view path) {
    if (path.empty()) {
        FileInfo too_long;
        too_long.error = ENAMETOOLONG;
        return too_long;
    }
    const auto& files = exchange.route->files;
    const auto from = files.symlinks == model::FileSettings::Symlinks::allowed
                          ? std::string_view()
                          : exchange.render(files.symlinks_from);
    auto& worker = exchange.client.worker;
    return worker.files->open(path, files, from, worker.loop.now());
}

Outcome refuse_file(Exchange& exchange, int error, std::string_view path) {
    int status = 500;
    auto level = log::LogLevel::crit;
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            status = 404;
            level = log::LogLevel::error;
            exchange.reason = "no-such-file";
            break;
        case EACCES:
        case EPERM:
        case ELOOP:
        case EMLINK:
            status = 403;
            level = log::LogLevel::error;
            exchange.reason = "file-forbidden";
            break;
        default: exchange.reason = "file-error"; break;
    }
    if (status != 404 || exchange.route->files.log_not_found) {
        log::write_error(
            level, exchange.route->error_logs, exchange.client.number,
            fmt::format(
                "open() \"{}\" failed ({}: {}), client: {}, server: {}, request: \"{}\", host: \"{}\"", path,
                error, std::strerror(error), exchange.client_ip(), exchange.site->name, exchange.request.line,
                exchange.host_variable()));
    }
    return Outcome::answer(status);
}

Outcome forbid_listing(Exchange& exchange, std::string_view path) {
    exchange.reason = "no-index";
    log::write_error(
        log::LogLevel::error, exchange.route->error_logs, exchange.client.number,
        fmt::format("directory index of \"{}\" is forbidden, client: {}", path, exchange.client_ip()));
    return Outcome::answer(403);
}

// A URI that ends in a slash: the first index file there is, by an internal redirect, so that its own
// location applies.
Outcome serve_directory(Exchange& exchange) {
    for (const auto& index : exchange.route->files.index) {
        const auto name = exchange.keep(exchange.render(index));
        if (name.starts_with('/')) {
            exchange.set_uri(name, exchange.args);
            return Outcome::redirect();
        }
        const auto uri = exchange.arena().concat({exchange.uri, name});
        const auto found = open_path(exchange, exchange.file_path_of(uri));
        if (found.error == EACCES) return refuse_file(exchange, found.error, exchange.file_path_of(uri));
        if (found.error != 0 || !found.is_regular) continue;
        exchange.set_uri(uri, exchange.args);
        return Outcome::redirect();
    }
    const auto path = exchange.file_path_of(exchange.uri);
    const auto directory = open_path(exchange, path);
    if (directory.error != 0) return refuse_file(exchange, directory.error, path);
    if (!directory.is_directory) return refuse_file(exchange, ENOTDIR, path);
    if (!exchange.route->files.autoindex) return forbid_listing(exchange, path);
    if (const int error = list_directory(exchange, path); error != 0)
        return refuse_file(exchange, error, path);
    return Outcome::respond();
}

http::IfModifiedSince mode_of(model::FileSettings::IfModifiedSince mode) {
    switch (mode) {
        case model::FileSettings::IfModifiedSince::off: return http::IfModifiedSince::off;
        case model::FileSettings::IfModifiedSince::exact: return http::IfModifiedSince::exact;
        case model::FileSettings::IfModifiedSince::before: return http::IfModifiedSince::before;
    }
    return http::IfModifiedSince::exact;
}

FileBody whole_file(Exchange& exchange, const FileInfo& info) {
    auto* part = static_cast<FileBody::Part*>(
        exchange.arena().allocate(sizeof(FileBody::Part), alignof(FileBody::Part)));
    new (part) FileBody::Part{{}, 0, info.bytes};
    return {info.file, {part, 1}, {}};
}

// If-Range is compared with what is sent, which add_header may replace.
void replace_validators(Exchange& exchange, http::Validators& validators) {
    for (const auto& edit : exchange.route->add_headers) {
        const auto id = http::field_id(edit.name);
        if (id == FieldId::etag) validators.entity_tag = exchange.keep(exchange.render(edit.value));
        if (id == FieldId::last_modified)
            validators.last_modified = http::parse_http_date(exchange.render(edit.value));
    }
}

// Range (RFC 9110 14): one part as it is, several as multipart/byteranges. false: not satisfiable.
bool select_parts(Exchange& exchange, const FileInfo& info, http::Validators validators, FileBody& body) {
    auto& response = exchange.response;
    const auto range = exchange.request.fields.value_of(FieldId::range);
    if (range.empty()) return true;
    replace_validators(exchange, validators);
    if (!http::range_applies(exchange.request.fields, validators)) return true;
    auto& arena = exchange.arena();
    const auto selection = http::select_ranges(range, info.bytes, arena, exchange.route->files.max_ranges);
    if (selection.kind == http::RangeSelection::Kind::whole) return true;
    if (selection.kind == http::RangeSelection::Kind::unsatisfiable) return false;
    const auto& ranges = selection.ranges;
    auto* parts = static_cast<FileBody::Part*>(
        arena.allocate(ranges.size() * sizeof(FileBody::Part), alignof(FileBody::Part)));
    response.status = 206;
    response.fields.remove(FieldId::accept_ranges);
    if (ranges.size() == 1) {
        response.fields.add(arena, http::make_field(FieldId::content_range,
                                                    http::content_range(ranges[0], info.bytes, arena)));
        response.length = ranges[0].size();
        new (parts) FileBody::Part{{}, static_cast<off_t>(ranges[0].first), ranges[0].size()};
    } else {
        const auto boundary = exchange.client.worker.random.next();
        const auto multipart =
            http::make_multipart(ranges, info.bytes, response.content_type, boundary, arena);
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            new (parts + i) FileBody::Part{multipart.part_heads[i], static_cast<off_t>(ranges[i].first),
                                           ranges[i].size()};
        }
        response.content_type = multipart.content_type;
        response.length = multipart.length;
        body.tail = multipart.end;
    }
    body.parts = {parts, ranges.size()};
    return true;
}

Outcome respond_with(Exchange& exchange, const FileInfo& info) {
    auto& arena = exchange.arena();
    const auto& files = exchange.route->files;
    exchange.response = Response{};
    auto& response = exchange.response;
    response.content_type = exchange.media_type_of_uri();
    response.last_modified = info.modified;
    response.length = info.bytes;
    http::Validators validators{.entity_tag = {}, .last_modified = info.modified};
    if (files.etag) {
        validators.entity_tag = http::file_entity_tag(info.modified, info.bytes, arena);
        response.fields.add(arena, http::make_field(FieldId::etag, validators.entity_tag));
    }
    // A page that goes out under another status is neither asked about by preconditions nor cut (nginx's
    // filters).
    const bool as_asked = exchange.error_status <= 0 || exchange.error_status == 200;
    if (as_asked) {
        switch (http::evaluate_preconditions(exchange.method, exchange.request.fields, validators,
                                             mode_of(files.if_modified_since))) {
            case http::Precondition::proceed: break;
            case http::Precondition::failed:
                exchange.reason = "precondition-failed";
                return Outcome::answer(412);
            case http::Precondition::not_modified:
                response.status = 304;
                response.content_type = {};
                response.length.reset();
                return Outcome::respond();
        }
    }
    if (exchange.accel_content_type.empty()) settle_charset(exchange);   // else that type counts
    const bool has_ranges = as_asked && files.max_ranges != 0 && response.length.has_value();
    if (has_ranges) response.fields.add(arena, http::make_field(FieldId::accept_ranges, "bytes"));
    FileBody body = whole_file(exchange, info);
    if (has_ranges && !select_parts(exchange, info, validators, body)) {
        response.fields.clear();
        response.fields.add(arena, http::make_field(FieldId::content_range,
                                                    http::unsatisfied_content_range(info.bytes, arena)));
        exchange.reason = "range-not-satisfiable";
        return Outcome::answer(416);
    }
    if (response.length == 0)
        response.body = std::string_view();
    else
        response.body = std::move(body);
    return Outcome::respond();
}

}   // namespace

Outcome serve_files(Exchange& exchange) {
    const auto method = exchange.method;
    const bool readable = method == http::Method::get || method == http::Method::head;
    if (!readable && method != http::Method::post) {
        exchange.reason = "method-not-allowed";
        return Outcome::answer(405);
    }
    if (exchange.uri.ends_with('/')) return serve_directory(exchange);
    const auto path = exchange.file_path_of(exchange.uri);
    const auto info = open_path(exchange, path);
    if (info.error != 0) return refuse_file(exchange, info.error, path);
    if (info.is_directory) return redirect_with_slash(exchange);
    if (!readable) {
        exchange.reason = "method-not-allowed";
        return Outcome::answer(405);
    }
    if (!info.is_regular) return refuse_file(exchange, ENOENT, path);
    return respond_with(exchange, info);
}

Outcome try_files(Exchange& exchange, const model::TryFiles& tests) {
    for (const auto& test : tests.tests) {
        const auto path = exchange.keep(exchange.render(test.path));
        // the alias of a regex location is no whole path here: the name is looked for below it
        exchange.alias_takes_uri = true;
        const auto found = open_path(exchange, exchange.file_path_of(path));
        exchange.alias_takes_uri = false;
        if (found.error != 0 || found.is_directory != test.directory) continue;
        exchange.uri = path;   // without the slash of the test: a directory then redirects to its own
        exchange.alias_takes_uri = true;
        return Outcome::go_on();
    }
    if (tests.status != 0) {
        if (tests.status == 404) exchange.reason = "no-such-file";
        return Outcome::answer(tests.status);
    }
    const auto target = exchange.keep(exchange.render(tests.fallback));
    return internal_redirect(exchange, target);
}

bool path_satisfies(model::Condition::Test test, std::string_view path) {
    using Test = model::Condition::Test;
    const std::string text(path);
    struct stat status {};
    const bool exists = ::stat(text.c_str(), &status) == 0;
    switch (test) {
        case Test::is_file: return exists && S_ISREG(status.st_mode);
        case Test::is_not_file: return !exists || !S_ISREG(status.st_mode);
        case Test::is_directory: return exists && S_ISDIR(status.st_mode);
        case Test::is_not_directory: return !exists || !S_ISDIR(status.st_mode);
        case Test::exists: return exists;
        case Test::exists_not: return !exists;
        case Test::executable: return exists && (status.st_mode & S_IXUSR) != 0;
        case Test::executable_not: return !exists || (status.st_mode & S_IXUSR) == 0;
        default: return false;
    }
}

}   // namespace gatehouse::exchange
