"""What the findings page does: reads issues and observations of all sessions, groups them, follows changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.models import Issue, IssueStatus, Severity, Task
from annotate.store import StudyStore
from app.controllers.rereading import Rereading
from app.controllers.rows import issue_rows, observation_rows
from app.models.issues import IssueRow
from app.models.observations import ObservationRow
from app.study_context import StudyContext

T = TypeVar("T")
_TABLES = frozenset(
    {"observation", "observation_tag", "issue", "issue_observation", "session", "participant", "task", "task_run"}
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All issues and all observations of a study, at one moment."""

    issues: list[IssueRow]
    observations: list[ObservationRow]
    tasks: list[Task]
    against: frozenset[tuple[str, str]]
    """Issue and observation, where it speaks against the issue."""

    def of_issue(self, issue_id: str) -> list[ObservationRow]:
        """The observations that speak for an issue or against it."""
        return [
            replace(row, speaks_for=(issue_id, row.id) not in self.against)
            for row in self.observations
            if issue_id in row.observation.issue_ids
        ]

    def ungrouped(self) -> list[ObservationRow]:
        """The observations that belong to no issue yet."""
        return [row for row in self.observations if not row.observation.issue_ids]


class FindingsController(QObject):
    """Main thread only. Reading goes through a job, since a study has thousands of observations.

    Signals:
        loading: nothing is known yet.
        loaded(Findings): after opening a study, and after each change.
        failed(Exception): the study could not be read.
    """

    loading = Signal()
    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reading: Rereading[Findings] = Rereading(self.tr("Reading the findings"), _TABLES, _read, self)
        self._reading.loading.connect(self.loading)
        self._reading.loaded.connect(self.loaded)
        self._reading.failed.connect(self.failed)

    @property
    def context(self) -> StudyContext | None:
        return self._reading.context

    @property
    def findings(self) -> Findings | None:
        return self._reading.value

    def set_context(self, context: StudyContext | None) -> None:
        self._reading.set_context(context)

    def refresh(self) -> None:
        """Reads anew."""
        self._reading.refresh()

    # -- changes -----------------------------------------------------------------------------------------------

    def add_issue(self, title: str, observation_ids: Sequence[str] = ()) -> Issue | None:
        """Makes an issue of observations; its severity is the worst of theirs."""
        rated = [
            row.observation.severity
            for row in (self.findings.observations if self.findings is not None else [])
            if row.id in set(observation_ids) and row.observation.severity is not None
        ]
        severity = max(rated, default=None)
        return self._do(
            self.tr("New issue"),
            lambda store: store.add_issue(title, severity=severity, observation_ids=tuple(observation_ids)),
        )

    def link(self, issue_id: str, observation_ids: Sequence[str]) -> None:
        self._do(self.tr("Add to issue"), lambda store: store.link(issue_id, list(observation_ids)))

    def unlink(self, issue_id: str, observation_ids: Sequence[str]) -> None:
        self._do(self.tr("Remove from issue"), lambda store: store.unlink(issue_id, list(observation_ids)))

    def remove_issue(self, issue_id: str) -> None:
        """Removes an issue; its observations stay, ungrouped."""
        self._do(self.tr("Delete issue"), lambda store: store.remove_issue(issue_id))

    def merge(self, keep_id: str, other_ids: Sequence[str]) -> None:
        """Makes one issue of several; one step of undo."""
        self._do(self.tr("Merge issues"), lambda store: store.merge_issues(keep_id, list(other_ids)))

    def keep_apart(self, first_id: str, second_id: str) -> None:
        """Says that two issues are not the same problem; they aren't suggested again."""
        self._do(self.tr("Keep both issues"), lambda store: store.keep_apart(first_id, second_id))

    def split(self, issue_id: str, observation_ids: Sequence[str], title: str) -> Issue | None:
        """Makes another issue of some of an issue's observations."""
        return self._do(self.tr("Split the issue"), lambda store: store.split_issue(issue_id, observation_ids, title))

    def set_severity(self, issue_id: str, severity: Severity | None) -> None:
        self._do(self.tr("Rate severity"), lambda store: store.update_issue(issue_id, severity=severity))

    def set_status(self, issue_id: str, status: IssueStatus) -> None:
        self._do(self.tr("Change status"), lambda store: store.update_issue(issue_id, status=status))

    def set_about(self, issue_id: str, field: str, value: str | None) -> None:
        """Sets the task (`task_id`) or the heuristic that an issue is about."""
        self._do(self.tr("Edit issue"), lambda store: store.update_issue(issue_id, **{field: value}))

    def set_stance(self, issue_id: str, observation_ids: Sequence[str], *, speaks_for: bool) -> None:
        """Lets observations speak for an issue or against it."""
        text = self.tr("Speaks for the issue") if speaks_for else self.tr("Speaks against the issue")
        self._do(text, lambda store: store.set_stance(issue_id, observation_ids, speaks_for=speaks_for))

    def set_text(self, issue_id: str, field: str, text: str, edit: str) -> None:
        """Sets title, description or recommendation; texts with the same `edit` in a row are one step of undo."""
        self._do(
            self.tr("Edit issue"),
            lambda store: store.update_issue(issue_id, **{field: text}),
            merge=f"{field} {issue_id} {edit}",
        )

    def _do(
        self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]], merge: str | None = None
    ) -> T | None:
        return self.context.do(text, fn, self, merge=merge) if self.context is not None else None


def _read(store: StudyStore) -> Findings:
    against = frozenset((one.issue_id, one.observation_id) for one in store.issue_links() if not one.speaks_for)
    return Findings(issue_rows(store), observation_rows(store), store.tasks(), against)
