"""Looking into a recording made elsewhere: which pictures and sound tracks there are, and whether they can be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import av  # noqa: TID253
from av.audio.stream import AudioStream  # noqa: TID253
from av.codec.context import CodecContext  # noqa: TID253
from av.container import InputContainer  # noqa: TID253
from av.stream import Disposition, Stream  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253

from capture.errors import CaptureCode, CaptureError
from capture.sync import NS

FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg"
"""What is tried on a file: formats of one file that holds all it needs. Playlists and the like could name others."""
_ENCRYPTED_TAGS = frozenset({"encv", "enca", "drmi", "drms"})
"""Sample entries of protected streams: ISO/IEC 14496-12 8.12 (encv, enca), and Apple's."""
_LOOK_PACKETS = 400
"""In so many packets a stream that can be decoded has given its first picture or sound."""


class StreamKind(StrEnum):
    PICTURE = "picture"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class ForeignStream:
    """A picture or a sound track of a file.

    Attributes:
        index: in the file.
        codec: FFmpeg's name.
        start_ns: when its first packet is due, on the file's clock; may be negative.
        duration_ns: as the file says, None if it doesn't.
        title: what the file calls it, or "".
        language: as the file says, or "".
        width, height, fps, rotation: of a picture; `fps` on average, `rotation` in degrees counterclockwise.
        rate, channels: of a sound track.
        usable: it can be decoded here.
    """

    index: int
    kind: StreamKind
    codec: str
    start_ns: int
    duration_ns: int | None
    title: str = ""
    language: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    rotation: int = 0
    rate: int = 0
    channels: int = 0
    usable: bool = True


@dataclass(frozen=True, slots=True)
class ForeignMedia:
    """What is in a file. `recorded_utc`: when it says it was made, else when it was last written less its length."""

    path: Path
    size: int
    container: str
    duration_ns: int | None
    recorded_utc: datetime
    streams: tuple[ForeignStream, ...]

    @property
    def pictures(self) -> list[ForeignStream]:
        """The pictures that can be used, the largest first."""
        found = [one for one in self.streams if one.kind is StreamKind.PICTURE and one.usable]
        return sorted(found, key=lambda one: -one.width * one.height)

    @property
    def sounds(self) -> list[ForeignStream]:
        """The sound tracks that can be used."""
        return [one for one in self.streams if one.kind is StreamKind.SOUND and one.usable]


def probe_media(path: Path) -> ForeignMedia:
    """Looks into a file without changing it. Decodes a little of each stream: call it from a job.

    Raises:
        CaptureError: IMPORT_UNREADABLE, IMPORT_EMPTY, IMPORT_NOT_MEDIA, IMPORT_CUT_OFF, IMPORT_ENCRYPTED,
            IMPORT_NO_PICTURE, IMPORT_UNKNOWN_CODEC.
    """
    facts = _facts(path)
    with opened(path) as container:
        streams = [found for stream in container.streams if (found := _look_at(stream, path.name))]
        container_name = container.format.long_name
        duration_ns = None if container.duration is None else round(Fraction(container.duration, av.time_base) * NS)
        stamp = container.metadata.get("creation_time")
    usable = _decodable(path, streams)
    pictures = [one for one in usable if one.kind is StreamKind.PICTURE]
    if not pictures:
        raise CaptureError(CaptureCode.IMPORT_NO_PICTURE, path.name)
    if not any(one.usable for one in pictures):
        raise CaptureError(CaptureCode.IMPORT_UNKNOWN_CODEC, path.name)
    longest = max((one.duration_ns or 0 for one in usable), default=0)
    length = duration_ns if duration_ns is not None and duration_ns > 0 else longest or None
    made = _moment(stamp) or datetime.fromtimestamp(max(0.0, facts.st_mtime - (length or 0) / NS), UTC)
    return ForeignMedia(path, facts.st_size, container_name, length, made, tuple(usable))


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file, opened for reading, and nothing else: no playlist, no network, no other file.

    Raises:
        CaptureError: IMPORT_UNREADABLE, IMPORT_EMPTY, IMPORT_NOT_MEDIA, IMPORT_CUT_OFF.
    """
    _facts(path)
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        container = av.open(f"file:{path.absolute()}", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        code = CaptureCode.IMPORT_CUT_OFF if _begins_as_mp4(path) else CaptureCode.IMPORT_NOT_MEDIA
        raise CaptureError(code, path.name) from error
    with container:
        yield container


def _facts(path: Path) -> _Stat:
    try:
        facts = path.stat()
        if not path.is_file():
            raise CaptureError(CaptureCode.IMPORT_NOT_MEDIA, path.name)
        with path.open("rb"):
            pass
    except OSError as error:
        raise CaptureError(CaptureCode.IMPORT_UNREADABLE, path.name) from error
    if not facts.st_size:
        raise CaptureError(CaptureCode.IMPORT_EMPTY, path.name)
    return _Stat(facts.st_size, facts.st_mtime)


@dataclass(frozen=True, slots=True)
class _Stat:
    st_size: int
    st_mtime: float


def _begins_as_mp4(path: Path) -> bool:
    """An MP4 or MOV whose index, which stands at the end, isn't there."""
    with path.open("rb") as file:
        head = file.read(8)
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide"}


