"""Plays the screen recording of a session, exact to the frame, in session time."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink

from annotate.frames import FrameIndex
from app.controllers.media import make_player
from app.controllers.playback_sound import PlaybackSound

if TYPE_CHECKING:
    from collections.abc import Sequence

RATES: tuple[float, ...] = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
SHUTTLE_RATES: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0)
SHUTTLE_BACK_RATES: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
_MS = 1_000_000
_TICK_MS = 33
_BACK_TICK_MS = 100
_SEEK_TIMEOUT_MS = 400
_LANDED_MS, _LANDS_WITHIN_S = 1_000, 5.0


class MediaState(StrEnum):
    """What can be said about the picture of the open session."""

    EMPTY = "empty"
    LOADING = "loading"
    READY = "ready"
    MISSING = "missing"
    BROKEN = "broken"


class PlaybackController(QObject):
    """Where the session stands, and the player that follows it.

    The position is session time in ns and is kept with or without a playable file: text work goes on when the
    picture is gone. Seeks go to the middle of the frame shown at the wanted time, because Qt's player shows the
    frame before when asked for a frame's own start. All on the main thread.

    Signals:
        position_changed(t_ns): the session time moved, by playing, seeking or stepping. An `object`, since Qt's
            `int` has 32 bits.
        playing_changed(playing), rate_changed(rate), state_changed(MediaState).
        frame_changed(QVideoFrame): the picture to show.
    """

    position_changed = Signal(object)
    duration_changed = Signal(object)
    playing_changed = Signal(bool)
    rate_changed = Signal(float)
    state_changed = Signal(object)
    frame_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player: QMediaPlayer | None = None
        self._sink: QVideoSink | None = None
        self._frames: FrameIndex | None = None
        self._state = MediaState.EMPTY
        self._position_ns = 0
        self._duration_ns = 0
        self._rate = 1.0
        self._playing = False
        self._back_rate: float | None = None
        self._wanted_ms: int | None = None  # newest seek not yet given to the player
        self._issued_ms: int | None = None  # where the player was last sent
        self._sent_ms: int | None = None  # where it was sent and has not said yet that it is
        self._sent_s = 0.0
        self._seeking = False
        self._base_ns = 0
        self._base_perf = 0.0
        self.sound = PlaybackSound(self)
        """Which sound tracks are heard, and how loud."""
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._back_tick = QTimer(self)
        self._back_tick.setInterval(_BACK_TICK_MS)
        self._back_tick.timeout.connect(self._on_back_tick)
        self._seek_timer = QTimer(self)
        self._seek_timer.setSingleShot(True)
        self._seek_timer.setInterval(_SEEK_TIMEOUT_MS)
        self._seek_timer.timeout.connect(self._seek_done)

    # -- what is open ------------------------------------------------------------------------------------------

    @property
    def state(self) -> MediaState:
        return self._state

    @property
    def position_ns(self) -> int:
        """The session time now; while playing, between the player's own reports too."""
        return self._estimate_ns() if self._playing else self._position_ns

    @property
    def duration_ns(self) -> int:
        return self._duration_ns

    @property
    def playing(self) -> bool:
        return self._playing or self._back_rate is not None

    @property
    def is_running(self) -> bool:
        """Plays forward: not the run back, which is a row of seeks."""
        return self._playing

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def media_end_ns(self) -> int:
        """Where playing has nothing more to show."""
        return self._media_end_ns()

    def load(self, media: Path, frames: FrameIndex, duration_ns: int, sounds: int = 1) -> None:
        """Opens a checked media file in the background; `state` becomes READY or BROKEN.

        Args:
            media: The bundle's picture; its PTS are session time.
            frames: The times of its frames.
            duration_ns: The session's length, which may exceed the file's.
            sounds: How many sound tracks the file has; all of them are on.
        """
        self._close_media()
        self.sound.load(media, sounds)
        self._frames = frames if len(frames) else None
        self._set_duration(duration_ns)
        self._set_state(MediaState.LOADING)
        player = self._ensure_player()
        player.setSource(QUrl.fromLocalFile(str(media)))

    def load_without_media(self, state: MediaState, duration_ns: int) -> None:
        """Opens a session whose picture is missing or broken: the position can still be moved."""
        self._close_media()
        self._set_duration(duration_ns)
        self._set_state(state)

    def close(self) -> None:
        """Lets go of the file and of the player. Can be loaded again."""
        self._close_media()
        self._set_duration(0)
        self._set_state(MediaState.EMPTY)
        if self._player is not None:
            self._player.setVideoSink(None)  # type: ignore[arg-type]  # Qt takes none
            self.sound.leave()
            for thing in (self._player, self._sink):
                if thing is not None:
                    thing.deleteLater()
        self._player = self._sink = None

    # -- moving ------------------------------------------------------------------------------------------------

    def seek(self, t_ns: int) -> None:
        """Goes to a session time: the frame shown at `t_ns` appears, and `position_ns` is `t_ns` itself."""
        self._stop_back()
        self._go(t_ns)

    def seek_by(self, delta_ns: int) -> None:
        self.seek(self.position_ns + delta_ns)

    def step(self, frames: int) -> None:
        """Moves by whole frames and pauses. Without frames known, by a fifteenth of a second."""
        self.pause()
        if self._frames is None:
            self.seek_by(frames * 1_000_000_000 // 15)
            return
        self.seek(self._frames.t_ns(self._frames.step(self._position_ns, frames)))

    def play(self) -> None:
        self._stop_back()
        if self._playing or self._state is not MediaState.READY or self._player is None:
            return
        if self._position_ns >= self._media_end_ns():
            self._go(0)
        self._rebase(self._position_ns)
        self._playing = True
        self._player.play()
        self.sound.run(self._position_ns)
        self._tick.start()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stops where it is; the picture is that of the position shown."""
        self._stop_back()
        if not self._playing:
            return
        t_ns = self._estimate_ns()
        self._halt()
        self._go(t_ns)

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def shuttle(self, direction: int) -> None:
        """J, K and L: +1 plays and then goes faster, -1 runs back and then faster, 0 pauses."""
        if direction == 0:
            self.pause()
            self.set_rate(1.0)
        elif direction > 0:
            if self._playing:
                self.set_rate(_next(SHUTTLE_RATES, self._rate))
            else:
                self.play()
        elif self._back_rate is not None:
            self._back_rate = _next(SHUTTLE_BACK_RATES, self._back_rate)
        else:
            self.pause()
            self.set_rate(1.0)
            self._back_rate = SHUTTLE_BACK_RATES[0]
            self._back_tick.start()
            self.playing_changed.emit(True)

    def set_rate(self, rate: float) -> None:
        """Sets the speed, 0.5 to 3; the voice keeps its pitch where the system's player can."""
        if rate == self._rate:
            return
        if self._playing:
            self._rebase(self._estimate_ns())
        self._rate = rate
        if self._player is not None:
            self._player.setPlaybackRate(rate)
        self.sound.set_rate(rate)
        self.rate_changed.emit(rate)

    # -- inside ------------------------------------------------------------------------------------------------

    def _ensure_player(self) -> QMediaPlayer:
        """Made with the first file, not at the app's start: loading Qt's media back-end takes a while."""
        if self._player is None:
            self._player, self._sink = make_player(self)
            self._sink.videoFrameChanged.connect(self._on_frame)
            self._player.mediaStatusChanged.connect(self._on_status)
            self._player.errorOccurred.connect(self._on_error)
            self._player.positionChanged.connect(self._on_player_position)
            self._player.setPlaybackRate(self._rate)
            self.sound.join(self._player)
        return self._player

    def _close_media(self) -> None:
        self._halt()
        self._stop_back()
        self.sound.close()
        self._frames = None
        self._position_ns = 0
        self._wanted_ms = self._issued_ms = self._sent_ms = None
        self._seeking = False
        self._seek_timer.stop()
        if self._player is not None:
            self._state = MediaState.EMPTY  # what the player says from here on belongs to the file before
            self._player.stop()
            self._player.setSource(QUrl())
        self.frame_changed.emit(QVideoFrame())

    def _set_state(self, state: MediaState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _set_duration(self, duration_ns: int) -> None:
        if duration_ns != self._duration_ns:
            self._duration_ns = duration_ns
            self.duration_changed.emit(duration_ns)

    def _media_end_ns(self) -> int:
        """Where playing has nothing more to show."""
        file_end = self._player.duration() * _MS if self._player is not None else 0
        return max(0, min(self._duration_ns, file_end) - 20 * _MS)

    def _go(self, t_ns: int) -> None:
        t_ns = min(max(0, t_ns), self._duration_ns)
        self._position_ns = t_ns
        if self._playing:
            self._rebase(t_ns)
            self.sound.jump(t_ns)
        if self._frames is not None:
            self._wanted_ms = self._frames.mid_frame_ns(self._frames.nearest(t_ns)) // _MS
        else:
            self._wanted_ms = t_ns // _MS
        self._give_seek()
        self.position_changed.emit(t_ns)

    def _give_seek(self) -> None:
        """Hands the newest wanted place to the player; while it is still busy with one, the newest waits."""
        if self._wanted_ms is None or self._seeking or self._player is None or self._state is not MediaState.READY:
            return
        wanted, self._wanted_ms = self._wanted_ms, None
        if wanted == self._issued_ms and not self._playing:
            return
        self._issued_ms = wanted
        self._seeking = True
        self._seek_timer.start()
        self._sent_ms, self._sent_s = wanted, time.perf_counter()
        self._player.setPosition(wanted)

    def _seek_done(self) -> None:
        self._seeking = False
        self._seek_timer.stop()
        self._give_seek()

    def _on_frame(self, frame: QVideoFrame) -> None:
        if not frame.isValid() or self._state is MediaState.EMPTY:
            return
        self.frame_changed.emit(frame)
        if self._seeking:
            self._seek_done()

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._player is None:
            return
        if status is QMediaPlayer.MediaStatus.LoadedMedia and self._state is MediaState.LOADING:
            self.sound.choose()
            self._player.pause()  # shows the first frame
            self._set_state(MediaState.READY)
            self._go(self._position_ns)
        elif status is QMediaPlayer.MediaStatus.InvalidMedia and self._state is MediaState.LOADING:
            self._set_state(MediaState.BROKEN)
        elif status is QMediaPlayer.MediaStatus.EndOfMedia and self._playing:
            end = self._media_end_ns()
            self._halt()
            self._player.pause()
            self._issued_ms = None
            self._go(end)

    def _on_error(self, error: QMediaPlayer.Error, _text: str) -> None:
        if error is not QMediaPlayer.Error.NoError and self._state in {MediaState.LOADING, MediaState.READY}:
            self._halt()
            self._set_state(MediaState.BROKEN)

    def _on_player_position(self, ms: int) -> None:
        if self._sent_ms is not None:
            # Until it is where it was sent it still tells of where it was before, and a busy machine takes its time.
            if abs(ms - self._sent_ms) > _LANDED_MS and time.perf_counter() - self._sent_s < _LANDS_WITHIN_S:
                return
            self._sent_ms = None
        if self._playing and not self._seeking:
            self._rebase(max(ms * _MS, self._base_ns))

    def _on_tick(self) -> None:
        self._position_ns = self._estimate_ns()
        self.position_changed.emit(self._position_ns)

    def _on_back_tick(self) -> None:
        if self._back_rate is None:
            return
        self._go(self._position_ns - int(_BACK_TICK_MS * _MS * self._back_rate))
        if self._position_ns == 0:
            self._stop_back()

    def _stop_back(self) -> None:
        if self._back_rate is not None:
            self._back_rate = None
            self._back_tick.stop()
            self.playing_changed.emit(False)

    def _halt(self) -> None:
        if self._playing:
            self._playing = False
            self._tick.stop()
            self._issued_ms = None
            if self._player is not None:
                self._player.pause()
            self.sound.halt()
            self.playing_changed.emit(False)

    def _rebase(self, t_ns: int) -> None:
        self._base_ns = t_ns
        self._base_perf = time.perf_counter()

    def _estimate_ns(self) -> int:
        """The player reports ten to twenty times a second; the playhead moves evenly between two reports."""
        ahead = min((time.perf_counter() - self._base_perf) * self._rate, 0.5)
        return min(self._base_ns + int(ahead * 1e9), self._duration_ns)


def _next(rates: Sequence[float], now: float) -> float:
    return next((rate for rate in rates if rate > now), rates[-1])
