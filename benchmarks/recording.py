"""`python -m benchmarks.recording`: what recording the screen costs, beside `ffmpeg -f x11grab`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import media, procfs, recorders, workloads
from benchmarks.desk import on_private_desktop
from capture.encode import CRF, KEY_AFTER_FRAMES, PRESET

SIZE = (1920, 1080)
WARM_UP_S = 3.0
QUIET_LOAD = 0.25
"""Processors that others may keep busy during a round; a round with more is done again."""
ATTEMPTS = 3
PATIENCE_S = 20.0
"""How long each round waits for a machine that has nothing else to do."""
CPU_AIMS = {"idle": 0.10, "desktop": 0.40, "motion": 1.00}
SIZE_AIMS_MB_H = {"idle": 20.0, "desktop": 200.0}


@dataclass(frozen=True, slots=True)
class Round:
    """One recording: times in seconds, memory in MB."""

    recorder: str
    cpu_s: float
    x_cpu_s: float
    others: float
    load: float
    peak_mb: float
    dropped: int
    picture: media.Picture
    kept: float | None
    """motion: the share of the source's frames that are in the file."""

    def line(self, number: int) -> str:
        """As a row of the table."""
        kept = "" if self.kept is None else f"{self.kept:7.1%}"
        mark = " *" if self.others > QUIET_LOAD else ""
        return (
            f"  {number:>2} {self.recorder:<9}{self.cpu_s:8.2f}{self.x_cpu_s:8.2f}{self.peak_mb:8.0f}"
            f"{self.picture.frames:8}{self.dropped:6}{self.picture.bytes_per_hour / 1e6:9.1f}{self.picture.keys:6}"
            f"{self.picture.key_bytes / 1e3:8.0f}{kept:>9}{self.others:8.2f}{self.load:7.2f}{mark}"
        )


HEADER = "  nr recorder    cpu s  x cpu  peakMB  frames  drop     MB/h  keys   keykB     kept  others   load"


