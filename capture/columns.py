"""Columns of capture.sqlite3 as arrays: half a million events in a third of a second, and without Python's lock.

SQLite joins the numbers to one text and NumPy reads it; both do so without the interpreter, so that a window that
is open meanwhile goes on drawing.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUTTONS = ("left", "middle", "right")
"""The buttons by number in `InputRows.click_button`; every other one is `len(BUTTONS)`."""


@dataclass(frozen=True, slots=True, eq=False)
class InputRows:
    """Input events in order of time; session time in ns, places in physical pixels of the root window.

    Attributes:
        move_ns, move_xy: pointer movement and wheel, shapes (n,) and (n, 2).
        click_ns, click_xy, click_button: buttons that went down.
        key_ns: keys that went down.
    """

    move_ns: NDArray[np.int64]
    move_xy: NDArray[np.int64]
    click_ns: NDArray[np.int64]
    click_xy: NDArray[np.int64]
    click_button: NDArray[np.int64]
    key_ns: NDArray[np.int64]


def input_rows(db: sqlite3.Connection) -> InputRows:
    """All input events."""
    moves = _read(db, "t_ns, x, y", "kind IN ('move', 'wheel')")
    button = "CASE button WHEN 'left' THEN 0 WHEN 'middle' THEN 1 WHEN 'right' THEN 2 ELSE 3 END"
    clicks = _read(db, f"t_ns, x, y, {button}", "kind = 'button_down'")
    keys = _read(db, "t_ns", "kind = 'key_down'")
    return InputRows(
        move_ns=moves[:, 0].copy(),
        move_xy=moves[:, 1:].copy(),
        click_ns=clicks[:, 0].copy(),
        click_xy=clicks[:, 1:3].copy(),
        click_button=clicks[:, 3].copy(),
        key_ns=keys[:, 0].copy(),
    )


def frame_pts(db: sqlite3.Connection, kind: str) -> NDArray[np.int64]:
    """The PTS (1/90000 s) of the first stream of a kind, in rising order; empty if there is none."""
    import numpy as np

    text = db.execute(
        "SELECT group_concat(pts, ' ') FROM frame WHERE stream_id = (SELECT min(id) FROM stream WHERE kind = ?)", [kind]
    ).fetchone()[0]
    return np.sort(_numbers(text))


def _read(db: sqlite3.Connection, columns: str, where: str) -> NDArray[np.int64]:
    """Rows of whole numbers, shape (n, columns), sorted by the first column. Rows with a NULL are left out."""
    import numpy as np

    names = [name.strip() for name in columns.split(", ")]
    joined = " || ' ' || ".join(f"({name})" for name in names)
    text = db.execute(f"SELECT group_concat({joined}, ' ') FROM input_event WHERE {where}").fetchone()[0]  # noqa: S608
    rows = _numbers(text).reshape(-1, len(names))
    times = rows[:, 0]
    if np.all(times[1:] >= times[:-1]):
        return rows
    return rows[np.argsort(times, kind="stable")]


def _numbers(text: str | None) -> NDArray[np.int64]:
    import numpy as np

    return np.empty(0, np.int64) if not text else np.fromstring(text, np.int64, sep=" ")
