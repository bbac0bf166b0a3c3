"""A study travels as one file, whole or not at all; what comes from elsewhere is not trusted."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.pack_paths import MANIFEST, STUDY_FILE, check_together, safe_member
from annotate.packing import PACK_SUFFIX, pack
from annotate.store import StudyStore
from annotate.unpacking import read_pack, unpack
from tests.helpers.review_data import add_session, make_study, transcript_of


@pytest.fixture
def study(tmp_path: Path) -> StudyStore:
    store = make_study(tmp_path / "here", "Shop", tasks=["Pay"])
    for code in ("P01", "P02"):
        session_id = add_session(store, code, frames=20).session.id
        store.put_transcript(session_id, transcript_of([(0.5, f"Hello from {code}.")]))
        store.add_observation(session_id, t_start_ns=0, body=f"seen with {code}")
    return store


def test_a_study_arrives_as_it_left(study: StudyStore, tmp_path: Path) -> None:
    shares: list[float] = []
    out = tmp_path / f"shop{PACK_SUFFIX}"
    packed = pack(study, out, progress=shares.append)
    assert (packed.sessions, packed.left_out) == (2, 0)
    assert shares == sorted(shares)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    info = read_pack(out)
    assert (info.name, info.folder, info.media) == ("Shop", "Shop.moderato", True)
    with StudyStore.open(unpack(out, tmp_path / "there" / "Shop"), author="Bo") as there:
        assert there.study() == study.study()
        assert there.sessions() == study.sessions()
        assert there.observations() == study.observations()
        for session in study.sessions():
            mine, theirs = study.bundle_dir(session), there.bundle_dir(session)
            files = sorted(path.relative_to(mine) for path in mine.rglob("*") if path.is_file())
            files = [path for path in files if path.name != "recorder.lock"]
            assert sorted(path.relative_to(theirs) for path in theirs.rglob("*") if path.is_file()) == files
            assert all((mine / path).read_bytes() == (theirs / path).read_bytes() for path in files)
            assert all(stat.S_IMODE((theirs / path).stat().st_mode) == 0o600 for path in files)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_without_media_all_text_travels(study: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / f"shop{PACK_SUFFIX}"
    pack(study, out, media=False)
    assert out.stat().st_size < study.bundle_dir(study.sessions()[0]).joinpath("screen.mp4").stat().st_size * 2
    with StudyStore.open(unpack(out, tmp_path / "there"), author="Bo") as there:
        for session in there.sessions():
            folder = there.bundle_dir(session)
            assert not (folder / "screen.mp4").exists()
            assert (folder / "capture.sqlite3").is_file()
            assert there.segments(session.id)[0].text == f"Hello from {session.participant_code}."


def test_what_is_in_the_trash_does_not_travel(study: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / f"shop{PACK_SUFFIX}"
    study.trash_session(study.sessions()[1].id)
    assert pack(study, out).left_out == 1
    with zipfile.ZipFile(out) as content:
        told = content.read(STUDY_FILE)
        assert b"Hello from P01" in told
        assert b"Hello from P02" not in told
        assert b"seen with P02" not in told
        folders = {name.split("/")[1] for name in content.namelist() if "/" in name}
    assert folders == {Path(session.bundle_path or "").name for session in study.sessions()}
    with StudyStore.open(unpack(out, tmp_path / "there"), author="Bo") as there:
        assert [session.participant_code for session in there.sessions()] == ["P01"]
        assert there.trashed_sessions() == []
    assert len(study.trashed_sessions()) == 1


def test_nothing_is_written_over(study: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / f"shop{PACK_SUFFIX}"
    pack(study, out)
    before = out.read_bytes()
    with pytest.raises(StudyError) as caught:
        pack(study, out)
    assert caught.value.code is StudyCode.STUDY_EXISTS
    assert out.read_bytes() == before
    pack(study, out, overwrite=True)
    for there in (study.folder, tmp_path / "file.moderato", tmp_path / "link.moderato"):
        if not there.exists():
            there.symlink_to(tmp_path / "nowhere") if there.stem == "link" else there.write_text("mine")
        with pytest.raises(StudyError) as caught:
            unpack(out, there)
        assert caught.value.code is StudyCode.STUDY_EXISTS
    assert (tmp_path / "file.moderato").read_text() == "mine"


class Enough(Exception):
    pass


def test_giving_up_leaves_nothing_behind(study: StudyStore, tmp_path: Path) -> None:
    def stop(share: float) -> None:
        if share > 0.3:
            raise Enough

    out = tmp_path / f"shop{PACK_SUFFIX}"
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Enough):
        pack(study, out, progress=stop)
    assert sorted(tmp_path.iterdir()) == before
    pack(study, out)
    with pytest.raises(Enough):
        unpack(out, tmp_path / "there", stop)
    assert sorted(tmp_path.iterdir()) == sorted([*before, out])


@dataclass
class Forged:
    """A pack that is opened, changed and closed again, with a manifest that agrees unless it is changed, too."""

    entries: list[tuple[zipfile.ZipInfo, bytes]]
    about: dict[str, Any]
    agree: bool = True
    raw: Callable[[bytes], bytes] = field(default=lambda data: data)

    def add(self, name: str, data: bytes = b"x", mode: int = 0o100600) -> None:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        entry.external_attr = mode << 16
        self.entries.append((entry, data))

    def replace(self, name: str, data: bytes) -> None:
        self.entries = [(entry, data if entry.filename == name else old) for entry, old in self.entries]

    def write(self, path: Path) -> None:
        if self.agree:
            self.about["files"] = [
                {"name": entry.filename, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for entry, data in self.entries
            ]
        with zipfile.ZipFile(path, "w") as content:
            for entry, data in self.entries:
                content.writestr(entry, data)
            content.writestr(MANIFEST, json.dumps(self.about))
        path.write_bytes(self.raw(path.read_bytes()))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    with make_study(folder, "Shop") as store:
        add_session(store, "P01", frames=5, video=False)
        out = folder / f"shop{PACK_SUFFIX}"
        pack(store, out)
    return out


def forged(honest: Path) -> Forged:
    with zipfile.ZipFile(honest) as content:
        about = json.loads(content.read(MANIFEST))
        entries = []
        for name in content.namelist():
            if name != MANIFEST:
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o100600 << 16
                entries.append((entry, content.read(name)))
    return Forged(entries, about)


def _sql(pack_of: Forged, *statements: str) -> None:
    data = next(data for entry, data in pack_of.entries if entry.filename == STUDY_FILE)
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.deserialize(data)
        for statement in statements:
            conn.execute(statement)
        conn.commit()
        pack_of.replace(STUDY_FILE, conn.serialize())


def _a_manifest_of_a_bundle(pack_of: Forged) -> None:
    name, data = next((e.filename, data) for e, data in pack_of.entries if e.filename.endswith("/manifest.json"))
    about = json.loads(data)
    about["streams"][0]["file"] = "../../../etc/passwd"
    pack_of.replace(name, json.dumps(about).encode())


def _about(key: str, value: object) -> Callable[[Forged], None]:
    return lambda pack_of: pack_of.about.update({key: value})


def _disagree(pack_of: Forged) -> None:
    pack_of.agree = False
    pack_of.about["files"][0]["sha256"] = "00" * 32


def _one_more(pack_of: Forged) -> None:
    pack_of.agree = False
    pack_of.add("sessions/a/b.txt")


def _longer(pack_of: Forged) -> None:
    pack_of.agree = False
    pack_of.about["files"][0]["size"] += 1


def _cut(pack_of: Forged) -> None:
    pack_of.raw = lambda data: data[: len(data) // 2]


def _flipped(pack_of: Forged) -> None:
    def flip(data: bytes) -> bytes:
        at = data.index(b"SQLite format 3") + 200
        return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]

    pack_of.raw = flip


def _bomb(pack_of: Forged) -> None:
    entry = zipfile.ZipInfo("sessions/a/zeros.bin")
    entry.compress_type = zipfile.ZIP_DEFLATED
    pack_of.entries.append((entry, bytes(101_000_000)))


U, D = StudyCode.PACK_UNSAFE, StudyCode.PACK_DAMAGED
HOSTILE: dict[str, tuple[Callable[[Forged], object], StudyCode]] = {
    "absolute": (lambda f: f.add("/etc/cron.d/x"), U),
    "up": (lambda f: f.add("sessions/../../x"), U),
    "up at once": (lambda f: f.add("../x"), U),
    "drive": (lambda f: f.add("C:/x/y"), U),
    "backslash": (lambda f: f.add("sessions\\..\\..\\x"), U),
    "outside sessions": (lambda f: f.add("backups/study-2026-01-01T000000.sqlite3"), U),
    "folder": (lambda f: f.add("sessions/a/", b""), U),
    "device": (lambda f: f.add("sessions/a/CON.txt"), U),
    "dot at the end": (lambda f: f.add("sessions/a/x."), U),
    "control": (lambda f: f.add("sessions/a/\x1b[2J"), U),
    "link": (lambda f: f.add("sessions/a/link", b"/etc/passwd", 0o120777), U),
    "fifo": (lambda f: f.add("sessions/a/pipe", b"", 0o010600), U),
    "twice": (lambda f: (f.add("sessions/a/x"), f.add("sessions/a/X")), U),
    "file and folder": (lambda f: (f.add("sessions/a/x"), f.add("sessions/a/x/y")), U),
    "bomb": (_bomb, U),
    "trigger": (
        lambda f: _sql(f, "CREATE TRIGGER t AFTER INSERT ON observation BEGIN DELETE FROM session; END"),
        U,
    ),
    "recording elsewhere": (lambda f: _sql(f, "UPDATE session SET bundle_path = '../../other'"), U),
    "recording absolute": (lambda f: _sql(f, "UPDATE session SET bundle_path = '/home'"), U),
    "media elsewhere": (lambda f: _sql(f, "UPDATE media SET path = '../../../etc/passwd'"), U),
    "stream elsewhere": (_a_manifest_of_a_bundle, U),
    "no study": (lambda f: f.replace(STUDY_FILE, b"not a study"), D),
    "wrong sum": (_disagree, D),
    "one more": (_one_more, D),
    "wrong size": (_longer, D),
    "flipped": (_flipped, D),
    "too new": (_about("format", 99), StudyCode.PACK_TOO_NEW),
    "study too new": (
        lambda f: _sql(f, "UPDATE _sqlite_migrations SET name = 'm9999_future' WHERE name LIKE 'm0002%'"),
        StudyCode.PACK_TOO_NEW,
    ),
    "no format": (_about("format", None), StudyCode.PACK_UNREADABLE),
    "cut": (_cut, StudyCode.PACK_UNREADABLE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_damaged_pack_is_refused(honest: Path, tmp_path: Path, name: str) -> None:
    change, code = HOSTILE[name]
    pack_of = forged(honest)
    change(pack_of)
    path = tmp_path / f"in{PACK_SUFFIX}"
    pack_of.write(path)
    with pytest.raises(StudyError) as caught:
        unpack(path, tmp_path / "there" / "Shop")
    assert caught.value.code is code
    assert not (tmp_path / "there" / "Shop.moderato").exists()
    assert [p.name for p in (tmp_path / "there").glob("*")] == [] if (tmp_path / "there").exists() else True
    assert sorted(p.name for p in tmp_path.iterdir() if p != tmp_path / "there") == [path.name]


def test_a_pack_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    for read in (read_pack, lambda path: unpack(path, tmp_path / "there")):
        with pytest.raises(StudyError) as caught:
            read(tmp_path / f"nowhere{PACK_SUFFIX}")
        assert caught.value.code is StudyCode.PACK_MISSING
    assert list(tmp_path.iterdir()) == []


def test_an_untouched_pack_is_taken(honest: Path, tmp_path: Path) -> None:
    path = tmp_path / f"in{PACK_SUFFIX}"
    forged(honest).write(path)
    assert unpack(path, tmp_path / "there").is_dir()


def test_entries_that_share_bytes_are_refused(honest: Path, tmp_path: Path) -> None:
    """The directory says twice that the same bytes are a file."""
    pack_of = forged(honest)
    pack_of.add("sessions/a/one", b"y" * 100)
    pack_of.add("sessions/a/two", b"y" * 100)

    def same_place(data: bytes) -> bytes:
        first, second = (data.rindex(name) - 46 for name in (b"sessions/a/one", b"sessions/a/two"))
        return data[: second + 42] + data[first + 42 : first + 46] + data[second + 46 :]

    pack_of.raw = same_place
    path = tmp_path / f"in{PACK_SUFFIX}"
    pack_of.write(path)
    with pytest.raises(StudyError) as caught:
        unpack(path, tmp_path / "there")
    assert caught.value.code in {U, D}


@given(st.text(max_size=60) | st.from_regex(r"(sessions/)?[./\\a-z:\x00-\x20]{0,20}", fullmatch=True))
@example("sessions/a/../../b")
@example("sessions//x")
@example("sessions/a/x\u202ey")
@example("sessions/a/e\u0301")
def test_a_safe_name_never_leaves_its_folder(name: str) -> None:
    try:
        safe = safe_member(name)
    except StudyError as caught:
        problem = caught
    else:
        problem = None
    if problem is not None:
        assert problem.code is StudyCode.PACK_UNSAFE
        assert problem.detail.isprintable()
        return
    assert not safe.is_absolute()
    assert ".." not in safe.parts
    root = PurePosixPath("/study")
    assert (root / safe).is_relative_to(root)
    assert str(safe) == name


@given(st.lists(st.sampled_from(["a", "A", "b", "ß", "ss", "a/b", "A/b", "b/c"]), max_size=5))
def test_names_that_would_meet_are_refused(names: list[str]) -> None:
    folded = [name.casefold() for name in names]
    folders = {str(parent) for name in folded for parent in PurePosixPath(name).parents}
    meet = len(set(folded)) < len(folded) or bool(set(folded) & folders)
    if meet:
        with pytest.raises(StudyError):
            check_together(names)
    else:
        check_together(names)
