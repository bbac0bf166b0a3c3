"""How fast a model is on this computer: found out in some ten seconds, with the real transcriber and real speech."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from transcribe.cancel import CancelToken
from transcribe.catalogue import ModelSpec, spec_of
from transcribe.client import Sound, TranscriptionClient, TranscriptionRequest
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.models import Segment
from transcribe.protocol import Progress, SegmentDone, TranscriptionEvent

_LONG_ENOUGH_S = 10.0
_LOOK_S = 0.2
_PROOF_S = 60.0
"""How long a model may take to hear the first piece, and as much again for each 100 MB of it; usual is a tenth."""
_PROOF_WORDS = 10
"""Words without a doubt that a model has to hear in its first piece, and half of what it hears at least."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of speech heard in a second of work. `measured`: on this computer; else scaled from a model that was."""

    factor: float
    measured: bool


def try_model(model_dir: Path, model_name: str, media: Path, media_s: float, cancel: CancelToken) -> float:
    """Seconds of speech that the model hears in a second; blocks for some ten seconds, longer with a slow model.

    Loading the model isn't counted: a session is hours, and it is loaded once. Ends at the first piece that is done
    after ten seconds.

    Args:
        media: speech without long pauses, in English; `media_s` is its length.

    Raises:
        TranscribeError: as a transcription; CANCELLED.
    """
    seen: list[tuple[float, float]] = []
    enough = threading.Event()

    def listen(event: TranscriptionEvent) -> None:
        if isinstance(event, Progress):
            seen.append((time.monotonic(), event.fraction))
            if event.fraction > 0 and seen[-1][0] - seen[0][0] >= _LONG_ENOUGH_S:
                enough.set()

    with _asked(model_dir, model_name, media, listen) as client:
        try:
            _wait(client, lambda: cancel.cancelled or enough.is_set())
        except TranscribeError as error:
            if error.code is not TranscribeCode.CANCELLED or cancel.cancelled:
                raise
    (began_s, _), (ended_s, fraction) = seen[0], seen[-1]
    return media_s * fraction / max(ended_s - began_s, 1e-3)


def prove(model_dir: Path, model_name: str, media: Path, cancel: CancelToken) -> None:
    """See that a model loads and hears what is said; blocks for seconds, for minutes with a large model.

    Weights that were damaged on their way often load, and then write without end or nothing at all. In a process of
    its own, on one thread and at the lowest priority, so that it may run beside a recording.

    Args:
        media: speech in English, more than a piece of it: the first piece is heard.

    Raises:
        TranscribeError: MODEL_BROKEN (it doesn't load), MODEL_NONSENSE, OUT_OF_MEMORY, CANCELLED.
    """
    heard: list[Segment] = []

    def listen(event: TranscriptionEvent) -> None:
        if isinstance(event, SegmentDone):
            heard.append(event.segment)

    limit_s = _PROOF_S + _PROOF_S * (model_dir / "model.bin").stat().st_size / 100e6
    begun_s = time.monotonic()

    def is_over() -> bool:
        return cancel.cancelled or time.monotonic() - begun_s > limit_s

    with _asked(model_dir, model_name, media, listen, so_far=True) as client:
        try:
            _wait(client, is_over)
        except TranscribeError as error:
            cancel.check()
            if error.code in {TranscribeCode.PROCESS_GONE, TranscribeCode.INTERNAL}:
                raise TranscribeError(TranscribeCode.MODEL_NONSENSE, model_name) from error
            if error.code is not TranscribeCode.CANCELLED:  # which ends what was heard so far, too
                raise
    believed = sum(len(segment.words) for segment in heard if not segment.flags)
    if believed < _PROOF_WORDS or 2 * believed < sum(len(segment.words) for segment in heard):
        raise TranscribeError(TranscribeCode.MODEL_NONSENSE, model_name)


@contextmanager
def _asked(
    model_dir: Path, model_name: str, media: Path, listen: Callable[[TranscriptionEvent], None], *, so_far: bool = False
) -> Iterator[TranscriptionClient]:
    """A process that transcribes English speech; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix="moderato-") as folder:
        request = TranscriptionRequest(
            sounds=(Sound(media, None, 0, "mic"),),
            model_dir=model_dir,
            model_name=model_name,
            language="en",
            journal=Path(folder) / "trial.jsonl",
            voices=False,
            so_far=so_far,
        )
        with TranscriptionClient.start(request, listen) as client:
            yield client


def _wait(client: TranscriptionClient, is_over: Callable[[], bool]) -> None:
    """Until all is heard, or until `is_over`: that raises CANCELLED, and what else goes wrong its own code."""
    while True:
        if is_over():
            client.cancel()
        try:
            client.wait(_LOOK_S)
        except TimeoutError:
            continue
        return


class Trials:
    """What trials found on this computer, kept in a file of the store."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, float]:
        """Speed by model; empty when nothing was tried, or the file is spoilt."""
        try:
            found = json.loads(self._path.read_bytes())
            return {str(name): float(speed) for name, speed in found.items() if 0 < float(speed) < 10_000}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def note(self, name: str, speed: float) -> None:
        """Keep what a trial found. Raises `OSError`."""
        found = {**self.all(), name: round(speed, 3)}
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(found, file, indent=1)
        part.replace(self._path)

    def speed_of(self, name: str) -> Speed | None:
        """What was measured, or an estimate from the measured model that computes about as much; None: neither."""
        found = self.all()
        if name in found:
            return Speed(found[name], measured=True)
        spec = spec_of(name)
        known = [(other, found[other.name]) for each in found if (other := spec_of(each)) is not None]
        if spec is None or not known:
            return None
        near, speed = min(known, key=lambda each: _distance(spec, each[0]))
        return Speed(speed * near.work / spec.work, measured=False)


def _distance(one: ModelSpec, other: ModelSpec) -> float:
    return max(one.work, other.work) / min(one.work, other.work)
