"""The journal of a transcription: JSON lines that grow as the model hears, readable at any moment and after any death.

One `header` line, a `language` line once it is known, a `lacks` line where sound is missing, one `segment` line for
each segment as it comes (a `translation` line where it was translated too, a `voice` line for how a stretch sounds), a
`piece` line after each piece of sound that was heard whole, one `settled` line that says who speaks and what is an echo
once all is heard, one `end` line. What follows the last `piece` line of a journal without its end is heard again. Each
line is handed to the system in one write, so that the death of the process can tear the last line only.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.locks import keep_to_ourselves
from transcribe.models import Lack, Segment, Transcript, Voice
from transcribe.parts import Part, apart
from transcribe.storage import make_private_folder, storage_error
from transcribe.voice_print import VoicePrint
from transcribe.wire import JsonObject, lacks_from_json, lacks_to_json, segment_from_json, segment_to_json

VERSION = 1

Value = TypeVar("Value")


class JournalWriter:
    """Writes one journal; used from one thread at a time.

    A journal that is already there under this name is gone on with when it is the unfinished one of the same track and
    model, from its last whole piece on; another is kept beside it as `NAME.N.old`: hours of work are never written
    over.

    Attributes:
        pieces: how many pieces of sound were heard whole by those before.
        until: by track, up to where (session time, ns).
        known_language: what they found, empty when they didn't come that far.
        known_lacks: what they found missing.
        earlier: the segments of those pieces.
        heard: all segments so far, theirs among them.
        prints: how the stretches sound.

    Raises:
        TranscribeError: FOLDER_UNWRITABLE or DISK_FULL, from the constructor and from every method that writes; BUSY,
            from the constructor, when another process writes to it.
    """

    def __init__(self, path: Path, *, transcript_id: str, track: str, model: str) -> None:
        self.path = path
        self.transcript_id = transcript_id
        self.track = track
        self.model = model
        self.segments = 0
        self.done_until_ns = 0
        self.pieces = 0
        self.known_language = ""
        self.known_lacks: tuple[Lack, ...] = ()
        self.earlier: tuple[Segment, ...] = ()
        self.heard: list[Segment] = []
        self.prints: list[VoicePrint] = []
        self.until: dict[str, int] = {}
        self._previous: Path | None = None
        self._closed = False
        try:
            make_private_folder(path.parent)
            if self._go_on():
                return
            self._previous = _set_aside(path)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            keep_to_ourselves(self._fd, path)
        except OSError as error:
            self._restore()
            raise storage_error(error, path.parent) from error
        try:
            self._write({"type": "header", "v": VERSION, "id": transcript_id, "track": track, "model": model})
        except BaseException:
            self.discard()
            raise

    def language(self, language: str) -> None:
        """Note the language that was found or asked for."""
        self._write({"type": "language", "language": language})

    def lacks(self, lacks: Sequence[Lack]) -> None:
        """Note what sound is missing, all that is known of it; the last such line counts."""
        self._write({"type": "lacks", "lacks": lacks_to_json(lacks)})

    def segment(self, segment: Segment) -> None:
        """Add one segment; it is with the system when this returns."""
        self._write({"type": "segment", **segment_to_json(segment)})
        self.heard.append(segment)
        self.segments += 1
        self.done_until_ns = max(self.done_until_ns, segment.t_end_ns)

    def translation(self, segment: Segment) -> None:
        """Add what a stretch says in English."""
        self._write({"type": "translation", **segment_to_json(segment)})

    def voice(self, print_: VoicePrint) -> None:
        """Add how a stretch sounds."""
        self._write({"type": "voice", **print_.to_json()})
        self.prints.append(print_)

    def piece(self, until_ns: int, track: str = "") -> None:
        """All that is said on the track before `until_ns` is here; whoever goes on begins there."""
        self.pieces += 1
        self.done_until_ns = max(self.done_until_ns, until_ns)
        track = track or self.track
        self.until[track] = until_ns
        self._write({"type": "piece", "number": self.pieces, "until_ns": until_ns, "track": track})

    def settle(self, voices: Sequence[Voice], parts: Sequence[Part]) -> None:
        """Say who speaks and what is an echo; segments that aren't named stay as they are."""
        self._write(
            {
                "type": "settled",
                "voices": [[voice.role.value, voice.why] for voice in voices],
                "parts": [[part.segment, part.first, part.voice, part.echo_of, part.likeness] for part in parts],
            }
        )

    def end(self, *, done: bool, done_until_ns: int | None = None) -> None:
        """Write the end line, make all of it durable and close."""
        if done_until_ns is not None:
            self.done_until_ns = done_until_ns
        try:
            self._write({"type": "end", "done": done, "done_until_ns": self.done_until_ns, "segments": self.segments})
            os.fsync(self._fd)
        except OSError as error:
            raise storage_error(error, self.path.parent) from error
        finally:
            self.close()

    def discard(self) -> None:
        """Close and remove: nothing was heard. A journal that was there before gets its name back."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._restore()

    def close(self) -> None:
        """Close the file without an end line; what was written stays. May be called twice."""
        if not self._closed:
            self._closed = True
            os.close(self._fd)

    def _go_on(self) -> bool:
        """Takes over the unfinished journal that is there, cut off behind its last whole piece."""
        if not self.path.is_file():
            return False
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            keep_to_ourselves(self._fd, self.path)  # before it is read: the one before may still be ending
            before = _whole_pieces(self.path.read_bytes())
        except BaseException:
            os.close(self._fd)
            raise
        if before is None or (before.track, before.model) != (self.track, self.model):
            os.close(self._fd)
            return False
        self.transcript_id = before.id
        self.pieces, self.known_language, self.earlier = before.pieces, before.language, before.segments
        self.known_lacks = before.lacks
        self.until, self.heard, self.prints = dict(before.until), list(before.segments), list(before.prints)
        self.segments, self.done_until_ns = len(before.segments), before.until_ns
        os.ftruncate(self._fd, before.length)
        return True

    def _restore(self) -> None:
        if self._previous is not None and not self.path.exists():
            self._previous.replace(self.path)
            self._previous = None

    def _write(self, line: Mapping[str, Any]) -> None:
        data = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            raise storage_error(error, self.path.parent) from error


def read_journal(path: Path) -> Transcript:
    """Read a journal, finished or not, also while it is being written.

    A torn last line and lines of kinds unknown here are passed over. A file that was cut within its header gives an
    empty, unfinished transcript named after the file. `done` is true only when the end line says so and no segment
    is missing. Once it is done, segments come in parts where speakers change.

    Raises:
        TranscribeError: MEDIA_MISSING (no such file, or unreadable), JOURNAL_TOO_NEW.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TranscribeError(TranscribeCode.MEDIA_MISSING, str(path)) from error
    header: JsonObject = {}
    last: dict[str, JsonObject] = {}
    language = ""
    segments: list[Segment] = []
    for raw in content.split(b"\n"):
        line = _parse(raw)
        match line.get("type"):
            case "header" if not header:
                if line.get("v") != VERSION:
                    raise TranscribeError(TranscribeCode.JOURNAL_TOO_NEW, f"{path}: version {line.get('v')}")
                header = line
            case "language":
                language = str(line.get("language", ""))
            case "segment":
                try:
                    segments.append(segment_from_json(line))
                except ValueError:
                    continue  # spoilt on disk; the count in the end line tells
            case "lacks" | "settled" | "end" as kind:
                last[kind] = line
    end = last.get("end", {})
    until = end.get("done_until_ns")
    done = end.get("done") is True and end.get("segments") == len(segments)
    voices, parted = apart(segments, last.get("settled", {})) if done else ((), tuple(segments))
    return Transcript(
        id=str(header.get("id", path.stem)),
        track=str(header.get("track", "mixed")),
        model=str(header.get("model", "")),
        language=language,
        segments=parted,
        done=done,
        done_until_ns=until if isinstance(until, int) else max((s.t_end_ns for s in segments), default=0),
        voices=voices,
        lacks=_lacks(last.get("lacks", {})),
    )