def wait_for_quiet() -> None:
    """Waits, but not for ever, until others leave the processors alone."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        meter = procfs.CpuMeter([])
        time.sleep(2)
        if meter.read()["others"] / 2 <= QUIET_LOAD:
            return


def record(workload_name: str, recorder: recorders.Recorder, seconds: float, folder: Path) -> Round:
    """Records one workload once, and measures the span between warm-up and end."""
    with workloads.Workload(workload_name, folder) as workload:
        pid = recorder.start(folder, SIZE)
        workload.act()
        time.sleep(WARM_UP_S)
        roots = [("recorder", pid), ("x", procfs.child_named("Xvfb"))]
        roots += [(f"workload {n}", one) for n, one in enumerate(workload.pids)]
        meter = procfs.CpuMeter(roots)
        begun, begun_ns = time.perf_counter(), time.perf_counter_ns()
        time.sleep(seconds)
        spent = meter.read()
        took, ended_ns = time.perf_counter() - begun, time.perf_counter_ns()
        peak = procfs.peak_mb(pid)
        is_whole = workload.is_alive()
        path, dropped = recorder.stop()
    if not is_whole:
        raise RuntimeError(f"the {workload_name} workload ended by itself")
    kept = None
    if workload_name == "motion":
        # The very last ones may still be on their way when the recorder is told to end: not counted.
        wanted = {number for number, shown in workload.shown if begun_ns < shown < ended_ns - 200_000_000}
        kept = len(wanted & media.counters(path)) / len(wanted)
    return Round(
        recorder=recorder.name,
        cpu_s=spent["recorder"] / took * seconds,
        x_cpu_s=spent["x"] / took * seconds,
        others=spent["others"] / took,
        load=os.getloadavg()[0],
        peak_mb=peak,
        dropped=dropped,
        picture=media.picture(path, seconds),
        kept=kept,
    )


def compare(workload_name: str, rounds: int, seconds: float) -> list[str]:
    """Records with both in turn, prints every round, and returns the lines of the verdict."""
    print(f"\n{workload_name}: {seconds:.0f} s a round")
    print(HEADER)
    done: dict[str, list[Round]] = {"moderato": [], "ffmpeg": []}
    for number in range(1, rounds + 1):
        for kind in (recorders.Moderato, recorders.Ffmpeg):
            for attempt in range(ATTEMPTS):
                wait_for_quiet()
                with tempfile.TemporaryDirectory(prefix="moderato-benchmark-") as folder:
                    result = record(workload_name, kind(), seconds, Path(folder))
                print(result.line(number), flush=True)
                if result.others <= QUIET_LOAD or attempt == ATTEMPTS - 1:
                    break
            done[kind.name].append(result)
    return verdict(workload_name, done["moderato"], done["ffmpeg"], seconds)


def verdict(workload: str, ours: list[Round], theirs: list[Round], seconds: float) -> list[str]:
    """The medians beside the aims."""

    def ratio(name: str) -> float:
        pairs = zip(ours, theirs, strict=True)
        return float(median(getattr(a, name) / max(0.01, getattr(b, name)) for a, b in pairs))

    lines = [
        _aim(f"{workload}: CPU against ffmpeg", ratio("cpu_s"), CPU_AIMS[workload], "{:.2f}"),
        f"  {workload}: X server's CPU against ffmpeg's: {ratio('x_cpu_s'):.2f};  both together: "
        f"{median((a.cpu_s + a.x_cpu_s) / (b.cpu_s + b.x_cpu_s) for a, b in zip(ours, theirs, strict=True)):.2f}",
        f"  {workload}: peak memory {median(a.peak_mb for a in ours):.0f} MB, "
        f"ffmpeg {median(b.peak_mb for b in theirs):.0f} MB",
    ]
    size = median(a.picture.bytes_per_hour for a in ours) / 1e6
    other = median(b.picture.bytes_per_hour for b in theirs) / 1e6
    if not any(a.picture.keys for a in ours):
        # Too short to hold a keyframe, though one comes in the end: add what it will cost, told by the file's first.
        still_s = seconds * KEY_AFTER_FRAMES / max(1, median(a.picture.frames for a in ours))
        size += median(a.picture.key_bytes for a in ours) * 3600 / still_s / 1e6
    if workload in SIZE_AIMS_MB_H:
        lines.append(_aim(f"{workload}: picture, MB/h (ffmpeg {other:.0f})", size, SIZE_AIMS_MB_H[workload], "{:.0f}"))
    else:
        lines.append(f"  {workload}: picture {size:.0f} MB/h, ffmpeg {other:.0f} MB/h")
    if workload == "motion":
        a = median(one.kept or 0.0 for one in ours)
        b = median(one.kept or 0.0 for one in theirs)
        word = "met" if a >= b else "missed"
        lines.append(f"  motion: frames of the source kept {a:.1%}, ffmpeg {b:.1%} (aim: no fewer) – {word}")
    return lines


def _aim(what: str, value: float, aim: float, form: str) -> str:
    word = "met" if value <= aim else "missed"
    return f"  {what}: {form.format(value)} (aim: {form.format(aim)} or less) – {word}"


def main() -> int:
    """Entry of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workload", choices=workloads.NAMES, action="append")
    options = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        print("ffmpeg is not installed, and it is what the recorder is compared with (Debian: the package ffmpeg).")
        return 1

    def work() -> None:
        version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
        print(
            f"{SIZE[0]}x{SIZE[1]} at {recorders.FPS} frames a second, libx264 preset {PRESET} crf {CRF} for both, "
            f"ffmpeg {version}, {os.cpu_count()} processors, {time.strftime('%Y-%m-%d')}"
        )
        lines = [
            line
            for name in options.workload or workloads.NAMES
            for line in compare(name, options.rounds, options.seconds)
        ]
        print("\nMedians of the ratios, round by round")
        print("\n".join(lines))

    return on_private_desktop(work)


if __name__ == "__main__":
    sys.exit(main())
