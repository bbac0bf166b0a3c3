"""Damage to a bundle's files, drawn from a seed, and what a reader still finds in them."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import av

FILES = ("screen.mp4", "camera.mp4", "capture.sqlite3", "capture.sqlite3-wal", "manifest.json")
HEAD_BYTES = 100


def damage(folder: Path, seed: int) -> str:
    """Cuts a file of the bundle, or flips bits of it, at its head as often as anywhere. Returns what was done."""
    rng = random.Random(seed)
    path = folder / FILES[seed % len(FILES)]
    data = bytearray(path.read_bytes())
    if rng.random() < 0.4:
        size = rng.randrange(len(data))
        path.write_bytes(data[:size])
        return f"{path.name} cut to {size} of {len(data)} bytes"
    reach = len(data) if rng.random() < 0.5 else min(HEAD_BYTES, len(data))
    places = [rng.randrange(reach) for _ in range(rng.randint(1, 8))]
    for place in places:
        data[place] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"{path.name} of {len(data)} bytes flipped at {sorted(places)}"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle but the lock, the log and SQLite's scratch file, which reading makes."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "recorder.lock" and not path.name.endswith("-shm")
    }


def marks_in(path: Path) -> int:
    """Marks that SQLite reads before anything breaks."""
    count = 0
    try:
        with closing(sqlite3.connect(path)) as db:
            for _ in db.execute("SELECT * FROM mark"):
                count += 1
    except sqlite3.Error:
        pass
    return count


def pictures_in(path: Path) -> int:
    """Pictures that come out before anything breaks."""
    count = 0
    try:
        with av.open(str(path)) as container:
            for _ in container.decode(video=0):
                count += 1
    except (av.FFmpegError, IndexError, ValueError):
        pass
    return count
