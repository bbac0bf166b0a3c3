"""Makes media files for the tests: synthesised speech, tones, silence, in the containers that people have."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from transcribe.audio import load_audio

RATE = 16_000
Samples = NDArray[np.float32]


def speak(folder: Path, text: str) -> Samples:
    """`text` spoken by espeak-ng, 16 kHz mono, silence around it trimmed off."""
    path = folder / f"speech-{abs(hash(text))}.wav"
    command = ["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(path), text]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    samples = load_audio(path)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1]


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def tone(seconds: float, *, hertz: float = 440.0, rate: int = RATE) -> Samples:
    t = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def write(
    path: Path,
    pieces: Sequence[tuple[float, Samples]],
    *,
    codec: str = "pcm_s16le",
    rate: int = RATE,
    layout: str = "mono",
    pictures: bool = False,
    container: str | None = None,
    tracks: int = 1,
) -> Path:
    """Write `pieces` of sound, each at its time in seconds; all `tracks` but the last are silent.

    `pictures` adds a video stream before the sound, as a recording has.
    """
    with av.open(str(path), "w", format=container) as out:
        video = None
        if pictures:
            video = out.add_stream("mpeg4", rate=5)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        streams = [out.add_stream(codec, rate=rate, layout=layout) for _ in range(tracks)]
        end_s = max(at + len(samples) / rate for at, samples in pieces)
        if video is not None:
            for number in range(int(end_s * 5) + 1):
                picture = av.VideoFrame(64, 48, "yuv420p")
                for plane in picture.planes:
                    plane.update(bytes(plane.buffer_size))
                picture.pts, picture.time_base = number, Fraction(1, 5)
                out.mux(video.encode(picture))
            out.mux(video.encode(None))
        for stream in streams:
            for at, samples in pieces:
                audible = samples if stream is streams[-1] else np.zeros_like(samples)
                _encode(out, stream, audible, round(at * rate), rate, layout)
            out.mux(stream.encode(None))
    return path


def _encode(out, stream, samples: Samples, first: int, rate: int, layout: str) -> None:  # type: ignore[no-untyped-def]
    size = stream.codec_context.frame_size or 1024
    wanted = stream.codec_context.format.name
    channels = len(stream.codec_context.layout.channels)
    for start in range(0, len(samples), size):
        chunk = np.tile(samples[start : start + size], (channels, 1))
        if wanted.startswith("s16"):
            chunk = (chunk * 32767).astype(np.int16)
        elif wanted.startswith("s32"):
            chunk = (chunk * 2147483000.0).astype(np.int32)
        if not wanted.endswith("p"):
            chunk = chunk.T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format=wanted, layout=layout)
        frame.sample_rate = rate
        frame.pts, frame.time_base = first + start, Fraction(1, rate)
        out.mux(stream.encode(frame))


def write_pictures_only(path: Path) -> Path:
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            picture = av.VideoFrame(64, 48, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 5)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return path
