"""What a still or a clip is made from: a session's picture, and what was said, clicked and agreed to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av  # noqa: TID253
import numpy as np
from av.video.frame import VideoFrame  # noqa: TID253

from annotate.errors import StudyCode, StudyError
from annotate.evidence.paint import Pixels
from annotate.export.transcript import passages
from annotate.models import Observation, Session
from annotate.places import Place, in_picture
from annotate.store import StudyStore
from annotate.timeline import SECOND, TimeRange, format_time
from capture.bundle import SessionBundle
from capture.config import Scope
from capture.errors import CaptureError
from capture.events import Button, ButtonState, IntervalKind, PointerMove, Wheel
from capture.store import CaptureStore
from transcribe.formats import Passage

_BT709, _UNKNOWN = 1, 2  # ITU-T H.273, matrix coefficients
_BEFORE_NS = 10 * SECOND  # where to look for the pointer's last place


@dataclass(frozen=True, slots=True)
class Source:
    """A session's recording, with what may be shown and told of a stretch of it.

    Attributes:
        path: the file with picture and sound.
        sound: whether sound may be told.
        clicks: buttons pressed, in order of time.
        pointer: where the pointer was, in order of time.
        pauses: private pauses; nothing of them is ever told.
        said: what may be shown as captions: lines that are in doubt are not.
        doubtful: how many lines were left out of `said` since nobody has listened to them yet.
        marked: observations with a place in the picture.
    """

    session: Session
    path: Path
    sound: bool
    clicks: tuple[Place, ...]
    pointer: tuple[Place, ...]
    pauses: tuple[TimeRange, ...]
    said: tuple[Passage, ...]
    doubtful: int
    marked: tuple[Observation, ...]

    def pointer_at(self, t_ns: int) -> Place | None:
        """Where the pointer was last seen by then; nowhere after a private pause until it moves again."""
        number = bisect_right(self.pointer, t_ns, key=lambda place: place.t_ns) - 1
        if number < 0:
            return None
        place = self.pointer[number]
        is_told = all(not (place.t_ns < pause.end_ns and pause.start_ns <= t_ns) for pause in self.pauses)
        return place if is_told else None

    def is_private(self, t_ns: int) -> bool:
        return any(pause.start_ns <= t_ns < pause.end_ns for pause in self.pauses)


def open_source(store: StudyStore, session_id: str, stretch: TimeRange) -> Source:
    """Read what is needed for a stretch of a session.

    Raises:
        StudyError: SESSION_MISSING; BEYOND_END; NO_MEDIA when the recording's file is not there; NOT_CONSENTED when
            the participant did not agree to it being shown, CONSENT_WITHDRAWN when they have withdrawn.
    """
    session = store.check_told(session_id)
    if not session.agreed(Scope.SCREEN):
        raise StudyError(StudyCode.NOT_CONSENTED, session.participant_code)
    bundle = SessionBundle(store.bundle_dir(session))
    if session.duration_ns is not None and stretch.end_ns > session.duration_ns:
        raise StudyError(StudyCode.BEYOND_END, format_time(session.duration_ns))
    if not bundle.screen_path.is_file():
        raise StudyError(StudyCode.NO_MEDIA, str(bundle.screen_path))
    voice = session.agreed(Scope.VOICE)
    clicks, pointer, pauses = _events(bundle, stretch)
    said = [
        (one, segment.quotable)
        for one, segment in zip(passages(store, session_id), store.segments(session_id), strict=True)
        if voice and _is_told(TimeRange(one.t_start_ns, max(one.t_start_ns, one.t_end_ns)), stretch, pauses)
    ]
    return Source(
        session=session,
        path=bundle.screen_path,
        sound=voice,
        clicks=clicks,
        pointer=pointer,
        pauses=pauses,
        said=tuple(one for one, quotable in said if quotable),
        doubtful=sum(not quotable for _, quotable in said),
        marked=tuple(one for one in store.observations(session_id) if one.x is not None and one.y is not None),
    )


def pictures(path: Path, stretch: TimeRange) -> Iterator[tuple[int, VideoFrame]]:
    """The pictures shown during a stretch, each with the session time from which it is shown.

    The first is the one that is shown at the stretch's start: it may have begun before.

    Raises:
        StudyError: NO_FRAMES when there is none, or the file cannot be read.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise StudyError(StudyCode.NO_FRAMES, str(path))
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            held: tuple[int, VideoFrame] | None = None
            for t_ns, frame in _decoded_from(container, stream, stretch.start_ns):
                if t_ns > stretch.start_ns and held is not None:
                    yield held
                    held = None
                elif t_ns > stretch.start_ns and t_ns < stretch.end_ns:
                    yield t_ns, frame  # the file's picture begins later than the stretch
                    continue
                if t_ns <= stretch.start_ns:
                    held = (t_ns, frame)
                elif t_ns < stretch.end_ns:
                    yield t_ns, frame
                else:
                    return
            if held is not None:
                yield held
    except (av.error.FFmpegError, OSError) as exc:
        raise StudyError(StudyCode.NO_FRAMES, f"{path}: {exc}") from exc


