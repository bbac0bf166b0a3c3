"""What the tabs of figures do: have them worked out, and change what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from annotate.figures.study import StudyFigures, TimesOf, study_figures
from annotate.models import Severity
from annotate.questionnaires import Instrument
from app.controllers.rereading import Rereading

_TABLES = frozenset(
    {
        "study", "task", "task_run", "session", "participant", "observation", "issue", "issue_observation", "rating",
        "response", "answer", "segment", "speaker", "transcript",
    }
)  # fmt: skip


class FiguresController(Rereading[StudyFigures]):
    """Main thread only.

    Signals:
        loading, loaded(StudyFigures), failed(Exception): as `Rereading`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        title = QCoreApplication.translate("FiguresController", "Working out the figures")
        super().__init__(title, _TABLES, study_figures, parent)
        self.times_of = TimesOf.SUCCESSFUL
        self.set_awake(False)

    @property
    def figures(self) -> StudyFigures | None:
        return self.value

    def set_shown(self, shown: bool) -> None:
        """Figures are worked out only while somebody looks at them."""
        self.set_awake(shown)

    def set_times_of(self, chosen: TimesOf) -> None:
        """Makes times of other runs from now on."""
        if chosen is not self.times_of:
            self.times_of = chosen
            self.set_read(partial(study_figures, times_of=chosen))

    # -- changes -----------------------------------------------------------------------------------------------

    def set_part(self, issue_id: str, name: str, value: float | None) -> None:
        """Sets what a priority is made of: persistence, reach, impact, confidence or effort."""
        self.do(self.tr("Change priority"), lambda store: store.update_issue(issue_id, **{name: value}))

    def set_severity(self, issue_id: str, severity: Severity | None) -> None:
        """Sets the agreed severity."""
        self.do(self.tr("Agree on severity"), lambda store: store.update_issue(issue_id, severity=severity))

    def rate(self, issue_id: str, severity: Severity | None) -> None:
        """Sets what whoever sits here gives an issue."""
        self.do(self.tr("Rate severity"), lambda store: store.rate(issue_id, severity))

    def set_criticality(self, task_id: str, criticality: int | None) -> None:
        self.do(self.tr("Change criticality"), lambda store: store.update_task(task_id, criticality=criticality))

    def set_stance(self, issue_id: str, observation_ids: Sequence[str], *, speaks_for: bool) -> None:
        """Lets observations speak for an issue or against it."""
        text = self.tr("Speaks for the issue") if speaks_for else self.tr("Speaks against the issue")
        self.do(text, lambda store: store.set_stance(issue_id, observation_ids, speaks_for=speaks_for))

    def answer(
        self, instrument: Instrument, session_id: str, item: str, number: int | None, run_id: str | None = None
    ) -> None:
        """Sets one answer of a questionnaire."""
        self.do(self.tr("Answer"), lambda store: store.answer(instrument, session_id, {item: number}, run_id))
