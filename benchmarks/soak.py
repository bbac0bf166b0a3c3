"""`python -m benchmarks.soak --minutes N`: what a long recording does to memory and to the time of its streams."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av
import numpy as np

from benchmarks import procfs
from benchmarks.desk import on_private_desktop
from benchmarks.workloads import Workload
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.clock import perf_ns
from capture.config import RecorderConfig
from capture.runtime import all_runtimes
from capture.synccheck.clapper import Clap, Clapper
from capture.synccheck.measure import click_ns, tone_ns, white_ns

NS = 1_000_000_000
FPS = 30
SAMPLE_S = 5.0
WARM_UP_S = 120.0
CLAPS = 9
PLACE = (1600, 60)
"""Where the clapper flashes."""
SOUND_AIM_MS = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """How much later than it happened a clap is in the recording, in ms; `None` where it was not found."""

    picture: float | None
    sound: float | None
    event: float | None


@dataclass(frozen=True, slots=True)
class Slope:
    """MB per hour, and between which bounds it lies with 95 %."""

    middle: float
    low: float
    high: float

    @property
    def is_flat(self) -> bool:
        """Whether it can't be told from none."""
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        return f"{self.middle:+.1f} MB/h ({self.low:+.1f} to {self.high:+.1f})"


def slope_mb_h(samples: list[tuple[float, float]]) -> Slope | None:
    """How memory grows, of (seconds, MB): the median of the slopes between each two minutes; `None` for too few.

    The first two minutes, in which all is set up, are left out, and a minute counts as the median of its samples, as a
    child that is just being started counts as much as its parent for a moment. Estimate and bounds: P. K. Sen,
    Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63 (1968).
    """
    late = [sample for sample in samples if sample[0] >= WARM_UP_S]
    minutes = [
        (at, median(size for when, size in late if when // 60 == at)) for at in sorted({w // 60 for w, _ in late})
    ]
    count = len(minutes)
    if count < 4:
        return None
    slopes = sorted((b - a) / (t - s) * 60 for i, (s, a) in enumerate(minutes) for t, b in minutes[i + 1 :])
    spread = 1.96 * (count * (count - 1) * (2 * count + 5) / 18) ** 0.5
    low = max(0, round((len(slopes) - spread) / 2))
    return Slope(median(slopes), slopes[low], slopes[-1 - low])


def hear(bundle: SessionBundle, clap: Clap, epoch_ns: int) -> Heard:
    """Finds a clap in a recording."""

    def late(found_ns: int | None, made_ns: int) -> float | None:
        return None if found_ns is None else (found_ns - (made_ns - epoch_ns)) / 1e6

    return Heard(
        late(white_ns(bundle.screen_path, clap.flash_ns - epoch_ns, PLACE), clap.flash_ns),
        late(tone_ns(bundle.screen_path, clap.beep_ns - epoch_ns), clap.beep_ns),
        late(click_ns(bundle, clap.click_ns - epoch_ns), clap.click_ns),
    )


def make_film(path: Path, seconds: float) -> Path:
    """What stands for the camera, which a private desktop lacks: a grey that comes and goes, 15 pictures a second.

    OpenCV is asked for twice as many, as it can't tell when a file's next picture is due.
    """
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(int(seconds * 30)):
            grey = np.full((360, 320), 60 + number * 2 % 120, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="yuv420p")))
        film.mux(stream.encode(None))
    return path


def clap_often(board: Clapper) -> list[Clap]:
    """Claps a few times, out of step with the pictures."""
    made = []
    for number in range(CLAPS):
        made.append(board.clap())
        time.sleep(0.5 + number / CLAPS / FPS)
    return made


def report(title: str, heard: list[Heard]) -> list[str]:
    """The lines about the claps of one end of the recording."""

    def pairs(name: str) -> list[float]:
        return [
            value - one.picture
            for one in heard
            if (value := getattr(one, name)) is not None and one.picture is not None
        ]

    lines = []
    for name, aim in (("sound", SOUND_AIM_MS), ("event", 1000 / FPS)):
        values = pairs(name)
        if not values:
            lines.append(f"  {title}: {name} - picture: not one clap was found – missed")
            continue
        middle = median(values)
        word = "met" if abs(middle) <= aim else "missed"
        lines.append(
            f"  {title}: {name} - picture {middle:+.1f} ms (from {min(values):+.1f} to {max(values):+.1f}, "
            f"{len(values)} of {len(heard)} claps; aim: within {aim:.0f}) – {word}"
        )
    return lines


def _memory_line(name: str, samples: list[tuple[float, float]]) -> str:
    whole, half = slope_mb_h(samples), slope_mb_h(samples[len(samples) // 2 :])
    sizes = [size for _, size in samples]
    verdict = "too short to tell" if whole is None else "within noise" if whole.is_flat else "beyond noise"
    return (
        f"  {name}: {min(sizes):.0f} to {max(sizes):.0f} MB, slope {whole or '-'} - {verdict}; "
        f"second half {half or '-'}"
    )


def soak(minutes: float, folder: Path) -> list[str]:
    """Records for a while and returns what there is to say."""
    bundle = SessionBundle.create(folder, label="soak")
    camera = make_film(folder / "camera.mp4", minutes * 60 + 60)
    config = RecorderConfig(fps=FPS, system="default", camera=str(camera), min_free_bytes=0, warn_free_bytes=0)
    samples: list[tuple[float, float]] = []
    own: list[tuple[float, float]] = []
    with Workload("desktop", folder) as workload, Clapper(*PLACE) as board:
        time.sleep(2)
        client = RecorderClient.spawn(bundle, config, lambda _event: None)
        client.start()
        epoch_ns = perf_ns() - client.now_ns()
        pid = all_runtimes(bundle.path)[0][1].pid
        begun = time.monotonic()
        time.sleep(5)
        first = clap_often(board)
        workload.act()
        while (at := time.monotonic() - begun) < minutes * 60:
            samples.append((at, procfs.resident_mb(pid)))
            own.append((at, procfs.own_mb(pid)))
            print(
                f"  {at:7.0f} s  {samples[-1][1]:7.1f} MB, {own[-1][1]:7.1f} MB its own  load {os.getloadavg()[0]:.2f}",
                flush=True,
            )
            time.sleep(SAMPLE_S)
        last = clap_often(board)
        peak, spent_s = procfs.peak_mb(pid), procfs.tree_cpu_s(pid)
        summary = client.stop(120)
    size_mb_h = bundle.screen_path.stat().st_size / summary.duration_ns * NS * 3600 / 1e6
    return [
        f"  {summary.duration_ns / NS / 60:.1f} min, {summary.frames} frames, {summary.dropped} dropped, "
        f"{summary.events} events, {size_mb_h:.0f} MB/h",
        _memory_line("memory", samples) + f"; peak {peak:.0f} MB",
        _memory_line("its own", own),
        f"  CPU: {spent_s / summary.duration_ns * NS:.1%} of a processor",
        *report("start", [hear(bundle, clap, epoch_ns) for clap in first]),
        *report("end", [hear(bundle, clap, epoch_ns) for clap in last]),
    ]


def main() -> int:
    """Entry of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()

    def work() -> None:
        print(
            f"{options.minutes:g} minutes: screen at {FPS} frames a second, microphone, computer sound, a film for a "
            f"camera, input, windows; {os.cpu_count()} processors"
        )
        with tempfile.TemporaryDirectory(prefix="moderato-soak-") as folder:
            print("\n".join(["", *soak(options.minutes, Path(folder))]))

    return on_private_desktop(work)


if __name__ == "__main__":
    sys.exit(main())