def as_i420(frame: VideoFrame, width: int, height: int) -> Pixels:
    """A picture of a given, even size in BT.601 colours, as the recorder's are; shape (height * 3 / 2, width)."""
    hd = frame.height >= 720  # what players take an untagged picture for
    other = frame.colorspace == _BT709 or (frame.colorspace == _UNKNOWN and hd)
    if other or (frame.width, frame.height, frame.format.name) != (width, height, "yuv420p"):
        frame = frame.reformat(
            width=width,
            height=height,
            format="yuv420p",
            src_colorspace="ITU709" if other else None,
            dst_colorspace="ITU601" if other else None,
        )
    return np.asarray(frame.to_ndarray(), np.uint8)


def _decoded_from(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, t_ns: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Decoded pictures in the order of time, the first of them at or before `t_ns` if the file has one there."""
    assert stream.time_base is not None
    for back_ns in (0, 30 * SECOND, t_ns):  # a seek may land a little late
        wanted = max(0, t_ns - back_ns)
        container.seek(int(wanted / SECOND / stream.time_base), stream=stream, backward=True)
        frames = _decoded(container, stream)
        first = next(frames, None)
        if first is None:
            continue
        if first[0] <= t_ns or wanted == 0:
            yield first
            yield from frames
            return


def _decoded(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> Iterator[tuple[int, VideoFrame]]:
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue  # a torn picture; the next keyframe mends it
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                base = frame.time_base
                yield frame.pts * SECOND * base.numerator // base.denominator, frame


def _is_told(line: TimeRange, stretch: TimeRange, pauses: Sequence[TimeRange]) -> bool:
    """Whether a line is said during the stretch, and outside of private pauses."""
    return line.overlaps(stretch) and not any(pause.overlaps(line) for pause in pauses)


def _events(
    bundle: SessionBundle, stretch: TimeRange
) -> tuple[tuple[Place, ...], tuple[Place, ...], tuple[TimeRange, ...]]:
    """Clicks, pointer and pauses; none of them where the events cannot be read (a recording made elsewhere)."""
    clicks: list[Place] = []
    pointer: list[Place] = []
    try:
        with CaptureStore.open_read(bundle.capture_path) as capture:
            layouts = capture.layouts()
            pauses = tuple(
                TimeRange(one.t_start_ns, max(one.t_start_ns, one.t_end_ns or stretch.end_ns + SECOND))
                for one in capture.intervals()
                if one.kind is IntervalKind.PAUSE
            )
            for event in capture.events(stretch.start_ns - _BEFORE_NS, stretch.end_ns):
                if isinstance(event, PointerMove | Button | Wheel):
                    place = in_picture(layouts, event.t_ns, event.x, event.y)
                    pointer.append(place)
                    if isinstance(event, Button) and event.state is ButtonState.DOWN:
                        clicks.append(place)
    except CaptureError:
        return (), (), ()
    return tuple(clicks), tuple(pointer), pauses
