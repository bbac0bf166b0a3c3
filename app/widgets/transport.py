"""The bar under the picture: play, step, time, speed, volume."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QToolButton, QWidget

from annotate.timeline import format_time
from app.commands import CommandRegistry
from app.controllers.playback import RATES, MediaState, PlaybackController
from app.theme import SPACE, Text, theme
from app.widgets.basics import label, numbers
from app.widgets.observation_editor import icon_button

BUTTONS = ("review.step_back", "review.back", "review.play", "review.forward", "review.step")


class Transport(QWidget):
    """Buttons come from the registry, so that their tooltips name the keys."""

    def __init__(self, playback: PlaybackController, commands: CommandRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self._loud = 1.0
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[2], SPACE[0], SPACE[2], SPACE[0])
        row.setSpacing(SPACE[0])
        self.buttons: dict[str, QToolButton] = {}
        for command_id in BUTTONS:
            button = QToolButton(self)
            button.setProperty("look", "quiet")
            commands.bind(button, command_id, icon_only=True)
            button.setAutoRaise(True)
            self.buttons[command_id] = button
            row.addWidget(button)
        row.addSpacing(SPACE[1])
        self.time = numbers("00:00.0", Text.STRONG, strong=True)
        self.time.setAccessibleName(self.tr("Position"))
        self.total = numbers("/ 00:00", tone="muted")
        row.addWidget(self.time)
        row.addWidget(self.total)
        row.addStretch(1)
        speed = label(self.tr("Speed"), tone="muted")
        self.rate = QComboBox(self)
        for rate in RATES:
            self.rate.addItem(f"{rate:g}×", rate)
        self.rate.setAccessibleName(self.tr("Speed"))
        self.rate.setToolTip(self.tr("Speed ([ slower, ] faster)"))
        self.rate.activated.connect(lambda index: playback.set_rate(self.rate.itemData(index)))
        speed.setBuddy(self.rate)
        self.mute = icon_button("ph.speaker-high", self.tr("Sound on or off"), parent=self)
        self.mute.clicked.connect(self._on_mute)
        self.volume = QSlider(Qt.Orientation.Horizontal, self)
        self.volume.setRange(0, 100)
        self.volume.setValue(100)
        self.volume.setFixedWidth(72)
        self.volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.volume.setAccessibleName(self.tr("Volume"))
        self.volume.setToolTip(self.tr("Volume"))
        self.volume.valueChanged.connect(lambda value: playback.set_volume(value / 100))
        row.addWidget(speed)
        row.addWidget(self.rate)
        row.addSpacing(SPACE[1])
        row.addWidget(self.mute)
        row.addWidget(self.volume)
        playback.position_changed.connect(self._on_position)
        playback.duration_changed.connect(lambda t_ns: self.total.setText(f"/ {format_time(t_ns)}"))
        playback.playing_changed.connect(self._on_playing)
        playback.rate_changed.connect(self._on_rate)
        playback.volume_changed.connect(self._on_volume)
        playback.state_changed.connect(self._on_state)
        self._on_rate(playback.rate)
        self._on_state(playback.state)

    def _on_position(self, t_ns: int) -> None:
        self.time.setText(format_time(t_ns, tenths=True))

    def _on_playing(self, playing: bool) -> None:
        self.buttons["review.play"].setIcon(theme().icon("ph.pause" if playing else "ph.play"))

    def _on_rate(self, rate: float) -> None:
        index = self.rate.findData(rate)
        self.rate.setCurrentIndex(index)

    def _on_volume(self, volume: float) -> None:
        self.volume.blockSignals(True)
        self.volume.setValue(round(volume * 100))
        self.volume.blockSignals(False)
        self.mute.setIcon(theme().icon("ph.speaker-high" if volume > 0 else "ph.speaker-x"))

    def _on_mute(self) -> None:
        if self._playback.volume > 0:
            self._loud = self._playback.volume
            self._playback.set_volume(0)
        else:
            self._playback.set_volume(self._loud)

    def _on_state(self, state: MediaState) -> None:
        for part in (self.rate, self.volume, self.mute):
            part.setEnabled(state is MediaState.READY)
