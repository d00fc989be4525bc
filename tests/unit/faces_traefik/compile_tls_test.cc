// Certificates, stores and options of TLS, from files to what hands are shaken with.

#include "faces/traefik/compile.h"
#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/load_static.h"
#include "faces/traefik/tls_options.h"
#include "support/certificates.h"
#include "tls/certificate_names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

using tls::ClientVerification;
using tls::Protocol;
using Words = std::vector<std::string>;

test::Authority& authority() {
    static test::Authority made;
    return made;
}

// Texts of files by name: "a.pem" with its key "a.key".
void add_pair(FileTexts& files, const std::string& name, const Words& names) {
    const auto issued = authority().issue(names);
    files[name + ".pem"] = issued.certificate_pem;
    files[name + ".key"] = issued.key_pem;
}

Provided provided(const std::string& text, FileTexts files = {}, const std::string& name = "file") {
    Remarks remarks;
    auto read = read_dynamic_file(text, "d.yml", {}, remarks);
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    return {.name = name,
            .configuration = read ? std::move(*read) : DynamicConfiguration{},
            .files = std::make_shared<const FileTexts>(std::move(files))};
}

CompilerOptions options(Words arguments = {"--entrypoints.web.address=:80"}) {
    Remarks remarks;
    const auto configuration = load_static({arguments, {}, {}}, remarks);
    CompilerOptions made;
    made.entry_points = compile_entry_points(*configuration, {.hostname = "here"}, remarks);
    for (const Remark& remark : remarks.items()) ADD_FAILURE() << remark.describe();
    tls::ServerSettings settings;
    const auto issued = authority().issue({"self-signed"});
    settings.certificates.push_back({issued.certificate_pem, issued.key_pem, "", ""});
    made.default_certificate = *tls::ServerContext::make(std::move(settings));
    return made;
}

Compiled compile(const std::string& text, FileTexts files = {}) {
    return Compiler(options()).compile({provided(text, std::move(files))});
}

Words said(const ItemState& state) {
    Words all = state.errors;
    if (state.status == ItemState::Status::disabled) all.insert(all.begin(), "not served");
    return all;
}
Words said_of(const Compiled& compiled, const std::string& other) {
    for (const auto* states : {&compiled.states.tls, &compiled.states.others}) {
        const auto found = states->find(other);
        if (found != states->end()) return said(found->second);
    }
    return {"nothing"};
}

const model::TlsByName& by_name(const Compiled& compiled) {
    return *compiled.model.listeners.at(0).secure_site->tls_by_name;
}
// The name of the certificate that a client gets.
std::string shown_for(const Compiled& compiled, const std::string& name) {
    const auto context = by_name(compiled).terms_for(name).context_for(name);
    if (context == nullptr) return "refused";
    const auto names = tls::certificate_names(context->settings().certificates.front().certificate_pem);
    return names && !names->empty() ? names->back() : "nobody";
}

const std::string routers_of_a =
    "http:\n"
    "  services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}}\n"
    "  routers:\n"
    "    a: {rule: Host(`a.example`), service: s, tls: {}}\n";

TEST(traefik_compile_tls, certificates_are_chosen_by_name_and_wildcards_stand_for_one_label) {
    FileTexts files;
    add_pair(files, "a", {"a.example"});
    add_pair(files, "wild", {"*.a.example"});
    add_pair(files, "address", {"IP:10.0.0.1"});
    const auto compiled = compile(routers_of_a +
                                      "tls:\n"
                                      "  certificates:\n"
                                      "    - {certFile: wild.pem, keyFile: wild.key}\n"
                                      "    - {certFile: a.pem, keyFile: a.key, stores: [default]}\n"
                                      "    - {certFile: address.pem, keyFile: address.key}\n",
                                  files);
    EXPECT_EQ(shown_for(compiled, "a.example"), "a.example");
    EXPECT_EQ(shown_for(compiled, "b.a.example"), "*.a.example");
    EXPECT_EQ(shown_for(compiled, "c.b.a.example"), "self-signed");
    EXPECT_EQ(shown_for(compiled, ""), "self-signed");
    EXPECT_EQ(shown_for(compiled, "10.0.0.1"), "ip:10.0.0.1");   // its common name
    EXPECT_TRUE(by_name(compiled).terms_for("").names->has_addresses());
    EXPECT_TRUE(compiled.states.tls.empty());
}

