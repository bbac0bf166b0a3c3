from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from annotate.models import NewTag, NewTask, Session, SessionState
from annotate.store import StudyStore
from app.jobs import Jobs
from app.models.plan import TagsModel, TasksModel
from app.models.sessions import CONSENT, LENGTH, OBSERVATIONS, STATE, TRANSCRIPT, SessionsModel
from app.study_context import StudyContext
from capture.config import Scope


@pytest.fixture
def context(tmp_path: Path, qapp: object) -> Iterator[StudyContext]:
    jobs = Jobs()
    tasks = [NewTask(title) for title in ("a", "b", "c", "d")]
    store = StudyStore.create(tmp_path / "s", "Study", author="me", tasks=tasks, tags=[NewTag("T", "#123456", "T")])
    made = StudyContext(store, jobs, author="me")
    yield made
    made.close()
    jobs.shutdown()


@pytest.fixture
def tasks(context: StudyContext) -> TasksModel:
    model = TasksModel()
    model.set_context(context)
    context.changed.connect(lambda *_: model.refresh())
    return model


def titles(model: TasksModel) -> str:
    return "".join(model.task(row).title for row in range(model.rowCount()))


def test_the_models_keep_qts_rules(tasks: TasksModel, context: StudyContext, qtmodeltester: ModelTester) -> None:
    tags = TagsModel()
    tags.set_context(context)
    for model in (tasks, tags, TasksModel(), SessionsModel()):
        qtmodeltester.check(model)
    context.do("x", lambda store: store.add_task("e"))
    context.do("x", lambda store: store.remove_task(tasks.task(0).id))
    tasks.set_context(None)
    assert tasks.rowCount() == 0


@pytest.mark.parametrize(
    ("row", "gap", "expected"),
    [(0, 2, "bacd"), (0, 4, "bcda"), (3, 0, "dabc"), (2, 1, "acbd"), (1, 1, "abcd"), (1, 2, "abcd")],
)
def test_a_dragged_task_lands_in_the_gap(tasks: TasksModel, row: int, gap: int, expected: str) -> None:
    data = tasks.mimeData([tasks.index(row, 0)])
    tasks.dropMimeData(data, Qt.DropAction.MoveAction, gap, 0, QModelIndex())
    assert titles(tasks) == expected


def test_a_task_dropped_below_all_others_is_last(tasks: TasksModel) -> None:
    data = tasks.mimeData([tasks.index(1, 0)])
    tasks.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    assert titles(tasks) == "acdb"


def test_edits_go_to_the_study_and_can_be_undone(tasks: TasksModel, context: StudyContext) -> None:
    assert tasks.setData(tasks.index(0, 0), " Find it ")
    assert tasks.setData(tasks.index(0, 1), "3:30")
    assert context.store.tasks()[0].title == "Find it"
    assert tasks.index(0, 1).data() == "03:30"
    context.undo.undo()
    context.undo.undo()
    assert titles(tasks) == "abcd"
    assert tasks.index(0, 1).data() == ""


def test_what_makes_no_sense_is_refused_in_words(tasks: TasksModel, context: StudyContext, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tasks.refused) as blocker:
        assert not tasks.setData(tasks.index(0, 1), "soon")
    assert "minutes" in blocker.args[0]
    assert not tasks.setData(tasks.index(0, 0), "   ")
    tags = TagsModel()
    tags.set_context(context)
    context.do("x", lambda store: store.add_tag("U"))
    tags.refresh()
    for wrong in ("TT", "7", "t"):
        with qtbot.waitSignal(tags.refused):
            assert not tags.setData(tags.index(1, 1), wrong)
    assert tags.setData(tags.index(1, 1), "k")
    assert context.store.tags()[1].key == "K"


def session(number: int, state: SessionState = SessionState.RECORDED, **fields: object) -> Session:
    values = {
        "id": f"s{number}", "participant_id": f"p{number}", "participant_code": f"P{number:02d}", "state": state,
        "bundle_path": None, "started_utc": "2026-09-03T12:00:00+00:00", "duration_ns": 2_890_000_000_000,
        "observation_count": number, "transcript_state": None, "consent_version": 1,
        "consent_scopes": None,
    }  # fmt: skip
    return Session(**{**values, **fields})  # type: ignore[arg-type]


def test_sessions_are_told_in_words(qtmodeltester: ModelTester, qapp: object) -> None:
    model = SessionsModel()
    model.set_rows([session(1), session(2, SessionState.RECOVERED, transcript_state="done", duration_ns=None)])
    qtmodeltester.check(model)
    assert model.index(0, STATE).data() == "Recorded"
    assert model.index(0, LENGTH).data() == "48:10"
    assert model.index(1, LENGTH).data() == "–"
    assert model.index(1, TRANSCRIPT).data() == "Done"
    assert model.index(1, OBSERVATIONS).data() == "2"
    assert model.index(0, CONSENT).data() == "Form, version 1", "agreed to before it was asked one by one"
    asked = session(3, consent_scopes=(Scope.SCREEN, Scope.KEYS))
    model.set_rows([asked, session(4, consent_version=None)])
    assert [model.index(row, CONSENT).data() for row in (0, 1)] == ["Screen, kinds of keys", "Not noted"]
    assert not model.index(0, STATE).data(Qt.ItemDataRole.DecorationRole).isNull()


def test_transcribing_is_seen_while_it_runs(qtbot: QtBot) -> None:
    model = SessionsModel()
    model.set_rows([session(1), session(2)])
    with qtbot.waitSignal(model.dataChanged) as blocker:
        model.set_runs({"s2": "Transcribing 42 %"})
    assert (blocker.args[0].row(), blocker.args[0].column()) == (1, TRANSCRIPT)
    assert model.index(1, TRANSCRIPT).data() == "Transcribing 42 %"
    assert model.transcribing("s2")
    assert not model.transcribing("s1")
    model.set_runs({})
    assert model.index(1, TRANSCRIPT).data() == "–"
