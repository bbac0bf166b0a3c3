"""Speech models as table rows."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt

from app.controllers.models import ModelRow, ModelStanding
from app.models.keyed import SORT_ROLE, KeyedTableModel
from app.palette import Role
from app.theme import theme
from transcribe.trial import Speed


class ModelColumn(IntEnum):
    """What a column shows."""

    NAME = 0
    STANDING = 1
    SIZE = 2
    MEMORY = 3
    LANGUAGES = 4
    SPEED = 5


_NUMERIC = {ModelColumn.SIZE, ModelColumn.MEMORY, ModelColumn.SPEED}
_ICONS = {
    ModelStanding.ABSENT: ("ph.download-simple", Role.TEXT_MUTED),
    ModelStanding.PAUSED: ("ph.pause", Role.WARNING),
    ModelStanding.LOADING: ("ph.arrow-down", Role.ACCENT),
    ModelStanding.HERE: ("ph.check", Role.SUCCESS),
    ModelStanding.TRYING: ("ph.timer", Role.ACCENT),
}


class SpeechModelsTable(KeyedTableModel[ModelRow]):
    """One row for each model."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (_tr("Model"), _tr("State"), _tr("Download"), _tr("Memory"), _tr("Languages"), _tr("Speed here")), parent
        )

    def key(self, row: ModelRow) -> str:
        return row.name

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMERIC:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def value(self, row: ModelRow, column: int, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _words(row, ModelColumn(column))
            case Qt.ItemDataRole.DecorationRole if column == ModelColumn.STANDING:
                return theme().icon(*_ICONS[row.standing])
            case Qt.ItemDataRole.TextAlignmentRole | Qt.ItemDataRole.FontRole:
                return _shape(row, column, role)
            case Qt.ItemDataRole.ForegroundRole:
                return _colour(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(row, column)
        return _words(row, ModelColumn(column)) if role == SORT_ROLE else None


def _shape(row: ModelRow, column: int, role: int) -> object:
    numeric = column in _NUMERIC
    if role == Qt.ItemDataRole.FontRole:
        return theme().font(strong=row.chosen and column == ModelColumn.NAME, tabular=numeric)
    return (Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter


def _colour(row: ModelRow, column: int) -> object:
    if column == ModelColumn.MEMORY and not row.fits:
        return theme().color(Role.WARNING)
    if column == ModelColumn.SPEED and (row.speed is None or not row.speed.measured):
        return theme().color(Role.TEXT_MUTED)
    return None


def _tip(row: ModelRow, column: int) -> str | None:
    if column == ModelColumn.MEMORY and not row.fits:
        return _tr("More than is free right now")
    return speed_tip(row.speed) if column == ModelColumn.SPEED else None


def megabytes(size: int) -> str:
    """A size for people: MB, from a gigabyte on GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1_000_000_000 else f"{size / 1e6:.0f} MB"


def speed_words(speed: Speed | None) -> str:
    """How fast a model is, in a cell."""
    if speed is None:
        return _tr("not tried")
    factor = f"{speed.factor:.1f}" if speed.factor < 10 else f"{speed.factor:.0f}"
    return f"{factor} ×" if speed.measured else _tr("about %1 ×").replace("%1", factor)


def speed_tip(speed: Speed | None) -> str:
    """What that means."""
    if speed is None:
        return _tr("Try a model that is here: it takes some ten seconds.")
    if speed.measured:
        return _tr("Seconds of speech heard in a second, tried on this computer.")
    return _tr("An estimate, from the model that was tried and how much this one computes.")


def standing_words(row: ModelRow) -> str:
    """How it stands with a model, in a cell."""
    share = f"{100 * row.done_bytes // max(1, row.size_bytes)} %"
    words = {
        ModelStanding.ABSENT: _tr("Not here"),
        ModelStanding.PAUSED: _tr("Paused at %1").replace("%1", share),
        ModelStanding.LOADING: _tr("Downloading %1").replace("%1", share),
        ModelStanding.HERE: _tr("Used") if row.chosen else _tr("Here"),
        ModelStanding.TRYING: _tr("Being tried…"),
    }
    return words[row.standing]


def _words(row: ModelRow, column: ModelColumn) -> str:
    words = {
        ModelColumn.NAME: lambda: row.name,
        ModelColumn.STANDING: lambda: standing_words(row),
        ModelColumn.SIZE: lambda: megabytes(row.size_bytes),
        ModelColumn.MEMORY: lambda: megabytes(row.spec.memory_bytes) if row.spec is not None else "–",
        ModelColumn.LANGUAGES: lambda: _languages(row),
        ModelColumn.SPEED: lambda: speed_words(row.speed),
    }
    return words[column]()


def _languages(row: ModelRow) -> str:
    if row.spec is None:
        return "–"
    return str(row.spec.languages) if row.spec.multilingual else _tr("English")


def _tr(text: str) -> str:
    return QCoreApplication.translate("models", text)
