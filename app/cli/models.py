"""`moderato models`: the speech models on this computer, and how more come here."""

from __future__ import annotations

import argparse
import json

from app import paths
from app.cli.progress import ProgressLine
from app.speech_sample import LENGTH_S, sample_file
from transcribe.cancel import CancelToken
from transcribe.catalogue import spec_of
from transcribe.memory import check_memory, free_memory
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.trial import Speed


def run(options: argparse.Namespace) -> int:
    """Does what `options.action` says."""
    store = ModelStore(paths.models_dir())
    match options.action:
        case "list":
            _list(store, as_json=options.json)
        case "download":
            with _Line(f"Downloading the model {options.name}") as line:
                model = store.download(options.name, on_progress=line.show, cancel=CancelToken())
            print(f"{model.name} is in {model.path}")
        case "import":
            with _Line(f"Importing {options.source}") as line:
                model = store.import_from(
                    options.source,
                    name=options.name,
                    on_progress=line.show,
                    cancel=CancelToken(),
                    speech=sample_file(),
                )
            print(f"{model.name} is in {model.path}")
        case "remove":
            store.remove(options.name)
            print(f"{options.name} is removed.")
        case "check":
            store.check(options.name, CancelToken())
            print(f"{options.name} is complete and unchanged.")
        case "try":
            spec = spec_of(options.name)
            if spec is not None:
                check_memory(spec, free_memory())
            speed = store.try_model(options.name, sample_file(), LENGTH_S, CancelToken())
            print(f"{options.name} hears {speed:.1f} s of speech in a second on this computer.")
    return 0


class _Line(ProgressLine):
    """A progress line for bytes."""

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def show(self, progress: DownloadProgress) -> None:  # type: ignore[override]
        total = max(1, progress.total_bytes)
        super().show(progress.done_bytes / total, f"{progress.total_bytes / 1e6:.0f} MB")


def _list(store: ModelStore, *, as_json: bool) -> None:
    trials = store.trials()
    here = {model.name: model for model in store.installed()}
    partly = {each.name: each.done_bytes for each in store.partials()}
    rows = []
    for name in [*(spec.name for spec in store.catalogue()), *(name for name in here if spec_of(name) is None)]:
        spec, model, speed = spec_of(name), here.get(name), trials.speed_of(name)
        rows.append(
            {
                "name": name,
                "here": model is not None,
                "source": model.source if model is not None else None,
                "size_bytes": model.size_bytes if model is not None else spec.size_bytes if spec is not None else None,
                "fetched_bytes": partly.get(name),
                "memory_bytes": spec.memory_bytes if spec is not None else None,
                "languages": spec.languages if spec is not None else None,
                "speed": round(speed.factor, 2) if speed is not None else None,
                "speed_measured": speed.measured if speed is not None else None,
            }
        )
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'model':<18}{'size':>9}{'memory':>9}  {'languages':<10}{'speed here':<24}state")
    for name, row in zip([str(row["name"]) for row in rows], rows, strict=True):
        print(
            f"{name:<18}{_mb(row['size_bytes']):>9}{_mb(row['memory_bytes']):>9}  {_languages(row['languages']):<10}"
            f"{_speed(trials.speed_of(name)):<24}{_state(row)}"
        )


def _mb(size: object) -> str:
    return f"{size / 1e6:.0f} MB" if isinstance(size, int) else "–"


def _languages(count: object) -> str:
    return "English" if count == 1 else str(count) if count else "–"


def _speed(speed: Speed | None) -> str:
    if speed is None:
        return "not tried"
    return f"{speed.factor:.1f}× speech" + ("" if speed.measured else " (estimate)")


def _state(row: dict[str, object]) -> str:
    if row["here"]:
        return "on this computer"
    done = row["fetched_bytes"]
    return f"{_mb(done)} fetched" if done else ""
