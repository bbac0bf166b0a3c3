"""Puts a picture's file back that had gone from its recording's folder.

What is chosen is looked at first: another session's picture under this one's marks would be worse than none. (A whole
folder that is gone is taken back by `annotate.copying.copy_recording`.)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from annotate._sqlite import os_code
from annotate.copying import copy_file
from annotate.errors import StudyCode, StudyError
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.fileio import sha256_of
from transcribe.cancel import CancelToken

_SAME_LENGTH_NS = 2_000_000_000


def put_back_file(
    bundle: SessionBundle, found: Path, cancel: CancelToken, progress: Callable[[float], object] = lambda _share: None
) -> None:
    """Puts `found` where the bundle's picture belongs; the file itself stays where it is too.

    It has to be the file that the manifest names (size and SHA-256), or, where the manifest names none, a film of the
    session's length. Reads the whole file: call it from a job.

    Raises:
        StudyError: OTHER_FILE, STUDY_UNWRITABLE, DISK_FULL; nothing is left behind then.
        TranscribeError: CANCELLED.
    """
    target = bundle.screen_path
    try:
        if not _is_the_one(bundle, found):
            raise StudyError(StudyCode.OTHER_FILE, found.name)
        cancel.check()
        _place(found, target, cancel, progress)
    except OSError as error:
        raise StudyError(os_code(error), f"{target.name}: {error.strerror}") from error


def _is_the_one(bundle: SessionBundle, found: Path) -> bool:
    duration_ns = None
    with contextlib.suppress(CaptureError):
        manifest = bundle.manifest()
        duration_ns = manifest.duration_ns
        listed = next((file for file in manifest.files if file.name == bundle.screen_path.name), None)
        if listed is not None:
            return found.stat().st_size == listed.size and sha256_of(found) == listed.sha256
    return _is_as_long(found, duration_ns)


def _is_as_long(path: Path, duration_ns: int | None) -> bool:
    import av

    try:
        with av.open(str(path)) as container:
            length_ns = int((container.duration or 0) * 1000)
            return bool(container.streams.video) and (
                duration_ns is None or abs(length_ns - duration_ns) <= _SAME_LENGTH_NS
            )
    except (av.error.FFmpegError, OSError):
        return False


def _place(source: Path, target: Path, cancel: CancelToken, progress: Callable[[float], object]) -> None:
    """A second name for the file where the disk can give one, else a copy that is swapped in whole."""
    part = target.with_name(f".{target.name}.part")
    whole, done = max(1, source.stat().st_size), 0

    def copied(count: int) -> None:
        nonlocal done
        cancel.check()
        done += count
        progress(done / whole)

    part.unlink(missing_ok=True)
    try:
        try:
            os.link(source, part)
        except OSError:
            copy_file(source, part, copied)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
