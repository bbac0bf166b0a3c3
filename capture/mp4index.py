"""Making an ordinary MP4 of a fragmented one, in place: an index is added, nothing of what was recorded is moved.

libav can do the same while it writes (its flag `hybrid_fragmented`), but for that it keeps the index of every packet in
memory, 15 MB for each hour. Here the fragments' own tables are read once, at the end. The result is the same: samples
lie where they were written, the index (`moov`) stands at the end of the file, and the fragments' tables are hidden in
an `mdat`.

The boxes and their fields are those of ISO/IEC 14496-12 (ISO base media file format), sections 8.2 to 8.8.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_U4 = np.dtype(">u4")
_BASE, _INDEX, _DURATION, _SIZE, _FLAGS, _BASE_IS_MOOF = 0x01, 0x02, 0x08, 0x10, 0x20, 0x20000
"""What a `tfhd` may hold."""
_OFFSET, _FIRST_FLAGS = 0x001, 0x004
_EACH = (0x100, 0x200, 0x400, 0x800)
"""What a `trun` may hold of each sample: duration, size, flags, composition offset."""
_NOT_SYNC = 0x10000
_MOST_SAMPLES = 1 << 20
"""Of one run; only a damaged one names more."""
_LARGE = 1 << 32
_COPIED = {b"hdlr", b"vmhd", b"smhd", b"dinf", b"udta", b"stsd"}


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    """Of its header."""
    body: int
    end: int


@dataclass(slots=True)
class _Track:
    """What the fragments hold of a track: one array for each run of samples, in their order."""

    defaults: tuple[int, int, int]
    """Duration, size and flags of a sample, where a fragment doesn't say."""
    end: int = 0
    """Decoding time at which the last run ends."""
    durations: list[NDArray[np.int64]] = field(default_factory=list)
    sizes: list[NDArray[np.int64]] = field(default_factory=list)
    flags: list[NDArray[np.int64]] = field(default_factory=list)
    shifts: list[NDArray[np.int64]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)


def add_index(descriptor: int) -> bool:
    """Makes the fragmented MP4 behind a descriptor that can be read and written an ordinary one.

    False, and nothing changed, if it holds no samples. Until the last write, of 8 or 16 bytes, the file stays the
    fragmented one that it was.

    Raises:
        ValueError: it is an ordinary one already, or isn't what a muxer of ours writes; nothing was changed.
        OSError: it could not be written; nothing was changed.
    """
    length = os.fstat(descriptor).st_size
    try:
        head, tracks = _read(descriptor, length)
        if head is None or not any(track.sizes for track in tracks.values()):
            return False
        index = _index(os.pread(descriptor, head.end - head.start, head.start), tracks)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"no fragmented MP4 of ours: {error!r}") from error
    try:
        _write(descriptor, index, length)
        os.fsync(descriptor)
        size = length - head.start
        cover = struct.pack(">I4s", size, b"mdat") if size < _LARGE else struct.pack(">I4sQ", 1, b"mdat", size)
    except OSError:
        os.ftruncate(descriptor, length)
        raise
    os.pwrite(descriptor, cover, head.start)
    return True


def _write(descriptor: int, data: bytes, position: int) -> None:
    while data:
        done = os.pwrite(descriptor, data, position)
        data, position = data[done:], position + done


# -- reading ---------------------------------------------------------------------------------------------------------


def _read(descriptor: int, length: int) -> tuple[_Box | None, dict[int, _Track]]:
    """The `moov` at the beginning, and what the fragments hold by track id."""
    head: _Box | None = None
    tracks: dict[int, _Track] = {}
    position = 0
    while position < length:
        box = _box(os.pread(descriptor, 16, position), 0, position)
        if box.end > length:
            raise ValueError("it is cut off")
        if box.kind == b"moov":
            if head is not None:
                raise ValueError("two indexes")
            head = box
            tracks = _tracks(os.pread(descriptor, box.end - box.start, box.start))
        elif box.kind == b"moof":
            _add_fragment(os.pread(descriptor, box.end - box.start, box.start), box.start, tracks)
        position = box.end
    return head, tracks


def _box(data: bytes, at: int, start: int | None = None) -> _Box:
    """The box whose header is at `at` of `data`; its places are counted from `start` if that lies elsewhere."""
    size, kind = struct.unpack_from(">I4s", data, at)
    header = 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, at + 8)
        header = 16
    if size < header:
        raise ValueError("a box of no size")
    place = at if start is None else start
    return _Box(kind, place, place + header, place + size)


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    while start < end:
        box = _box(data, start)
        yield box
        start = box.end


def _child(data: bytes, parent: _Box, kind: bytes) -> _Box:
    """Raises `KeyError`."""
    for box in _boxes(data, parent.body, parent.end):
        if box.kind == kind:
            return box
    raise KeyError(kind)


