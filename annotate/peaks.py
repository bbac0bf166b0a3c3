"""The loudness of a sound track in steps of 10 ms, in coarser and coarser copies, and where it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotate.timeline import MS, TimeRange
from transcribe.cancel import CancelToken

STEP_NS = 10 * MS
_FULL = 255
_LEAST_LOUD, _MOST_LOUD = 3, 26
"""Bounds of what counts as loud, of 255: -38 dB and -20 dB of full scale."""
_ABOVE_FLOOR = 3.0
_FLOOR_PERCENT = 20
_PAD_NS, _BRIDGE_NS, LEAST_SILENCE_NS = 250 * MS, 600 * MS, 1_500 * MS


def compute_peaks(media: Path, stream_index: int, cancel: CancelToken) -> NDArray[np.uint8]:
    """The largest sample of each 10 ms of a sound stream, 0 to 255; element i begins at i * `STEP_NS` of the file.

    Decodes the whole stream (some hundred times as fast as it plays): not on the main thread.

    Raises:
        TranscribeError: MEDIA_MISSING, MEDIA_BROKEN, NO_SOUND, CANCELLED.
    """
    from transcribe.audio import SAMPLE_RATE, iter_audio

    per_step = SAMPLE_RATE // 100
    found, end = np.zeros(0, np.uint8), 0
    for block in iter_audio(media, stream_index, cancel=cancel):
        first, last = block.start // per_step, (block.start + len(block.samples) - 1) // per_step
        if last >= len(found):
            found = np.concatenate([found, np.zeros(max(last + 1 - len(found), len(found), 6_000), np.uint8)])
        padded = np.zeros((last + 1 - first) * per_step, np.float32)
        padded[block.start - first * per_step :][: len(block.samples)] = np.abs(block.samples)
        loud = np.minimum(padded.reshape(-1, per_step).max(axis=1) * _FULL + 0.5, _FULL).astype(np.uint8)
        np.maximum(found[first : last + 1], loud, out=found[first : last + 1])
        end = last + 1
    return found[:end].copy()


class PeakPyramid:
    """Peaks that can be asked for any number of pixels at once. Immutable; any thread may use it."""

    def __init__(self, peaks: NDArray[np.uint8]) -> None:
        """Take what `compute_peaks` returned."""
        self._levels = [peaks]
        while len(self._levels[-1]) > 64:
            finer = self._levels[-1]
            if len(finer) % 2:
                finer = np.append(finer, 0)
            self._levels.append(finer.reshape(-1, 2).max(axis=1))

    @property
    def peaks(self) -> NDArray[np.uint8]:
        """The finest level, shape (n,)."""
        return self._levels[0]

    def between(self, edges_ns: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The largest peak between each two of the rising, evenly spaced `edges_ns`; 0 outside the recording."""
        if len(edges_ns) < 2 or not len(self.peaks):
            return np.zeros(max(0, len(edges_ns) - 1), np.uint8)
        width = max(1, int(edges_ns[1] - edges_ns[0]))
        level = min(max(0, (width // STEP_NS).bit_length() - 1), len(self._levels) - 1)
        values = self._levels[level]
        step = STEP_NS << level
        first = edges_ns[:-1] // step
        last = np.maximum(first, (edges_ns[1:] - 1) // step)
        result = np.zeros(len(first), np.uint8)
        for ahead in range(int((last - first).max()) + 1):  # three at most but for the coarsest level
            at = first + ahead
            usable = (at <= last) & (at >= 0) & (at < len(values))
            result[usable] = np.maximum(result[usable], values[at[usable]])
        return result


def silent_spans(tracks: Sequence[NDArray[np.uint8]], duration_ns: int) -> list[TimeRange]:
    """Where no track is loud for at least a second and a half, in order of time.

    What is loud goes by the track itself: three times its own noise floor (its 20th percentile), within bounds. A
    quarter of a second of grace is left on either side of what is loud, and short pauses of speech don't count.
    """
    count = duration_ns // STEP_NS
    if not tracks or count <= 0:
        return []
    loud = np.zeros(count, bool)
    for peaks in tracks:
        heard = peaks[:count]
        if not len(heard):
            continue
        floor = float(np.percentile(heard, _FLOOR_PERCENT))
        loud[: len(heard)] |= heard >= min(max(floor * _ABOVE_FLOOR, _LEAST_LOUD), _MOST_LOUD)
    places = np.flatnonzero(loud)
    # Silence lies before the first loud step, between two that are far apart, and behind the last.
    breaks = np.flatnonzero(np.diff(places) > _BRIDGE_NS // STEP_NS)
    starts, ends = [0], [duration_ns]
    if len(places):
        starts += [int(at + 1) * STEP_NS + _PAD_NS for at in places[[*breaks, -1]]]
        ends = [*(int(at) * STEP_NS - _PAD_NS for at in places[[0, *(breaks + 1)]]), duration_ns]
    return [TimeRange(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= LEAST_SILENCE_NS]
