"""What the tabs of figures do: have them worked out, and change what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.figures.study import StudyFigures, TimesOf, study_figures
from annotate.models import Severity
from annotate.questionnaires import Instrument
from annotate.store import StudyStore
from app.controllers.rereading import Rereading
from app.study_context import StudyContext

T = TypeVar("T")
_TABLES = frozenset(
    {
        "study", "task", "task_run", "session", "participant", "observation", "issue", "issue_observation", "rating",
        "response", "answer", "segment", "speaker", "transcript",
    }
)  # fmt: skip


class FiguresController(QObject):
    """Main thread only.

    Signals:
        loading, loaded(StudyFigures), failed(Exception): as `Rereading`.
    """

    loading = Signal()
    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.times_of = TimesOf.SUCCESSFUL
        self._reading: Rereading[StudyFigures] = Rereading(
            self.tr("Working out the figures"), _TABLES, study_figures, self
        )
        self._reading.set_awake(False)
        self._reading.loading.connect(self.loading)
        self._reading.loaded.connect(self.loaded)
        self._reading.failed.connect(self.failed)

    @property
    def context(self) -> StudyContext | None:
        return self._reading.context

    @property
    def figures(self) -> StudyFigures | None:
        return self._reading.value

    def set_context(self, context: StudyContext | None) -> None:
        self._reading.set_context(context)

    def set_shown(self, shown: bool) -> None:
        """Figures are worked out only while somebody looks at them."""
        self._reading.set_awake(shown)

    def refresh(self) -> None:
        self._reading.refresh()

    def set_times_of(self, chosen: TimesOf) -> None:
        """Makes times of other runs from now on."""
        if chosen is not self.times_of:
            self.times_of = chosen
            self._reading.set_read(partial(study_figures, times_of=chosen))

    # -- changes -----------------------------------------------------------------------------------------------

    def set_part(self, issue_id: str, name: str, value: float | None) -> None:
        """Sets what a priority is made of: persistence, reach, impact, confidence or effort."""
        self._do(self.tr("Change priority"), lambda store: store.update_issue(issue_id, **{name: value}))

    def set_severity(self, issue_id: str, severity: Severity | None) -> None:
        """Sets the agreed severity."""
        self._do(self.tr("Agree on severity"), lambda store: store.update_issue(issue_id, severity=severity))

    def rate(self, issue_id: str, severity: Severity | None) -> None:
        """Sets what whoever sits here gives an issue."""
        self._do(self.tr("Rate severity"), lambda store: store.rate(issue_id, severity))

    def set_criticality(self, task_id: str, criticality: int | None) -> None:
        self._do(self.tr("Change criticality"), lambda store: store.update_task(task_id, criticality=criticality))

    def set_stance(self, issue_id: str, observation_ids: Sequence[str], *, speaks_for: bool) -> None:
        """Lets observations speak for an issue or against it."""
        text = self.tr("Speaks for the issue") if speaks_for else self.tr("Speaks against the issue")
        self._do(text, lambda store: store.set_stance(issue_id, observation_ids, speaks_for=speaks_for))

    def answer(
        self, instrument: Instrument, session_id: str, item: str, number: int | None, run_id: str | None = None
    ) -> None:
        """Sets one answer of a questionnaire."""
        self._do(self.tr("Answer"), lambda store: store.answer(instrument, session_id, {item: number}, run_id))

    def _do(self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]]) -> T | None:
        context = self.context
        return context.do(text, fn, self) if context is not None else None
