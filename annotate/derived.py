"""What is worked out of a bundle's media once and kept in its folder `derived`: peaks of sound, thumbnails.

A cache: each file says which media file it is of (size and time of change) and is made anew when that is another.
Where the folder cannot be written nothing is kept, and nothing fails. Made by a process of its own
(`python -m annotate.derived BUNDLE`), since decoding beside a window would take Python's lock from it.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.peaks import PeakPyramid, compute_peaks
from annotate.thumbs import Thumbs, compute_thumbs
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.fileio import ensure_private_folder, write_atomically
from capture.store import CaptureStore
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError

SOUND_KINDS = ("mic", "system", "mixed")
_VERSION = 1
_log = logging.getLogger("annotate.derived")
Report = Callable[[Mapping[str, object]], object]


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """One sound track of the session's picture file.

    Attributes:
        kind: "mic", "system" or "mixed" (also where nobody knows).
        name: as the device or the file calls it, or "".
        stream: its index among all streams of the file.
        number: its index among the file's sound streams, as players count.
    """

    kind: str
    name: str
    stream: int
    number: int


def sound_tracks(bundle: SessionBundle) -> list[SoundTrack]:
    """The sound tracks that are in the picture's file, in its order; those of a half bundle go by the file alone."""
    import av

    try:
        with av.open(str(bundle.screen_path)) as container:
            found = [stream.index for stream in container.streams.audio]
    except (av.error.FFmpegError, OSError):
        return []
    try:
        with CaptureStore.open_read(bundle.capture_path) as capture:
            known = {
                stream.track: stream
                for stream in capture.streams()
                if stream.kind in SOUND_KINDS and stream.file == bundle.screen_path.name
            }
    except CaptureError:
        known = {}
    tracks = []
    for number, index in enumerate(found):
        stream = known.get(index)
        kind, name = (stream.kind, stream.name or "") if stream is not None else ("mixed", "")
        tracks.append(SoundTrack(kind, name, index, number))
    return tracks


def load_peaks(bundle: SessionBundle, track: SoundTrack) -> PeakPyramid | None:
    """The track's peaks, if they are kept and fresh."""
    kept = _load(bundle, _peaks_name(track))
    return PeakPyramid(kept["peaks"]) if kept is not None and "peaks" in kept else None


def load_thumbs(bundle: SessionBundle) -> Thumbs | None:
    """The thumbnails, if they are kept and fresh."""
    kept = _load(bundle, _THUMBS)
    if kept is None or not {"t_ns", "ends", "jpegs"} <= kept.keys():
        return None
    return Thumbs(kept["t_ns"], kept["ends"], kept["jpegs"])


def make_missing(bundle: SessionBundle, cancel: CancelToken, report: Report) -> None:
    """Makes and keeps what is missing: peaks first, since they are quick; `report` hears of each file and of progress.

    A track or a picture that cannot be read is passed over, and so is a folder that cannot be written.

    Raises:
        TranscribeError: CANCELLED.
    """
    import av

    tracks = sound_tracks(bundle)
    for track in tracks:
        if load_peaks(bundle, track) is None:
            try:
                peaks = compute_peaks(bundle.screen_path, track.stream, cancel)
            except TranscribeError as error:
                cancel.check()
                _log.info("no peaks of stream %d: %s", track.stream, error.code.value)
                peaks = np.empty(0, np.uint8)
            if not _keep(bundle, _peaks_name(track), {"peaks": peaks}):
                return
        report({"peaks": track.number})
    if load_thumbs(bundle) is None:
        try:
            thumbs = compute_thumbs(
                bundle.screen_path, _duration_ns(bundle), cancel, lambda share: report({"share": share})
            )
        except (av.error.FFmpegError, OSError, IndexError) as error:
            _log.info("no thumbnails: %s", type(error).__name__)
            return
        if not _keep(bundle, _THUMBS, {"t_ns": thumbs.t_ns, "ends": thumbs.ends, "jpegs": thumbs.jpegs}):
            return
    report({"thumbs": True})


_THUMBS = "thumbs.npz"


def _peaks_name(track: SoundTrack) -> str:
    return f"waveform-{track.number}.npz"


def _duration_ns(bundle: SessionBundle) -> int:
    import av

    with av.open(str(bundle.screen_path)) as container:
        return int((container.duration or 0) * 1000)


def _source(bundle: SessionBundle) -> str:
    found = bundle.screen_path.stat()
    return f"{_VERSION} {found.st_size} {found.st_mtime_ns}"


def _load(bundle: SessionBundle, name: str) -> dict[str, NDArray[Any]] | None:
    path = bundle.derived_dir / name
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:  # numpy leaves a damaged one open
            if str(kept["source"]) != _source(bundle):
                return None
            return {key: kept[key] for key in kept.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # it is made anew


def _keep(bundle: SessionBundle, name: str, arrays: Mapping[str, NDArray[Any]]) -> bool:
    buffer = io.BytesIO()
    try:
        np.savez(buffer, allow_pickle=False, source=np.array(_source(bundle)), **arrays)
        ensure_private_folder(bundle.derived_dir)
        write_atomically(bundle.derived_dir / name, buffer.getvalue())
    except OSError as error:
        _log.info("nothing can be kept: %s", error.strerror)
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Entry of the process: makes what a bundle lacks; says each step as a line of JSON on standard output."""

    def report(what: Mapping[str, object]) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    if hasattr(os, "nice"):
        os.nice(10)
    make_missing(SessionBundle(Path(arguments[0])), CancelToken(), report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
