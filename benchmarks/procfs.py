"""CPU time and memory of processes, from /proc (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Stat:
    name: str
    parent: int
    cpu_s: float
    """User and system time, own and of children that have ended."""


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return _Stat(name, int(fields[1]), sum(map(int, fields[11:15])) * _TICK_S)


def _all_stats() -> dict[int, _Stat]:
    pids = (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return {pid: stat for pid in pids if (stat := _stat(pid)) is not None}


def tree(root: int) -> list[int]:
    """A process and all below it that live."""
    stats = _all_stats()
    found = [root] if root in stats else []
    for pid in found:
        found += [child for child, stat in stats.items() if stat.parent == pid]
    return found


def tree_cpu_s(root: int) -> float:
    """User and system time of a process and everything below it, in seconds."""
    stats = _all_stats()
    return sum(stats[pid].cpu_s for pid in tree(root) if pid in stats)


def child_named(name: str) -> int:
    """This process's own child with a program name. Raises `LookupError`."""
    for pid, stat in _all_stats().items():
        if stat.name == name and stat.parent == os.getpid():
            return pid
    raise LookupError(name)


def _status_kb(pid: int, key: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def peak_mb(root: int) -> float:
    """The most memory a process, and each below it, ever had at once (VmHWM), summed, in MB."""
    return sum(_status_kb(pid, "VmHWM") for pid in tree(root)) / 1000


def resident_mb(root: int) -> float:
    """Memory of a process and those below it now (VmRSS), in MB."""
    return sum(_status_kb(pid, "VmRSS") for pid in tree(root)) / 1000


def own_mb(root: int) -> float:
    """Of that memory what it shares with no file, device or other program (RssAnon), in MB."""
    return sum(_status_kb(pid, "RssAnon") for pid in tree(root)) / 1000


def busy_s() -> float:
    """Time all processors of the machine have worked since it started, in seconds."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) * _TICK_S


class CpuMeter:
    """CPU seconds of named process trees over a span, and of everything else on the machine."""

    def __init__(self, roots: Iterable[tuple[str, int]]) -> None:
        self._roots = dict(roots)
        self._before = {name: tree_cpu_s(pid) for name, pid in self._roots.items()}
        self._own_before = _own_cpu_s()
        self._busy_before = busy_s()

    def read(self) -> dict[str, float]:
        """CPU seconds since the start by name; "others" is what belongs to none of them nor to this process."""
        busy = busy_s() - self._busy_before
        spent = {name: tree_cpu_s(pid) - self._before[name] for name, pid in self._roots.items()}
        spent["others"] = max(0.0, busy - sum(spent.values()) - (_own_cpu_s() - self._own_before))
        return spent


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system
