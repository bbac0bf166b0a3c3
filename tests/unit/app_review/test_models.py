"""The item models: what views rely on, and that new contents keep what the user had."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from annotate.models import (
    Issue,
    IssueStatus,
    Observation,
    ObservationKind,
    ObservationOrigin,
    Severity,
    StoredSegment,
    StoredWord,
    Tag,
)
from app.models.issues import IssueRow, IssueTableModel
from app.models.keyed import SORT_ROLE
from app.models.observations import (
    FINDINGS_COLUMNS,
    REVIEW_COLUMNS,
    Column,
    ObservationRow,
    ObservationTableModel,
    ids_from_mime,
)
from app.models.transcript import TranscriptModel, line_of_segment, lines_of
from transcribe.models import Flag, Segment, Word

pytestmark = pytest.mark.usefixtures("qapp")
S = 1_000_000_000


def observation(key: str, t_s: float = 1.0, **changes: object) -> Observation:
    made = Observation(
        key, "s", None, int(t_s * S), None, ObservationKind.PROBLEM, None, f"text {key}", ObservationOrigin.REVIEW,
        None, "Ada", (), (),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def row(key: str, t_s: float = 1.0, **changes: object) -> ObservationRow:
    return ObservationRow(observation(key, t_s, **changes), "P01", "Find it", (), ())


def issue(number: int, **changes: object) -> IssueRow:
    made = Issue(f"i{number}", number, f"Issue {number}", None, None, None, IssueStatus.OPEN, (), 2)
    return IssueRow(replace(made, **changes), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", [REVIEW_COLUMNS, FINDINGS_COLUMNS])
def test_observations_keep_the_rules_of_models(qtmodeltester: ModelTester, columns: tuple[Column, ...]) -> None:
    model = ObservationTableModel(columns)
    model.set_rows([row("a"), row("b", severity=Severity.MAJOR)])
    qtmodeltester.check(model)
    model.set_rows([row("c"), row("b"), row("a")])
    model.set_rows([])


def test_issues_and_transcripts_keep_the_rules_of_models(qtmodeltester: ModelTester) -> None:
    issues = IssueTableModel()
    issues.set_rows([issue(1), issue(2, severity=Severity.MINOR)])
    qtmodeltester.check(issues)
    transcript = TranscriptModel()
    transcript.set_lines([line_of_segment(Segment(0, S, "One.", ()))])
    qtmodeltester.check(transcript)
    transcript.add_line(line_of_segment(Segment(2 * S, 3 * S, "Two.", ())))


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
    st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1),
    st.sets(st.sampled_from("abcdefgh")),
)
def test_new_contents_keep_hold_of_each_row(before: list[str], after: list[str], edited: set[str]) -> None:
    model = ObservationTableModel()
    model.set_rows([row(key) for key in before])
    held = {key: QPersistentModelIndex(model.index(n, 0)) for n, key in enumerate(before)}
    new = [row(key, body="changed") if key in edited else row(key) for key in after]
    model.set_rows(new)
    assert model.rows() == new
    for key, index in held.items():
        assert index.isValid() == (key in after)
        if key in after:
            assert index.row() == after.index(key) == model.row_of(key)


def test_only_what_changed_is_told() -> None:
    model = ObservationTableModel()
    model.set_rows([row("a"), row("b"), row("c")])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.modelReset.connect(lambda: pytest.fail("a reset loses the selection"))
    model.set_rows([row("a"), row("b", body="other"), row("c")])
    assert told == [(1, 1)]
    model.set_rows([row("a"), row("b", body="other"), row("c")])
    assert told == [(1, 1)]


def test_what_is_said_of_an_observation() -> None:
    model = ObservationTableModel()
    tag = Tag("t", "Wording", "#112233", None, 0)
    found = Issue("i", 7, "Hidden", None, None, None, IssueStatus.OPEN, ("a",), 1)
    model.set_rows(
        [
            ObservationRow(observation("a", 65.3, severity=Severity.MAJOR), "P02", "Find it", (tag,), (found,)),
            row("b", 5, body=""),
        ]
    )
    texts = [model.index(0, c).data() for c in range(model.columnCount())]
    assert texts == ["3", "problem", "01:05", "text a", "Find it", "Wording", "#7", "Ada"]
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "severity 3, major"
    assert model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "no severity yet"
    assert model.index(1, 3).data() == "no text yet"
    assert "Hidden" in model.index(0, 6).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(1, 0).data(SORT_ROLE) < model.index(0, 0).data(SORT_ROLE)


def test_a_drag_carries_ids_and_a_drop_tells_them() -> None:
    observations = ObservationTableModel(FINDINGS_COLUMNS)
    observations.set_rows([row("a"), row("b"), row("c")])
    mime = observations.mimeData([observations.index(2, 1), observations.index(0, 0), observations.index(0, 3)])
    assert ids_from_mime(mime) == ["a", "c"]
    issues = IssueTableModel()
    issues.set_rows([issue(1), issue(2)])
    told: list[tuple[str, list[str]]] = []
    issues.dropped.connect(lambda key, ids: told.append((key, ids)))
    copy = Qt.DropAction.CopyAction
    assert issues.canDropMimeData(mime, copy, -1, -1, issues.index(1, 0))
    assert issues.dropMimeData(mime, copy, -1, -1, issues.index(1, 0))
    assert told == [("i2", ["a", "c"])]
    mime.setData("application/x-moderato-observations", b"not json")
    assert not issues.dropMimeData(mime, copy, -1, -1, issues.index(1, 0))


def _transcript() -> TranscriptModel:
    segments = [
        StoredSegment(1, "t", 1 * S, 4 * S, " Where is the invoice?", None, None),
        StoredSegment(2, "t", 6 * S, 8 * S, "I clicked it, it it is gone.", None, None),
    ]
    words = [
        StoredWord(1, 1 * S, 2 * S, " Where", 0.9),
        StoredWord(1, 2 * S, 3 * S, " invoice?", 0.3),
        StoredWord(2, 6 * S, 6 * S + 1, " it", 0.9),
        StoredWord(2, 7 * S, 7 * S + 1, " it", None),
        StoredWord(2, 7 * S + 5, 8 * S, " gone.", 0.9),
        StoredWord(2, 7 * S + 6, 8 * S, " removed-by-an-editor", 0.9),
    ]
    model = TranscriptModel()
    model.set_lines(lines_of(list(reversed(segments)), words))
    return model


def test_a_line_in_doubt_says_why_in_words() -> None:
    model = TranscriptModel()
    model.set_lines(lines_of([StoredSegment(1, "t", 0, S, "Thank you.", None, None, (Flag.LOOP, Flag.CLIPPED))], []))
    reason = "In doubt: the model repeats itself, the sound is distorted. Listen before you quote it."
    assert model.index(0).data(Qt.ItemDataRole.ToolTipRole) == reason
    assert reason in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_words_are_found_in_the_text_of_their_segment() -> None:
    model = _transcript()
    first, second = model.lines()
    assert [first.text[w.start : w.end] for w in first.words] == ["Where", "invoice?"]
    assert [w.doubtful for w in first.words] == [False, True]
    assert [(w.start, second.text[w.start : w.end]) for w in second.words] == [(10, "it"), (14, "it"), (23, "gone.")]
    assert first.word_at_character(1) == first.words[0]
    assert first.word_at_character(6) is None


def test_which_line_and_word_is_said_at_a_moment() -> None:
    model = _transcript()
    assert [model.row_at(t * S) for t in (0, 1, 3, 5, 6, 99)] == [-1, 0, 0, 0, 1, 1]
    line = model.line(0)
    assert [line.word_at(int(t * S)) for t in (0.5, 1, 1.9, 2, 9)] == [-1, 0, 0, 1, 1]


def test_find_goes_round_either_way() -> None:
    model = _transcript()
    assert model.find("INVOICE") == 0
    assert model.find("it", 0) == 1
    assert model.find("i", 1) == 1
    assert model.find("where", 1) == 0
    assert model.find("where", 1, backwards=True) == 0
    assert model.find("nowhere") == -1
    assert model.find("") == -1


def test_a_line_that_is_heard_late_goes_where_its_time_belongs() -> None:
    model = _transcript()
    late = line_of_segment(Segment(5 * S, 6 * S - 1, "Hm.", (Word(5 * S, 6 * S - 1, "Hm.", 0.9),)))
    model.add_line(late)
    model.add_line(late)
    assert [line.text for line in model.lines()] == ["Where is the invoice?", "Hm.", "I clicked it, it it is gone."]
