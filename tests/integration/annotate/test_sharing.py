"""Several processes and threads on one study, and real file systems that refuse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate import backup
from annotate.errors import StudyCode, StudyError
from annotate.export.csv import export_csv
from annotate.models import NewTask
from annotate.store import StudyStore

SECOND = 1_000_000_000
WRITER = """
import sys
from pathlib import Path
from annotate.store import StudyStore
folder, session, name, rows = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
with StudyStore.open(folder, author=name) as store:
    for n in range(rows):
        one, _ = store.add_observation(session, t_start_ns=n, body=f"{name} {n}")
        if n % 20 == 0:
            store.add_issue(f"{name} {n}", observation_ids=[one.id])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with StudyStore.create(tmp_path / "S", "S", author="Ada", tasks=[NewTask("A")]) as store:
        return store.folder


def session_in(folder: Path) -> str:
    with StudyStore.open(folder, author="Ada") as store:
        return store.register_recording("P01", store.sessions_dir / "one").id


def test_what_is_written_after_another_process_came_and_went_is_kept(folder: Path) -> None:
    """The app holds a study open, a job of it opens and closes the same file, the CLI comes and goes."""
    session = session_in(folder)
    come_and_go = [sys.executable, "-c", WRITER, str(folder), session, "cli", "1"]
    with StudyStore.open(folder, author="app") as app:
        app.add_observation(session, t_start_ns=0, body="before")
        with StudyStore.open(folder, author="job"):
            pass
        subprocess.run(come_and_go, check=True, timeout=60)
        app.add_observation(session, t_start_ns=1, body="after")
        subprocess.run(come_and_go, check=True, timeout=60)
        count = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM observation')"
        seen = subprocess.run(
            [sys.executable, "-c", f"{count}.fetchone()[0])", str(folder / "study.sqlite3")],
            check=True, timeout=60, capture_output=True, text=True,
        )  # fmt: skip
        assert int(seen.stdout) == len(app.observations()) == 4


def test_processes_and_threads_write_one_study_at_once_and_nothing_is_lost(folder: Path) -> None:
    session = session_in(folder)
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            with StudyStore.open(folder, author=name) as store:
                for n in range(200):
                    store.add_observation(session, t_start_ns=n, body=f"{name} {n}")
        except BaseException as exc:  # noqa: BLE001 - told to the test below
            failures.append(exc)

    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), session, name, "200"]) for name in ("p1", "p2")
    ]
    threads = [threading.Thread(target=write, args=(name,)) for name in ("t1", "t2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert [process.wait(90) for process in processes] == [0, 0]
    assert failures == []
    with StudyStore.open(folder, author="Ada") as store:
        bodies = {one.body for one in store.observations(session)}
        assert bodies == {f"{name} {n}" for name in ("p1", "p2", "t1", "t2") for n in range(200)}
        assert [issue.number for issue in store.issues()] == list(range(1, 21)), "each number once"
        assert {one.author for one in store.observations()} == {"p1", "p2", "t1", "t2"}


def test_readers_go_on_while_somebody_writes(folder: Path) -> None:
    session = session_in(folder)
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), session, "p", "150"])
    seen = [0]
    deadline = time.monotonic() + 90
    with StudyStore.open(folder, author="Ada") as store:
        while process.poll() is None and time.monotonic() < deadline:
            with store.snapshot():
                known = {one.id for one in store.observations()}
                linked = {one for issue in store.issues() for one in issue.observation_ids}
            assert linked <= known, "two reads of one state"
            seen.append(len(known))
            time.sleep(0.005)
        assert process.wait(5) == 0
        assert seen == sorted(seen)
        assert len(store.observations()) == 150


def test_a_study_held_too_long_by_another_is_busy_and_free_again_afterwards(folder: Path) -> None:
    with StudyStore.open(folder, author="Ada") as one, StudyStore.open(folder, author="Bob") as other:
        with one.batch():
            one.add_task("B")
            begun = time.monotonic()
            with pytest.raises(StudyError) as caught:
                other.add_task("C")
            assert caught.value.code is StudyCode.STUDY_BUSY
            assert time.monotonic() - begun >= 4.5, "it waits before it gives up"
            assert [task.title for task in other.tasks()] == ["A"], "reading is free meanwhile"
        other.add_task("C")
        assert [task.title for task in one.tasks()] == ["A", "B", "C"]


def test_a_killed_writer_harms_nothing(folder: Path) -> None:
    session = session_in(folder)
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), session, "p", "100000"])
    with StudyStore.open(folder, author="Ada") as store:
        deadline = time.monotonic() + 60
        while len(store.observations()) < 30 and time.monotonic() < deadline:
            time.sleep(0.02)
    process.kill()
    process.wait(30)
    with StudyStore.open(folder, author="Ada") as store:
        bodies = [one.body for one in store.observations()]
        assert len(bodies) >= 30
        assert bodies == [f"p {n}" for n in range(len(bodies))]
        store.add_task("Work goes on")


def test_two_processes_open_an_old_study_at_once(folder: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from annotate import migrations
from annotate.store import StudyStore
def m0002_mood(db):
    time.sleep(0.5)
    db.execute("ALTER TABLE task ADD COLUMN mood TEXT")
migrations.MIGRATIONS += (m0002_mood,)
migrations.NAMES += ("m0002_mood",)
print("ready", flush=True)
sys.stdin.readline()
with StudyStore.open(Path(sys.argv[1]), author="A") as store:
    assert store.tasks()[0].title == "A"
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes of its own, where the system lets one be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a file system needs rights that this user lacks")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True, capture_output=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    store = StudyStore.create(small_disk / "S", "S", author="Ada")
    session = store.register_recording("P01", store.sessions_dir / "one")
    one, _ = store.add_observation(session.id, t_start_ns=1, body="kept")
    with pytest.raises(StudyError) as caught:  # noqa: PT012
        for n in range(1000):
            store.add_observation(session.id, t_start_ns=n + 2, body="x" * 20_000)
    assert caught.value.code is StudyCode.DISK_FULL
    count = len(store.observations())
    assert count > 1
    with pytest.raises(StudyError) as caught:
        export_csv(store, small_disk / "out.csv")
    assert caught.value.code is StudyCode.DISK_FULL
    assert not (small_disk / "out.csv").exists()
    with pytest.raises(StudyError) as caught:
        StudyStore.create(small_disk / "T", "T", author="Ada")
    assert caught.value.code is StudyCode.DISK_FULL
    assert not (small_disk / "T.moderato" / "study.sqlite3").exists()
    for path in backup.backups(store.folder):
        path.unlink()
    assert store.observation(one.id) == one
    assert len(store.observations()) == count
    store.close()


def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    with StudyStore.create(small_disk / "S", "S", author="Ada") as store:
        folder = store.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True, capture_output=True)
    with pytest.raises(StudyError) as caught:
        StudyStore.open(folder, author="Ada")
    assert caught.value.code is StudyCode.STUDY_UNWRITABLE
    with pytest.raises(StudyError) as caught:
        StudyStore.create(small_disk / "T", "T", author="Ada")
    assert caught.value.code is StudyCode.STUDY_UNWRITABLE
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions don't bind root; the read-only disk above stands in")
def test_a_folder_without_write_permission_is_told(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(StudyError) as caught:
            StudyStore.open(folder, author="Ada")
        assert caught.value.code is StudyCode.STUDY_UNWRITABLE
    finally:
        folder.chmod(0o700)