def _lacks(line: JsonObject) -> tuple[Lack, ...]:
    try:
        return lacks_from_json(line.get("lacks", ()))
    except ValueError:  # spoilt on disk
        return ()


def read_translation(path: Path) -> Transcript | None:
    """The English translation that a journal carries, as a transcript of its own; None if there is none.

    Raises:
        TranscribeError: as `read_journal`.
    """
    whole = read_journal(path)
    segments = tuple(_of_kind(path, "translation", segment_from_json))
    if not segments:
        return None
    return dataclasses.replace(
        whole, id=f"{whole.id}-en", origin="translation", language="en", segments=segments, voices=()
    )


def read_prints(path: Path) -> tuple[VoicePrint, ...]:
    """How the stretches sound that a journal has heard; empty where no voice model was there.

    Raises:
        TranscribeError: MEDIA_MISSING.
    """
    return tuple(_of_kind(path, "voice", VoicePrint.from_json))


def _of_kind(path: Path, kind: str, read: Callable[[JsonObject], Value]) -> Iterator[Value]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TranscribeError(TranscribeCode.MEDIA_MISSING, str(path)) from error
    mark = f'{{"type":"{kind}"'.encode()
    for raw in content.split(b"\n"):
        if raw.startswith(mark):
            try:
                yield read(_parse(raw))
            except ValueError:
                continue  # spoilt on disk


