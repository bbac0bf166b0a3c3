"""Making a clip: cut at the exact frame, with captions, clicks and the pointer painted in, and the sound in step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from av.video.frame import VideoFrame  # noqa: TID253

from annotate.errors import StudyCode, StudyError
from annotate.evidence import paint
from annotate.evidence.paint import Pixels
from annotate.evidence.sound import RATE, Mixer
from annotate.evidence.source import Source, as_i420, pictures
from annotate.evidence.spec import Captions, ClipSpec
from annotate.evidence.writer import ClipWriter
from annotate.places import Place
from annotate.timeline import SECOND, TimeRange
from transcribe.cancel import CancelToken
from transcribe.formats import Cue, cues

Progress = Callable[[float], object]
STILL_NS = SECOND // 2
"""A picture that stands is repeated so often: players and seekers like to see one now and then."""


def render_clip(source: Source, spec: ClipSpec, target: Path, cancel: CancelToken, progress: Progress) -> None:
    """Write the clip to `target`.

    The first picture is the one that is shown at the start, the last one that of the last moment; times are those of
    the recording, less the start. Private pauses are the slate and the silence that the recording holds.

    Raises:
        StudyError: NO_FRAMES.
        TranscribeError: CANCELLED.
        OSError, av.FFmpegError: the file cannot be written.
    """
    stretch = TimeRange(spec.t_start_ns, spec.t_end_ns)
    shots = pictures(source.path, stretch)
    first = next(shots, None)
    if first is None:
        raise StudyError(StudyCode.NO_FRAMES, str(source.path))
    overlay = _Overlay(source, spec, first[1])
    sound = spec.sound and source.sound
    with Mixer(source.path, spec.t_start_ns, source.pauses) as mixer:
        sound = sound and mixer.tracks > 0
        with ClipWriter(target, overlay.width, overlay.height, sound=sound) as writer:
            heard = 0
            for t_ns, pixels in _moments(first, shots, overlay, stretch):
                cancel.check()
                at_ns = t_ns - stretch.start_ns
                writer.picture(pixels, at_ns)
                if sound:
                    count = at_ns * RATE // SECOND - heard
                    writer.sound(mixer.read(count))
                    heard += count
                progress(at_ns / stretch.duration_ns)
            if sound:
                writer.sound(mixer.read(stretch.duration_ns * RATE // SECOND - heard))
            writer.finish(stretch.duration_ns)


def clip_cues(source: Source, spec: ClipSpec) -> list[Cue]:
    """What is shown under the picture, in the clip's own time."""
    found = []
    for cue in cues(source.said):
        start, end = max(cue.t_start_ns, spec.t_start_ns), min(cue.t_end_ns, spec.t_end_ns)
        if start < end:
            found.append(Cue(start - spec.t_start_ns, end - spec.t_start_ns, cue.lines, cue.speaker))
    return found


def _moments(
    first: tuple[int, VideoFrame],
    shots: Iterator[tuple[int, VideoFrame]],
    overlay: _Overlay,
    stretch: TimeRange,
) -> Iterator[tuple[int, Pixels]]:
    """Each moment at which something else is to be seen, with what is to be seen then."""
    shown, at_ns = first[1], stretch.start_ns
    changes = [t_ns for t_ns in overlay.changes if stretch.start_ns < t_ns < stretch.end_ns]
    upcoming: tuple[int, VideoFrame] | None = None
    while at_ns < stretch.end_ns:
        plain = overlay.plain(shown)
        upcoming = next(shots, None)
        until = upcoming[0] if upcoming is not None else stretch.end_ns
        yield at_ns, overlay.painted(plain, at_ns)
        while at_ns < until:
            while changes and changes[0] <= at_ns:
                changes.pop(0)
            at_ns = min(until, at_ns + STILL_NS, changes[0] if changes else until)
            if at_ns < until:
                yield at_ns, overlay.painted(plain, at_ns)
        if upcoming is not None:
            shown = upcoming[1]


class _Overlay:
    """What is painted on the pictures of a clip, and when that changes."""

    def __init__(self, source: Source, spec: ClipSpec, like: VideoFrame) -> None:
        self.width, self.height = like.width // 2 * 2, like.height // 2 * 2
        self._source = source
        self._spec = spec
        self._cues: Sequence[Cue] = clip_cues(source, spec) if spec.captions is Captions.BURNT else ()
        self._clicks: Sequence[Place] = source.clicks if spec.pointer else ()
        self._caption = functools.lru_cache(maxsize=4)(lambda lines: paint.caption(lines, self.width, self.height))
        self.changes = sorted(
            {
                *(spec.t_start_ns + t_ns for cue in self._cues for t_ns in (cue.t_start_ns, cue.t_end_ns)),
                *(
                    click.t_ns + step * paint.RING_NS // paint.RING_STEPS
                    for click in self._clicks
                    for step in range(paint.RING_STEPS + 1)
                ),
            }
        )

    def plain(self, frame: VideoFrame) -> Pixels:
        """The picture as it was recorded."""
        return as_i420(frame, self.width, self.height)

    def painted(self, plain: Pixels, t_ns: int) -> Pixels:
        """The picture with all that belongs upon it at a moment; itself if nothing does."""
        sprites = list(self._sprites(t_ns))
        if not sprites:
            return plain
        picture = plain.copy()
        for sprite, (left, top) in sprites:
            paint.lay(picture, sprite, left, top)
        return picture

    def _sprites(self, t_ns: int) -> Iterator[tuple[paint.Sprite, tuple[int, int]]]:
        if self._spec.pointer and not self._source.is_private(t_ns):
            place = self._source.pointer_at(t_ns)
            if place is not None:
                halo = paint.halo(self.height)
                yield halo, paint.centred(halo, place.x, place.y)
            for click in self._clicks:
                age = t_ns - click.t_ns
                if 0 <= age < paint.RING_NS:
                    ring = paint.ring(int(age * paint.RING_STEPS // paint.RING_NS), self.height)
                    yield ring, paint.centred(ring, click.x, click.y)
        for cue in self._cues:
            if cue.t_start_ns <= t_ns - self._spec.t_start_ns < cue.t_end_ns:
                words = self._caption(cue.lines)
                yield words, paint.caption_place(words, self.width, self.height)
