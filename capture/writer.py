"""Writing capture.sqlite3: the recorder's side."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from capture.errors import CaptureCode, CaptureError
from capture.events import Button, InputEvent, IntervalKind, KeyEvent, Mark, PointerMove, Wheel, WindowEvent
from capture.fileio import FILE_MODE, open_private, storage_error
from capture.jsonvalue import JsonObject, JsonValue, dumps, get, get_optional
from capture.manifest import StreamInfo
from capture.migrations import apply
from capture.store import BUSY_TIMEOUT_S

Row = tuple[int | str | None, ...]
_CACHE_KIB = 256
"""Rows are added at the ends of a few tables: the rest of SQLite's usual 2 MB would fill up with what is never read."""
P = ParamSpec("P")
T = TypeVar("T")

COUNTS_SQL = (
    "SELECT (SELECT count(*) FROM frame JOIN stream ON stream.id = stream_id WHERE stream.kind = 'screen'),"
    " (SELECT count(*) FROM input_event), (SELECT count(*) FROM mark)"
)
_EVENT_SQL = (
    "INSERT INTO input_event(kind, t_ns, x, y, button, key, dx, dy, injected) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FRAME_SQL = "INSERT INTO frame(stream_id, pts, t_ns, kind, key, x, y, w, h) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One row of `frame`; `box` = x, y, width, height around all that changed, `None` if nothing did.

    It is the smallest one where little changed; when much is drawn at once it may be larger.
    """

    stream_id: int
    pts: int
    t_ns: int
    kind: str
    key: bool
    box: tuple[int, int, int, int] | None


def _twice_when_full(
    method: Callable[Concatenate[CaptureWriter, P], T],
) -> Callable[Concatenate[CaptureWriter, P], T]:
    """On a full disk, asks for room and does it once more. The method must have changed nothing when it fails."""

    def call(self: CaptureWriter, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except CaptureError as error:
            if error.code is not CaptureCode.DISK_FULL:
                raise
        self.make_room()
        return method(self, *args, **kwargs)

    return call


class CaptureWriter:
    """The write side of capture.sqlite3. Any thread: one connection behind a lock.

    Batches are committed with synchronous=NORMAL (a killed process loses nothing that was committed, a power cut may
    lose the last batches); a mark is committed with FULL, which also carries everything committed before it.

    Every method raises `CaptureError` DISK_FULL or FOLDER_UNWRITABLE when the disk says no.
    """

    def __init__(self, path: Path, make_room: Callable[[], None] = lambda: None) -> None:
        """Makes the file, mode 0600, with the current schema. Raises also BUNDLE_EXISTS.

        `make_room` is called, on any thread, when the disk is full; what failed is tried once more then.
        """
        self.make_room = make_room
        self._path = path
        self._lock = threading.Lock()
        if path.exists():
            raise CaptureError(CaptureCode.BUNDLE_EXISTS, str(path))
        with self._guard():
            os.close(open_private(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
            self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            apply(self._db)
            for suffix in ("-wal", "-shm"):
                side = path.with_name(path.name + suffix)
                if side.exists():
                    side.chmod(FILE_MODE)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            full = error.sqlite_errorcode in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
            code = CaptureCode.DISK_FULL if full else CaptureCode.FOLDER_UNWRITABLE
            raise CaptureError(code, f"{self._path.name}: {error}") from error
        except sqlite3.ProgrammingError as error:  # closed meanwhile: the recording has ended
            raise CaptureError(CaptureCode.RECORDER_REFUSED, str(error)) from error
        except OSError as error:
            raise storage_error(error, self._path) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._guard():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def add_stream(self, stream: StreamInfo) -> None:
        """Adds a row of `stream`."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO stream(id, kind, file, track, name, format_json) VALUES(?, ?, ?, ?, ?, ?)",
                [stream.id, stream.kind, stream.file, stream.track, stream.name, dumps(stream.format)],
            )

    @_twice_when_full
    def add_mark(self, mark: Mark) -> None:
        """Adds a mark; returns when it is on the disk."""
        with self._lock, self._guard():
            self._db.execute("PRAGMA synchronous = FULL")
            try:
                self._db.execute(
                    "INSERT INTO mark(id, t_ns, t_pressed_ns, kind, ref, body, payload_json, origin, author)"
                    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        mark.id,
                        mark.t_ns,
                        mark.t_pressed_ns,
                        mark.kind.value,
                        mark.ref,
                        mark.body,
                        dumps(mark.payload),
                        mark.origin.value,
                        mark.author,
                    ],
                )
            finally:
                self._db.execute("PRAGMA synchronous = NORMAL")

    @_twice_when_full
    def add_batch(self, events: Sequence[InputEvent], frames: Sequence[FrameRow]) -> None:
        """Adds events and frames in one transaction: all or none."""
        if not events and not frames:
            return
        with self._transaction() as db:
            db.executemany(_EVENT_SQL, [_event_row(event) for event in events])
            db.executemany(_FRAME_SQL, [_frame_row(frame) for frame in frames])

    @_twice_when_full
    def add_sync_check(self, found: JsonObject) -> None:
        """Adds a row of `sync_check`. Raises `ValueError` when a figure is missing or of a wrong type."""
        row = (
            get(found, "t_ns", int),
            get_optional(found, "audio_offset_ns", int),
            get_optional(found, "event_offset_ns", int),
            int(get(found, "ok", bool)),
            dumps(found),
        )
        with self._transaction() as db:
            db.execute(
                "INSERT INTO sync_check(t_ns, audio_offset_ns, event_offset_ns, ok, detail_json) VALUES(?, ?, ?, ?, ?)",
                row,
            )

    @_twice_when_full
    def add_windows(self, events: Sequence[WindowEvent]) -> None:
        """Adds rows of `window_event`."""
        with self._transaction() as db:
            db.executemany(
                "INSERT INTO window_event(t_ns, app, title, x, y, w, h) VALUES(?, ?, ?, ?, ?, ?, ?)",
                [(e.t_ns, e.app, e.title, e.x, e.y, e.width, e.height) for e in events],
            )

    @_twice_when_full
    def add_anchors(self, audio: Sequence[tuple[int, int, int]], clock: Sequence[tuple[int, int]]) -> None:
        """Adds (stream_id, sample, t_ns) and (t_ns, utc_ns) rows."""
        with self._transaction() as db:
            db.executemany("INSERT INTO anchor(stream_id, sample, t_ns) VALUES(?, ?, ?)", audio)
            db.executemany("INSERT INTO clock_anchor(t_ns, utc_ns) VALUES(?, ?)", clock)

    @_twice_when_full
    def add_note(self, table: str, t_ns: int, value: JsonValue) -> None:
        """Adds a row of `health` or `display_layout`."""
        statements = {
            "health": "INSERT INTO health(t_ns, json) VALUES(?, ?)",
            "display_layout": "INSERT INTO display_layout(t_ns, json) VALUES(?, ?)",
        }
        with self._transaction() as db:
            db.execute(statements[table], [t_ns, dumps(value)])

    @_twice_when_full
    def open_interval(self, kind: IntervalKind, reason: str | None, t_ns: int, stream_id: int | None) -> int:
        """Adds an interval without an end and returns its id."""
        with self._transaction() as db:
            cursor = db.execute(
                "INSERT INTO interval(stream_id, kind, reason, t_start_ns) VALUES(?, ?, ?, ?)",
                [stream_id, kind.value, reason, t_ns],
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

    @_twice_when_full
    def close_interval(self, interval_id: int, t_ns: int) -> None:
        """Gives an open interval its end."""
        with self._transaction() as db:
            db.execute("UPDATE interval SET t_end_ns = max(?, t_start_ns) WHERE id = ?", [t_ns, interval_id])

    def counts(self) -> tuple[int, int, int]:
        """Number of frames of the screen, of input events and of marks."""
        with self._lock, self._guard():
            row = self._db.execute(COUNTS_SQL).fetchone()
            return int(row[0]), int(row[1]), int(row[2])

    @_twice_when_full
    def finish(self, t_end_ns: int) -> None:
        """Ends what is open, folds the journal into the file, and closes it."""
        with self._transaction() as db:
            db.execute("UPDATE interval SET t_end_ns = max(?, t_start_ns) WHERE t_end_ns IS NULL", [t_end_ns])
        with self._lock, self._guard():
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()

    def close(self) -> None:
        """Closes the file as it is; what was committed stays. May be called twice."""
        with self._lock:
            self._db.close()


def _event_row(event: InputEvent) -> Row:
    injected = None if event.injected is None else int(event.injected)
    if isinstance(event, PointerMove):
        return ("move", event.t_ns, event.x, event.y, None, None, None, None, injected)
    if isinstance(event, Button):
        return (event.state.value, event.t_ns, event.x, event.y, event.button, None, None, None, injected)
    if isinstance(event, Wheel):
        return ("wheel", event.t_ns, event.x, event.y, None, None, event.dx, event.dy, injected)
    assert isinstance(event, KeyEvent)
    return (event.state.value, event.t_ns, None, None, None, event.key, None, None, injected)


def _frame_row(frame: FrameRow) -> Row:
    x, y, width, height = frame.box or (None, None, None, None)
    return (frame.stream_id, frame.pts, frame.t_ns, frame.kind, int(frame.key), x, y, width, height)
