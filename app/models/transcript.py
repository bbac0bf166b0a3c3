"""The transcript as a list of segments, each with its words and their times."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, Qt

from annotate.models import Speaker, StoredSegment, StoredWord
from annotate.timeline import format_time
from app.models.keyed import ROW_ROLE, Index
from app.wording import flag_words
from transcribe.models import Flag, Role, Segment, Word

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


class LineWords(Sequence[LineWord]):
    """A line's words, found in its text when first asked for: of a long session most lines are never looked at."""

    __slots__ = ("_heard", "_placed", "_text")

    def __init__(self, text: str, heard: Sequence[StoredWord] | Sequence[Word]) -> None:
        """Of what was heard, in order, the words that are not in `text` (any more) are left out."""
        self._text = text
        self._heard: tuple[StoredWord | Word, ...] = tuple(heard)
        self._placed: tuple[LineWord, ...] | None = None

    @overload
    def __getitem__(self, at: int) -> LineWord: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[LineWord, ...]: ...

    def __getitem__(self, at: int | slice) -> LineWord | tuple[LineWord, ...]:
        return self._all()[at]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[LineWord]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LineWords):
            return NotImplemented
        return (self._text, self._heard) == (other._text, other._heard)

    def __hash__(self) -> int:
        return hash((self._text, self._heard))

    @property
    def doubtful(self) -> bool:
        """Whether the model doubts one of them; the words of a line without doubt aren't looked up for it."""
        return any(map(_doubts, self._heard)) and any(word.doubtful for word in self._all())

    def _all(self) -> tuple[LineWord, ...]:
        if self._placed is None:
            self._placed = tuple(self._found())
        return self._placed

    def _found(self) -> Iterator[LineWord]:
        end = 0
        for word in self._heard:
            bare = word.text.strip()
            at = self._text.find(bare, end) if bare else -1
            if at >= 0:
                end = at + len(bare)
                yield LineWord(word.t_start_ns, word.t_end_ns, at, end, _doubts(word))


def _doubts(word: StoredWord | Word) -> bool:
    return word.probability is not None and word.probability < LOW_PROBABILITY


@dataclass(frozen=True, slots=True)
class Who:
    """Who says a line: `label` names them, `initial` is what stands before the text, `colour` counts the speakers."""

    id: str
    label: str
    initial: str
    colour: int
    role: Role


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One segment as it is shown.

    Attributes:
        segment_id: of the stored segment; 0 while it is being heard.
        who: None where nobody knows who says it.
        turn: it begins a turn: the line before is said by another one.
        verified_by: who listened to it and found it right, or corrected it; "" nobody.
        original: what was heard, where people have changed it since.
        translation: what it means in English, "" without a translation.
    """

    t_start_ns: int
    t_end_ns: int
    text: str
    words: LineWords
    flags: tuple[Flag, ...] = ()
    segment_id: int = 0
    who: Who | None = None
    turn: bool = False
    verified_by: str = ""
    original: str | None = None
    translation: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether it may not be quoted before somebody has listened."""
        return bool(self.flags) and not self.verified_by

    @property
    def doubtful(self) -> bool:
        """Whether listening to it is worth while: the whole is in doubt, or a word."""
        return self.in_doubt or (not self.verified_by and self.words.doubtful)

    @property
    def removed(self) -> bool:
        """Whether people took it out: nothing of it is said, but it can be put back."""
        return not self.text and self.original is not None

    @property
    def spoken(self) -> str:
        """The line with its time, as it is copied or read out."""
        who = f"{self.who.label}: " if self.who is not None else ""
        return f"{format_time(self.t_start_ns)}  {who}{self.text}"

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
    text = segment.text.strip()
    return TranscriptLine(segment.t_start_ns, segment.t_end_ns, text, LineWords(text, segment.words), segment.flags)


def whos(speakers: Sequence[Speaker], participant_code: str) -> dict[str, Who]:
    """The speakers of a session as lines show them, by id: the moderator's colour is always the same one."""
    colours = {Role.MODERATOR: 0, Role.PARTICIPANT: 1}
    result: dict[str, Who] = {}
    taken: set[str] = set()
    for others, speaker in enumerate(speakers):
        label = speaker.label(participant_code)
        letters = [letter for letter in label if letter.isalnum()] or ["?"]
        initial = next((each for each in (letters[0], "".join(letters[:2])) if each.upper() not in taken), letters[0])
        taken.add(initial.upper())
        result[speaker.id] = Who(
            speaker.id, label, initial.upper(), colours.get(speaker.role, 2 + others % 2), speaker.role
        )
    return result


