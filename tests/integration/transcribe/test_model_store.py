"""Models on disk and over the wire, against a local server; and what a broken one is called."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.transcribe.hub_server import COMMIT, FakeHub
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_store import DownloadProgress, ModelInfo, ModelStore

WEIGHTS = b"\x06\0\0\0\x0c\0WhisperSpec\0" + os.urandom(3_000_000)


@pytest.fixture
def hub(hub: FakeHub) -> FakeHub:
    hub.files = {
        "model.bin": WEIGHTS,
        "config.json": b'{"alignment_heads": []}',
        "tokenizer.json": b"{}" + b" " * 5000,
        "vocabulary.json": b"[]" + b" " * 5000,
        "README.md": b"not needed",
        ".gitattributes": b"not needed",
    }
    return hub


@pytest.fixture
def store(tmp_path: Path, hub: FakeHub) -> ModelStore:
    return ModelStore(tmp_path / "models", endpoint=hub.endpoint)


class Download:
    """One download and what it told."""

    def __init__(self, store: ModelStore, name: str = "base", *, cancel: CancelToken | None = None) -> None:
        self.progress: list[DownloadProgress] = []
        self.info: ModelInfo | None = None
        self.error: TranscribeError | None = None
        try:
            self.info = store.download(name, on_progress=self.progress.append, cancel=cancel or CancelToken())
        except TranscribeError as error:
            self.error = error

    @property
    def code(self) -> TranscribeCode | None:
        return self.error.code if self.error else None


def _names(store: ModelStore) -> set[str]:
    return {model.name for model in store.installed() if model.source != "packaged"}


def _code(act: Callable[[], object]) -> TranscribeCode:
    with pytest.raises(TranscribeError) as caught:
        act()
    return caught.value.code


def test_download_brings_the_needed_files_with_progress_and_closed_modes(
    store: ModelStore, tmp_path: Path, hub: FakeHub
) -> None:
    old_mask = os.umask(0)
    try:
        download = Download(store)
    finally:
        os.umask(old_mask)
    assert download.error is None
    assert download.info is not None
    folder = tmp_path / "models" / "base"
    assert download.info.path == folder
    assert store.resolve("base") == folder
    assert {p.name for p in folder.iterdir()} == {*hub.files, "moderato.json"} - {"README.md", ".gitattributes"}
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    done = [p.done_bytes for p in download.progress]
    assert done == sorted(done)
    assert done[-1] == download.progress[-1].total_bytes
    assert any(0 < p.done_bytes < p.total_bytes for p in download.progress)
    assert [(m.name, m.source) for m in store.installed() if m.name == "base"] == [("base", "downloaded")]
    modes = {p: p.stat().st_mode & 0o777 for p in [tmp_path / "models", *(tmp_path / "models").rglob("*")]}
    assert not [path for path, mode in modes.items() if mode & 0o077]
    # The public commit is asked for, not a branch that may move between two files.
    assert all(f"/resolve/{COMMIT}/" in path for _, path, _ in hub.requests[1:])


def test_a_second_download_asks_nobody(store: ModelStore, hub: FakeHub) -> None:
    assert Download(store).error is None
    asked = len(hub.requests)
    assert Download(store).error is None
    assert len(hub.requests) == asked


def test_nothing_is_written_outside_the_store_and_no_secret_is_sent(
    store: ModelStore, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    home = Path(os.environ["HOME"])
    before = set(home.rglob("*"))
    assert Download(store).error is None
    assert {p for p in set(home.rglob("*")) - before if "hugging" in str(p).lower()} == set()
    assert {p.name for p in tmp_path.iterdir()} == {"models"}
    sent = " ".join(f"{name}: {value}" for name, value in hub.headers)
    assert "hf_secret" not in sent
    assert "torch/" not in sent
    assert all(path.startswith(("/api/models/Systran/", "/Systran/")) for _, path, _ in hub.requests)


def test_cancel_ends_a_stalled_download_at_once_and_the_next_call_continues(
    store: ModelStore, hub: FakeHub, tmp_path: Path
) -> None:
    hub.gate = threading.Event()  # after a kilobyte the server says nothing more
    downloads: list[Download] = []
    cancel = CancelToken()
    thread = threading.Thread(target=lambda: downloads.append(Download(store, cancel=cancel)))
    thread.start()
    part = tmp_path / "models" / ".partial" / "base" / COMMIT / "model.bin.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    cancel.cancel()
    thread.join(10)  # its patience with the server is longer than that
    assert downloads
    assert downloads[0].code is TranscribeCode.CANCELLED
    assert not _names(store)
    assert _code(lambda: store.resolve("base")) is TranscribeCode.MODEL_MISSING
    hub.gate.set()
    second = Download(store)
    assert second.error is None
    assert hub.sent("model.bin")[1:] == ["bytes=1024-"]
    assert len(hub.sent("config.json")) == 1  # complete ones aren't fetched again
    assert second.progress[0].done_bytes > 0
    assert (store.resolve("base") / "model.bin").read_bytes() == WEIGHTS


def test_cancel_before_the_start(store: ModelStore) -> None:
    cancel = CancelToken()
    cancel.cancel()
    progress: list[DownloadProgress] = []
    code = _code(lambda: store.download("base", on_progress=progress.append, cancel=cancel))
    assert code is TranscribeCode.CANCELLED


def test_torn_connections_are_taken_up_again(store: ModelStore, hub: FakeHub) -> None:
    hub.cut_after = 1_000_000
    assert Download(store).error is None
    assert len(hub.sent("model.bin")) > 1
    assert (store.resolve("base") / "model.bin").read_bytes() == WEIGHTS


def test_a_server_without_ranges_sends_all_again(store: ModelStore, hub: FakeHub) -> None:
    hub.cut_after = 1_000_000
    hub.die_after_cut = True
    assert Download(store).code is TranscribeCode.MODEL_NO_NETWORK
    hub.cut_after, hub.dead, hub.ranges = None, False, False
    assert Download(store).error is None
    assert (store.resolve("base") / "model.bin").read_bytes() == WEIGHTS


def test_a_server_that_dies_half_way_leaves_nothing_installed(store: ModelStore, hub: FakeHub) -> None:
    hub.cut_after = 1_000_000
    hub.die_after_cut = True
    started = time.monotonic()
    assert Download(store).code is TranscribeCode.MODEL_NO_NETWORK
    assert time.monotonic() - started < 40  # it gives up, and doesn't try for minutes
    assert not _names(store)
    hub.cut_after, hub.dead = None, False
    assert Download(store).error is None


def test_nobody_listens(tmp_path: Path) -> None:
    with FakeHub() as hub:
        endpoint = hub.endpoint
    download = Download(ModelStore(tmp_path / "models", endpoint=endpoint))
    assert download.code is TranscribeCode.MODEL_NO_NETWORK
    unknown_host = ModelStore(tmp_path / "models", endpoint="http://moderato.invalid")
    assert Download(unknown_host).code is TranscribeCode.MODEL_NO_NETWORK


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_server_that_refuses(store: ModelStore, hub: FakeHub, status: int) -> None:
    hub.status = status
    download = Download(store)
    assert download.code is TranscribeCode.MODEL_UNAVAILABLE
    assert download.error is not None
    assert str(status) in download.error.detail


def test_a_sign_in_page_instead_of_the_hub(store: ModelStore, hub: FakeHub) -> None:
    hub.listing = b"<html>Welcome to the hotel</html>"
    assert Download(store).code is TranscribeCode.MODEL_UNAVAILABLE


def test_a_repository_without_weights(store: ModelStore, hub: FakeHub) -> None:
    del hub.files["model.bin"]
    download = Download(store)
    assert download.code is TranscribeCode.MODEL_UNAVAILABLE
    assert "model.bin" in str(download.error)


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_wrong_checksum_installs_nothing_and_a_later_try_begins_anew(
    store: ModelStore, hub: FakeHub, name: str
) -> None:
    hub.lie_about = name
    download = Download(store)
    assert download.code is TranscribeCode.MODEL_BROKEN
    assert name in str(download.error)
    assert not _names(store)
    hub.lie_about = None
    assert Download(store).error is None


def test_a_new_commit_drops_the_parts_of_the_old_one(store: ModelStore, hub: FakeHub, tmp_path: Path) -> None:
    stale = tmp_path / "models" / ".partial" / "base" / "deadbeef"
    stale.mkdir(parents=True)
    (stale / "model.bin.part").write_bytes(b"of another version")
    assert Download(store).error is None
    assert hub.sent("model.bin") == [None]
    assert not (tmp_path / "models" / ".partial" / "base").exists()


def test_full_disk(store: ModelStore, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    assert Download(store).code is TranscribeCode.DISK_FULL
    assert not _names(store)


def test_store_that_cannot_be_made(tmp_path: Path, hub: FakeHub) -> None:
    (tmp_path / "file").touch()
    store = ModelStore(tmp_path / "file" / "models", endpoint=hub.endpoint)
    assert Download(store).code is TranscribeCode.FOLDER_UNWRITABLE


def test_two_downloads_of_one_model_at_once(store: ModelStore, hub: FakeHub) -> None:
    done: list[Download] = []
    threads = [threading.Thread(target=lambda: done.append(Download(store))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [download.error for download in done] == [None, None]
    assert len(hub.sent("model.bin")) == 1


def test_unknown_and_missing_names(store: ModelStore) -> None:
    assert Download(store, "gigantic").code is TranscribeCode.MODEL_UNKNOWN
    assert _code(lambda: store.resolve("gigantic")) is TranscribeCode.MODEL_UNKNOWN
    assert _code(lambda: store.resolve("")) is TranscribeCode.MODEL_UNKNOWN
    assert _code(lambda: store.resolve("large-v3")) is TranscribeCode.MODEL_MISSING
    assert _code(lambda: store.resolve("turbo")) is TranscribeCode.MODEL_MISSING  # faster-whisper's other name
    assert _code(lambda: store.resolve("no/such/folder")) is TranscribeCode.MODEL_MISSING


def test_the_catalogue_is_faster_whispers(store: ModelStore) -> None:
    from faster_whisper.utils import _MODELS

    for spec in store.catalogue():
        assert _MODELS[spec.name] == spec.repo
    assert set(_MODELS) - {spec.name for spec in store.catalogue()} == {"large", "turbo"}
    english = {spec.name for spec in store.catalogue() if not spec.multilingual}
    assert {"tiny.en", "distil-large-v3"} <= english
    assert "large-v3-turbo" not in english


def test_packaged_model_is_found(store: ModelStore, model_dir: Path) -> None:
    assert store.resolve("tiny.en") == model_dir
    assert [m.source for m in store.installed() if m.name == "tiny.en"] == ["packaged"]


def test_a_folder_is_checked_and_told_what_is_missing(store: ModelStore, model_dir: Path, tmp_path: Path) -> None:
    assert store.resolve(str(model_dir)) == model_dir

    def broken(change: Callable[[Path], object]) -> str:
        folder = tmp_path / f"model-{time.monotonic_ns()}"
        folder.mkdir()
        for file in model_dir.iterdir():
            (folder / file.name).symlink_to(file)
        change(folder)
        with pytest.raises(TranscribeError) as caught:
            store.resolve(str(folder))
        assert caught.value.code is TranscribeCode.MODEL_BROKEN
        assert str(folder) in caught.value.detail
        return caught.value.detail.removeprefix(f"{folder}: ")

    def put(folder: Path, name: str, content: bytes) -> None:
        (folder / name).unlink()
        (folder / name).write_bytes(content)

    assert broken(lambda f: (f / "model.bin").unlink()) == "model.bin"
    assert broken(lambda f: (f / "tokenizer.json").unlink()) == "tokenizer.json"
    assert broken(lambda f: (f / "vocabulary.txt").unlink()) == "vocabulary.json"
    assert broken(lambda f: [p.unlink() for p in f.iterdir()]).startswith("model.bin, config.json, tokenizer.json")
    assert broken(lambda f: put(f, "config.json", b"{")) == "config.json"
    assert broken(lambda f: put(f, "model.bin", b"version https://git-lfs")) == "model.bin"
    assert broken(lambda f: put(f, "model.bin", b"")) == "model.bin"


def test_a_downloaded_model_that_shrank_is_broken_and_can_be_fetched_again(store: ModelStore) -> None:
    assert Download(store).error is None
    weights = store.resolve("base") / "model.bin"
    weights.write_bytes(WEIGHTS[:1000])
    with pytest.raises(TranscribeError) as caught:
        store.resolve("base")
    assert caught.value.code is TranscribeCode.MODEL_BROKEN
    assert "model.bin" in caught.value.detail
    assert not _names(store)
    assert Download(store).error is None
    assert weights.read_bytes() == WEIGHTS


def test_a_folder_put_into_the_store_counts(store: ModelStore, tmp_path: Path, model_dir: Path) -> None:
    shutil.copytree(model_dir, tmp_path / "models" / "ours", symlinks=False)
    assert [(m.name, m.source) for m in store.installed() if m.source == "folder"] == [("ours", "folder")]
    assert store.resolve("ours") == tmp_path / "models" / "ours"
