#!/usr/bin/env python3
"""Size and form: what keeps the sources readable and is cheap to check.

Files of at most 500 lines, functions of at most 70, lines of at most 110 columns; no tabs, no spaces at the
end of a line, no notes to oneself; every header begins with #pragma once and a comment that says what it is.
Also what g++ 12 gets wrong about co_await.
"""

import re

from sources import ROOT, code_only, expect, files, line_of, report

LONGEST_FILE = 500
LONGEST_FUNCTION = 70
LONGEST_LINE = 110

# path -> why it may be longer than LONGEST_FILE
LONG_FILES = {}

NOTE = re.compile(r"(?://|#|\*)\s*(TODO|FIXME|XXX|HACK)\b")
NO_FUNCTION = re.compile(r"^(if|for|while|switch|catch|do|else|return|namespace|extern)\b")
TYPE = re.compile(r"\b(class|struct|union|enum)\b[^()]*$")


def check_lines(text):
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} columns: at most {LONGEST_LINE}; break the line (./dev format does)"
        if "\t" in line:
            yield number, "a tab: write spaces, or \\t inside a literal"
        if line != line.rstrip():
            yield number, "spaces at the end of the line: remove them"
        if note := NOTE.search(line):
            yield number, f"{note.group(1)}: do it, or write it down as an issue"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file: add one"


def check_length(path, text):
    count = text.count("\n")
    if count > LONGEST_FILE and str(path) not in LONG_FILES:
        yield LONGEST_FILE, f"{count} lines: at most {LONGEST_FILE}; divide the file by what it is about"


def check_header(text):
    lines = text.split("\n")
    if lines[0] != "#pragma once":
        yield 1, "a header begins with #pragma once"
    elif not lines[1].startswith("// "):
        yield 2, "no header comment: say what this is, who owns it, on which thread (2-5 sentences)"


def functions(code):
    """Yields the offsets of the opening and the closing brace of every function body."""
    stack = []   # ("scope" | "function" | "block", offset)
    head_start = 0
    for match in re.finditer(r"[;{}]", code):
        if match.group(0) == "{":
            lines = code[head_start:match.start()].split("\n")
            head = " ".join(line for line in lines if not line.startswith("#"))
            head = re.sub(r"\b(public|private|protected):", "", head).strip()
            outside = all(kind == "scope" for kind, _ in stack)
            if head.startswith(("namespace", "extern")) or TYPE.search(head):
                kind = "scope"
            elif outside and ")" in head and not NO_FUNCTION.match(head):
                kind = "function"
            else:
                kind = "block"
            stack.append((kind, match.start()))
        elif match.group(0) == "}" and stack:
            kind, start = stack.pop()
            if kind == "function":
                yield start, match.start()
        head_start = match.end()


def check_functions(text):
    code = code_only(text)
    for start, end in functions(code):
        first, last = line_of(code, start), line_of(code, end)
        if last - first - 1 > LONGEST_FUNCTION:
            length = last - first - 1
            yield first, f"a function of {length} lines: at most {LONGEST_FUNCTION}; give its steps names"


def without_if_condition(statement):
    match = re.match(r"\s*(?:else\s+)?if\s*(?:constexpr\s*)?\(", statement)
    if not match:
        return statement
    depth = 1
    for offset in range(match.end(), len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[offset], 0)
        if depth == 0:
            return without_if_condition(statement[offset + 1:])
    return ""


def check_awaits(text):
    """g++ 12 runs both sides of ?:, && and || when a co_await is there, unless they are an `if` condition."""
    code = code_only(text)
    for match in re.finditer(r"[^;{}]*\bco_await\b[^;{}]*", code):
        statement = without_if_condition(match.group(0))
        if re.search(r"(\?|&&|\|\|)[^;]*\bco_await\b", statement):
            line = line_of(code, match.start() + match.group(0).index("co_await"))
            yield line, "co_await behind ?, && or ||: g++ 12 evaluates it regardless; write an if statement"


def self_test():
    expect(list(check_awaits("x = a ? co_await b() : c;")), "co_await in a conditional expression")
    expect(list(check_awaits("while (a && co_await b()) {}")), "co_await in a loop's condition")
    expect(not list(check_awaits("if (a && !co_await b()) return;")), "an if condition is safe")
    expect(not list(check_awaits("if (a || b) co_return co_await c(d ? e : f);")), "and so is what it guards")
    body = "    step();\n" * 71
    long_function = f"namespace a {{\nint f(int x) {{\n{body}}}\n}}\n"
    expect(list(check_functions(long_function))[0][0] == 2, "a long function")
    expect(list(check_functions(f"class A {{\n    void f() const {{\n{body}}}\n}};\n")), "a long member")
    type_and_table = f"struct A {{\n{body}}};\nint t[] = {{\n{body}}};\n"
    expect(not list(check_functions(type_and_table)), "types and tables may be long")
    expect(not list(check_functions("void f() {\n" + "}\nvoid f() {\n" * 99 + "}\n")), "many short functions")
    expect(not list(check_functions('void f() {\n    g("{");\n}\n' + body)), "a brace in a literal is none")
    expect(list(check_lines("x" * 111 + "\n")) and not list(check_lines("x" * 110 + "\n")), "line length")
    for text in ("a\tb\n", "a \n", "a"):
        expect(list(check_lines(text)), "white space")
    expect(list(check_lines("// TO" + "DO: later\n")), "notes")
    expect(list(check_header("// x\n")) and list(check_header("#pragma once\n\n")), "headers")
    expect(not list(check_header("#pragma once\n// What.\n")), "a good header")
    expect(list(check_length("a.cc", "\n" * 501)), "a long file")
    expect(not list(check_length("a.cc", "\n" * 500)), "a file that is just short enough")


def main():
    self_test()
    findings = []
    for path in files(["src", "tests", "bench", "packaging"], {".h", ".cc", ".py"}):
        text = (ROOT / path).read_text()
        found = list(check_lines(text)) + list(check_length(path, text))
        if path.suffix == ".h" and path.parts[0] == "src":
            found += check_header(text)
        if path.suffix in {".h", ".cc"}:
            found += check_functions(text)
            found += check_awaits(text)
        findings += [(path, *finding) for finding in sorted(found)]
    for name in LONG_FILES:
        if not (ROOT / name).exists() or (ROOT / name).read_text().count("\n") <= LONGEST_FILE:
            findings.append((name, 1, "needs no place in LONG_FILES any more: remove it"))
    report(findings)


if __name__ == "__main__":
    main()
