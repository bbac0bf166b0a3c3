"""What a researcher does to observations: one, or all that are selected, as one step of undo each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from annotate.late_marks import plan
from annotate.models import Observation, ObservationKind, Severity
from annotate.store import StudyStore
from app.controllers.review import ReviewController
from app.jobs import JobHandle, Progress
from transcribe.cancel import CancelToken

T = TypeVar("T")


class Observing(QObject):
    """Changes the observations of the session on the desk. Main thread only.

    Signals:
        pulled_back(count): so many late marks were moved to where it began, as one step of undo; also none.
    """

    pulled_back = Signal(int)

    def __init__(self, review: ReviewController) -> None:
        super().__init__(review)
        self._review = review
        self._plan: JobHandle | None = None

    # -- making ------------------------------------------------------------------------------------------------

    def add(self, text: str, **fields: object) -> Observation | None:
        """Makes an observation; `fields` as `StudyStore.add_observation` takes them, `text` for undo."""
        session_id = self._review.session_id
        if session_id is None:
            return None
        return self._do(text, lambda store: store.add_observation(session_id, **fields))  # type: ignore[arg-type]

    # -- changing ----------------------------------------------------------------------------------------------

    def set_severity(self, ids: Sequence[str], severity: Severity | None) -> None:
        self.update(self.tr("Rate severity"), ids, severity=severity)

    def set_kind(self, ids: Sequence[str], kind: ObservationKind) -> None:
        self.update(self.tr("Change kind"), ids, kind=kind)

    def set_heuristic(self, ids: Sequence[str], code: str | None) -> None:
        self.update(self.tr("Choose heuristic"), ids, heuristic=code)

    def set_place(self, observation_id: str, x: int | None, y: int | None) -> None:
        """Where in the picture it was; None takes the place away."""
        self.update(self.tr("Change place"), [observation_id], x=x, y=y)

    def update(self, text: str, ids: Sequence[str], **fields: object) -> None:
        """Sets fields of several observations."""
        self._each(text, ids, lambda store, one: store.update_observation(one, **fields))

    def add_tag(self, ids: Sequence[str], name: str) -> None:
        """Tags observations; a tag of that name is made if there is none."""

        def change(store: StudyStore, observation_id: str) -> None:
            tag, _ = store.ensure_tag(name)
            present = store.observation(observation_id).tag_ids
            if tag.id not in present:
                store.update_observation(observation_id, tag_ids=(*present, tag.id))

        self._each(self.tr("Tag"), ids, change)

    def toggle_tag(self, ids: Sequence[str], tag_id: str) -> None:
        """Tags observations; if all of them have the tag, takes it away."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                tagged = {one: store.observation(one).tag_ids for one in ids}
                everywhere = all(tag_id in tags for tags in tagged.values())
                for one, tags in tagged.items():
                    kept = [tag for tag in tags if tag != tag_id]
                    store.update_observation(one, tag_ids=kept if everywhere else (*kept, tag_id))
            return batch.change

        if ids:
            self._do(self.tr("Tag"), change)

    def remove_tag(self, ids: Sequence[str], tag_id: str) -> None:
        self._each(
            self.tr("Remove tag"),
            ids,
            lambda store, one: store.update_observation(
                one, tag_ids=[tag for tag in store.observation(one).tag_ids if tag != tag_id]
            ),
        )

    def set_tags(self, observation_id: str, names: Sequence[str]) -> None:
        """Gives an observation just these tags; those of a name that isn't there yet are made."""

        def change(store: StudyStore, one: str) -> None:
            store.update_observation(one, tag_ids=[store.ensure_tag(name)[0].id for name in names])

        self._each(self.tr("Tag"), [observation_id], change)

    def assign_issue(self, ids: Sequence[str], title: str) -> None:
        """Lets observations speak for an issue; an issue of that title is made if there is none."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                store.link(store.ensure_issue(title)[0].id, ids)
            return batch.change

        if ids:
            self._do(self.tr("Assign to issue"), change)

    def link_issue(self, ids: Sequence[str], issue_id: str) -> None:
        if ids:
            self._do(self.tr("Assign to issue"), lambda store: store.link(issue_id, ids))

    def unlink_issue(self, ids: Sequence[str], issue_id: str) -> None:
        if ids:
            self._do(self.tr("Remove from issue"), lambda store: store.unlink(issue_id, ids))

    def set_issues(self, observation_id: str, names: Sequence[str]) -> None:
        """Lets an observation speak for just these issues, by "#3" or by title; new titles are made."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                wanted = []
                for name in names:
                    number = name.partition(" ")[0]
                    known = next((one for one in store.issues() if number == f"#{one.number}"), None)
                    wanted.append((known or store.ensure_issue(name)[0]).id)
                for issue_id in store.observation(observation_id).issue_ids:
                    if issue_id not in wanted:
                        store.unlink(issue_id, [observation_id])
                for issue_id in wanted:
                    store.link(issue_id, [observation_id])
            return batch.change

        self._do(self.tr("Assign to issue"), change)

    # -- late marks --------------------------------------------------------------------------------------------

    def look_for_late_marks(self) -> None:
        """Pulls live marks back to where it began; looked for in the background.

        It is done by itself once a session has its transcript; asked for, it is a step of undo like any other.
        """
        context, session_id = self._review.context, self._review.session_id
        if context is None or session_id is None:
            return
        if self._plan is not None and not self._plan.done:
            self._plan.cancel()

        def look(_cancel: CancelToken, _progress: Progress) -> dict[str, int]:
            with context.open_store() as store:
                return plan(store, session_id)

        def done(moments: dict[str, int]) -> None:
            if moments and self._review.session_id == session_id:
                self._do(self.tr("Pull late marks back"), lambda store: store.pull_back(moments))
            self.pulled_back.emit(len(moments))

        def failed(error: Exception) -> None:
            if not isinstance(error, StudyError):
                raise error

        self._plan = context.jobs.run(self.tr("Looking for late marks"), look, done, failed, quiet=True)

    def put_back(self, observation_id: str) -> None:
        """A mark that was pulled back lies where it was pressed again."""
        self._do(self.tr("Put the mark back"), lambda store: store.put_back(observation_id))

    def put_all_back(self) -> None:
        """As `put_back`, for all of the session."""
        moved = [row.id for row in self._review.rows if row.observation.t_original_ns is not None]
        self._each(self.tr("Put the marks back"), moved, lambda store, one: store.put_back(one))

    def _each(self, text: str, ids: Sequence[str], fn: Callable[[StudyStore, str], object]) -> None:
        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                for observation_id in ids:
                    fn(store, observation_id)
            return batch.change

        if ids:
            self._do(text, change)

    def _do(self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]]) -> T | None:
        context = self._review.context
        return context.do(text, fn, self._review) if context is not None else None
