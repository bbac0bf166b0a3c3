"""Sends findings to trackers: tests a target, makes a plan, carries it out; all of it in jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.backlog import secrets
from annotate.backlog.collect import exported_ids, findings
from annotate.backlog.plan import ExportPlan, TargetConfig, TargetHealth
from annotate.backlog.planning import check_told, plan_of
from annotate.backlog.targets import opened
from app.jobs import JobHandle, Progress
from app.study_context import StudyContext
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError

T = TypeVar("T")


class BacklogController(QObject):
    """Main thread only. One thing at a time: whatever runs is cancelled by the next.

    Signals:
        tested(TargetHealth).
        planned(ExportPlan).
        result(ItemResult): one issue is done.
        waiting(seconds left, host): the tracker asked to wait.
        finished(cancelled): the plan is carried out, or was stopped on the way.
        failed(Exception).
        token_kept(bool): False: only until the app ends.
    """

    tested = Signal(object)
    planned = Signal(object)
    result = Signal(object)
    waiting = Signal(float, str)
    finished = Signal(bool)
    failed = Signal(object)
    token_kept = Signal(bool)

    def __init__(self, context: StudyContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._job: JobHandle | None = None

    @property
    def context(self) -> StudyContext:
        return self._context

    @property
    def busy(self) -> bool:
        return self._job is not None and not self._job.done

    def cancel(self) -> None:
        """Ends what runs, between two requests."""
        if self._job is not None:
            self._job.cancel()

    def test(self, config: TargetConfig, token: str = "") -> None:
        """Asks the tracker who we are and what we may do. Writes nothing."""

        def work(cancel: CancelToken, _progress: Progress) -> TargetHealth:
            with opened(config, token or secrets.token_of(config), cancel, on_wait=self.waiting.emit) as target:
                return target.check()

        self._run(self.tr("Testing {name}").format(name=config.name), work, self.tested.emit)

    def keep_token(self, config: TargetConfig, token: str) -> None:
        """Puts a token into the system's keyring; `token_kept` says whether there is one."""
        self._context.jobs.run(
            self.tr("Keeping the token"),
            lambda _cancel, _progress: secrets.keep(config, token),
            self.token_kept.emit,
            self.failed.emit,
            quiet=True,
        )

    def plan(self, config: TargetConfig, *, files: bool, again: frozenset[str] = frozenset()) -> None:
        """Makes the plan of what an export to `config` would do now."""
        context = self._context

        def work(cancel: CancelToken, _progress: Progress) -> ExportPlan:
            token = secrets.token_of(config)
            with context.open_store() as store, opened(config, token, cancel, on_wait=self.waiting.emit) as target:
                found = findings(store, exported_ids(store, config.id))
                return plan_of(target, found, store.links(config.id), files=files, again=again)

        self._run(self.tr("Looking at {name}").format(name=config.name), work, self.planned.emit)

    def apply(self, config: TargetConfig, plan: ExportPlan, out: Path | None) -> None:
        """Carries out just this plan."""
        context = self._context

        def work(cancel: CancelToken, progress: Progress) -> bool:
            token = secrets.token_of(config)
            with (
                context.open_store() as store,
                opened(config, token, cancel, out=out, on_wait=self.waiting.emit) as target,
            ):
                check_told(store, plan)
                try:
                    for number, result in enumerate(target.apply(plan, store.links(config.id)), 1):
                        self.result.emit(result)
                        progress(number / max(1, len(plan.items)), result.title)
                except TranscribeError:
                    return True
            return False

        handle = self._run(self.tr("Exporting to {name}").format(name=config.name), work, self._done)
        handle.finished.connect(lambda: self._done(True) if handle.cancelled else None)

    def _done(self, cancelled: bool) -> None:
        self._context.look_for_changes()
        self.finished.emit(cancelled)

    def _run(self, title: str, work: Callable[[CancelToken, Progress], T], done: Callable[[T], object]) -> JobHandle:
        self.cancel()
        self._job = self._context.jobs.run(title, work, done, self.failed.emit)
        return self._job
