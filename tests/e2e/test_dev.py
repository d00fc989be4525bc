"""./dev on a machine where nothing is installed: what it asks Debian for before it needs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from gateway import CHECKOUT

# What each thing the build description looks for comes from.
PACKAGE_OF = {"GTest": "libgtest-dev", "rapidcheck": "librapidcheck-dev", "PkgConfig": "pkg-config",
              "Threads": "g++", "libpcre2-8": "libpcre2-dev", "libcares": "libc-ares-dev",
              "libnghttp2": "libnghttp2-dev", "libssl": "libssl-dev", "libcrypto": "libssl-dev",
              "nlohmann_json": "nlohmann-json3-dev"}
STANDS_IN = {name: 'echo "${0##*/} $*" >>"${0%/*}/../calls"' for name in ("dpkg-query", "cmake", "ninja")} | {
    "apt-get": 'echo "apt-get $* ($DEBIAN_FRONTEND)" >>"${0%/*}/../calls"',
    "id": "echo 1000",   # not root
    "sudo": 'exec env -i PATH="$PATH" "$@"',
}


def looked_for() -> set[str]:
    """What configuring fails without."""
    files = [CHECKOUT / "CMakeLists.txt", *CHECKOUT.glob("cmake/*.cmake"), *CHECKOUT.glob("*/CMakeLists.txt")]
    text = "\n".join(file.read_text() for file in files)
    patterns = (r"find_package\((\w+) REQUIRED", r"find_library\(\w+ (\w+) REQUIRED",
                r"pkg_check_modules\(.* (\S+)\)")
    return {name for pattern in patterns for name in re.findall(pattern, text)}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of ./dev; what installs or builds only notes how it was called, in `calls`."""
    shutil.copy(CHECKOUT / "dev", tmp_path / "dev")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, does in STANDS_IN.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    return tmp_path


def calls(bare: Path, *arguments: str) -> list[str]:
    """What ./dev with these arguments called, without its questions to dpkg."""
    subprocess.run([bare / "dev", *arguments], check=True, capture_output=True, timeout=60,
                   env=dict(os.environ) | {"PATH": f"{bare}/programs:{os.environ['PATH']}"})
    return [call for call in (bare / "calls").read_text().splitlines() if not call.startswith("dpkg-query")]


def test_a_build_installs_what_configuring_looks_for(bare: Path) -> None:
    update, install, configure, build = calls(bare, "build", "gatehouse")
    assert update.startswith("apt-get update") and install.startswith("apt-get install")
    assert {PACKAGE_OF[name] for name in looked_for()} <= set(install.split())
    assert configure == "cmake --preset release" and build == "ninja -C build gatehouse"


def test_a_configured_build_installs_nothing(bare: Path) -> None:
    (bare / "build").mkdir()
    (bare / "build/build.ninja").touch()
    assert calls(bare, "build") == ["ninja -C build"]


def test_installing_asks_no_questions_of_who_is_not_root(bare: Path) -> None:
    assert calls(bare, "build")[1].endswith("(noninteractive)")
