"""`python -m benchmarks.time_left --audio DIR --model DIR`: how right the time left is, on a real transcription.

Puts an hour (or so) of the folder's speech together, with pauses, transcribes it with the real transcriber, and holds
each time left that it told against the time that it then took.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

from transcribe.audio import SAMPLE_RATE, load_audio
from transcribe.client import Progress, Sound, TranscriptionClient, TranscriptionEvent, TranscriptionRequest

SETTLED_S = 120.0
SHORT_S = 30.0
"""With less than that left a percentage says nothing."""


def compose(folder: Path, minutes: float, out: Path) -> None:
    """Speech of the folder's files in a shuffled order, with stretches of silence of 0.5 to 40 s between."""
    sounds = (path for path in folder.rglob("*") if path.suffix in {".wav", ".flac"})
    files = sorted(path for path in sounds if "noise" not in path.parts)
    chance, done = random.Random(7), 0
    with wave.open(str(out), "wb") as sink:
        sink.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        while done < minutes * 60 * SAMPLE_RATE:
            sound = load_audio(chance.choice(files))
            gap = np.zeros(round(chance.choice([0.5, 1.0, 3.0, 20.0, 40.0]) * SAMPLE_RATE), np.float32)
            for part in (sound, gap):
                sink.writeframes((np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
                done += len(part)


def main() -> None:
    """Prints one line for each quarter of the run, and the shares within a quarter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    told: list[tuple[float, Progress]] = []

    def listen(event: TranscriptionEvent) -> None:
        if isinstance(event, Progress):
            told.append((time.monotonic(), event))

    with tempfile.TemporaryDirectory() as name:
        media = Path(name) / "hour.wav"
        compose(options.audio, options.minutes, media)
        request = TranscriptionRequest(
            sounds=(Sound(media, None, 0, "mic"),),
            model_dir=options.model,
            model_name=options.model.name,
            language="en",
            journal=Path(name) / "j.jsonl",
            voices=False,
        )
        with TranscriptionClient.start(request, listen) as client:
            client.wait()
    begun, ended = told[0][0], told[-1][0]
    errors = [
        (at - begun, event.remaining_s / (ended - at) - 1)
        for at, event in told
        if event.remaining_s is not None and at - begun >= SETTLED_S and ended - at >= SHORT_S
    ]
    print(f"{options.minutes:.0f} min of sound, {options.model.name}, {ended - begun:.0f} s, told {len(told)} times")
    if not errors:
        print("over before two minutes: nothing to hold against each other")
        return
    print(f"after two minutes it was {errors[0][1]:+.0%} off")
    sizes = [abs(error) for _, error in errors]
    within = sum(size <= 0.25 for size in sizes) / len(sizes)
    print(f"later {within:.0%} of {len(errors)} within 25 %, median {statistics.median(abs(e) for _, e in errors):.0%}")
    print(f"worst {max((error for _, error in errors), key=abs):+.0%}")


if __name__ == "__main__":
    main()
