"""One transcription from end to end: every track heard piece by piece, the journal, who speaks, what is an echo.

Imported in the transcriber process only; what is heavy is imported when it is needed, so that what fails to load (a
native library) is reported as any other failure.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import JournalWriter, read_journal
from transcribe.models import Lack, Segment, Transcript
from transcribe.pieces import LONGEST
from transcribe.progress import ProgressMeter
from transcribe.protocol import (
    Cancelled,
    Failed,
    Finished,
    Progress,
    SegmentDone,
    Sound,
    Started,
    TranscriptionEvent,
    TranscriptionRequest,
)
from transcribe.settle import settle
from transcribe.voice_sample import read_sample
from transcribe.voice_weights import weights_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from transcribe.engine import TranscriptionEngine
    from transcribe.listen import Listener, Plan
    from transcribe.pieces import Piece
    from transcribe.voice_print import VoicePrint
    from transcribe.voice_prints import Heard, VoicePrinter

    _Placed = tuple[int, int, Piece, NDArray[np.float32]]
    """When it ends (ns), the place of its track, the piece, its sound."""
    _Rough = tuple[int, Piece, NDArray[np.float32], list[Segment]]
    """The place of its track, the piece, its sound, what was heard in it at first."""

log = logging.getLogger("transcribe.job")

_TOGETHER = 4
"""Pieces heard in one go at most; each takes a few MB more."""
_AT_A_TIME_S = 12.0
"""How long that may take: what a kill costs at most, with what comes after it."""


@dataclass(frozen=True, slots=True)
class _Hearing:
    """A track, what there is to hear on it, and what is missing though its file promises it."""

    sound: Sound
    listener: Listener
    plan: Plan
    lacks: tuple[Lack, ...] = ()

    @property
    def end_ns(self) -> int:
        return self.sound.t0_ns + self.plan.duration_ns


class Job:
    """One transcription. `run` belongs to the main thread, `abandon` to the one that watches the input.

    Args:
        request: what to do.
        send: delivers an event to the app; called with the job's lock held, so that no event follows the last one.
        engine: a model that is loaded already; None loads the request's.
    """

    def __init__(
        self,
        request: TranscriptionRequest,
        send: Callable[[TranscriptionEvent], None],
        engine: TranscriptionEngine | None = None,
    ) -> None:
        self.cancel = CancelToken()
        self._request = request
        self._send = send
        self._engine = engine
        self._lock = threading.Lock()
        self._journal: JournalWriter | None = None

    def run(self) -> None:
        """Do the job to its end, whichever that is. Exactly one of Finished, Failed, Cancelled is sent, last."""
        try:
            transcript = self._transcribe()
        except TranscribeError as error:
            if error.code is TranscribeCode.CANCELLED:
                self._leave(Cancelled())
            else:
                self._leave(Failed(error.code, error.detail))
        except MemoryError:
            self._leave(Failed(TranscribeCode.OUT_OF_MEMORY, self._request.model_name))
        except Exception as error:  # a defect or a native library's failure: the app must hear of it
            log.exception("the job failed")
            self._leave(Failed(TranscribeCode.INTERNAL, f"{type(error).__name__}: {error}"))
        else:
            self._leave(Finished(transcript))

    def abandon(self) -> None:
        """Close the journal and say Cancelled while `run` is stuck; the lock is kept, so that it stays stuck."""
        self._lock.acquire()
        self._close_journal()
        self._send(Cancelled())

    def _transcribe(self) -> Transcript:
        from transcribe.model_files import check_model_folder

        request = self._request
        check_model_folder(request.model_dir)
        journal = JournalWriter(
            request.journal, transcript_id=str(uuid.uuid4()), track=request.track, model=request.model_name
        )
        with self._lock:
            self._journal = journal
        hearings = self._plans(journal.until)
        engine = self._engine or _load(request)
        language = self._begin(journal, hearings, engine)
        self._hear(journal, hearings, engine, language)
        if request.so_far:
            raise TranscribeError(TranscribeCode.CANCELLED)  # the rest is another run's
        end_ns = max(hearing.end_ns for hearing in hearings)
        with self._lock:
            self._settle(journal)
            journal.end(done=True, done_until_ns=end_ns)
            self._journal = None
        return read_journal(request.journal)

    def _plans(self, until: Mapping[str, int]) -> list[_Hearing]:
        """Finds the speech that wasn't heard yet.

        A track without sound that can be read, beside others, has nothing to hear.
        """
        from transcribe.audio import iter_audio
        from transcribe.listen import Listener, Plan, whole
        from transcribe.wholeness import Wholeness

        request = self._request
        hearings: list[_Hearing] = []
        silent: list[TranscribeError] = []
        for sound in request.sounds:
            # From there on, and not the whole anew: a run over a growing file has cut its pieces in other places.
            start_s = max(0, until.get(sound.track, sound.t0_ns) - sound.t0_ns) / 1e9
            wholeness = Wholeness()
            read = functools.partial(
                iter_audio, sound.media, sound.stream_index, start_s=start_s, cancel=self.cancel, wholeness=wholeness
            )
            listener = Listener(read, request.skip, sound.t0_ns, self.cancel)
            try:
                plan = listener.plan()
                if request.so_far:
                    plan = whole(plan)
            except TranscribeError as error:
                is_damaged = error.code is TranscribeCode.MEDIA_BROKEN and wholeness.is_over
                if error.code is not TranscribeCode.NO_SOUND and not is_damaged:
                    raise
                silent.append(error)
                plan = Plan((), 0)
            # What is still being recorded has no end yet.
            lacks = () if request.so_far else wholeness.lacks(sound.track, sound.t0_ns)
            hearings.append(_Hearing(sound, listener, plan, lacks))
        if len(silent) == len(hearings):
            raise silent[0]
        for missing in silent:
            log.warning("a track has no sound that can be read: %s", missing)
        return hearings

    def _begin(self, journal: JournalWriter, hearings: Sequence[_Hearing], engine: TranscriptionEngine) -> str:
        """Which language is spoken, and what is missing; what was heard before is told again."""
        from transcribe.listen import find_language
        from transcribe.wholeness import known_so_far

        request = self._request
        language = engine.known(request.language) if request.language else journal.known_language
        language = language or find_language([(one.listener, one.plan) for one in hearings], engine)
        lacks = known_so_far(journal.known_lacks, [lack for one in hearings for lack in one.lacks])
        with self._lock:
            if language != journal.known_language:
                journal.language(language)
            if lacks != journal.known_lacks:
                journal.lacks(lacks)
            self._send(Started(max(one.plan.duration_ns for one in hearings), language, engine.setback, lacks))
            self._send(Progress(0.0, None))
            for segment in journal.earlier:
                self._send(SegmentDone(segment))
        return language

    def _hear(
        self, journal: JournalWriter, hearings: Sequence[_Hearing], engine: TranscriptionEngine, language: str
    ) -> None:
        printer = self._printer()
        translate = self._request.translate and language not in {"", "en"} and engine.can_translate
        left = [_left(hearing, journal.until) for hearing in hearings]
        waiting = [piece.samples for pieces in left for piece in pieces]
        before = [LONGEST] * journal.pieces  # about: how they were cut is known to the run that heard them
        meter = ProgressMeter(waiting, time.monotonic, before=before)
        for batch in self._heard(_in_order(hearings, left), engine, language):
            prints = self._prints(printer, hearings, batch)
            for (place, piece, audio, rough), voices in zip(batch, prints, strict=True):
                hearing = hearings[place]
                track, t0_ns = hearing.sound.track, hearing.sound.t0_ns
                found = hearing.listener.checked(piece, audio, rough, language, engine, track=track)
                english = hearing.listener.translate(piece, audio, language, engine, track=track) if translate else []
                with self._lock:
                    for segment in found:
                        journal.segment(segment)
                        self._send(SegmentDone(segment))
                    for segment in english:
                        journal.translation(segment)
                    for print_ in voices:
                        journal.voice(print_)
                    journal.piece(t0_ns + piece.end_ns, track)
            with self._lock:
                self._send(meter.heard([piece.samples for _, piece, _, _ in batch]))
        if not waiting:
            with self._lock:
                self._send(meter.start())

    def _heard(self, pieces: Iterator[_Placed], engine: TranscriptionEngine, language: str) -> Iterator[list[_Rough]]:
        """The pieces with what the model heard in them at first, some in one go: as many as take a few seconds."""
        count = 1
        most = 1 if self._request.so_far else _TOGETHER  # beside a recording it stays small
        while batch := list(itertools.islice(pieces, count)):
            begun_s = time.monotonic()
            heard = engine.hear_together([audio for *_, audio in batch], language, cancel=self.cancel)
            each_s = (time.monotonic() - begun_s) / len(batch)
            count = max(1, min(most, int(_AT_A_TIME_S / max(each_s, 0.001))))
            yield [(place, piece, audio, found) for (_, place, piece, audio), found in zip(batch, heard, strict=True)]

    @staticmethod
    def _prints(
        printer: VoicePrinter | None, hearings: Sequence[_Hearing], batch: Sequence[_Rough]
    ) -> list[list[VoicePrint]]:
        if printer is None:
            return [[] for _ in batch]
        heard: list[Heard] = []
        for place, piece, audio, _ in batch:
            sound = hearings[place].sound
            heard.append((piece, audio, sound.track, sound.t0_ns))
        return printer.of(heard)

    def _printer(self) -> VoicePrinter | None:
        """What hears who speaks; None where it isn't asked for or its model isn't installed."""
        weights = weights_file() if self._request.voices else None
        if weights is None:
            return None
        from transcribe.voice_prints import VoicePrinter

        try:
            return VoicePrinter(weights)
        except TranscribeError as error:
            log.warning("voices can't be told apart: %s", error)
            return None

    def _settle(self, journal: JournalWriter) -> None:
        """Who speaks and what is an echo; a help that must not cost what was heard."""
        try:
            voices, parts = settle(journal.heard, journal.prints, read_sample(self._request.moderator))
        except Exception:
            log.exception("who speaks could not be found out")
            return
        journal.settle(voices, parts)

    def _leave(self, event: TranscriptionEvent) -> None:
        with self._lock:
            self._close_journal()
            self._send(event)

    def _close_journal(self) -> None:
        """End an unfinished journal; one in which nothing was heard is taken away again."""
        journal, self._journal = self._journal, None
        if journal is None:
            return
        try:
            if journal.segments:
                journal.end(done=False)
            else:
                journal.discard()
        except (TranscribeError, OSError) as error:
            log.warning("the journal could not be closed: %s", error)


def _load(request: TranscriptionRequest) -> TranscriptionEngine:
    from transcribe.faster_whisper_engine import FasterWhisperEngine

    threads = 1 if request.so_far else None
    return FasterWhisperEngine(request.model_dir, vocabulary=request.vocabulary, threads=threads)


def _left(hearing: _Hearing, until: dict[str, int]) -> list[Piece]:
    """What wasn't heard before."""
    done_ns = until.get(hearing.sound.track)
    return [piece for piece in hearing.plan.pieces if done_ns is None or hearing.sound.t0_ns + piece.end_ns > done_ns]


def _in_order(hearings: Sequence[_Hearing], left: Sequence[Sequence[Piece]]) -> Iterator[_Placed]:
    """The pieces of all tracks as they end on the session's clock, with their sound; one of each track in memory."""

    def of(place: int) -> Iterator[_Placed]:
        hearing = hearings[place]
        for piece, audio in hearing.listener.sounds(left[place]):
            yield hearing.sound.t0_ns + piece.end_ns, place, piece, audio

    return heapq.merge(*(of(place) for place in range(len(hearings))), key=lambda item: item[:2])
