"""The sound of the session: which tracks are heard, how loud, and through which loudspeaker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer

from app.controllers.media import make_audio
from app.controllers.sound_follow import SoundFollower

if TYPE_CHECKING:
    from app.controllers.playback import PlaybackController


class PlaybackSound(QObject):
    """The player plays the first track that is on, exactly with the picture; every other one has a follower.

    A player of Qt's plays one sound track at a time. Main thread only.

    Signals:
        volume_changed(volume 0..1).
        tracks_changed: other tracks are on, or another file is open.
    """

    volume_changed = Signal(float)
    tracks_changed = Signal()

    def __init__(self, playback: PlaybackController) -> None:
        super().__init__(playback)
        self._playback = playback
        self._player: QMediaPlayer | None = None
        self._audio: QAudioOutput | None = None
        self._devices: QMediaDevices | None = None
        self._media: Path | None = None
        self._on: list[bool] = []
        self._followers: dict[int, SoundFollower] = {}
        self._volume = 1.0
        self._rate = 1.0

    @property
    def volume(self) -> float:
        return self._volume

    @property
    def tracks(self) -> tuple[bool, ...]:
        """For each sound track of the file whether it is on."""
        return tuple(self._on)

    def set_volume(self, volume: float) -> None:
        self._volume = min(1.0, max(0.0, volume))
        if self._audio is not None:
            self._audio.setVolume(self._volume)
        for follower in self._followers.values():
            follower.set_volume(self._volume)
        self.volume_changed.emit(self._volume)

    def set_on(self, track: int, on: bool) -> None:
        """Turns a track on or off."""
        if 0 <= track < len(self._on) and self._on[track] != on:
            self._on[track] = on
            self.choose()
            self.tracks_changed.emit()

    def off_ns(self) -> dict[int, int]:
        """How far the tracks that have a follower lie from the picture; below zero: late."""
        return {track: follower.off_ns for track, follower in self._followers.items()}

    # -- what the player tells ---------------------------------------------------------------------------------

    def join(self, player: QMediaPlayer) -> None:
        """The player was made."""
        self._player = player
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._choose_device)
        self._choose_device()

    def leave(self) -> None:
        """The player goes."""
        self.close()
        if self._player is not None:
            self._player.setAudioOutput(None)  # type: ignore[arg-type]  # Qt takes none
        if self._audio is not None:
            self._audio.deleteLater()
        if self._devices is not None:
            self._devices.deleteLater()
        self._player, self._audio, self._devices = None, None, None

    def load(self, media: Path, tracks: int) -> None:
        """Another file is being opened."""
        self._media = media
        self._on = [True] * tracks
        self.tracks_changed.emit()

    def close(self) -> None:
        """The file is let go of."""
        for follower in self._followers.values():
            follower.close()
        self._followers.clear()
        self._media, had_any = None, bool(self._on)
        self._on = []
        if had_any:
            self.tracks_changed.emit()

    def choose(self) -> None:
        """Sees to it that the tracks that are on are heard; the file has been opened."""
        on = [track for track, wanted in enumerate(self._on) if wanted]
        if self._player is not None and self._player.audioTracks():
            first = on[0] if on else -1
            if self._player.activeAudioTrack() != first:
                self._player.setActiveAudioTrack(first)
        wanted = set(on[1:])
        for track in self._followers.keys() - wanted:
            self._followers.pop(track).close()
        if self._audio is None or self._media is None:
            return
        for track in wanted - self._followers.keys():
            follower = SoundFollower(self._media, track, lambda: self._playback.position_ns, self._audio.device(), self)
            follower.set_volume(self._volume)
            follower.set_rate(self._rate)
            self._followers[track] = follower
            if self._playback.is_running:
                follower.run(self._playback.position_ns)

    def run(self, t_ns: int) -> None:
        for follower in self._followers.values():
            follower.run(t_ns)

    def halt(self) -> None:
        for follower in self._followers.values():
            follower.halt()

    def jump(self, t_ns: int) -> None:
        for follower in self._followers.values():
            follower.jump(t_ns)

    def set_rate(self, rate: float) -> None:
        self._rate = rate
        for follower in self._followers.values():
            follower.set_rate(rate)

    # -- inside ------------------------------------------------------------------------------------------------

    def _choose_device(self) -> None:
        """No loudspeaker is no fault: the picture plays without sound until one appears."""
        if self._player is None:
            return
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self._player.setAudioOutput(None)  # type: ignore[arg-type]
            self._audio = None
            for follower in self._followers.values():
                follower.close()
            self._followers.clear()
        elif self._audio is None:
            self._audio = make_audio(device, self)
            self._audio.setVolume(self._volume)
            self._player.setAudioOutput(self._audio)
            self.choose()
        else:
            self._audio.setDevice(device)
            for follower in self._followers.values():
                follower.set_device(device)
