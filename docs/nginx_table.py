#!/usr/bin/env python3
"""Writes the lists of docs/nginx.md from the catalogue of directives, so that the two cannot drift apart.

    docs/nginx_table.py            rewrite the part of docs/nginx.md between its two marks
    docs/nginx_table.py --check    only say whether it is up to date (exit code 1: it is not)

It reads the tables of src/faces/nginx/catalogue as text. A directive that is said to act, but whose field in
the model no part of the engine reads, is listed apart: it has no effect yet.
"""

import re
import sys
from os.path import commonprefix
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "src/faces/nginx/catalogue"
DOCUMENT = ROOT / "docs/nginx.md"
BEGIN, END = "<!-- catalogue: written by docs/nginx_table.py -->", "<!-- end of the catalogue -->"
LEFT_OUT = {"mail.cc"}   # refused as a whole block: what stands inside is never reached

ROW = re.compile(r'^    \{"(\w+)",\s*([^,]+),\s*(.*?)\},(?: *//[^\n]*)?$', re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"^    // (\w+)$", re.MULTILINE)
REASON = re.compile(r'inline constexpr std::string_view (\w+) =\s*((?:"(?:\\.|[^"\\])*"\s*)+);')
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
VERDICT = re.compile(r"(acts|defines|opens|notice|obsolete|refused|refused_unless_off)\((.*)\)$", re.DOTALL)
SETTER = re.compile(r"set_\w+<&(\w+)::(\w+)>")

OBSOLETE = "nginx ignores it, too, with the same warning"

# Directives with a handler of their own -> the field it sets; and fields whose name others have, too.
FIELDS = {
    "autoindex_format": r"autoindex_format\b",
    "client_header_buffer_size": r"settings\.header_buffer_bytes\b",
    "env": r"\.environment\b",
    "proxy_bind": r"\.bind_address\b",
    "proxy_limit_rate": r"handler_?\.limit_rate\b",
    "proxy_ssl": r"forward_\.tls\b",
    "satisfy": r"\.satisfy_any\b",
    "sendfile": r"files\.sendfile\b",
    "worker_connections": r"\bconnections\s*(?:<|>=?)\s*[\w.>-]*worker_connections\b",
}


def text_of(literals):
    return "".join(STRING.findall(literals)).replace('\\"', '"')


def engine():
    """Everything that could read a field of the model, but for the faces that set it."""
    folders = [ROOT / "src" / name for name in ("exchange", "upstream", "control", "log", "net", "tls", "main")]
    return "\n".join(path.read_text() for folder in folders for path in sorted(folder.rglob("*.[ch]*")))


def has_effect(name, answer, code):
    setter = SETTER.search(answer)
    if name in FIELDS:
        return re.search(FIELDS[name], code) is not None
    return setter is None or re.search(rf"(?:\.|->){setter.group(2)}\b", code) is not None


def rows():
    """Yields (module, name, answer as written) of every row."""
    for path in sorted(CATALOGUE.glob("*.cc")):
        if path.name in LEFT_OUT:
            continue
        text = path.read_text()
        modules = [(match.start(), match.group(1)) for match in MODULE.finditer(text)]
        for row in ROW.finditer(text):
            module = [name for start, name in modules if start < row.start()][-1]
            yield ("core" if module == "x" else module), row.group(1), row.group(3)


def judge():
    shared = REASON.findall((CATALOGUE / "tables.h").read_text())
    reasons = {name: text_of(literals) for name, literals in shared}
    code = engine()
    acting, idle, noted, refused = {}, [], {}, {}
    for module, name, answer in rows():
        verdict = VERDICT.search(answer)
        kind, argument = verdict.group(1), verdict.group(2).strip()
        if kind in ("acts", "defines", "opens"):
            if has_effect(name, answer, code):
                acting.setdefault(module, []).append(name)
            else:
                idle.append(name)
            continue
        if kind == "obsolete":
            noted.setdefault(OBSOLETE, []).append(f"`{name}`")
            continue
        reason = text_of(argument) if '"' in argument else reasons[argument]
        shown = f"`{name}`" + (" (unless `off`)" if kind == "refused_unless_off" else "")
        (noted if kind == "notice" else refused).setdefault(reason, []).append(shown)
    return acting, idle, noted, refused


def names(items):
    return ", ".join(dict.fromkeys(items))


def family(items):
    """A long list of names that begin alike, as `begin_*`: nobody looks for one of them here."""
    items = list(dict.fromkeys(items))
    prefix = commonprefix(items).rpartition("_")[0].strip("`")
    return f"`{prefix}_*` ({len(items)})" if prefix not in ("", "proxy") and len(items) > 6 else names(items)


def render():
    acting, idle, noted, refused = judge()
    lines = [BEGIN, "", "### Acted on", "", "| module of nginx | directives |", "|---|---|"]
    lines += [f"| {module} | {names(f'`{name}`' for name in found)} |" for module, found in acting.items()]
    if idle:
        lines += ["", "### Read, but without effect in this version", "",
                  "Their values are checked and kept, and nothing looks at them; no notice says so yet.",
                  "", names(f"`{name}`" for name in idle) + "."]
    lines += ["", "### Accepted with a notice", "", "| why nothing is done | directives |", "|---|---|"]
    lines += [f"| {reason} | {family(found)} |" for reason, found in noted.items()]
    lines += ["", "### Refused", "", "| why | directives |", "|---|---|"]
    lines += [f"| {reason} | {names(found)} |" for reason, found in refused.items()]
    return "\n".join([*lines, "", END])


def main():
    document = DOCUMENT.read_text()
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + render() + after
    if wanted == document:
        return 0
    if "--check" in sys.argv[1:]:
        print("docs/nginx.md is not what the catalogue says: run docs/nginx_table.py")
        return 1
    DOCUMENT.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
