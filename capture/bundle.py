"""The bundle: one folder per session. Written by its recorder alone until it is finished, then only read.

manifest.json  capture.sqlite3  screen.mp4  camera.mp4  recorder.lock  logs/  transcripts/  derived/  evidence/
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from capture.errors import CaptureCode, CaptureError
from capture.fileio import ensure_private_folder, make_private_folder, open_private, storage_error, write_atomically
from capture.manifest import BundleState, FileInfo, Manifest, StreamInfo

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["BundleState", "FileInfo", "Manifest", "SessionBundle", "StreamInfo", "find_bundles"]

MANIFEST = "manifest.json"
CAPTURE = "capture.sqlite3"
SCREEN = "screen.mp4"
CAMERA = "camera.mp4"
LOCK = "recorder.lock"
LOCK_PATIENCE_S = 1.0
_LABEL_MAX = 40


@dataclass(frozen=True, slots=True)
class SessionBundle:
    """A bundle's folder and the names in it. Making the value checks nothing; `create` and `open` do."""

    path: Path

    @classmethod
    def create(cls, sessions_dir: Path, *, label: str) -> SessionBundle:
        """Makes a new, empty bundle folder "2026-09-03T1405_<label>_<6 hex>" of mode 0700.

        Raises:
            CaptureError: FOLDER_UNWRITABLE or DISK_FULL.
        """
        stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M")
        safe = re.sub(r"[^A-Za-z0-9.-]+", "-", label).strip(".-")[:_LABEL_MAX] or "session"
        path = sessions_dir.absolute() / f"{stamp}_{safe}_{secrets.token_hex(3)}"
        try:
            ensure_private_folder(sessions_dir)
            make_private_folder(path)
        except OSError as error:
            raise storage_error(error, path) from error
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> SessionBundle:
        """A bundle whose manifest can be read.

        Raises:
            CaptureError: BUNDLE_MISSING, BUNDLE_NO_MANIFEST, BUNDLE_BROKEN, BUNDLE_TOO_NEW.
        """
        bundle = cls(path.absolute())
        if not bundle.path.is_dir():
            raise CaptureError(CaptureCode.BUNDLE_MISSING, str(path))
        bundle.manifest()
        return bundle

    @property
    def manifest_path(self) -> Path:
        return self.path / MANIFEST

    @property
    def screen_path(self) -> Path:
        """Picture and sound."""
        return self.path / SCREEN

    @property
    def camera_path(self) -> Path:
        """The webcam's picture; only there if it was recorded."""
        return self.path / CAMERA

    @property
    def capture_path(self) -> Path:
        """Events, marks, frames, intervals."""
        return self.path / CAPTURE

    @property
    def logs_dir(self) -> Path:
        return self.path / "logs"

    @property
    def transcripts_dir(self) -> Path:
        """Journals of transcription jobs."""
        return self.path / "transcripts"

    @property
    def derived_dir(self) -> Path:
        """Caches; safe to delete."""
        return self.path / "derived"

    @property
    def evidence_dir(self) -> Path:
        """Stills and clips cut for issues."""
        return self.path / "evidence"

    def manifest(self) -> Manifest:
        """Reads the manifest anew.

        Raises:
            CaptureError: BUNDLE_NO_MANIFEST, BUNDLE_BROKEN, BUNDLE_TOO_NEW.
        """
        try:
            data = self.manifest_path.read_bytes()
        except FileNotFoundError as error:
            raise CaptureError(CaptureCode.BUNDLE_NO_MANIFEST, str(self.path)) from error
        except OSError as error:
            raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{self.manifest_path}: {error.strerror}") from error
        return Manifest.from_text(data, where=str(self.manifest_path))

    def write_manifest(self, manifest: Manifest) -> None:
        """Replaces the manifest as a whole, and waits for the disk.

        Raises:
            CaptureError: FOLDER_UNWRITABLE or DISK_FULL; the old manifest is still there.
        """
        try:
            write_atomically(self.manifest_path, manifest.to_text().encode())
        except OSError as error:
            raise storage_error(error, self.manifest_path) from error

    def has_data(self) -> bool:
        """Whether anything of a session is in the folder."""
        return any(path.exists() for path in (self.manifest_path, self.capture_path, self.screen_path))

    def remove(self) -> None:
        """Removes the folder of a recording that never began. The caller knows that nothing is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def is_recording(self) -> bool:
        """Whether a live recorder holds this bundle's lock."""
        try:
            descriptor = os.open(self.path / LOCK, os.O_RDONLY)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor, exclusive=False)
        finally:
            os.close(descriptor)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the bundle for one writer; the system lets go of it when the process ends, however it ends.

        Raises:
            CaptureError: BUNDLE_RECORDING if another holds it, BUNDLE_MISSING, FOLDER_UNWRITABLE, DISK_FULL.
        """
        try:
            descriptor = open_private(self.path / LOCK, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError as error:
            raise CaptureError(CaptureCode.BUNDLE_MISSING, str(self.path)) from error
        except OSError as error:
            raise storage_error(error, self.path) from error
        try:
            deadline = time.monotonic() + LOCK_PATIENCE_S
            while not _try_lock(descriptor, exclusive=True):  # `is_recording` elsewhere holds it for a moment
                if time.monotonic() > deadline:
                    raise CaptureError(CaptureCode.BUNDLE_RECORDING, str(self.path))
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)


if sys.platform == "win32":

    def _try_lock(descriptor: int, *, exclusive: bool) -> bool:  # noqa: ARG001
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _try_lock(descriptor: int, *, exclusive: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def find_bundles(root: Path) -> list[SessionBundle]:
    """All bundles in a folder of sessions, by name, also those without a manifest or with a broken one.

    `root` may be the study folder (its "sessions" is searched) or the folder of sessions itself. A folder that can't
    be read has none.
    """
    sessions = root / "sessions" if (root / "sessions").is_dir() else root
    try:
        # What begins with a dot is being copied or imported, and gets its name when it is whole.
        folders = sorted(path for path in sessions.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []
    return [bundle for path in folders if (bundle := SessionBundle(path.absolute())).has_data()]
