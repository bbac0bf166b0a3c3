"""An ordinary MP4 made of a fragmented one: the same packets at the same times, as libav's own way makes it."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
import pytest

from capture import mp4index, mux
from capture.errors import CaptureError
from capture.mp4index import add_index

FRAGMENTED = mux.LIVE_OPTIONS
LIBAVS_WAY = FRAGMENTED | {"movflags": FRAGMENTED["movflags"] + "+hybrid_fragmented"}


def record(
    path: Path, options: dict[str, str], seconds: int = 3, *, sounds: tuple[str, ...] = ("mic", "system")
) -> Path:
    """A film with uneven times and one or two tracks of noise, as the recorder writes it."""
    noise = np.random.default_rng(1).normal(0, 0.1, 4800).astype(np.float32)
    dice = random.Random(1)

    def fail(error: CaptureError) -> None:
        raise error

    with patch.object(mux, "LIVE_OPTIONS", options), patch.object(mux, "add_index"):
        made = mux.Muxer(path, width=64, height=64, fps=30, sounds=sounds, on_error=fail)
        made.start()
        pts = 0
        while pts < seconds * 90_000:
            picture = np.full((96, 64), dice.randrange(200), np.uint8)
            made.put(made.video.encode(picture, pts, key=dice.random() < 0.1 or pts == 0))
            pts += dice.randrange(1, 9000)
        made.put(made.video.flush())
        for at in range(seconds * 10):
            for name in sounds:
                made.put(made.audio[name].encode(noise, 48_000, at * 10**8))
        for name in sounds:
            made.put(made.audio[name].flush())
        made.close()
    return path


def index(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        return add_index(descriptor)
    finally:
        os.close(descriptor)


def facts(path: Path) -> tuple[list[Any], dict[int, list[Any]]]:
    """The streams, and the packets of each."""
    packets: dict[int, list[Any]] = {}
    with av.open(str(path)) as container:
        streams = [
            (one.type, one.frames, one.duration, one.start_time, one.time_base, dict(one.metadata))
            for one in container.streams
        ]
        for packet in container.demux():
            if packet.size:
                told = (packet.pts, packet.dts, packet.duration, packet.is_keyframe, bytes(packet))
                packets.setdefault(packet.stream_index, []).append(told)
    return streams, packets


@pytest.mark.parametrize("sounds", [("mic", "system"), ("mic",), ()], ids=["two sounds", "one", "none"])
def test_it_is_what_libav_would_have_made(tmp_path: Path, sounds: tuple[str, ...]) -> None:
    ours = record(tmp_path / "ours.mp4", FRAGMENTED, sounds=sounds)
    theirs = record(tmp_path / "theirs.mp4", LIBAVS_WAY, sounds=sounds)
    assert index(ours)
    assert facts(ours) == facts(theirs)
    content = ours.read_bytes()
    assert content[36 + 4 : 36 + 8] == b"mdat"


def test_places_and_times_beyond_32_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 4 GB, or after 13 hours: made to happen in a small file by a smaller limit."""
    plain, large = (record(tmp_path / name, FRAGMENTED) for name in ("plain.mp4", "large.mp4"))
    index(plain)
    monkeypatch.setattr(mp4index, "_LARGE", 1000)
    real = mp4index._full

    def full(kind: bytes, rows: Any, *, version: int = 0) -> bytes:
        with patch.object(mp4index, "_LARGE", 1 << 32):
            return real(kind, rows, version=version)

    monkeypatch.setattr(mp4index, "_full", full)
    index(large)
    assert b"co64" in large.read_bytes()
    assert facts(large) == facts(plain)


def test_a_file_without_samples_or_with_an_index_is_left_alone(tmp_path: Path) -> None:
    path = record(tmp_path / "x.mp4", FRAGMENTED)
    assert index(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no fragmented MP4"):
        index(path)
    assert path.read_bytes() == before
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    assert not index(empty)


def test_damage_is_found_or_harmless_and_nothing_is_changed(tmp_path: Path) -> None:
    whole = record(tmp_path / "x.mp4", FRAGMENTED).read_bytes()
    dice = random.Random(7)
    for number in range(120):
        data = bytearray(whole)
        if number % 2:
            data = data[: dice.randrange(len(data))]
        else:
            data[dice.randrange(4000)] ^= 1 << dice.randrange(8)
        path = tmp_path / "damaged.mp4"
        path.write_bytes(data)
        try:
            is_made = index(path)
        except ValueError:
            is_made = False
        if not is_made:
            assert path.read_bytes() == bytes(data)


def test_a_full_disk_leaves_the_fragments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record(tmp_path / "x.mp4", FRAGMENTED)
    before = path.read_bytes()
    real = os.pwrite

    def half(descriptor: int, data: bytes, position: int) -> int:
        if position == len(before):
            return real(descriptor, data[:100], position)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(OSError, match="No space"):
        index(path)
    assert path.read_bytes() == before


def test_a_kill_before_the_last_write_leaves_what_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record(tmp_path / "x.mp4", FRAGMENTED)
    _, before = facts(path)
    real = os.pwrite

    def killed(descriptor: int, data: bytes, position: int) -> int:
        return len(data) if position < 100 else real(descriptor, data, position)

    monkeypatch.setattr(os, "pwrite", killed)
    index(path)
    assert facts(path)[1] == before
