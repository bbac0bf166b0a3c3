"""Which frame of a recording is shown at a moment, and where to seek so that exactly this one is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate.errors import StudyCode, StudyError
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.store import CaptureStore

_LAST_FRAME_NS = 1_000_000_000 // 30
_NS = 1_000_000_000


class FrameIndex:
    """The presentation times of a recording's frames, in session time. Immutable; any thread may use it."""

    def __init__(self, pts_ns: ArrayLike) -> None:
        """Take the frames' times in nanoseconds, in any order; equal ones are one frame.

        Raises:
            StudyError: NO_FRAMES.
        """
        # Not `np.unique`: for 100,000 frames it takes ten times as long.
        ordered = np.sort(np.asarray(pts_ns, dtype=np.int64))
        self._pts_ns: NDArray[np.int64] = ordered[np.diff(ordered, prepend=ordered[:1] - 1) > 0]
        if self._pts_ns.size == 0:
            raise StudyError(StudyCode.NO_FRAMES)

    @classmethod
    def from_bundle(cls, bundle: SessionBundle, kind: str = "screen") -> FrameIndex:
        """The frames of a bundle's "screen" or "camera": as the recorder noted them, else as the file says (slower).

        Raises:
            StudyError: NO_FRAMES when neither tells of any.
        """
        try:
            with CaptureStore.open_read(bundle.capture_path) as capture:
                # What the file holds is the rounded time, and the player goes by the file.
                pts_ns = capture.frame_pts(kind) * 100_000 // 9
        except CaptureError:
            pts_ns = np.empty(0, dtype=np.int64)
        return cls(pts_ns if pts_ns.size else _of_file(bundle.camera_path if kind == "camera" else bundle.screen_path))

    @classmethod
    def of_film(cls, path: Path) -> FrameIndex:
        """The frames of a film of its own, a clip say. Raises StudyError(NO_FRAMES)."""
        return cls(_of_file(path))

    def __len__(self) -> int:
        return int(self._pts_ns.size)

    def t_ns(self, i: int) -> int:
        """When frame `i` begins to be shown."""
        return int(self._pts_ns[i])

    def nearest(self, t_ns: int) -> int:
        """The frame that is shown at a moment: the last one begun by then; the first before all of them."""
        return max(0, int(np.searchsorted(self._pts_ns, t_ns, side="right")) - 1)

    def step(self, t_ns: int, n: int) -> int:
        """The frame `n` frames after (before, if negative) the one shown at a moment, kept within the recording."""
        return min(max(self.nearest(t_ns) + n, 0), len(self) - 1)

    def mid_frame_ns(self, i: int) -> int:
        """Where to seek for frame `i`: halfway to the next one, since players round down at a frame's own start."""
        start = self.t_ns(i)
        end = self.t_ns(i + 1) if i + 1 < len(self) else start + _LAST_FRAME_NS
        return (start + end) // 2


def _of_file(path: Path) -> NDArray[np.int64]:
    import av

    if not path.is_file():
        raise StudyError(StudyCode.NO_FRAMES, str(path))
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise StudyError(StudyCode.NO_FRAMES, str(path))
            times = [
                packet.pts * _NS * packet.time_base.numerator // packet.time_base.denominator
                for packet in container.demux(video=0)
                if packet.pts is not None and packet.time_base is not None
            ]
    except (av.error.FFmpegError, OSError) as exc:
        raise StudyError(StudyCode.NO_FRAMES, f"{path}: {exc}") from exc
    return np.array(times, dtype=np.int64)
