"""Models from folders and zips, hostile ones too; removed, checked, tried, and weighed against the memory there is."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.speech_sample import LENGTH_S, sample_file
from app.wording import sentence
from tests.helpers.spoken import needs_model, packaged_model
from transcribe import trial
from transcribe.cancel import CancelToken
from transcribe.catalogue import CATALOGUE, WEIGHTS, spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.memory import check_memory, free_memory
from transcribe.model_files import MARKER
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.trial import Trials

FILES = {
    "model.bin": b"\x06\0\0\0\x0c\0WhisperSpec\0" + os.urandom(300_000),
    "config.json": b"{}",
    "tokenizer.json": b"{}" + b" " * 500,
    "vocabulary.json": b"[]",
}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def folder_with(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def zip_with(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def bring(store: ModelStore, source: Path) -> list[DownloadProgress]:
    told: list[DownloadProgress] = []
    store.import_from(source, on_progress=told.append, cancel=CancelToken())
    return told


def refused(store: ModelStore, source: Path) -> TranscribeError:
    with pytest.raises(TranscribeError) as caught:
        bring(store, source)
    root = store.resolve.__self__._root  # type: ignore[attr-defined]
    left = [p for p in root.rglob("*") if p.is_file() and p.name != ".lock"] if root.exists() else []
    assert left == [], "nothing is left about"
    assert "Traceback" not in sentence(caught.value)
    return caught.value


def test_a_folder_comes_in_closed_and_under_its_name(store: ModelStore, tmp_path: Path) -> None:
    source = folder_with(tmp_path / "stick" / "faster-distil-whisper-large-v2", {**FILES, "README.md": b"not needed"})
    told = bring(store, source)
    shutil.rmtree(source)  # it is a copy: the stick can go
    folder = store.resolve("distil-large-v2")
    assert {p.name for p in folder.iterdir()} == {*FILES, MARKER}
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in folder.iterdir())
    assert told[-1].done_bytes == told[-1].total_bytes == sum(map(len, FILES.values()))
    store.check("distil-large-v2", CancelToken())
    assert [(m.name, m.source) for m in store.installed() if m.source != "packaged"] == [("distil-large-v2", "folder")]


def test_a_zip_with_a_folder_in_it_comes_in(store: ModelStore, tmp_path: Path) -> None:
    bring(store, zip_with(tmp_path / "download.zip", {f"my model/{name}": data for name, data in FILES.items()}))
    assert (store.resolve("my-model") / "model.bin").read_bytes() == FILES["model.bin"]
    bring(store, zip_with(tmp_path / "plain.zip", FILES))
    assert store.resolve("plain").is_dir()


def test_a_zip_never_writes_outside_the_store(store: ModelStore, tmp_path: Path) -> None:
    hostile = {
        **FILES,
        "../../evil.json": b"1",
        "/tmp/moderato-evil/config.json": b"2",
        "..\\..\\config.json": b"3",
        "sub/tokenizer.json": b"4",
        "C:\\vocabulary.txt": b"5",
    }
    source = zip_with(tmp_path / "evil.zip", hostile)
    with zipfile.ZipFile(source, "a") as archive:
        link = zipfile.ZipInfo("vocabulary.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    before = {p for p in tmp_path.rglob("*") if "models" not in p.parts}
    bring(store, source)
    assert {p for p in tmp_path.rglob("*") if "models" not in p.parts} == before
    assert not Path("/tmp/moderato-evil").exists()
    folder = store.resolve("evil")
    assert {p.name for p in folder.iterdir()} == {*FILES, MARKER}
    assert (folder / "config.json").read_bytes() == b"{}"


def test_model_bin_alone_in_a_hostile_place_gets_a_harmless_name(store: ModelStore, tmp_path: Path) -> None:
    bring(store, zip_with(tmp_path / "x.zip", {f"../../../{name}": data for name, data in FILES.items()}))
    assert store.resolve("x").parent == tmp_path / "models"


@pytest.mark.parametrize("missing", ["model.bin", "tokenizer.json", "vocabulary.json", "config.json"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_missing_file_is_named(store: ModelStore, tmp_path: Path, missing: str, zipped: bool) -> None:
    files = {name: data for name, data in FILES.items() if name != missing}
    source = zip_with(tmp_path / "m.zip", files) if zipped else folder_with(tmp_path / "m", files)
    error = refused(store, source)
    assert error.code is TranscribeCode.MODEL_BROKEN
    assert missing in sentence(error)


def test_a_wrong_checksum_is_said(store: ModelStore, tmp_path: Path) -> None:
    bring(store, folder_with(tmp_path / "good", FILES))
    copy = tmp_path / "copied"
    shutil.copytree(store.resolve("good"), copy)
    spoilt = bytearray(FILES["model.bin"])
    spoilt[1000] ^= 1
    (copy / "model.bin").write_bytes(spoilt)
    store.remove("good")
    assert "model.bin: checksum" in str(refused(store, copy))
    # The same bit in a zip is found by the zip's own sum, or by ours when it was packed so.
    assert "model.bin" in str(
        refused(store, zip_with(tmp_path / "c.zip", {p.name: p.read_bytes() for p in copy.iterdir()}))
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [("text.zip", b"no zip at all"), ("empty.zip", b""), ("cut.zip", b"PK\x03\x04" + bytes(100))],
)
def test_what_is_no_zip_is_said(store: ModelStore, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(store, tmp_path / name).code is TranscribeCode.MODEL_BROKEN
    assert refused(store, tmp_path / "gone").code is TranscribeCode.MODEL_NOT_THERE


def test_a_spoilt_zip_is_said(store: ModelStore, tmp_path: Path) -> None:
    source = zip_with(tmp_path / "spoilt.zip", FILES)
    data = bytearray(source.read_bytes())
    data[2000] ^= 0xFF
    source.write_bytes(data)
    assert refused(store, source).code is TranscribeCode.MODEL_BROKEN


def test_a_zip_that_claims_less_than_it_holds_is_refused(store: ModelStore, tmp_path: Path) -> None:
    twice = zip_with(tmp_path / "two.zip", {**FILES, "other/model.bin": FILES["model.bin"]})
    assert "two models" in str(refused(store, twice))


def test_what_is_here_is_not_written_over_but_can_be_removed(store: ModelStore, tmp_path: Path) -> None:
    source = folder_with(tmp_path / "mine", FILES)
    bring(store, source)
    with pytest.raises(TranscribeError) as caught:
        bring(store, source)
    assert caught.value.code is TranscribeCode.MODEL_EXISTS
    (store.resolve("mine") / "config.json").write_bytes(b"[]")  # it has gone bad: then it is
    bring(store, source)
    store.remove("mine")
    assert code(lambda: store.resolve("mine")) is TranscribeCode.MODEL_UNKNOWN
    assert code(lambda: store.remove("mine")) is TranscribeCode.MODEL_UNKNOWN
    assert code(lambda: store.remove("../stick")) is TranscribeCode.MODEL_UNKNOWN
    assert code(lambda: store.remove("large")) is TranscribeCode.MODEL_MISSING
    assert source.is_dir()


def test_a_full_disk_is_said_and_leaves_nothing(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder_with(tmp_path / "mine", FILES)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    assert refused(store, source).code is TranscribeCode.DISK_FULL


def test_an_installed_model_that_changed_is_found_out(store: ModelStore, tmp_path: Path) -> None:
    bring(store, folder_with(tmp_path / "mine", FILES))
    path = store.resolve("mine") / "model.bin"
    spoilt = bytearray(path.read_bytes())
    spoilt[5000] ^= 1
    path.write_bytes(spoilt)
    assert code(lambda: store.check("mine", CancelToken())) is TranscribeCode.MODEL_BROKEN


def code(act: Callable[[], object]) -> TranscribeCode:
    with pytest.raises(TranscribeError) as caught:
        act()
    return caught.value.code


def test_memory_too_small_names_what_fits() -> None:
    large, tiny = spec_of("large-v3"), spec_of("tiny")
    assert large is not None
    assert tiny is not None
    check_memory(large, None)
    check_memory(tiny, tiny.memory_bytes)
    with pytest.raises(TranscribeError) as caught:
        check_memory(large, 1_000_000_000)
    words = sentence(caught.value)
    assert "large-v3 needs 4.5 GB, and 1.0 GB are free. Choose base or a smaller one." in words
    with pytest.raises(TranscribeError) as caught:
        check_memory(tiny, 1000)
    assert "Close other programs" in sentence(caught.value)
    free = free_memory()
    assert free is None or 10_000_000 < free < 2**50
    sizes = [spec.memory_bytes for spec in CATALOGUE if not spec.name.startswith("distil")]
    assert sizes == sorted(sizes)


def test_the_weights_that_are_known_fit_what_the_catalogue_says_of_the_model() -> None:
    for name, (size, digest) in WEIGHTS.items():
        spec = spec_of(name)
        assert spec is not None
        assert 0.95 < size / spec.size_bytes < 1.0, "the rest of its files are some MB"
        assert len(digest) == 64
        assert int(digest, 16)
    assert len({digest for _, digest in WEIGHTS.values()}) == len(WEIGHTS)


def test_speeds_are_measured_for_one_and_estimated_for_others(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "trials.json")
    assert trials.speed_of("base") is None
    trials.note("base", 8.0)
    measured, estimate, unknown = (trials.speed_of(name) for name in ("base", "large-v3", "mine"))
    assert measured is not None
    assert estimate is not None
    assert (measured.factor, measured.measured, estimate.measured, unknown) == (8.0, True, False, None)
    assert estimate.factor < 1
    trials.note("large-v2", 0.5)
    nearer = trials.speed_of("large-v3")
    assert nearer is not None
    assert nearer.factor == 0.5
    (tmp_path / "trials.json").write_text("{")
    assert trials.all() == {}


@needs_model
@pytest.mark.timeout(240)
def test_a_trial_measures_with_real_weights(store: ModelStore) -> None:
    speed = store.try_model("tiny.en", sample_file(), LENGTH_S, CancelToken())
    assert speed > 0
    assert store.trials().all() == {"tiny.en": pytest.approx(speed, abs=0.01)}


def spoilt_model(folder: Path, name: str, *, keep: float = 1.0, flips: int = 0) -> Path:
    """tiny.en without its end, or with bits of its weights turned round."""
    source = packaged_model(folder, name)
    weights = source / "model.bin"
    content = bytearray(weights.read_bytes())
    chance = random.Random(1)
    for _ in range(flips):
        content[chance.randrange(1000, len(content))] ^= 1 << chance.randrange(8)
    weights.unlink()
    weights.write_bytes(content[: round(len(content) * keep)])
    return source


@needs_model
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("name", "keep", "flips", "code"),
    [
        ("mine", 0.999, 0, TranscribeCode.MODEL_BROKEN),
        ("mine", 0.5, 0, TranscribeCode.MODEL_BROKEN),
        ("mine", 1.0, 1000, TranscribeCode.MODEL_NONSENSE),
        ("tiny.en", 0.999, 0, TranscribeCode.MODEL_OTHER),
        ("tiny.en", 1.0, 1, TranscribeCode.MODEL_OTHER),
    ],
)
def test_weights_that_came_damaged_are_refused(
    store: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    keep: float,
    flips: int,
    code: TranscribeCode,
) -> None:
    monkeypatch.setattr(trial, "_PROOF_S", 5.0)  # a damaged model writes without end
    source = spoilt_model(tmp_path, name, keep=keep, flips=flips)
    with pytest.raises(TranscribeError) as caught:
        store.import_from(source, on_progress=lambda _: None, cancel=CancelToken(), speech=sample_file())
    assert caught.value.code is code
    assert [model.source for model in store.installed() if model.source != "packaged"] == []
    assert source.is_dir(), "what was to be imported is left as it was"


def test_the_sample_is_the_one_that_was_made() -> None:
    import av

    with av.open(str(sample_file())) as sample:
        assert sample.duration is not None
        assert abs(sample.duration / 1e6 - LENGTH_S) < 0.2
    assert len(hashlib.sha256(sample_file().read_bytes()).hexdigest()) == 64
