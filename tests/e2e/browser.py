"""Debian's Chromium, without a window, driven over its DevTools protocol: websockets and JSON."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType

import websockets

from programs import CHROMIUM
from raw import eventually

PATIENCE = 120.0   # a machine that is busy with other tests starts a browser slowly


def key_hash(certificate: Path) -> str:
    """What `--ignore-certificate-errors-spki-list` knows a key by: trust in this one certificate."""
    key = subprocess.run(["openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, check=True,
                         capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Browser:
    """One browser with one page; a context, at whose end it is gone."""

    def __init__(self, directory: Path, certificate: Path) -> None:
        assert CHROMIUM is not None, "chromium is not installed"
        self.directory = directory / "browser"
        self.directory.mkdir()
        self.log = directory / "browser.log"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--no-proxy-server", "--remote-debugging-port=0", f"--user-data-dir={self.directory}",
                   f"--ignore-certificate-errors-spki-list={key_hash(certificate)}", "about:blank"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([CHROMIUM, *options], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True,
                                            env=dict(os.environ) | {"HOME": str(self.directory)})

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)   # of the session it was started in
        except ProcessLookupError:
            pass
        self.process.wait(PATIENCE)

    def address(self) -> str:
        """Where it listens for what is to be done."""
        file = self.directory / "DevToolsActivePort"

        def is_written() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return file.exists() and file.read_text().count("\n") >= 1

        eventually(is_written, "the browser listens", PATIENCE)
        port, path = file.read_text().splitlines()[:2]
        return f"ws://127.0.0.1:{port}{path}"

    def results(self, url: str, expression: str) -> object:
        """Loads the page and waits until the expression has a value in it: that."""
        return asyncio.run(asyncio.wait_for(self._results(url, expression), PATIENCE))

    async def _results(self, url: str, expression: str) -> object:
        async with websockets.connect(self.address(), max_size=None) as devtools:
            number = 0
            session: dict[str, str] = {}

            async def call(method: str, **parameters: object) -> dict:
                nonlocal number
                number += 1
                message = {"id": number, "method": method, "params": parameters, **session}
                await devtools.send(json.dumps(message))
                while True:
                    answer = json.loads(await devtools.recv())
                    if answer.get("id") == number:
                        assert "error" not in answer, answer
                        return answer["result"]

            target = (await call("Target.createTarget", url="about:blank"))["targetId"]
            attached = await call("Target.attachToTarget", targetId=target, flatten=True)
            session["sessionId"] = attached["sessionId"]
            went = await call("Page.navigate", url=url)
            assert not went.get("errorText"), went
            while True:
                found = await call("Runtime.evaluate", expression=expression, returnByValue=True)
                assert "exceptionDetails" not in found, found
                value = found["result"].get("value")
                if value is not None:
                    return value
                await asyncio.sleep(0.05)
