#include "tls/ocsp.h"

#include "support/certificates.h"

#include <gtest/gtest.h>

#include <openssl/obj_mac.h>

#include <ctime>

namespace gatehouse::tls {
namespace {

using test::Authority;
using test::Issued;
using test::OcspReply;

// Of the certificates' time, too.
std::int64_t now() {
    static const std::int64_t begin = std::time(nullptr);
    return begin;
}

constexpr std::int64_t hour = 3600;

struct Case {
    Authority authority{"Authority"};
    Issued site = authority.issue({"localhost"});
    std::shared_ptr<const OcspQuestion> question = ask({.trusted_pem = authority.pem()});

    [[nodiscard]] std::shared_ptr<const OcspQuestion> ask(OcspQuestion::Options options) const {
        if (options.responder.empty()) options.responder = "http://ocsp.example/";
        auto made = OcspQuestion::make(site.certificate_pem, std::move(options));
        if (!made) throw std::runtime_error(made.error());
        return *made;
    }
    [[nodiscard]] std::string good(const Issued* signer = nullptr) const {
        return authority.answer(question->request(),
                                {.made = now() - hour, .good_until = now() + hour, .signer = signer});
    }
};

std::string refusal(const tl::expected<OcspAnswer, std::string>& answer) {
    return answer ? "believed" : answer.error();
}

TEST(Ocsp, ResponderUrls) {
    const auto all = [](std::string_view url) {
        const auto parsed = ResponderUrl::parse(url);
        return parsed ? parsed->host + ' ' + std::to_string(parsed->port) + ' ' + parsed->path + ' ' +
                            parsed->authority()
                      : "none";
    };
    EXPECT_EQ(all("http://ocsp.example"), "ocsp.example 80 / ocsp.example");
    EXPECT_EQ(all("HTTP://ocsp.example:8080/a/b"), "ocsp.example 8080 /a/b ocsp.example:8080");
    EXPECT_EQ(all("http://[::1]:81/x"), "::1 81 /x [::1]:81");
    EXPECT_EQ(all("http://[::1]"), "::1 80 / [::1]");
    for (const auto* bad :
         {"", "https://ocsp.example/", "http://", "http:///x", "http://h:0/", "http://h:99999/",
          "http://h:x/", "http://user@h/", "http://h/\r\nX: y", "http://h /", "ocsp.example"})
        EXPECT_EQ(all(bad), "none") << bad;
}

TEST(Ocsp, TheIssuersAnswerIsBelieved) {
    const Case the;
    const auto answer = the.question->check(the.good(), now());
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(answer->status, OcspAnswer::Status::good);
    EXPECT_EQ(answer->made, now() - hour);
    EXPECT_EQ(answer->good_until, now() + hour);
}

TEST(Ocsp, TheIssuerMayStandBehindTheCertificate) {
    Case the;
    the.site.certificate_pem += the.authority.pem();
    EXPECT_EQ(refusal(the.ask({})->check(the.good(), now())), "believed");
}

TEST(Ocsp, TheIssuersDeputyIsBelieved) {
    Case the;
    const Issued deputy = the.authority.issue_with({"deputy"}, {{NID_ext_key_usage, "OCSPSigning"}});
    EXPECT_EQ(refusal(the.question->check(the.good(&deputy), now())), "believed");
    EXPECT_EQ(
        refusal(
            the.ask({.trusted_pem = the.authority.pem(), .strict = true})->check(the.good(&deputy), now())),
        "believed");
}

TEST(Ocsp, NobodyElseIsBelieved) {
    Case the;
    const Issued neighbour = the.authority.issue({"neighbour"});   // without the right to sign
    EXPECT_NE(refusal(the.question->check(the.good(&neighbour), now())).find("nobody entitled"),
              std::string::npos);
    Authority stranger("Authority");   // of the same name
    const auto strange =
        stranger.answer(the.question->request(), {.made = now(), .good_until = now() + hour});
    EXPECT_NE(refusal(the.question->check(strange, now())).find("nobody entitled"), std::string::npos);
}

TEST(Ocsp, WhomTheConfigurationTrustsMaySignUnlessItIsStrict) {
    Case the;
    Authority other("Other");
    const std::string trusted = the.authority.pem() + other.pem();
    const auto theirs = other.answer(the.question->request(), {.made = now(), .good_until = now() + hour});
    EXPECT_EQ(refusal(the.ask({.trusted_pem = trusted})->check(theirs, now())), "believed");
    EXPECT_NE(refusal(the.ask({.trusted_pem = trusted, .strict = true})->check(theirs, now())), "believed");
}

TEST(Ocsp, AnAnswerAboutAnotherCertificateIsNoAnswer) {
    Case the;
    const Issued site = the.site;
    the.site = the.authority.issue({"localhost"});
    const auto other = the.ask({.trusted_pem = the.authority.pem()});
    EXPECT_EQ(refusal(other->check(the.good(), now())), "certificate status not found in the OCSP response");
}

TEST(Ocsp, OnlyAnswersOfThePresentAreBelieved) {
    const Case the;
    const auto made_then = [&](std::int64_t made, std::int64_t until) {
        const auto response =
            the.authority.answer(the.question->request(), {.made = made, .good_until = until});
        return refusal(the.question->check(response, now()));
    };
    EXPECT_EQ(made_then(now() - 2 * hour, now() - hour), "the OCSP response has expired");
    EXPECT_EQ(made_then(now() - 2 * hour, now()), "the OCSP response has expired");
    EXPECT_EQ(made_then(now() + hour, now() + 2 * hour), "the OCSP response is of the future");
    EXPECT_EQ(made_then(now() + 200, now() + 2 * hour), "believed");   // clocks differ
    EXPECT_EQ(made_then(now() - hour, 0), "believed");
    EXPECT_EQ(made_then(now() - 25 * hour, 0), "the OCSP response has expired");
}

TEST(Ocsp, TellsOfRevocation) {
    const Case the;
    const auto response = the.authority.answer(
        the.question->request(),
        {.status = OcspReply::Status::revoked, .made = now() - 1, .good_until = now() + hour});
    const auto answer = the.question->check(response, now());
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(answer->status, OcspAnswer::Status::revoked);
    const auto unknown = the.authority.answer(
        the.question->request(),
        {.status = OcspReply::Status::unknown, .made = now() - 1, .good_until = now() + hour});
    EXPECT_EQ(refusal(the.question->check(unknown, now())),
              "certificate status \"unknown\" in the OCSP response");
}

TEST(Ocsp, WhatIsCutOrChangedAnywhereIsRefused) {
    const Case the;
    const std::string good = the.good();
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
        EXPECT_FALSE(the.question->check(good.substr(0, bytes), now())) << bytes;
    EXPECT_FALSE(the.question->check(good + 'x', now()));
    for (std::size_t at = 0; at < good.size(); at += 3) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto answer = the.question->check(changed, now());
        // what stands outside of what is signed may differ; what it says may not
        if (answer) {
            EXPECT_EQ(answer->good_until, now() + hour) << at;
            EXPECT_EQ(answer->status, OcspAnswer::Status::good) << at;
        }
    }
    // RFC 6960 section 4.2.1: tryLater
    EXPECT_EQ(refusal(the.question->check(std::string("\x30\x03\x0a\x01\x03", 5), now())),
              "OCSP response not successful (3: trylater)");
}

TEST(Ocsp, SaysWhatIsMissing) {
    const Case the;
    const auto problem = [&](OcspQuestion::Options options) {
        options.certificate_path = "site.pem";
        const auto made = OcspQuestion::make(the.site.certificate_pem, std::move(options));
        return made ? "nothing" : made.error();
    };
    EXPECT_EQ(problem({}), "issuer certificate not found for certificate \"site.pem\"");
    EXPECT_EQ(problem({.trusted_pem = the.authority.pem()}),
              "no OCSP responder URL in the certificate \"site.pem\"");
    EXPECT_EQ(
        problem({.responder = "https://ocsp.example/", .trusted_pem = the.authority.pem()}),
        "invalid URL prefix in OCSP responder \"https://ocsp.example/\" in the certificate \"site.pem\"");
}

TEST(Ocsp, TheCertificateNamesItsResponder) {
    Case the;
    the.site = the.authority.issue_with({"localhost"}, {{NID_info_access, "OCSP;URI:http://own.example/x"}});
    const auto made = OcspQuestion::make(the.site.certificate_pem, {.trusted_pem = the.authority.pem()});
    ASSERT_TRUE(made) << made.error();
    EXPECT_EQ((*made)->url(), "http://own.example/x");
}

TEST(Ocsp, EqualQuestionsShareAStapleThatExpires) {
    const Case the;
    const auto same = the.ask({.trusted_pem = the.authority.pem()});
    const auto other = the.ask({.responder = "http://else.example/", .trusted_pem = the.authority.pem()});
    EXPECT_EQ(the.question->staple(), same->staple());
    EXPECT_NE(the.question->staple(), other->staple());
    const auto& staple = *the.question->staple();
    EXPECT_EQ(staple.response(now()), nullptr);
    the.question->staple()->set("proof", now() + 10);
    ASSERT_NE(staple.response(now()), nullptr);
    EXPECT_EQ(*staple.response(now() + 9), "proof");
    EXPECT_EQ(staple.response(now() + 10), nullptr);
    the.question->staple()->clear();
    EXPECT_EQ(staple.response(now()), nullptr);
}

}   // namespace
}   // namespace gatehouse::tls
