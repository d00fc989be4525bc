"""What arrows.py and tidy.py share: the files there are, C++ without comments and literals, how to report."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/"""                          # comments
    r"""|R"(?P<tag>[^()\s\\]*)\(.*?\)(?P=tag)\""""     # raw strings
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",   # strings, characters (not digit separators: see below)
    re.DOTALL,
)
_DIGIT_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def files(folders, suffixes):
    """Sorted paths below these folders, relative to the root, without build products and corpora."""
    found = []
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            relative = path.relative_to(ROOT)
            if path.suffix in suffixes and path.is_file() and "corpus" not in relative.parts:
                found.append(relative)
    return sorted(found)


def code_only(text):
    """The text with comments and literals blanked, every line kept where it was."""
    text = _DIGIT_SEPARATOR.sub("_", text)

    def blank(match):
        return "".join(c if c == "\n" else " " for c in match.group(0))

    return _NOISE.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def report(findings):
    """Prints `file:line: what is wrong; what to do` and leaves with 1 if there is anything to print."""
    for path, line, message in findings:
        print(f"{path}:{line}: {message}")
    if findings:
        print(f"{len(findings)} finding{'s' if len(findings) != 1 else ''}")
        sys.exit(1)


def expect(condition, what):
    if not condition:
        print(f"{Path(sys.argv[0]).name}: its own self-test failed: {what}")
        sys.exit(2)
