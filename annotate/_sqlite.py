"""Connections to a study file, and what SQLite's complaints mean to a study."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate.errors import StudyCode, StudyError

BUSY_TIMEOUT_MS = 5000
HEADER = b"SQLite format 3\x00"

_CODES = {
    sqlite3.SQLITE_BUSY: StudyCode.STUDY_BUSY,
    sqlite3.SQLITE_LOCKED: StudyCode.STUDY_BUSY,
    sqlite3.SQLITE_FULL: StudyCode.DISK_FULL,
    sqlite3.SQLITE_READONLY: StudyCode.STUDY_UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: StudyCode.STUDY_UNWRITABLE,
    sqlite3.SQLITE_PERM: StudyCode.STUDY_UNWRITABLE,
    sqlite3.SQLITE_IOERR: StudyCode.STUDY_UNWRITABLE,
    sqlite3.SQLITE_CORRUPT: StudyCode.STUDY_BROKEN,
    sqlite3.SQLITE_NOTADB: StudyCode.STUDY_BROKEN,
    sqlite3.SQLITE_CONSTRAINT: StudyCode.VALUE_INVALID,
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system complain about into a `StudyError`; defects of ours pass as they are."""
    try:
        yield
    except sqlite3.Error as exc:
        whole = getattr(exc, "sqlite_errorcode", 0)
        # No room for the few pages beside the file: SQLite calls that an I/O error.
        code = StudyCode.DISK_FULL if whole == sqlite3.SQLITE_IOERR_SHMSIZE else _CODES.get(whole & 0xFF)
        if code is None:
            raise
        raise StudyError(code, f"{path.name}: {exc}") from exc
    except OSError as exc:
        raise StudyError(os_code(exc), f"{path.name}: {exc.strerror}") from exc


def os_code(exc: OSError) -> StudyCode:
    """Which code a failed write to a study's folder means."""
    return StudyCode.DISK_FULL if exc.errno in {errno.ENOSPC, errno.EDQUOT} else StudyCode.STUDY_UNWRITABLE


def make_private_dir(path: Path) -> None:
    """Make a folder, with its parents, that only its owner can enter."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read. SQLite gives its journal files the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    path.chmod(0o600)


class StudyConnection(sqlite3.Connection):
    """A connection that is counted while it is open; see `is_open_here`."""

    _file: tuple[int, int] | None = None

    def count(self, path: Path) -> None:
        """Note which file this connection holds open. The caller holds `opening`."""
        self._file = _identity(path)
        _open_here[self._file] += 1

    def close(self) -> None:
        """Close and stop counting; closing twice is fine."""
        with opening:
            super().close()
            if self._file is not None:
                _open_here[self._file] -= 1
                self._file = None


opening = threading.RLock()
"""Held while a study file is opened, looked at or closed, so that no thread looks at what another has just opened."""
_open_here: Counter[tuple[int, int]] = Counter()


def is_open_here(path: Path) -> bool:
    """Whether this process holds the file open by SQLite. The caller holds `opening`.

    Then nothing but SQLite may open it: on POSIX, closing any descriptor of a file drops all locks that the process
    has on it. Another process would take the study for unused and delete the log that this one goes on writing to
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    return _open_here[_identity(path)] > 0


def _identity(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_dev, facts.st_ino


def connect(path: Path) -> sqlite3.Connection:
    """A reading and writing connection to an existing file, in autocommit: transactions are begun by hand."""
    with opening:
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=BUSY_TIMEOUT_MS / 1000,
            factory=StudyConnection,
        )
        conn.count(path)
    conn.row_factory = sqlite3.Row
    return conn


def connect_to_look(path: Path) -> sqlite3.Connection:
    """A connection that changes no byte of the file, nor leaves one beside it where that can be helped.

    Closing an ordinary connection may move a crashed writer's log into the file; a study of a newer version must
    not be touched. Without a log nobody is writing, and the file can be read as it lies. Not for a file that
    `is_open_here`: a connection that ignores locks drops them when it is closed.
    """
    log = path.with_name(path.name + "-wal")
    how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
