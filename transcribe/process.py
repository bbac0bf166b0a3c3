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
from collections.abc import Callable, Sequence
from typing import BinaryIO, NoReturn

from transcribe.errors import TranscribeCode
from transcribe.job import Job
from transcribe.protocol import (
    MAX_LINE,
    Cancelled,
    Failed,
    ProtocolError,
    TranscriptionEvent,
    decode_command,
    encode_event,
)

_GRACE_S = 1.5  # what a cancelled job gets to come back from native code, which can't be interrupted
_NICENESS = 10
_NICENESS_BESIDE_A_RECORDING = 9  # more; with the other the lowest there is

log = logging.getLogger("transcribe.process")


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
    if request.so_far:
        _step_back(_NICENESS_BESIDE_A_RECORDING)
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


def _step_back(by: int = _NICENESS) -> None:
    """Leave the processor to recordings and to the app, and Ctrl-C to the parent, which then cancels."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nice: Callable[[int], int] | None = getattr(os, "nice", None)  # Windows: the client sets the class
    if nice is not None:
        with contextlib.suppress(OSError):
            nice(by)


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
