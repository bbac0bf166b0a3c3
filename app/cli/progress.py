"""A progress line on a terminal; nothing where standard error is not one."""

from __future__ import annotations

import sys


class ProgressLine:
    """One line on standard error, written over in place. Used from any one thread at a time."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = sys.stderr.isatty()
        self._last = ""

    def show(self, fraction: float, detail: str = "") -> None:
        """Shows `fraction` (0..1) as a bar and per cent."""
        filled = round(fraction * 24)
        line = f"{self._title}  {'█' * filled}{'░' * (24 - filled)} {fraction:4.0%}  {detail}"
        if self._shown and line != self._last:
            print(f"\r{line:<{len(self._last)}}", end="", file=sys.stderr, flush=True)
            self._last = line

    def end(self) -> None:
        """Leaves the line as it stands and goes on below it."""
        if self._last:
            print(file=sys.stderr)
            self._last = ""


def seconds_words(seconds: float) -> str:
    """A duration as people say it: `40 s`, `3 min`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
