"""Opening studies: older ones, newer ones, broken ones, and those that can't be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from annotate import _open, _rows, backup, migrations
from annotate.errors import StudyCode, StudyError
from annotate.ingest import ingest
from annotate.models import Session
from annotate.store import StudyStore
from capture.config import Scope
from capture.events import MarkKind
from capture.jsonvalue import JsonValue
from tests.helpers.bundles import RecordedBundle, make_mark
from tests.unit.annotate.test_changes import dump


def refused(folder: Path) -> StudyCode:
    with pytest.raises(StudyError) as caught:
        StudyStore.open(folder, author="Ada")
    return caught.value.code


def schema(path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as conn:
        return sorted(conn.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))


def add_column(db: object) -> None:
    db.execute("ALTER TABLE task ADD COLUMN mood TEXT")  # type: ignore[attr-defined]


@pytest.fixture
def newer_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that knows one migration more: what is there becomes an older study."""
    add_column.__name__ = "m0003_mood"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, add_column))
    monkeypatch.setattr(migrations, "NAMES", (*migrations.NAMES, "m0003_mood"))


@pytest.fixture
def closed(store: StudyStore, session: Session) -> Path:
    store.add_observation(session.id, t_start_ns=1, body="kept")
    store.close()
    for path in (store.folder / "backups").iterdir():
        path.unlink()
    return store.folder


def test_an_older_study_is_backed_up_and_migrated(closed: Path, newer_build: None) -> None:
    before = dump(closed / "study.sqlite3")
    old_schema = schema(closed / "study.sqlite3")
    with StudyStore.open(closed, author="Ada") as store:
        assert store.observations()[0].body == "kept"
    assert "mood" in str(schema(closed / "study.sqlite3"))
    (copy,) = backup.backups(closed)
    assert dump(copy) == before
    assert schema(copy) == old_schema
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    StudyStore.open(closed, author="Ada").close()
    assert backup.backups(closed) == [copy], "once migrated it is not backed up again"


