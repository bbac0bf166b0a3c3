"""What the app and the transcriber process say to each other: versioned JSON, one message a line, as dataclasses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcribe.errors import TranscribeCode
from transcribe.models import Lack, Segment, Transcript
from transcribe.wire import JsonObject, lacks_from_json, lacks_to_json, segment_from_json, segment_to_json

VERSION = 2
MAX_LINE = 16 * 1024 * 1024  # no message comes near; a longer one is not ours


class ProtocolError(ValueError):
    """A line that isn't a message of this version."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound track of a session.

    `stream_index` is the stream's index in its container (as PyAV and ffprobe count, pictures included); None takes
    the first sound. `t0_ns` is the session time of the media's own zero.
    """

    media: Path
    stream_index: int | None
    t0_ns: int
    track: str  # 'mic' | 'system' | 'mixed'


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What is to be transcribed, with what, and where the journal goes.

    `sounds` are the tracks of one session; they are heard side by side and end up in one transcript. `skip` holds
    ranges of session time that are never sent to the model (pauses, gaps). `language` is a code such as `en`, None
    lets the model find it. `vocabulary` are words it is to expect. `translate`: an English translation too, where the
    language is another one and the model can. `voices`: tell who speaks, where the voice model is installed;
    `moderator` is a kept sample of the moderator's voice (`transcribe.voice_sample`). `so_far`: the session is still
    being recorded; what is whole is heard, at the lowest priority and on one thread, the rest is left to a later run,
    and it ends with Cancelled.
    """

    sounds: tuple[Sound, ...]
    model_dir: Path
    model_name: str
    language: str | None
    journal: Path
    skip: tuple[tuple[int, int], ...] = ()
    vocabulary: tuple[str, ...] = ()
    translate: bool = False
    voices: bool = True
    moderator: Path | None = None
    so_far: bool = False

    @property
    def track(self) -> str:
        """The one track, or 'mixed' for several."""
        return self.sounds[0].track if len(self.sounds) == 1 else "mixed"


@dataclass(frozen=True, slots=True)
class Started:
    """The model listens; `duration_ns` is the length of the sound, `language` the one it will write.

    `setback` says why the processor does the work though there is a graphics card; empty otherwise. `lacks` is the
    sound that its file promises and that isn't there to be heard.
    """

    duration_ns: int
    language: str
    setback: str = ""
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the sound is done, 0..1, never less than before; `remaining_s` is None until it can be known."""

    fraction: float
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class SegmentDone:
    """One more segment, already in the journal."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class Finished:
    """All was heard. On the wire the transcript comes without its segments, which were sent one by one."""

    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Failed:
    """It ended before its time; the journal holds what was heard until then."""

    code: TranscribeCode
    detail: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It ended because somebody asked; the journal holds what was heard until then."""


TranscriptionEvent = Started | Progress | SegmentDone | Finished | Failed | Cancelled


def encode_request(request: TranscriptionRequest) -> bytes:
    """The first line to the transcriber."""
    return _line(
        "transcribe",
        sounds=[
            [str(sound.media.absolute()), sound.stream_index, sound.t0_ns, sound.track] for sound in request.sounds
        ],
        model_dir=str(request.model_dir.absolute()),
        model_name=request.model_name,
        language=request.language,
        journal=str(request.journal.absolute()),
        skip=[list(span) for span in request.skip],
        vocabulary=list(request.vocabulary),
        translate=request.translate,
        voices=request.voices,
        moderator=None if request.moderator is None else str(request.moderator.absolute()),
        so_far=request.so_far,
    )


def encode_cancel() -> bytes:
    """The line that asks the transcriber to stop."""
    return _line("cancel")


def decode_command(line: bytes) -> TranscriptionRequest | None:
    """Read a line to the transcriber; None stands for cancel.

    Raises:
        ProtocolError: anything else.
    """
    data = _parse(line)
    try:
        match data["type"]:
            case "cancel":
                return None
            case "transcribe":
                return TranscriptionRequest(
                    sounds=tuple(
                        Sound(Path(media), None if index is None else int(index), int(t0_ns), str(track))
                        for media, index, t0_ns, track in data["sounds"]
                    ),
                    model_dir=Path(data["model_dir"]),
                    model_name=str(data["model_name"]),
                    language=None if data["language"] is None else str(data["language"]),
                    journal=Path(data["journal"]),
                    skip=tuple((int(start), int(end)) for start, end in data["skip"]),
                    vocabulary=tuple(str(term) for term in data["vocabulary"]),
                    translate=bool(data["translate"]),
                    voices=bool(data["voices"]),
                    moderator=None if data["moderator"] is None else Path(data["moderator"]),
                    so_far=bool(data["so_far"]),
                )
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"a malformed command: {error!r}") from error
    raise ProtocolError(f"an unknown command: {data['type']!r}")


def encode_event(event: TranscriptionEvent) -> bytes:
    """A line from the transcriber."""
    match event:
        case Started():
            return _line(
                "started",
                duration_ns=event.duration_ns,
                language=event.language,
                setback=event.setback,
                lacks=lacks_to_json(event.lacks),
            )
        case Progress():
            return _line("progress", fraction=event.fraction, remaining_s=event.remaining_s)
        case SegmentDone():
            return _line("segment", **segment_to_json(event.segment))
        case Finished(transcript):
            return _line(
                "finished",
                id=transcript.id,
                track=transcript.track,
                model=transcript.model,
                language=transcript.language,
                done_until_ns=transcript.done_until_ns,
            )
        case Failed():
            return _line("failed", code=event.code.value, detail=event.detail)
        case Cancelled():
            return _line("cancelled")


def decode_event(line: bytes) -> TranscriptionEvent:
    """Read a line from the transcriber. A `Finished` read here has a transcript without segments.

    Raises:
        ProtocolError: not a message of this version.
    """
    data = _parse(line)
    try:
        return _event(data)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"a malformed event: {error!r}") from error


def _event(data: JsonObject) -> TranscriptionEvent:
    match data["type"]:
        case "started":
            lacks = lacks_from_json(data["lacks"])
            return Started(int(data["duration_ns"]), str(data["language"]), str(data["setback"]), lacks)
        case "progress":
            remaining = data["remaining_s"]
            return Progress(float(data["fraction"]), None if remaining is None else float(remaining))
        case "segment":
            return SegmentDone(segment_from_json(data))
        case "finished":
            return Finished(
                Transcript(
                    id=str(data["id"]),
                    track=str(data["track"]),
                    model=str(data["model"]),
                    language=str(data["language"]),
                    segments=(),
                    done=True,
                    done_until_ns=int(data["done_until_ns"]),
                )
            )
        case "failed":
            return Failed(TranscribeCode(data["code"]), str(data["detail"]))
        case "cancelled":
            return Cancelled()
        case unknown:
            raise ValueError(f"unknown type {unknown!r}")


def _line(kind: str, **fields: Any) -> bytes:
    return json.dumps({"v": VERSION, "type": kind, **fields}, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> JsonObject:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise ProtocolError("not JSON") from error
    if not isinstance(data, dict) or data.get("v") != VERSION or not isinstance(data.get("type"), str):
        raise ProtocolError("not a message of this version")
    return data
