"""Reads all that the review desk shows of a session. No Qt; on a job's thread, with a store of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotate.derived import SoundTrack, sound_tracks
from annotate.errors import StudyError
from annotate.export.transcript import translated
from annotate.frames import FrameIndex
from annotate.models import Session, SessionState, StoredTranscript
from annotate.snapping import SnapPoints
from annotate.store import StudyStore
from app.controllers.camera_film import CameraFilm, camera_film
from app.controllers.rows import observation_rows
from app.controllers.session_tracks import OPEN_END, PointerPath, SessionEvents, session_events, snap_points, speech_of
from app.models.observations import ObservationRow
from app.models.transcript import TranscriptLine, lines_of, whos
from app.widgets.timeline.data import Speech, TimelineData
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import SyncResult
from capture.store import CaptureStore

_BEYOND_NS = 1_000_000_000
"""A key pressed as the recording ends is no news; one pressed this long after it is."""


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """One session, ready to be shown.

    Attributes:
        media: the picture's file, None unless it can be played.
        media_missing: the file is not there; with `media` None and this False it cannot be read.
        events_missing: pointer, keys and pauses are not known.
        has_sound: there is something to transcribe.
        camera: the webcam's film, None if there was no webcam.
        rows: the session's observations.
        sync: the certificate of the newest sync check, None if there was none.
        sounds: the sound tracks of the picture's file.
        pointer: where the pointer went, in the picture's pixels.
        snaps: where edges on the timeline come to rest.
        clock_set_ns: by how much the computer's clock was set while it recorded.
        marks_beyond: how many marks were pressed well after the end; their observations lie at the end.
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
    rows: list[ObservationRow] = field(default_factory=list)
    camera: CameraFilm | None = None
    sync: SyncResult | None = None
    sounds: tuple[SoundTrack, ...] = ()
    pointer: PointerPath = field(default_factory=PointerPath)
    snaps: SnapPoints = field(default_factory=SnapPoints)
    clock_set_ns: int = 0
    marks_beyond: int = 0


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
    # Reading the events needs no Python lock but half a second: meanwhile the rest is read.
    with ThreadPoolExecutor(1, "session-events") as beside:
        events = beside.submit(session_events, bundle)
        return _load(store, session, bundle, events.result)


def _load(
    store: StudyStore, session: Session, bundle: SessionBundle | None, events_read: Callable[[], SessionEvents]
) -> LoadedSession:
    recording = session.state is SessionState.RECORDING
    media = _media(bundle) if bundle is not None and not recording else _Media(None, not recording, False, 0)
    frames = None
    if media.path is not None and bundle is not None:
        try:
            frames = FrameIndex.from_bundle(bundle)
        except StudyError:
            media = _Media(None, False, media.has_sound, media.duration_ns)
    transcript = load_transcript(store, session.id)
    rows = observation_rows(store, session.id)
    latest = max((row.observation.t_end_ns or row.observation.t_start_ns for row in rows), default=0)
    spoken = max((line.t_end_ns for line in transcript.lines), default=0)
    duration_ns = session.duration_ns or max(media.duration_ns, latest, spoken)
    events = events_read()
    runs = tuple(store.task_runs(session.id))
    timeline = TimelineData(
        duration_ns=duration_ns,
        runs=runs,
        speech=transcript.speech,
        pointer_ns=events.pointer.move_ns,
        click_ns=events.pointer.click_ns,
        key_ns=events.key_ns,
        gaps=tuple(replace(gap, t_end_ns=duration_ns) if gap.t_end_ns == OPEN_END else gap for gap in events.gaps),
        windows=events.windows,
        marks=events.marks,
        has_picture=media.path is not None,
    )
    return LoadedSession(
        session=session,
        bundle=bundle,
        media=media.path,
        media_missing=media.missing,
        frames=frames,
        events_missing=events.missing,
        has_sound=media.has_sound,
        recording=recording,
        duration_ns=duration_ns,
        timeline=timeline,
        rows=rows,
        transcript=transcript.stored,
        lines=transcript.lines,
        camera=camera_film(bundle) if bundle is not None and not recording else None,
        sync=_sync(bundle),
        sounds=tuple(sound_tracks(bundle)) if bundle is not None and not recording else (),
        pointer=events.pointer,
        snaps=snap_points(runs, events.pointer.click_ns, transcript.speech),
        clock_set_ns=events.clock_set_ns,
        marks_beyond=sum(mark.t_ns > duration_ns + _BEYOND_NS for mark in events.marks),
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


@dataclass(frozen=True, slots=True)
class LoadedTranscript:
    """The transcript that is shown for a session: as lines, and by speaker for the timeline."""

    stored: StoredTranscript | None = None
    lines: list[TranscriptLine] = field(default_factory=list)
    speech: tuple[Speech, ...] = ()


def load_transcript(store: StudyStore, session_id: str) -> LoadedTranscript:
    """Reads it."""
    stored = store.transcript(session_id)
    if stored is None:
        return LoadedTranscript()
    segments, words = store.segments(session_id), store.words(session_id)
    speakers = store.speakers(session_id)
    known = whos(speakers, store.session(session_id).participant_code)
    lines = lines_of(segments, words, known, translated(segments, store, session_id))
    said = [segment for segment in segments if segment.text.strip()]  # the others were taken out
    return LoadedTranscript(stored, lines, speech_of(said, words, speakers))


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
