"""Files that only their owner can read, written so that a crash leaves the old one or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

from capture.errors import CaptureCode, CaptureError

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_HASH_BLOCK = 1 << 20


def make_private_folder(path: Path) -> None:
    """Makes a folder (parents must exist) with mode 0700 whatever the umask. Raises `OSError`, also if it exists."""
    path.mkdir(mode=FOLDER_MODE)
    path.chmod(FOLDER_MODE)


def ensure_private_folder(path: Path) -> None:
    """As `make_private_folder`, but a folder that is already there is left as it is."""
    try:
        make_private_folder(path)
    except FileExistsError:
        if not path.is_dir():
            raise


def open_private(path: Path, flags: int) -> int:
    """`os.open` for a file of mode 0600 whatever the umask. Returns a descriptor."""
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0), FILE_MODE)
    if sys.platform != "win32" and flags & os.O_CREAT:
        os.fchmod(descriptor, FILE_MODE)
    return descriptor


def sync_folder(path: Path) -> None:
    """Makes new names in a folder survive a power cut; nothing to do where folders can't be synced (Windows)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Waits until the file's content is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Replaces a file by one of mode 0600, or leaves it untouched and raises `OSError`."""
    part = path.with_name(path.name + ".part")
    try:
        descriptor = open_private(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def is_full(error: OSError) -> bool:
    """Whether there was no space left."""
    return error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def storage_error(error: OSError, path: Path) -> CaptureError:
    """What an `OSError` while writing means to a user: no space left, or a folder that can't be written."""
    code = CaptureCode.DISK_FULL if is_full(error) else CaptureCode.FOLDER_UNWRITABLE
    return CaptureError(code, f"{path}: {error.strerror or type(error).__name__}")
