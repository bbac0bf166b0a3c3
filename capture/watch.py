"""The eyes of the alarms: looks at the streams a few times a second and tells the health what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from capture.alarms import Alarms, Seen
from capture.errors import CaptureCode
from capture.events import IntervalKind
from capture.health import Health
from capture.session import Session
from capture.streams import Streams

_STREAM_OF = {
    CaptureCode.PICTURE_BLACK: "screen",
    CaptureCode.ENCODER_SLOW: "screen",
    CaptureCode.SOUND_SILENT: "mic",
    CaptureCode.SOUND_FLAT: "mic",
    CaptureCode.INPUT_DEAD: "input",
}


class Watch:
    """Used by the supervisor's thread alone, twice a second."""

    def __init__(self, session: Session, streams: Streams, health: Health) -> None:
        self._session = session
        self._streams = streams
        self._health = health
        self._alarms = Alarms()
        self._on: set[CaptureCode] = set()

    def look(self) -> None:
        """Looks once, and tells what has come and what has gone."""
        if self._session.clock is None:
            return
        if self._session.pauses.current is not None:
            self._alarms = Alarms()  # what isn't kept is no matter of alarms, and begins anew afterwards
            self._tell({})
            return
        self._tell(self._alarms.look(self._seen()))

    def _tell(self, found: Mapping[CaptureCode, str]) -> None:
        for code, detail in found.items():
            self._health.lose(_STREAM_OF[code], code, detail, kind=IntervalKind.DEGRADED, topic=code.value)
        for code in self._on - found.keys():
            self._health.recover(_STREAM_OF[code], topic=code.value)
        self._on = set(found)

    def _seen(self) -> Seen:
        streams, lost = self._streams, self._health.is_lost
        mic = streams.sounds.get("mic")
        return Seen(
            t_ns=self._session.now_ns(),
            luma=None if lost("screen") else streams.brightest(),
            amplitude=None if mic is None or lost("mic") else mic.take_amplitude(),
            pointer=None if lost("screen") else streams.pointer(),
            events=None if lost("input") else streams.journal.arrived,
            dropped=streams.dropped,
        )
