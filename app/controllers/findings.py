"""What the findings page does: reads issues and observations of all sessions, groups them, follows changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QObject

from annotate.models import Issue, IssueStatus, Severity, Task
from annotate.store import StudyStore
from app.controllers.rereading import Rereading
from app.controllers.rows import issue_rows, observation_rows
from app.models.issues import IssueRow
from app.models.observations import ObservationRow

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


class FindingsController(Rereading[Findings]):
    """Main thread only. Reading goes through a job, since a study has thousands of observations.

    Signals:
        loading, loaded(Findings), failed(Exception): as `Rereading`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        title = QCoreApplication.translate("FindingsController", "Reading the findings")
        super().__init__(title, _TABLES, _read, parent)

    @property
    def findings(self) -> Findings | None:
        return self.value

    # -- changes -----------------------------------------------------------------------------------------------

    def add_issue(self, title: str, observation_ids: Sequence[str] = ()) -> Issue | None:
        """Makes an issue of observations; its severity is the worst of theirs."""
        rated = [
            row.observation.severity
            for row in (self.findings.observations if self.findings is not None else [])
            if row.id in set(observation_ids) and row.observation.severity is not None
        ]
        severity = max(rated, default=None)
        return self.do(
            self.tr("New issue"),
            lambda store: store.add_issue(title, severity=severity, observation_ids=tuple(observation_ids)),
        )

    def link(self, issue_id: str, observation_ids: Sequence[str]) -> None:
        self.do(self.tr("Add to issue"), lambda store: store.link(issue_id, list(observation_ids)))

    def unlink(self, issue_id: str, observation_ids: Sequence[str]) -> None:
        self.do(self.tr("Remove from issue"), lambda store: store.unlink(issue_id, list(observation_ids)))

    def remove_issue(self, issue_id: str) -> None:
        """Removes an issue; its observations stay, ungrouped."""
        self.do(self.tr("Delete issue"), lambda store: store.remove_issue(issue_id))

    def merge(self, keep_id: str, other_ids: Sequence[str]) -> None:
        """Makes one issue of several; one step of undo."""
        self.do(self.tr("Merge issues"), lambda store: store.merge_issues(keep_id, list(other_ids)))

    def keep_apart(self, first_id: str, second_id: str) -> None:
        """Says that two issues are not the same problem; they aren't suggested again."""
        self.do(self.tr("Keep both issues"), lambda store: store.keep_apart(first_id, second_id))

    def split(self, issue_id: str, observation_ids: Sequence[str], title: str) -> Issue | None:
        """Makes another issue of some of an issue's observations."""
        return self.do(self.tr("Split the issue"), lambda store: store.split_issue(issue_id, observation_ids, title))

    def set_severity(self, issue_id: str, severity: Severity | None) -> None:
        self.do(self.tr("Rate severity"), lambda store: store.update_issue(issue_id, severity=severity))

    def set_status(self, issue_id: str, status: IssueStatus) -> None:
        self.do(self.tr("Change status"), lambda store: store.update_issue(issue_id, status=status))

    def set_about(self, issue_id: str, field: str, value: str | None) -> None:
        """Sets the task (`task_id`) or the heuristic that an issue is about."""
        self.do(self.tr("Edit issue"), lambda store: store.update_issue(issue_id, **{field: value}))

    def set_stance(self, issue_id: str, observation_ids: Sequence[str], *, speaks_for: bool) -> None:
        """Lets observations speak for an issue or against it."""
        text = self.tr("Speaks for the issue") if speaks_for else self.tr("Speaks against the issue")
        self.do(text, lambda store: store.set_stance(issue_id, observation_ids, speaks_for=speaks_for))

    def set_text(self, issue_id: str, field: str, text: str, edit: str) -> None:
        """Sets title, description or recommendation; texts with the same `edit` in a row are one step of undo."""
        self.do(
            self.tr("Edit issue"),
            lambda store: store.update_issue(issue_id, **{field: text}),
            merge=f"{field} {issue_id} {edit}",
        )


def _read(store: StudyStore) -> Findings:
    against = frozenset((one.issue_id, one.observation_id) for one in store.issue_links() if not one.speaks_for)
    return Findings(issue_rows(store), observation_rows(store), store.tasks(), against)
