"""From rounds to medians, ratios, the bars with their marks, and the tables a person reads."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Bar:
    """A limit on a figure of gatehouse: absolute, or as a ratio to the same figure of `against`. The figure
    may be at most the limit, or `at_least`."""
    case: str
    figure: str
    limit: float
    against: str | None
    work: str
    unit: str = ""
    at_least: bool = False

    def label(self):
        sign = "≥" if self.at_least else "≤"
        limit = f"{self.limit:.2f} × {self.against}" if self.against else f"{self.limit:g}{self.unit}"
        return f"{sign} {limit}"

    def holds(self, measured):
        return measured >= self.limit if self.at_least else measured <= self.limit


def _speed(case, limit, against, work):
    return Bar(case, "per_cpu_second", limit, against, f"{work} per CPU second", at_least=True)


BARS = [
    Bar("proxy-64", "cpu_us", 0.85, "nginx", "proxied 128 B, 64 connections: CPU/request"),
    Bar("proxy-64", "cpu_us", 1.20, "relay", "proxied 128 B, 64 connections: CPU/request"),
    Bar("proxy-512", "cpu_us", 0.65, "nginx", "proxied 128 B, 512 connections: CPU/request"),
    Bar("proxy-64k", "cpu_us", 0.60, "nginx", "proxied 64 KiB: CPU/request"),
    Bar("proxy-64k", "cpu_us", 1.03, "haproxy", "proxied 64 KiB: CPU/request"),
    Bar("static-1k", "cpu_us", 0.85, "nginx", "static 1 KiB: CPU/request"),
    Bar("static-10m", "cpu_us", 1.03, "nginx", "static 10 MiB: CPU/request"),
    Bar("proxy-64", "p99_us", 1.20, "nginx", "proxied 128 B, 64 connections: p99"),
    Bar("tls-64k", "cpu_us", 0.80, "nginx", "proxied 64 KiB over TLS: CPU/request"),
    _speed("tls-handshake", 0.98, "nginx", "TLS 1.3 handshakes, new sessions:"),
    _speed("tls-resumed", 0.98, "nginx", "TLS 1.3 handshakes, resumed sessions:"),
    _speed("h2-static-1k", 1.20, "nginx", "static 1 KiB over HTTP/2: requests"),
    _speed("h2-proxy-1k", 1.20, "nginx", "proxied 1 KiB over HTTP/2: requests"),
    _speed("h2-proxy-1k", 1.00, "nghttpx", "proxied 1 KiB over HTTP/2: requests"),
    Bar("idle", "idle_bytes", 700, None, "idle keep-alive connection: private memory", " B"),
    Bar("idle-tls", "idle_bytes", 1.00, "nginx", "idle keep-alive connection over TLS: private memory"),
    Bar("idle-websocket", "idle_bytes", 0.25, "nginx", "idle WebSocket, proxied: private memory"),
    Bar("websocket-load", "p99_ratio", 1.20, None,
        "proxied 128 B beside 10,000 WebSockets: p99 against without"),
    Bar("reload", "failed", 0, None, "100 reloads at 64 connections: failed requests"),
    Bar("reload", "resets", 0, None, "100 reloads at 64 connections: resets"),
    Bar("scale", "start_seconds_10000", 2, None, "10,000 locations and names: load time", " s"),
    Bar("scale", "some_ratio", 1.10, None, "10,000 locations and names: CPU/request against 10"),
    Bar("scale", "all_ratio", 1.10, None, "the same, all of them asked for in turn"),
    Bar("routers", "some_ratio", 1.15, None, "10,000 routers of mixed rules: CPU/request against 10"),
    Bar("routers", "all_ratio", 1.15, None, "the same, all of them asked for in turn"),
    Bar("containers", "served_ms", 50, None, "10,000 containers: a new one is served after", " ms"),
    Bar("containers", "change_cpu_ms", 20, None, "the same: CPU time for it", " ms"),
]

THROUGHPUT_COLUMNS = [("CPU µs/request", "cpu_us", 2), ("requests/s", "rate", 0), ("p50 µs", "p50_us", 0),
                      ("p99 µs", "p99_us", 0), ("failed", "failed", 0)]
HANDSHAKE_COLUMNS = [("CPU µs/handshake", "cpu_us", 2), ("per CPU second", "per_cpu_second", 0),
                     ("handshakes/s", "rate", 0), ("p50 µs", "p50_us", 0), ("p99 µs", "p99_us", 0),
                     ("failed", "failed", 0)]
H2_COLUMNS = [("CPU µs/request", "cpu_us", 2), ("requests/CPU second", "per_cpu_second", 0),
              ("requests/s", "rate", 0), ("failed", "failed", 0)]
IDLE_COLUMNS = [("B per idle connection", "idle_bytes", 0), ("all private memory, MiB", "total_mib", 1),
                ("connections", "connections", 0)]
SCALE_COLUMNS = [("start with 10, s", "start_seconds_10", 3), ("with 10,000, s", "start_seconds_10000", 3),
                 ("CPU µs/request with 10", "cpu_us_10", 2), ("10 of 10,000", "cpu_us_some", 2),
                 ("×", "some_ratio", 2), ("all 10,000 in turn", "cpu_us_all", 2), ("×", "all_ratio", 2),
                 ("failed", "failed", 0)]
COLUMNS = {
    "tls-handshake": HANDSHAKE_COLUMNS,
    "tls-resumed": HANDSHAKE_COLUMNS,
    "h2-static-1k": H2_COLUMNS,
    "h2-proxy-1k": H2_COLUMNS,
    "idle": IDLE_COLUMNS,
    "idle-tls": IDLE_COLUMNS,
    "idle-h2": IDLE_COLUMNS,
    "idle-websocket": IDLE_COLUMNS,
    "websocket-load": [("p99 µs without", "p99_us", 0), ("p99 µs beside them", "p99_beside_us", 0),
                       ("×", "p99_ratio", 2), ("CPU µs/request without", "cpu_alone_us", 2),
                       ("beside them", "cpu_beside_us", 2), ("WebSockets", "connections", 0),
                       ("failed", "failed", 0)],
    "reload": [("reloads", "reloads", 0), ("ms each", "reload_ms", 1), ("requests", "requests", 0),
               ("failed", "failed", 0), ("of them reset", "resets", 0),
               ("closed while idle", "closed_idle", 0)],
    "scale": SCALE_COLUMNS,
    "routers": SCALE_COLUMNS,
    "containers": [("all known after, s", "known_seconds", 2), ("a change served after, ms", "served_ms", 1),
                   ("the slowest", "served_worst_ms", 1), ("CPU ms/change", "change_cpu_ms", 2)],
}


def median(rounds, figure):
    return statistics.median(one[figure] for one in rounds)


def ratio(rounds, base_rounds, figure):
    """The median of the rounds' own ratios: what slows one round of the machine slows both alike."""
    pairs = [(one[figure], base[figure]) for one, base in zip(rounds, base_rounds)]
    return statistics.median(value / base if base else float("inf") for value, base in pairs)


