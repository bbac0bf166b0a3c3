"""Sound that is played into a sink while a test records."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

RATE = 48_000
Samples = np.ndarray[Any, np.dtype[np.float32]]


@contextlib.contextmanager
def played(sink: str, samples: Samples) -> Iterator[None]:
    """Plays mono samples into a sink, over and over."""
    command = [
        "pacat", "--playback", f"--device={sink}", "--raw", "--format=float32le", "--channels=1", f"--rate={RATE}",
    ]  # fmt: skip
    data = samples.astype(np.float32).tobytes()
    player = subprocess.Popen(command, stdin=subprocess.PIPE)
    stop = threading.Event()

    def feed() -> None:
        assert player.stdin is not None
        with contextlib.suppress(OSError):
            while not stop.is_set():
                player.stdin.write(data)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        stop.set()
        player.terminate()
        player.wait()
        feeder.join()
        assert player.stdin is not None
        with contextlib.suppress(OSError):
            player.stdin.close()


@contextlib.contextmanager
def tone(sink: str, hertz: int) -> Iterator[None]:
    """Plays a tone, loud and clear."""
    with played(sink, 0.5 * np.sin(np.arange(RATE) * 2 * np.pi * hertz / RATE)):
        yield


@contextlib.contextmanager
def noise(sink: str, dbfs: float) -> Iterator[None]:
    """Plays white noise with peaks at a level below full scale."""
    peak = 10 ** (dbfs / 20)
    with played(sink, np.random.default_rng(7).uniform(-peak, peak, RATE).astype(np.float32)):
        yield
