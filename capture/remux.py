"""Copying what can be read of a fragmented MP4 into an ordinary one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av  # noqa: TID253
from av.container import InputContainer, OutputContainer  # noqa: TID253
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253

from capture.bundle import CAMERA
from capture.errors import CaptureCode, CaptureError
from capture.fileio import open_private, storage_error
from capture.filmhead import begins_as_film
from capture.jsonvalue import JsonObject
from capture.manifest import StreamInfo
from capture.names import PART_SUFFIX, STREAM_IDS
from capture.sync import NS, PTS_RATE

LONGEST_S = 24 * 3600
"""A film that claims to be longer is one with damaged times."""
_LONGEST_STEP = (1 << 31) - 1
"""From one packet to the next, in its stream's own time: as much as an MP4 can hold; six hours of pictures."""
_WRITING = {"movie_timescale": str(PTS_RATE)}
"""Else the beginning of a stream is rounded to a millisecond."""


@dataclass(frozen=True, slots=True)
class MediaReport:
    """What is in a media file.

    Attributes:
        end_ns: end of the last picture or sound.
        video_pts: presentation times of the pictures, in 1/90000 s, increasing.
        video_keys: those of them that are keyframes.
        is_mended: times were put right, or something was left out, so that the copy isn't all that the original holds.
    """

    end_ns: int
    video_pts: tuple[int, ...]
    video_keys: frozenset[int]
    streams: tuple[StreamInfo, ...]
    is_mended: bool = False


def remux(source: Path, target: Path) -> MediaReport:
    """Copies the readable packets of `source` into `target`, which must not exist, as an ordinary MP4.

    `target` has the name of a film of a bundle, with or without suffixes of a part.

    Raises:
        CaptureError: MEDIA_BROKEN if there is nothing in it that could be copied; DISK_FULL, FOLDER_UNWRITABLE.
    """
    try:
        os.close(open_private(target, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        report = _copy_file(source, target, {})
        if min(report.video_pts, default=0) < 0:
            # No recording begins before 0: its edit list is damaged, and what it moves there would never be shown.
            report = replace(_copy_file(source, target, {"ignore_editlist": "1"}), is_mended=True)
        _verify(target, report)
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno is not None and 0 < error.errno < 200:
            raise storage_error(error, target) from error
        raise CaptureError(CaptureCode.MEDIA_BROKEN, type(error).__name__) from error
    except (ValueError, IndexError, RuntimeError, NotImplementedError) as error:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, type(error).__name__) from error
    return report


def shows_pictures(path: Path) -> bool:
    """Whether a film that can't be copied can still be played: it begins as one, and a picture comes out."""
    try:
        if not begins_as_film(path):
            return False
        with av.open(str(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (OSError, av.FFmpegError, IndexError, ValueError):
        return False


def _copy_file(source: Path, target: Path, options: dict[str, str]) -> MediaReport:
    with (
        av.open(str(source), options=options) as reader,
        av.open(str(target), "w", format="mp4", options=_WRITING) as writer,
    ):
        return _copy(reader, writer, target.name.partition(PART_SUFFIX)[0])


def _copy(reader: InputContainer, writer: OutputContainer, name: str) -> MediaReport:
    chosen = [*reader.streams.video[:1], *reader.streams.audio]
    if not chosen:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, "no streams")
    outputs = {stream.index: writer.add_stream_from_template(stream) for stream in chosen}
    for stream in chosen:
        assert stream.time_base is not None
        outputs[stream.index].time_base = stream.time_base
    last_dts: dict[int, int] = {}
    pts: list[int] = []
    keys: set[int] = set()
    end = Fraction(0)
    packets = _Packets(reader)
    is_mended = False
    for packet in packets:
        index = packet.stream_index
        if index not in outputs or packet.dts is None or packet.pts is None:
            continue
        is_mended |= _mend_times(packet, last_dts.get(index))
        last_dts[index] = packet.dts
        if packet.stream.type == "video":
            tick = int(packet.pts * packet.time_base * PTS_RATE)
            pts.append(tick)
            if packet.is_keyframe:
                keys.add(tick)
        end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        packet.stream = outputs[index]
        writer.mux(packet)
    if not last_dts:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, "no packets")
    if end > LONGEST_S:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, "times that no session has")
    return MediaReport(
        int(end * NS), tuple(pts), frozenset(keys), _stream_infos(reader, name), is_mended or packets.left_out > 1
    )


def _mend_times(packet: Packet[Stream], last: int | None) -> bool:
    """What a damaged table of times puts out of order, or far away, is shown just after the one before.

    Whether there was something to be put right.
    """
    assert packet.dts is not None
    assert packet.pts is not None
    latest = _LONGEST_STEP + max(0, last or 0)
    if (last is not None and packet.dts <= last) or packet.dts > latest or packet.pts > latest:
        packet.dts = packet.pts = 0 if last is None else last + 1
        is_mended = True
    else:
        is_mended = False
    if (packet.duration or 0) > _LONGEST_STEP:
        packet.duration = 0  # until the next one
        is_mended = True
    return is_mended


class _Packets:
    """Packets up to the end or to where the file is torn.

    Attributes:
        left_out: damaged ones; the last one of a torn file is one.
    """

    def __init__(self, reader: InputContainer) -> None:
        self._packets = reader.demux()
        self.left_out = 0

    def __iter__(self) -> Iterator[Packet[Stream]]:
        while True:
            try:
                packet = next(self._packets)
            except (StopIteration, av.FFmpegError):
                return
            if packet.is_corrupt:
                self.left_out += 1
            elif packet.size:
                yield packet


def _stream_infos(reader: InputContainer, name: str) -> tuple[StreamInfo, ...]:
    kind = "camera" if name == CAMERA else "screen"
    infos = []
    for stream in reader.streams.video[:1]:
        form: JsonObject = {"width": stream.width, "height": stream.height, "codec": "h264", "time_base": PTS_RATE}
        infos.append(StreamInfo(STREAM_IDS[kind], kind, name, stream.index, None, form))
    for number, sound in enumerate(reader.streams.audio, start=2):
        form = {"rate": sound.rate or 0, "channels": 1, "codec": "aac"}
        infos.append(StreamInfo(number, "mic", name, sound.index, None, form))
    return tuple(infos)


def _verify(target: Path, report: MediaReport) -> None:
    """The copy must hold every picture that was read, at its own time; else the original is the better one."""
    with av.open(str(target)) as copy:
        if not copy.streams.video:
            found: tuple[int, ...] = ()
        else:
            packets = (packet for packet in copy.demux(video=0) if packet.size and packet.pts is not None)
            found = tuple(int((packet.pts or 0) * packet.time_base * PTS_RATE) for packet in packets)
    if found != report.video_pts:
        raise CaptureError(CaptureCode.MEDIA_BROKEN, "the copy differs")
