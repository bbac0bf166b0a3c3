"""`python -m benchmarks.transcription --model DIR --audio DIR`: how well and how fast Moderato transcribes.

Beside bare faster-whisper with its defaults and its batched pipeline: the same model, threads and numbers (int8), word
times for all, in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks import speech, words
from transcribe.client import environment

NAMES = ("moderato", "bare", "batched")
ROOT = Path(__file__).resolve().parent.parent


class Transcriber:
    """A transcriber in its own process; `hear` one file after the other."""

    def __init__(self, name: str, model: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.transcribers", name, str(model)]
        environ = {**os.environ, "HF_HUB_OFFLINE": "1"} if name in {"bare", "batched"} else environment()
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
        )
        self._answer()

    def hear(self, path: Path) -> dict[str, Any]:
        """What was heard, and wall_s, cpu_s, peak_mb."""
        assert self._process.stdin is not None
        print(path, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the transcriber has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def text_of(answer: dict[str, Any]) -> str:
    return " ".join(word[2] for word in answer["words"])


def compare(
    title: str, clips: Sequence[speech.Clip], model: Path, names: Sequence[str] = NAMES
) -> dict[str, dict[str, float]]:
    """Hears `clips` with each transcriber in turn, prints a line for each, returns the figures."""
    wrong = dict.fromkeys(names, 0)
    wall = dict.fromkeys(names, 0.0)
    cpu = dict.fromkeys(names, 0.0)
    peak = dict.fromkeys(names, 0.0)
    count = sum(len(words.normal(clip.reference)) for clip in clips)
    seconds = sum(clip.seconds for clip in clips)
    heard = dict.fromkeys(names, 0)
    running = {name: Transcriber(name, model) for name in names}
    try:
        for clip in clips:
            reference = words.normal(clip.reference)
            for name in names:
                answer = running[name].hear(clip.path)
                found = words.normal(text_of(answer))
                wrong[name] += words.errors(reference, found)
                heard[name] += len(found)
                wall[name] += answer["wall_s"]
                cpu[name] += answer["cpu_s"]
                peak[name] = answer["peak_mb"]
    finally:
        for one in running.values():
            one.__exit__(None, None, None)
    print(f"\n{title}: {len(clips)} files, {seconds:.0f} s, {count} words")
    print("               errors     WER   heard    wall s   cpu s     RTF  peak MB")
    for name in names:
        rate = wrong[name] / count if count else float("nan")
        print(
            f"  {name:<10}{wrong[name]:9}{rate:8.1%}{heard[name]:8}{wall[name]:10.1f}{cpu[name]:8.1f}"
            f"{wall[name] / seconds:8.3f}{peak[name]:9.0f}",
            flush=True,
        )
    for name in names:
        if name != "bare":
            print(
                f"  {name} : bare  wall {wall[name] / wall['bare']:.2f}, cpu {cpu[name] / cpu['bare']:.2f}", flush=True
            )


def who_spoke(folder: Path, model: Path) -> None:
    """The share of words that were given to the wrong speaker."""
    print("\nwho spoke (words given to the wrong speaker)")
    with Transcriber("moderato", model) as ours:
        for one in speech.turns(folder):
            answer = ours.hear(one.path)
            wrong, count = words.wrong_speakers(one.said, [(word[2], word[3]) for word in answer["words"]])
            voices = len({word[3] for word in answer["words"]})
            print(
                f"  {one.path.name:<28}{wrong:5} of {count:4}{wrong / max(1, count):8.1%}   {voices} voices", flush=True
            )


def first_words(folder: Path, model: Path) -> None:
    """How far the first word of each utterance is from the truth."""
    path, truth = speech.onsets(folder)
    print(f"\nfirst word of each utterance: {path.name}, {len(truth)} utterances, ms from the truth")
    for name in ("moderato", "bare"):
        with Transcriber(name, model) as one:
            starts = np.array([word[0] / 1e9 for word in one.hear(path)["words"]])
        off = np.array([starts[np.abs(starts - at).argmin()] - at for at in truth])
        size = np.abs(off)
        missing = int((size > 1.0).sum())
        print(
            f"  {name:<10}median {median(size) * 1000:5.0f}   p90 {np.quantile(size, 0.9) * 1000:5.0f}"
            f"   mean offset {np.mean(off) * 1000:+5.0f}   more than 1 s off: {missing}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transcription", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a Whisper model's folder, in CTranslate2 form")
    parser.add_argument("--audio", type=Path, required=True, help="speech with manifest.tsv, dialogue/ and noise/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts (all)")
    parser.add_argument("--clips", type=int, default=10**6, help="of each kind, so many files at most")
    parser.add_argument("--seconds", type=int, default=600, help="how long the composed sessions are (600)")
    parser.add_argument("--orders", type=int, default=3, help="sessions with silence, each in another order (3)")
    options = parser.parse_args()
    print(f"{options.model.name}, {len(os.sched_getaffinity(0))} threads, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        for part in options.only:
            measure(part, options, Path(name))
    return 0


def measure(part: str, options: argparse.Namespace, out: Path) -> None:
    """One part, with what it has to be put together first."""
    model, audio, seconds = options.model, options.audio, options.seconds
    found = speech.clips(audio)
    match part:
        case "silence":
            sessions = [
                speech.composed(found["read"], out / f"half-{n}.wav", seconds=seconds, silence=0.5, order=n)
                for n in range(options.orders)
            ]
            compare("sessions, half of each silence", sessions, model, (*NAMES, "no-voices"))
        case "continuous":
            clip = speech.composed(found["read"], out / "full.wav", seconds=seconds, silence=0.0)
            compare("continuous speech", [clip], model, (*NAMES, "no-voices"))
        case "nothing":
            compare("no speech", speech.no_speech(audio, out), model)
        case "hour":
            clip = speech.composed(found["read"], out / "hour.wav", seconds=3600, silence=0.0)
            compare("an hour", [clip], model)
        case "speakers":
            who_spoke(audio, model)
        case "onset":
            first_words(audio, model)
        case _:
            compare(part, found[part][: options.clips], model)


PARTS = ("read", "dialogue", "noisy", "silence", "continuous", "nothing", "speakers", "onset", "hour")

if __name__ == "__main__":
    sys.exit(main())
