"""Plays one clip or shows one still: a picture with a bar of play, place and time under it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QSlider, QStackedWidget, QVBoxLayout, QWidget

from annotate.frames import FrameIndex
from annotate.timeline import MS, format_time
from app.controllers.playback import PlaybackController
from app.theme import SPACE, theme
from app.widgets.basics import Picture, numbers, row
from app.widgets.observation_editor import icon_button
from app.widgets.video_view import VideoView


class ClipPlayer(QWidget):
    """Preview of evidence. `close_media` lets go of the file.

    Signals:
        state_changed(MediaState).
    """

    state_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.playback = PlaybackController(self)
        self.video = VideoView()
        self.video.setMinimumSize(240, 135)
        self.picture = Picture(self.tr("Choose a clip or a still to see it."))
        self.picture.setMinimumSize(240, 135)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.picture)
        self._stack.addWidget(self.video)
        self.play = icon_button("ph.play", self.tr("Play or pause"), self.tr("Space"))
        self.play.clicked.connect(self.playback.toggle)
        self.place = QSlider(Qt.Orientation.Horizontal)
        self.place.setAccessibleName(self.tr("Place in the clip"))
        self.place.sliderMoved.connect(lambda ms: self.playback.seek(ms * MS))
        self._time = numbers("", tone="muted")
        bar = row(self.play, self.place, self._time, spacing=SPACE[1])
        self._bar = QWidget()
        self._bar.setLayout(bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[1])
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._bar)
        self._bar.hide()
        self.video.clicked.connect(self.playback.toggle)
        self.playback.frame_changed.connect(self.video.set_frame)
        self.playback.position_changed.connect(self._on_position)
        self.playback.playing_changed.connect(self._on_playing)
        self.playback.state_changed.connect(self.state_changed)

    def show_still(self, path: Path) -> None:
        self.close_media()
        self.picture.show_picture(QPixmap(str(path)))

    def show_clip(self, path: Path, frames: FrameIndex, duration_ns: int) -> None:
        """Opens a clip at its start; it plays when told to."""
        self._stack.setCurrentWidget(self.video)
        self._bar.show()
        self.place.setRange(0, duration_ns // MS)
        self.playback.load(path, frames, duration_ns)
        self._on_position(0)

    def show_words(self, words: str) -> None:
        """Says why there is nothing to be seen."""
        self.close_media()
        self.picture.show_words(words)

    def close_media(self) -> None:
        """Lets go of the file, and stops."""
        self.playback.close()
        self._stack.setCurrentWidget(self.picture)
        self._bar.hide()

    def _on_position(self, t_ns: int) -> None:
        if not self.place.isSliderDown():
            self.place.setValue(t_ns // MS)
        self._time.setText(f"{format_time(t_ns, tenths=True)} / {format_time(self.playback.duration_ns, tenths=True)}")

    def _on_playing(self, playing: bool) -> None:
        self.play.setIcon(theme().icon("ph.pause" if playing else "ph.play"))
