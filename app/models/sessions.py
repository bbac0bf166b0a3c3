"""The sessions of a study as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from annotate.models import Session, SessionState
from annotate.timeline import format_time
from app.consent_words import consent_words
from app.models.keyed import SORT_ROLE, KeyedTableModel
from app.palette import Role
from app.theme import theme
from app.widgets.times import day_words
from app.wording import session_state_words

STATE, PARTICIPANT, STARTED, LENGTH, OBSERVATIONS, TRANSCRIPT, CONSENT = range(7)
Index = QModelIndex | QPersistentModelIndex
_NUMERIC = {LENGTH, OBSERVATIONS}
_ICONS = {
    SessionState.PLANNED: ("ph.calendar-blank", Role.TEXT_MUTED),
    SessionState.RECORDING: ("ph.record", Role.DANGER),
    SessionState.RECORDED: ("ph.check", Role.SUCCESS),
    SessionState.RECOVERED: ("ph.first-aid-kit", Role.WARNING),
    SessionState.REVIEWED: ("ph.checks", Role.SUCCESS),
    SessionState.FAILED: ("ph.warning-octagon", Role.DANGER),
}
_WITHDRAWN = ("ph.prohibit", Role.TEXT_MUTED)
_LOST = ("ph.link-break", Role.WARNING)


class SessionsModel(KeyedTableModel[Session]):
    """One row per session. State and transcript are told in words; the icon only helps the eye."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(("",) * 7, parent)
        self._headers = (
            self.tr("State"),
            self.tr("Participant"),
            self.tr("Recorded"),
            self.tr("Length"),
            self.tr("Observations"),
            self.tr("Transcript"),
            self.tr("Agreed to"),
        )
        self._runs: dict[str, str] = {}
        self._missing: frozenset[str] = frozenset()

    def key(self, row: Session) -> str:
        return row.id

    def set_missing(self, session_ids: frozenset[str]) -> None:
        """The sessions whose recording isn't where it was."""
        changed, self._missing = self._missing ^ session_ids, session_ids
        for session_id in changed:
            row = self.row_of(session_id)
            if row >= 0:
                self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    def is_missing(self, session_id: str) -> bool:
        return session_id in self._missing

    def set_runs(self, words: Mapping[str, str]) -> None:
        """The sessions that are being transcribed or wait for it, by id, and how each stands."""
        before, self._runs = self._runs, dict(words)
        for session_id in before.keys() | self._runs.keys():
            if before.get(session_id) != self._runs.get(session_id):
                self._touch(session_id)

    def transcribing(self, session_id: str) -> bool:
        return session_id in self._runs

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMERIC:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def value(self, row: Session, column: int, role: int) -> object:  # noqa: PLR0911  # one for each role
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(row, column)
            case Qt.ItemDataRole.DecorationRole if column == STATE:
                icon, colour = _ICONS[row.state]
                if row.withdrawn or row.id in self._missing:
                    icon, colour = _WITHDRAWN if row.withdrawn else _LOST
                return theme().icon(icon, colour)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column in _NUMERIC else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.FontRole if column in _NUMERIC or column == STARTED:
                return theme().font(tabular=True)
            case _ if role == SORT_ROLE:
                return self._sort(row, column)
            case _:
                return None

    def _words(self, row: Session, column: int) -> str:
        words = {
            STATE: lambda: self._state(row),
            PARTICIPANT: lambda: row.participant_code,
            STARTED: lambda: day_words(datetime.fromisoformat(row.started_utc)) if row.started_utc else "–",
            LENGTH: lambda: _length(row),
            OBSERVATIONS: lambda: str(row.observation_count),
            TRANSCRIPT: lambda: self._transcript(row),
            CONSENT: lambda: self._agreed(row),
        }
        return words[column]()

    def _state(self, row: Session) -> str:
        imported = row.origin == "imported" and row.state is SessionState.RECORDED
        words = self.tr("Imported") if imported else _begun(session_state_words(row.state))
        if row.id in self._missing:
            words = self.tr("Recording missing")
        if row.pilot:
            words = self.tr("%1 · pilot").replace("%1", words)
        return self.tr("%1 · withdrawn").replace("%1", words) if row.withdrawn else words

    def _agreed(self, row: Session) -> str:
        if row.withdrawn:
            return self.tr("Withdrawn")
        return _begun(consent_words(row.consent_version, row.consent_scopes))

    def _tip(self, row: Session, column: int) -> str:
        if column == STATE and row.id in self._missing:
            return self.tr("The folder of the recording is not there. Find it; all text work goes on without it.")
        if column in {STATE, CONSENT} and row.withdrawn:
            return self.tr("The participant has withdrawn consent: nothing of theirs is counted, found or exported")
        if column == STATE and row.pilot:
            return self.tr("A pilot: listed, and left out of figures")
        if column == LENGTH and row.duration_ns is not None and row.used_ns != row.duration_ns:
            whole = format_time(row.duration_ns)
            return self.tr("Trimmed for figures and exports; the recording lasts %1").replace("%1", whole)
        return self._words(row, column)

    def _transcript(self, row: Session) -> str:
        if row.id in self._runs:
            return self._runs[row.id]
        words = {
            "running": self.tr("Begun"),
            "partial": self.tr("In part"),
            "done": self.tr("Done"),
            "failed": self.tr("Failed"),
        }
        return words.get(row.transcript_state or "", "–")

    def _sort(self, row: Session, column: int) -> str | int:
        if column == STARTED:
            return row.started_utc or ""
        if column == LENGTH:
            return row.used_ns or 0
        return row.observation_count if column == OBSERVATIONS else self._words(row, column).casefold()

    def _touch(self, session_id: str) -> None:
        row = self.row_of(session_id)
        if row >= 0:
            at = self.index(row, TRANSCRIPT)
            self.dataChanged.emit(at, at)


def _length(row: Session) -> str:
    if row.used_ns is None:
        return "–"
    used = format_time(row.used_ns)
    return used if row.duration_ns in {None, row.used_ns} else f"{used} / {format_time(row.duration_ns or 0)}"


def _begun(words: str) -> str:
    """With a capital, as a cell begins."""
    return words[:1].upper() + words[1:]
