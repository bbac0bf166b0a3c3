"""Sources whose truth is known, for what no real device does on demand; and reading back what was recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from capture.audio import AudioBlock, AudioInfo, AudioSink
from capture.camera import CameraFrame, CameraInfo
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.imaging import to_i420
from capture.input import InputSink
from capture.layout import Layout
from capture.screen import Frame, ScreenInfo
from capture.sync import NS


class FakeScreen:
    """A screen of one grey; `paint` changes it, `is_lost` takes it away, `slow_s` makes each picture late."""

    def __init__(self, width: int = 320, height: int = 240) -> None:
        self.pixels = np.full((height, width, 4), 40, np.uint8)
        self.is_lost = False
        self.size_after_loss: tuple[int, int] | None = None
        self.grabs = 0
        self.pointer_at: tuple[int, int] | None = None
        self.painted: list[tuple[int, int]] = []
        """(perf_ns, grey) of every change."""
        self.before_grab: Callable[[], None] = lambda: None

    def open(self) -> ScreenInfo:
        if self.is_lost:
            raise CaptureError(CaptureCode.NO_DISPLAY, "fake")
        height, width = self.pixels.shape[:2]
        if self.size_after_loss is not None:
            width, height = self.size_after_loss
        return ScreenInfo(0, 0, width, height, "fake")

    def grab(self) -> Frame:
        if self.is_lost:
            raise CaptureError(CaptureCode.NO_DISPLAY, "fake")
        self.before_grab()
        self.grabs += 1
        stamp = perf_ns()
        return Frame(stamp, to_i420(self.pixels))

    def wait(self, timeout_s: float) -> None:
        pass

    def wake(self) -> None:
        pass

    def refresh(self) -> None:
        pass

    def take_layout(self) -> tuple[int, Layout] | None:
        return None

    def pointer(self) -> tuple[int, int] | None:
        return self.pointer_at

    def close(self) -> None:
        pass

    def paint(self, grey: int) -> None:
        self.pixels[...] = grey
        self.painted.append((perf_ns(), grey))


class FakeMicrophone:
    """A tone in real time, on a clock `ppm` fast; `is_lost` takes it away, `is_mute` stops its blocks alone."""

    def __init__(self, *, rate: int = 48_000, ppm: float = 0, amplitude: float = 0.5, hertz: float = 440) -> None:
        self.rate = rate
        self.is_lost = False
        self.is_mute = False
        self.starts = 0
        self._block = rate // 100
        self._period_s = self._block / (rate * (1 + ppm / 1e6))
        self._samples = (amplitude * np.sin(np.arange(self._block) * 2 * np.pi * hertz / rate)).astype(np.float32)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, sink: AudioSink) -> AudioInfo:
        self.stop()
        if self.is_lost:
            raise CaptureError(CaptureCode.NO_MICROPHONE, "fake")
        self.starts += 1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(sink, self._stop), name="fake-mic")
        self._thread.start()
        return AudioInfo("fake", self.rate)

    def _run(self, sink: AudioSink, stop: threading.Event) -> None:
        begin = time.perf_counter()
        number = 0
        while not stop.is_set() and not self.is_lost:
            number += 1
            end = begin + number * self._period_s
            time.sleep(max(0.0, end - time.perf_counter()))
            if not self.is_mute:
                measured = round((end - self._period_s) * NS)
                sink(AudioBlock(measured, perf_ns(), self._samples.copy(), self.rate))

    def check_health(self) -> None:
        if self.is_lost:
            raise CaptureError(CaptureCode.NO_MICROPHONE, "fake")

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None


class FakeInput:
    """Events on demand through `sink`."""

    def __init__(self, *, is_missing: bool = False) -> None:
        self.is_missing = is_missing
        self.sink: InputSink = lambda _event: None

    def start(self, sink: InputSink) -> None:
        if self.is_missing:
            raise CaptureError(CaptureCode.NO_INPUT, "fake")
        self.sink = sink

    def check_health(self) -> None:
        if self.is_missing:
            raise CaptureError(CaptureCode.NO_INPUT, "fake")

    def stop(self) -> None:
        pass


class FakeCamera:
    """A camera of one grey, 30 pictures a second; `is_lost` takes it away, `hang` stops it in the middle of a read."""

    def __init__(self, width: int = 160, height: int = 120) -> None:
        self.pixels = np.full((height, width, 4), 40, np.uint8)
        self.refusal: CaptureCode | None = None
        self.is_lost = False
        self.opens = 0
        self.threads: set[int] = set()
        """Who has called it."""
        self.free = threading.Event()
        """Cleared, a read hangs until it is set again."""
        self.free.set()

    def open(self) -> CameraInfo:
        self.threads.add(threading.get_ident())
        if self.refusal is not None:
            raise CaptureError(self.refusal, "fake")
        if self.is_lost:
            raise CaptureError(CaptureCode.CAMERA_UNKNOWN, "fake")
        self.opens += 1
        height, width = self.pixels.shape[:2]
        return CameraInfo(width, height, "fake", 30)

    def grab(self) -> CameraFrame:
        self.threads.add(threading.get_ident())
        time.sleep(1 / 30)
        self.free.wait()
        if self.is_lost:
            raise CaptureError(CaptureCode.NO_CAMERA, "fake")
        picture = to_i420(self.pixels)
        return CameraFrame(perf_ns(), picture)

    def close(self) -> None:
        self.threads.add(threading.get_ident())

    def paint(self, grey: int) -> None:
        self.pixels[...] = grey


def decode_video(path: Path) -> list[tuple[int, NDArray[np.uint8]]]:
    """(presentation time in 1/90000 s, grey picture) of every frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        result = []
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert stream.time_base is not None
            result.append((round(frame.pts * stream.time_base * 90_000), frame.to_ndarray(format="gray")))
        return result


def decode_audio(path: Path, track: int = 0) -> tuple[NDArray[np.float32], int, int]:
    """Samples from session zero on, placed by their own times; their rate; the time of the first one in the file."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        rate = stream.rate
        assert rate
        chunks = []
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert stream.time_base is not None
            chunks.append((round(frame.pts * stream.time_base * rate), frame.to_ndarray().reshape(-1)))
    first = chunks[0][0]
    end = max(start + len(data) for start, data in chunks)
    samples = np.zeros(end, np.float32)
    for start, data in chunks:
        skip = max(0, -start)
        samples[start + skip : start + len(data)] = data[skip:]
    return samples, rate, first * NS // rate


def wait_until(condition: Callable[[], object], timeout_s: float = 20) -> None:
    """Waits for something that must become true."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
