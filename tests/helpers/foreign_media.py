"""Recordings as calls and screen recorders leave them: made here, in every form that an import must cope with.

Each picture carries its number as 8 broad bars; the sound is silent but for beeps at known moments of the file's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT = 320, 180
RATE = 48_000


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> av.VideoFrame:
    """A picture with `number` (0..255) as 8 bars, light for 1."""
    grey = np.zeros((height, width, 3), np.uint8)
    for bit in range(8):
        grey[:, bit * width // 8 : (bit + 1) * width // 8] = 220 if number >> bit & 1 else 30
    return av.VideoFrame.from_ndarray(grey, format="rgb24")


def number_of(frame: av.VideoFrame) -> int:
    """Which picture it is."""
    grey = frame.to_ndarray(format="gray")
    height, width = grey.shape
    middle = grey[height // 2]
    return sum(1 << bit for bit in range(8) if middle[bit * width // 8 + width // 16] > 120)


@dataclass(frozen=True)
class Sound:
    """A track: its codec, when it begins on the file's clock, and when it beeps (seconds of that clock)."""

    codec: str = "aac"
    start_s: float = 0.0
    end_s: float = 4.0
    beeps: Sequence[float] = (1.0,)
    title: str = ""


@dataclass(frozen=True)
class Film:
    """What to write. `times`: of the pictures, in seconds of the file's clock."""

    times: Sequence[float] = tuple(n / 25 for n in range(100))
    codec: str = "libx264"
    sounds: Sequence[Sound] = field(default_factory=lambda: (Sound(),))
    ticks: int = 90_000
    reordered: bool = False
    options: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    width: int = WIDTH
    height: int = HEIGHT


def write_film(path: Path, film: Film | None = None, form: str | None = None) -> Path:
    """Writes a film; the container is the suffix's."""
    film = film or Film()
    with av.open(str(path), "w", format=form, options=film.options) as container:
        container.metadata.update(film.metadata)
        codec_options = (
            {"preset": "ultrafast", "bf": "2" if film.reordered else "0", "g": "25"} if film.codec == "libx264" else {}
        )
        video = container.add_stream(film.codec, rate=25, options=codec_options)
        video.width, video.height, video.pix_fmt = film.width, film.height, "yuv420p"
        video.codec_context.time_base = Fraction(1, film.ticks)
        tracks = []
        for sound in film.sounds:
            track = container.add_stream(sound.codec, rate=RATE, layout="mono")
            if sound.title:
                track.metadata["title"] = track.metadata["handler_name"] = sound.title
            tracks.append(track)
        for number, at in enumerate(film.times):
            frame = numbered(number % 256, film.width, film.height)
            frame.pts, frame.time_base = round(at * film.ticks), Fraction(1, film.ticks)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for sound, track in zip(film.sounds, tracks, strict=True):
            _write_sound(container, track, sound)
    return path


def _write_sound(container: av.container.OutputContainer, track: av.AudioStream, sound: Sound) -> None:
    total = round((sound.end_s - sound.start_s) * RATE)
    samples = np.zeros(total, np.float32)
    tone = (0.6 * np.sin(np.arange(RATE // 10) * 2 * np.pi * 1000 / RATE)).astype(np.float32)
    for beep in sound.beeps:
        first = round((beep - sound.start_s) * RATE)
        samples[first : first + len(tone)] = tone[: max(0, total - first)]
    fifo = av.AudioResampler(
        format=track.codec_context.format.name,
        layout="mono",
        rate=RATE,
        frame_size=track.codec_context.frame_size or 960,
    )
    block = 4_800
    for first in range(0, total, block):
        part = np.ascontiguousarray(samples[first : first + block]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = round(sound.start_s * RATE) + first
        for each in fifo.resample(frame):
            container.mux(track.encode(each))
    for each in fifo.resample(None):
        container.mux(track.encode(each))
    container.mux(track.encode(None))


def beeps_in(path: Path, track: int) -> list[float]:
    """When it beeps, in seconds of the file's clock."""
    found: list[float] = []
    quiet = True
    with av.open(str(path)) as container:
        stream = container.streams[track]
        resampler = av.AudioResampler(format="flt", layout="mono")
        for frame in container.decode(stream):
            assert frame.pts is not None
            start = float(frame.pts * frame.time_base)
            for mono in resampler.resample(frame):
                loud = np.abs(mono.to_ndarray().reshape(-1)) > 0.2
                for block in range(0, len(loud), 240):
                    if loud[block : block + 240].any():
                        if quiet:
                            found.append(start + (block + int(loud[block : block + 240].argmax())) / frame.sample_rate)
                        quiet = False
                        last = start + block / frame.sample_rate
                    elif not quiet and start + block / frame.sample_rate > last + 0.05:
                        quiet = True
    return found


def pictures_in(path: Path) -> list[tuple[float, int]]:
    """Time in seconds and number of each picture."""
    with av.open(str(path)) as container:
        return [(float(frame.pts * frame.time_base), number_of(frame)) for frame in container.decode(video=0)]


def spoil_sound(film: Path, first_s: float, last_s: float, fill: int = 0xFF) -> None:
    """Overwrites the first sound track's packets from one moment to another, as a bad disk does. Not for MKV."""
    with av.open(str(film)) as container:
        packets = [
            (packet.pos, packet.size)
            for packet in container.demux(audio=0)
            if packet.size and first_s <= packet.pts * packet.time_base < last_s
        ]
    with film.open("r+b") as file:
        for position, size in packets:
            file.seek(position)
            file.write(bytes([fill]) * size)
