"""Films of fragments again: the tables that the finished index hides, and a head made anew."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from capture.manifest import StreamInfo
from capture.names import STREAM_IDS
from capture.oldindex import FilmForm, form_of, restore_index
from tests.unit.capture.test_mp4index import FRAGMENTED, facts, index, record

FORM = FilmForm(64, 64, 30, ("mic", "system"), is_camera=False)


def _restored(film: Path, form: FilmForm | None) -> Path:
    target = film.with_name("restored.mp4")
    target.unlink(missing_ok=True)
    assert restore_index(film, target, form)
    return target


@pytest.fixture
def fragments(tmp_path: Path) -> Path:
    return record(tmp_path / "film.mp4", FRAGMENTED)


def test_a_finished_film_is_as_it_was_before(fragments: Path) -> None:
    before = fragments.read_bytes()
    assert index(fragments)
    assert _restored(fragments, None).read_bytes() == before


def test_also_one_whose_cover_is_as_long_as_of_four_gigabytes(fragments: Path) -> None:
    before = fragments.read_bytes()
    start = before.index(b"moov") - 4
    cover = struct.pack(">I4sQ", 1, b"mdat", len(before) - start)
    fragments.write_bytes(before[:start] + cover + before[start + 16 :] + b"and what was an index")
    assert _restored(fragments, None).read_bytes() == before


def test_a_head_made_anew_gives_the_same_packets(fragments: Path) -> None:
    whole = facts(fragments)
    data = bytearray(fragments.read_bytes())
    at = data.index(b"moov")
    data[at : data.index(b"moof") - 4] = bytes(data.index(b"moof") - 4 - at)
    fragments.write_bytes(data)
    assert facts(_restored(fragments, FORM)) == whole


@pytest.mark.parametrize("content", [b"", b"x" * 15, b"no film at all" * 99, b"moof" * 9])
def test_what_has_no_fragments_is_left(tmp_path: Path, content: bytes) -> None:
    film, target = tmp_path / "film.mp4", tmp_path / "restored.mp4"
    film.write_bytes(content)
    assert not restore_index(film, target, FORM)
    assert not target.exists()


def test_without_a_form_there_is_no_head(fragments: Path, tmp_path: Path) -> None:
    assert not restore_index(fragments, tmp_path / "restored.mp4", None)


def _stream(kind: str, track: int, **form: int) -> StreamInfo:
    return StreamInfo(STREAM_IDS[kind], kind, "screen.mp4", track, None, form)


def test_the_form_is_what_the_streams_say() -> None:
    sounds = [_stream("system", 2), _stream("mic", 1)]
    screen = _stream("screen", 0, width=64, height=64, fps=30)
    assert form_of([*sounds, screen], "screen.mp4") == FORM
    assert form_of(sounds, "screen.mp4") is None
    assert form_of([_stream("screen", 0, width=64, height=64)], "screen.mp4") is None
    assert form_of([screen], "camera.mp4") is None
