"""Entry of everything: the window, the command line, and the child processes of a frozen build.

Nothing here imports Qt until a window is to open.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what `argv` asks for and returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--recorder"]:
        from capture.process import main as recorder

        return recorder(arguments[1:])
    if arguments[:1] == ["--transcriber"]:
        from transcribe.process import main as transcriber

        return transcriber(arguments[1:])
    if arguments[:1] == ["--derive"]:
        from annotate.derived import main as derive

        return derive(arguments[1:])
    try:
        from app.cli import run

        return run(arguments)
    except KeyboardInterrupt:  # before the command line was there to word it
        return 130


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
