"""What is in a recorded file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks import counter


@dataclass(frozen=True, slots=True)
class Picture:
    """The last `seconds` of a file's picture.

    Attributes:
        frames: how many.
        bytes_per_hour: of all packets but keyframes, as long as it goes on like this, and keyframes as often as they
            came in these seconds.
        keys: keyframes among them.
        key_bytes: mean size of the file's keyframes.
    """

    frames: int
    bytes_per_hour: float
    keys: int
    key_bytes: float


def picture(path: Path, seconds: float) -> Picture:
    """Looks at a file's last `seconds`; the first frame of the file is not among them."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        packets = [
            (float(packet.pts * stream.time_base), packet.size, packet.is_keyframe)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    end = max(at for at, _, _ in packets)
    span = [(size, is_key) for at, size, is_key in packets[1:] if at > end - seconds]
    keys = [size for _, size, is_key in packets if is_key]
    total = sum(size for size, _ in span)
    return Picture(len(span), total * 3600 / seconds, sum(key for _, key in span), sum(keys) / max(1, len(keys)))


def counters(path: Path) -> set[int]:
    """Every number of the visible counter that a file shows."""
    found = set()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            number = counter.read(frame.to_ndarray(format="gray"))
            if number is not None:
                found.add(number)
    return found
