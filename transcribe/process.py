"""The transcriber: one job in a process of its own, so that it can be ended at any moment and gives all memory back.

`python -m transcribe.process` (a frozen build: the program itself with `--transcriber`) reads one request as a line
of JSON from standard input, then at most a cancel, and writes events to standard output. The end of its input means
that the app has died: the job ends too.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import BinaryIO, NoReturn

from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import JournalWriter
from transcribe.models import Transcript
from transcribe.progress import ProgressMeter
from transcribe.protocol import (
    MAX_LINE,
    Cancelled,
    Failed,
    Finished,
    Progress,
    ProtocolError,
    SegmentDone,
    Started,
    TranscriptionEvent,
    TranscriptionRequest,
    decode_command,
    encode_event,
)

_GRACE_S = 1.5  # what a cancelled job gets to come back from native code, which can't be interrupted
_NICENESS = 10

log = logging.getLogger("transcribe.process")


class Job:
    """One transcription. `run` belongs to the main thread, `abandon` to the one that watches the input.

    Args:
        request: what to do.
        send: delivers an event to the app; called with the job's lock held, so that no event follows the last one.
    """

    def __init__(self, request: TranscriptionRequest, send: Callable[[TranscriptionEvent], None]) -> None:
        self.cancel = CancelToken()
        self._request = request
        self._send = send
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
        request = self._request
        # Heavy, and what fails to load here (a native library) is reported as any other failure.
        from transcribe.audio import SAMPLE_RATE, iter_audio
        from transcribe.listen import Listener
        from transcribe.model_files import check_model_folder

        check_model_folder(request.model_dir)
        journal = JournalWriter(
            request.journal, transcript_id=str(uuid.uuid4()), track=request.track, model=request.model_name
        )
        with self._lock:
            self._journal = journal
        listener = Listener(
            lambda: iter_audio(request.media, request.stream_index, cancel=self.cancel),
            request.skip,
            request.t0_ns,
            self.cancel,
        )
        plan = listener.plan()
        duration_ns = plan.samples * 1_000_000_000 // SAMPLE_RATE

        from transcribe.faster_whisper_engine import FasterWhisperEngine

        engine = FasterWhisperEngine(request.model_dir)
        asked = engine.known(request.language) if request.language else ""
        language = asked or journal.known_language or listener.language(plan.pieces, engine)
        segments = list(journal.earlier)
        with self._lock:
            if language != journal.known_language:
                journal.language(language)
            self._send(Started(duration_ns, language))
            self._send(Progress(0.0, None))
            for segment in segments:
                self._send(SegmentDone(segment))
        left = [piece for piece in plan.pieces if request.t0_ns + piece.end_ns > journal.done_until_ns]
        heard = plan.speech - sum(piece.samples for piece in left)
        meter = ProgressMeter(plan.speech, time.monotonic, done=heard)
        for piece, audio in listener.sounds(left):
            found = listener.hear(piece, audio, language, engine)
            heard += piece.samples
            with self._lock:
                for segment in found:
                    journal.segment(segment)
                    self._send(SegmentDone(segment))
                journal.piece(request.t0_ns + piece.end_ns)
                self._send(meter.at(heard))
            segments += found
        end_ns = request.t0_ns + duration_ns
        with self._lock:
            journal.end(done=True, done_until_ns=end_ns)
            self._journal = None
            self._send(meter.at(plan.speech))
        return Transcript(
            id=journal.transcript_id,
            track=request.track,
            model=request.model_name,
            language=language,
            segments=tuple(segments),
            done=True,
            done_until_ns=end_ns,
        )

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


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry of the process. Leaves without running native destructors: they may crash after all is done."""
    del argv  # nothing is passed that way: arguments can be read by every user of the machine
    protocol = _take_standard_output()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    faulthandler.enable()
    _step_back()

    def send(event: TranscriptionEvent) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more; the end of the input tells us so
            protocol.write(encode_event(event))
            protocol.flush()

    try:
        request = decode_command(sys.stdin.buffer.readline(MAX_LINE))
    except ProtocolError as error:
        send(Failed(TranscribeCode.INTERNAL, str(error)))
        os._exit(2)
    if request is None:
        send(Cancelled())
        os._exit(0)
    job = Job(request, send)
    threading.Thread(target=_watch, args=(sys.stdin.buffer, job), name="commands", daemon=True).start()
    job.run()
    sys.stderr.flush()
    os._exit(0)


def _take_standard_output() -> BinaryIO:
    """Keep standard output for the protocol alone: whatever else prints goes to standard error from now on."""
    private = os.dup(1)
    os.set_inheritable(private, False)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _step_back() -> None:
    """Leave the processor to recordings and to the app, and Ctrl-C to the parent, which then cancels."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nice: Callable[[int], int] | None = getattr(os, "nice", None)  # Windows: the client sets the class
    if nice is not None:
        with contextlib.suppress(OSError):
            nice(_NICENESS)


def _watch(commands: BinaryIO, job: Job) -> None:
    """Wait for a cancel or for the end of the input, give the job a moment, then end the process."""
    for line in iter(lambda: commands.readline(MAX_LINE), b""):
        try:
            if decode_command(line) is None:
                break
        except ProtocolError:
            log.exception("passed over")
    job.cancel.cancel()
    time.sleep(_GRACE_S)  # `main` ends the process before that when the job comes back
    job.abandon()
    os._exit(0)


if __name__ == "__main__":
    main()
