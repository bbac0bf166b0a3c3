"""What the recorder and the process that holds its Wayland pictures (`qt_grabber`) say to each other. No Qt, no pixels.

Messages go over a stream socket and have one fixed form. The recorder says FETCH, which is answered by PICTURE (it lies
in the shared memory: BGRA, top-down, without gaps between the lines) or NONE (nothing newer than the last one). Unasked
comes CHANGED, once for each picture fetched; REFUSED or LOST before the other end closes.
"""

from __future__ import annotations

import struct

MESSAGE = struct.Struct("=cqII")
"""Kind, `clock.perf_ns()` at which the picture arrived, its width and height."""
FETCH, CHANGED, PICTURE, NONE, REFUSED, LOST = b"F", b"C", b"P", b"N", b"R", b"L"
