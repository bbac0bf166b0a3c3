"""Writing an export: whole or not at all, and never over something else."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from annotate._open import FILE_NAME
from annotate._sqlite import os_code
from annotate.errors import StudyCode, StudyError

_COPY_BLOCK = 1 << 20


def write_export(out: Path, data: bytes, suffix: str) -> None:
    """Writes a file, mode 0600, over one with the same suffix (".csv") at most, and never inside a study.

    Raises:
        StudyError: EXPORT_UNWRITABLE, DISK_FULL.
    """
    _put(out, suffix, lambda file: file.write(data))


def copy_export(out: Path, source: Path) -> None:
    """Copies a film or a picture out of a study, as `write_export` does.

    Raises:
        StudyError: EXPORT_UNWRITABLE, DISK_FULL.
    """

    def copy(file: BinaryIO) -> None:
        with source.open("rb") as reader:
            shutil.copyfileobj(reader, file, _COPY_BLOCK)

    _put(out, source.suffix, copy)


def _put(out: Path, suffix: str, write: Callable[[BinaryIO], object]) -> None:
    out = Path(os.path.abspath(out))  # noqa: PTH100  # `.` has no name to put a suffix to
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        _check_place(out, suffix)
        part.unlink(missing_ok=True)
        try:
            # The folder may be anybody's: a link planted under this name must not be followed.
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o600)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as exc:
        full = os_code(exc) is StudyCode.DISK_FULL
        code = StudyCode.DISK_FULL if full else StudyCode.EXPORT_UNWRITABLE
        raise StudyError(code, f"{out}: {exc.strerror}") from exc


def _check_place(out: Path, suffix: str) -> None:
    if out.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if any((folder / FILE_NAME).exists() for folder in Path(os.path.abspath(out)).parents):  # noqa: PTH100
        raise PermissionError(errno.EPERM, "it would lie inside a study")
    if out.exists() and not (out.is_file() and out.suffix.lower() == suffix):
        raise FileExistsError(errno.EEXIST, f"what has that name is no {suffix} file, and is kept")
