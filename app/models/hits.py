"""What a search has found, as rows: a heading for each session, its hits below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from annotate.library import ItemKind
from annotate.search import Hit
from annotate.timeline import format_time
from app.models.keyed import ROW_ROLE, Index
from app.widgets.times import day_words
from app.wording import item_kind_words, role_words

_NONE = QModelIndex()


@dataclass(frozen=True, slots=True)
class HitHeading:
    """A session, or the issues of a study, with how many hits of it are listed."""

    title: str
    about: str
    count: int


HitRow = HitHeading | Hit


def hit_rows(hits: Sequence[Hit]) -> list[HitRow]:
    """Headings with their hits."""
    groups: dict[tuple[object, ...], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.folder, hit.session_id), []).append(hit)
    rows: list[HitRow] = []
    for group in groups.values():
        first = group[0]
        about = [first.study]
        if first.started_utc:
            about.append(day_words(datetime.fromisoformat(first.started_utc).astimezone()))
        title = first.participant or item_kind_words(ItemKind.ISSUE).capitalize() + "s"
        rows.append(HitHeading(title, " · ".join(about), len(group)))
        rows += group
    return rows


def who_says(hit: Hit) -> str:
    """Who says it, or what it is."""
    if hit.kind in {ItemKind.SPEECH, ItemKind.TRANSLATION}:
        return hit.speaker or (role_words(hit.role) if hit.role else "")
    return item_kind_words(hit.kind).capitalize()


class HitsModel(QAbstractListModel):
    """Headings can't be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[HitRow] = []

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Replaces all rows."""
        self.beginResetModel()
        self._rows = hit_rows(hits)
        self.endResetModel()

    def row(self, number: int) -> HitRow:
        return self._rows[number]

    def next_hit(self, number: int, step: int) -> int:
        """The next row (or the one before) that is a hit, -1 if there is none."""
        rows = range(number + step, len(self._rows) if step > 0 else -1, step)
        return next((each for each in rows if isinstance(self._rows[each], Hit)), -1)

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role not in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        }:
            return None
        if isinstance(row, HitHeading):
            return f"{row.title} · {row.about}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{format_time(row.t_start_ns)} {who_says(row)}: {row.text}"
        return row.text if role == Qt.ItemDataRole.DisplayRole else "\n".join(filter(None, (row.task, row.text)))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if isinstance(self._rows[index.row()], HitHeading):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
