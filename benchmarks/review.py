"""`python -m benchmarks.review`: how long a full session takes to open, and how evenly its timeline moves."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from annotate.derived import make_missing
from annotate.store import StudyStore
from app import paths
from app.commands import CommandRegistry
from app.controllers.playback import MediaState
from app.jobs import Jobs
from app.settings import use_settings
from app.study_context import StudyContext
from app.theme import theme
from app.views.review import ReviewPage
from benchmarks.desk import on_private_desktop
from benchmarks.procfs import resident_mb
from benchmarks.review_study import Fullness, write_study
from capture.bundle import SessionBundle
from transcribe.cancel import CancelToken

OPEN_AIM_S = 1.0
FRAME_AIM_MS = 8.0
PATIENCE_S = 120.0
SPANS_S = (60, 600, None)
"""How much of the session is in sight while it is moved; None: half of it."""
ROUNDS = 3
PAN_FRAMES = 120


@dataclass(frozen=True, slots=True)
class Frame:
    """What one turn of the wheel took: on the clock, and of the processors' time."""

    wall_ms: float
    cpu_ms: float


class Desk:
    """The review page in a window of 1280x800, as the app shows it."""

    def __init__(self, study: Path) -> None:
        self.jobs, self.commands, self.window = Jobs(), CommandRegistry(), QMainWindow()
        self.context = StudyContext(StudyStore.open(study, author="Ada"), self.jobs, author="Ada")
        self.page = ReviewPage(self.context, self.commands)
        self.window.setCentralWidget(self.page)
        self.window.resize(1280, 800)
        self.window.show()
        wait(self.window.isActiveWindow)

    def open(self, session_id: str) -> tuple[float, float, float]:
        """Seconds until the desk is there to work on, until the picture is on it, until waveforms and thumbnails are.

        The first is over when transcript, table and timeline have been painted with all that is in the session.
        """
        page, began = self.page, time.perf_counter()
        page.open_session(session_id)
        wait(lambda: page.has_session() and len(page.controller.rows) > 0)
        settle()
        desk_s = time.perf_counter() - began
        wait(lambda: page.playback.state is MediaState.READY and page.video.has_frame())
        settle()
        picture_s = time.perf_counter() - began
        wait(lambda: page.tracks.data.thumbs is not None)
        settle()
        return desk_s, picture_s, time.perf_counter() - began

    def close(self) -> None:
        """Ends everything."""
        self.page.camera.close()
        self.page.playback.close()
        self.page.set_context(None)
        self.jobs.shutdown()
        self.window.hide()
        self.window.deleteLater()
        self.context.close()
        settle()


def wait(holds: Callable[[], bool]) -> None:
    """Works off events until `holds()`."""
    deadline = time.perf_counter() + PATIENCE_S
    while not holds():
        if time.perf_counter() > deadline:
            raise TimeoutError
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def settle() -> None:
    """Works off all that is due, painting among it, and lets the X server have it."""
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    QApplication.sync()


