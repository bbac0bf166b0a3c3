"""Plays the webcam's film beside the session's picture: at the same place, at the same speed."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink

from annotate.frames import FrameIndex
from app.controllers.camera_film import CameraFilm
from app.controllers.media import make_player
from app.controllers.playback import MediaState, PlaybackController

OFF_NS = 80_000_000
"""The film is set right when it is further off than this."""
_RIGHT_NS = 20_000_000
_FAR_NS = 1_000_000_000
"""Further off than this it is sent to its place; less, it runs a little faster or slower until it is there."""
_MUCH_NS = 250_000_000
_NUDGE, _MUCH_NUDGE = 1.25, 2.0
_MS = 1_000_000
_SETTLE_S = 0.4
"""After it was sent somewhere the film is given this long to show where it really is."""
_SEEK_TIMEOUT_MS = 400


class CameraPlayback(QObject):
    """A second player that follows the first. All on the main thread.

    A player that is sent somewhere while it plays stands still until it has decoded its way there, which takes up to
    a second; so a film that is a little off runs faster or slower for a moment instead.

    Signals:
        frame_changed(QVideoFrame): the picture to show; an invalid one when there is none any more.
        state_changed(MediaState).
    """

    frame_changed = Signal(object)
    state_changed = Signal(object)

    def __init__(self, main: PlaybackController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self._player: QMediaPlayer | None = None
        self._sink: QVideoSink | None = None
        self._frames: FrameIndex | None = None
        self._state = MediaState.EMPTY
        self._is_active = True
        self._wanted_ms: int | None = None
        self._issued_ms: int | None = None
        self._is_seeking = False
        self._shown_ns: int | None = None
        self._sent_s = 0.0
        self._seek_timer = QTimer(self)
        self._seek_timer.setSingleShot(True)
        self._seek_timer.setInterval(_SEEK_TIMEOUT_MS)
        self._seek_timer.timeout.connect(self._seek_done)
        main.position_changed.connect(self._on_position)
        main.playing_changed.connect(self._follow)
        main.rate_changed.connect(self._follow)

    @property
    def state(self) -> MediaState:
        return self._state

    @property
    def off_ns(self) -> int | None:
        """How far the picture shown lies from the session's position: 0 if it is the right one, negative if early."""
        if self._frames is None or self._shown_ns is None:
            return None
        now = self._main.position_ns
        shown = self._frames.nearest(self._shown_ns + _MS)
        start = self._frames.t_ns(shown)
        if now < start:
            return now - start
        end = self._frames.t_ns(shown + 1) if shown + 1 < len(self._frames) else now
        return max(0, now - end)

    def load(self, film: CameraFilm) -> None:
        """Opens a film; `state` becomes READY, or MISSING or BROKEN."""
        self.close()
        if film.path is None or film.frames is None:
            self._set_state(MediaState.MISSING if film.missing else MediaState.BROKEN)
            return
        self._frames = film.frames
        self._set_state(MediaState.LOADING)
        self._player, self._sink = make_player(self)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.errorOccurred.connect(self._on_error)
        self._player.setSource(QUrl.fromLocalFile(str(film.path)))

    def close(self) -> None:
        """Lets go of the file and of the player. Can be loaded again."""
        self._set_state(MediaState.EMPTY)
        self._frames = self._shown_ns = None
        self._wanted_ms = self._issued_ms = None
        self._is_seeking = False
        self._seek_timer.stop()
        if self._player is not None and self._sink is not None:
            self._player.stop()
            self._player.setSource(QUrl())
            self._player.setVideoSink(None)  # type: ignore[arg-type]  # Qt takes none
            self._player.deleteLater()
            self._sink.deleteLater()
        self._player = self._sink = None
        self.frame_changed.emit(QVideoFrame())

    def set_active(self, is_active: bool) -> None:
        """A film that nobody sees is not played."""
        if is_active != self._is_active:
            self._is_active = is_active
            if not is_active and self._player is not None:
                self._player.pause()
                self._issued_ms = None
            self._follow()

    # -- inside ------------------------------------------------------------------------------------------------

    def _set_state(self, state: MediaState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _can_follow(self) -> bool:
        return self._state is MediaState.READY and self._is_active and self._player is not None

    def _follow(self, _value: object = None) -> None:
        """Takes over whether, where and how fast the session is played."""
        if self._player is None or not self._can_follow():
            return
        self._set_nudge(1.0)
        if self._main.is_running:
            self._send(self._main.position_ns)
        else:
            self._player.pause()
            self._issued_ms = None
            self._seek(self._main.position_ns)

    def _on_position(self, t_ns: int) -> None:
        if not self._can_follow():
            return
        if not self._main.is_running:
            self._seek(t_ns)
            return
        off = self.off_ns
        if off is None or self._is_seeking or time.monotonic() - self._sent_s < _SETTLE_S:
            return
        if abs(off) > _FAR_NS:
            self._send(t_ns)
        elif abs(off) > OFF_NS:
            nudge = _MUCH_NUDGE if abs(off) > _MUCH_NS else _NUDGE
            self._set_nudge(nudge if off > 0 else 1 / nudge)
        elif abs(off) < _RIGHT_NS:
            self._set_nudge(1.0)

    def _set_nudge(self, nudge: float) -> None:
        assert self._player is not None
        self._player.setPlaybackRate(self._main.rate * nudge)

    def _send(self, t_ns: int) -> None:
        """Goes on playing from where the session is."""
        assert self._player is not None
        assert self._frames is not None
        if t_ns >= self._frames.t_ns(len(self._frames) - 1):
            return  # the film has ended: its last picture stays
        self._sent_s = time.monotonic()
        is_playing = self._player.playbackState() is QMediaPlayer.PlaybackState.PlayingState
        off = self.off_ns
        if off is None or abs(off) > (_FAR_NS if is_playing else OFF_NS):
            self._issued_ms = None
            self._seek(t_ns)
        if not is_playing:
            self._player.play()

    def _seek(self, t_ns: int) -> None:
        assert self._frames is not None
        self._wanted_ms = self._frames.mid_frame_ns(self._frames.nearest(t_ns)) // _MS
        self._give_seek()

    def _give_seek(self) -> None:
        """Hands the newest wanted place to the player; while it is still busy with one, the newest waits."""
        if self._wanted_ms is None or self._is_seeking or self._player is None:
            return
        wanted, self._wanted_ms = self._wanted_ms, None
        if wanted == self._issued_ms:
            return
        self._issued_ms = wanted
        self._is_seeking = True
        self._seek_timer.start()
        self._player.setPosition(wanted)

    def _seek_done(self) -> None:
        self._is_seeking = False
        self._seek_timer.stop()
        self._give_seek()

    def _on_frame(self, frame: QVideoFrame) -> None:
        if not frame.isValid() or self._state is not MediaState.READY:
            return
        self._shown_ns = frame.startTime() * 1000
        self.frame_changed.emit(frame)
        if self._is_seeking:
            self._seek_done()

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._player is None:
            return
        if status is QMediaPlayer.MediaStatus.LoadedMedia and self._state is MediaState.LOADING:
            self._player.pause()  # shows the first frame
            self._set_state(MediaState.READY)
            self._follow()
        elif status is QMediaPlayer.MediaStatus.InvalidMedia and self._state is MediaState.LOADING:
            self._set_state(MediaState.BROKEN)
        elif status is QMediaPlayer.MediaStatus.EndOfMedia:
            self._player.pause()  # a stopped player would show nothing when it is sent elsewhere
            self._issued_ms = None

    def _on_error(self, error: QMediaPlayer.Error, _text: str) -> None:
        if error is not QMediaPlayer.Error.NoError and self._state in {MediaState.LOADING, MediaState.READY}:
            self._set_state(MediaState.BROKEN)
            self.frame_changed.emit(QVideoFrame())
