"""The command line: what the app does, without a window.

Exit codes: 0 done; 2 wrong use; 1 a failure, told in one line on standard error that says what to do. A traceback
goes to the log and never to the user.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Sequence

from annotate.backlog.errors import BacklogError
from annotate.errors import StudyError
from app import paths
from app.cli.parser import build_parser
from app.log_file import log_to_file
from app.wording import sentence
from capture.errors import CaptureError
from transcribe.errors import TranscribeError

log = logging.getLogger("cli")


def run(arguments: Sequence[str]) -> int:
    """Parses and runs one command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter must not stop us
    options = build_parser().parse_args(arguments)
    if options.temp_basedir is not None:
        paths.use_base(options.temp_basedir.absolute())
    try:
        _log()
        return int(options.run(options))
    except (BacklogError, CaptureError, StudyError, TranscribeError) as problem:
        log.info("ended with %s", problem)
        print(f"moderato: {sentence(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("moderato: Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody to tell
        return 1
    except OSError as problem:
        log.info("ended with %s", problem)
        where = problem.filename or "The place that the output goes to"
        print(f"moderato: {where} cannot be used: {problem.strerror}. Choose another place or name.", file=sys.stderr)
        return 1
    except Exception as defect:  # the last line of defence: a traceback never reaches a user
        log.critical("unexpected", exc_info=defect)
        print(f"moderato: {sentence(defect)}", file=sys.stderr)
        return 1
    finally:
        logging.shutdown()


def _log() -> None:
    """Logs to the app's folder. Where the home lets nobody write, what needs no folder of ours still works."""
    try:
        folder = paths.log_dir()
    except OSError:
        if paths.base() is not None:
            raise  # somebody named that place
        logging.getLogger().addHandler(logging.NullHandler())
        return
    log_to_file(folder)
