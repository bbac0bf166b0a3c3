"""Sound through PortAudio."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from capture.audio import AudioBlock, AudioInfo, AudioSink
from capture.audio.microphones import DEFAULT, Microphone, load_sounddevice, pulse_source_names
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.sync import NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFERRED_RATE = 48_000
LATENCY_S = 0.05
ASK_PERIOD_NS = NS
_MAX_LAG_S = 1.0
_PA_DEVICE_UNAVAILABLE = -9985
_pulse_source = threading.Lock()


class SoundDeviceSource:
    """One microphone, or what an output plays, taken as mono.

    When the chosen one is gone at a restart, the default one stands in for it until it is back.
    """

    def __init__(self, wanted: str, find: Callable[[str], Microphone]) -> None:
        """`find` gives the device of an id or of "default", and raises `CaptureError` when there is none."""
        self._wanted = wanted
        self._find = find
        self._chosen: str | None = None
        """Id of the device that was opened first."""
        self._is_pulse = False
        self._stream: Any = None
        self._microphone: Microphone | None = None
        self._asked_ns = 0
        self._is_lost = threading.Event()

    def start(self, sink: AudioSink) -> AudioInfo:
        self.stop()
        microphone = self._choose()
        sounddevice = load_sounddevice()
        self._is_lost.clear()
        device = _device_of(microphone, sounddevice)
        with _named_pulse_source(microphone):
            try:
                rate = _rate_of(device, microphone, sounddevice)
                self._stream = sounddevice.InputStream(
                    device=device,
                    samplerate=rate,
                    channels=1,
                    dtype="float32",
                    latency=LATENCY_S,
                    callback=self._callback(sink, rate),
                    finished_callback=self._is_lost.set,
                )
                self._stream.start()
            except sounddevice.PortAudioError as error:
                self.stop()
                number = error.args[1] if len(error.args) > 1 else 0
                is_busy = number == _PA_DEVICE_UNAVAILABLE
                code = CaptureCode.MICROPHONE_BUSY if is_busy else CaptureCode.NO_MICROPHONE
                raise CaptureError(code, microphone.name) from error
        self._microphone = microphone
        self._asked_ns = perf_ns()
        self._chosen, self._is_pulse = self._chosen or microphone.id, microphone.pulse
        return AudioInfo(microphone.name, rate, is_substitute=microphone.id != self._chosen)

    def _choose(self) -> Microphone:
        try:
            return self._find(self._chosen or self._wanted)
        except CaptureError as error:
            if self._chosen is None or error.code is CaptureCode.NO_SOUND_LIBRARY:
                raise
            other = self._find(DEFAULT)
            if other.pulse != self._is_pulse:
                raise  # the sound server is down: what PortAudio finds beside it is no microphone of its
            return other

    def _callback(self, sink: AudioSink, rate: int) -> Any:
        def callback(samples: NDArray[np.float32], count: int, times: Any, _status: object) -> None:
            stamp = perf_ns()
            # Only the difference of PortAudio's times is used: its zero is its own. Some systems say 0 for the first.
            lag = times.currentTime - times.inputBufferAdcTime
            if not 0 < lag < _MAX_LAG_S or times.inputBufferAdcTime == 0:
                lag = count / rate + (self._stream.latency if self._stream is not None else LATENCY_S)
            sink(AudioBlock(stamp - int(lag * NS), stamp, samples[:, 0].copy(), rate))

        return callback

    def check_health(self) -> None:
        if self._stream is None or self._is_lost.is_set() or not self._stream.active:
            raise CaptureError(CaptureCode.NO_MICROPHONE, "the device ended")
        now = perf_ns()
        if self._microphone is None or not self._microphone.pulse or now - self._asked_ns < ASK_PERIOD_NS:
            return
        self._asked_ns = now
        # When a source is removed the server moves its stream to another one without a word: ask whether it is there.
        names = pulse_source_names() or ()
        if self._microphone.id not in names:
            raise CaptureError(CaptureCode.NO_MICROPHONE, "the source was removed")
        if self._microphone.id != self._chosen and self._chosen in names:
            raise CaptureError(CaptureCode.NO_MICROPHONE, "the chosen source is back")

    def stop(self) -> None:
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        sounddevice = load_sounddevice()
        try:
            stream.abort()
            stream.close()
        except sounddevice.PortAudioError:
            return  # the device has gone; nothing is left to close


def _device_of(microphone: Microphone, sounddevice: Any) -> int | str | None:
    if not microphone.pulse:
        return microphone.index
    names = [device["name"] for device in sounddevice.query_devices() if device["max_input_channels"] > 0]
    return "pulse" if "pulse" in names else None


def _rate_of(device: int | str | None, microphone: Microphone, sounddevice: Any) -> int:
    for rate in (PREFERRED_RATE, microphone.rate):
        try:
            sounddevice.check_input_settings(device=device, channels=1, dtype="float32", samplerate=rate)
        except (sounddevice.PortAudioError, ValueError):
            continue
        return rate
    return microphone.rate


@contextmanager
def _named_pulse_source(microphone: Microphone) -> Iterator[None]:
    """Through PulseAudio the only way to name a source is the environment, read when a stream is opened."""
    if not microphone.pulse:
        yield
        return
    with _pulse_source:
        before = os.environ.get("PULSE_SOURCE")
        os.environ["PULSE_SOURCE"] = microphone.id
        try:
            yield
        finally:
            if before is None:
                del os.environ["PULSE_SOURCE"]
            else:
                os.environ["PULSE_SOURCE"] = before
