"""build/tests/watch_containers: what Gatehouse knows of an engine's containers, as it comes to know it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

from raw import eventually

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("GATEHOUSE_WATCHER", CHECKOUT / "build/tests/watch_containers"))


class Watcher:
    """The program, and all it printed: `calls` as it told them, `containers` as they are known now."""

    def __init__(self, endpoint: str) -> None:
        self.calls: list[dict[str, dict | None]] = []
        self.containers: dict[str, dict] = {}
        self.reports: list[str] = []
        self.process = subprocess.Popen([PROGRAM, endpoint], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            content = json.loads(line)
            if "report" in content:
                self.reports.append(content["report"])
                continue
            for container, facts in content["changes"].items():
                if facts is None:
                    self.containers.pop(container, None)
                else:
                    self.containers[container] = facts
            self.calls.append(content["changes"])

    def told(self, container: str) -> list[dict | None]:
        """All that was told of one container, in order."""
        return [call[container] for call in list(self.calls) if container in call]

    def until(self, container: str, what: str, seconds: float = 20, **facts: object) -> dict:
        """Waits until these facts are known of the container."""
        def holds() -> bool:
            known = self.containers.get(container)
            return known is not None and all(known[name] == value for name, value in facts.items())
        eventually(holds, f"{what}: {facts}; known: {self.containers.get(container)}", seconds)
        return self.containers[container]

    def until_gone(self, container: str) -> None:
        eventually(lambda: container not in self.containers, f"{container} is gone", 20)

    def until_first(self) -> None:
        eventually(lambda: self.calls, "a first call", 20)

    def until_reported(self, text: str, seconds: float = 20) -> None:
        eventually(lambda: any(text in report for report in self.reports), text, seconds)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.thread.join()
