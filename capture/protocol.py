"""Messages between a recorder and its clients: versioned JSON, one object per message, never pickle.

A client sends commands with a number and gets one reply for each; the recorder sends events to every client.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from capture.errors import CaptureCode, CaptureError
from capture.events import Mark
from capture.jsonvalue import JsonObject, JsonValue, as_list, as_object, dumps, get, get_optional, loads_object

VERSION = 1
MAX_COMMAND_BYTES = 1 << 20
MAX_EVENT_BYTES = 8 << 20
BATTERY_LOW_MINUTES = 20
"""Less than this on the battery is an alarm."""


class RecorderState(StrEnum):
    """States of a recorder, in the order they come; recording and paused alternate."""

    IDLE = "idle"
    PREPARING = "preparing"
    READY = "ready"
    RECORDING = "recording"
    PAUSED = "paused"
    FINALIZING = "finalizing"
    FINALIZED = "finalized"
    FAILED = "failed"


class CommandName(StrEnum):
    HELLO = "hello"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    ADD_MARK = "add_mark"
    ADD_SYNC_CHECK = "add_sync_check"
    STOP = "stop"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Command:
    """`number` is the client's own; the reply carries it back."""

    number: int
    name: CommandName
    arguments: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to a command: `code` is `None` when it was done."""

    number: int
    result: JsonObject
    code: CaptureCode | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BundleSummary:
    """What a finished recording holds. `dropped`: pictures the encoder had no time for."""

    duration_ns: int
    frames: int
    dropped: int
    events: int
    marks: int

    def to_json(self) -> JsonObject:
        return {
            "duration_ns": self.duration_ns,
            "frames": self.frames,
            "dropped": self.dropped,
            "events": self.events,
            "marks": self.marks,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> BundleSummary:
        """Raises `ValueError` when something is missing."""
        return cls(*(get(source, key, int) for key in ("duration_ns", "frames", "dropped", "events", "marks")))


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """How one stream goes.

    Attributes:
        kind: "screen", "mic", "system", "camera", "input" or "window".
        age_ns: time since its last sample; `None` while none came. A screen that stands still is looked at all the
            time, so its age stays small; an input stream's is that of the last event.
        level: sound only: root mean square of the last tenth of a second, -60 dBFS = 0 to full scale = 1.
        peak: the same of the highest sample.
        fps: pictures only: taken a second, lately.
        dropped: samples (pictures, blocks, events) that were left out because something was too slow.
        code: what is wrong with it at the moment; `None` when all is well.
    """

    kind: str
    age_ns: int | None = None
    level: float | None = None
    peak: float | None = None
    fps: float | None = None
    dropped: int = 0
    code: CaptureCode | None = None

    def to_json(self) -> JsonObject:
        return {
            "kind": self.kind,
            "age_ns": self.age_ns,
            "level": self.level,
            "peak": self.peak,
            "fps": self.fps,
            "dropped": self.dropped,
            "code": self.code.value if self.code else None,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> StreamStatus:
        """Raises `ValueError` when something is missing or of a wrong type."""
        code = get_optional(source, "code", str)
        return cls(
            kind=get(source, "kind", str),
            age_ns=get_optional(source, "age_ns", int),
            level=get_optional(source, "level", float),
            peak=get_optional(source, "peak", float),
            fps=get_optional(source, "fps", float),
            dropped=get(source, "dropped", int),
            code=None if code is None else CaptureCode(code),
        )


@dataclass(frozen=True, slots=True)
class Status:
    """How the recording goes, several times a second.

    Attributes:
        t_ns: session time; 0 until it was started.
        fps: pictures taken a second, lately.
        frames: pictures in the file; a screen that stands still adds two a second.
        dropped: pictures the encoder had no time for.
        input_events: pointer and key events kept so far.
        streams: each stream that was opened, screen first.
        disk_minutes: how long the disk lasts at the rate of this recording; `None` while that can't be told.
        battery_minutes: how long the battery lasts; `None` on mains, and where it can't be told.
        reasons: what is wrong at the moment; empty when all is well.
    """

    t_ns: int
    state: RecorderState
    fps: float
    frames: int
    dropped: int
    input_events: int
    disk_free_bytes: int
    bytes_written: int
    reasons: tuple[CaptureCode, ...] = ()
    streams: tuple[StreamStatus, ...] = ()
    disk_minutes: int | None = None
    battery_minutes: int | None = None

    def of(self, kind: str) -> StreamStatus | None:
        """The stream of a kind, if there is one."""
        return next((stream for stream in self.streams if stream.kind == kind), None)


RecorderStatus: TypeAlias = Status


@dataclass(frozen=True, slots=True)
class Degraded:
    """A stream ("screen", "mic", "system", "camera", "input", "window", "disk", "battery") delivers nothing or
    not everything; the others go on."""

    stream: str
    code: CaptureCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A degraded stream is whole again."""

    stream: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark was made, by whichever client; it is on the disk."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class Preview:
    """What is being recorded, small, as JPEG; at most two a second."""

    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Finalized:
    """The recording has ended and the bundle is whole."""

    summary: BundleSummary


