"""A sync check of a recording that runs: claps, waits until they are on the disk, measures, and keeps the result."""

from __future__ import annotations

import time

from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.store import CaptureStore
from capture.synccheck.clapper import SIDE, Clap, Clapper
from capture.synccheck.measure import SyncCheck, measure

CLAPS = 5
SETTLE_S = 1.5
"""A stream of sound that has just been opened says for a while that it waits longer or shorter than it does."""
ON_DISK_S = 2.0
MARGIN = 40


def check_sync(client: RecorderClient, bundle: SessionBundle, fps: int, *, claps: int = CLAPS) -> SyncCheck:
    """Takes some eight seconds; for a job's thread. The result is kept with the bundle.

    Raises:
        CaptureError: SYNC_UNMEASURED where nothing was found or this system has no clapper; RECORDER_GONE.
    """
    epoch_ns = perf_ns() - client.now_ns()
    left, top = _corner(bundle)
    with Clapper(left + MARGIN, top + MARGIN) as board:
        time.sleep(SETTLE_S)
        made: list[Clap] = []
        for number in range(claps):
            made.append(board.clap())
            time.sleep(0.3 + number / claps / fps)  # out of step with the pictures
    time.sleep(ON_DISK_S)
    found = measure(bundle, made, epoch_ns, (MARGIN, MARGIN), fps)
    client.add_sync_check(found.to_json())
    return found


def _corner(bundle: SessionBundle) -> tuple[int, int]:
    """The upper left corner of what is recorded, on the root window."""
    with CaptureStore.open_read(bundle.capture_path) as store:
        layouts = store.layouts()
    if not layouts:
        raise CaptureError(CaptureCode.SYNC_UNMEASURED, "layout")
    recorded = layouts[-1][1].recorded
    if min(recorded.width, recorded.height) < SIDE + 2 * MARGIN:
        raise CaptureError(CaptureCode.SYNC_UNMEASURED, f"{recorded.width}x{recorded.height}")
    return recorded.x, recorded.y