def test_a_study_of_the_first_build_gets_the_answers_its_bundles_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study as the first build made and filled it: its own schema, rows by its own migration alone."""
    folder = tmp_path / "Old.moderato"
    folder.mkdir()
    recorded = RecordedBundle(folder / "sessions", context={"participant": "P01"})
    payload: dict[str, JsonValue] = {"version": 1, "method": "screen", "scopes": ["screen", "face"]}
    consent = make_mark(MarkKind.CONSENT, 0, payload=payload)
    recorded.add(consent)
    bundle = recorded.finish()
    stamps = {"created_utc": "2026-01-01T00:00:00Z", "updated_utc": "2026-01-01T00:00:00Z"}
    session_id = bundle.manifest().id
    rows: list[tuple[str, dict[str, object]]] = [
        ("study", {"id": "s", "name": "Old", **stamps}),
        ("consent_form", {"id": "f", "version": 1, "language": "en", "body": "as it was asked", **stamps}),
        ("participant", {"id": "p", "code": "P01", "status": "recorded", **stamps}),
        ("session", {"id": session_id, "participant_id": "p", "origin": "recorded", "state": "recorded",
                     "bundle_path": f"sessions/{bundle.path.name}", **stamps}),
        ("ingested_mark", {"session_id": session_id, "mark_id": consent.id}),
        ("consent", {"id": consent.id, "participant_id": "p", "session_id": session_id, "form_id": "f",
                     "method": "screen", "given_utc": "2026-01-01T00:00:00Z", **stamps}),
    ]  # fmt: skip
    with monkeypatch.context() as first_build:
        first_build.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        first_build.setattr(migrations, "NAMES", migrations.NAMES[:1])
        conn = _open.make_file(folder)
        for table, row in rows:
            marks = ", ".join("?" * len(row))
            conn.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])
        _open.publish(folder)
        conn.close()
        assert "consent_item" not in str(schema(folder / "study.sqlite3"))
    with StudyStore.open(folder, author="Ada") as store:
        (session,) = store.sessions()
        assert (session.consent_version, session.consent_scopes) == (1, None), "the bundle was not asked yet"
        assert store.consent_text().body == "as it was asked"
        assert ingest(store, bundle).session.consent_scopes == (Scope.SCREEN, Scope.FACE)
        assert ingest(store, bundle).change.empty


def test_a_migrated_form_has_the_same_items_as_a_new_one(store: StudyStore) -> None:
    items = "SELECT scope, body, required FROM consent_item ORDER BY rowid"
    new = [tuple(row) for row in store._db.all(items)]
    conn = store._db._conn
    conn.execute("DROP TABLE consent_answer")
    conn.execute("DROP TABLE consent_item")
    conn.execute("DROP INDEX consent_session")
    migrations.m0002_consent_items(Database(conn))
    assert [tuple(row) for row in store._db.all(items)] == new
    assert [(scope, required) for scope, _, required in new] == [("screen", 1), ("voice", 0), ("face", 0), ("keys", 0)]


def test_without_a_backup_there_is_no_migration(closed: Path, newer_build: None) -> None:
    shutil.rmtree(closed / "backups")
    (closed / "backups").write_text("in the way")
    before = schema(closed / "study.sqlite3")
    assert refused(closed) is StudyCode.STUDY_UNWRITABLE
    assert schema(closed / "study.sqlite3") == before


def test_a_migration_that_fails_leaves_the_study_as_it_was(
    closed: Path, newer_build: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(db: object) -> None:
        raise RuntimeError("defect")

    fails.__name__ = "m0004_fails"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, fails))
    monkeypatch.setattr(migrations, "NAMES", (*migrations.NAMES, "m0004_fails"))
    before = schema(closed / "study.sqlite3")
    with pytest.raises(RuntimeError):
        StudyStore.open(closed, author="Ada")
    assert schema(closed / "study.sqlite3") == before, "neither the failed migration nor the one before it"


def test_a_migration_that_would_leave_loose_ends_is_taken_back(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def loosens(db: object) -> None:
        db.execute("DELETE FROM participant")  # type: ignore[attr-defined]

    loosens.__name__ = "m0003_loosens"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, loosens))
    monkeypatch.setattr(migrations, "NAMES", (*migrations.NAMES, "m0003_loosens"))
    before = dump(closed / "study.sqlite3")
    assert refused(closed) is StudyCode.STUDY_BROKEN
    assert dump(closed / "study.sqlite3") == before


@pytest.mark.parametrize("crashed", [False, True])
def test_a_newer_study_is_refused_untouched(
    closed: Path, newer_build: None, monkeypatch: pytest.MonkeyPatch, crashed: bool
) -> None:
    with StudyStore.open(closed, author="Ada") as newer:
        if crashed:  # its last words are still in the log beside the file
            newer.add_task("Last words")
            for path in list(closed.glob("study.sqlite3*")):
                shutil.copyfile(path, closed / f"kept-{path.name}")
    if crashed:
        for path in closed.glob("kept-*"):
            path.rename(closed / path.name.removeprefix("kept-"))
        assert (closed / "study.sqlite3-wal").stat().st_size > 0
    monkeypatch.undo()
    files = ("study.sqlite3", "study.sqlite3-wal") if crashed else ("study.sqlite3",)
    before = [(closed / name).read_bytes() for name in files]
    listed = sorted(path.name for path in closed.iterdir())
    assert refused(closed) is StudyCode.STUDY_TOO_NEW
    assert [(closed / name).read_bytes() for name in files] == before
    assert sorted(path.name for path in closed.iterdir()) == listed, "nor is anything left beside it"


def test_what_is_no_study_is_refused(closed: Path, tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") is StudyCode.STUDY_MISSING
    assert refused(tmp_path) is StudyCode.STUDY_MISSING
    path = closed / "study.sqlite3"
    good = path.read_bytes()
    for content in (b"", b"hello", os.urandom(4096), good[:5000]):
        path.write_bytes(content)
        assert refused(closed) is StudyCode.STUDY_BROKEN, content[:10]
        assert path.read_bytes() == content
    path.unlink()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE notes(a)")
    assert refused(closed) is StudyCode.STUDY_BROKEN, "a database of another program"


def test_a_study_that_lost_its_heart_is_broken(closed: Path) -> None:
    with closing(sqlite3.connect(closed / "study.sqlite3")) as conn:
        conn.execute("DELETE FROM study")
        conn.commit()
    assert refused(closed) is StudyCode.STUDY_BROKEN
    with closing(sqlite3.connect(closed / "study.sqlite3")) as conn:
        conn.execute("DROP TABLE study")
        conn.commit()
    assert refused(closed) is StudyCode.STUDY_BROKEN


def test_damage_found_later_is_told_as_such(closed: Path) -> None:
    path = closed / "study.sqlite3"
    with closing(sqlite3.connect(path)) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tag'").fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    stamp = datetime.now(UTC).strftime("study-%Y-%m-%dT%H%M%S.sqlite3")
    (closed / "backups" / stamp).touch()
    with StudyStore.open(closed, author="Ada") as store, pytest.raises(StudyError) as caught:
        store.tags()
    assert caught.value.code is StudyCode.STUDY_BROKEN


def test_a_study_that_cannot_be_written_is_told_as_such(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, whom permissions don't bind; so the system's answer is put into its mouth.
    monkeypatch.setattr(_open.os, "access", lambda _path, mode: mode != os.W_OK)
    assert refused(closed) is StudyCode.STUDY_UNWRITABLE


def test_a_write_to_a_file_that_became_read_only_is_told_and_changes_nothing(store: StudyStore) -> None:
    before = store.study()
    store._db._conn.execute("PRAGMA query_only = ON")  # SQLite then answers as on a read-only file system
    with pytest.raises(StudyError) as caught:
        store.update_study(name="Other")
    assert caught.value.code is StudyCode.STUDY_UNWRITABLE
    assert store.study() == before


def test_a_full_disk_is_told_and_changes_nothing(store: StudyStore, session: Session) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1)
    (pages,) = store._db._conn.execute("PRAGMA page_count").fetchone()
    store._db._conn.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers as on a full disk
    with pytest.raises(StudyError) as caught:
        store.update_observation(one.id, body="x" * 1_000_000)
    assert caught.value.code is StudyCode.DISK_FULL
    assert store.observation(one.id) == one
    store._db._conn.execute("PRAGMA max_page_count = 1000000")
    store.update_observation(one.id, body="x" * 1_000_000)


def test_a_study_is_not_made_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError) as caught:
        StudyStore.create(tmp_path / "file" / "S", "S", author="A")
    assert caught.value.code is StudyCode.STUDY_UNWRITABLE


def test_a_defect_in_a_query_is_not_blamed_on_the_study(store: StudyStore) -> None:
    with pytest.raises(sqlite3.OperationalError):
        store._db.all("SELECT nonsense FROM nowhere")
    assert isinstance(store._db, _rows.Database)


def test_a_backup_is_made_once_a_day_and_the_oldest_are_dropped(closed: Path) -> None:
    StudyStore.open(closed, author="Ada").close()
    (first,) = backup.backups(closed)
    StudyStore.open(closed, author="Ada").close()
    assert backup.backups(closed) == [first]
    now = datetime.now(UTC)
    assert not backup.is_due(closed, now + timedelta(hours=23))
    assert backup.is_due(closed, now + timedelta(hours=25))
    with closing(sqlite3.connect(closed / "study.sqlite3")) as conn:
        made = [backup.make(conn, closed, now + timedelta(days=n)) for n in range(1, 15)]
    assert backup.backups(closed) == made[-10:]
    stranger = closed / "backups" / "study-mine.sqlite3"
    stranger.write_text("kept by hand")
    with closing(sqlite3.connect(closed / "study.sqlite3")) as conn:
        backup.make(conn, closed, now + timedelta(days=20))
    assert stranger.exists(), "only what was made here is dropped"
    assert dump(backup.backups(closed)[-1]) == dump(closed / "study.sqlite3")


def test_a_backup_opens_as_a_study(closed: Path, tmp_path: Path) -> None:
    StudyStore.open(closed, author="Ada").close()
    (copy,) = backup.backups(closed)
    (tmp_path / "Back.moderato").mkdir()
    shutil.copyfile(copy, tmp_path / "Back.moderato" / "study.sqlite3")
    with StudyStore.open(tmp_path / "Back.moderato", author="Ada") as store:
        assert store.observations()[0].body == "kept"


@pytest.mark.expect_log
def test_a_daily_backup_that_fails_keeps_nobody_from_working(closed: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(closed / "backups")
    (closed / "backups").write_text("in the way")
    with StudyStore.open(closed, author="Ada") as store:
        store.add_task("Work goes on")
    assert [record.name for record in caplog.records] == ["store.backup"]
