// Targets, paths, hosts and the small texts beside them: a normalized path stays below the root and is
// stable, escaping is undone by unescaping, dates survive being written.
#include "http/uri.h"

#include <array>

#include "http/date.h"
#include "http/entity_tag.h"
#include "http/host.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

void try_path(std::string_view input, bool merge_slashes) {
    Arena arena;
    const auto once = normalize_uri(input, arena, merge_slashes);
    if (!once) return;
    const auto path = std::string(once->path) + "/";
    fuzz::require(path.front() == '/', "a path begins with a slash");
    fuzz::require(path.find('\0') == std::string::npos, "a path holds no NUL");
    fuzz::require(path.find("/../") == std::string::npos, "a path leads nowhere up");
    fuzz::require(path.find("/./") == std::string::npos, "a path holds no dot segment");
    fuzz::require(!merge_slashes || once->path.find("//") == std::string_view::npos, "slashes are merged");
    const auto again = normalize_uri(escape(once->path, Escape::uri, arena), arena, merge_slashes);
    fuzz::require(again.has_value(), "an escaped path is valid");
    fuzz::require_equal(once->path, again->path, "a path, normalized twice");
    fuzz::require(extension_of(once->path).size() <= once->path.size(), "an extension is part of the path");
}

void try_host(std::string_view input) {
    Arena arena;
    const auto host = parse_host(input, arena);
    if (!host) return;
    fuzz::require(!host->name.empty(), "a host has a name");
    const auto again = parse_host(host->name, arena);
    fuzz::require(again.has_value() && again->name == host->name, "a host name is a host");
    fuzz::require(host->name.find_first_of(" /\\?#@") == std::string_view::npos,
                  "a host name holds no delimiter");
}

void try_date(std::string_view input) {
    const auto time = parse_http_date(input);
    if (!time) return;
    std::array<char, http_date_bytes> text{};
    fuzz::require(parse_http_date(format_http_date(*time, text)) == *time, "a date survives being written");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    Arena arena;
    for (const auto method : {Method::get, Method::connect, Method::options}) {
        const auto target = parse_target(method, input);
        if (target) (void)normalize_uri(target->uri, arena);
    }
    try_path(input, true);
    try_path(input, false);
    try_host(input);
    try_date(input);
    for (const auto kind : {Escape::uri, Escape::args, Escape::component}) {
        fuzz::require_equal(unescape(escape(input, kind, arena), arena), input, "escaping is undone");
    }
    (void)find_argument(input, "a");
    (void)list_contains(input, {false, "\"x\""}, TagComparison::weak);
    return 0;
}
