"""Whisper through faster-whisper and CTranslate2, without any network.

Imported in the transcriber process only.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import faster_whisper  # noqa: TID253
import numpy as np
from numpy.typing import NDArray

from transcribe.audio import SAMPLE_RATE
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_files import check_model_folder
from transcribe.models import Segment, Word
from transcribe.pieces import later

log = logging.getLogger("transcribe.engine")

_BEAM = 5
_AGAIN: dict[str, Any] = {"beam_size": 8, "temperature": 0.0, "repetition_penalty": 1.1, "no_repeat_ngram_size": 5}


class _Whisper(faster_whisper.WhisperModel):  # type: ignore[misc]
    """The library's model, with silence where a sound ends before the 30 s that the model looks at."""

    def encode(self, features: NDArray[np.float32]) -> Any:
        """As the library's; of several windows one after the other on a processor, where each needs 50 MB and more."""
        features = filled_with_silence(features)
        if features.ndim == 2 or len(features) == 1 or self.model.device != "cpu":
            return super().encode(features)
        windows = [np.asarray(super(_Whisper, self).encode(window)) for window in features]
        return ctranslate2.StorageView.from_array(np.concatenate(windows))


def filled_with_silence(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same, its empty end as quiet as its quietest.

    Whisper was trained with sound that was filled up with silence, which is the least that a spectrum holds. The
    library fills the spectrum itself up with zeros: a hiss of medium loudness, in which words are lost and put in.
    """
    windows = np.array(features, np.float32, copy=True)
    for window in windows.reshape(-1, *windows.shape[-2:]):
        filled = np.flatnonzero(window.any(axis=0))
        if len(filled):
            length = int(filled[-1]) + 1
            window[:, length:] = window[:, :length].min()
    return windows


class FasterWhisperEngine:
    """One model in memory, on the graphics card where CUDA works.

    Attributes:
        device: 'cuda' or 'cpu'.
        setback: why the processor does the work though there is a card; empty otherwise.

    Raises:
        TranscribeError: MODEL_BROKEN (what is missing or what the library says), OUT_OF_MEMORY.
    """

    def __init__(self, model_dir: Path, *, vocabulary: Sequence[str] = (), threads: int | None = None) -> None:
        check_model_folder(model_dir)
        self._hotwords = ", ".join(vocabulary) or None
        self._model, self.device, self.setback = _load(model_dir, threads)
        if self._model.model.n_mels != self._model.feature_extractor.mel_filters.shape[0]:
            # Large models need it and load without it; they would fail at the first sound.
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{model_dir}: preprocessor_config.json")

    def known(self, language: str) -> str:
        """See `TranscriptionEngine`."""
        code = language.lower().replace("_", "-").split("-")[0]
        if code not in self._model.supported_languages:
            raise TranscribeError(TranscribeCode.LANGUAGE_UNKNOWN, language)
        return code

    @property
    def only_language(self) -> str:
        """See `TranscriptionEngine`."""
        return "" if self._model.model.is_multilingual else "en"

    def languages(self, audio: NDArray[np.float32]) -> Mapping[str, float]:
        """See `TranscriptionEngine`."""
        with memory_errors():
            _, _, found = self._model.detect_language(audio)
        return dict(found)

    def hear(
        self, audio: NDArray[np.float32], language: str, *, again: bool = False, cancel: CancelToken
    ) -> list[Segment]:
        """See `TranscriptionEngine`."""
        return self._said(audio, cancel, language=language, hotwords=self._hotwords, **(_AGAIN if again else {}))

    @property
    def can_translate(self) -> bool:
        """See `TranscriptionEngine`."""
        return not self.only_language

    def translate(self, audio: NDArray[np.float32], language: str, *, cancel: CancelToken) -> list[Segment]:
        """See `TranscriptionEngine`."""
        return self._said(audio, cancel, language=language, task="translate")

    def hear_together(
        self, audios: Sequence[NDArray[np.float32]], language: str, *, cancel: CancelToken
    ) -> list[list[Segment]]:
        """See `TranscriptionEngine`."""
        cancel.check()
        ends = np.cumsum([len(audio) for audio in audios])
        starts = ends - [len(audio) for audio in audios]
        pipeline = faster_whisper.BatchedInferencePipeline(self._model)
        with memory_errors():
            segments, _ = pipeline.transcribe(
                np.concatenate(audios),
                language=language,
                clip_timestamps=[
                    {"start": start / SAMPLE_RATE, "end": end / SAMPLE_RATE}
                    for start, end in zip(starts, ends, strict=True)
                ],
                batch_size=len(audios),
                beam_size=_BEAM,
                word_timestamps=True,
                without_timestamps=False,
                hotwords=self._hotwords,
            )
            found = list(segments)
        result: list[list[Segment]] = [[] for _ in audios]
        for raw in found:
            place = int(np.searchsorted(ends, raw.seek * SAMPLE_RATE // 100 + SAMPLE_RATE // 2, side="right"))
            place = min(place, len(audios) - 1)
            first_ns, end_ns = (int(n) * 1_000_000_000 // SAMPLE_RATE for n in (starts[place], ends[place]))
            segment = later(convert(raw, 0, end_ns), -first_ns)
            if segment.text:
                result[place].append(segment)
        return result

    def _said(self, audio: NDArray[np.float32], cancel: CancelToken, **options: Any) -> list[Segment]:
        cancel.check()
        with memory_errors():
            segments, _ = self._model.transcribe(
                audio,
                word_timestamps=True,
                condition_on_previous_text=False,  # one wrong window must not spoil the rest of the session
                **options,
            )
        return list(_heard(segments, len(audio) * 1_000_000_000 // SAMPLE_RATE, cancel))


def _load(model_dir: Path, threads: int | None) -> tuple[Any, str, str]:
    """The model, where it runs, and why not on the card. `threads`: it is to be gentle, so no card either."""
    setback = ""
    try:
        cards = ctranslate2.get_cuda_device_count() if threads is None else 0
    except RuntimeError:  # a driver that doesn't fit
        cards = 0
    if cards:
        try:
            model = _Whisper(str(model_dir), device="cuda", local_files_only=True)
            # Libraries of CUDA that are missing are missed at the first sound only.
            model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
        except Exception as error:  # noqa: BLE001  # missing libraries, an old card, no memory: each has its own type
            setback = str(error).strip().split("\n")[0]
            log.warning("the graphics card can't be used: %s", setback)
        else:
            return model, "cuda", ""
    try:
        with memory_errors(str(model_dir)):
            model = _Whisper(
                str(model_dir),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads or _processors(),
                local_files_only=True,
            )
    except TranscribeError:
        raise
    except Exception as error:  # the native loader raises whatever it likes for a damaged file
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{model_dir}: {error}") from error
    return model, "cpu", setback


def _heard(segments: Iterator[Any], end_ns: int, cancel: CancelToken) -> Iterator[Segment]:
    while True:
        cancel.check()
        with memory_errors():
            raw = next(segments, None)
        if raw is None:
            return
        segment = convert(raw, 0, end_ns)
        if segment.text:
            yield segment


@contextlib.contextmanager
def memory_errors(detail: str = "") -> Iterator[None]:
    """Turn every way in which Python and the native libraries say "no memory left" into OUT_OF_MEMORY."""
    try:
        yield
    except MemoryError as error:
        raise TranscribeError(TranscribeCode.OUT_OF_MEMORY, detail) from error
    except RuntimeError as error:
        # MKL, oneDNN and onnxruntime have no type of their own for it; the text is all there is.
        if "alloc" in str(error).lower():
            raise TranscribeError(TranscribeCode.OUT_OF_MEMORY, detail) from error
        raise


def convert(raw: Any, t0_ns: int, end_ns: int) -> Segment:
    """A segment of faster-whisper (seconds) on the session's clock, kept within `t0_ns`..`end_ns` and in order."""

    def at(seconds: float) -> int:
        return min(max(t0_ns + round(float(seconds) * 1e9), t0_ns), end_ns)

    words: list[Word] = []
    for word in raw.words or ():
        start_ns = max(at(word.start), words[-1].t_end_ns if words else t0_ns)
        text = word.word.strip()
        if text:
            words.append(Word(start_ns, max(start_ns, at(word.end)), text, float(word.probability)))
    start_ns = words[0].t_start_ns if words else at(raw.start)
    return Segment(
        t_start_ns=start_ns,
        t_end_ns=words[-1].t_end_ns if words else max(start_ns, at(raw.end)),
        text=raw.text.strip(),
        words=tuple(words),
        avg_logprob=float(raw.avg_logprob),
        no_speech_prob=float(raw.no_speech_prob),
        compression=float(raw.compression_ratio),
    )


def _processors() -> int:
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
