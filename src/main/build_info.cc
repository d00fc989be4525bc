#include "main/build_info.h"

#include "base/version.h"
#include "main/command_line.h"
#include "tls/context.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::process {
namespace {

// nginx's configure switches. An ordinary module is there unless it was left out, an extra one only when
// asked for.
enum class Kind : std::uint8_t { ordinary, extra };
enum class Here : std::uint8_t { yes, no };

struct Module {
    std::string_view name;
    Kind kind;
    Here here;
};

constexpr std::array modules = {
    Module{"http_access_module", Kind::ordinary, Here::yes},
    Module{"http_auth_basic_module", Kind::ordinary, Here::no},
    Module{"http_autoindex_module", Kind::ordinary, Here::yes},
    Module{"http_browser_module", Kind::ordinary, Here::no},
    Module{"http_charset_module", Kind::ordinary, Here::yes},
    Module{"http_empty_gif_module", Kind::ordinary, Here::yes},
    Module{"http_fastcgi_module", Kind::ordinary, Here::no},
    Module{"http_geo_module", Kind::ordinary, Here::no},
    Module{"http_grpc_module", Kind::ordinary, Here::yes},
    Module{"http_gzip_module", Kind::ordinary, Here::no},
    Module{"http_limit_conn_module", Kind::ordinary, Here::no},
    Module{"http_limit_req_module", Kind::ordinary, Here::no},
    Module{"http_map_module", Kind::ordinary, Here::yes},
    Module{"http_memcached_module", Kind::ordinary, Here::no},
    Module{"http_mirror_module", Kind::ordinary, Here::no},
    Module{"http_proxy_module", Kind::ordinary, Here::yes},
    Module{"http_referer_module", Kind::ordinary, Here::no},
    Module{"http_rewrite_module", Kind::ordinary, Here::yes},
    Module{"http_scgi_module", Kind::ordinary, Here::no},
    Module{"http_split_clients_module", Kind::ordinary, Here::no},
    Module{"http_ssi_module", Kind::ordinary, Here::no},
    Module{"http_tunnel_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_hash_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_ip_hash_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_keepalive_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_least_conn_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_least_time_module", Kind::ordinary, Here::no},
    Module{"http_upstream_random_module", Kind::ordinary, Here::yes},
    Module{"http_upstream_sticky_module", Kind::ordinary, Here::no},
    Module{"http_upstream_zone_module", Kind::ordinary, Here::yes},
    Module{"http_userid_module", Kind::ordinary, Here::no},
    Module{"http_uwsgi_module", Kind::ordinary, Here::no},
    Module{"http-cache", Kind::ordinary, Here::no},
    Module{"stream_access_module", Kind::ordinary, Here::yes},
    Module{"stream_geo_module", Kind::ordinary, Here::no},
    Module{"stream_limit_conn_module", Kind::ordinary, Here::no},
    Module{"stream_map_module", Kind::ordinary, Here::yes},
    Module{"stream_pass_module", Kind::ordinary, Here::no},
    Module{"stream_return_module", Kind::ordinary, Here::yes},
    Module{"stream_set_module", Kind::ordinary, Here::yes},
    Module{"stream_split_clients_module", Kind::ordinary, Here::no},
    Module{"stream_upstream_hash_module", Kind::ordinary, Here::yes},
    Module{"stream_upstream_least_conn_module", Kind::ordinary, Here::yes},
    Module{"stream_upstream_least_time_module", Kind::ordinary, Here::no},
    Module{"stream_upstream_random_module", Kind::ordinary, Here::yes},
    Module{"stream_upstream_zone_module", Kind::ordinary, Here::yes},
    Module{"http_addition_module", Kind::extra, Here::no},
    Module{"http_auth_request_module", Kind::extra, Here::no},
    Module{"http_dav_module", Kind::extra, Here::no},
    Module{"http_gunzip_module", Kind::extra, Here::no},
    Module{"http_gzip_static_module", Kind::extra, Here::no},
    Module{"http_realip_module", Kind::extra, Here::yes},
    Module{"http_secure_link_module", Kind::extra, Here::no},
    Module{"http_slice_module", Kind::extra, Here::no},
    Module{"http_ssl_module", Kind::extra, Here::yes},
    Module{"http_stub_status_module", Kind::extra, Here::yes},
    Module{"http_sub_module", Kind::extra, Here::no},
    Module{"http_v2_module", Kind::extra, Here::yes},
    Module{"http_v3_module", Kind::extra, Here::no},
    Module{"mail", Kind::extra, Here::no},
    Module{"stream", Kind::extra, Here::yes},
    Module{"stream_realip_module", Kind::extra, Here::yes},
    Module{"stream_ssl_module", Kind::extra, Here::yes},
    Module{"stream_ssl_preread_module", Kind::extra, Here::yes},
};

std::string configure_arguments() {
    std::string out = fmt::format("--prefix={} --conf-path={} --with-threads", CommandLine::default_prefix,
                                  CommandLine::default_config);
    for (const Module& module : modules) {
        if (module.kind == Kind::ordinary && module.here == Here::no)
            out += fmt::format(" --without-{}", module.name);
        if (module.kind == Kind::extra && module.here == Here::yes)
            out += fmt::format(" --with-{}", module.name);
    }
    return out;
}

constexpr std::string_view help =
    R"(Gatehouse {version}: a gateway in front of your apps. It runs the nginx.conf you have.

usage: gatehouse -c FILE            serve this configuration (whole, or a conf.d fragment)
       gatehouse -t -c FILE         is it right? Errors show the line and what was expected
       gatehouse -s reload          take over a changed configuration; no connection is lost
       gatehouse serve [DIR]        serve a directory at once; serve --help shows more
       gatehouse check [FILE ...]   look at compose files and configurations, without serving
       gatehouse status             what the running gateway serves, and what not and why

  -c FILE         configuration file                      [{config}]
  -p DIR          prefix: what relative names are under   [{prefix}]
  -g DIRECTIVES   directives in addition to the file's, such as 'daemon off;'
  -e FILE         error log until the configuration names one, or "stderr"
  -t, -T          test the configuration, and -T print it with all it includes
  -q              with -t: say nothing but errors
  -s SIGNAL       tell the running gateway to: stop, quit (finish what is under way),
                  reload (the configuration), reopen (the log files)
  -v, -V          show the version, and -V what it is built with
  -h, -?, --help  this page

A configuration without "daemon off;" goes to the background, as with nginx; process 1 of a
container never does. Signals: HUP reload, USR1 reopen, QUIT finish and exit, TERM, INT exit.
)";

}   // namespace

std::string version_text() {
    return fmt::format("nginx version: nginx/{} (Gatehouse {})\n", followed_nginx_version, GATEHOUSE_VERSION);
}

std::string build_text() {
    return fmt::format("{}built by gcc {}\nbuilt with {}\nTLS SNI support enabled\nconfigure arguments: {}\n",
                       version_text(), __VERSION__, tls::library_name(), configure_arguments());
}

std::string help_text() {
    return fmt::format(help, fmt::arg("version", GATEHOUSE_VERSION),
                       fmt::arg("config", CommandLine::default_config),
                       fmt::arg("prefix", CommandLine::default_prefix));
}

}   // namespace gatehouse::process
