"""The webcam on the review desk: its film, its inset, its commands, and what is remembered of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from app.commands import Command, CommandRegistry
from app.controllers.camera_film import CameraFilm
from app.controllers.camera_playback import CameraPlayback
from app.controllers.playback import MediaState, PlaybackController
from app.settings import settings
from app.widgets.basics import announce
from app.widgets.camera_inset import CORNERS, SHARES, CameraInset
from app.widgets.video_view import VideoView

SCOPE = "review"


class ReviewCamera(QObject):
    """Shows the film of a session that has one, where and as large as it was last time. Main thread only."""

    def __init__(self, playback: PlaybackController, view: VideoView, commands: CommandRegistry, page: QWidget) -> None:
        super().__init__(page)
        self.playback = CameraPlayback(playback, self)
        self.inset = CameraInset(view)
        self._view = view
        self._film: CameraFilm | None = None
        self._commands = commands
        show = Command("review.webcam", _tr("Show webcam"), "Shift+W", "ph.user-rectangle", SCOPE, checkable=True)
        size = Command("review.webcam_size", _tr("Webcam: another size"), "Shift+S", "ph.frame-corners", SCOPE)
        corner = Command("review.webcam_corner", _tr("Webcam: next corner"), "Shift+C", "ph.picture-in-picture", SCOPE)
        self._action = commands.add(show, self.toggle, page, self.has_film)
        commands.add(size, self.next_size, page, self.is_shown)
        commands.add(corner, self.next_corner, page, self.is_shown)
        self.inset.close_button.setToolTip(f"{self.inset.close_button.accessibleName()} ({commands.key_text(show)})")
        self.inset.set_size(settings().camera_size)
        self.inset.set_place(*settings().camera_place)
        self.playback.frame_changed.connect(self.inset.set_frame)
        self.playback.state_changed.connect(self._on_state)
        self.inset.close_wanted.connect(self.toggle)
        self.inset.size_wanted.connect(self.next_size)
        self.inset.moved.connect(self._on_moved)
        self._apply()

    def show_film(self, film: CameraFilm | None) -> None:
        """Opens the film of the session on the desk; None if it has none."""
        self._film = film
        if film is None:
            self.playback.close()
        else:
            self.playback.load(film)
        self._apply()

    def close(self) -> None:
        """Lets go of the film."""
        self.show_film(None)

    def has_film(self) -> bool:
        return self._film is not None

    def is_shown(self) -> bool:
        return self._film is not None and settings().camera_shown

    def toggle(self) -> None:
        """Hides the inset, or shows it again."""
        had_focus = self.inset.close_button.hasFocus()
        settings().camera_shown = not settings().camera_shown
        self._apply()
        if had_focus:
            self._view.setFocus()
        announce(self._view, _tr("Webcam shown") if self.is_shown() else _tr("Webcam hidden"))

    def next_size(self) -> None:
        sizes = list(SHARES)
        settings().camera_size = sizes[(sizes.index(settings().camera_size) + 1) % len(sizes)]
        self.inset.set_size(settings().camera_size)

    def next_corner(self) -> None:
        """Moves the inset to a corner, and on to the next when it is in one."""
        at = CORNERS.index(self.inset.place) + 1 if self.inset.place in CORNERS else 0
        corner = CORNERS[at % len(CORNERS)]
        self.inset.set_place(*corner)
        self._on_moved(list(corner))

    def _apply(self) -> None:
        self.inset.setVisible(self.is_shown())
        self.playback.set_active(self.is_shown())
        self._action.setChecked(settings().camera_shown)
        for name in ("webcam", "webcam_size", "webcam_corner"):
            self._commands.refresh(f"review.{name}")

    def _on_moved(self, place: list[int]) -> None:
        settings().camera_place = place

    def _on_state(self, state: MediaState) -> None:
        words = {
            MediaState.LOADING: _tr("Opening the webcam’s picture…"),
            MediaState.MISSING: _tr("The webcam’s file is not there. Everything else can be reviewed."),
            MediaState.BROKEN: _tr("The webcam’s file cannot be read. Everything else can be reviewed."),
        }
        self.inset.set_words(words.get(state, ""))


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