def lines_of(
    segments: Sequence[StoredSegment],
    words: Iterable[StoredWord],
    speakers: Mapping[str, Who] | None = None,
    translations: Mapping[int, str] | None = None,
) -> list[TranscriptLine]:
    """A stored transcript, in time order. Cheap enough for a job; not for the main thread with a long session."""
    by_segment: dict[int, list[StoredWord]] = {}
    for word in words:
        by_segment.setdefault(word.segment_id, []).append(word)
    lines: list[TranscriptLine] = []
    before: str | None = ""
    for one in sorted(segments, key=lambda s: (s.t_start_ns, s.id)):
        text = one.text.strip()
        lines.append(
            TranscriptLine(
                one.t_start_ns,
                one.t_end_ns,
                text,
                LineWords(text, by_segment.get(one.id, ())),
                one.flags,
                segment_id=one.id,
                who=(speakers or {}).get(one.speaker_id or ""),
                turn=one.speaker_id != before,
                verified_by=one.verified_by or "",
                original=one.original,
                translation=(translations or {}).get(one.id, ""),
            )
        )
        before = one.speaker_id
    return lines


def line_words(line: TranscriptLine) -> str:
    """What there is to say about a line: who says it, what is in doubt, who has listened, what was heard first."""
    parts = [f"{line.who.label}." if line.who is not None else ""]
    if line.in_doubt:
        parts.append(flag_words(line.flags))
    if line.verified_by:
        parts.append(tr("Heard by {name}.").format(name=line.verified_by))
    if line.original is not None and " ".join(line.original.split()) != line.text:
        parts.append(tr("As it was heard: “{text}”.").format(text=" ".join(line.original.split())))
    return " ".join(part for part in parts if part)


def tr(text: str) -> str:
    return QCoreApplication.translate("TranscriptModel", text)


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
            about = line_words(line)
            return f"{line.spoken} ({about})" if about else line.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return line_words(line) or None
        return line if role == ROW_ROLE else None

    def lines(self) -> list[TranscriptLine]:
        return list(self._lines)

    def line(self, row: int) -> TranscriptLine:
        return self._lines[row]

    def set_lines(self, lines: Sequence[TranscriptLine]) -> None:
        """Shows these lines; only the rows that differ are told of, so that place and choice stay."""
        new, old = list(lines), self._lines
        if new == old:
            return
        shorter = min(len(new), len(old))
        same = next((n for n in range(shorter) if new[n] != old[n]), shorter)
        end = next((n for n in range(shorter - same) if new[-1 - n] != old[-1 - n]), shorter - same)
        if not same and not end:
            self.beginResetModel()
            self._lines = new
            self._starts = [line.t_start_ns for line in new]
            self.endResetModel()
            return
        common = shorter - same - end
        none = QModelIndex()
        if common:
            self._lines[same : same + common] = new[same : same + common]
            self._starts[same : same + common] = [line.t_start_ns for line in new[same : same + common]]
            self.dataChanged.emit(self.index(same), self.index(same + common - 1))
        at = same + common
        if len(new) > len(old):
            self.beginInsertRows(none, at, at + len(new) - len(old) - 1)
        elif len(new) < len(old):
            self.beginRemoveRows(none, at, at + len(old) - len(new) - 1)
        self._lines, self._starts = new, [line.t_start_ns for line in new]
        if len(new) > len(old):
            self.endInsertRows()
        elif len(new) < len(old):
            self.endRemoveRows()

    def row_of(self, segment_id: int) -> int:
        """The row of a stored segment, -1 if there is none."""
        return next((row for row, line in enumerate(self._lines) if line.segment_id == segment_id), -1)

    def turn_of(self, row: int) -> range:
        """The rows around `row` that one speaker says without another between."""
        first, end = row, row + 1
        who = self._lines[row].who
        while first > 0 and self._lines[first - 1].who == who:
            first -= 1
        while end < len(self._lines) and self._lines[end].who == who:
            end += 1
        return range(first, end)

    def next_doubtful(self, row: int, step: int) -> int:
        """The next row (or the one before) that is worth listening to, round about; -1 if there is none."""
        count = len(self._lines)
        rows = ((row + step * offset) % count for offset in range(1, count + 1))
        return next((each for each in rows if self._lines[each].doubtful), -1)

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
