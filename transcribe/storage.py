"""Errors of the file system in the words of this package."""

from __future__ import annotations

import errno
from pathlib import Path

from transcribe.errors import TranscribeCode, TranscribeError

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(error: OSError, where: Path) -> TranscribeError:
    """`error`, met while writing in `where`, as DISK_FULL or FOLDER_UNWRITABLE."""
    code = TranscribeCode.DISK_FULL if error.errno in _NO_SPACE else TranscribeCode.FOLDER_UNWRITABLE
    return TranscribeError(code, f"{where}: {error.strerror or error}")


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for the owner alone whatever the umask; leaves others as they are.

    Raises:
        OSError: as `Path.mkdir`.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
