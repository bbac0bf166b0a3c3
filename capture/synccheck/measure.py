"""Claps found in a recording, also in one that is still being written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av  # noqa: TID253
import numpy as np

from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.events import Button, ButtonState
from capture.jsonvalue import JsonObject
from capture.store import CaptureStore
from capture.sync import NS
from capture.synccheck.clapper import HERTZ, SIDE, Clap

SOUND_LIMIT_NS = 20_000_000
NEAR_NS = NS // 4
_WHITE = 128
_TONE = 0.02
_PIECE_S = 0.005


@dataclass(frozen=True, slots=True)
class Heard:
    """How much later than it was made each part of a clap is in the recording; `None` where it was not found."""

    picture_ns: int | None
    sound_ns: int | None
    event_ns: int | None

    def to_json(self) -> JsonObject:
        return {"picture_ns": self.picture_ns, "sound_ns": self.sound_ns, "event_ns": self.event_ns}


@dataclass(frozen=True, slots=True)
class SyncCheck:
    """What a check found.

    Attributes:
        t_ns: session time of the first clap.
        audio_offset_ns: how much later the sound is than the picture, median of the claps; `None`: not measured.
        event_offset_ns: the same of the events.
        ok: sound within 20 ms and events within one frame of the picture.
        claps: each clap's own three.
    """

    t_ns: int
    audio_offset_ns: int | None
    event_offset_ns: int | None
    ok: bool
    claps: tuple[Heard, ...]
    fps: int

    def to_json(self) -> JsonObject:
        return {
            "t_ns": self.t_ns,
            "audio_offset_ns": self.audio_offset_ns,
            "event_offset_ns": self.event_offset_ns,
            "ok": self.ok,
            "fps": self.fps,
            "claps": [clap.to_json() for clap in self.claps],
        }


def measure(
    bundle: SessionBundle, claps: Sequence[Clap], epoch_perf_ns: int, place: tuple[int, int], fps: int
) -> SyncCheck:
    """Finds claps in a recording; `place` = x, y of the flash in the picture.

    Raises:
        CaptureError: SYNC_UNMEASURED when the flash is in no picture; MEDIA_BROKEN.
    """
    heard = tuple(_hear(bundle, clap, epoch_perf_ns, place) for clap in claps)
    if all(one.picture_ns is None for one in heard):
        raise CaptureError(CaptureCode.SYNC_UNMEASURED, "flash")
    sound = _offset([(one.sound_ns, one.picture_ns) for one in heard])
    event = _offset([(one.event_ns, one.picture_ns) for one in heard])
    is_ok = sound is not None and abs(sound) <= SOUND_LIMIT_NS and event is not None and abs(event) <= NS // fps
    return SyncCheck(claps[0].flash_ns - epoch_perf_ns, sound, event, is_ok, heard, fps)


def _offset(pairs: Sequence[tuple[int | None, int | None]]) -> int | None:
    """The median of later minus picture; `None` unless most claps have both."""
    found = [one - picture for one, picture in pairs if one is not None and picture is not None]
    return round(median(found)) if len(found) * 2 > len(pairs) else None


def _hear(bundle: SessionBundle, clap: Clap, epoch_ns: int, place: tuple[int, int]) -> Heard:
    def late(found_ns: int | None, made_ns: int) -> int | None:
        return None if found_ns is None else found_ns - (made_ns - epoch_ns)

    try:
        white = white_ns(bundle.screen_path, clap.flash_ns - epoch_ns, place)
        tone = tone_ns(bundle.screen_path, clap.beep_ns - epoch_ns)
    except (av.FFmpegError, OSError) as error:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, bundle.screen_path.name) from error
    return Heard(
        late(white, clap.flash_ns),
        late(tone, clap.beep_ns),
        late(click_ns(bundle, clap.click_ns - epoch_ns), clap.click_ns),
    )


def white_ns(path: Path, around_ns: int, place: tuple[int, int]) -> int | None:
    """Session time of the first picture near a moment on which the clapper's square is white."""
    x, y = place
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        container.seek(int(max(0, around_ns - NEAR_NS) / NS / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            assert frame.pts is not None
            at = round(frame.pts * stream.time_base * NS)
            if at < around_ns - NEAR_NS:
                continue
            if at > around_ns + NEAR_NS:
                return None
            part = frame.to_ndarray(format="gray")[y : y + SIDE, x : x + SIDE]
            if part.size and part.mean() > _WHITE:
                return at
    return None


def tone_ns(path: Path, around_ns: int) -> int | None:
    """Session time at which the beep begins in whichever sound track hears it first, near a moment."""
    with av.open(str(path)) as container:
        tracks = len(container.streams.audio)
    found = [at for track in range(tracks) if (at := _tone_in(path, track, around_ns)) is not None]
    return found[0] if found else None


def _tone_in(path: Path, track: int, around_ns: int) -> int | None:
    """The first piece of 5 ms in which the beep's frequency is strong, refined to its first strong sample."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        assert stream.time_base is not None
        container.seek(int(max(0, around_ns - NS) / NS / stream.time_base), stream=stream)
        samples: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        begun_ns, rate = None, stream.rate or 48_000
        for frame in container.decode(stream):
            assert frame.pts is not None
            at = round(frame.pts * stream.time_base * NS)
            if at > around_ns + NEAR_NS:
                break
            if at >= around_ns - NEAR_NS:
                begun_ns = at if begun_ns is None else begun_ns
                samples.append(frame.to_ndarray().astype(np.float32).reshape(-1))
    if begun_ns is None:
        return None
    sound = np.concatenate(samples)
    length = round(rate * _PIECE_S)
    turn = np.exp(-2j * np.pi * HERTZ * np.arange(length) / rate)
    pieces = sound[: len(sound) // length * length].reshape(-1, length)
    loud = np.flatnonzero(2 * np.abs(np.mean(pieces * turn, axis=1)) > _TONE)
    if not len(loud):
        return None
    first = max(0, int(loud[0]) - 1) * length
    part = np.abs(sound[first : first + 3 * length])
    strong = np.flatnonzero(part > part.max() / 4)
    return begun_ns + (first + int(strong[0])) * NS // rate


def click_ns(bundle: SessionBundle, around_ns: int) -> int | None:
    """Session time of the event that is the clapper's click, near a moment."""
    with CaptureStore.open_read(bundle.capture_path) as store:
        presses = [
            event.t_ns
            for event in store.events(max(0, around_ns - NEAR_NS), around_ns + NEAR_NS)
            if isinstance(event, Button) and event.state is ButtonState.DOWN and event.button not in {"left", "right"}
        ]
    return min(presses, key=lambda at: abs(at - around_ns), default=None)
