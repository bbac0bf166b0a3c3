"""What is on the screen while it is recorded: programs of their own, the same each time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("idle", "desktop", "motion")
READY_TIMEOUT_S = 60
SETTLE_S = 1.0


class Workload:
    """The programs of one workload, on the display named by `DISPLAY`. Use as a context manager."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._out = folder / "workload.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.shown: list[tuple[int, int]] = []
        """motion, once it has ended: counter and `perf_counter_ns` of every frame it showed."""

    def __enter__(self) -> Workload:
        self._out.unlink(missing_ok=True)
        if self.name == "motion":
            self._start("benchmarks.workload_motion", str(self._out))
        else:
            self._start("benchmarks.workload_desktop", "window", str(self._out))
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self._out.exists():
            if time.monotonic() > deadline or self._processes[0].poll() is not None:
                self.__exit__()
                raise RuntimeError(f"the {self.name} workload did not start")
            time.sleep(0.05)
        time.sleep(SETTLE_S)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(20)
        if self.name == "motion" and self._out.exists():
            self.shown = [(number, shown) for number, shown in json.loads(self._out.read_text())]

    def act(self) -> None:
        """Begins what is to be recorded; the recorder runs by now."""
        if self.name == "desktop":
            self._start("benchmarks.workload_desktop", "hands", str(self._out))

    def rest(self) -> None:
        """The hands let go; what is on the screen stays."""
        for process in self._processes[1:]:
            process.terminate()
            process.wait(20)
        del self._processes[1:]

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def is_alive(self) -> bool:
        """Whether all programs still run."""
        return all(process.poll() is None for process in self._processes)

    def _start(self, module: str, *arguments: str) -> None:
        self._processes.append(subprocess.Popen([sys.executable, "-m", module, *arguments]))
