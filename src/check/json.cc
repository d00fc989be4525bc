#include "check/json.h"

#include "admin/json_writer.h"

namespace gatehouse::check {
namespace {

void write_findings(const Outcome& outcome, admin::JsonWriter& json) {
    json.name("findings").begin_list();
    for (const Finding& finding : outcome.findings.items()) {
        json.begin_object();
        json.name("severity").text(word_for(finding.severity));
        json.name("code").text(finding.code);
        json.member("file", finding.place.file);
        if (finding.place.line > 0) {
            json.name("line").number(finding.place.line);
            json.name("column").number(finding.place.column);
        }
        json.name("message").text(finding.message);
        json.member("hint", finding.hint);
        json.member("service", finding.service);
        json.end_object();
    }
    json.end_list();
}

void write_services(const Outcome& outcome, admin::JsonWriter& json) {
    json.name("services").begin_list();
    for (const CheckedContainer& container : outcome.containers) {
        json.begin_object();
        json.name("name").text(container.service);
        json.name("outcome").text(container.outcome);
        json.name("reason").text(container.reason);
        json.member("sentence", container.sentence);
        json.member("advice", container.advice);
        json.name("routers").texts(container.routers);
        json.member("notServed", container.not_served);
        json.name("labels").flag(container.has_labels);
        json.name("proxy").flag(container.is_proxy);
        json.end_object();
    }
    json.end_list();
}

void write_routes(const Outcome& outcome, admin::JsonWriter& json) {
    json.name("routes").begin_list();
    for (const CheckedRoute& route : outcome.routes) {
        json.begin_object();
        json.name("entryPoint").text(route.entry_point);
        json.member("address", route.address);
        json.name("protocol").text(route.protocol);
        json.name("tls").flag(route.tls);
        json.name("router").text(route.router);
        json.member("rule", route.rule);
        json.name("priority").number(route.priority);
        json.member("service", route.service);
        json.name("servers").texts(route.servers);
        json.name("middlewares").texts(route.middlewares);
        json.member("never", route.never);
        json.end_object();
    }
    json.end_list();
}

}   // namespace

std::string to_json(const Outcome& outcome) {
    admin::JsonWriter json;
    json.begin_object();
    json.name("version").number(1);
    json.name("files").begin_list();
    for (const CheckedFile& file : outcome.files) {
        json.begin_object();
        json.name("path").text(file.path);
        json.name("kind").text(word_for(file.kind));
        json.end_object();
    }
    json.end_list();
    json.name("assumedEntryPoints").flag(!outcome.assumed.empty());
    write_findings(outcome, json);
    write_services(outcome, json);
    write_routes(outcome, json);
    json.name("errors").number(static_cast<std::int64_t>(outcome.findings.count(Severity::error)));
    json.name("warnings").number(static_cast<std::int64_t>(outcome.findings.count(Severity::warning)));
    json.name("notices").number(static_cast<std::int64_t>(outcome.findings.count(Severity::notice)));
    json.end_object();
    return json.take() + "\n";
}

}   // namespace gatehouse::check
