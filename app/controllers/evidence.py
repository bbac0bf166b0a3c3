"""Makes stills, clips and reels in the background, and lists what was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from annotate.evidence.make import Made, evidence_path, make_clip, make_reel, make_still
from annotate.evidence.spec import Captions, ClipSpec, StillSpec
from annotate.models import Evidence, Reel, ReelItem
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.jobs import Progress
from app.settings import settings
from app.study_context import StudyContext
from transcribe.cancel import CancelToken


class EvidenceController(QObject):
    """Evidence of one study. Main thread only; what takes long is a job with progress and cancel.

    Signals:
        made(Evidence, Made): a still or a clip is there, and listed.
        reel_made(Reel).
        failed(Exception): nothing was made, and nothing is left behind.
    """

    made = Signal(object, object)
    reel_made = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context: StudyContext | None = None

    @property
    def context(self) -> StudyContext | None:
        return self._context

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none. What is being made for the one before is still listed there."""
        self._context = context

    # -- making ------------------------------------------------------------------------------------------------

    def usual_clip(self, t_start_ns: int, t_end_ns: int) -> ClipSpec:
        """A clip as the last one was made.

        Raises:
            StudyError: CLIP_LENGTH.
        """
        chosen = settings()
        return ClipSpec(t_start_ns, t_end_ns, Captions(chosen.clip_captions), chosen.clip_pointer, chosen.clip_sound)

    def remember(self, spec: ClipSpec) -> None:
        """The next clip is made this way, too."""
        chosen = settings()
        chosen.clip_captions, chosen.clip_pointer, chosen.clip_sound = str(spec.captions), spec.pointer, spec.sound

    def cut(self, session_id: str, spec: ClipSpec, observation_id: str | None = None) -> None:
        """Cuts a clip."""
        context = self._context
        if context is None:
            return

        def work(cancel: CancelToken, progress: Progress) -> Made:
            with context.open_store() as store:
                return make_clip(
                    store,
                    session_id,
                    spec,
                    observation_id=observation_id,
                    cancel=cancel,
                    progress=lambda fraction: progress(fraction, ""),
                )

        title = self.tr("Cutting a clip at {time}").format(time=format_time(spec.t_start_ns))
        context.jobs.run(title, work, lambda made: self._list(context, made, self.tr("Cut a clip")), self._fail)

    def keep_still(self, session_id: str, spec: StillSpec, observation_id: str | None = None) -> None:
        """Keeps the picture of a moment."""
        context = self._context
        if context is None:
            return

        def work(_cancel: CancelToken, _progress: Progress) -> Made:
            with context.open_store() as store:
                return make_still(store, session_id, spec, observation_id=observation_id)

        title = self.tr("Keeping the picture at {time}").format(time=format_time(spec.t_ns))
        context.jobs.run(title, work, lambda made: self._list(context, made, self.tr("Keep a still")), self._fail)

    def make_reel(self, reel_id: str) -> None:
        """Makes a reel's film, anew if there is one."""
        context = self._context
        if context is None:
            return
        reel = context.store.reel(reel_id)

        def work(cancel: CancelToken, progress: Progress) -> str:
            with context.open_store() as store:
                return make_reel(store, reel, cancel=cancel, progress=lambda fraction: progress(fraction, ""))

        def done(path: str) -> None:
            context.do(self.tr("Make the reel"), lambda store: store.update_reel(reel_id, path=path))
            self.reel_made.emit(context.store.reel(reel_id))

        title = self.tr("Making the reel “{title}”").format(title=reel.title)
        context.jobs.run(title, work, done, self._fail)

    # -- what there is -----------------------------------------------------------------------------------------

    def path_of(self, evidence: Evidence) -> Path | None:
        """Where a still or a clip lies; None if it is gone."""
        if self._context is None:
            return None
        try:
            path = evidence_path(self._context.store, evidence)
        except StudyError:
            return None
        return path if path.is_file() else None

    def reel_path(self, reel: Reel) -> Path | None:
        """A reel's film; None until it was made, or if it is gone."""
        if self._context is None or reel.path is None:
            return None
        path = self._context.folder / reel.path
        return path if path.is_file() else None

    def remove(self, evidence_ids: Sequence[str]) -> None:
        """Takes evidence off the list, as one step of undo."""
        context = self._context
        if context is None or not evidence_ids:
            return

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                for one in evidence_ids:
                    store.remove_evidence(one)
            return batch.change

        context.do(self.tr("Delete evidence"), change)

    def add_reel(self, title: str, items: Sequence[ReelItem]) -> Reel | None:
        context = self._context
        return context.do(self.tr("New reel"), lambda store: store.add_reel(title, items)) if context else None

    def set_items(self, reel_id: str, items: Sequence[ReelItem]) -> None:
        """The parts of a reel, in their order."""
        if self._context is not None:
            self._context.do(self.tr("Change the reel"), lambda store: store.set_reel_items(reel_id, items))

    def rename_reel(self, reel_id: str, title: str) -> None:
        if self._context is not None:
            self._context.do(self.tr("Rename the reel"), lambda store: store.update_reel(reel_id, title=title))

    def remove_reel(self, reel_id: str) -> None:
        if self._context is not None:
            self._context.do(self.tr("Delete the reel"), lambda store: store.remove_reel(reel_id))

    def _list(self, context: StudyContext, made: Made, text: str) -> None:
        evidence = context.do(text, made.listed)
        if evidence is not None:
            self.made.emit(evidence, made)

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)
