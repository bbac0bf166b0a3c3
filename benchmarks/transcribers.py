"""One transcriber in a process of its own, for `benchmarks.transcription`: files in, what it heard and cost out.

`python -m benchmarks.transcribers NAME MODEL` loads the model, then reads a path a line and answers each with JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.procfs import peak_mb

Heard = list[tuple[int, int, str, int | None]]
"""Start and end (ns), text, voice."""


def main() -> None:
    """See the module."""
    name, model = sys.argv[1], Path(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    hear = TRANSCRIBERS[name](model)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        words = hear(Path(line.rstrip("\n")))
        answer: dict[str, Any] = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "peak_mb": peak_mb(os.getpid()),
            "words": words,
        }
        print(json.dumps(answer), file=answers, flush=True)


def moderato(model: Path, *, voices: bool = True) -> Callable[[Path], Heard]:
    """The job of the transcriber process itself, with the journal and all, but for loading the model each time."""
    from transcribe.faster_whisper_engine import FasterWhisperEngine
    from transcribe.job import Job
    from transcribe.protocol import Failed, Finished, Sound, TranscriptionEvent, TranscriptionRequest

    engine = FasterWhisperEngine(model)

    def hear(path: Path) -> Heard:
        with tempfile.TemporaryDirectory() as folder:
            request = TranscriptionRequest(
                (Sound(path, None, 0, "mixed"),), model, model.name, None, Path(folder) / "j.jsonl", voices=voices
            )
            events: list[TranscriptionEvent] = []
            Job(request, events.append, engine).run()
        match events[-1]:
            case Finished(transcript):
                return [
                    (word.t_start_ns, word.t_end_ns, word.text, segment.voice)
                    for segment in transcript.segments
                    for word in segment.words
                ]
            case Failed(code, detail):
                raise RuntimeError(f"{code}: {detail}")
            case event:
                raise RuntimeError(str(event))

    return hear


def bare(model: Path) -> Callable[[Path], Heard]:
    """faster-whisper with its defaults, and word times."""
    import faster_whisper

    whisper = _load(faster_whisper, model)
    return lambda path: _words(whisper.transcribe(str(path), word_timestamps=True)[0])


def batched(model: Path) -> Callable[[Path], Heard]:
    """faster-whisper's batched pipeline with its defaults, and word times."""
    import faster_whisper

    pipeline = faster_whisper.BatchedInferencePipeline(_load(faster_whisper, model))
    return lambda path: _words(pipeline.transcribe(str(path), word_timestamps=True)[0])


def _load(faster_whisper: Any, model: Path) -> Any:
    threads = len(os.sched_getaffinity(0))
    return faster_whisper.WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)


def _words(segments: Iterable[Any]) -> Heard:
    return [
        (round(word.start * 1e9), round(word.end * 1e9), word.word.strip(), None)
        for segment in segments
        for word in segment.words
    ]


TRANSCRIBERS: dict[str, Callable[[Path], Callable[[Path], Heard]]] = {
    "moderato": moderato,
    "no-voices": lambda model: moderato(model, voices=False),
    "bare": bare,
    "batched": batched,
}

if __name__ == "__main__":
    main()
