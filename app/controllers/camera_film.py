"""Looks for the webcam's film of a session. No Qt; on a job's thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotate.errors import StudyError
from annotate.frames import FrameIndex
from capture.bundle import SessionBundle
from capture.errors import CaptureError


@dataclass(frozen=True, slots=True)
class CameraFilm:
    """The webcam's film of a session that has one.

    Attributes:
        path: None unless it can be played; `frames` are the times of its pictures then.
        missing: the file is not there; with `path` None and this False it cannot be read.
    """

    path: Path | None
    frames: FrameIndex | None
    missing: bool


def camera_film(bundle: SessionBundle) -> CameraFilm | None:
    """The film, or what is wrong with it; None for a session that was recorded without a webcam."""
    path = bundle.camera_path
    if not path.is_file():
        return CameraFilm(None, None, True) if _was_filmed(bundle) else None
    try:
        frames = FrameIndex.from_bundle(bundle, "camera") if _plays(path) else None
    except StudyError:
        frames = None
    return CameraFilm(path if frames is not None else None, frames, False)


def _was_filmed(bundle: SessionBundle) -> bool:
    try:
        return any(stream.kind == "camera" for stream in bundle.manifest().streams)
    except CaptureError:
        return False


def _plays(path: Path) -> bool:
    """Looks before the player does: Qt's player tells of a bad file by a warning in the log."""
    import av

    try:
        with av.open(str(path)) as container:
            next(container.decode(video=0))
    except (av.error.FFmpegError, OSError, StopIteration, IndexError):
        return False
    return True
