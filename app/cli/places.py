"""From a path that a user typed to a study or a recording."""

from __future__ import annotations

import os
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.ingest import settle
from annotate.store import FILE_NAME, SUFFIX, StudyStore
from app.recording import default_consent_text, user_name
from capture.bundle import MANIFEST, SessionBundle


def study_folder(path: Path) -> Path | None:
    """The study at `path`, with or without its suffix; None where there is none."""
    folder = Path(os.path.abspath(path))  # noqa: PTH100  # `.` and `..` have no name to put a suffix to
    candidates = [folder, *([folder.with_name(folder.name + SUFFIX)] if folder.name else [])]
    return next((each for each in candidates if (each / FILE_NAME).is_file()), None)


def open_study(path: Path) -> StudyStore:
    """Opens the study at `path` or says that there is none."""
    folder = study_folder(path)
    if folder is None:
        raise _no_study(path)
    store = StudyStore.open(folder, author=user_name())
    settle(store)
    return store


def _no_study(path: Path) -> StudyError:
    around = study_folder(path.absolute().parent.parent) if (path / MANIFEST).is_file() else None
    if around is None:
        return StudyError(StudyCode.STUDY_MISSING, str(path))
    return StudyError(StudyCode.VALUE_INVALID, f"{path} is a recording; its study is {around}")


def open_or_create_study(path: Path) -> StudyStore:
    """Opens the study at `path`, or makes it there."""
    if study_folder(path) is not None:
        return open_study(path)
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # `..` must go, and the folder isn't there to be resolved
    name = absolute.name.removesuffix(SUFFIX)
    if not name:
        raise StudyError(StudyCode.STUDY_UNWRITABLE, str(absolute))
    return StudyStore.create(
        absolute.with_name(name + SUFFIX), name, author=user_name(), consent_text=default_consent_text()
    )


def study_of_bundle(bundle: SessionBundle) -> StudyStore | None:
    """The study that a recording lies in, or None for one that lies alone."""
    folder = bundle.path.absolute().parent.parent
    return StudyStore.open(folder, author=user_name()) if (folder / FILE_NAME).is_file() else None