TEST(traefik_compile_tls, a_certificate_that_cannot_be_used_costs_itself_and_says_which) {
    FileTexts files;
    add_pair(files, "a", {"a.example"});
    add_pair(files, "b", {"b.example"});
    files["broken.pem"] = "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n";
    const auto compiled = compile(routers_of_a +
                                      "tls:\n"
                                      "  certificates:\n"
                                      "    - {certFile: gone.pem, keyFile: gone.key}\n"
                                      "    - {certFile: b.pem, keyFile: a.key}\n"
                                      "    - {certFile: broken.pem, keyFile: a.key}\n"
                                      "    - {certFile: lone.pem}\n"
                                      "    - {certFile: b.pem, keyFile: b.key, stores: [other]}\n"
                                      "    - {certFile: a.pem, keyFile: a.key}\n"
                                      "  stores: {other: {}}\n",
                                  files);
    EXPECT_EQ(shown_for(compiled, "a.example"), "a.example");
    EXPECT_EQ(shown_for(compiled, "b.example"), "self-signed");
    EXPECT_EQ(said_of(compiled, "certificate of file \"gone.pem\""),
              Words({"not served", "file \"gone.pem\" cannot be read"}));
    const auto other_key = said_of(compiled, "certificate of file \"b.pem\"");
    ASSERT_EQ(other_key.size(), 3U);
    EXPECT_TRUE(other_key[1].starts_with("file \"a.key\": ")) << other_key[1];
    EXPECT_EQ(other_key[2], "is in none but other stores: only the default one is used");
    EXPECT_TRUE(
        said_of(compiled, "certificate of file \"broken.pem\"")[1].starts_with("file \"broken.pem\""));
    EXPECT_EQ(said_of(compiled, "TLS store other@file"),
              Words({"not served", "only the store called default is used"}));
    EXPECT_EQ(said(compiled.states.routers.at("a@file")), Words());
}

TEST(traefik_compile_tls, the_store_has_a_default_certificate_which_may_stand_in_the_file_itself) {
    FileTexts files;
    add_pair(files, "usual", {"usual"});
    const std::string store = "tls: {stores: {default: {defaultCertificate: {certFile: usual.pem, keyFile: ";
    EXPECT_EQ(shown_for(compile(routers_of_a + store + "usual.key}}}}\n", files), "a.example"), "usual");
    const auto broken = compile(routers_of_a + store + "gone.key}}}}\n", files);
    EXPECT_EQ(shown_for(broken, "a.example"), "self-signed");
    EXPECT_EQ(said_of(broken, "TLS store default@file"),
              Words({"defaultCertificate: file \"gone.key\" cannot be read; a self-signed one is shown "
                     "instead"}));
    Provided inside = provided(routers_of_a, {});
    inside.configuration.tls.certificates.push_back(
        {.cert_file = files["usual.pem"], .key_file = files["usual.key"], .stores = {}});
    EXPECT_TRUE(files_named_in(inside.configuration).empty());
    Compiler compiler(options());
    EXPECT_EQ(shown_for(compiler.compile({inside}), "usual"), "usual");
    const auto named = provided(store + "usual.key}}}, options: {o: {clientAuth: {caFiles: [ca.pem]}}}}\n");
    EXPECT_EQ(files_named_in(named.configuration), Words({"ca.pem", "usual.key", "usual.pem"}));
}

