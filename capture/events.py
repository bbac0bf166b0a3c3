"""What happens in a session, as values. All times are `int` nanoseconds of session time.

One exception: an input source stamps its events with `clock.perf_ns()`, and the recorder replaces the stamp by session
time before anything is stored (`at`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from capture.jsonvalue import JsonObject, JsonValue, as_object, get, get_optional


class ButtonState(StrEnum):
    DOWN = "button_down"
    UP = "button_up"


class KeyState(StrEnum):
    DOWN = "key_down"
    UP = "key_up"


@dataclass(frozen=True, slots=True)
class PointerMove:
    """The pointer at (x, y), physical pixels of the root window. `injected`: by a program; `None`: can't be told."""

    t_ns: int
    x: int
    y: int
    injected: bool | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A pointer button ("left", "middle", "right", "button8" …) went down or up."""

    t_ns: int
    x: int
    y: int
    button: str
    state: ButtonState
    injected: bool | None = None


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel turned by (dx, dy) notches; dy > 0 is away from the user."""

    t_ns: int
    x: int
    y: int
    dx: int
    dy: int
    injected: bool | None = None


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key of a category ("char", "digit", "navigation" …) or a shortcut ("shortcut:Ctrl+S"); never what was typed."""

    t_ns: int
    key: str
    state: KeyState
    injected: bool | None = None


InputEvent: TypeAlias = PointerMove | Button | Wheel | KeyEvent


def at(event: InputEvent, t_ns: int) -> InputEvent:
    """The same event at another time."""
    return replace(event, t_ns=t_ns)


@dataclass(frozen=True, slots=True)
class WindowEvent:
    """Another window is in front, or it has another title or place.

    `app` is what the system calls its program; `title` is `None` where titles are switched off; place and size are
    physical pixels of the root window. All `None`: no window is in front.
    """

    t_ns: int
    app: str | None
    title: str | None
    x: int | None
    y: int | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """A sync check's certificate: how much later sound and events are than the picture; `None`: not measured."""

    t_ns: int
    audio_offset_ns: int | None
    event_offset_ns: int | None
    ok: bool


class MarkKind(StrEnum):
    """What is said live. `ref` and `payload` per kind:

    MARK: payload {"kind": value of ObservationKind, "tag": name, "severity": 0-4}, the last two may be absent;
    body = text.
    NOTE: body = text, ref = id of the mark it belongs to, or None. TASK_START: ref = task id, body = title.
    TASK_END: ref = id of the TASK_START mark. OUTCOME: the same ref, payload {"outcome": value of Outcome}.
    CONSENT: payload {"version": int, "method": "screen" | "cli"}. UNDO: ref = id of the undone mark.
    """

    MARK = "mark"
    NOTE = "note"
    TASK_START = "task_start"
    TASK_END = "task_end"
    OUTCOME = "outcome"
    ASSIST = "assist"
    ANSWER = "answer"
    CONSENT = "consent"
    GUIDE_CHECK = "guide_check"
    UNDO = "undo"


class MarkOrigin(StrEnum):
    """Where a mark was made."""

    HOTKEY = "hotkey"
    UI = "ui"
    CLI = "cli"
    PARTICIPANT = "participant"


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the journal of what was said live.

    Attributes:
        t_ns: the moment that is meant ("that was it 10 s ago").
        t_pressed_ns: the moment of the key press.
    """

    id: str
    t_ns: int
    t_pressed_ns: int
    kind: MarkKind
    ref: str | None = None
    body: str | None = None
    payload: Mapping[str, JsonValue] = field(default_factory=dict)
    origin: MarkOrigin = MarkOrigin.UI
    author: str | None = None

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "t_ns": self.t_ns,
            "t_pressed_ns": self.t_pressed_ns,
            "kind": self.kind.value,
            "ref": self.ref,
            "body": self.body,
            "payload": self.payload,
            "origin": self.origin.value,
            "author": self.author,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> Mark:
        """Raises `ValueError` when something is missing or of a wrong type."""
        return cls(
            id=get(source, "id", str),
            t_ns=get(source, "t_ns", int),
            t_pressed_ns=get(source, "t_pressed_ns", int),
            kind=MarkKind(get(source, "kind", str)),
            ref=get_optional(source, "ref", str),
            body=get_optional(source, "body", str),
            payload=as_object(source.get("payload") or {}),
            origin=MarkOrigin(get(source, "origin", str)),
            author=get_optional(source, "author", str),
        )


class IntervalKind(StrEnum):
    """Stretches of a session that differ from the rest."""

    PAUSE = "pause"
    """Private: nothing of picture, sound and input was kept."""
    GAP = "gap"
    """A source delivered nothing: a slate or silence of the same length stands in the file."""
    DEGRADED = "degraded"
    """A source went on, but not with everything (events lost)."""
    SUSPEND = "suspend"
    """The machine slept."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of session time; `t_end_ns` is `None` while it lasts. `stream`: kind of the stream, `None` for all."""

    kind: IntervalKind
    reason: str | None
    t_start_ns: int
    t_end_ns: int | None
    stream: str | None = None