def _tracks(moov: bytes) -> dict[int, _Track]:
    whole = _box(moov, 0)
    found = {}
    for box in _boxes(moov, (extends := _child(moov, whole, b"mvex")).body, extends.end):
        if box.kind == b"trex":
            number, _description, *defaults = struct.unpack_from(">5I", moov, box.body + 4)
            found[number] = _Track((defaults[0], defaults[1], defaults[2]))
    return found


def _add_fragment(moof: bytes, start: int, tracks: dict[int, _Track]) -> None:
    whole = _box(moof, 0)
    for traf in _boxes(moof, whole.body, whole.end):
        if traf.kind != b"traf":
            continue
        header = _child(moof, traf, b"tfhd")
        flags, number = struct.unpack_from(">2I", moof, header.body)
        track, at = tracks[number], header.body + 8
        base = start
        if flags & _BASE:
            (base,) = struct.unpack_from(">Q", moof, at)
            at += 8
        elif not flags & _BASE_IS_MOOF:
            raise ValueError("samples without a place")
        at += 4 * bool(flags & _INDEX)
        defaults = list(track.defaults)
        for each, flag in enumerate((_DURATION, _SIZE, _FLAGS)):
            if flags & flag:
                (defaults[each],) = struct.unpack_from(">I", moof, at)
                at += 4
        time = _child(moof, traf, b"tfdt")
        (version,) = struct.unpack_from(">B", moof, time.body)
        (begins,) = struct.unpack_from(">Q" if version else ">I", moof, time.body + 4)
        _meet(track, begins)
        for run in _boxes(moof, traf.body, traf.end):
            if run.kind == b"trun":
                _add_run(moof, run, base, defaults, track)


def _meet(track: _Track, begins: int) -> None:
    """A fragment's last sample lasts until the next one begins, whatever was known of it when it was written."""
    if begins == track.end:
        return
    if not track.durations or track.durations[-1][-1] + begins - track.end < 0:
        raise ValueError("time goes back, or doesn't begin at 0")
    track.durations[-1][-1] += begins - track.end
    track.end = begins


def _add_run(moof: bytes, run: _Box, base: int, defaults: list[int], track: _Track) -> None:
    flags, count = struct.unpack_from(">2I", moof, run.body)
    at = run.body + 8
    if not flags & _OFFSET:
        raise ValueError("samples without a place")
    (offset,) = struct.unpack_from(">i", moof, at)
    at += 4
    first = None
    if flags & _FIRST_FLAGS:
        (first,) = struct.unpack_from(">I", moof, at)
        at += 4
    if not count:
        return
    if count > _MOST_SAMPLES:
        raise ValueError("more samples than half a second has")
    named = [flag for flag in _EACH if flags & flag]
    values = np.frombuffer(moof, _U4, count * len(named), at).reshape(count, len(named))
    columns = {flag: values[:, place].astype(np.int64) for place, flag in enumerate(named)}
    durations, sizes, sample_flags = (
        columns.get(flag, np.full(count, default, np.int64)) for flag, default in zip(_EACH, defaults, strict=False)
    )
    if first is not None:
        sample_flags[0] = first
    shifts = columns.get(_EACH[3], np.zeros(count, np.int64))
    track.durations.append(durations)
    track.sizes.append(sizes)
    track.flags.append(sample_flags)
    track.shifts.append((shifts + (1 << 31)) % (1 << 32) - (1 << 31))  # they may be below zero
    track.offsets.append(base + offset)
    track.end += int(durations.sum())


# -- writing ---------------------------------------------------------------------------------------------------------


