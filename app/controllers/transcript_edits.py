"""What people do to the transcript on the desk, each as one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject

from annotate.changes import ChangeSet
from annotate.models import Observation, ObservationKind, Speaker, TranscriptVersion
from annotate.store import StudyStore
from app.controllers.review import ReviewController
from transcribe.models import Role

T = TypeVar("T")


class TranscriptEdits(QObject):
    """Changes the transcript of the session that `review` has open. Main thread only; refusals go to the window."""

    def __init__(self, review: ReviewController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._review = review

    # -- text --------------------------------------------------------------------------------------------------

    def set_text(self, segment_id: int, text: str) -> None:
        words = self.tr("Correct the text") if text.strip() else self.tr("Take out a line")
        self._do(words, lambda store: store.set_text(segment_id, text))

    def split(self, segment_id: int, text: str, place: int) -> int | None:
        """Corrects a line and cuts it in two; the id of the second one."""

        def change(store: StudyStore) -> tuple[int, ChangeSet]:
            with store.batch() as batch:
                store.set_text(segment_id, text)
                # The text is kept without spaces around and with single ones within: so is the place counted.
                new_id, _ = store.split_segment(segment_id, len(" ".join(text[:place].split())))
            return new_id, batch.change

        return self._do(self.tr("Split a line"), change)

    def join(self, segment_ids: Sequence[int], corrected: tuple[int, str] | None = None) -> None:
        """Joins lines that follow each other, one of which may just have been corrected."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                if corrected is not None:
                    store.set_text(*corrected)
                store.join_segments(segment_ids)
            return batch.change

        self._do(self.tr("Join lines"), change)

    def replace(self, find: str, by: str, *, whole_words: bool) -> int:
        """Replaces a text everywhere; how many places there were."""
        session_id = self._review.session_id
        if session_id is None or not find.strip():
            return 0
        change = self._do(
            self.tr("Replace in the transcript"),
            lambda store: store.replace_text(session_id, find, by, whole_words=whole_words),
        )
        return change or 0

    def verify(self, segment_ids: Sequence[int], *, right: bool = True) -> None:
        words = self.tr("Heard, and right") if right else self.tr("Not heard yet")
        self._do(words, lambda store: store.verify_segments(segment_ids, right=right))

    def restore(self, segment_id: int) -> None:
        self._do(self.tr("Put back what was heard"), lambda store: store.restore_original(segment_id))

    # -- speakers ----------------------------------------------------------------------------------------------

    def speakers(self) -> list[Speaker]:
        context, session_id = self._review.context, self._review.session_id
        return context.store.speakers(session_id) if context is not None and session_id is not None else []

    def set_speaker(self, segment_ids: Sequence[int], speaker_id: str | None, *, everywhere: bool = False) -> None:
        """Says who speaks in these lines. `everywhere`: they are all that sound alike."""
        words = self.tr("Change who speaks, everywhere") if everywhere else self.tr("Change who speaks")
        self._do(words, lambda store: store.set_speaker(segment_ids, speaker_id))

    def add_speaker(self, role: Role) -> Speaker | None:
        session_id = self._review.session_id
        if session_id is None:
            return None
        return self._do(self.tr("Add a speaker"), lambda store: store.add_speaker(session_id, role))

    def ensure_speakers(self) -> list[Speaker]:
        """The session's speakers; a moderator and a participant where nobody has told anybody apart yet."""
        found = self.speakers()
        if not found:
            self.add_speaker(Role.MODERATOR)
            self.add_speaker(Role.PARTICIPANT)
            found = self.speakers()
        return found

    def update_speaker(self, speaker_id: str, *, role: Role | None = None, name: str | None = None) -> None:
        self._do(self.tr("Change a speaker"), lambda store: store.update_speaker(speaker_id, role=role, name=name))

    # -- quotes and versions -----------------------------------------------------------------------------------

    def quote(self, t_start_ns: int, t_end_ns: int, text: str) -> Observation | None:
        """Makes a quote of what is said from one moment to another."""
        session_id = self._review.session_id
        if session_id is None:
            return None
        return self._do(
            self.tr("Quote"),
            lambda store: store.add_observation(
                session_id, t_start_ns=t_start_ns, t_end_ns=t_end_ns, kind=ObservationKind.QUOTE, body=f"“{text}”"
            ),
        )

    def versions(self) -> list[TranscriptVersion]:
        context, session_id = self._review.context, self._review.session_id
        return context.store.transcript_versions(session_id) if context is not None and session_id is not None else []

    def show_version(self, transcript_id: str) -> None:
        self._do(self.tr("Show another transcript"), lambda store: store.show_version(transcript_id))

    def remove_import(self, transcript_id: str) -> None:
        self._do(self.tr("Remove an imported transcript"), lambda store: store.remove_import(transcript_id))

    def _do(self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]]) -> T | None:
        context = self._review.context
        return context.do(text, fn, self) if context is not None else None
