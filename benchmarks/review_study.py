"""A study with one session as long and as full as they come, written through the real store and the real bundle."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from annotate.ingest import ingest
from annotate.models import NewTask, ObservationKind
from annotate.store import StudyStore
from capture.bundle import BundleState, Manifest, SessionBundle
from capture.config import RecorderConfig
from capture.events import (
    Button,
    ButtonState,
    InputEvent,
    KeyEvent,
    KeyState,
    Mark,
    MarkKind,
    MarkOrigin,
    PointerMove,
    WindowEvent,
)
from capture.layout import Area, Layout
from capture.manifest import StreamInfo
from capture.writer import CaptureWriter, FrameRow
from transcribe.models import Segment, Transcript, Word

SECOND = 1_000_000_000
FPS = 12
_TICKS = 90_000
_MINUTE_S = 60
_RATE = 16_000
_WORDS = "the where is invoice I would look for it here maybe no that page button list again why okay".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Fullness:
    """How much there is in the session."""

    hours: float = 3.0
    events: int = 500_000
    words: int = 30_000
    observations: int = 2_000


def write_study(folder: Path, full: Fullness) -> tuple[Path, str]:
    """Makes the study in `folder`; returns its own folder and the session's id."""
    tasks = [NewTask(f"Task {number}: find the invoice of last month and pay it") for number in range(1, 9)]
    duration_s = round(full.hours * 3600)
    with StudyStore.create(folder / "Full", "A full study", author="Ada", tasks=tasks) as store:
        bundle = _write_bundle(store, duration_s, full.events)
        session = ingest(store, bundle).session
        store.put_transcript(session.id, _transcript(duration_s, full.words))
        _observe(store, session.id, duration_s, full.observations)
        return store.folder, session.id