@dataclass(frozen=True, slots=True)
class _Before:
    """What an unfinished journal has of whole pieces, and how many bytes that is."""

    id: str
    track: str
    model: str
    language: str
    segments: tuple[Segment, ...]
    pieces: int
    until_ns: int
    length: int
    until: Mapping[str, int]
    prints: tuple[VoicePrint, ...]
    lacks: tuple[Lack, ...]


def _whole_pieces(content: bytes) -> _Before | None:
    """None for a journal that came to its end, has no whole piece, or was spoilt before its last one."""
    reading = _Reading()
    length = 0
    for raw in content.splitlines(keepends=True):
        length += len(raw)
        if not raw.endswith(b"\n"):
            break  # torn, even where it reads: what is written next would stand on the same line
        line = _parse(raw)
        if line.get("type") == "end":
            return None if line.get("done") is True else reading.before
        if not reading.take(line, length):
            break
    return reading.before


class _Reading:
    """What was read of an unfinished journal; `before` is the state at its last whole piece."""

    def __init__(self) -> None:
        self.before: _Before | None = None
        self._header: JsonObject = {}
        self._language = ""
        self._segments: list[Segment] = []
        self._prints: list[VoicePrint] = []
        self._until: dict[str, int] = {}
        self._lacks: tuple[Lack, ...] = ()

    def take(self, line: JsonObject, length: int) -> bool:
        """Take the next line, which ends at byte `length`; False: nothing from here on can be used."""
        try:
            match line.get("type"):
                case "header" if not self._header and line.get("v") == VERSION:
                    self._header = line
                case "language":
                    self._language = str(line.get("language", ""))
                case "lacks":
                    self._lacks = lacks_from_json(line.get("lacks"))
                case "segment":
                    self._segments.append(segment_from_json(line))
                case "voice":
                    self._prints.append(VoicePrint.from_json(line))
                case "translation" | "settled":
                    pass
                case "piece" if self._header and isinstance(line.get("until_ns"), int):
                    return self._piece(line, length)
                case _:
                    return False
        except ValueError:
            return False
        return True

    def _piece(self, line: JsonObject, length: int) -> bool:
        number = self.before.pieces + 1 if self.before is not None else 1
        if line.get("number") != number:
            return False
        header = self._header
        self._until[str(line.get("track", header.get("track")))] = line["until_ns"]
        self.before = _Before(
            str(header.get("id")), str(header.get("track")), str(header.get("model")), self._language,
            tuple(self._segments), number, max(self._until.values()), length, dict(self._until), tuple(self._prints),
            self._lacks,
        )  # fmt: skip
        return True


def unfinished(folder: Path, *, track: str, model: str, language: str | None) -> Path | None:
    """The journal in `folder` that a new run with the same track, model and language can go on with."""
    for path in sorted(folder.glob("*.jsonl")):
        try:
            before = _whole_pieces(path.read_bytes())
        except OSError:
            continue
        if (
            before is not None
            and (before.track, before.model) == (track, model)
            and language in (None, "", before.language)
        ):
            return path
    return None


def _parse(raw: bytes) -> JsonObject:
    try:
        line = json.loads(raw)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _set_aside(path: Path) -> Path | None:
    """Rename an existing journal; returns its new name."""
    if not path.exists():
        return None
    number = 1
    while (old := path.with_name(f"{path.name}.{number}.old")).exists():
        number += 1
    return path.rename(old)
