"""Voices as vectors: 1.6 s of speech to 256 numbers, near each other where the same person speaks.

The network of Wan et al. 2018 (three LSTM layers over 40 mel bands, see `transcribe.voice_weights`) in numpy: many
stretches at once make it fast enough. Imported in the transcriber process only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcribe.audio import SAMPLE_RATE
from transcribe.voice_weights import load_weights

Floats = NDArray[np.float32]

STRETCH = 16 * SAMPLE_RATE // 10
"""Samples of speech that one vector stands for: what the network was trained with."""
SIZE = 256
_FFT = SAMPLE_RATE * 25 // 1000
_HOP = SAMPLE_RATE // 100
_MELS = 40
_LAYERS = 3
_LOUDNESS = 10 ** (-30 / 20)
"""Quieter speech is made as loud as that, as in training."""
_BATCH = 128
"""Stretches at once; 128 of them take 40 MB."""


class VoiceEncoder:
    """The network in memory (6 MB); used from one thread.

    Raises:
        TranscribeError: MODEL_BROKEN.
    """

    def __init__(self, weights: Path) -> None:
        arrays = load_weights(weights)
        self._layers = [
            (
                np.ascontiguousarray(arrays[f"lstm.weight_ih_l{n}"].T),
                np.ascontiguousarray(arrays[f"lstm.weight_hh_l{n}"].T),
                arrays[f"lstm.bias_ih_l{n}"] + arrays[f"lstm.bias_hh_l{n}"],
            )
            for n in range(_LAYERS)
        ]
        self._linear, self._bias = arrays["linear.weight"].T, arrays["linear.bias"]
        self._mel = mel_filters()
        self._window = np.hanning(_FFT + 1)[:-1].astype(np.float32)

    def vectors(self, audio: Floats, starts: NDArray[np.int64]) -> Floats:
        """A unit vector for each stretch of `STRETCH` samples that begins at `starts`; zeros follow the sound's end."""
        if not len(starts):
            return np.zeros((0, SIZE), np.float32)
        frames = STRETCH // _HOP
        firsts = starts // _HOP
        bands = self.bands(audio, int(firsts[-1]) + frames)
        result = [
            self._run(np.stack([bands[first : first + frames] for first in firsts[at : at + _BATCH]]))
            for at in range(0, len(firsts), _BATCH)
        ]
        return np.concatenate(result)

    def bands(self, audio: Floats, frames: int) -> Floats:
        """The mel power spectrum, `frames` rows of 40, one each 10 ms; as librosa's `melspectrogram` has it."""
        loudness = float(np.sqrt(np.mean(np.square(audio)))) if len(audio) else 0.0
        gain = max(1.0, _LOUDNESS / loudness) if loudness > 0 else 1.0
        padded = np.zeros((frames - 1) * _HOP + _FFT, np.float32)
        part = audio[: len(padded) - _FFT // 2]
        padded[_FFT // 2 : _FFT // 2 + len(part)] = part * gain
        windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
        spectrum = np.fft.rfft(windows * self._window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        bands: Floats = power.astype(np.float32) @ self._mel
        return bands

    def _run(self, bands: Floats) -> Floats:
        """Stretches x frames x bands to stretches x 256."""
        rows, frames, _ = bands.shape
        x = np.ascontiguousarray(bands.transpose(1, 0, 2))
        for inward, recurrent, bias in self._layers:
            size = recurrent.shape[0]
            gates = x.reshape(frames * rows, -1) @ inward
            gates += bias
            gates = gates.reshape(frames, rows, 4 * size)
            hidden, cell = np.zeros((rows, size), np.float32), np.zeros((rows, size), np.float32)
            outputs = np.empty((frames, rows, size), np.float32)
            for t in range(frames):
                gate = gates[t] + hidden @ recurrent
                opened = _sigmoid(gate[:, : 2 * size])
                cell = opened[:, size:] * cell + opened[:, :size] * np.tanh(gate[:, 2 * size : 3 * size])
                hidden = _sigmoid(gate[:, 3 * size :]) * np.tanh(cell)
                outputs[t] = hidden
            x = outputs
        raw = np.maximum(x[-1] @ self._linear + self._bias, 0.0)
        unit: Floats = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)
        return unit


def _sigmoid(x: Floats) -> Floats:
    y: Floats = 0.5 * np.tanh(0.5 * x) + 0.5
    return y


def mel_filters() -> Floats:
    """Triangles on Slaney's mel scale, each of area one, 0 to 8000 Hz: frequencies x bands.

    After M. Slaney, Auditory Toolbox, 1998: linear below 1000 Hz (200/3 Hz a mel), then 27 steps to each factor 6.4.
    """

    def hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mels - 15)))

    top = 15 + np.log(SAMPLE_RATE / 2 / 1000) / (np.log(6.4) / 27)
    edges = hertz(np.linspace(0.0, top, _MELS + 2))
    frequencies = np.linspace(0, SAMPLE_RATE / 2, _FFT // 2 + 1)[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))
    return weights.astype(np.float32)
