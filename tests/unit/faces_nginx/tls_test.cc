#include "unit/faces_nginx/tls_files.h"

#include "faces/nginx/load.h"
#include "model/dump.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace gatehouse::nginx {
namespace {

constexpr const char* with_certificate = "ssl_certificate site.pem; ssl_certificate_key site.key; ";

Loaded load_http(const std::string& http) {
    MemoryFiles files = tls_files();
    files.add("nginx.conf", "http { " + http + " }");
    return load(files, "nginx.conf", {}, {});
}

std::string said_by(const Loaded& loaded, Severity severity) {
    std::string out;
    for (const Diagnostic& item : loaded.diagnostics.items()) {
        if (item.severity == severity) out += item.message + "\n";
    }
    return out;
}
std::string errors_of(const Loaded& loaded) { return said_by(loaded, Severity::error); }
std::string warnings_of(const Loaded& loaded) { return said_by(loaded, Severity::warning); }

const tls::ServerSettings& settings_of(const Loaded& loaded, std::size_t site) {
    return loaded.model->listeners.at(0).sites.at(site)->tls->settings();
}

TEST(tls, ten_thousand_servers_that_inherit_a_certificate_share_one_context) {
    std::string http = with_certificate;
    for (int i = 0; i < 10'000; ++i)
        http += "server { listen 443 ssl; server_name h" + std::to_string(i) + ".example; }\n";
    const Loaded loaded = load_http(http);
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    std::set<const tls::ServerContext*> contexts;
    for (const auto& site : loaded.model->listeners.at(0).sites) contexts.insert(site->tls.get());
    EXPECT_EQ(contexts.size(), 1U);
    EXPECT_FALSE(contexts.contains(nullptr));
}

TEST(tls, locations_that_inherit_what_is_said_of_endpoints_share_one_context) {
    std::string http = "proxy_ssl_trusted_certificate authority.pem; server { listen 80;";
    for (int i = 0; i < 1'000; ++i) {
        const std::string number = std::to_string(i);
        http += "location /" + number + " { proxy_pass https://h" + number + ".example; }\n";
    }
    const Loaded loaded = load_http(http + "}");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    std::set<const tls::ClientContext*> contexts;
    for (const auto& listed : loaded.model->listeners.at(0).default_site->routes->list())
        contexts.insert(std::get<model::ForwardHandler>(listed.route->handler).tls.get());
    EXPECT_EQ(contexts.size(), 1U);
    EXPECT_FALSE(contexts.contains(nullptr));
}

TEST(tls, servers_that_say_the_same_share_a_context_and_others_do_not) {
    const std::string same = std::string("server { listen 443 ssl; ") + with_certificate;
    const Loaded loaded = load_http(same + "} " + same + "} " + same + "ssl_session_tickets off; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    const auto& sites = loaded.model->listeners.at(0).sites;
    EXPECT_EQ(sites[0]->tls, sites[1]->tls);
    EXPECT_NE(sites[0]->tls, sites[2]->tls);
}

TEST(tls, a_servers_own_list_replaces_the_one_around_it) {
    const Loaded loaded = load_http(
        "ssl_certificate site.pem; ssl_certificate_key site.key; ssl_certificate rsa.pem; "
        "ssl_certificate_key rsa.key; ssl_conf_command Options PrioritizeChaCha; "
        "server { listen 443 ssl; } "
        "server { listen 443 ssl; ssl_certificate other.pem; ssl_certificate_key other.key; "
        "ssl_conf_command MinProtocol TLSv1.2; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(settings_of(loaded, 0).certificates.size(), 2U);
    ASSERT_EQ(settings_of(loaded, 1).certificates.size(), 1U);
    EXPECT_EQ(settings_of(loaded, 1).certificates[0].key_path, "other.key");
    ASSERT_EQ(settings_of(loaded, 1).commands.size(), 1U);
    EXPECT_EQ(settings_of(loaded, 1).commands[0].first, "MinProtocol");
}

TEST(tls, certificates_and_keys_are_inherited_apart_as_in_nginx) {
    const Loaded loaded =
        load_http("ssl_certificate_key site.key; server { listen 443 ssl; ssl_certificate site.pem; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(settings_of(loaded, 0).certificates.at(0).key_path, "site.key");
}

TEST(tls, files_stand_beside_the_configuration_not_under_the_prefix) {
    MemoryFiles files;
    auto from = tls_files();
    files.add("/etc/gate/tls/a.pem", *from.read("site.pem"));
    files.add("/etc/gate/tls/a.key", *from.read("site.key"));
    files.add(
        "/etc/gate/nginx.conf",
        "http { server { listen 443 ssl; ssl_certificate tls/a.pem; ssl_certificate_key tls/a.key; } }");
    const Loaded loaded = load(files, "/etc/gate/nginx.conf", {}, {.prefix = "/srv/"});
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(settings_of(loaded, 0).certificates.at(0).certificate_path, "/etc/gate/tls/a.pem");
}

TEST(tls, takes_a_certificate_and_a_key_written_in_place_and_shows_neither) {
    auto files = tls_files();
    const std::string key = *files.read("site.key");
    const Loaded loaded =
        load_http("server { listen 443 ssl; ssl_certificate 'data:" + *files.read("site.pem") +
                  "'; ssl_certificate_key 'data:" + key + "'; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    const std::string shown = model::dump(*loaded.model);
    EXPECT_NE(shown.find("certificate \"data:\" key \"data:\""), std::string::npos) << shown;
    EXPECT_EQ(shown.find("BEGIN"), std::string::npos);
}

TEST(tls, a_wrong_key_written_in_place_is_not_told) {
    const Loaded loaded =
        load_http("server { ssl_certificate site.pem; ssl_certificate_key data:Tell_nobody; }");
    EXPECT_FALSE(loaded.model);
    EXPECT_EQ(errors_of(loaded).find("Tell_nobody"), std::string::npos) << errors_of(loaded);
}

TEST(tls, what_was_read_for_tls_is_no_part_of_the_dump_of_the_configuration) {
    const Loaded loaded = load_http(std::string("server { listen 443 ssl; ") + with_certificate + "}");
    EXPECT_EQ(loaded.document.sources.dump().find("BEGIN"), std::string::npos);
}

TEST(tls, a_file_is_read_once) {
    class Counting final : public FileSource {
    public:
        Result<std::string> read(const std::string& path) override {
            ++reads[path];
            return files.read(path);
        }
        std::vector<std::string> glob(const std::string& pattern) override { return files.glob(pattern); }
        MemoryFiles files = tls_files();
        std::map<std::string, int> reads;
    } counting;
    std::string http;
    for (int i = 0; i < 3; ++i) http += std::string("server { listen 443 ssl; ") + with_certificate + "} ";
    counting.files.add("nginx.conf", "http { " + http + "}");
    const Loaded loaded = load(counting, "nginx.conf", {}, {});
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(counting.reads["site.pem"], 1);
    EXPECT_EQ(counting.reads["site.key"], 1);
}

TEST(tls, a_session_cache_is_inherited_as_in_nginx) {
    using Kind = tls::SessionCacheSettings::Kind;
    const std::string server = "server { listen 443 ssl; ";
    const auto cache_of = [&](const std::string& outer, const std::string& inner) {
        const Loaded loaded = load_http(with_certificate + outer + server + inner + " }");
        EXPECT_TRUE(loaded.model) << errors_of(loaded);
        return settings_of(loaded, 0).session_cache;
    };
    EXPECT_EQ(cache_of("", "").kind, Kind::none);
    EXPECT_EQ(cache_of("ssl_session_cache shared:a:1m;", "").name, "a");
    EXPECT_EQ(cache_of("ssl_session_cache shared:a:1m;", "ssl_session_cache off;").kind, Kind::off);
    EXPECT_EQ(cache_of("ssl_session_cache shared:a:1m;", "ssl_session_cache none;").kind, Kind::none);
    EXPECT_EQ(cache_of("ssl_session_cache shared:a:1m;", "ssl_session_cache builtin;").name, "a");
    EXPECT_EQ(cache_of("ssl_session_cache off;", "ssl_session_cache shared:a:1m;").bytes, 1024U * 1024U);
    EXPECT_EQ(cache_of("", "ssl_session_cache off shared:a:1m;").kind, Kind::off);
    EXPECT_EQ(cache_of("", "ssl_session_cache builtin:100;").bytes, 25'600U);
}

TEST(tls, an_authority_matters_only_where_clients_are_verified) {
    const std::string server = std::string("server { listen 443 ssl; ") + with_certificate;
    const Loaded off = load_http(server + "ssl_client_certificate missing.pem; }");
    EXPECT_TRUE(off.model) << errors_of(off);
    const Loaded on = load_http(server + "ssl_client_certificate missing.pem; ssl_verify_client on; }");
    EXPECT_EQ(errors_of(on),
              "cannot load certificate \"missing.pem\": open() failed (2: No such file or directory)\n");
    const Loaded without = load_http(server + "ssl_verify_client optional_no_ca; }");
    EXPECT_TRUE(without.model) << errors_of(without);
    const Loaded trusted =
        load_http(server + "ssl_verify_client on; ssl_trusted_certificate authority.pem; }");
    EXPECT_TRUE(trusted.model) << errors_of(trusted);
}

TEST(tls, a_server_without_a_certificate_beside_a_default_one_that_has_it_is_no_mistake) {
    const Loaded loaded = load_http(std::string("server { listen 443 ssl; ") + with_certificate +
                                    "} server { listen 443 ssl; server_name b.example; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->listeners.at(0).sites.at(1)->tls, nullptr);
}

TEST(tls, every_server_needs_a_certificate_where_the_default_one_rejects) {
    const std::string rejecting = "server { listen 443 ssl; ssl_reject_handshake on; }\n";
    EXPECT_TRUE(load_http(rejecting).model);
    const Loaded lacking = load_http(rejecting + "server { listen 443 ssl; server_name b; }");
    ASSERT_EQ(lacking.diagnostics.items().size(), 1U);
    EXPECT_EQ(
        render_for_log(lacking.diagnostics.items()[0], lacking.document.sources),
        "[emerg] no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in nginx.conf:2");
}

TEST(tls, options_of_any_listen_hold_for_the_address) {
    const Loaded loaded =
        load_http(std::string(with_certificate) + "server { listen 443 ssl; } server { listen 443 http2; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_TRUE(loaded.model->listeners.at(0).options.tls);
    EXPECT_TRUE(loaded.model->listeners.at(0).options.http2);
}

// What nginx says of the same listens (ngx_http_add_addresses).
TEST(tls, warns_of_redefined_protocols_where_nginx_does) {
    const auto redefined = [](const std::vector<std::string>& listens) {
        std::string http = with_certificate;
        int number = 0;
        for (const auto& options : listens)
            http += "server { listen 443 " + options + "; server_name n" + std::to_string(number++) + "; } ";
        const Loaded loaded = load_http(http);
        EXPECT_TRUE(loaded.model) << errors_of(loaded);
        std::size_t count = 0;
        const std::string warnings = warnings_of(loaded);
        for (auto at = warnings.find("protocol options redefined for 0.0.0.0:443"); at != std::string::npos;
             at = warnings.find("protocol options redefined", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(redefined({"ssl", "ssl"}), 0U);
    EXPECT_EQ(redefined({"ssl", ""}), 0U);
    EXPECT_EQ(redefined({"", "ssl"}), 0U);
    EXPECT_EQ(redefined({"ssl", "", "ssl"}), 1U);
    EXPECT_EQ(redefined({"ssl", "", ""}), 0U);
    EXPECT_EQ(redefined({"ssl", "http2"}), 1U);
    EXPECT_EQ(redefined({"ssl bind", ""}), 0U);
    EXPECT_EQ(redefined({"bind", "ssl"}), 1U);
    EXPECT_EQ(redefined({"ssl", "bind"}), 1U);
    EXPECT_EQ(redefined({"", "ssl bind", ""}), 0U);
}

TEST(tls, stapling_without_a_file_asks_the_responder) {
    const Loaded loaded = load_http(
        std::string("ssl_stapling on; ssl_stapling_verify on; ssl_trusted_certificate authority.pem; ") +
        "ssl_stapling_responder http://ocsp.example/; " + with_certificate + "server { listen 443 ssl; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    const auto& context = *loaded.model->listeners.at(0).sites.at(0)->tls;
    EXPECT_TRUE(context.settings().stapling->verify);
    ASSERT_EQ(context.questions().size(), 1U);
    EXPECT_EQ(context.questions().at(0)->url(), "http://ocsp.example/");
    EXPECT_EQ(said_by(loaded, Severity::warning), "");
}

TEST(tls, stapling_that_cannot_be_is_told_of_once) {
    const Loaded loaded =
        load_http(std::string("ssl_stapling on; ") + with_certificate +
                  "server { listen 443 ssl; } server { listen 444 ssl; ssl_session_tickets off; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_TRUE(loaded.model->listeners.at(0).sites.at(0)->tls->questions().empty());
    EXPECT_EQ(said_by(loaded, Severity::warning),
              "\"ssl_stapling\" ignored, issuer certificate not found for certificate \"site.pem\"\n");
}

TEST(tls, a_mistake_in_what_stapling_trusts_is_one_of_the_configuration) {
    const Loaded loaded = load_http(std::string("ssl_stapling on; ssl_trusted_certificate garbage.pem; ") +
                                    with_certificate + "server { listen 443 ssl; }");
    EXPECT_FALSE(loaded.model);
}

}   // namespace
}   // namespace gatehouse::nginx
