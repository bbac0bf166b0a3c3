"""What the parts of the store share: the connection, the author, and the checks of values given."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from annotate._rows import Database, Key, Rows
from annotate.changes import SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Severity

MAX_NS = 2**62
"""No session lasts 146 years; what is beyond is a mistake in units."""


class StorePart:
    """Base of the parts that make up `StudyStore`."""

    folder: Path
    author: str
    _db: Database
    _automatic: bool = False

    def _author_id(self, tx: Rows, name: str | None = None) -> str:
        """The author's row; made when first needed, so that opening a study writes nothing."""
        name = (name or "").strip() or self.author
        row = tx.one("SELECT id FROM author WHERE name = ?", name)
        if row is not None:
            return str(row["id"])
        author_id = new_id()
        tx.note("author", {"id": author_id, "name": name})
        return author_id


def new_id() -> str:
    return str(uuid.uuid4())


def id_key(row_id: str) -> Key:
    return (("id", row_id),)


def known(name: str, fields: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Refuse a field that this row doesn't have."""
    for field in fields:
        if field not in allowed:
            raise invalid(f"{name}.{field}")


def required_text(name: str, value: object) -> str:
    """A text that says something, without spaces around it."""
    if not isinstance(value, str) or not value.strip():
        raise invalid(name)
    return value.strip()


def optional_text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(name)
    return value.strip() or None


def time_ns(name: str, value: object) -> int:
    """A moment of session time."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NS:
        raise invalid(f"{name}: {value!r}")
    return value


def severity_value(value: object) -> SqlValue:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in list(Severity):
        raise invalid(f"severity: {value!r}")
    return int(value)


def invalid(detail: str) -> StudyError:
    return StudyError(StudyCode.VALUE_INVALID, detail)


def same_text(left: str, right: str) -> bool:
    """Whether two names mean the same to a reader: capitals and spacing aside."""
    return " ".join(left.split()).casefold() == " ".join(right.split()).casefold()