TEST(traefik_compile_tls, options_hold_for_the_hosts_of_the_routers_that_name_them) {
    FileTexts files;
    add_pair(files, "c", {"c.example"});
    files["ca.pem"] = authority().pem();
    const auto compiled = compile(
        routers_of_a +
            "    mutual: {rule: Host(`m.example`), service: s, tls: {options: mutual}}\n"
            "    strict: {rule: Host(`c.example`) || Host(`d.example`), service: s, tls: {options: strict}}\n"
            "    one: {rule: Host(`both.example`) && Path(`/1`), service: s, tls: {options: strict}}\n"
            "    two: {rule: Host(`both.example`) && Path(`/2`), service: s, tls: {}}\n"
            "    path: {rule: Path(`/`), service: s, tls: {options: strict}}\n"
            "    gone: {rule: Host(`gone.example`), service: s, tls: {options: gone}}\n"
            "    other: {rule: Host(`o.example`), service: s, tls: {options: strict@docker}}\n"
            "tls:\n"
            "  certificates: [{certFile: c.pem, keyFile: c.key}]\n"
            "  options:\n"
            "    mutual: {clientAuth: {caFiles: [ca.pem]}}\n"
            "    strict: {sniStrict: true, alpnProtocols: [http/1.1]}\n",
        files);
    const auto& terms = by_name(compiled);
    EXPECT_EQ(terms.terms_for("a.example").name, "default");
    EXPECT_EQ(terms.terms_for("a.example").application_protocols, Words({"h2", "http/1.1"}));
    EXPECT_EQ(terms.terms_for("m.example").name, "mutual@file");
    EXPECT_EQ(terms.terms_for("m.example").otherwise->settings().client_verification, ClientVerification::on);
    EXPECT_EQ(shown_for(compiled, "m.example"), "self-signed");
    EXPECT_EQ(shown_for(compiled, "c.example"), "c.example");
    EXPECT_EQ(shown_for(compiled, "d.example"), "refused");
    EXPECT_EQ(terms.terms_for("d.example").application_protocols, Words({"http/1.1"}));
    EXPECT_EQ(terms.terms_for("both.example").name, "default");
    EXPECT_EQ(
        said_of(compiled, "TLS of host both.example at entry point \"web\""),
        Words({"its routers want different TLS options, the default ones are used: one@file, two@file"}));
    EXPECT_EQ(said(compiled.states.routers.at("one@file")), Words());
    EXPECT_EQ(said(compiled.states.routers.at("path@file")),
              Words({"names no host: TLS options \"strict@file\" cannot be applied"}));
    EXPECT_EQ(said(compiled.states.routers.at("gone@file")),
              Words({"not served", "not at entry point \"web\": TLS options \"gone@file\" do not exist"}));
    EXPECT_EQ(said(compiled.states.routers.at("other@file")).at(0), "not served");
}

TEST(traefik_compile_tls, options_that_cannot_be_had_serve_nobody) {
    const auto compiled = compile(routers_of_a +
                                  "    default: {rule: Host(`d.example`), service: s, tls: {}}\n"
                                  "    good: {rule: Host(`g.example`), service: s, tls: {options: good}}\n"
                                  "tls:\n"
                                  "  options:\n"
                                  "    default: {clientAuth: {caFiles: [gone.pem]}}\n"
                                  "    good: {minVersion: VersionTLS13}\n");
    EXPECT_EQ(said(compiled.states.routers.at("a@file")),
              Words({"not served",
                     "not at entry point \"web\": TLS options \"default\": clientAuth: file "
                     "\"gone.pem\" cannot be read"}));
    EXPECT_EQ(said_of(compiled, "TLS options default"),
              Words({"not served", "clientAuth: file \"gone.pem\" cannot be read"}));
    EXPECT_EQ(shown_for(compiled, "a.example"), "refused");
    EXPECT_EQ(shown_for(compiled, ""), "refused");
    EXPECT_EQ(shown_for(compiled, "g.example"), "self-signed");
}

TEST(traefik_compile_tls, what_two_providers_say_of_the_defaults_does_not_hold) {
    const auto tls = provided("tls: {options: {default: {sniStrict: true}}, stores: {default: {}}}\n");
    auto again = tls;
    again.name = "other";
    Compiler compiler(options());
    const auto compiled = compiler.compile({provided(routers_of_a, {}, "web"), tls, again});
    EXPECT_EQ(said_of(compiled, "TLS options default"),
              Words({"not served", "are given by several providers: file, other"}));
    EXPECT_EQ(said_of(compiled, "TLS store default"),
              Words({"not served", "is given by several providers: file, other"}));
    EXPECT_EQ(said(compiled.states.routers.at("a@web")).at(0), "not served");
}

TEST(traefik_compile_tls, an_entry_point_gives_its_routers_terms) {
    Compiler compiler(
        options({"--entrypoints.web.address=:80", "--entrypoints.web.http.tls.options=o@file"}));
    const auto compiled = compiler.compile(
        {provided("http:\n"
                  "  services: {s: {loadBalancer: {servers: [{url: 'http://127.0.0.1:81'}]}}}\n"
                  "  routers:\n"
                  "    a: {rule: Host(`a.example`), service: s}\n"
                  "    b: {rule: Host(`b.example`), service: s, tls: {}}\n"
                  "tls: {options: {o: {minVersion: VersionTLS13}}}\n")});
    EXPECT_EQ(by_name(compiled).terms_for("a.example").name, "o@file");
    EXPECT_EQ(by_name(compiled).terms_for("b.example").name, "default");
}

