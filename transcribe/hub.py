"""Fetching files of a model repository from the Hugging Face hub, or a server that speaks like it.

The owner of huggingface_hub in this package; `model_store` imports it when something is to be downloaded.
huggingface_hub describes the repository, finds the addresses and reads the server's refusals. The bytes are fetched
here, because its own downloader (2.x) throws away what it has when a download is interrupted, can't be cancelled,
and waits without bound; nothing of its cache is used, so nothing is written outside the model folder.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import huggingface_hub  # noqa: TID253
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled  # noqa: TID253
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: TID253
    build_hf_headers,
    hf_raise_for_status,
)

from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_files import PATTERNS
from transcribe.storage import storage_error

_TIMEOUT = httpx2.Timeout(15.0, connect=6.0)
_RETRY_WAITS_S = (0.5, 1.0, 2.0)  # after each failure in a row without a new byte; then it gives up
_LOOK_EVERY_S = 0.1
_HASH_BLOCK = 4 * 1024 * 1024
_one_at_a_time = threading.Lock()  # huggingface_hub has one connection pool for all, which is closed after use


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. Large ones carry a sha256, small ones the hash that git gives them."""

    name: str
    size: int
    sha256: str | None
    git_sha1: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds of a model at one commit."""

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]


class Hub:
    """A visit to the hub. `endpoint` None is the public one. Use in a `with` statement, from one thread.

    Every method raises `TranscribeError`: MODEL_NO_NETWORK (no answer, or the connection is lost for good),
    MODEL_UNAVAILABLE (the server refuses or talks nonsense), CANCELLED; writing ones DISK_FULL and
    FOLDER_UNWRITABLE too.
    """

    def __init__(self, endpoint: str | None, cancel: CancelToken) -> None:
        self._endpoint = endpoint
        self._cancel = cancel
        # No token, ever: the models are public, and the user's own is none of our business.
        self._headers = build_hf_headers(token=False, library_name="moderato", library_version="1")
        # Compressed answers would make sizes and ranges meaningless.
        self._headers["accept-encoding"] = "identity"

    def __enter__(self) -> Self:
        while not _one_at_a_time.acquire(timeout=0.2):
            self._cancel.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        huggingface_hub.close_session()
        _one_at_a_time.release()

    def listing(self, repo: str) -> Listing:
        """The model's files in `repo` as they are now."""
        self._cancel.check()
        api = huggingface_hub.HfApi(endpoint=self._endpoint, token=False)
        with _worded(repo):
            # A number, and a short one: this call has no other bound.
            info = api.model_info(repo, files_metadata=True, timeout=10.0)
        if info.sha is None or not re.fullmatch(r"[0-9a-f]{7,64}", info.sha):
            raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, f"{repo}: no commit")
        files = []
        for entry in info.siblings or ():
            name = entry.rfilename
            if "/" in name or "\\" in name or not any(fnmatch.fnmatchcase(name, p) for p in PATTERNS):
                continue
            size = entry.lfs.size if entry.lfs is not None else entry.size
            if size is None:
                raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, f"{repo}: {name} has no size")
            files.append(RemoteFile(name, size, entry.lfs.sha256 if entry.lfs else None, entry.blob_id))
        return Listing(repo, info.sha, tuple(files))

    def fetch(self, listing: Listing, file: RemoteFile, target: Path, on_size: Callable[[int], None]) -> None:
        """Bring `file` to `target`, which appears complete and checked, or not at all.

        What is there of an earlier attempt (`target` + `.part`) is continued. `on_size` hears the bytes on disk.
        A hash that doesn't fit deletes what was fetched and raises MODEL_BROKEN.
        """
        part = target.with_name(f"{target.name}.part")
        url = huggingface_hub.hf_hub_url(listing.repo, file.name, revision=listing.commit, endpoint=self._endpoint)
        failures = 0
        while (have := _size(part)) != file.size or not part.exists():
            self._cancel.check()
            try:
                with _worded(f"{listing.repo}/{file.name}"):
                    self._stream(url, file, part, have if have < file.size else 0, on_size)
            except TranscribeError as error:
                if error.code is not TranscribeCode.MODEL_NO_NETWORK:
                    raise
                failures = 0 if _size(part) > have else failures + 1
                if failures > len(_RETRY_WAITS_S):
                    raise
                self._cancel.wait(_RETRY_WAITS_S[max(failures - 1, 0)])
        self._verify(file, part)
        try:
            with part.open("rb") as whole:
                os.fsync(whole.fileno())
            part.replace(target)
        except OSError as error:
            raise storage_error(error, target.parent) from error

    def _stream(self, url: str, file: RemoteFile, part: Path, have: int, on_size: Callable[[int], None]) -> None:
        headers = {**self._headers, **({"range": f"bytes={have}-"} if have else {})}
        session = huggingface_hub.get_session()
        with (
            session.stream("GET", url, headers=headers, timeout=_TIMEOUT) as response,
            _hanging_up(response, self._cancel),
        ):
            if have and response.status_code == 416:
                part.unlink()  # the server knows a shorter file; begin again
                return
            hf_raise_for_status(response)
            if have and response.status_code != 206:
                have = 0  # it doesn't do ranges and sends all
            flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if have else os.O_TRUNC)
            try:
                with open(os.open(part, flags, 0o600), "wb", buffering=0) as sink:  # noqa: PTH123 - a descriptor
                    for chunk in response.iter_bytes():
                        self._cancel.check()
                        have += len(chunk)
                        if have > file.size:
                            raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, f"{file.name}: too long")
                        rest = memoryview(chunk)
                        while rest:  # unbuffered: what is reported is on disk
                            rest = rest[sink.write(rest) :]
                        on_size(have)
            except OSError as error:
                raise storage_error(error, part.parent) from error
        if have < file.size:
            raise TranscribeError(TranscribeCode.MODEL_NO_NETWORK, f"{file.name}: broke off")

    def _verify(self, file: RemoteFile, part: Path) -> None:
        if file.sha256 is not None:
            wanted, digest = file.sha256, hashlib.sha256()
        elif file.git_sha1 is not None:
            wanted, digest = file.git_sha1, hashlib.sha1(usedforsecurity=False)
            digest.update(f"blob {file.size}\0".encode())
        else:
            return
        try:
            with part.open("rb") as content:
                while block := content.read(_HASH_BLOCK):
                    self._cancel.check()
                    digest.update(block)
            if digest.hexdigest() != wanted:
                part.unlink()
                raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{file.name}: checksum")
        except OSError as error:
            raise storage_error(error, part.parent) from error