@dataclass(frozen=True, slots=True)
class Failed:
    """The recording has ended by a failure; what was recorded can be recovered."""

    code: CaptureCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The recorder died. Made by the client, never sent."""


RecorderEvent: TypeAlias = Status | Degraded | Recovered | Marked | Preview | Finalized | Failed | Gone
Message: TypeAlias = Command | Reply | RecorderEvent


def encode(message: Message) -> bytes:
    """A message as bytes."""
    return dumps({"v": VERSION, **_fields(message)}).encode()


def _fields(message: Message) -> dict[str, JsonValue]:  # noqa: C901, PLR0911
    match message:
        case Command():
            return {
                "type": "command",
                "number": message.number,
                "name": message.name.value,
                "arguments": message.arguments,
            }
        case Reply():
            code = message.code.value if message.code else None
            return {
                "type": "reply",
                "number": message.number,
                "result": message.result,
                "code": code,
                "detail": message.detail,
            }
        case Status():
            return {"type": "status", **status_to_json(message)}
        case Degraded():
            return {
                "type": "degraded",
                "stream": message.stream,
                "code": message.code.value,
                "detail": message.detail,
            }
        case Recovered():
            return {"type": "recovered", "stream": message.stream}
        case Marked():
            return {"type": "marked", "mark": message.mark.to_json()}
        case Preview():
            return {"type": "preview", "jpeg": base64.b64encode(message.jpeg).decode("ascii")}
        case Finalized():
            return {"type": "finalized", "summary": message.summary.to_json()}
        case Failed():
            return {"type": "failed", "code": message.code.value, "detail": message.detail}
        case Gone():
            raise ValueError("Gone is never sent")


def decode(data: bytes) -> Message:
    """A message from bytes.

    Raises:
        CaptureError: RECORDER_REFUSED if it is of another version, INTERNAL if it is no message.
    """
    try:
        source = loads_object(data)
        if get(source, "v", int) != VERSION:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, "another version of the protocol")
        return _message(source)
    except (ValueError, KeyError, binascii.Error) as error:
        raise CaptureError(CaptureCode.INTERNAL, f"not a message: {error}") from error


def _message(source: JsonObject) -> Message:  # noqa: PLR0911
    match source.get("type"):
        case "command":
            name = CommandName(get(source, "name", str))
            return Command(get(source, "number", int), name, as_object(source["arguments"]))
        case "reply":
            code = get_optional(source, "code", str)
            return Reply(
                get(source, "number", int),
                as_object(source["result"]),
                None if code is None else CaptureCode(code),
                get(source, "detail", str),
            )
        case "status":
            return status_from_json(source)
        case "degraded":
            code_text = get(source, "code", str)
            return Degraded(get(source, "stream", str), CaptureCode(code_text), get(source, "detail", str))
        case "recovered":
            return Recovered(get(source, "stream", str))
        case "marked":
            return Marked(Mark.from_json(as_object(source["mark"])))
        case "preview":
            return Preview(base64.b64decode(get(source, "jpeg", str), validate=True))
        case "finalized":
            return Finalized(BundleSummary.from_json(as_object(source["summary"])))
        case "failed":
            return Failed(CaptureCode(get(source, "code", str)), get(source, "detail", str))
        case _:
            raise ValueError("unknown type")


def status_to_json(status: Status) -> JsonObject:
    """A status as a JSON object."""
    return {
        "t_ns": status.t_ns,
        "state": status.state.value,
        "fps": status.fps,
        "frames": status.frames,
        "dropped": status.dropped,
        "input_events": status.input_events,
        "disk_free_bytes": status.disk_free_bytes,
        "bytes_written": status.bytes_written,
        "reasons": [code.value for code in status.reasons],
        "streams": [stream.to_json() for stream in status.streams],
        "disk_minutes": status.disk_minutes,
        "battery_minutes": status.battery_minutes,
    }


def status_from_json(source: JsonObject) -> Status:
    """A status from a JSON object; raises `ValueError`."""
    return Status(
        t_ns=get(source, "t_ns", int),
        state=RecorderState(get(source, "state", str)),
        fps=get(source, "fps", float),
        frames=get(source, "frames", int),
        dropped=get(source, "dropped", int),
        input_events=get(source, "input_events", int),
        disk_free_bytes=get(source, "disk_free_bytes", int),
        bytes_written=get(source, "bytes_written", int),
        reasons=tuple(CaptureCode(code) for code in as_list(source["reasons"]) if isinstance(code, str)),
        streams=tuple(StreamStatus.from_json(as_object(item)) for item in as_list(source["streams"])),
        disk_minutes=get_optional(source, "disk_minutes", int),
        battery_minutes=get_optional(source, "battery_minutes", int),
    )
