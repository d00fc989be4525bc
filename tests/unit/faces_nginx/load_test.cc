#include "faces/nginx/load.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace gatehouse::nginx {
namespace {

Loaded load_text(std::string text, const CompileOptions& options = {}) {
    MemoryFiles files({{"nginx.conf", std::move(text)}});
    return load(files, "nginx.conf", {}, options);
}

std::string errors_of(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& item : loaded.diagnostics.items()) {
        if (item.severity == Severity::error) out += item.message + "\n";
    }
    return out;
}

TEST(load, ends_in_nginxs_own_two_lines) {
    EXPECT_EQ(summary(load_text("events {}"), "/etc/nginx/nginx.conf"),
              "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
              "nginx: configuration file /etc/nginx/nginx.conf test is successful\n");
    EXPECT_EQ(summary(load_text("}"), "x"), "nginx: configuration file x test failed\n");
}

TEST(load, gives_a_model_without_listeners_for_an_empty_file) {
    const Loaded loaded = load_text("");
    ASSERT_TRUE(loaded.model);
    EXPECT_TRUE(loaded.model->listeners.empty());
}

TEST(load, puts_relative_paths_under_the_prefix) {
    const Loaded loaded =
        load_text("pid run/gate.pid; error_log log/e.log info; http { server { listen 80; root www; } }",
                  {.prefix = "/opt/gate/"});
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->process.pid_path, "/opt/gate/run/gate.pid");
    EXPECT_EQ(loaded.model->process.error_logs.at(0)->path, "/opt/gate/log/e.log");
    const model::Site& site = *loaded.model->listeners.at(0).default_site;
    EXPECT_EQ(site.defaults->files.root.constant(), "/opt/gate/www");
    EXPECT_EQ(site.defaults->access_logs.at(0)->path, "/opt/gate/logs/access.log");
}

TEST(load, locations_that_inherit_the_same_header_fields_share_them) {
    const Loaded loaded = load_text(
        "server { proxy_set_header A a;"
        " location /1 { proxy_pass http://127.0.0.1; } location /2 { proxy_pass http://127.0.0.1; }"
        " location /3 { proxy_pass http://127.0.0.1; proxy_set_header A a; }"
        " location /4 { proxy_pass http://127.0.0.1; proxy_http_version 1.0; } }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    std::vector<const model::UpstreamHeaders*> headers;
    for (const auto& listed : loaded.model->listeners.at(0).default_site->routes->list())
        headers.push_back(&std::get<model::ForwardHandler>(listed.route->handler).set_headers);
    ASSERT_EQ(headers.size(), 4U);
    EXPECT_EQ(headers[0]->identity(), headers[1]->identity());
    EXPECT_NE(headers[0]->identity(), headers[2]->identity()) << "written anew";
    EXPECT_NE(headers[0]->identity(), headers[3]->identity()) << "the defaults differ";
    for (const auto* each : headers) EXPECT_TRUE(each->contains("A") && each->contains("Host"));
}

TEST(load, listens_on_the_default_port_when_a_server_does_not_say) {
    const Loaded loaded = load_text("server {}", {.default_port = 8000});
    ASSERT_TRUE(loaded.model);
    EXPECT_EQ(loaded.model->listeners.at(0).text, "0.0.0.0:8000");
}

TEST(load, leaves_a_file_with_an_http_block_as_it_is) {
    EXPECT_EQ(errors_of(load_text("server { listen 80; } http {}")),
              "\"server\" directive is not allowed here\n");
}

TEST(load, names_every_log_for_the_process_to_open) {
    const Loaded loaded = load_text("http { access_log /a; server { access_log /b; error_log /e; } }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->access_logs.size(), 2U);
    EXPECT_EQ(loaded.model->error_logs.size(), 2U);   // the default one as well
}

TEST(load, shares_the_service_of_a_host_that_is_named_twice) {
    const Loaded loaded = load_text(
        "server { location /a { proxy_pass http://app:80; } location /b { proxy_pass http://APP; } }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->services.size(), 1U);
}

TEST(load, finds_an_upstream_that_is_defined_after_its_use) {
    const Loaded loaded =
        load_text("server { location / { proxy_pass http://later; } } upstream later { server a:1; }");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->services.at(0)->name, "later");
}

TEST(load, stops_at_the_limit_of_errors) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "nonsense_" + std::to_string(i) + ";\n";
    EXPECT_EQ(load_text(text).diagnostics.items().size(), Diagnostics::max_errors);
}

TEST(load, reads_ten_thousand_locations_and_server_names) {
    std::string text = "http { server { listen 80;\n";
    for (int i = 0; i < 10'000; ++i) text += "location /path" + std::to_string(i) + " { return 204; }\n";
    text += "}\n";
    for (int i = 0; i < 10'000; ++i)
        text += "server { listen 80; server_name h" + std::to_string(i) + ".example; }\n";
    const Loaded loaded = load_text(text + "}");
    ASSERT_TRUE(loaded.model) << errors_of(loaded);
    EXPECT_EQ(loaded.model->listeners.at(0).sites.size(), 10'001U);
}

std::vector<std::string> golden_texts() {
    std::vector<std::string> texts;
    for (const auto& entry :
         std::filesystem::directory_iterator(GATEHOUSE_SOURCE_DIR "/tests/unit/faces_nginx/golden")) {
        if (entry.path().extension() != ".conf") continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        texts.push_back(std::move(text).str());
    }
    return texts;
}

TEST(load, gives_a_model_or_an_error_for_a_file_cut_off_anywhere) {
    for (const std::string& text : golden_texts()) {
        for (std::size_t cut = 0; cut < text.size(); cut += 7) {
            const Loaded loaded = load_text(text.substr(0, cut));
            ASSERT_NE(loaded.model.has_value(), loaded.diagnostics.has_errors()) << text.substr(0, cut);
        }
    }
}

std::string quoted(const std::string& word) {
    std::string out = "\"";
    for (char c : word) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

RC_GTEST_PROP(load, any_words_survive_being_quoted_and_read, ()) {
    const auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::distinctFrom('\0')));
    std::string text = "name";
    for (const std::string& word : words) text += " " + quoted(word);
    MemoryFiles files({{"f", text + ";"}});
    Diagnostics diagnostics;
    const Document document = parse(files, "f", {}, diagnostics);
    RC_ASSERT(document.directives.size() == 1U);
    RC_ASSERT(document.directives[0].arguments.size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        RC_ASSERT(document.directives[0].arguments[i].text == words[i]);
}

}   // namespace
}   // namespace gatehouse::nginx
