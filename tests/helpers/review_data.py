"""A study as a researcher has it after some sessions, made without recording: real files, real stores.

The picture's frames carry their own number as bars, so that a test can tell which frame a widget shows; their times
are as uneven as those of a real recording.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from annotate.ingest import ingest
from annotate.models import NewTask, Session
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.events import (
    Button,
    ButtonState,
    InputEvent,
    KeyEvent,
    KeyState,
    Mark,
    MarkKind,
    PointerMove,
)
from capture.writer import FrameRow
from tests.helpers.bundles import RecordedBundle, make_mark
from transcribe.models import Segment, Transcript, Word

SECOND = 1_000_000_000
BITS = 24
_TICKS = 90_000
_BAR_Y, _BAR_HEIGHT = 40, 60
Picture = Callable[[int, int], NDArray[np.uint8]]
"""Frame number and time in ns to an I420 picture (height * 3 / 2, width)."""


def uneven_pts(count: int, seed: int = 7) -> list[int]:
    """PTS in 1/90000 s: about 15 a second with jitter, and stretches where nothing moved."""
    chance = random.Random(seed)
    pts, at = [], 0
    for number in range(count):
        pts.append(at)
        still = number % 50 > 42
        at += chance.choice([45_000, 90_000]) if still else 6_000 + chance.randint(-900, 900)
    return pts


def barcode(number: int, _t_ns: int, *, width: int = 1280, height: int = 720) -> NDArray[np.uint8]:
    """A grey picture with the frame's number as 24 bars, dark for 0 and light for 1."""
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    picture[:height] = 60
    bar = (width - 40) // BITS
    for bit in range(BITS):
        left = 20 + bit * bar
        picture[_BAR_Y : _BAR_Y + _BAR_HEIGHT, left : left + bar] = 235 if number >> bit & 1 else 16
    return picture


def read_barcode(image: QImage) -> int:
    """The number of the frame in a picture of any size."""
    scale = image.width() / 1280
    bar = (1280 - 40) // BITS
    number = 0
    for bit in range(BITS):
        x = round((20 + bit * bar + bar / 2) * scale)
        y = round((_BAR_Y + _BAR_HEIGHT / 2) * scale)
        if QColor(image.pixel(x, y)).lightness() > 128:
            number |= 1 << bit
    return number


def write_video(path: Path, pts: Sequence[int], picture: Picture = barcode, *, sound: bool = True) -> None:
    """H.264 with the given PTS, and a quiet tone; fragmented and closed as the recorder does it."""
    options = {"movflags": "hybrid_fragmented+empty_moov+delay_moov", "frag_duration": "500000"}
    with av.open(str(path), "w", options=options) as container:
        first = picture(0, 0)
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "23", "g": "60"})
        video.width, video.height, video.pix_fmt = first.shape[1], first.shape[0] * 2 // 3, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, _TICKS)
        audio = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        samples = 0
        tone = (np.sin(np.arange(1024) * 0.08) * 1500).astype(np.int16)[None]
        for number, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(number, at * 100_000 // 9), format="yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, _TICKS)
            container.mux(video.encode(frame))
            while audio is not None and samples / 16_000 < at / _TICKS:
                block = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
                block.sample_rate, block.pts, block.time_base = 16_000, samples, Fraction(1, 16_000)
                samples += 1024
                container.mux(audio.encode(block))
        container.mux(video.encode(None))
        if audio is not None:
            container.mux(audio.encode(None))


def random_events(duration_s: float, seed: int = 3) -> list[InputEvent]:
    """Bursts of pointer movement with clicks, and some typing."""
    chance = random.Random(seed)
    events: list[InputEvent] = []
    at = 1.0
    while at < duration_s - 2:
        if chance.random() < 0.3:
            for _ in range(chance.randint(4, 25)):
                at += chance.uniform(0.08, 0.3)
                events.append(KeyEvent(int(at * SECOND), "char", KeyState.DOWN))
                events.append(KeyEvent(int((at + 0.05) * SECOND), "char", KeyState.UP))
        else:
            for _ in range(chance.randint(10, 60)):
                at += 0.03
                events.append(PointerMove(int(at * SECOND), chance.randint(0, 1279), chance.randint(0, 719)))
            for _ in range(chance.choice([1, 1, 1, 2, 5])):
                at += 0.15
                events.append(Button(int(at * SECOND), 400, 300, "left", ButtonState.DOWN))
                events.append(Button(int((at + 0.08) * SECOND), 400, 300, "left", ButtonState.UP))
        at += chance.uniform(0.2, 6)
    return [event for event in events if event.t_ns < duration_s * SECOND]


def make_study(folder: Path, name: str = "Invoices", *, author: str = "Ada", tasks: Sequence[str] = ()) -> StudyStore:
    return StudyStore.create(folder / name, name, author=author, tasks=[NewTask(title) for title in tasks])


@dataclass(frozen=True, slots=True)
class Recorded:
    """A session in a study, and the truth about its picture."""

    session: Session
    bundle: SessionBundle
    pts_ns: tuple[int, ...]


def add_session(
    store: StudyStore,
    code: str,
    *,
    frames: int = 120,
    picture: Picture = barcode,
    marks: Sequence[Mark] = (),
    events: Sequence[InputEvent] = (),
    pauses: Sequence[tuple[float, float]] = (),
    pts: Sequence[int] | None = None,
    video: bool = True,
    sound: bool = True,
) -> Recorded:
    """Records nothing, but leaves a bundle and takes it into the study."""
    times = list(pts) if pts is not None else uneven_pts(frames)
    duration_s = times[-1] / _TICKS + 0.5
    tasks = [{"id": task.id, "title": task.title} for task in store.tasks()]
    recorded = RecordedBundle(
        store.sessions_dir,
        context={"participant": code, "moderator": "Ada", "study_id": store.study().id, "tasks": tasks},
    )
    rows = [FrameRow(1, at, at * 100_000 // 9, "new", number % 60 == 0, None) for number, at in enumerate(times)]
    recorded.add_events(events, rows)
    for start, end in pauses:
        recorded.add_pause(start, end)
    recorded.add(*marks)
    bundle = recorded.finish(duration_s)
    recorded.close()
    if video:
        write_video(bundle.screen_path, times, picture, sound=sound)
    report = ingest(store, bundle)
    return Recorded(report.session, bundle, tuple(at * 100_000 // 9 for at in times))


def transcript_of(sentences: Sequence[tuple[float, str]], *, doubtful: Sequence[str] = ()) -> Transcript:
    """A transcript in which each sentence is said at about three words a second."""
    segments = []
    for start, sentence in sentences:
        words, at = [], start
        for word in sentence.split():
            length = 0.12 + 0.05 * len(word)
            sure = 0.31 if word.strip(".,?!…").lower() in doubtful else 0.94
            words.append(Word(int(at * SECOND), int((at + length) * SECOND), f" {word}", sure))
            at += length + 0.06
        segments.append(Segment(int(start * SECOND), int(at * SECOND), sentence, tuple(words), -0.2, 0.02, 1.3))
    until = segments[-1].t_end_ns if segments else 0
    return Transcript(str(uuid.uuid4()), "mic", "small.en", "en", tuple(segments), True, until)


__all__ = [
    "BITS",
    "SECOND",
    "MarkKind",
    "Recorded",
    "add_session",
    "barcode",
    "make_mark",
    "make_study",
    "random_events",
    "read_barcode",
    "transcript_of",
    "uneven_pts",
    "write_video",
]
