"""capture.sqlite3: what was acknowledged is there, also while it is written and where it can't be written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from capture.errors import CaptureCode, CaptureError
from capture.events import (
    Button,
    ButtonState,
    InputEvent,
    IntervalKind,
    KeyEvent,
    KeyState,
    Mark,
    MarkKind,
    PointerMove,
    Wheel,
)
from capture.manifest import StreamInfo
from capture.store import CaptureStore
from capture.writer import CaptureWriter, FrameRow

EVENTS: list[InputEvent] = [
    PointerMove(10, 1, 2),
    Button(20, 3, 4, "left", ButtonState.DOWN, injected=True),
    Button(30, 3, 4, "left", ButtonState.UP, injected=False),
    Wheel(40, 5, 6, 0, -1),
    KeyEvent(50, "shortcut:Ctrl+S", KeyState.DOWN),
    KeyEvent(60, "char", KeyState.UP),
]


def make(path: Path) -> CaptureWriter:
    writer = CaptureWriter(path)
    writer.add_stream(StreamInfo(1, "screen", "screen.mp4", 0, "screen", {"width": 640}))
    writer.add_stream(StreamInfo(2, "mic", "screen.mp4", 1, None, {}))
    return writer


def mark(number: int, kind: MarkKind = MarkKind.MARK, ref: str | None = None, t_ns: int | None = None) -> Mark:
    return Mark(str(number), number if t_ns is None else t_ns, number, kind, ref=ref, payload={"kind": "problem"})


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "capture.sqlite3"
    writer = make(path)
    frames = [FrameRow(1, 0, 0, "repeat", True, None), FrameRow(1, 9, 100_000, "new", False, (1, 2, 3, 4))]
    writer.add_batch(EVENTS, frames)
    writer.add_mark(mark(7))
    gap = writer.open_interval(IntervalKind.GAP, "no_microphone", 5, 2)
    writer.close_interval(gap, 8)
    writer.open_interval(IntervalKind.PAUSE, None, 50, None)
    writer.add_anchors([(2, 480, 10)], [(0, 1_000)])
    writer.finish(99)
    assert [item.name for item in tmp_path.iterdir()] == ["capture.sqlite3"], "no journal is left"
    with CaptureStore.open_read(path) as store:
        assert list(store.events()) == EVENTS
        assert list(store.events(20, 40)) == EVENTS[1:3]
        assert store.event_counts() == {
            "move": 1, "button_down": 1, "button_up": 1, "wheel": 1, "key_down": 1, "key_up": 1,
        }  # fmt: skip
        rows = store.frames()
        assert (rows.pts.tolist(), rows.t_ns.tolist(), rows.kind) == ([0, 9], [0, 100_000], ("repeat", "new"))
        assert rows.key.tolist() == [True, False]
        assert rows.box.tolist() == [[-1, -1, -1, -1], [1, 2, 3, 4]]
        assert len(store.frames(99)) == 0
        assert store.marks() == [mark(7)]
        intervals = [(i.kind, i.reason, i.t_start_ns, i.t_end_ns, i.stream) for i in store.intervals()]
        assert intervals == [("gap", "no_microphone", 5, 8, "mic"), ("pause", None, 50, 99, None)]
        assert [stream.kind for stream in store.streams()] == ["screen", "mic"]
        assert store.epoch_utc_ns() == 1_000


def test_files_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer = make(tmp_path / "capture.sqlite3")
        writer.add_mark(mark(1))
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    writer.close()
    assert modes == {0o600}


def test_undo_takes_back_and_can_be_taken_back(tmp_path: Path) -> None:
    writer = make(tmp_path / "c.sqlite3")
    for item in (
        mark(1, t_ns=500),
        mark(2),
        mark(3),
        mark(4, MarkKind.UNDO, ref="2"),
        mark(5, MarkKind.UNDO, ref="3"),
        mark(6, MarkKind.UNDO, ref="5"),
    ):
        writer.add_mark(item)
    writer.finish(10)
    with CaptureStore.open_read(tmp_path / "c.sqlite3") as store:
        assert [item.id for item in store.marks()] == ["3", "1"], "in order of the moment that is meant"
        assert len(store.marks(include_undone=True)) == 6


def test_mark_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    """No test can cut the power; that SQLite is told to wait for the disk is what can be seen."""
    writer = make(tmp_path / "c.sqlite3")
    told: list[str] = []
    writer._db.set_trace_callback(told.append)
    writer.add_mark(mark(1))
    (level,) = writer._db.execute("PRAGMA synchronous").fetchone()
    writer._db.set_trace_callback(None)
    writer.close()
    assert told[0] == "PRAGMA synchronous = FULL"
    assert told[1].startswith("INSERT INTO mark")
    assert level == 1, "and batches go on without waiting"


def test_second_file_in_its_place_is_refused(tmp_path: Path) -> None:
    writer = make(tmp_path / "c.sqlite3")
    writer.close()
    with pytest.raises(CaptureError) as caught:
        CaptureWriter(tmp_path / "c.sqlite3")
    assert caught.value.code is CaptureCode.BUNDLE_EXISTS


def test_reader_sees_what_is_committed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    writer = make(path)
    stop = threading.Event()
    acknowledged: list[str] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            writer.add_batch(EVENTS, [FrameRow(1, number, number, "new", False, None)])
            writer.add_mark(mark(number))
            acknowledged.append(str(number))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(20):
            known = set(acknowledged)
            with CaptureStore.open_read(path) as store:
                assert known <= {item.id for item in store.marks()}
                assert sum(store.event_counts().values()) % len(EVENTS) == 0, "batches are whole"
                assert len(store.frames()) >= len(known)
    finally:
        stop.set()
        thread.join()
        writer.finish(1)
    assert len(acknowledged) > 0


def test_closed_writer_refuses_marks(tmp_path: Path) -> None:
    writer = make(tmp_path / "c.sqlite3")
    writer.finish(1)
    with pytest.raises(CaptureError) as caught:
        writer.add_mark(mark(1))
    assert caught.value.code is CaptureCode.RECORDER_REFUSED


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "killed"])
def test_read_only_folder_can_be_read(tmp_path: Path, is_finished: bool) -> None:
    source = tmp_path / "live"
    source.mkdir()
    writer = make(source / "c.sqlite3")
    writer.add_mark(mark(1))
    target = tmp_path / "kept"
    target.mkdir()
    if is_finished:
        writer.finish(5)
        shutil.copy(source / "c.sqlite3", target)
    else:  # what a killed recorder leaves: the file and its journal
        shutil.copy(source / "c.sqlite3", target)
        shutil.copy(source / "c.sqlite3-wal", target)
        writer.close()
    before = sorted(path.name for path in target.iterdir())
    with read_only(target), CaptureStore.open_read(target / "c.sqlite3") as store:
        assert [item.id for item in store.marks()] == ["1"]
    assert sorted(path.name for path in target.iterdir()) == before


class read_only:
    """A folder that can't be written; root needs more than a mode, so it is mounted so where that is allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_mounted = False

    def __enter__(self) -> None:
        for path in self.folder.iterdir():
            path.chmod(0o400)
        self.folder.chmod(0o500)
        if os.geteuid() == 0:
            done = os.system(f"mount --bind {self.folder} {self.folder} 2>/dev/null")
            self.is_mounted = done == 0
            if self.is_mounted:
                os.system(f"mount -o remount,ro,bind {self.folder}")

    def __exit__(self, *_: object) -> None:
        if self.is_mounted:
            os.system(f"umount {self.folder}")
        self.folder.chmod(0o700)


