"""The speech models, as the window shows them: what is here, what comes, how fast each is, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import paths
from app.jobs import JobHandle, Jobs, Progress
from app.settings import settings
from app.speech_sample import LENGTH_S, sample_file
from app.transcription import default_model
from capture.running import recordings_running
from transcribe.cancel import CancelToken
from transcribe.catalogue import ModelSpec, spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.memory import check_memory, free_memory
from transcribe.model_store import DownloadProgress, ModelInfo, ModelStore
from transcribe.trial import Speed


class ModelStanding(StrEnum):
    """How it stands with a model."""

    ABSENT = "absent"
    PAUSED = "paused"  # a part of it is here
    LOADING = "loading"
    HERE = "here"
    TRYING = "trying"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model. `spec`: what the catalogue says, None for one that isn't listed; `fits`: into the memory there is."""

    name: str
    spec: ModelSpec | None
    standing: ModelStanding
    size_bytes: int
    packaged: bool = False
    speed: Speed | None = None
    fits: bool = True
    done_bytes: int = 0
    chosen: bool = False

    @property
    def is_here(self) -> bool:
        return self.standing in {ModelStanding.HERE, ModelStanding.TRYING}


class ModelsController(QObject):
    """Main thread only. One download, import or trial of a model at a time; several models may come at once.

    Signals:
        changed: `rows` are others.
        failed(Exception), done(words): what came of something the user asked for.
    """

    changed = Signal()
    failed = Signal(object)
    done = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rows: list[ModelRow] = []
        self._busy: dict[str, tuple[ModelStanding, JobHandle]] = {}
        self._progress: dict[str, DownloadProgress] = {}

    def rows(self) -> list[ModelRow]:
        """The catalogue's models, from the quickest to the most able, then others that are here."""
        return [self._now(row) for row in self._rows]

    def row(self, name: str) -> ModelRow | None:
        return next((row for row in self.rows() if row.name == name), None)

    def refresh(self) -> None:
        """Looks at the store, in the background."""
        preferred = settings().model

        def look(_cancel: CancelToken, _progress: Progress) -> list[ModelRow]:
            return read_rows(ModelStore(paths.models_dir()), preferred)

        def found(rows: list[ModelRow]) -> None:
            self._rows = rows
            self.changed.emit()

        self._jobs.run(self.tr("Looking for speech models"), look, found, quiet=True)

    def download(self, name: str) -> None:
        """Fetches a model, or goes on with one whose download was paused."""

        def fetch(cancel: CancelToken, tell: Callable[[DownloadProgress], None]) -> str:
            ModelStore(paths.models_dir()).download(name, on_progress=tell, cancel=cancel)
            return name

        words = self.tr("The speech model %1 is on this computer now.")
        self._load(name, self.tr("Downloading %1").replace("%1", name), fetch, words)

    def pause(self, name: str) -> None:
        """Stops a download; what is there is kept, also over the app's end."""
        if name in self._busy:
            self._busy[name][1].cancel()

    def discard(self, name: str) -> None:
        """Gives up what is here of a paused download."""
        self._quick(lambda store: store.discard_partial(name), "")

    def import_from(self, source: Path) -> None:
        """Takes a model from a folder or a zip."""
        name = source.name

        def copy(cancel: CancelToken, tell: Callable[[DownloadProgress], None]) -> str:
            store = ModelStore(paths.models_dir())
            return store.import_from(source, on_progress=tell, cancel=cancel, speech=sample_file()).name

        words = self.tr("The speech model %1 is on this computer now.")
        self._load(f"import {name}", self.tr("Importing %1").replace("%1", name), copy, words)

    def remove(self, name: str) -> None:
        """Takes a model off this computer."""
        if settings().model == name:
            settings().model = ""
        words = self.tr("The speech model %1 is removed.").replace("%1", name)
        self._quick(lambda store: store.remove(name), words)

    def use(self, name: str) -> None:
        """Takes this model for transcriptions from now on; "" takes the most able one that is here."""
        settings().model = name
        self.refresh()

    def try_model(self, name: str) -> None:
        """Finds out how fast a model is here; some ten seconds, and never beside a recording."""
        if recordings_running():
            self.failed.emit(TranscribeError(TranscribeCode.RECORDING_RUNS))
            return
        if any(standing is ModelStanding.TRYING for standing, _ in self._busy.values()):
            return

        def measure(cancel: CancelToken, _progress: Progress) -> float:
            spec = spec_of(name)
            if spec is not None:
                check_memory(spec, free_memory())
            return ModelStore(paths.models_dir()).try_model(name, sample_file(), LENGTH_S, cancel)

        def measured(speed: float) -> None:
            words = self.tr("%1 hears %2 seconds of speech in a second on this computer.")
            self.done.emit(words.replace("%1", name).replace("%2", f"{speed:.1f}"))

        title = self.tr("Trying %1").replace("%1", name)
        handle = self._jobs.run(title, measure, measured, self.failed.emit)
        self._follow(name, ModelStanding.TRYING, handle)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _load(
        self,
        key: str,
        title: str,
        act: Callable[[CancelToken, Callable[[DownloadProgress], None]], str],
        words: str,
    ) -> None:
        if key in self._busy:
            return
        text = self.tr("{done} of {all} MB")  # for the job's thread

        def work(cancel: CancelToken, progress: Progress) -> str:
            def tell(state: DownloadProgress) -> None:
                self._progress[key] = state  # one assignment: seen whole from the main thread
                total = max(1, state.total_bytes)
                done = text.format(done=state.done_bytes // 1_000_000, all=total // 1_000_000)
                progress(state.done_bytes / total, done)

            return act(cancel, tell)

        handle = self._jobs.run(
            title,
            work,
            lambda name: self.done.emit(words.replace("%1", name)),
            self.failed.emit,
            lambda _fraction, _text: self.changed.emit(),
        )
        self._follow(key, ModelStanding.LOADING, handle)

    def _follow(self, key: str, standing: ModelStanding, handle: JobHandle) -> None:
        self._busy[key] = (standing, handle)

        def over() -> None:
            self._busy.pop(key, None)
            self._progress.pop(key, None)
            self.refresh()

        handle.finished.connect(over)
        self.changed.emit()

    def _quick(self, act: Callable[[ModelStore], None], words: str) -> None:
        def work(_cancel: CancelToken, _progress: Progress) -> None:
            act(ModelStore(paths.models_dir()))

        def over(_result: None) -> None:
            self.refresh()
            if words:
                self.done.emit(words)

        def failed(error: Exception) -> None:
            self.refresh()
            self.failed.emit(error)

        self._jobs.run(self.tr("Changing the speech models"), work, over, failed, quiet=True)

    def _now(self, row: ModelRow) -> ModelRow:
        if row.name not in self._busy:
            return row
        standing, _handle = self._busy[row.name]
        progress = self._progress.get(row.name)
        if progress is None:
            return replace(row, standing=standing)
        return replace(row, standing=standing, done_bytes=progress.done_bytes, size_bytes=progress.total_bytes)


def read_rows(store: ModelStore, preferred: str) -> list[ModelRow]:
    """What is in the store and in the catalogue; reads the disk."""
    here = {model.name: model for model in store.installed()}
    partly = {each.name: each.done_bytes for each in store.partials()}
    trials, free = store.trials(), free_memory()
    chosen = preferred or default_model(store)
    names = [spec.name for spec in store.catalogue()]
    names += [name for name in here if spec_of(name) is None]
    rows = []
    for name in names:
        spec, model = spec_of(name), here.get(name)
        standing = ModelStanding.HERE if model is not None else ModelStanding.ABSENT
        if model is None and partly.get(name):
            standing = ModelStanding.PAUSED
        rows.append(
            ModelRow(
                name,
                spec,
                standing,
                _size(model, spec),
                packaged=model is not None and model.source == "packaged",
                speed=trials.speed_of(name),
                fits=spec is None or free is None or spec.memory_bytes <= free,
                done_bytes=partly.get(name, 0),
                chosen=name == chosen,
            )
        )
    return rows


def _size(model: ModelInfo | None, spec: ModelSpec | None) -> int:
    if model is not None:
        return model.size_bytes
    return spec.size_bytes if spec is not None else 0