TEST(traefik_compile_tls, contexts_are_kept_while_nothing_is_said_anew) {
    Compiler compiler(options());
    const auto words = provided(routers_of_a);
    const auto first = compiler.compile({words});
    const auto second = compiler.compile({words});
    EXPECT_EQ(by_name(first).terms.front(), by_name(second).terms.front());
    EXPECT_TRUE(compiler.compile({words}).states.tls.empty());
    auto changed = words;
    changed.configuration.tls.options["x"].sni_strict = true;
    EXPECT_NE(by_name(compiler.compile({changed})).terms.front(), by_name(first).terms.front());
}

tl::expected<TlsOptionsReading, std::string> read(const std::string& text, const FileTexts& files = {}) {
    const auto words = provided("tls: {options: {o: " + text + "}}\n");
    return read_tls_options(words.configuration.tls.options.at("o"), files);
}

TEST(traefik_compile_tls, options_become_settings) {
    const auto usual = read("{}");
    ASSERT_TRUE(usual);
    EXPECT_EQ(usual->settings.protocols, tls::ProtocolSet({Protocol::tls_1_2, Protocol::tls_1_3}));
    EXPECT_EQ(usual->settings.client_verification, ClientVerification::off);
    const auto old = read("{minVersion: VersionTLS10, maxVersion: VersionTLS12}");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->settings.protocols,
              tls::ProtocolSet({Protocol::tls_1_0, Protocol::tls_1_1, Protocol::tls_1_2}));
    EXPECT_TRUE(old->settings.ciphers.ends_with(":@SECLEVEL=0"));
    const auto ciphers = read(
        "{cipherSuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256, "
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305], disableSessionTickets: true}");
    ASSERT_TRUE(ciphers);
    EXPECT_EQ(ciphers->settings.ciphers, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305");
    EXPECT_FALSE(ciphers->settings.tickets);
    const auto newest = read("{cipherSuites: [TLS_AES_128_GCM_SHA256]}");
    ASSERT_TRUE(newest);
    EXPECT_EQ(newest->settings.protocols, tls::ProtocolSet({Protocol::tls_1_3}));
    const auto curves = read("{curvePreferences: [CurveP521, secp384r1, X25519MLKEM768]}");
    ASSERT_TRUE(curves);
    EXPECT_EQ(curves->settings.curves, "P-521:P-384");
    EXPECT_EQ(curves->notices, Words({"curvePreferences: X25519MLKEM768 is not there; the others are used"}));
    const FileTexts files = {{"a", "A"}, {"b", "B"}};
    const auto asked =
        read("{clientAuth: {caFiles: [a, b], clientAuthType: VerifyClientCertIfGiven}}", files);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->settings.client_verification, ClientVerification::optional);
    EXPECT_EQ(asked->settings.client_ca_pem, "A\nB\n");
    EXPECT_EQ(read("{clientAuth: {clientAuthType: RequireAnyClientCert}}")->settings.client_verification,
              ClientVerification::required);
}

TEST(traefik_compile_tls, options_that_mean_nothing_are_refused) {
    const auto refusal = [](const std::string& text) {
        const auto done = read(text);
        return done ? std::string("accepted") : done.error();
    };
    EXPECT_EQ(refusal("{minVersion: VersionTLS14}"),
              "minVersion \"VersionTLS14\" is not known: it is one of VersionTLS10 to VersionTLS13");
    EXPECT_EQ(refusal("{maxVersion: VersionTLS11}"),
              "maxVersion VersionTLS11 is before minVersion, which is VersionTLS12");
    EXPECT_EQ(refusal("{cipherSuites: [TLS_MADE_UP]}"), "cipherSuites: \"TLS_MADE_UP\" is not known");
    EXPECT_EQ(refusal("{cipherSuites: [TLS_AES_128_GCM_SHA256], maxVersion: VersionTLS12}"),
              "cipherSuites: there is none for the versions of TLS that are allowed");
    EXPECT_EQ(refusal("{curvePreferences: [P]}"), "curvePreferences: \"P\" is not known");
    EXPECT_EQ(refusal("{clientAuth: {clientAuthType: RequireAndVerifyClientCert}}"),
              "clientAuth: RequireAndVerifyClientCert needs caFiles");
    EXPECT_EQ(refusal("{clientAuth: {clientAuthType: Perhaps}}"),
              "clientAuth: clientAuthType \"Perhaps\" is not known");
}

}   // namespace
}   // namespace gatehouse::traefik
