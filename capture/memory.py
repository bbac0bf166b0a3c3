"""Giving back to the system what the C library keeps of freed memory."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def _find_trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # a C library other than glibc
        return None


_trim = _find_trim()


def give_back() -> None:
    """Returns free pages of every arena, in some milliseconds.

    Pictures of some megabytes that come and go on several threads leave holes in glibc's arenas, which by itself it
    hands back only at their upper ends (malloc_trim(3)); over hours that looks like a leak. Elsewhere nothing is done.
    """
    if _trim is not None:
        _trim(0)