@contextlib.contextmanager
def _hanging_up(response: httpx2.Response, cancel: CancelToken) -> Iterator[None]:
    """Break the connection when cancelled, since a read from a silent server can't be interrupted otherwise."""
    over = threading.Event()
    connection: socket.socket = response.extensions["network_stream"].get_extra_info("socket")

    def watch() -> None:
        while not over.wait(_LOOK_EVERY_S):
            if cancel.cancelled:
                with contextlib.suppress(OSError):  # the other end may have been quicker
                    connection.shutdown(socket.SHUT_RDWR)
                return

    watcher = threading.Thread(target=watch, name="download-cancel")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextlib.contextmanager
def _worded(what: str) -> Iterator[None]:
    """Errors of the libraries as this package's; order matters, some of them are OSErrors besides."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise TranscribeError(TranscribeCode.MODEL_NO_NETWORK, "HF_HUB_OFFLINE") from error
    except HfHubHTTPError as error:
        detail = f"{what}: HTTP {error.response.status_code}"
        raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, detail) from error
    except httpx2.TransportError as error:
        raise TranscribeError(TranscribeCode.MODEL_NO_NETWORK, str(error) or type(error).__name__) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, KeyError) as error:
        # A sign-in page of a hotel's network answers every request with something.
        raise TranscribeError(TranscribeCode.MODEL_UNAVAILABLE, f"{what}: {error}") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
