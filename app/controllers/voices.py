"""How people sound: the moderator's voice kept and forgotten, and all lines of one voice found, as jobs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from annotate.voices import alike_to_label, keep_voice
from app.controllers.review import ReviewController
from app.controllers.transcript_edits import TranscriptEdits
from app.jobs import Progress
from app.transcription_wishes import kept_voice, voice_path
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError
from transcribe.voice_sample import forget_sample


class Voices(QObject):
    """Of the session that `review` has open. Main thread only.

    Signals: changed: a voice was kept, or forgotten; failed(Exception).
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, review: ReviewController, edits: TranscriptEdits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._review, self._edits = review, edits

    @property
    def kept(self) -> bool:
        """Whether a moderator's voice is kept on this computer."""
        return kept_voice() is not None

    def keep(self, speaker_id: str) -> None:
        """Keeps how a speaker sounds, in the app's own data; instead of the voice that was kept before."""
        context, session_id = self._review.context, self._review.session_id
        if context is None or session_id is None:
            return

        def work(_cancel: CancelToken, _progress: Progress) -> None:
            with context.open_store() as store:
                keep_voice(store, session_id, speaker_id, voice_path())

        context.jobs.run(
            self.tr("Keeping the moderator's voice"), work, lambda _none: self.changed.emit(), self.failed.emit
        )

    def forget(self) -> None:
        try:
            forget_sample(voice_path())
        except TranscribeError as error:
            self.failed.emit(error)
        self.changed.emit()

    def give_alike(self, segment_id: int, speaker_id: str) -> None:
        """Says who speaks in a line and in all that sound like it; what people said about others of them stays."""
        context, session_id = self._review.context, self._review.session_id
        if context is None or session_id is None:
            return

        def find(_cancel: CancelToken, _progress: Progress) -> list[int]:
            with context.open_store() as store:
                return alike_to_label(store, session_id, segment_id)

        def label(found: list[int]) -> None:
            self._edits.set_speaker(found, speaker_id, everywhere=True)

        context.jobs.run(self.tr("Finding what sounds like it"), find, label, self.failed.emit)
