"""The matrix as a table: issues down, participants across."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from annotate.figures.matrix import Cell, CellKind, Matrix, MatrixRow
from annotate.figures.methods import Figure
from annotate.figures.words import cell_words, method_words, percent, percent_range, severity_words, share_words
from app.models.keyed import ROW_ROLE
from app.plain import tooltip

Index = QModelIndex | QPersistentModelIndex
CELL_ROLE = Qt.ItemDataRole.UserRole + 3
"""The `Cell` of a participant's column."""


class MatrixColumn(IntEnum):
    """The columns before those of the participants."""

    SEVERITY = 0
    FOUND = 1


FIRST_PERSON = len(MatrixColumn)


class MatrixModel(QAbstractTableModel):
    """Rows and columns in the order of the matrix; the vertical header names the issue."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._matrix: Matrix | None = None

    def set_matrix(self, matrix: Matrix | None) -> None:
        self.beginResetModel()
        self._matrix = matrix
        self.endResetModel()

    def row_at(self, number: int) -> MatrixRow | None:
        rows = self._matrix.rows if self._matrix is not None else ()
        return rows[number] if 0 <= number < len(rows) else None

    def cell_at(self, row: int, column: int) -> Cell | None:
        found = self.row_at(row)
        place = column - FIRST_PERSON
        return found.cells[place] if found is not None and 0 <= place < len(found.cells) else None

    def row_of(self, issue_id: str) -> int:
        """The row number of an issue, -1 if it isn't there."""
        rows = self._matrix.rows if self._matrix is not None else ()
        return next((number for number, row in enumerate(rows) if row.issue.id == issue_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._matrix is None else len(self._matrix.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._matrix is None else FIRST_PERSON + len(self._matrix.people)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._matrix is None:
            return None
        if orientation is Qt.Orientation.Vertical:
            return self._issue_header(section, role)
        if role == Qt.ItemDataRole.DisplayRole:
            if section >= FIRST_PERSON:
                return self._matrix.people[section - FIRST_PERSON].code
            return {MatrixColumn.SEVERITY: self.tr("Sev."), MatrixColumn.FOUND: self.tr("Found by")}[
                MatrixColumn(section)
            ]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        cell = self.cell_at(index.row(), index.column())
        if cell is not None:
            return self._cell(row, cell, role)
        if index.column() == MatrixColumn.SEVERITY:
            spoken = {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}
            return severity_words(row.severity) if role in spoken else None
        return self._found(row, role)

    def _issue_header(self, section: int, role: int) -> object:
        row = self.row_at(section)
        if row is None:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            words = f"#{row.issue.number}  {row.issue.title}"
            return words if role == Qt.ItemDataRole.DisplayRole else tooltip(words)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def _cell(self, row: MatrixRow, cell: Cell, role: int) -> object:
        if role == CELL_ROLE:
            return cell
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            words = f"{cell.person.code}, #{row.issue.number}: {self._words(cell)}"
            return words if role == Qt.ItemDataRole.AccessibleTextRole else tooltip(words)
        return None

    def _words(self, cell: Cell) -> str:
        words = cell_words(cell.kind)
        if cell.kind is CellKind.FOUND:
            words += f", {severity_words(cell.severity)}"
        if cell.moments:
            words += ", " + self.tr("%n observation(s)", "", len(cell.moments))
        return words

    def _found(self, row: MatrixRow, role: int) -> object:
        found = row.found
        if role == Qt.ItemDataRole.DisplayRole:
            if found.share is None or found.interval is None:
                return ""
            return f"{found.count} of {found.n} · {percent(found.share)} ({percent_range(found.interval)[:-2]})"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return share_words(found)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(method_words(Figure.FOUND_BY, found.n))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return method_words(Figure.FOUND_BY, found.n)
        return None
