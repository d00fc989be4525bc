#pragma once
// Logs and metrics as Traefik's static configuration says them. Plain values with Traefik's defaults.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"

namespace gatehouse::traefik {

struct LogSettings {
    std::string level = "ERROR";
    std::string format = "common";
    bool no_color = false;
    std::string file_path;
    std::int64_t max_size = 0;   // MiB
    std::int64_t max_age = 0;    // days
    std::int64_t max_backups = 0;
    bool compress = false;
    std::optional<Opaque> otlp;

    static const Table& table();
    bool operator==(const LogSettings&) const = default;
};

struct AccessLogFilters {
    std::vector<std::string> status_codes;
    bool retry_attempts = false;
    Duration min_duration{};

    static const Table& table();
    bool operator==(const AccessLogFilters&) const = default;
};

// Modes: keep, drop, redact.
struct AccessLogHeaders {
    std::string default_mode = "drop";
    std::map<std::string, std::string> names;

    static const Table& table();
    bool operator==(const AccessLogHeaders&) const = default;
};

struct AccessLogQuery {
    std::string default_mode = "keep";

    static const Table& table();
    bool operator==(const AccessLogQuery&) const = default;
};

// Modes: keep, drop.
struct AccessLogFields {
    std::string default_mode = "keep";
    std::map<std::string, std::string> names;
    AccessLogHeaders headers;
    AccessLogQuery query_parameters;

    static const Table& table();
    bool operator==(const AccessLogFields&) const = default;
};

struct AccessLogSettings {
    std::string file_path;           // "": standard output
    std::string format = "common";   // "common", "genericCLF", "json"
    AccessLogFilters filters;
    AccessLogFields fields;
    std::int64_t buffering_size = 0;   // lines
    bool add_internals = false;
    bool dual_output = false;
    std::optional<Opaque> otlp;

    static const Table& table();
    bool operator==(const AccessLogSettings&) const = default;
};

struct PrometheusSettings {
    std::vector<double> buckets{0.1, 0.3, 1.2, 5.0};   // seconds
    bool add_entry_points_labels = true;
    bool add_routers_labels = false;
    bool add_services_labels = true;
    std::string entry_point = "traefik";
    bool manual_routing = false;
    std::map<std::string, std::string> header_labels;

    static const Table& table();
    bool operator==(const PrometheusSettings&) const = default;
};

struct MetricsSettings {
    bool add_internals = false;
    std::optional<PrometheusSettings> prometheus;
    std::optional<Opaque> datadog;
    std::optional<Opaque> statsd;
    std::optional<Opaque> influx_db;
    std::optional<Opaque> influx_db2;
    std::optional<Opaque> otlp;
    std::optional<Opaque> open_telemetry;

    static const Table& table();
    bool operator==(const MetricsSettings&) const = default;
};

}   // namespace gatehouse::traefik
