"""How the session is played on the review desk: loop, silence, lead-in, sound tracks, pointer, zoom; and their keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from annotate.timeline import MS, TimeRange
from app.commands import Command, CommandRegistry
from app.controllers.play_modes import PlayModes
from app.controllers.playback import PlaybackController
from app.controllers.session_load import LoadedSession
from app.settings import settings
from app.views.review_timeline import sound_names
from app.widgets.basics import announce
from app.widgets.timeline.panel import TimelinePanel
from app.widgets.video_view import VideoView

if TYPE_CHECKING:
    from app.views.review import ReviewPage

SCOPE = "review"
LEADS_MS = (0, 1_000, 2_000, 3_000, 5_000, 10_000)
SOUND_KEYS = 4
"""So many sound tracks have a key."""
_ZOOM = 1.5


class ReviewPlaying(QObject):
    """The desk's play modes, remembered from session to session. Main thread only."""

    def __init__(self, page: ReviewPage, commands: CommandRegistry) -> None:
        super().__init__(page)
        self._page = page
        self._playback: PlaybackController = page.playback
        self._video: VideoView = page.video
        self._timeline: TimelinePanel = page.timeline
        self._commands = commands
        self._names: list[str] = []
        self.modes = PlayModes(page.playback, self.range_to_loop, self)
        self.modes.skips = settings().skip_silence
        self.modes.lead_ns = settings().lead_ms * MS
        self._video.overlay.shows_trail = settings().pointer_trail
        self._video.overlay.shows_clicks = settings().click_rings
        self._checks: dict[str, tuple[QAction, Callable[[], bool]]] = {}
        self._add_commands(page)
        page.playback.position_changed.connect(self._video.set_time)
        page.playback.sound.tracks_changed.connect(self._show_checks)
        page.tracks.silence_found.connect(self._on_silence)
        self._timeline.axis.range_changed.connect(partial(commands.refresh, "review.loop"))
        self._show_checks()

    def show_session(self, loaded: LoadedSession) -> None:
        """Another session: its pointer, its tracks; nothing is repeated."""
        self._names = sound_names(loaded.sounds)
        self._video.overlay.set_path(loaded.pointer)
        self._video.show_whole()
        self.modes.loops = False
        self._show_checks()

    def range_to_loop(self) -> TimeRange | None:
        """What is played again and again: the marked range, else the selected observation if it is a range."""
        start, end = self._timeline.axis.in_ns, self._timeline.axis.out_ns
        if start is not None and end is not None and end > start:
            return TimeRange(start, end)
        times = self._selected()
        return TimeRange(*times) if times is not None and times[1] > times[0] else None

    def sound_name(self, track: int) -> str:
        """What a sound track is called."""
        return self._names[track] if track < len(self._names) else ""

    # -- commands ----------------------------------------------------------------------------------------------

    def play_observation(self) -> None:
        """Plays the selected observation with its lead-in; without one, from where it stands."""
        times = self._selected()
        self.modes.play_from(times[0] if times is not None else self._playback.position_ns)

    def start_here(self) -> None:
        """The selected observation starts at the position; an end before that goes along."""
        self._set_times(start=True)

    def end_here(self) -> None:
        """The selected observation ends at the position, and so becomes a range."""
        self._set_times(start=False)

    def toggle_loop(self) -> None:
        self.modes.loops = not self.modes.loops
        if self.modes.loops:
            self.modes.start_loop()
        self._tell("review.loop")

    def toggle_silence(self) -> None:
        settings().skip_silence = self.modes.skips = not self.modes.skips
        self._tell("review.silence")

    def toggle_trail(self) -> None:
        settings().pointer_trail = self._video.overlay.shows_trail = not self._video.overlay.shows_trail
        self._tell("review.trail")

    def toggle_clicks(self) -> None:
        settings().click_rings = self._video.overlay.shows_clicks = not self._video.overlay.shows_clicks
        self._tell("review.clicks")

    def toggle_sound(self, track: int) -> None:
        self._playback.sound.set_on(track, not self._playback.sound.tracks[track])
        on = self._playback.sound.tracks[track]
        words = _tr("{name}: on") if on else _tr("{name}: off")
        announce(self._page, words.format(name=self.sound_name(track)))

    def set_lead(self, lead_ms: int) -> None:
        """How much before a moment one jumps to playing begins."""
        settings().lead_ms = lead_ms
        self.modes.lead_ns = lead_ms * MS

    def next_lead(self) -> None:
        """The next length in turn."""
        longer = next((ms for ms in LEADS_MS if ms > settings().lead_ms), LEADS_MS[0])
        self.set_lead(longer)
        announce(self._page, _tr("Lead-in: {seconds} s").format(seconds=longer // 1000))

    def fill_menu(self, menu: QMenu) -> None:
        """What is changed seldom, for the button in the transport bar."""
        menu.clear()
        for command_id in ("review.trail", "review.clicks", "review.webcam"):
            if self._commands.has(command_id):
                menu.addAction(self._commands.action(command_id))
        menu.addSeparator()
        for command_id in ("review.picture_in", "review.picture_out", "review.picture_whole"):
            menu.addAction(self._commands.action(command_id))
        menu.addSeparator()
        lead = menu.addMenu(_tr("Lead-in before what you jump to while playing"))
        group = QActionGroup(lead)
        for ms in LEADS_MS:
            action = lead.addAction(_tr("{seconds} s").format(seconds=ms // 1000) if ms else _tr("None"))
            action.setCheckable(True)
            action.setChecked(ms == settings().lead_ms)
            action.triggered.connect(partial(self.set_lead, ms))
            group.addAction(action)
        menu.addAction(self._commands.action("review.tracks"))

    # -- inside ------------------------------------------------------------------------------------------------

    def _selected(self) -> tuple[int, int] | None:
        """Start and end of the selected observation; equal for a moment."""
        row = self._page.table.row_of(self._page.table.current_id())
        if row is None:
            return None
        o = row.observation
        return o.t_start_ns, o.t_end_ns if o.t_end_ns is not None else o.t_start_ns

    def _set_times(self, *, start: bool) -> None:
        times, now = self._selected(), self._playback.position_ns
        if times is None:
            return
        is_range = times[1] > times[0]
        if start:
            new = (now, times[1] if is_range and times[1] > now else None)
        else:
            new = (min(times[0], now - 1), now) if now > 0 else (0, None)
        self._page.controller.set_times(self._page.table.current_id(), *new)

    def _add_commands(self, page: ReviewPage) -> None:
        desk, play, video = page.has_session, page.can_play, self._video

        def add(
            name: str,
            text: str,
            keys: str | tuple[str, ...],
            icon: str,
            handler: Callable[[], object],
            enabled: Callable[[], bool],
            checked: Callable[[], bool] | None = None,
            *,
            repeat: bool = False,
        ) -> None:
            command = Command(f"review.{name}", text, keys, icon, SCOPE, checkable=checked is not None, repeat=repeat)
            action = self._commands.add(command, handler, page, enabled)
            if checked is not None:
                self._checks[command.id] = action, checked

        words = _tr("Play the observation with its lead-in")
        add("play_observation", words, "B", "ph.play-circle", self.play_observation, play)
        words = _tr("Repeat the marked range, or the observation")
        add("loop", words, "R", "ph.repeat", self.toggle_loop, self._can_loop, lambda: self.modes.loops)
        words = _tr("Skip silence")
        add("silence", words, "W", "ph.skip-forward-circle", self.toggle_silence, desk, lambda: self.modes.skips)
        add("lead", _tr("Lead-in: next length"), "Shift+R", "ph.timer", self.next_lead, desk)
        trail, clicks = video.overlay, video.overlay
        add("trail", _tr("Pointer trail"), "Shift+P", "ph.path", self.toggle_trail, desk, lambda: trail.shows_trail)
        words = _tr("Rings around clicks")
        add("clicks", words, "Shift+K", "ph.cursor", self.toggle_clicks, desk, lambda: clicks.shows_clicks)
        words = _tr("Zoom into the picture")
        add("picture_in", words, "Z", "ph.magnifying-glass-plus", partial(video.zoom_by, _ZOOM), play, repeat=True)
        words, out = _tr("Zoom out of the picture"), partial(video.zoom_by, 1 / _ZOOM)
        add("picture_out", words, "Shift+Z", "ph.magnifying-glass-minus", out, play, repeat=True)
        add("picture_whole", _tr("Show the whole picture"), "Ctrl+0", "ph.frame-corners", video.show_whole, play)
        words = _tr("Choose the tracks of the timeline…")
        add("tracks", words, "Shift+T", "ph.rows", self._timeline.choose_tracks, desk)
        words = _tr("The observation starts here")
        add("start_here", words, "Shift+I", "ph.arrow-line-left", self.start_here, page.has_selection)
        words = _tr("The observation ends here")
        add("end_here", words, "Shift+O", "ph.arrow-line-right", self.end_here, page.has_selection)
        for track in range(SOUND_KEYS):
            words = _tr("Sound track {number}: on or off").format(number=track + 1)
            icon = "ph.microphone" if track == 0 else "ph.desktop"
            switch, is_on = partial(self.toggle_sound, track), partial(self._is_on, track)
            add(f"sound_{track + 1}", words, f"F{track + 7}", icon, switch, partial(self._has_sound, track), is_on)

    def _can_loop(self) -> bool:
        return self.modes.loops or self.range_to_loop() is not None

    def _has_sound(self, track: int) -> bool:
        return track < len(self._playback.sound.tracks)

    def _is_on(self, track: int) -> bool:
        return self._has_sound(track) and self._playback.sound.tracks[track]

    def _on_silence(self, spans: tuple[TimeRange, ...]) -> None:
        self.modes.set_silence(spans)
        self._show_checks()

    def _tell(self, command_id: str) -> None:
        self._show_checks()
        action = self._checks[command_id][0]
        words = _tr("{what}: on") if action.isChecked() else _tr("{what}: off")
        announce(self._page, words.format(what=action.text()))

    def _show_checks(self) -> None:
        for command_id, (action, checked) in self._checks.items():
            action.setChecked(checked())
            self._commands.refresh(command_id)
        self._timeline.view.show_silence(self.modes.skips)
        self._video.update()


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
