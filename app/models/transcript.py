"""The transcript as a list of segments, each with its words and their times."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from annotate.models import StoredSegment, StoredWord
from annotate.timeline import format_time
from app.models.keyed import ROW_ROLE, Index
from app.wording import flag_words
from transcribe.models import Flag, Segment

LOW_PROBABILITY = 0.5
"""Below it the model doubts its own word; the word is shown faded and with dots under it."""


@dataclass(frozen=True, slots=True)
class LineWord:
    """A word and where in the line's text it stands (`end` is behind its last character)."""

    t_start_ns: int
    t_end_ns: int
    start: int
    end: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One segment as it is shown."""

    t_start_ns: int
    t_end_ns: int
    text: str
    words: tuple[LineWord, ...]
    flags: tuple[Flag, ...] = ()

    @property
    def spoken(self) -> str:
        """The line with its time, as it is copied or read out."""
        return f"{format_time(self.t_start_ns)}  {self.text}"

    def word_at(self, t_ns: int) -> int:
        """The index of the word being said at `t_ns` (the last one begun), -1 before the first."""
        return bisect_right([word.t_start_ns for word in self.words], t_ns) - 1

    def word_at_character(self, position: int) -> LineWord | None:
        """The word that the character at `position` belongs to."""
        for word in self.words:
            if word.start <= position < word.end:
                return word
        return None


def line_of_segment(segment: Segment) -> TranscriptLine:
    """A segment that just came from the model."""
    return _line(
        segment.t_start_ns,
        segment.t_end_ns,
        segment.text,
        [(w.t_start_ns, w.t_end_ns, w.text, w.probability) for w in segment.words],
        segment.flags,
    )


def lines_of(segments: Sequence[StoredSegment], words: Iterable[StoredWord]) -> list[TranscriptLine]:
    """A stored transcript, in time order. Cheap enough for a job; not for the main thread with a long session."""
    by_segment: dict[int, list[tuple[int, int, str, float | None]]] = {}
    for word in words:
        by_segment.setdefault(word.segment_id, []).append((word.t_start_ns, word.t_end_ns, word.text, word.probability))
    ordered = sorted(segments, key=lambda s: (s.t_start_ns, s.id))
    return [_line(s.t_start_ns, s.t_end_ns, s.text, by_segment.get(s.id, []), s.flags) for s in ordered]


def _line(
    t_start_ns: int,
    t_end_ns: int,
    text: str,
    words: Sequence[tuple[int, int, str, float | None]],
    flags: tuple[Flag, ...],
) -> TranscriptLine:
    """Finds each word in the segment's text; a text that was edited since keeps the words that are still in it."""
    shown = text.strip()
    placed: list[LineWord] = []
    search_from = 0
    for start_ns, end_ns, word, probability in words:
        bare = word.strip()
        at = shown.find(bare, search_from) if bare else -1
        if at < 0:
            continue
        search_from = at + len(bare)
        doubtful = probability is not None and probability < LOW_PROBABILITY
        placed.append(LineWord(start_ns, end_ns, at, search_from, doubtful))
    return TranscriptLine(t_start_ns, t_end_ns, shown, tuple(placed), flags)


class TranscriptModel(QAbstractListModel):
    """Lines in time order; grows at the end while a transcription runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[TranscriptLine] = []
        self._starts: list[int] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._lines):
            return None
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.spoken} ({flag_words(line.flags)})" if line.flags else line.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return flag_words(line.flags) if line.flags else None
        return line if role == ROW_ROLE else None

    def lines(self) -> list[TranscriptLine]:
        return list(self._lines)

    def line(self, row: int) -> TranscriptLine:
        return self._lines[row]

    def set_lines(self, lines: Sequence[TranscriptLine]) -> None:
        """Replaces everything; nothing is told when nothing differs."""
        if list(lines) == self._lines:
            return
        self.beginResetModel()
        self._lines = list(lines)
        self._starts = [line.t_start_ns for line in self._lines]
        self.endResetModel()

    def add_line(self, line: TranscriptLine) -> None:
        """Puts a line where its time belongs; the same line again is nothing new."""
        row = bisect_left(self._starts, line.t_start_ns)
        if row < len(self._lines) and self._lines[row] == line:
            return
        self.beginInsertRows(QModelIndex(), row, row)
        self._lines.insert(row, line)
        self._starts.insert(row, line.t_start_ns)
        self.endInsertRows()

    def row_at(self, t_ns: int) -> int:
        """The row of the segment being said at `t_ns`, or of the last one before; -1 before the first."""
        return bisect_right(self._starts, t_ns) - 1

    def find(self, text: str, start_row: int = 0, *, backwards: bool = False) -> int:
        """The next row (round about from `start_row`) whose text has `text` in it, -1 if none."""
        wanted = text.casefold()
        count = len(self._lines)
        if not wanted or not count:
            return -1
        step = -1 if backwards else 1
        for offset in range(count):
            row = (start_row + step * offset) % count
            if wanted in self._lines[row].text.casefold():
                return row
        return -1
