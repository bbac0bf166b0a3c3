"""A transcription's events, from the client's reader thread to signals on the main thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from transcribe.client import Progress, SegmentDone, Started, TranscriptionEvent


class TranscriberBridge(QObject):
    """Make it on the main thread; give `deliver` to `TranscriptionClient.start`.

    Signals (emitted on the main thread):
        started(language), progressed(fraction, seconds left | None), segment(Segment).
        lacking(tuple of Lack): what is missing of the sound, before `started` is emitted.
        set_back(reason): the graphics card can't be used, so that the processor does it.
    """

    started = Signal(str)
    lacking = Signal(object)
    set_back = Signal(str)
    progressed = Signal(float, object)
    segment = Signal(object)
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived.connect(self._on_event, Qt.ConnectionType.QueuedConnection)

    def deliver(self, event: TranscriptionEvent) -> None:
        """Takes an event on any thread. The queue is Qt's; a transcriber says a few things a second."""
        if isinstance(event, Started | Progress | SegmentDone):
            self._arrived.emit(event)

    def _on_event(self, event: Started | Progress | SegmentDone) -> None:
        match event:
            case Started(language=language, setback=setback, lacks=lacks):
                self.lacking.emit(lacks)
                self.started.emit(language or "")
                if setback:
                    self.set_back.emit(setback)
            case Progress(fraction=fraction, remaining_s=remaining_s):
                self.progressed.emit(fraction, remaining_s)
            case SegmentDone(segment=segment):
                self.segment.emit(segment)
