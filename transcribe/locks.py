"""Who transcribes a session, over all processes: a lock that the system lets go of when its holder ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.storage import make_private_folder, storage_error

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NAME = ".lock"
_PATIENCE_S = 4.0
_LOOK_S = 0.05
_FAR = 2**40  # Windows keeps others from reading what is locked: a byte that no journal has


def keep_to_ourselves(descriptor: int, what: Path) -> None:
    """Lock an open journal for as long as it is open; readers aren't kept out.

    A transcriber whose app was killed needs a moment to notice: it is waited for.

    Raises:
        TranscribeError: BUSY when another process still writes to it after some seconds.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise TranscribeError(TranscribeCode.BUSY, what.name)
        time.sleep(_LOOK_S)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the transcripts of a session, in `folder`, for one that makes them; waits for nobody.

    Raises:
        TranscribeError: BUSY when another process, or another thread of this one, holds them; FOLDER_UNWRITABLE,
            DISK_FULL.
    """
    from filelock import FileLock, Timeout

    try:
        make_private_folder(folder)
        lock = FileLock(folder / NAME, mode=0o600, thread_local=False)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TranscribeError(TranscribeCode.BUSY, folder.parent.name) from error
    except OSError as error:
        raise storage_error(error, folder) from error
    try:
        yield
    finally:
        lock.release()


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        import os

        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, at, os.SEEK_SET)
        return True
else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