def _look_at(stream: Stream, name: str) -> ForeignStream | None:
    kinds = {"video": StreamKind.PICTURE, "audio": StreamKind.SOUND}
    if stream.type not in kinds or stream.disposition & Disposition.attached_pic:  # a cover is no film
        return None
    context: CodecContext | None = getattr(stream, "codec_context", None)  # a codec nobody knows has none
    if context is not None and str(context.codec_tag).lower() in _ENCRYPTED_TAGS:
        raise CaptureError(CaptureCode.IMPORT_ENCRYPTED, name)
    base = stream.time_base or Fraction(1, av.time_base)
    one = ForeignStream(
        stream.index,
        kinds[stream.type],
        "" if context is None else context.name,
        0 if stream.start_time is None else round(stream.start_time * base * NS),
        round(stream.duration * base * NS) if stream.duration else None,
        title=str(stream.metadata.get("title") or ""),
        language="" if (stream.language or "und") == "und" else str(stream.language),
        usable=context is not None,
    )
    if isinstance(stream, VideoStream) and context is not None:
        picture = stream.codec_context
        return replace(one, width=picture.width, height=picture.height, fps=float(stream.average_rate or 0))
    if isinstance(stream, AudioStream) and context is not None:
        sound = stream.codec_context
        return replace(one, rate=sound.sample_rate or 0, channels=sound.channels or 0)
    return one


def _decodable(path: Path, streams: list[ForeignStream]) -> list[ForeignStream]:
    """The streams with what a look at their first picture or sound tells."""
    found = []
    for one in streams:
        seen = one.usable and _first_frame(path, one.index)
        if not seen:
            found.append(replace(one, usable=False))
        elif isinstance(seen, av.VideoFrame):
            found.append(replace(one, width=seen.width, height=seen.height, rotation=_quarter(seen.rotation)))
        else:
            found.append(one)
    return found


def _first_frame(path: Path, index: int) -> av.VideoFrame | av.AudioFrame | None:
    with opened(path) as container:
        try:
            for number, packet in enumerate(container.demux(container.streams[index])):
                if packet.has_sidedata("encryption_info"):
                    raise CaptureError(CaptureCode.IMPORT_ENCRYPTED, path.name)
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    frames = []
                for frame in frames:
                    if isinstance(frame, av.VideoFrame | av.AudioFrame):
                        return frame
                if number > _LOOK_PACKETS:
                    break
        except (av.FFmpegError, ValueError, RuntimeError, NotImplementedError):
            return None
    return None


def _quarter(degrees: float) -> int:
    return round(degrees / 90) * 90 % 360


def _moment(text: object) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    made = made if made.tzinfo is not None else made.replace(tzinfo=UTC)
    # Clocks that were never set write the epoch of their format: 1904 or 1970.
    return made.astimezone(UTC) if made.year > 1990 else None
