#!/usr/bin/env python3
"""Builds the container image with the engine that `docker` talks to (DOCKER_HOST): `./dev image`.

Everything the image holds goes into one archive, root.tar, with its owners and rights: the binary without its
debug information (kept beside the archive, in gatehouse.debug), its other names, the entry point, and what
nginx's users expect to be there.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
NGINX = 101   # user and group, as in nginx's image
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
DEBIAN_BASE = "gatehouse-base:bookworm"
DEBIAN_PACKAGES = "ca-certificates,curl,tzdata"
# What nginx installs beside its configuration: the binary carries the texts, and prints them.
INCLUDED = ("mime.types", "proxy_params", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params")
LINKS = {
    "usr/sbin/nginx": "../bin/gatehouse",
    "usr/sbin/nginx-debug": "../bin/gatehouse",
    "usr/local/bin/traefik": "../../bin/gatehouse",
    "usr/bin/gatehouse-health": "../lib/gatehouse/entry",
    "docker-entrypoint.sh": "usr/lib/gatehouse/entry",   # nginx's name for it
    "entrypoint.sh": "usr/lib/gatehouse/entry",          # and Traefik's
    "var/log/nginx/access.log": "/dev/stdout",
    "var/log/nginx/error.log": "/dev/stderr",
}
# Where there is no system around the gateway.
ALONE_LINKS = {"var/run": "/run", "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt"}
ALONE_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/false\n"
                  f"nginx:x:{NGINX}:{NGINX}:nginx user:/nonexistent:/bin/false\n"
                  "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": f"root:x:0:\nnginx:x:{NGINX}:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def fail(text: str) -> None:
    sys.exit(f"image: {text}")


def run(command: Sequence[str | Path], **settings) -> subprocess.CompletedProcess:
    done = subprocess.run([str(word) for word in command], check=False, **settings)
    if done.returncode != 0:
        fail(f"{command[0]} failed")
    return done


class Root:
    """The archive being written: the same bytes for the same content."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.directories = {"."}

    def directory(self, path: str, mode: int = 0o755, owner: int = 0) -> None:
        if path in self.directories:
            return
        parent = str(Path(path).parent)
        if parent not in self.directories:
            self.directory(parent)
        self.directories.add(path)
        self._add(path, tarfile.DIRTYPE, mode, owner)

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        self.directory(str(Path(path).parent))
        self._add(path, tarfile.REGTYPE, mode, 0, content)

    def link(self, path: str, target: str) -> None:
        self.directory(str(Path(path).parent))
        self._add(path, tarfile.SYMTYPE, 0o777, 0, target=target)

    def _add(self, path: str, kind: bytes, mode: int, owner: int, content: bytes = b"",
             target: str = "") -> None:
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.uid, info.gid, info.linkname = kind, mode, owner, owner, target
        info.size = len(content)
        self.tar.addfile(info, io.BytesIO(content))


def strip(binary: Path, output: Path) -> Path:
    """The binary without debug information, which goes into a file that debuggers find by its name."""
    stripped, debug = output / "gatehouse", output / "gatehouse.debug"
    run(["objcopy", "--only-keep-debug", binary, debug])
    run(["strip", "-o", stripped, binary])
    run(["objcopy", f"--add-gnu-debuglink={debug}", stripped])
    return stripped


def included_files(binary: Path) -> dict[str, str]:
    """The texts of INCLUDED, from the binary's own dump of a configuration that wants them all."""
    places = [f"location /{number} {{ include {name}; }}" for number, name in enumerate(INCLUDED[1:])]
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "probe.conf")
        config.write_text(f"events {{}} http {{ include {INCLUDED[0]}; server {{ {' '.join(places)} }} }}\n")
        command = [binary, "-T", "-q", "-p", directory, "-c", config]
        dump = run(command, stdout=subprocess.PIPE, text=True).stdout
    files = {}
    for part in dump.split("# configuration file built-in:")[1:]:
        name, text = part.split(":\n", 1)
        files[name] = text.split("# configuration file ")[0].rstrip("\n") + "\n"
    if set(files) != set(INCLUDED):
        fail(f"{binary} carries {sorted(files)}, not {sorted(INCLUDED)}")
    return files