def wheel(page: ReviewPage, notches: float, *, zoom: bool) -> Frame:
    """Turns the wheel over the timeline, and waits until every widget that changed has been painted."""
    view = page.timeline.view.viewport()
    at = QPointF(view.width() * 0.6, view.height() * 0.5)
    modifier = Qt.KeyboardModifier.ControlModifier if zoom else Qt.KeyboardModifier.ShiftModifier
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    began, worked = time.perf_counter(), time.process_time()
    QApplication.sendEvent(view, event)
    settle()
    return Frame((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000)


def pan_frames(page: ReviewPage, span_s: float | None) -> list[Frame]:
    """To and fro, 40 pixels a frame; at an end of the session it turns round, so that each frame moves something."""
    axis = page.timeline.axis
    span = axis.duration_ns // 2 if span_s is None else int(span_s * 1e9)
    axis.show(axis.duration_ns // 4, axis.duration_ns // 4 + span)
    settle()
    frames: list[Frame] = []
    step, before = -0.5, axis.start_ns
    while len(frames) < PAN_FRAMES:
        frame = wheel(page, step, zoom=False)
        if axis.start_ns == before or len(frames) == PAN_FRAMES // 2:
            step = -step
        if axis.start_ns != before:
            frames.append(frame)
        before = axis.start_ns
    return frames


def zoom_frames(page: ReviewPage) -> list[Frame]:
    """From the whole session to half a second and out again, about the pointer."""
    page.timeline.axis.fit()
    settle()
    return [wheel(page, 0.5, zoom=True) for _ in range(85)] + [wheel(page, -0.5, zoom=True) for _ in range(85)]


def row(name: str, frames: Sequence[Frame]) -> str:
    """One line of the table."""
    walls = [frame.wall_ms for frame in frames]
    p50, p95 = np.percentile(walls, [50, 95])
    work = float(np.percentile([frame.cpu_ms for frame in frames], 95))
    over = sum(wall > FRAME_AIM_MS for wall in walls)
    return f"  {name:24} {len(frames):6} {p50:7.1f} {p95:7.1f} {max(walls):7.1f} {over:7} {work:8.1f}"


def measure(study: Path, session_id: str) -> list[str]:
    """Opens the session again and again, and moves its timeline."""
    lines = []
    opened = []
    desk = Desk(study)
    before = resident_mb(os.getpid())
    try:
        for _ in range(ROUNDS):
            opened.append(desk.open(session_id))
            desk.page.controller.close()
            settle()
        first = opened[0]
        again = [median(times) for times in zip(*opened[1:], strict=True)]
        lines += ["opening, seconds             desk  picture  waveforms and thumbnails"]
        lines += [f"  first time            {first[0]:9.2f} {first[1]:8.2f} {first[2]:8.2f}"]
        lines += [f"  again (median of {ROUNDS - 1})    {again[0]:9.2f} {again[1]:8.2f} {again[2]:8.2f}"]
        desk.open(session_id)
        page = desk.page
        size = page.timeline.view.viewport().size()
        lines += [f"memory: {resident_mb(os.getpid()):.0f} MB with the session open, {before:.0f} MB before"]
        shape = f"frames, ms ({size.width()}x{size.height()})"
        lines += [f"{shape:26} count     p50     p95     max  over {FRAME_AIM_MS:g}  cpu p95"]
        everything: list[Frame] = []
        for span_s in SPANS_S:
            if span_s is not None and span_s * 1e9 >= page.timeline.axis.duration_ns:
                continue  # all of it is in sight: nothing moves
            name = "pan, half the session" if span_s is None else f"pan, {span_s} s in sight"
            frames = pan_frames(page, span_s)
            everything += frames
            lines.append(row(name, frames))
        frames = zoom_frames(page)
        everything += frames
        lines.append(row("zoom, whole to 0.5 s", frames))
        lines.append(row("all", everything))
        p95 = float(np.percentile([frame.wall_ms for frame in everything], 95))
        lines.append(f"opens in {again[0]:.2f} s (aim: about {OPEN_AIM_S:g})")
        lines.append(
            f"frames at {p95:.1f} ms, 95 % (aim: {FRAME_AIM_MS:g}) – {'met' if p95 <= FRAME_AIM_MS else 'missed'}"
        )
    finally:
        desk.close()
    return lines


def main() -> int:
    """Entry of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--words", type=int, default=30_000)
    parser.add_argument("--observations", type=int, default=2_000)
    options = parser.parse_args()
    full = Fullness(options.hours, options.events, options.words, options.observations)

    def work() -> None:
        print(
            f"{full.hours:g} h, {full.events} events, {full.words} words, {full.observations} observations, "
            f"two sound tracks; {os.cpu_count()} processors",
            flush=True,
        )
        with tempfile.TemporaryDirectory(prefix="moderato-review-") as folder:
            paths.use_base(Path(folder) / "base")
            use_settings(None)
            study, session_id = write_study(Path(folder), full)
            with StudyStore.open(study, author="Ada") as store:
                bundle = SessionBundle(store.bundle_dir(store.session(session_id)))
            began = time.perf_counter()
            make_missing(bundle, CancelToken(), lambda _what: None)
            print(f"waveforms and thumbnails, made once: {time.perf_counter() - began:.1f} s", flush=True)
            app = QApplication.instance() or QApplication([])
            assert isinstance(app, QApplication)
            theme().apply(app)
            print("\n".join(measure(study, session_id)))

    return on_private_desktop(work)


if __name__ == "__main__":
    sys.exit(main())
