"""The tracks of many things, painted column by column: sound, speech, pointer and keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QPainter

from annotate.timeline import format_time
from app.palette import Role
from app.theme import Text, theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import Speech, TimelineData, Times, counts, covered
from app.widgets.timeline.raster import Columns, Raster
from app.widgets.timeline.tracks import Track, draw_words, hatch, pending_words
from transcribe.models import Role as Speaker

_BUCKET_PX = 3
_WORDS_FROM_NS_PER_PX = 16_000_000.0
"""Zoomed in to this the words are written into the speech."""


class SoundTrack(Track):
    """The waveform of one sound track; what the player skips as silence is hatched."""

    height = 22.0

    def __init__(self, axis: TimeAxis, name: str, number: int) -> None:
        super().__init__(axis, name)
        self.key = f"sound{number}"
        self._number = number
        self.shows_silence = False

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:
        look = theme()
        sound = self.data.sounds[self._number] if self._number < len(self.data.sounds) else None
        if sound is None or sound.peaks is None:
            draw_words(painter, self.axis, y, self.height, pending_words(self.data))
            return
        columns = Columns.of(self.axis, 0, self.axis.width, 1 / ratio)
        # The power lifts quiet voices; a line of half a pixel says that there is a track.
        half = (self.height - 4) / 2
        level = np.maximum((sound.peaks.between(columns.edges) / 255.0) ** 0.6 * half, 0.5)
        raster = Raster(columns, self.height, ratio)
        middle = self.height / 2
        raster.bars(middle - level, middle + level, look.color(Role.SPEAKER_1, 0.75))
        raster.draw(painter, y)
        if self.shows_silence:
            brush = hatch(look.color(Role.TEXT_MUTED, 0.55))
            for span in self.data.silence:
                left, right = self.axis.x_of(span.start_ns), self.axis.x_of(span.end_ns)
                if right > 0 and left < self.axis.width and right - left > 1:
                    painter.fillRect(QRectF(left, y + 1, right - left, self.height - 2), brush)

    def words_at(self, x: float, /) -> str:
        t_ns = self.axis.t_of(x)
        if self.shows_silence:
            for span in self.data.silence:
                if span.contains(t_ns):
                    words = QCoreApplication.translate("SoundTrack", "silence: skipped while playing")
                    return f"{words}\n{format_time(span.start_ns)} – {format_time(span.end_ns)}"
        return ""


class SpeechTrack(Track):
    """Where one speaker is heard; zoomed in, each word."""

    height = 16.0

    def __init__(self, axis: TimeAxis, name: str, number: int) -> None:
        super().__init__(axis, name)
        self.key = f"speech{number}"
        self._number = number

    @property
    def speech(self) -> Speech:
        """What is said here."""
        if self._number < len(self.data.speech):
            return self.data.speech[self._number]
        none: Times = np.empty(0, np.int64)
        return Speech("", None, 1, none, none)

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:
        speech = self.speech
        columns = Columns.of(self.axis, 0, self.axis.width, 1 / ratio)
        raster = Raster(columns, self.height, ratio)
        heard = covered(speech.start, speech.end, columns.edges)
        zoomed = self.axis.scale.ns_per_px < _WORDS_FROM_NS_PER_PX and len(speech.words) > 0
        top = 1.0 if zoomed else 4.0
        colour = theme().speaker_color(speech.colour)
        colour.setAlphaF(0.22 if zoomed else 0.75)
        raster.bars(np.where(heard, top, 0.0), np.where(heard, self.height - top, 0.0), colour)
        raster.draw(painter, y)
        if zoomed:
            self._draw_words(painter, y, speech)

    def words_at(self, x: float, /) -> str:
        speech, t_ns = self.speech, self.axis.t_of(x)
        number = int(np.searchsorted(speech.start, t_ns, side="right")) - 1
        if number < 0 or t_ns > speech.end[number]:
            return ""
        first = int(np.searchsorted(speech.word_start, speech.start[number]))
        last = int(np.searchsorted(speech.word_start, speech.end[number], side="right"))
        said = " ".join(speech.words[first:last])
        when = format_time(int(speech.start[number]), tenths=True)
        return f"{when} {said}" if said else when

    def _draw_words(self, painter: QPainter, y: float, speech: Speech) -> None:
        first = max(0, int(np.searchsorted(speech.word_start, self.axis.start_ns)) - 1)
        last = int(np.searchsorted(speech.word_start, self.axis.end_ns))
        look = theme()
        painter.setFont(look.font(Text.CAPTION))
        painter.setPen(look.color(Role.TEXT))
        metrics = painter.fontMetrics()
        lefts = self.xs(speech.word_start[first:last])
        for number, left in enumerate(lefts):
            following = float(lefts[number + 1]) if number + 1 < len(lefts) else self.axis.width
            room = following - left - 2
            word = speech.words[first + number]
            if room > 8:
                shown = metrics.elidedText(word, Qt.TextElideMode.ElideRight, int(room) + 2)
                painter.drawText(QRectF(left, y, room + 2, self.height), Qt.AlignmentFlag.AlignVCenter, shown)


class ActivityTrack(Track):
    """Pointer movement as a soft hill, keys as a line on it, each click as a tick above."""

    key = "input"
    height = 22.0

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:
        data, look = self.data, theme()
        columns = Columns.of(self.axis, 0, self.axis.width, _BUCKET_PX)
        raster = Raster(columns, self.height, ratio)
        base, room = self.height - 3, self.height - 11
        # The roots keep a calm pointer visible beside a shaken mouse; the scale is the session's, not the view's.
        span_s = max(1e-3, self.axis.scale.ns_per_px * _BUCKET_PX / 1e9)
        for times, colour, per_second in (
            (data.pointer_ns, look.color(Role.SPEAKER_1, 0.35), 60.0),
            (data.key_ns, look.color(Role.KIND_IDEA, 0.85), 12.0),
        ):
            found = counts(times, columns.edges)
            level = np.minimum(1.0, (found / span_s / per_second) ** 0.5)
            height = np.where(found > 0, np.maximum(2.0, level * room), 0.0)
            raster.bars(base - height, base, colour)
        raster.draw(painter, y)
        fine = Columns.of(self.axis, 0, self.axis.width, 1.0)
        ticks = Raster(fine, self.height, ratio)
        clicked = counts(data.click_ns, fine.edges) > 0
        ticks.bars(np.where(clicked, 2.0, 0.0), np.where(clicked, 7.0, 0.0), look.color(Role.TEXT))
        ticks.draw(painter, y)

    def words_at(self, x: float, /) -> str:
        edges = np.array([self.axis.t_of(x - 3), self.axis.t_of(x + 3)], np.int64)
        clicks = int(counts(self.data.click_ns, edges)[0])
        keys = int(counts(self.data.key_ns, edges)[0])
        tr = QCoreApplication.translate
        parts = []
        if clicks:
            parts.append(tr("ActivityTrack", "%n click(s)", "", clicks))
        if keys:
            parts.append(tr("ActivityTrack", "%n key(s)", "", keys))
        return " · ".join(parts)


def tracks_of(axis: TimeAxis, data: TimelineData) -> list[tuple[str, Track]]:
    """The sound and speech tracks that this session has, each with the place it takes among the others."""
    tr = QCoreApplication.translate
    made: list[tuple[str, Track]] = []
    for number, speech in enumerate(data.speech):
        roles = {
            Speaker.MODERATOR: tr("Timeline", "Moderator"),
            Speaker.PARTICIPANT: tr("Timeline", "Participant"),
            Speaker.OTHER: tr("Timeline", "Other voice"),
            None: tr("Timeline", "Speech"),
        }
        made.append(("speech", SpeechTrack(axis, speech.name or roles[speech.role], number)))
    for number, sound in enumerate(data.sounds):
        made.append(("sound", SoundTrack(axis, sound.name, number)))
    return made