def write_root(path: Path, binary: Path, entry: Path, is_alone: bool) -> None:
    with tarfile.open(path, "w") as tar:
        root = Root(tar)
        root.file("usr/bin/gatehouse", binary.read_bytes(), 0o755)
        root.file("usr/lib/gatehouse/entry", entry.read_bytes(), 0o755)
        for name, text in included_files(binary).items():
            root.file(f"etc/nginx/{name}", text.encode())
        for source in sorted((HERE / "root").rglob("*")):
            if source.is_file():
                root.file(str(source.relative_to(HERE / "root")), source.read_bytes())
        for name, target in LINKS.items():
            root.link(name, target)
        root.directory("docker-entrypoint.d")
        root.directory("run")
        root.directory("var/cache/nginx", owner=NGINX)
        root.directory("var/lib/gatehouse", 0o700)
        if not is_alone:
            return
        for name, text in ALONE_FILES.items():
            root.file(name, text.encode())
        for name, target in ALONE_LINKS.items():
            root.link(name, target)
        if not CERTIFICATES.exists():
            fail(f"{CERTIFICATES} is needed, to verify https endpoints: install ca-certificates")
        root.file("etc/ssl/certs/ca-certificates.crt", CERTIFICATES.read_bytes())
        root.directory("tmp", 0o1777)
        root.directory("root", 0o700)


def make_debian_base(output: Path) -> None:
    """A minimal Debian as an image, where the engine has none of that name yet."""
    known = subprocess.run(["docker", "image", "inspect", DEBIAN_BASE], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    if known.returncode == 0:
        return
    if shutil.which("debootstrap", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        fail("debootstrap is needed to make a Debian base (and root to run it): install it, or name an image "
             "that you have with --base")
    base = output / "base.tar"
    run(["debootstrap", "--variant=minbase", f"--include={DEBIAN_PACKAGES}", "bookworm", output / "base"],
        stdout=subprocess.DEVNULL)
    shutil.rmtree(output / "base/var/cache/apt/archives", ignore_errors=True)
    shutil.rmtree(output / "base/var/lib/apt/lists", ignore_errors=True)
    (output / "base/var/cache/apt/archives/partial").mkdir(parents=True)
    run(["tar", "--numeric-owner", "--one-file-system", "-C", output / "base", "-cf", base, "."])
    run(["docker", "import", base, DEBIAN_BASE])
    shutil.rmtree(output / "base")
    base.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--debian", action="store_true", help="on a Debian of its own, with a shell")
    parser.add_argument("--base", help="on this image, which must be a Debian")
    parser.add_argument("--tag", help="the image's name [gatehouse, gatehouse:debian]")
    parser.add_argument("--binary", type=Path, default=CHECKOUT / "build/gatehouse")
    parser.add_argument("--entry", type=Path, default=CHECKOUT / "build/image_entry")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "build/image",
                        help="where the debug information and the archive go [build/image]")
    options = parser.parse_args()
    if shutil.which("docker") is None:
        fail("the docker command is needed (Debian: docker.io)")
    for program in (options.binary, options.entry):
        if not program.exists():
            fail(f"{program} is not built: ./dev build gatehouse image_entry")
    is_debian = options.debian or options.base is not None
    output = options.output
    output.mkdir(parents=True, exist_ok=True)
    context = output / "context"
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir()
    stripped = strip(options.binary, output)
    entry = output / "entry"
    run(["strip", "-o", entry, options.entry])
    write_root(context / "root.tar", stripped, entry, not is_debian)
    shutil.copy(HERE / ("Dockerfile.debian" if is_debian else "Dockerfile"), context / "Dockerfile")
    arguments = []
    if is_debian:
        if options.base is None:
            make_debian_base(output)
        arguments = ["--build-arg", f"BASE={options.base or DEBIAN_BASE}"]
    tag = options.tag or ("gatehouse:debian" if is_debian else "gatehouse")
    run(["docker", "build", "--tag", tag, *arguments, context])
    print(f"image: {tag}; its debug information: {output / 'gatehouse.debug'}")


if __name__ == "__main__":
    main()
