#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "faces/traefik/load_static.h"

namespace gatehouse::traefik {
namespace {

using Words = std::vector<std::string>;

std::string outcome(const Words& arguments, const Words& environment = {},
                    const std::map<std::string, std::string>& files = {}) {
    Remarks remarks;
    const auto configuration = load_static({arguments, environment,
                                            [&files](const std::string& path) -> std::optional<std::string> {
                                                const auto found = files.find(path);
                                                if (found == files.end()) return std::nullopt;
                                                return found->second;
                                            }},
                                           remarks);
    std::string out;
    for (const Remark& remark : remarks.items())
        out += fmt::format("{}: {}\n", word_for(remark.severity), remark.describe());
    return out + (configuration ? shown("", *configuration) : "nothing\n");
}

TEST(traefik_static, the_labs_command_line_listens_on_80_and_8080) {
    const std::string expected =
        "-\n"
        "  entryPoints:\n"
        "    http:\n"
        "      address: :80\n"
        "    traefik:\n"
        "      address: :8080\n"
        "  providers:\n"
        "    docker:\n"
        "  api:\n"
        "    insecure: true\n";
    EXPECT_EQ(outcome({"--api.insecure=true", "--providers.docker"}), expected);
    EXPECT_EQ(outcome({"-api.insecure", "--PROVIDERS.Docker=true"}), expected);
    EXPECT_EQ(outcome({}, {"TRAEFIK_API_INSECURE=true", "TRAEFIK_PROVIDERS_DOCKER=true", "PATH=/bin"}),
              expected);
    EXPECT_EQ(
        outcome({}, {}, {{"/etc/traefik/traefik.yml", "api: {insecure: true}\nproviders:\n  docker: {}\n"}}),
        expected);
    EXPECT_EQ(
        outcome({"--configFile=/c.toml"}, {}, {{"/c.toml", "[api]\ninsecure = true\n[providers.docker]\n"}}),
        expected);
}

TEST(traefik_static, a_value_may_be_the_next_argument_and_lists_add_up) {
    const std::string text =
        outcome({"--entrypoints.web.address", ":80", "--entryPoints.web.forwardedHeaders.trustedIPs",
                 "10.0.0.0/8,1.1.1.1", "--entrypoints.web.forwardedheaders.trustedips=2.2.2.2", "--ping",
                 "--log.level", "DEBUG", "--accesslog"});
    EXPECT_EQ(text,
              "-\n"
              "  entryPoints:\n"
              "    traefik:\n"
              "      address: :8080\n"
              "    web:\n"
              "      address: :80\n"
              "      forwardedHeaders:\n"
              "        trustedIPs:\n"
              "          - 10.0.0.0/8\n"
              "          - 1.1.1.1\n"
              "          - 2.2.2.2\n"
              "  ping:\n"
              "  log:\n"
              "    level: DEBUG\n"
              "  accessLog:\n");
}

TEST(traefik_static, entry_points_have_all_their_options) {
    const std::string text = outcome(
        {"--entrypoints.web.address=:80", "--entrypoints.web.http.redirections.entryPoint.to=websecure",
         "--entrypoints.web.http.redirections.entrypoint.scheme=https",
         "--entrypoints.websecure.address=:443", "--entrypoints.websecure.asDefault=true",
         "--entrypoints.websecure.http.tls.certresolver=le",
         "--entrypoints.websecure.http.middlewares=auth@file,zip@docker",
         "--entrypoints.websecure.proxyProtocol.insecure",
         "--entrypoints.websecure.transport.respondingTimeouts.readTimeout=0",
         "--entrypoints.websecure.transport.lifeCycle.graceTimeOut=30",
         "--entrypoints.websecure.http2.maxConcurrentStreams=10"});
    for (const char* line :
         {"to: websecure", "asDefault: true", "certResolver: le", "- zip@docker", "insecure: true",
          "readTimeout: 0s", "graceTimeOut: 30s", "maxConcurrentStreams: 10"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    }
}

TEST(traefik_static, an_unknown_option_stops_the_start_and_names_the_nearest) {
    EXPECT_EQ(
        outcome({"--providers.docker.exposdByDefault=false"}),
        "error: --providers.docker.exposdByDefault: \"exposdByDefault\" is no option of providers.docker "
        "(did you mean \"exposedByDefault\"?)\nnothing\n");
    EXPECT_EQ(outcome({"--provider.docker"}),
              "error: --provider.docker: \"provider\" is no option of the static configuration "
              "(did you mean \"providers\"?)\nnothing\n");
    EXPECT_NE(outcome({"--providers.kubernetescrd=true"}).find("known are docker, swarm and file"),
              std::string::npos);
    EXPECT_NE(outcome({"--providers.docker.swarmMode=true"}).find("--providers.swarm"), std::string::npos);
    EXPECT_NE(outcome({}, {"TRAEFIK_API_INSECUR=true"}).find("did you mean \"insecure\"?"),
              std::string::npos);
    EXPECT_NE(outcome({"--api.insecure=maybe"}).find("is true or false"), std::string::npos);
    EXPECT_NE(outcome({"web"}).find("not an option"), std::string::npos);
    EXPECT_NE(outcome({"--log.level"}).find("needs a value"), std::string::npos);
    EXPECT_NE(outcome({"--configFile=/none.yml"}).find("cannot read /none.yml"), std::string::npos);
}

TEST(traefik_static, what_is_not_done_here_is_accepted_with_a_notice) {
    const std::string text =
        outcome({"--certificatesresolvers.le.acme.tlschallenge=true", "--certificatesresolvers.le.acme.email",
                 "a@b.example", "--tracing", "--entrypoints.web.address=:80", "--entrypoints.web.http3",
                 "--global.checkNewVersion=true", "--metrics.datadog=true"});
    for (const char* part :
         {"notice: --certificatesresolvers.le.acme.tlschallenge: \"certificatesResolvers\" is accepted",
          "nothing is traced", "HTTP/3 is not served", "no new versions are looked for", "email: a@b.example",
          "sent nowhere"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
    EXPECT_EQ(text.find("error"), std::string::npos) << text;
}

TEST(traefik_static, a_file_wins_over_flags_and_says_so) {
    const std::string text = outcome({"--entrypoints.web.address=:81"}, {},
                                     {{"./traefik.yaml", "entryPoints:\n  web:\n    address: ':80'\n"}});
    EXPECT_NE(text.find("warning: --entrypoints.web.address: not used, as ./traefik.yaml is"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("address: :80\n"), std::string::npos) << text;
}

TEST(traefik_static, what_does_not_fit_together_is_an_error) {
    const auto wrong = [](const Words& arguments) { return outcome(arguments).ends_with("nothing\n"); };
    EXPECT_TRUE(wrong({"--entrypoints.web.http.tls"}));
    EXPECT_TRUE(wrong({"--entrypoints.web.address=:80/sctp"}));
    EXPECT_FALSE(wrong({"--entrypoints.dns.address=:53/udp"}));
    EXPECT_TRUE(wrong(
        {"--entrypoints.web.address=:80", "--entrypoints.web.http.redirections.entrypoint.to=websecure"}));
    EXPECT_FALSE(
        wrong({"--entrypoints.web.address=:80", "--entrypoints.web.http.redirections.entrypoint.to=:443"}));
    EXPECT_TRUE(wrong({"--ping.entrypoint=png"}));
    EXPECT_TRUE(wrong({"--providers.docker.defaultRule=Host(`{{ nam }}`)"}));
    EXPECT_TRUE(wrong({"--providers.docker.constraints=Label(`a`)"}));
    EXPECT_TRUE(wrong({"--core.defaultRuleSyntax=v4"}));
    EXPECT_TRUE(
        wrong({"--entrypoints.web.address=:80", "--entrypoints.web.http.underscoreHeadersStrategy=drop"}));
}

}   // namespace
}   // namespace gatehouse::traefik