def _made(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _index(moov: bytes, tracks: dict[int, _Track]) -> bytes:
    """The whole file's `moov`, from the one at its beginning and what the fragments hold."""
    whole = _box(moov, 0)
    header = _child(moov, whole, b"mvhd")
    (scale,) = struct.unpack_from(">I", moov, header.body + (20 if moov[header.body] else 12))
    parts, longest = [], 0
    for box in _boxes(moov, whole.body, whole.end):
        if box.kind == b"trak":
            part, length = _track_box(moov, box, tracks, scale)
            parts.append(part)
            longest = max(longest, length)
        elif box.kind == b"udta":
            parts.append(moov[box.start : box.end])
    return _made(b"moov", _with_duration(moov, header, 24 if moov[header.body] else 16, longest), *parts)


def _with_duration(moov: bytes, box: _Box, at: int, duration: int) -> bytes:
    """A box with another duration, `at` bytes after its version and flags begin."""
    data = bytearray(moov[box.start : box.end])
    is_long = bool(moov[box.body])
    struct.pack_into(">Q" if is_long else ">I", data, box.body - box.start + at, duration)
    return bytes(data)


def _track_box(moov: bytes, trak: _Box, tracks: dict[int, _Track], scale: int) -> tuple[bytes, int]:
    """A `trak`, and how long it is shown, in parts of a second (`scale`)."""
    header = _child(moov, trak, b"tkhd")
    is_long = bool(moov[header.body])
    (number,) = struct.unpack_from(">I", moov, header.body + (20 if is_long else 12))
    track = tracks[number]
    media = _child(moov, trak, b"mdia")
    time = _child(moov, media, b"mdhd")
    (own_scale,) = struct.unpack_from(">I", moov, time.body + (20 if moov[time.body] else 12))
    parts, shown = [], -(-track.end * scale // own_scale)
    for box in _boxes(moov, trak.body, trak.end):
        if box.kind == b"edts":
            edits, shown = _edits(moov, box, track.end, own_scale, scale)
            parts.append(edits)
        elif box.kind == b"mdia":
            parts.append(_media_box(moov, box, track))
        elif box.kind in _COPIED:
            parts.append(moov[box.start : box.end])
    return _made(b"trak", _with_duration(moov, header, 28 if is_long else 20, shown), *parts), shown


def _edits(moov: bytes, edts: _Box, end: int, own_scale: int, scale: int) -> tuple[bytes, int]:
    """The edit list, whose last entry shows the track to its end; and how long all of it is shown."""
    box = _child(moov, edts, b"elst")
    version, count = moov[box.body], struct.unpack_from(">I", moov, box.body + 4)[0]
    form = struct.Struct(">QqI" if version else ">IiI")
    entries = [list(form.unpack_from(moov, box.body + 8 + each * form.size)) for each in range(count)]
    entries[-1][0] = -(-max(0, end - max(0, entries[-1][1])) * scale // own_scale)
    data = b"".join(form.pack(*entry) for entry in entries)
    made = _made(b"elst", moov[box.body : box.body + 8], data)
    return _made(b"edts", made), sum(entry[0] for entry in entries)


def _media_box(moov: bytes, mdia: _Box, track: _Track) -> bytes:
    parts = []
    for box in _boxes(moov, mdia.body, mdia.end):
        if box.kind == b"mdhd":
            parts.append(_media_header(moov, box, track.end))
        elif box.kind == b"minf":
            inner = [moov[each.start : each.end] for each in _boxes(moov, box.body, box.end) if each.kind in _COPIED]
            table = _child(moov, box, b"stbl")
            described = _child(moov, table, b"stsd")
            parts.append(_made(b"minf", *inner, _table(moov[described.start : described.end], track)))
        elif box.kind in _COPIED:
            parts.append(moov[box.start : box.end])
    return _made(b"mdia", *parts)


def _media_header(moov: bytes, box: _Box, end: int) -> bytes:
    """In its long form where the short one ends after 13 hours of pictures."""
    if moov[box.body] or end < _LARGE:
        return _with_duration(moov, box, 24 if moov[box.body] else 16, end)
    created, modified, scale = struct.unpack_from(">3I", moov, box.body + 4)
    return _made(b"mdhd", struct.pack(">IQQIQ", 1 << 24, created, modified, scale, end), moov[box.body + 20 : box.end])


def _table(described: bytes, track: _Track) -> bytes:
    """Where and when every sample is."""
    counts = np.array([len(run) for run in track.sizes], np.int64)
    durations, sizes, flags, shifts = (
        np.concatenate(runs) if runs else np.zeros(0, np.int64)
        for runs in (track.durations, track.sizes, track.flags, track.shifts)
    )
    is_sync = flags & _NOT_SYNC == 0
    parts = [described, _full(b"stts", _runs(durations))]
    if shifts.any():
        parts.append(_full(b"ctts", _runs(shifts), version=1))
    if not is_sync.all():
        parts.append(_full(b"stss", (np.flatnonzero(is_sync) + 1)[:, None]))
    runs = _runs(counts)
    firsts = np.cumsum(runs[:, 0]) - runs[:, 0] + 1
    parts.append(_full(b"stsc", np.column_stack([firsts, runs[:, 1], np.ones(len(runs), np.int64)])))
    parts.append(_made(b"stsz", struct.pack(">3I", 0, 0, len(sizes)), sizes.astype(_U4).tobytes()))
    offsets = np.array(track.offsets, np.int64)
    if len(offsets) and offsets[-1] >= _LARGE:
        parts.append(_made(b"co64", struct.pack(">2I", 0, len(offsets)), offsets.astype(">u8").tobytes()))
    else:
        parts.append(_full(b"stco", offsets[:, None]))
    return _made(b"stbl", *parts)


def _full(kind: bytes, rows: NDArray[np.int64], *, version: int = 0) -> bytes:
    """A table of 32-bit numbers behind the number of its rows."""
    return _made(kind, struct.pack(">2I", version << 24, len(rows)), (rows % _LARGE).astype(_U4).tobytes())


def _runs(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """(how often, value) of each run of equal values; shape (n, 2)."""
    if not len(values):
        return np.zeros((0, 2), np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return np.column_stack([np.diff(np.append(starts, len(values))), values[starts]])