def _write_bundle(store: StudyStore, duration_s: int, events: int) -> SessionBundle:
    bundle = SessionBundle.create(store.sessions_dir, label="P01")
    screen = StreamInfo(1, "screen", "screen.mp4", 0, "display 0", {})
    sounds = (
        StreamInfo(2, "mic", "screen.mp4", 1, "Microphone", {}),
        StreamInfo(3, "system", "screen.mp4", 2, "Computer sound", {}),
    )
    manifest = Manifest(
        id=str(uuid.uuid4()),
        state=BundleState.RECORDING,
        started_utc="2026-09-03T14:05:00+00:00",
        utc_offset_min=120,
        epoch_perf_ns=0,
        epoch_utc_ns=1_788_444_300 * SECOND,
        duration_ns=None,
        config=RecorderConfig(),
        context={"participant": "P01", "moderator": "Ada"},
        streams=(screen, *sounds),
        files=(),
        app_version="0",
        system={},
    )
    bundle.write_manifest(manifest)
    writer = CaptureWriter(bundle.capture_path)
    try:
        for stream in (screen, *sounds):
            writer.add_stream(stream)
        writer.add_note("display_layout", 0, Layout((), Area("", 0, 0, 1280, 720)).to_json())
        for mark in _marks(store, duration_s):
            writer.add_mark(mark)
        pts = _write_film(bundle.screen_path, duration_s)
        frames = [FrameRow(1, at, at * 100_000 // 9, "new", number % 60 == 0, None) for number, at in enumerate(pts)]
        writer.add_batch(list(_events(duration_s, events)), frames)
        writer.add_windows(list(_windows(duration_s)))
        writer.finish(duration_s * SECOND)
    finally:
        writer.close()
    bundle.write_manifest(replace(manifest, state=BundleState.FINALIZED, duration_ns=duration_s * SECOND))
    return bundle


def _write_film(path: Path, duration_s: int) -> list[int]:
    """A minute is encoded, and its packets are written again and again at later times. Returns the frames' PTS."""
    pictures, sounds = _minute()
    pts: list[int] = []
    options = {"movflags": "hybrid_fragmented+empty_moov+delay_moov", "frag_duration": "500000"}
    with (
        av.open(str(path), "w", options=options) as container,
        av.open(str(pictures)) as film,
        av.open(str(sounds)) as voice,
    ):
        video = container.add_stream_from_template(film.streams.video[0])
        tracks = [container.add_stream_from_template(voice.streams.audio[0]) for _ in range(2)]
        packets = [(p.pts * p.time_base, bytes(p), p.is_keyframe) for p in film.demux(video=0) if p.pts is not None]
        heard = [(p.pts * p.time_base, bytes(p)) for p in voice.demux(audio=0) if p.pts is not None]
        for minute in range(-(-duration_s // _MINUTE_S)):
            shift = minute * _MINUTE_S
            for at, data, is_key in packets:
                if at + shift < duration_s:
                    packet = _packet(data, at + shift, video, is_key=is_key)
                    pts.append(round((at + shift) * _TICKS))
                    container.mux(packet)
            for at, data in heard:
                if 0 <= at < _MINUTE_S and at + shift < duration_s:
                    for track in tracks:
                        container.mux(_packet(data, at + shift, track, is_key=True))
    pictures.unlink()
    sounds.unlink()
    return pts


def _packet(data: bytes, at: Fraction, stream: av.stream.Stream, *, is_key: bool) -> av.Packet:
    packet = av.Packet(data)
    base = Fraction(1, _TICKS)
    packet.stream, packet.time_base = stream, base
    packet.pts = packet.dts = round(at * _TICKS)
    packet.is_keyframe = is_key
    return packet


def _minute() -> tuple[Path, Path]:
    """A minute of a page on which something moves, and one of a voice that comes and goes; two files."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="moderato-minute-"))
    pictures, sounds = folder / "picture.mp4", folder / "sound.mp4"
    chance = np.random.default_rng(3)
    page = np.full((720 * 3 // 2, 1280), 128, np.uint8)
    page[:720] = 235
    for line in range(60, 700, 18):
        page[line : line + 9, 60 : 60 + int(chance.integers(300, 1100))] = chance.integers(60, 120)
    with av.open(str(pictures), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "60", "bf": "0"})
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        for number in range(FPS * _MINUTE_S):
            picture = page.copy()
            left = 40 + number * 7 % 1100
            picture[300:360, left : left + 90] = 90
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    at = np.arange(_RATE * _MINUTE_S) / _RATE
    loud = (np.sin(at * 0.9) > -0.2) * (0.5 + 0.5 * np.sin(at * 17))
    voice = (np.sin(at * 2 * np.pi * 180) * loud * 9_000 + chance.normal(0, 40, len(at))).astype(np.int16)
    with av.open(str(sounds), "w") as container:
        audio = container.add_stream("aac", rate=_RATE, layout="mono")
        for first in range(0, len(voice), 1024):
            block = av.AudioFrame.from_ndarray(voice[None, first : first + 1024].copy(), format="s16", layout="mono")
            block.sample_rate, block.pts = _RATE, first
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    return pictures, sounds


def _events(duration_s: int, count: int) -> Iterator[InputEvent]:
    """Bursts of movement with clicks, and typing, spread over the session."""
    chance = random.Random(3)
    steps = sorted(chance.random() ** 1.02 * duration_s for _ in range(count))
    for number, at in enumerate(steps):
        t_ns = int(at * SECOND)
        if number % 100 == 0:
            yield Button(t_ns, chance.randint(0, 1279), chance.randint(0, 719), "left", ButtonState.DOWN)
        elif number % 100 == 1:
            yield Button(t_ns, 400, 300, "left", ButtonState.UP)
        elif number % 40 < 3:
            yield KeyEvent(t_ns, "char", KeyState.DOWN)
        else:
            yield PointerMove(t_ns, chance.randint(0, 1279), chance.randint(0, 719))


def _windows(duration_s: int) -> Iterator[WindowEvent]:
    chance = random.Random(5)
    at = 0.0
    apps = (
        ("firefox", "Invoices – Shop"),
        ("firefox", "Order 4711 – Shop"),
        ("thunderbird", "Inbox"),
        ("files", "Home"),
    )
    while at < duration_s:
        app, title = chance.choice(apps)
        yield WindowEvent(int(at * SECOND), app, title, 0, 0, 1280, 720)
        at += chance.uniform(3, 40)


def _marks(store: StudyStore, duration_s: int) -> Iterator[Mark]:
    chance = random.Random(6)
    tasks = store.tasks()
    length = duration_s / len(tasks)
    for number, task in enumerate(tasks):
        start = _mark(MarkKind.TASK_START, number * length + 20, ref=task.id, body=task.title)
        yield start
        yield _mark(MarkKind.TASK_END, (number + 1) * length - 20, ref=start.id)
    for _ in range(150):
        kind = chance.choice(["problem", "positive", "question", "quote"])
        yield _mark(MarkKind.MARK, chance.uniform(0, duration_s - 1), payload={"kind": kind})


def _mark(kind: MarkKind, at_s: float, **rest: object) -> Mark:
    t_ns = round(at_s * SECOND)
    payload = rest.pop("payload", {})
    return Mark(str(uuid.uuid4()), t_ns, t_ns, kind, rest.get("ref"), rest.get("body"), payload, MarkOrigin.UI, "Ada")


def _transcript(duration_s: int, count: int) -> Transcript:
    chance = random.Random(7)
    segments, per_segment = [], 10
    spacing = duration_s / (count / per_segment)
    for number in range(count // per_segment):
        at = number * spacing + chance.uniform(0, spacing * 0.2)
        words = []
        for _ in range(per_segment):
            length = chance.uniform(0.1, 0.3)
            words.append(Word(int(at * SECOND), int((at + length) * SECOND), f" {chance.choice(_WORDS)}", 0.9))
            at += length + 0.03
        text = "".join(word.text for word in words).strip()
        segments.append(Segment(words[0].t_start_ns, words[-1].t_end_ns, text, tuple(words), -0.2, 0.02, 1.3))
    return Transcript(str(uuid.uuid4()), "mic", "small.en", "en", tuple(segments), True, duration_s * SECOND)


def _observe(store: StudyStore, session_id: str, duration_s: int, count: int) -> None:
    chance = random.Random(8)
    kinds = [kind for kind in ObservationKind if kind is not ObservationKind.MARK]
    present = len(store.observations(session_id))
    with store.batch():
        for _ in range(count - present):
            start = int(chance.uniform(0, duration_s - 40) * SECOND)
            end = start + int(chance.uniform(1, 30) * SECOND) if chance.random() < 0.4 else None
            store.add_observation(
                session_id,
                t_start_ns=start,
                t_end_ns=end,
                kind=chance.choice(kinds),
                severity=chance.choice([None, 0, 1, 2, 3, 4]),
                body=" ".join(chance.choice(_WORDS) for _ in range(8)),
            )
