"""Copying recordings into a study: whole or not at all, and never over one that is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from annotate._part import new_id
from annotate._sqlite import os_code
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.fileio import open_private, sync_folder

Progress = Callable[[int], None]
"""Told of each block of bytes that was copied; may raise, to give up."""
_BLOCK = 1 << 20
IN_WORK = ".incoming-"
"""How the names of folders begin that are not yet recordings of the study."""


def bundle_files(folder: Path) -> list[Path]:
    """The files of a recording that belong with it, relative to its folder, sorted: no caches, no locks, no links."""
    found = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        passing = relative.name.endswith((".lock", ".part")) or relative.parts[0] == "derived"
        if path.is_file() and not path.is_symlink() and not passing:
            found.append(relative)
    return found


def copy_file(source: Path, target: Path, progress: Progress = lambda _n: None) -> None:
    """Copy one file, mode 0600, to a name that isn't there yet. Raises `OSError`."""
    with source.open("rb") as reader:
        descriptor = open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "wb") as writer:
            while block := reader.read(_BLOCK):
                writer.write(block)
                progress(len(block))
            writer.flush()
            os.fsync(writer.fileno())


def copy_bundle(source: Path, sessions_dir: Path, progress: Progress = lambda _n: None) -> Path:
    """Copy a recording's folder into a study's `sessions`; returns where it lies then.

    Raises:
        StudyError: DISK_FULL, STUDY_UNWRITABLE; nothing is left behind.
    """
    part = sessions_dir / f"{IN_WORK}{os.getpid()}-{new_id()[:8]}"
    try:
        for relative in bundle_files(source):
            target = part / relative
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy_file(source / relative, target, progress)
        return _settle(part, sessions_dir, source.name)
    except OSError as exc:
        raise StudyError(os_code(exc), str(exc.filename or source)) from exc
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _settle(part: Path, sessions_dir: Path, name: str) -> Path:
    """Give a whole folder its name, or that name with a number where it is taken."""
    number = 1
    target = sessions_dir / name
    while target.exists():
        number += 1
        target = sessions_dir / f"{name}-{number}"
    part.rename(target)
    sync_folder(sessions_dir)
    return target


def copy_recording(store: StudyStore, session_id: str, folder: Path, progress: Progress = lambda _n: None) -> ChangeSet:
    """Find the recording of a session whose folder is missing: copied into the study, unless it lies there.

    Raises:
        StudyError: OTHER_RECORDING, SESSION_MISSING, DISK_FULL, STUDY_UNWRITABLE.
    """
    folder = folder.absolute()
    session = store.session(session_id)
    try:
        found = SessionBundle.open(folder).manifest().id
    except CaptureError as exc:
        raise StudyError(StudyCode.OTHER_RECORDING, session.participant_code) from exc
    if found != session.id:
        raise StudyError(StudyCode.OTHER_RECORDING, session.participant_code)
    if folder.resolve().parent != store.sessions_dir.resolve():
        folder = copy_bundle(folder, store.sessions_dir, progress)
    return store.find_recording(session_id, folder)
