"""The speech that `benchmarks.transcription` has heard: human recordings, and what is put together from them."""

from __future__ import annotations

import csv
import json
import random
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcribe.audio import SAMPLE_RATE, load_audio

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Clip:
    """A file and what is said in it."""

    path: Path
    reference: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Turns:
    """A file, and who says what in it, in the order of time."""

    path: Path
    said: tuple[tuple[str, str], ...]


def clips(folder: Path) -> dict[str, list[Clip]]:
    """The recordings of `folder`/manifest.tsv, by what they are for: `read`, `dialogue`, `noisy`."""
    found: dict[str, list[Clip]] = {"read": [], "dialogue": [], "noisy": []}
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            kind = row["kind"]
            if not row["reference"]:
                continue
            name = (
                "noisy"
                if kind == "noisy"
                else "dialogue"
                if "/" in row["file"] and row["file"].startswith("dialogue")
                else "read"
            )
            found[name].append(Clip(folder / row["file"], row["reference"], float(row["seconds"])))
    return found


def turns(folder: Path) -> list[Turns]:
    """The recordings of which is known who says what."""
    dialogue = folder / "dialogue"
    found = [
        Turns(path.with_suffix(".flac" if path.with_suffix(".flac").exists() else ".wav"), tuple(_stm(path)))
        for path in sorted(dialogue.glob("*.stm"))
    ]
    for path in sorted(dialogue.glob("*.words.json")):
        words = json.loads(path.read_text())
        said = tuple((str(word["speaker_tag"]), word["word"]) for word in words)
        found.append(Turns(path.with_name(path.name.replace(".words.json", ".wav")), said))
    return found


def _stm(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        _, _, speaker, _, _, text = line.split(maxsplit=5)
        yield speaker, text


def onsets(folder: Path) -> tuple[Path, list[float]]:
    """The composed dialogue, and when the first word of each utterance is said (s).

    The file's own times say where an utterance was put; it begins with some of its reader's silence, so that the word
    begins where the sound first rises for 50 ms to 25 dB below the utterance's loudest tenth of a second, and 10 dB
    above its quietest.
    """
    path = folder / "dialogue" / "composed_f_m.flac"
    audio = load_audio(path)
    hop = SAMPLE_RATE // 100
    found = []
    for line in path.with_suffix(".stm").read_text().splitlines():
        _, _, _, start, end, _ = line.split(maxsplit=5)
        part = audio[round(float(start) * SAMPLE_RATE) : round(float(end) * SAMPLE_RATE)]
        frames = part[: len(part) // hop * hop].reshape(-1, hop)
        level = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
        loudest = 10 * np.log10(np.max(np.convolve(10 ** (level / 10), np.ones(10) / 10, "valid")))
        loud = level > max(loudest - 25, np.quantile(level, 0.1) + 10)
        steady = np.convolve(loud, np.ones(5), "valid") >= 5
        found.append(float(start) + int(steady.argmax()) / 100)
    return path, found


def composed(parts: Sequence[Clip], out: Path, *, seconds: float, silence: float, order: int = 0) -> Clip:
    """A session of `seconds`, `silence` of it (0..1) without speech, in pauses of 0.3 s to half a minute.

    `order` is which of many in which the recordings may come. A little noise lies under all of it, 70 dB below full
    scale, as in a quiet room.
    """
    chance = random.Random(7 + order)
    left = list(parts)
    sounds: list[Samples] = []
    said: list[str] = []
    length = spoken = 0
    while length < seconds * SAMPLE_RATE:
        if len(said) % len(left) == 0:
            chance.shuffle(left)
        clip = left[len(said) % len(left)]
        audio = load_audio(clip.path)
        said.append(clip.reference)
        spoken += len(audio)
        owed = spoken / max(1e-6, 1 - silence) - length - len(audio) if silence else 0.3 * SAMPLE_RATE
        gap = int(owed if len(said) % 4 == 0 else min(owed, chance.uniform(0.3, 2.0) * SAMPLE_RATE))
        gap = max(gap, 3 * SAMPLE_RATE // 10)
        sounds += [audio, np.zeros(gap, np.float32)]
        length += len(audio) + gap
    whole = np.concatenate(sounds)
    whole += 10 ** (-70 / 20) * np.random.default_rng(3).standard_normal(len(whole)).astype(np.float32)
    return Clip(save(out, whole), " ".join(said), len(whole) / SAMPLE_RATE)


def no_speech(folder: Path, out: Path) -> list[Clip]:
    """Noise recorded in rooms, and what sounds without anybody speaking: silence, hum, keys, music."""
    found = [Clip(path, "", len(load_audio(path)) / SAMPLE_RATE) for path in sorted((folder / "noise").glob("*.wav"))]
    for name, sound in made(60.0).items():
        found.append(Clip(save(out / f"{name}.wav", sound), "", len(sound) / SAMPLE_RATE))
    return found


def made(seconds: float) -> dict[str, Samples]:
    """Sounds that nobody speaks in, by name."""
    chance = np.random.default_rng(5)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    hiss = chance.standard_normal(len(t))
    keys = 0.002 * hiss
    for start in np.cumsum(chance.uniform(0.08, 0.6, int(seconds * 2))):
        first = int(start * SAMPLE_RATE)
        click = chance.standard_normal(600) * np.exp(-np.arange(600) / 90)
        last = min(len(keys), first + 600)
        if first < last:
            keys[first:last] += 0.4 * click[: last - first]
    scale = 220.0 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
    notes = scale[chance.integers(0, 8, int(seconds * 3) + 1)]
    pitch = np.repeat(notes, SAMPLE_RATE // 3)[: len(t)]
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    fade = np.exp(-3 * (t * 3 % 1))
    music = 0.2 * fade * (np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase))
    music += 0.1 * np.sin(2 * np.pi * 55 * t) * (np.sin(2 * np.pi * t) > 0)
    hum = sum(0.1 / n * np.sin(2 * np.pi * 50 * n * t) for n in range(1, 8)) + 0.003 * hiss
    sounds = {"silence": np.zeros(len(t)), "hiss": 0.03 * hiss, "hum": hum, "keys": keys, "music": music}
    return {name: sound.astype(np.float32) for name, sound in sounds.items()}


def save(path: Path, sound: Samples) -> Path:
    """A WAV file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path
