"""The command line: what the app does, without a window.

Exit codes: 0 done; 2 wrong use; 1 a failure, told in one line on standard error that says what to do. A traceback
goes to the log and never to the user.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import Sequence

from annotate.errors import StudyError
from app import paths
from app.cli.parser import build_parser
from app.wording import sentence
from capture.errors import CaptureError
from transcribe.errors import TranscribeError

log = logging.getLogger("cli")


def run(arguments: Sequence[str]) -> int:
    """Parses and runs one command."""
    options = build_parser().parse_args(arguments)
    if options.temp_basedir is not None:
        paths.use_base(options.temp_basedir.absolute())
    try:
        _log_to_file()
        return int(options.run(options))
    except (CaptureError, StudyError, TranscribeError) as problem:
        log.info("ended with %s", problem)
        print(f"moderato: {sentence(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("moderato: Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody to tell
        return 1
    except Exception as defect:  # the last line of defence: a traceback never reaches a user
        log.critical("unexpected", exc_info=defect)
        print(f"moderato: {sentence(defect)} ({paths.log_dir() / 'moderato.log'})", file=sys.stderr)
        return 1
    finally:
        logging.shutdown()


def _log_to_file() -> None:
    """Sends log records to the rotating log, never to the terminal; without a log the command still runs."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in root.handlers):
        return
    try:
        path = paths.log_dir() / "moderato.log"
        path.touch(mode=0o600)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1 << 20, backupCount=3, delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
