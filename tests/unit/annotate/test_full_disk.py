"""What SQLite's complaints about a disk mean to a study."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from annotate._sqlite import translated
from annotate.errors import StudyCode, StudyError


@pytest.mark.parametrize(
    ("whole", "code"),
    [
        (sqlite3.SQLITE_FULL, StudyCode.DISK_FULL),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StudyCode.DISK_FULL),  # no room to begin with: it is called an I/O error
        (sqlite3.SQLITE_IOERR_READ, StudyCode.STUDY_UNWRITABLE),
    ],
)
def test_a_disk_without_room_is_called_full(tmp_path: Path, whole: int, code: StudyCode) -> None:
    complaint = sqlite3.OperationalError("disk I/O error")
    complaint.sqlite_errorcode = whole
    with pytest.raises(StudyError) as told, translated(tmp_path):
        raise complaint
    assert told.value.code is code
