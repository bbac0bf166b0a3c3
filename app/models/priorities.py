"""Issues by what they are worth, as table rows."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt

from annotate.figures.methods import Figure
from annotate.figures.priority import Priority, RankBy
from annotate.figures.words import DASH, assumed_words, method_words, rank_words, severity_words, share_words
from app.models.keyed import SORT_ROLE, KeyedTableModel
from app.plain import tooltip

BAND_ROLE = Qt.ItemDataRole.UserRole + 6
"""The `Rank` of a row and how many there are, as (Rank | None, count)."""
_LAST = 10**9


class PriorityColumn(IntEnum):
    """What a column of priorities shows."""

    RANK = 0
    SEVERITY = 1
    ISSUE = 2
    FOUND = 3
    CUSTOMER = 4
    BUSINESS = 5
    VALUE = 6
    EFFORT = 7
    PER_EFFORT = 8
    RICE = 9


_FIGURES = {
    PriorityColumn.RANK: Figure.RANK,
    PriorityColumn.SEVERITY: Figure.SEVERITY,
    PriorityColumn.FOUND: Figure.FOUND_BY,
    PriorityColumn.CUSTOMER: Figure.CUSTOMER,
    PriorityColumn.BUSINESS: Figure.BUSINESS,
    PriorityColumn.VALUE: Figure.VALUE,
    PriorityColumn.PER_EFFORT: Figure.VALUE_PER_EFFORT,
    PriorityColumn.RICE: Figure.RICE,
}


class PriorityModel(KeyedTableModel[Priority]):
    """Issues in the order of the chosen rank; those without one last."""

    def __init__(self, parent: QObject | None = None) -> None:
        tr = QCoreApplication.translate
        context = "PriorityModel"
        super().__init__(
            [
                tr(context, "Rank"),
                tr(context, "Sev."),
                tr(context, "Issue"),
                tr(context, "Found by"),
                tr(context, "Customer"),
                tr(context, "Business"),
                tr(context, "Value"),
                tr(context, "Days"),
                tr(context, "Value/day"),
                tr(context, "RICE"),
            ],
            parent,
        )
        self.by = RankBy.VALUE

    def set_priorities(self, rows: tuple[Priority, ...], by: RankBy) -> None:
        """Shows issues in the order of `by`."""
        other, self.by = by is not self.by, by
        ordered = sorted(rows, key=lambda one: (self._place(one), one.row.issue.number))
        self.set_rows(ordered)
        if other and ordered:
            self.dataChanged.emit(self.index(0, 0), self.index(len(ordered) - 1, PriorityColumn.RICE))

    def key(self, row: Priority) -> str:
        return row.row.issue.id

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole and section > PriorityColumn.ISSUE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter  # as the numbers under them
        return super().headerData(section, orientation, role)

    def value(self, row: Priority, column: int, role: int) -> object:
        what = PriorityColumn(column)
        if role == BAND_ROLE:
            return (row.ranks.get(self.by), sum(self.by in one.ranks for one in self._rows))
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if what in {PriorityColumn.SEVERITY, PriorityColumn.RANK} else self._text(row, what)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headers[column]}: {self._text(row, what)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._how(row, what))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._how(row, what)
        return self._place(row) if role == SORT_ROLE else None

    def _place(self, row: Priority) -> int:
        rank = row.ranks.get(self.by)
        return _LAST if rank is None else rank.rank

    def _text(self, row: Priority, what: PriorityColumn) -> str:
        issue = row.row.issue
        return {
            PriorityColumn.RANK: rank_words(row.ranks.get(self.by)),
            PriorityColumn.SEVERITY: severity_words(row.row.severity),
            PriorityColumn.ISSUE: f"#{issue.number}  {issue.title}",
            PriorityColumn.FOUND: f"{row.row.found.count} of {row.row.found.n}",
            PriorityColumn.CUSTOMER: _whole(row.customer),
            PriorityColumn.BUSINESS: _whole(row.business),
            PriorityColumn.VALUE: _whole(row.value),
            PriorityColumn.EFFORT: DASH if issue.effort is None else f"{issue.effort:g}",
            PriorityColumn.PER_EFFORT: DASH if row.per_effort is None else f"{row.per_effort:.1f}",
            PriorityColumn.RICE: _whole(row.rice),
        }[what]

    def _how(self, row: Priority, what: PriorityColumn) -> str:
        if what is PriorityColumn.ISSUE:
            return row.row.issue.title
        words = ""
        if what is PriorityColumn.FOUND:
            words = share_words(row.row.found)
        elif what is PriorityColumn.RANK:
            words = rank_words(row.ranks.get(self.by))
        elif what is PriorityColumn.VALUE and row.value_band is not None:
            words = f"{row.value:.0f} ({row.value_band.low:.0f}{DASH}{row.value_band.high:.0f})"
        elif what is PriorityColumn.EFFORT:
            return self.tr("The team’s estimate, in person-days")
        if row.assumed and what in {
            PriorityColumn.CUSTOMER,
            PriorityColumn.BUSINESS,
            PriorityColumn.VALUE,
            PriorityColumn.RICE,
        }:
            assumed = "; ".join(sorted(assumed_words(one) for one in row.assumed))
            words = "\n".join(part for part in (words, self.tr("Assumed: {all}").format(all=assumed)) if part)
        n = len(row.raters) if what is PriorityColumn.SEVERITY else row.row.found.n
        method = method_words(_FIGURES[what], n)
        return f"{words}\n\n{method}" if words else method


def _whole(value: float | None) -> str:
    return DASH if value is None else f"{value:,.0f}"
