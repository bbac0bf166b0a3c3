"""The timeline on the review desk: what it shows, as it comes in, and what is done on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from annotate.derived import SoundTrack
from annotate.models import Session, TaskRun
from app.controllers.derived_media import DerivedController, DerivedMedia
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.controllers.session_tracks import snap_points
from app.views.review_session import trim_gaps
from app.widgets.timeline.data import GapKind, Sound, Speech, TimelineData
from app.widgets.timeline.panel import TimelinePanel


class ReviewTimeline(QObject):
    """Feeds the panel: the session at once, waveforms and thumbnails as they are made, changes as they happen.

    Signals:
        silence_found(tuple of TimeRange): where nobody is heard, once the waveforms are there.
    """

    silence_found = Signal(object)

    def __init__(self, panel: TimelinePanel, controller: ReviewController, page: QWidget) -> None:
        super().__init__(page)
        self._panel = panel
        self._controller = controller
        self._data = TimelineData()
        self._sounds: tuple[SoundTrack, ...] = ()
        self.derived = DerivedController(self)
        self.derived.changed.connect(self._on_derived)
        controller.speech_changed.connect(self._on_speech)
        controller.runs_changed.connect(self._on_runs)
        panel.times_changed.connect(controller.move)
        panel.run_changed.connect(controller.move_run)

    @property
    def data(self) -> TimelineData:
        """What is shown."""
        return self._data

    def show_session(self, loaded: LoadedSession) -> None:
        """Another session."""
        self._sounds = loaded.sounds
        names = sound_names(loaded.sounds)
        gaps = (*loaded.timeline.gaps, *trim_gaps(loaded.session, loaded.duration_ns))
        self._data = replace(loaded.timeline, sounds=tuple(Sound(name, None) for name in names), gaps=gaps)
        self._panel.set_session(self._data)
        self._panel.set_snap_points(loaded.snaps)
        self._panel.set_rows([])
        self.silence_found.emit(())
        context = self._controller.context
        if context is not None and loaded.bundle is not None and loaded.bundle.screen_path.is_file():
            self.derived.show(context.jobs, loaded.bundle, loaded.sounds, loaded.duration_ns)

    def show_trim(self, session: Session) -> None:
        """What figures leave out is another part now."""
        gaps = tuple(gap for gap in self._data.gaps if gap.kind is not GapKind.TRIMMED)
        self._data = replace(self._data, gaps=(*gaps, *trim_gaps(session, self._data.duration_ns)))
        self._panel.set_data(self._data)

    def close(self) -> None:
        """No session any more."""
        self.derived.close()
        self._data = TimelineData()
        self._panel.set_session(self._data)
        self._panel.set_rows([])
        self.silence_found.emit(())

    def _on_derived(self, found: DerivedMedia) -> None:
        names = sound_names(self._sounds)
        sounds = tuple(Sound(name, peaks) for name, peaks in zip(names, found.peaks, strict=True))
        self._data = replace(
            self._data, sounds=sounds, thumbs=found.thumbs, silence=found.silence, is_complete=found.is_over
        )
        self._panel.set_data(self._data)
        self.silence_found.emit(found.silence)

    def _on_speech(self, speech: tuple[Speech, ...]) -> None:
        self._data = replace(self._data, speech=speech)
        self._refresh()

    def _on_runs(self, runs: tuple[TaskRun, ...]) -> None:
        self._data = replace(self._data, runs=runs)
        self._refresh()

    def _refresh(self) -> None:
        self._panel.set_data(self._data)
        self._panel.set_snap_points(snap_points(self._data.runs, self._data.click_ns, self._data.speech))


def sound_names(tracks: Sequence[SoundTrack]) -> list[str]:
    """What the sound tracks are called; two of a kind are told apart by their names or numbers."""
    tr = QCoreApplication.translate
    kinds = {
        "mic": tr("SoundTrack", "Microphone"),
        "system": tr("SoundTrack", "Computer"),
        "mixed": tr("SoundTrack", "Sound"),
    }
    names = [kinds.get(track.kind, track.kind) for track in tracks]
    return [
        f"{name} {names[: number + 1].count(name)}" if names.count(name) > 1 else name
        for number, name in enumerate(names)
    ]
