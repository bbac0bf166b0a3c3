"""Another sound track of the same file, heard beside the player's own: a second player that keeps in step."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtMultimedia import QAudioDevice, QAudioOutput, QMediaPlayer

from app.controllers.media import make_audio, make_sound_player

_MS = 1_000_000
_FAR_NS = 400 * _MS
"""Further off than this it is sent to its place; less, it runs a little faster or slower until it is there."""
_OFF_NS, _RIGHT_NS = 45 * _MS, 15 * _MS
_NUDGE = 1.06
_LOOK_MS = 100
_SETTLE_S = 0.5


class SoundFollower(QObject):
    """One more track. Nobody hears 45 ms between two people's voices; what is further off is set right.

    The owner tells it what to do; it never moves the owner. Main thread only.
    """

    def __init__(self, media: Path, track: int, now: Callable[[], int], device: QAudioDevice, parent: QObject) -> None:
        """`track` counts the file's sound tracks; `now` says where the owner is."""
        super().__init__(parent)
        self._now = now
        self._track = track
        self._is_running = False
        self._is_ready = False
        self._rate = 1.0
        self._base_ns, self._base_s = 0, 0.0
        self._sent_s = 0.0
        self._player = make_sound_player(self)
        self._audio: QAudioOutput = make_audio(device, self)
        self._player.setAudioOutput(self._audio)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.positionChanged.connect(self._on_position)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._keep_in_step)
        self._player.setSource(QUrl.fromLocalFile(str(media)))

    @property
    def off_ns(self) -> int:
        """How far its sound lies from where it should be; below zero: late."""
        ahead = (time.perf_counter() - self._base_s) * self._rate if self._is_running else 0.0
        return self._base_ns + int(ahead * 1e9) - self._now()

    def set_volume(self, volume: float) -> None:
        self._audio.setVolume(volume)

    def set_device(self, device: QAudioDevice) -> None:
        self._audio.setDevice(device)

    def set_rate(self, rate: float) -> None:
        self._rate = rate
        self._player.setPlaybackRate(rate)

    def run(self, t_ns: int) -> None:
        """Goes on from a place."""
        self._is_running = True
        if self._is_ready:
            self._send(t_ns)
            self._player.play()
            self._look.start()

    def halt(self) -> None:
        """Falls silent."""
        self._is_running = False
        self._look.stop()
        if self._is_ready:
            self._player.pause()

    def jump(self, t_ns: int) -> None:
        """The owner went elsewhere while playing."""
        if self._is_running and self._is_ready:
            self._send(t_ns)

    def close(self) -> None:
        """Lets go of the file and of the player."""
        self._look.stop()
        self._is_ready = self._is_running = False
        self._player.stop()
        self._player.setSource(QUrl())
        self._player.setAudioOutput(None)  # type: ignore[arg-type]  # Qt takes none
        self._player.deleteLater()
        self._audio.deleteLater()
        self.deleteLater()

    def _send(self, t_ns: int) -> None:
        self._sent_s = time.perf_counter()
        self._base_ns, self._base_s = t_ns, self._sent_s
        self._player.setPosition(t_ns // _MS)
        self._player.setPlaybackRate(self._rate)

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if status is QMediaPlayer.MediaStatus.LoadedMedia and not self._is_ready:
            self._is_ready = True
            self._player.setActiveVideoTrack(-1)
            self._player.setActiveAudioTrack(self._track)
            if self._is_running:
                self.run(self._now())

    def _on_position(self, ms: int) -> None:
        self._base_ns, self._base_s = ms * _MS, time.perf_counter()

    def _keep_in_step(self) -> None:
        if time.perf_counter() - self._sent_s < _SETTLE_S:
            return
        off = self.off_ns
        if abs(off) > _FAR_NS:
            self._send(self._now())
        elif abs(off) > _OFF_NS:
            self._player.setPlaybackRate(self._rate * (1 / _NUDGE if off > 0 else _NUDGE))
        elif abs(off) < _RIGHT_NS:
            self._player.setPlaybackRate(self._rate)
