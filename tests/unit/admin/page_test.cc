#include "admin/page.h"

#include "admin/html_text.h"

#include <gtest/gtest.h>

namespace gatehouse::admin {
namespace {

const Setting setting = [] {
    Setting made;
    made.version = "1.2";
    made.entry_points = {{"web", ":80", ""}};
    return made;
}();

Report report_of(std::size_t routers) {
    Report made;
    for (std::size_t i = 0; i < routers; ++i) {
        Router router;
        router.name = "r" + std::to_string(1000 + i) + "@docker";
        router.rule = "Host(`h" + std::to_string(i) + "`)";
        router.at = {"web"};
        made.http.routers.push_back(std::move(router));
    }
    return made;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(admin_page, html_shows_what_was_written) {
    EXPECT_EQ(html("<a href='x' title=\"y\">&\x01\n\xff\xc3\xa9"),
              "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;\xef\xbf\xbd \xef\xbf\xbd\xc3\xa9");
}

TEST(admin_page, nothing_that_others_wrote_is_markup) {
    constexpr const char* evil = "</td><script>alert(1)</script>\"'";
    Report report = report_of(1);
    Router& router = report.http.routers.front();
    router.name = router.rule = router.service = evil;
    router.middlewares = router.at = router.errors = {evil};
    router.status = Status::disabled;
    Service service;
    service.name = service.type = evil;
    service.errors = service.used_by = {evil};
    service.servers = {{.url = evil, .written = evil}};
    report.http.services = {service};
    Middleware middleware;
    middleware.name = middleware.type = evil;
    middleware.errors = middleware.used_by = {evil};
    report.http.middlewares = {middleware};
    Container container;
    container.id = container.name = container.service = container.outcome = container.reason = evil;
    container.sentence = container.advice = evil;
    container.routers = container.remarks = {evil};
    container.is_fault = true;
    report.containers = {container};
    Setting named = setting;
    named.name = named.start_date = evil;
    named.entry_points = {{evil, evil, ""}};
    for (const char* query :
         {"", "search=%3Cscript%3E%22'", "view=containers&search=script", "view=%3Cscript"}) {
        const auto page = write_page(report, named, Query(query));
        EXPECT_EQ(page.find("<script"), std::string::npos) << query;
        EXPECT_EQ(page.find("alert(1)</s"), std::string::npos) << query;
        EXPECT_NE(page.find("&lt;/td&gt;&lt;script&gt;"), std::string::npos) << query;
    }
}

TEST(admin_page, needs_nothing_from_elsewhere) {
    const auto page = write_page(report_of(3), setting, Query(""));
    for (const char* reference : {"src=", "http://", "https://", "url(", "@import", "<link"})
        EXPECT_EQ(page.find(reference), std::string::npos) << reference;
}

TEST(admin_page, says_what_is_to_be_mended_first) {
    Report report = report_of(2);
    EXPECT_EQ(write_page(report, setting, Query("")).find("To mend"), std::string::npos);
    Container container;
    container.name = "shop";
    container.outcome = "refused";
    container.reason = "no-port";
    container.sentence = "it exposes no port";
    container.advice = "say which";
    container.is_fault = true;
    report.containers = {container};
    report.http.routers.front().status = Status::disabled;
    report.http.routers.front().errors = {"names no service"};
    const auto page = write_page(report, setting, Query(""));
    EXPECT_NE(page.find("Container <b>shop</b>: it exposes no port; say which"), std::string::npos);
    EXPECT_NE(page.find("names no service"), std::string::npos);
    EXPECT_LT(page.find("To mend"), page.find("Entry points"));
}

TEST(admin_page, many_rows_are_on_pages_of_a_view) {
    const Report report = report_of(250);
    const auto whole = write_page(report, setting, Query(""));
    EXPECT_EQ(count(whole, "<th scope=\"row\">r1"), 50U);
    EXPECT_NE(whole.find("<a href=\"?view=routers\">All 250 routers</a>"), std::string::npos);
    const auto last = write_page(report, setting, Query("view=routers&page=3"));
    EXPECT_EQ(count(last, "<th scope=\"row\">r1"), 50U);
    EXPECT_NE(last.find("page=2\">Former page"), std::string::npos);
    EXPECT_EQ(last.find("Next page"), std::string::npos);
    const auto found = write_page(report, setting, Query("view=routers&search=h17%60"));
    EXPECT_EQ(count(found, "<th scope=\"row\">r1"), 1U);
    EXPECT_EQ(count(write_page(report, setting, Query("view=routers&page=x")), "<th scope=\"row\">r1"), 100U);
}

}   // namespace
}   // namespace gatehouse::admin
