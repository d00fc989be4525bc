#!/usr/bin/env python3
"""The arrows between the folders of src/, and the calls that only some of them may make.

    base <- loop <- net <- upstream <- exchange <- main
    base <- http <- model <- {log, upstream, exchange, faces, control}
    base <- tls <- {net, model, faces}
    model <- admin <- {faces, check, main}
    faces <- check <- main

exchange and control never include each other: they share snapshots and messages. No folder of the engine
includes a face. Only src/loop waits and reads clocks, so that a simulated world can own time.
"""

import re
from pathlib import PurePosixPath

from sources import ROOT, code_only, expect, files, line_of, report

ARROWS = {
    "base": set(),
    "http": {"base"},
    "loop": {"base"},
    "tls": {"base"},
    "net": {"loop", "tls", "base"},
    "model": {"http", "tls", "base"},
    "log": {"model", "base"},
    "upstream": {"log", "net", "model", "http", "tls", "loop", "base"},
    "exchange": {"upstream", "log", "net", "model", "http", "tls", "loop", "base"},
    "control": {"log", "net", "model", "http", "tls", "loop", "base"},
    "providers": {"log", "net", "model", "http", "tls", "loop", "base"},
    "admin": {"model", "base"},
    "faces": {"admin", "model", "http", "tls", "base"},
    "check": {"faces", "admin", "model", "http", "tls", "base"},
    "main": {"check", "faces", "admin", "providers", "exchange", "control", "upstream", "log", "net", "model",
             "http", "tls", "loop", "base"},
}

# Beyond the folders: which backend there is, is known to those who make one.
PRIVATE = {"loop/epoll/": {"main"}, "loop/sim/": set()}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# pattern, folders that may, why the others may not
CALLS = [
    (r"\bepoll_(create1?|ctl|p?wait2?)\s*\(|\bio_uring_\w+\s*\(", {"loop"},
     "only src/loop waits: await an operation instead"),
    (r"\b(clock_gettime|gettimeofday|timespec_get)\s*\("
     r"|\b(steady|system|high_resolution|utc|file)_clock::now\b"
     r"|(?:std|\s|\()::time\s*\(", {"loop"},
     "only src/loop reads a clock: ask the loop (now(), wall_time()) or take the time as a parameter"),
    (r"\b(nanosleep|usleep|sleep_for|sleep_until)\s*\(|(?<!\w)::sleep\s*\(", {"loop"},
     "nobody blocks a thread to pass time: co_await loop::sleep()"),
    (r"(?<!\w)::(accept4?|connect|recv|recvmsg|send|sendmsg|sendfile|splice)\s*\(", {"loop", "log", "main"},
     "a worker's sockets are the loop's business: go through its Backend"),
]

# file -> why it may do what its folder may not
EXCEPTIONS = {
    "src/log/log_writer.cc": "the one thread without a loop: it serves files, and rests between batches",
    "src/log/error_log.cc": "written from every thread and process, also where there is no loop",
}


def folder_of(path):
    return PurePosixPath(path).parts[1]


def check_includes(path, text, known):
    """Yields the includes of one file that go against an arrow, or that name no file of src/."""
    folder = folder_of(path)
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        line = line_of(text, match.start(1))
        other = target.split("/", 1)[0]
        if target not in known:
            yield line, f'"{target}" is no file of src/: includes are written from there'
        elif other != folder and other not in ARROWS[folder]:
            allowed = ", ".join(sorted(ARROWS[folder])) or "nothing"
            yield line, f"{folder} may not include {other}; it may: {allowed}. Move there what both need"
        for prefix, users in PRIVATE.items():
            inside = str(path).startswith(f"src/{prefix}")
            if target.startswith(prefix) and not inside and folder not in users:
                yield line, f"{target} is not for {folder}: go through loop/backend.h"


def check_calls(path, text):
    code = code_only(text)
    for pattern, folders, advice in CALLS:
        if folder_of(path) in folders or str(path) in EXCEPTIONS:
            continue
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), f"{match.group(0).strip()}…: {advice}"


def self_test():
    known = {"base/text.h", "net/stream.h", "control/control.h", "loop/sim/sim_world.h"}
    include = lambda path, target: list(check_includes(path, f'#pragma once\n#include "{target}"\n', known))
    expect(not include("src/net/x.h", "base/text.h"), "net may include base")
    expect(include("src/base/x.h", "net/stream.h")[0][0] == 2, "base may not include net, on line 2")
    expect(include("src/exchange/x.cc", "control/control.h"), "exchange may not include control")
    expect(include("src/exchange/x.cc", "loop/sim/sim_world.h"), "exchange knows no simulation")
    expect(include("src/net/x.cc", "net/missing.h"), "an include must exist")
    expect(list(check_calls("src/net/x.cc", "int n = epoll_wait(a);")), "net may not wait")
    expect(list(check_calls("src/net/x.cc", "auto t = std::time(nullptr);")), "net may not ask for the time")
    expect(not list(check_calls("src/net/x.cc", "// epoll_wait(a)\nwall_time();")), "comments are no calls")
    expect(not list(check_calls("src/loop/x.cc", "clock_gettime(a, b);")), "loop may")


def main():
    self_test()
    sources = files(["src"], {".h", ".cc"})
    known = {str(path.relative_to("src")) for path in sources}
    findings = []
    for path in sources:
        if folder_of(path) not in ARROWS:
            findings.append((path, 1, "a folder without arrows: say in arrows.py what it may include"))
            continue
        text = (ROOT / path).read_text()
        findings += [(path, *finding) for finding in check_includes(path, text, known)]
        findings += [(path, *finding) for finding in check_calls(path, text)]
    for name in EXCEPTIONS:
        if not (ROOT / name).exists():
            findings.append((name, 1, "gone: remove its exception in tests/check/arrows.py"))
    report(findings)


if __name__ == "__main__":
    main()
