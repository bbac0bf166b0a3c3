"""Which names in a packed study may become files. What was packed elsewhere is not trusted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from annotate.errors import StudyCode, StudyError

MANIFEST = "moderato-pack.json"
STUDY_FILE = "study.sqlite3"
SESSIONS = "sessions"
_LONGEST_NAME = 200
_DEEPEST = 8
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows, with whatever suffix: learn.microsoft.com, Naming Files, Paths, and Namespaces."""
_FORBIDDEN = frozenset('<>:"/\\|?*')


def safe_member(name: str) -> PurePosixPath:
    """The path that a name in a pack means, relative to the study's folder.

    Raises:
        StudyError: PACK_UNSAFE for what would lie outside it, or could not be a file on one of the systems: absolute,
            with `..` or a drive, with control characters, devices, endings that a system drops.
    """
    parts = name.split("/")
    good = (
        name == unicodedata.normalize("NFC", name)
        and 1 <= len(parts) <= _DEEPEST
        and all(_good_part(part) for part in parts)
        and (name in {MANIFEST, STUDY_FILE} or (parts[0] == SESSIONS and len(parts) > 2))
    )
    if not good:
        raise StudyError(StudyCode.PACK_UNSAFE, _shown(name))
    return PurePosixPath(name)


def check_together(names: Iterable[str]) -> None:
    """Raises PACK_UNSAFE where two names would be one file, or one would be a file and a folder at once."""
    seen: set[str] = set()
    folders: set[str] = set()
    for name in names:
        folded = unicodedata.normalize("NFC", name.casefold())
        if folded in seen:
            raise StudyError(StudyCode.PACK_UNSAFE, _shown(name))
        seen.add(folded)
        folders.update(str(parent) for parent in PurePosixPath(folded).parents)
    if both := seen & folders:
        raise StudyError(StudyCode.PACK_UNSAFE, _shown(min(both)))


def safe_bundle_path(text: str) -> bool:
    """Whether a session's path is that of a folder right in `sessions`."""
    parts = text.split("/")
    return len(parts) == 2 and parts[0] == SESSIONS and _good_part(parts[1])


def safe_relative(text: str) -> bool:
    """Whether a path leads to something below the folder it is relative to."""
    return all(_good_part(part) for part in text.split("/"))


def safe_file_name(text: str) -> bool:
    """Whether a name is one of a file right in its folder."""
    return _good_part(text)


def _good_part(part: str) -> bool:
    return (
        0 < len(part.encode(errors="replace")) <= _LONGEST_NAME
        and part not in {".", ".."}
        and part.isprintable()
        and not _FORBIDDEN & set(part)
        and part[-1] not in {".", " "}
        and part[0] != " "
        and _DEVICES.fullmatch(part) is None
    )


def _shown(name: str) -> str:
    """A name as it can be told: nothing in it may act on a terminal."""
    return "".join(letter if letter.isprintable() else "·" for letter in name[:80])
