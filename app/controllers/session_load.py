"""Reads all that the review desk shows of a session. No Qt; on a job's thread, with a store of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annotate.errors import StudyError
from annotate.frames import FrameIndex
from annotate.models import Session, SessionState, StoredTranscript
from annotate.store import StudyStore
from app.controllers.camera_film import CameraFilm, camera_film
from app.models.transcript import TranscriptLine, lines_of
from app.widgets.timeline.data import Gap, GapKind, TimelineData, Times
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import Button, ButtonState, IntervalKind, KeyEvent, KeyState, PointerMove, SyncResult, Wheel
from capture.store import CaptureStore


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """One session, ready to be shown.

    Attributes:
        media: the picture's file, None unless it can be played.
        media_missing: the file is not there; with `media` None and this False it cannot be read.
        events_missing: pointer, keys and pauses are not known.
        has_sound: there is something to transcribe.
        camera: the webcam's film, None if there was no webcam.
        sync: the certificate of the newest sync check, None if there was none.
    """

    session: Session
    bundle: SessionBundle | None
    media: Path | None
    media_missing: bool
    frames: FrameIndex | None
    events_missing: bool
    has_sound: bool
    recording: bool
    duration_ns: int
    timeline: TimelineData
    transcript: StoredTranscript | None
    lines: list[TranscriptLine] = field(default_factory=list)
    camera: CameraFilm | None = None
    sync: SyncResult | None = None


@dataclass(frozen=True, slots=True)
class _Media:
    path: Path | None
    missing: bool
    has_sound: bool
    duration_ns: int


def load_session(store: StudyStore, session_id: str) -> LoadedSession:
    """Everything there is of a session; what is missing is said, never raised.

    Raises:
        StudyError: the session is not in the study, or the study cannot be read.
    """
    session = store.session(session_id)
    bundle = _bundle(store, session)
    recording = session.state is SessionState.RECORDING
    media = _media(bundle) if bundle is not None and not recording else _Media(None, not recording, False, 0)
    frames = None
    if media.path is not None and bundle is not None:
        try:
            frames = FrameIndex.from_bundle(bundle)
        except StudyError:
            media = _Media(None, False, media.has_sound, media.duration_ns)
    lines, transcript = load_transcript(store, session_id)
    observations = store.observations(session_id)
    latest = max((o.t_end_ns or o.t_start_ns for o in observations), default=0)
    spoken = max((line.t_end_ns for line in lines), default=0)
    duration_ns = session.duration_ns or max(media.duration_ns, latest, spoken)
    timeline, events_missing = _timeline(store, session, bundle, lines, duration_ns)
    return LoadedSession(
        session=session,
        bundle=bundle,
        media=media.path,
        media_missing=media.missing,
        frames=frames,
        events_missing=events_missing,
        has_sound=media.has_sound,
        recording=recording,
        duration_ns=duration_ns,
        timeline=timeline,
        transcript=transcript,
        lines=lines,
        camera=camera_film(bundle) if bundle is not None and not recording else None,
        sync=_sync(bundle),
    )


def _sync(bundle: SessionBundle | None) -> SyncResult | None:
    if bundle is None:
        return None
    try:
        with CaptureStore.open_read(bundle.capture_path) as capture:
            checks = capture.sync_checks()
    except CaptureError:
        return None  # the timeline says that the events are missing
    return checks[-1] if checks else None


def load_transcript(store: StudyStore, session_id: str) -> tuple[list[TranscriptLine], StoredTranscript | None]:
    """The transcript that is shown for a session, as lines."""
    transcript = store.transcript(session_id)
    if transcript is None:
        return [], None
    return lines_of(store.segments(session_id), store.words(session_id)), transcript


def speech_of(lines: list[TranscriptLine]) -> tuple[Times, Times]:
    """Where lines begin and end, for the timeline."""
    starts = np.array([line.t_start_ns for line in lines], np.int64)
    ends = np.array([line.t_end_ns for line in lines], np.int64)
    return starts, ends


def _bundle(store: StudyStore, session: Session) -> SessionBundle | None:
    try:
        path = store.bundle_dir(session)
    except StudyError:
        return None  # planned, not recorded
    return SessionBundle(path) if path.is_dir() else None


def _media(bundle: SessionBundle) -> _Media:
    """Looks into the file before the player does: Qt's player tells of a bad file by a warning in the log."""
    import av

    path = bundle.screen_path
    if not path.is_file():
        return _Media(None, True, False, 0)
    try:
        with av.open(str(path)) as container:
            has_picture = bool(container.streams.video)
            has_sound = bool(container.streams.audio)
            duration_ns = int((container.duration or 0) * 1000)
            if has_picture:
                next(container.decode(video=0))
    except (av.error.FFmpegError, OSError, StopIteration):
        return _Media(None, False, False, 0)
    return _Media(path if has_picture else None, False, has_sound, duration_ns)


def _timeline(
    store: StudyStore, session: Session, bundle: SessionBundle | None, lines: list[TranscriptLine], duration_ns: int
) -> tuple[TimelineData, bool]:
    moves: list[int] = []
    clicks: list[int] = []
    keys: list[int] = []
    gaps: tuple[Gap, ...] = ()
    missing = bundle is None
    if bundle is not None:
        try:
            with CaptureStore.open_read(bundle.capture_path) as capture:
                for event in capture.events():
                    match event:
                        case PointerMove() | Wheel():
                            moves.append(event.t_ns)
                        case Button(state=ButtonState.DOWN):
                            clicks.append(event.t_ns)
                        case KeyEvent(state=KeyState.DOWN):
                            keys.append(event.t_ns)
                gaps = _gaps(capture, duration_ns)
        except CaptureError:
            missing = True
    starts, ends = speech_of(lines)
    return (
        TimelineData(
            duration_ns=duration_ns,
            runs=tuple(store.task_runs(session.id)),
            speech_start=starts,
            speech_end=ends,
            pointer_ns=np.array(moves, np.int64),
            click_ns=np.array(clicks, np.int64),
            key_ns=np.array(keys, np.int64),
            gaps=gaps,
        ),
        missing,
    )


def _gaps(capture: CaptureStore, duration_ns: int) -> tuple[Gap, ...]:
    kinds = {IntervalKind.PAUSE: GapKind.PAUSE, IntervalKind.GAP: GapKind.GAP, IntervalKind.SUSPEND: GapKind.GAP}
    return tuple(
        Gap(i.t_start_ns, i.t_end_ns if i.t_end_ns is not None else duration_ns, kinds[i.kind])
        for i in capture.intervals()
        if i.kind in kinds
    )
