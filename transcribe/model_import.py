"""Models that come on a stick or from a colleague: a folder or a zip, looked at before a byte of it is trusted."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from transcribe.cancel import CancelToken
from transcribe.catalogue import CATALOGUE
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_files import MARKER, PATTERNS, missing_files, read_marker
from transcribe.storage import storage_error

_BLOCK = 4 * 1024 * 1024
_LARGEST = 20_000_000_000
"""No model comes near; what claims to be larger is no model."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of what is imported. `open` gives its content."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported: its files, a name for it, and the checksums it brings along."""

    name: str
    files: tuple[SourceFile, ...]
    sha256: dict[str, str]
    repo: str

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """A folder or a zip with a model in it; of a zip only the model's own files, by their bare names, are ever taken.

    Raises:
        TranscribeError: MODEL_NOT_THERE, MODEL_BROKEN (no model, a file is missing, not readable).
    """
    if not path.exists():
        raise TranscribeError(TranscribeCode.MODEL_NOT_THERE, str(path))
    if path.is_dir():
        try:
            source = _folder(path)
        except OSError as error:
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {error.strerror or error}") from error
        yield source
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield _zip(path, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {error}") from error
    except OSError as error:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {error.strerror or error}") from error


def copy(
    source: Source, target: Path, *, on_size: Callable[[int], None], cancel: CancelToken
) -> dict[str, tuple[int, str]]:
    """Bring the files to `target` and check them; size and sha256 of each. `on_size` hears bytes copied so far.

    Raises:
        TranscribeError: MODEL_BROKEN (a checksum, or a file other than it says), DISK_FULL, FOLDER_UNWRITABLE,
            CANCELLED.
    """
    done = 0
    found: dict[str, tuple[int, str]] = {}
    for file in sorted(source.files, key=lambda file: file.size):
        digest, size = hashlib.sha256(), 0
        with file.open() as content:
            try:
                sink = open(os.open(target / file.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")  # noqa: PTH123, SIM115
            except OSError as error:
                raise storage_error(error, target) from error
            with sink:
                while block := _read(content, file.name):
                    cancel.check()
                    size += len(block)
                    if size > file.size:
                        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{file.name}: longer than it says")
                    digest.update(block)
                    try:
                        sink.write(block)
                    except OSError as error:
                        raise storage_error(error, target) from error
                    on_size(done + size)
        wanted = source.sha256.get(file.name)
        if size != file.size or (wanted is not None and wanted != digest.hexdigest()):
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{file.name}: checksum")
        done += size
        found[file.name] = (size, digest.hexdigest())
    return found


def _folder(path: Path) -> Source:
    names = {entry.name for entry in path.iterdir() if entry.is_file()}
    if "model.bin" not in names:  # the folder above it, as a zip unpacks
        inner = [entry for entry in sorted(path.iterdir()) if (entry / "model.bin").is_file()]
        if len(inner) == 1:
            return _folder(inner[0])
    files = tuple(
        SourceFile(name, (path / name).stat().st_size, _file_opener(path / name))
        for name in sorted(names)
        if _is_needed(name)
    )
    return _checked(path.resolve().name, path, files, (path / MARKER).read_bytes() if MARKER in names else b"")


def _zip(path: Path, archive: zipfile.ZipFile) -> Source:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    weights = [entry for entry in entries if PurePosixPath(entry.filename.replace("\\", "/")).name == "model.bin"]
    if len(weights) != 1:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {'model.bin' if not weights else 'two models'}")
    home = PurePosixPath(weights[0].filename.replace("\\", "/")).parent
    files: dict[str, SourceFile] = {}
    marker = b""
    for entry in entries:
        place = PurePosixPath(entry.filename.replace("\\", "/"))
        if place.parent != home or entry.external_attr >> 28 == 0xA:  # a link
            continue
        if entry.flag_bits & 1:
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: locked with a password")
        if place.name == MARKER and entry.file_size < 1_000_000:
            marker = archive.read(entry)
        elif _is_needed(place.name):
            files[place.name] = SourceFile(place.name, entry.file_size, _opener(archive, entry))
    inside = home.name if home.name not in {"", ".", ".."} else path.stem
    return _checked(inside, path, tuple(files.values()), marker)


def _read(content: IO[bytes], name: str) -> bytes:
    try:
        return content.read(_BLOCK)
    except OSError as error:  # a stick that was pulled out
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{name}: {error.strerror or error}") from error


def _file_opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(entry)


def _checked(name: str, path: Path, files: tuple[SourceFile, ...], marker: bytes) -> Source:
    missing = missing_files({file.name for file in files if file.size})
    if missing:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: {', '.join(missing)}")
    known = read_marker(marker)
    source = Source(_model_name(name, known.repo), files, known.sha256, known.repo)
    if source.size > _LARGEST:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{path}: too large")
    return source


def _model_name(name: str, repo: str) -> str:
    """The catalogue's name where it can be told, else the folder's, without what a file system refuses."""
    for spec in reversed(CATALOGUE):  # large-v3-turbo before large-v3
        if repo == spec.repo or name in {spec.name, spec.repo.rpartition("/")[2]}:
            return spec.name
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:60]
    return kept or "model"


def _is_needed(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in PATTERNS)


def marker_text(repo: str, commit: str, files: dict[str, tuple[int, str]]) -> str:
    """The note that is left in a model's folder: where from, sizes and checksums."""
    value = {
        "repo": repo,
        "commit": commit,
        "files": {name: size for name, (size, _) in files.items()},
        "sha256": {name: sha256 for name, (_, sha256) in files.items() if sha256},
    }
    return json.dumps(value, indent=1)
