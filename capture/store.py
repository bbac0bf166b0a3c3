"""Reading capture.sqlite3: while the recorder writes, after it, and in folders that can only be read."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote

from capture.columns import InputRows, frame_pts, input_rows
from capture.errors import CaptureCode, CaptureError
from capture.events import (
    Button,
    ButtonState,
    InputEvent,
    Interval,
    IntervalKind,
    KeyEvent,
    KeyState,
    Mark,
    MarkKind,
    MarkOrigin,
    PointerMove,
    SyncResult,
    Wheel,
    WindowEvent,
)
from capture.jsonvalue import loads_object
from capture.layout import Layout
from capture.manifest import StreamInfo
from capture.migrations import unknown_migrations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUSY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class FrameRows:
    """The frames of a stream in order of time, one element or row each.

    Attributes:
        pts: presentation time in the file, in 1/90000 s.
        t_ns: session time at which the picture was taken.
        kind: "new", "repeat" (nothing had changed) or "slate" (a pause or a gap).
        key: whether the frame can be decoded without others.
        box: changed box x, y, width, height in the file's pixels; -1 where nothing changed.
    """

    pts: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    kind: tuple[str, ...]
    key: NDArray[np.bool_]
    box: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kind)


class CaptureStore:
    """The read side of capture.sqlite3. One thread at a time; several stores on one file are fine.

    Every method raises `CaptureError` BUNDLE_BROKEN when the file is damaged.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, on_close: Callable[[], None] | None = None) -> None:
        self._connection = connection
        self._path = path
        self._on_close = on_close

    @classmethod
    def open_read(cls, path: Path) -> CaptureStore:
        """Opens a capture.sqlite3, or the one of the bundle folder `path`, for reading.

        Raises:
            CaptureError: BUNDLE_MISSING, BUNDLE_BROKEN, BUNDLE_TOO_NEW.
        """
        if path.is_dir():
            path = path / "capture.sqlite3"
        if not path.is_file():
            raise CaptureError(CaptureCode.BUNDLE_MISSING, str(path))
        try:
            return cls._connect(path, path, None)
        except sqlite3.OperationalError:
            # A journal left by a killed recorder in a folder that can't be written: SQLite must write to read it.
            # Read a copy instead.
            return cls._open_copy(path)
        except sqlite3.DatabaseError as error:
            raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{path}: {error}") from error

    @classmethod
    def _open_copy(cls, path: Path) -> CaptureStore:
        folder = tempfile.TemporaryDirectory(prefix="moderato-")
        try:
            for name in (path.name, path.name + "-wal"):
                if (path.parent / name).exists():
                    shutil.copyfile(path.parent / name, Path(folder.name) / name)
            return cls._connect(Path(folder.name) / path.name, path, folder.cleanup)
        except (sqlite3.DatabaseError, OSError) as error:
            folder.cleanup()
            raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{path}: {error}") from error
        except CaptureError:
            folder.cleanup()
            raise

    @classmethod
    def _connect(cls, path: Path, shown: Path, on_close: Callable[[], None] | None) -> CaptureStore:
        mode = "ro" if on_close is None else "rw"
        uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            newer = unknown_migrations(connection)
            connection.execute("SELECT count(*) FROM stream").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        if newer:
            connection.close()
            raise CaptureError(CaptureCode.BUNDLE_TOO_NEW, str(shown))
        return cls(connection, shown, on_close)

    def __enter__(self) -> CaptureStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self._connection.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except (sqlite3.DatabaseError, ValueError) as error:
            raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{self._path}: {error}") from error

    def marks(self, *, include_undone: bool = False) -> list[Mark]:
        """Marks in order of time; without `include_undone` neither the undone ones nor the rows that undo them."""
        with self._guard() as db:
            rows = db.execute(
                "SELECT id, t_ns, t_pressed_ns, kind, ref, body, payload_json, origin, author FROM mark ORDER BY rowid"
            ).fetchall()
            marks = [
                Mark(
                    id=row[0],
                    t_ns=row[1],
                    t_pressed_ns=row[2],
                    kind=MarkKind(row[3]),
                    ref=row[4],
                    body=row[5],
                    payload=loads_object(row[6]) if row[6] else {},
                    origin=MarkOrigin(row[7]),
                    author=row[8],
                )
                for row in rows
            ]
        if not include_undone:
            undone = _undone(marks)
            marks = [mark for mark in marks if mark.kind is not MarkKind.UNDO and mark.id not in undone]
        return sorted(marks, key=lambda mark: mark.t_ns)

    def event_counts(self) -> dict[str, int]:
        """Number of input events by kind: "move", "button_down" …; kinds that never came are left out."""
        with self._guard() as db:
            return dict(db.execute("SELECT kind, count(*) FROM input_event GROUP BY kind ORDER BY kind").fetchall())

    def events(self, t0_ns: int | None = None, t1_ns: int | None = None) -> Iterator[InputEvent]:
        """Input events of [t0, t1), in order of time."""
        low = -(2**62) if t0_ns is None else t0_ns
        high = 2**62 if t1_ns is None else t1_ns
        with self._guard() as db:
            rows = db.execute(
                "SELECT kind, t_ns, x, y, button, key, dx, dy, injected FROM input_event"
                " WHERE t_ns >= ? AND t_ns < ? ORDER BY t_ns, id",
                [low, high],
            )
            for row in rows:
                yield _event(row)

    def input_rows(self) -> InputRows:
        """All input events as arrays: for a session of hours."""
        with self._guard() as db:
            return input_rows(db)

    def frame_pts(self, kind: str) -> NDArray[np.int64]:
        """The PTS (1/90000 s) of the first stream of a kind, in rising order; empty if there is none."""
        with self._guard() as db:
            return frame_pts(db, kind)

    def windows(self) -> list[WindowEvent]:
        """Which window was in front from when on, in order of time; empty for bundles that don't know."""
        with self._guard() as db:
            if not _has_table(db, "window_event"):
                return []
            rows = db.execute("SELECT t_ns, app, title, x, y, w, h FROM window_event ORDER BY t_ns, rowid").fetchall()
            return [WindowEvent(*row) for row in rows]

    def sync_checks(self) -> list[SyncResult]:
        """What sync checks found, in order of time; empty for bundles that don't know."""
        with self._guard() as db:
            if not _has_table(db, "sync_check"):
                return []
            rows = db.execute("SELECT t_ns, audio_offset_ns, event_offset_ns, ok FROM sync_check ORDER BY t_ns, id")
            return [SyncResult(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def layouts(self) -> list[tuple[int, Layout]]:
        """The displays and what of them is recorded, from when on."""
        with self._guard() as db:
            rows = db.execute("SELECT t_ns, json FROM display_layout ORDER BY t_ns, rowid").fetchall()
            return [(t_ns, Layout.from_json(json.loads(text))) for t_ns, text in rows]

    def frames(self, stream_id: int | None = None) -> FrameRows:
        """Frames of a stream, by default of the (first) screen stream; empty if there is none."""
        import numpy as np

        with self._guard() as db:
            if stream_id is None:
                first = db.execute("SELECT min(id) FROM stream WHERE kind = 'screen'").fetchone()
                stream_id = first[0] if first[0] is not None else -1
            rows = db.execute(
                "SELECT pts, t_ns, kind, key, ifnull(x, -1), ifnull(y, -1), ifnull(w, -1), ifnull(h, -1) FROM frame"
                " WHERE stream_id = ? ORDER BY pts",
                [stream_id],
            ).fetchall()
        return FrameRows(
            pts=np.array([row[0] for row in rows], dtype=np.int64),
            t_ns=np.array([row[1] for row in rows], dtype=np.int64),
            kind=tuple(row[2] for row in rows),
            key=np.array([row[3] for row in rows], dtype=np.bool_),
            box=np.array([row[4:8] for row in rows], dtype=np.int64).reshape(-1, 4),
        )

    def intervals(self) -> list[Interval]:
        """Pauses, gaps and the like, in order of time."""
        with self._guard() as db:
            rows = db.execute(
                "SELECT i.kind, i.reason, i.t_start_ns, i.t_end_ns, s.kind FROM interval i"
                " LEFT JOIN stream s ON s.id = i.stream_id ORDER BY i.t_start_ns, i.id"
            ).fetchall()
            return [Interval(IntervalKind(row[0]), row[1], row[2], row[3], row[4]) for row in rows]

    def streams(self) -> list[StreamInfo]:
        """The streams, by id."""
        with self._guard() as db:
            rows = db.execute("SELECT id, kind, file, track, name, format_json FROM stream ORDER BY id").fetchall()
            return [
                StreamInfo(row[0], row[1], row[2], row[3], row[4], loads_object(row[5]) if row[5] else {})
                for row in rows
            ]

    def epoch_utc_ns(self) -> int | None:
        """UTC at session time zero; `None` if it was not written."""
        with self._guard() as db:
            row = db.execute("SELECT utc_ns - t_ns FROM clock_anchor ORDER BY t_ns LIMIT 1").fetchone()
            return None if row is None else int(row[0])

    def clock_set_ns(self) -> int:
        """By how much the computer's clock was set, forward or (below zero) back, while it recorded; 0 for a drift.

        Session time knows nothing of it. Only the largest jump between two anchors counts, from a second on.
        """
        with self._guard() as db:
            rows = db.execute("SELECT t_ns, utc_ns - t_ns FROM clock_anchor ORDER BY t_ns").fetchall()
        slept = [(i.t_start_ns, i.t_end_ns or i.t_start_ns) for i in self.intervals() if i.kind is IntervalKind.SUSPEND]
        jumps = [
            later[1] - earlier[1]
            for earlier, later in itertools.pairwise(rows)
            if not any(start <= later[0] and end >= earlier[0] for start, end in slept)
        ]
        largest = max(jumps, key=abs, default=0)
        return int(largest) if abs(largest) >= 1_000_000_000 else 0

    def end_ns(self) -> int:
        """The latest moment anything in the file speaks of; 0 if nothing does."""
        with self._guard() as db:
            return last_moment_ns(db)


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    """Bundles of an older version lack the tables that came later, and are never changed."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [name]).fetchone() is not None


def last_moment_ns(db: sqlite3.Connection) -> int:
    """The latest moment of a frame, an input event or a mark; 0 if there is none."""
    row = db.execute(
        "SELECT max((SELECT ifnull(max(t_ns), 0) FROM frame), (SELECT ifnull(max(t_ns), 0) FROM input_event),"
        " (SELECT ifnull(max(t_pressed_ns), 0) FROM mark))"
    ).fetchone()
    return int(row[0])


def _undone(marks: list[Mark]) -> set[str]:
    """Ids that are undone. The newest undo counts first, since an undo can itself be undone."""
    undone: set[str] = set()
    for mark in reversed(marks):
        if mark.kind is MarkKind.UNDO and mark.ref is not None and mark.id not in undone:
            undone.add(mark.ref)
    return undone


def _event(row: tuple[str, int, int, int, str, str, int, int, int | None]) -> InputEvent:
    kind, t_ns, x, y, button, key, dx, dy, flag = row
    injected = None if flag is None else bool(flag)
    if kind == "move":
        return PointerMove(t_ns, x, y, injected)
    if kind == "wheel":
        return Wheel(t_ns, x, y, dx, dy, injected)
    if kind in {"button_down", "button_up"}:
        return Button(t_ns, x, y, button, ButtonState(kind), injected)
    return KeyEvent(t_ns, key, KeyState(kind), injected)
