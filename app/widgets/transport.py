"""The bar under the picture: play, step, time, speed, volume."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSlider, QToolButton, QWidget

from annotate.timeline import format_time
from app.commands import CommandRegistry
from app.controllers.playback import RATES, MediaState, PlaybackController
from app.theme import SPACE, Text, theme
from app.widgets.basics import numbers
from app.widgets.observation_editor import icon_button

BUTTONS = ("review.step_back", "review.back", "review.play", "review.forward", "review.step")
SOUND_BUTTONS = 2
MODES = ("review.loop", "review.silence")


class PlayMenu(Protocol):
    """What the transport asks of whoever knows the play modes."""

    def fill_menu(self, menu: QMenu) -> None:
        """Fills the menu of what is changed seldom."""

    def sound_name(self, track: int) -> str:
        """What a sound track is called."""


class Transport(QWidget):
    """Buttons come from the registry, so that their tooltips name the keys."""

    def __init__(
        self, playback: PlaybackController, commands: CommandRegistry, modes: PlayMenu, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._playback = playback
        self._commands = commands
        self._modes = modes
        self._loud = 1.0
        self.buttons = {command_id: self._button(command_id) for command_id in BUTTONS}
        self.time = numbers("00:00.0", Text.STRONG, strong=True)
        self.time.setAccessibleName(self.tr("Position"))
        self.total = numbers("/ 00:00", tone="muted")
        modes_buttons = [self._button(command_id) for command_id in MODES]
        self.sounds = [self._button(f"review.sound_{number + 1}") for number in range(SOUND_BUTTONS)]
        self._build_rate()
        self._build_volume()
        self._build_menu()
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[2], SPACE[0], SPACE[2], SPACE[0])
        row.setSpacing(SPACE[0])
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(SPACE[0])
        row.addWidget(self.time)
        row.addWidget(self.total)
        row.addStretch(1)
        for part in (*modes_buttons, self.rate, *self.sounds, self.mute, self.volume, self.more):
            row.addWidget(part)
        playback.position_changed.connect(self._on_position)
        playback.duration_changed.connect(lambda t_ns: self.total.setText(f"/ {format_time(t_ns)}"))
        playback.playing_changed.connect(self._on_playing)
        playback.rate_changed.connect(self._on_rate)
        playback.sound.volume_changed.connect(self._on_volume)
        playback.sound.tracks_changed.connect(self._on_sounds)
        playback.state_changed.connect(self._on_state)
        self._on_rate(playback.rate)
        self._on_state(playback.state)
        self._on_sounds()

    def _build_rate(self) -> None:
        self.rate = QComboBox(self)
        for rate in RATES:
            self.rate.addItem(f"{rate:g}×", rate)
        self.rate.setAccessibleName(self.tr("Speed"))
        self.rate.setToolTip(self.tr("Speed ([ slower, ] faster)"))
        self.rate.setFixedWidth(84)
        self.rate.activated.connect(lambda index: self._playback.set_rate(self.rate.itemData(index)))

    def _build_volume(self) -> None:
        self.mute = icon_button("ph.speaker-high", self.tr("Sound on or off"), parent=self)
        self.mute.clicked.connect(self._on_mute)
        self.volume = QSlider(Qt.Orientation.Horizontal, self)
        self.volume.setRange(0, 100)
        self.volume.setValue(100)
        self.volume.setFixedWidth(60)
        self.volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.volume.setAccessibleName(self.tr("Volume"))
        self.volume.setToolTip(self.tr("Volume"))
        self.volume.valueChanged.connect(lambda value: self._playback.sound.set_volume(value / 100))

    def _build_menu(self) -> None:
        self.more = icon_button("ph.sliders-horizontal", self.tr("Pointer, zoom and lead-in"), parent=self)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        menu.aboutToShow.connect(lambda: self._modes.fill_menu(menu))
        self.more.setMenu(menu)

    def _button(self, command_id: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("look", "quiet")
        self._commands.bind(button, command_id, icon_only=True)
        button.setAutoRaise(True)
        return button

    def _on_sounds(self) -> None:
        """A switch for each sound track; one track alone is turned off by the loudspeaker."""
        tracks = self._playback.sound.tracks
        for number, button in enumerate(self.sounds):
            button.setVisible(len(tracks) > 1 and number < len(tracks))
            name = self._modes.sound_name(number)
            if name:
                key = self._commands.key_text(self._commands.command(f"review.sound_{number + 1}"))
                button.setAccessibleName(name)
                button.setToolTip(self.tr("{name}: sound on or off ({key})").format(name=name, key=key))

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
        if self._playback.sound.volume > 0:
            self._loud = self._playback.sound.volume
            self._playback.sound.set_volume(0)
        else:
            self._playback.sound.set_volume(self._loud)

    def _on_state(self, state: MediaState) -> None:
        for part in (self.rate, self.volume, self.mute):
            part.setEnabled(state is MediaState.READY)
