#include "faces/traefik/observability_settings.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view metrics_elsewhere = "metrics are for Prometheus to fetch, and sent nowhere";

}   // namespace

const Table& LogSettings::table() {
    static constexpr Field fields[] = {
        field<&LogSettings::level>("level"),
        field<&LogSettings::format>("format"),
        field<&LogSettings::no_color>("noColor"),
        field<&LogSettings::file_path>("filePath"),
        field<&LogSettings::max_size>("maxSize",
                                      {.notice = "logs are not rotated here: let logrotate do it"}),
        field<&LogSettings::max_age>("maxAge", {.notice = "logs are not rotated here: let logrotate do it"}),
        field<&LogSettings::max_backups>("maxBackups",
                                         {.notice = "logs are not rotated here: let logrotate do it"}),
        field<&LogSettings::compress>("compress",
                                      {.notice = "logs are not rotated here: let logrotate do it"}),
        field<&LogSettings::otlp>("otlp",
                                  {.bare = true, .notice = "nothing is sent to an OpenTelemetry collector"}),
    };
    static constexpr Table table = {"log", fields};
    return table;
}

const Table& AccessLogFilters::table() {
    static constexpr Field fields[] = {
        field<&AccessLogFilters::status_codes>("statusCodes"),
        field<&AccessLogFilters::retry_attempts>("retryAttempts"),
        field<&AccessLogFilters::min_duration>("minDuration"),
    };
    static constexpr Table table = {"accessLog.filters", fields};
    return table;
}

const Table& AccessLogHeaders::table() {
    static constexpr Field fields[] = {
        field<&AccessLogHeaders::default_mode>("defaultMode"),
        field<&AccessLogHeaders::names>("names"),
    };
    static constexpr Table table = {"accessLog.fields.headers", fields};
    return table;
}

const Table& AccessLogQuery::table() {
    static constexpr Field fields[] = {
        field<&AccessLogQuery::default_mode>("defaultMode"),
    };
    static constexpr Table table = {"accessLog.fields.queryParameters", fields};
    return table;
}

const Table& AccessLogFields::table() {
    static constexpr Field fields[] = {
        field<&AccessLogFields::default_mode>("defaultMode"),
        field<&AccessLogFields::names>("names"),
        field<&AccessLogFields::headers>("headers"),
        field<&AccessLogFields::query_parameters>("queryParameters"),
    };
    static constexpr Table table = {"accessLog.fields", fields};
    return table;
}

const Table& AccessLogSettings::table() {
    static constexpr Field fields[] = {
        field<&AccessLogSettings::file_path>("filePath"),
        field<&AccessLogSettings::format>("format"),
        field<&AccessLogSettings::filters>("filters"),
        field<&AccessLogSettings::fields>("fields"),
        field<&AccessLogSettings::buffering_size>("bufferingSize"),
        field<&AccessLogSettings::add_internals>("addInternals"),
        field<&AccessLogSettings::dual_output>("dualOutput"),
        field<&AccessLogSettings::otlp>(
            "otlp", {.bare = true, .notice = "nothing is sent to an OpenTelemetry collector"}),
    };
    static constexpr Table table = {"accessLog", fields};
    return table;
}

const Table& PrometheusSettings::table() {
    static constexpr Field fields[] = {
        field<&PrometheusSettings::buckets>("buckets"),
        field<&PrometheusSettings::add_entry_points_labels>("addEntryPointsLabels"),
        field<&PrometheusSettings::add_routers_labels>("addRoutersLabels"),
        field<&PrometheusSettings::add_services_labels>("addServicesLabels"),
        field<&PrometheusSettings::entry_point>("entryPoint"),
        field<&PrometheusSettings::manual_routing>("manualRouting"),
        field<&PrometheusSettings::header_labels>("headerLabels"),
    };
    static constexpr Table table = {"metrics.prometheus", fields};
    return table;
}

const Table& MetricsSettings::table() {
    static constexpr Field fields[] = {
        field<&MetricsSettings::add_internals>("addInternals"),
        field<&MetricsSettings::prometheus>("prometheus", {.bare = true}),
        field<&MetricsSettings::datadog>("datadog", {.bare = true, .notice = metrics_elsewhere}),
        field<&MetricsSettings::statsd>("statsD", {.bare = true, .notice = metrics_elsewhere}),
        field<&MetricsSettings::influx_db>("influxDB", {.bare = true, .notice = metrics_elsewhere}),
        field<&MetricsSettings::influx_db2>("influxDB2", {.bare = true, .notice = metrics_elsewhere}),
        field<&MetricsSettings::otlp>("otlp", {.bare = true, .notice = metrics_elsewhere}),
        field<&MetricsSettings::open_telemetry>("openTelemetry", {.bare = true, .notice = metrics_elsewhere}),
    };
    static constexpr Table table = {"metrics", fields};
    return table;
}

}   // namespace gatehouse::traefik
