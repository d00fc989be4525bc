// Files, headers, access rules, maps, logs, the real IP and the rewrite modules.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;

constexpr Entry entries[] = {
    // http_access
    {"allow", at::any_http | at::limit_except, takes(1), acts(allow)},
    {"deny", at::any_http | at::limit_except, takes(1), acts(deny)},
    // http_autoindex
    {"autoindex", at::any_http, flag, acts(set_flag<&FileSettings::autoindex>)},
    {"autoindex_format", at::any_http, takes(1), acts(autoindex_format)},
    {"autoindex_localtime", at::any_http, flag, acts(set_flag<&FileSettings::autoindex_localtime>)},
    {"autoindex_exact_size", at::any_http, flag, acts(set_flag<&FileSettings::autoindex_exact_size>)},
    // http_charset
    {"charset", at::any_http | at::if_in_location, takes(1), acts(charset)},
    {"source_charset", at::any_http | at::if_in_location, takes(1), acts(source_charset)},
    {"override_charset", at::any_http | at::if_in_location, flag, acts(set_flag<&Route::override_charset>)},
    {"charset_types", at::any_http, at_least(1), acts(charset_types)},
    {"charset_map", at::http, block(takes(2)), defines(charset_map)},
    // http_empty_gif
    {"empty_gif", at::location, none, acts(empty_gif)},
    // http_headers
    {"expires", at::any_http | at::if_in_location, takes(1, 2), acts(expires)},
    {"add_header", at::any_http | at::if_in_location, takes(2, 3), acts(add_header)},
    {"add_trailer", at::any_http | at::if_in_location, takes(2, 3), acts(add_trailer)},
    {"add_header_inherit", at::any_http | at::if_in_location, takes(1), acts(add_header_inherit)},
    {"add_trailer_inherit", at::any_http | at::if_in_location, takes(1), acts(add_trailer_inherit)},
    // http_index
    {"index", at::any_http, at_least(1), acts(index)},
    // http_log
    {"log_format", at::http, at_least(2), defines(log_format)},
    {"access_log", at::any_http | at::if_in_location | at::limit_except, at_least(1), acts(access_log)},
    {"open_log_file_cache", at::any_http, takes(1, 4),
     notice("log files stay open, but for those that requests name")},
    // http_map
    {"map", at::http, block(takes(2)), defines(map_block)},
    {"map_hash_max_size", at::http, takes(1), notice(own_tables)},
    {"map_hash_bucket_size", at::http, takes(1), notice(own_tables)},
    // http_realip
    {"set_real_ip_from", at::any_http, takes(1), acts(set_real_ip_from)},
    {"real_ip_header", at::any_http, takes(1), acts(real_ip_header)},
    {"real_ip_recursive", at::any_http, flag, acts(set_flag<&RealIp::recursive>)},
    // http_rewrite
    {"rewrite", at::server | at::location | at::if_in_server | at::if_in_location, takes(2, 3),
     opens(rewrite)},
    {"return", at::server | at::location | at::if_in_server | at::if_in_location, takes(1, 2),
     opens(return_directive)},
    {"break", at::server | at::location | at::if_in_server | at::if_in_location, none,
     opens(break_directive)},
    {"if", at::server | at::location, block(at_least(1)), opens(if_block)},
    {"set", at::server | at::location | at::if_in_server | at::if_in_location, takes(2), opens(set_variable)},
    {"rewrite_log", at::any_http | at::if_in_server | at::if_in_location, flag,
     acts(set_flag<&Script::log_rewrites>)},
    {"uninitialized_variable_warn", at::any_http | at::if_in_server | at::if_in_location, flag,
     acts(set_flag<&Script::warn_uninitialized>)},
    // http_stub_status
    {"stub_status", at::server | at::location, takes(0, 1), acts(stub_status)},
    // http_try_files
    {"try_files", at::server | at::location, at_least(2), acts(try_files)},
    // http_copy
    {"output_buffers", at::any_http, takes(2), notice(own_buffers)},
};

}   // namespace

std::span<const Entry> filters_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
