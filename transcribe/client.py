"""The app's end of a transcription: starts the process, passes on what it says, ends it.

Light to import: no PyAV, no numpy, no faster-whisper in the app's process.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import read_journal
from transcribe.models import Segment, Transcript
from transcribe.protocol import (
    MAX_LINE,
    Cancelled,
    Failed,
    Finished,
    Progress,
    ProtocolError,
    SegmentDone,
    Sound,
    Started,
    TranscriptionEvent,
    TranscriptionRequest,
    decode_event,
    encode_cancel,
    encode_request,
)

__all__ = [
    "Cancelled",
    "Failed",
    "Finished",
    "Progress",
    "SegmentDone",
    "Sound",
    "Started",
    "TranscriptionClient",
    "TranscriptionEvent",
    "TranscriptionRequest",
]

_TAIL_LINES = 200
_KILL_AFTER_S = 8.0  # the process itself gives up within two seconds

log = logging.getLogger("transcribe.client")


class TranscriptionClient:
    """One running transcription; make it with `start`, end it with `close` (or use it in a `with` statement).

    Events arrive on a thread of the client's own, in order; the last is exactly one of Finished, Failed and
    Cancelled, and by then the process is gone and the journal closed. All methods may be called from any thread,
    `wait` not from within `on_event`.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        request: TranscriptionRequest,
        on_event: Callable[[TranscriptionEvent], None],
    ) -> None:
        """Used by `start`, which see."""
        self._process = process
        self._request = request
        self._on_event = on_event
        self._lock = threading.Lock()  # standard input and the timer
        self._asked_to_end = False
        self._over = threading.Event()
        self._result: Finished | Failed | Cancelled = Cancelled()
        self._segments: list[Segment] = []
        self._tail: collections.deque[str] = collections.deque(maxlen=_TAIL_LINES)
        self._killer = threading.Timer(_KILL_AFTER_S, process.kill)
        self._errors = threading.Thread(target=self._drain, name="transcriber-stderr")
        self._reader = threading.Thread(target=self._read, name="transcriber-events")

    @classmethod
    def start(
        cls, request: TranscriptionRequest, on_event: Callable[[TranscriptionEvent], None]
    ) -> TranscriptionClient:
        """Start the process and hand it `request`. Returns at once; what fails later comes as `Failed`.

        Raises:
            TranscribeError: PROCESS_GONE, the system refuses to start a process.
        """
        try:
            process = subprocess.Popen(
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(gentle=request.so_far),
                start_new_session=True,  # a Ctrl-C in the terminal is the app's to handle
                creationflags=getattr(
                    subprocess, "IDLE_PRIORITY_CLASS" if request.so_far else "BELOW_NORMAL_PRIORITY_CLASS", 0
                ),
            )
        except OSError as error:
            raise TranscribeError(TranscribeCode.PROCESS_GONE, error.strerror or str(error)) from error
        client = cls(process, request, on_event)
        client._errors.start()
        client._reader.start()
        client._tell(encode_request(request))
        return client

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def cancel(self) -> None:
        """Ask for the end; `Cancelled` follows within seconds, by force if need be. What was heard stays."""
        self._tell(encode_cancel())
        self._arm()

    def wait(self, timeout_s: float | None = None) -> Transcript:
        """Wait for the end.

        Raises:
            TranscribeError: the job's failure; CANCELLED.
            TimeoutError: it still runs after `timeout_s`.
        """
        if threading.current_thread() is self._reader:
            raise RuntimeError("wait() within on_event would wait for itself")
        if not self._over.wait(timeout_s):
            raise TimeoutError
        match self._result:
            case Finished(transcript):
                return transcript
            case Failed(code, detail):
                raise TranscribeError(code, detail)
            case Cancelled():
                raise TranscribeError(TranscribeCode.CANCELLED)

    def close(self) -> None:
        """End the job if it still runs, and join everything. May be called twice; within `on_event` it only ends."""
        with self._lock, contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._arm()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tell(self, line: bytes) -> None:
        # A ValueError: closed already. An OSError: the process is gone, which the reader finds out by itself.
        with self._lock, contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _arm(self) -> None:
        """See to it that the process ends even if it hangs."""
        with self._lock:
            if not self._asked_to_end:
                self._asked_to_end = True
                self._killer.start()

    def _read(self) -> None:
        ending: Finished | Failed | Cancelled | None = None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in iter(lambda: lines.readline(MAX_LINE), b""):
                try:
                    event = decode_event(line)
                except ProtocolError:
                    log.exception("the transcriber sent what cannot be read")
                    continue
                if isinstance(event, Finished | Failed | Cancelled):
                    ending = event
                else:
                    if isinstance(event, SegmentDone):
                        self._segments.append(event.segment)
                    self._deliver(event)
        self._finish(ending)

    def _finish(self, ending: Finished | Failed | Cancelled | None) -> None:
        status = self._process.wait()
        self._errors.join()
        with self._lock:
            asked = self._asked_to_end
            self._asked_to_end = True  # too late for the timer from here on
            with contextlib.suppress(OSError):
                assert self._process.stdin is not None
                self._process.stdin.close()
        self._killer.cancel()
        if asked:
            self._killer.join()
        match ending:
            case Finished(transcript):
                self._result = Finished(self._whole(transcript))
            case None if asked:
                self._result = Cancelled()
            case None:
                self._result = Failed(TranscribeCode.PROCESS_GONE, _how_it_ended(status))
            case _:
                self._result = ending
        if isinstance(self._result, Failed):
            log.info("the transcriber failed (%s); it said:\n%s", self._result.code.value, "\n".join(self._tail))
        self._deliver(self._result)
        self._over.set()

    def _whole(self, head: Transcript) -> Transcript:
        """With its segments: as the journal has them, in parts where speakers change."""
        try:
            return read_journal(self._request.journal)
        except TranscribeError:  # somebody took the journal away meanwhile
            return dataclasses.replace(head, segments=tuple(self._segments))

    def _drain(self) -> None:
        assert self._process.stderr is not None
        stream: IO[bytes] = self._process.stderr
        with stream:
            for line in stream:
                self._tail.append(line.decode(errors="replace").rstrip())

    def _deliver(self, event: TranscriptionEvent) -> None:
        try:
            self._on_event(event)
        except Exception:  # a listener's defect must not stop the reading: the process would block
            log.exception("a listener failed")


def command() -> list[str]:
    """How the transcriber is started. A frozen build is the interpreter itself, so it starts as itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--transcriber"]
    # -P: the current folder is the user's, nothing must be imported from there.
    return [sys.executable, "-P", "-m", "transcribe.process"]


def environment(*, gentle: bool = False) -> dict[str, str]:
    """The child's environment: finds this package from any folder, and never talks to a network.

    `gentle`: its libraries take one thread.
    """
    env = dict(os.environ)
    if not getattr(sys, "frozen", False):
        root = str(Path(__file__).resolve().parent.parent)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (root, env.get("PYTHONPATH"))))
    if gentle:
        env["OMP_NUM_THREADS"] = "1"
    env.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", PYTHONUTF8="1")
    # numpy's products are small here (voices): its threads would wait for each other for longer than they work.
    env.update(OPENBLAS_NUM_THREADS="1")
    return env


def _how_it_ended(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