def judge(results):
    """Each bar with what was measured and whether it holds; None where it could not be measured."""
    verdicts = []
    for bar in BARS:
        peers = results.get(bar.case, {})
        measured = None
        own = next((peers[name] for name in peers if name.startswith("gatehouse")), None)
        if own is not None and (bar.against is None or bar.against in peers):
            measured = ratio(own, peers[bar.against], bar.figure) if bar.against else median(own, bar.figure)
        verdicts.append({"work": bar.work, "bar": bar.label(), "measured": measured,
                         "holds": None if measured is None else bar.holds(measured)})
    return verdicts


def table(header, rows):
    """A markdown table whose source is aligned too."""
    rows = [header] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = []
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("| " + " | ".join(cells) + " |")
        if number == 0:
            rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
            lines.append("| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def case_table(case, peers):
    columns = COLUMNS.get(case.name, THROUGHPUT_COLUMNS)
    compared = columns[0][1] == "cpu_us"
    references = [name for name in ("nginx", "relay") if name in peers] if compared else []
    header = [case.title] + [title for title, _, _ in columns]
    header[2:2] = [f"× {name}" for name in references] + (["spread"] if compared else [])
    rows = []
    for name, rounds in peers.items():
        row = [name] + [f"{median(rounds, figure):,.{digits}f}" for _, figure, digits in columns]
        if compared:
            values = [one["cpu_us"] for one in rounds]
            spread = f"{(max(values) - min(values)) / statistics.median(values):.0%}"
            row[2:2] = [f"{ratio(rounds, peers[base], 'cpu_us'):.2f}" for base in references] + [spread]
        rows.append(row)
    return table(header, rows)


def bars_table(verdicts):
    marks = {True: "pass", False: "MISS", None: "not measured"}
    rows = []
    for verdict in verdicts:
        measured = verdict["measured"]
        rows.append([verdict["work"], verdict["bar"], "" if measured is None else f"{measured:,.2f}",
                     marks[verdict["holds"]]])
    return table(["bar", "limit", "measured", ""], rows)


def render(cases, results, verdicts):
    parts = [case_table(case, results[case.name]) for case in cases if results.get(case.name)]
    return "\n\n".join(parts + [bars_table(verdicts)]) + "\n"