def test_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    make(path).finish(1)
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES('capture', 'm0099_later', '')"
        )
    db.close()
    with pytest.raises(CaptureError) as caught:
        CaptureStore.open_read(path)
    assert caught.value.code is CaptureCode.BUNDLE_TOO_NEW


@pytest.mark.parametrize("content", [b"", b"nonsense" * 1000, b"SQLite format 3\0" + bytes(4000)])
def test_damaged_file_has_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.sqlite3"
    path.write_bytes(content)
    with pytest.raises(CaptureError) as caught:
        CaptureStore.open_read(path)
    assert caught.value.code is CaptureCode.BUNDLE_BROKEN


def test_missing_file_has_a_code(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        CaptureStore.open_read(tmp_path)
    assert caught.value.code is CaptureCode.BUNDLE_MISSING


def test_columns_are_the_same_events(tmp_path: Path) -> None:
    events = [
        PointerMove(5, 1, 2),
        Button(7, 3, 4, "right", ButtonState.DOWN),
        Button(8, 3, 4, "right", ButtonState.UP),
        KeyEvent(9, "char", KeyState.DOWN),
        PointerMove(9, -7, 8),
        Button(11, 5, 6, "button8", ButtonState.DOWN),
    ]
    path = tmp_path / "capture.sqlite3"
    writer = CaptureWriter(path)
    writer.add_batch(events, [])
    writer.add_anchors(
        [],
        [
            (0, 100 * 1_000_000_000),
            (60 * 1_000_000_000, 160 * 1_000_000_000),
            (120 * 1_000_000_000, 3_820 * 1_000_000_000),
        ],
    )
    writer.close()
    with CaptureStore.open_read(path) as store:
        rows = store.input_rows()
        assert rows.move_ns.tolist() == [5, 9]
        assert rows.move_xy.tolist() == [[1, 2], [-7, 8]]
        assert rows.click_ns.tolist() == [7, 11]
        assert rows.click_xy.tolist() == [[3, 4], [5, 6]]
        assert rows.click_button.tolist() == [2, 3]
        assert rows.key_ns.tolist() == [9]
        assert store.frame_pts("screen").tolist() == []
        assert store.clock_set_ns() == 3_600 * 1_000_000_000
