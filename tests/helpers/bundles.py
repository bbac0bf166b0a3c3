"""Bundles as a recorder leaves them, made without recording: the real manifest and the real capture.sqlite3."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from capture.bundle import BundleState, FileInfo, Manifest, SessionBundle
from capture.config import RecorderConfig
from capture.events import InputEvent, IntervalKind, Mark, MarkKind, MarkOrigin
from capture.jsonvalue import JsonValue
from capture.manifest import StreamInfo
from capture.writer import CaptureWriter, FrameRow

SECOND = 1_000_000_000
EPOCH_UTC_NS = 1_788_444_300 * SECOND  # 2026-09-03T14:05:00Z


def make_mark(
    kind: MarkKind,
    t_s: float,
    *,
    ref: str | None = None,
    body: str | None = None,
    payload: Mapping[str, JsonValue] | None = None,
    origin: MarkOrigin = MarkOrigin.UI,
    author: str | None = None,
) -> Mark:
    """A mark with an id of its own, pressed at the moment it means."""
    t_ns = round(t_s * SECOND)
    return Mark(str(uuid.uuid4()), t_ns, t_ns, kind, ref, body, payload or {}, origin, author)


class RecordedBundle:
    """A bundle that is being recorded until `finish`."""

    def __init__(self, sessions_dir: Path, *, context: Mapping[str, JsonValue] | None = None) -> None:
        self.bundle = SessionBundle.create(sessions_dir, label="P")
        self._writer = CaptureWriter(self.bundle.capture_path)
        screen = StreamInfo(id=1, kind="screen", file="screen.mp4", track=0, name="display 0", format={})
        mic = StreamInfo(id=2, kind="mic", file="screen.mp4", track=1, name="mic", format={})
        for stream in (screen, mic):
            self._writer.add_stream(stream)
        self.bundle.write_manifest(
            Manifest(
                id=str(uuid.uuid4()),
                state=BundleState.RECORDING,
                started_utc="2026-09-03T14:05:00+00:00",
                utc_offset_min=120,
                epoch_perf_ns=0,
                epoch_utc_ns=EPOCH_UTC_NS,
                duration_ns=None,
                config=RecorderConfig(),
                context=context or {},
                streams=(screen, mic),
                files=(),
                app_version="0",
                system={},
            )
        )

    def add(self, *marks: Mark) -> None:
        for mark in marks:
            self._writer.add_mark(mark)

    def add_events(self, events: Sequence[InputEvent], frames: Sequence[FrameRow] = ()) -> None:
        self._writer.add_batch(events, frames)

    def add_pause(self, start_s: float, end_s: float) -> None:
        number = self._writer.open_interval(IntervalKind.PAUSE, None, round(start_s * SECOND), None)
        self._writer.close_interval(number, round(end_s * SECOND))

    def finish(self, duration_s: float | None = 60.0, *, state: BundleState = BundleState.FINALIZED) -> SessionBundle:
        duration_ns = None if duration_s is None else round(duration_s * SECOND)
        self._writer.finish(duration_ns or 0)
        self.bundle.write_manifest(
            replace(
                self.bundle.manifest(),
                state=state,
                duration_ns=duration_ns,
                files=(FileInfo("screen.mp4", 3, "ab" * 32),),
            )
        )
        return self.bundle

    def close(self) -> None:
        self._writer.close()
