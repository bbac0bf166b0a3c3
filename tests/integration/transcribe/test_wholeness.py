"""Sound that its file promises and doesn't have is found; what only looks like it isn't."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from capture.remux import remux
from tests.helpers.foreign_media import Film, Sound, write_film
from tests.integration.transcribe.media import tone, write
from tests.unit.capture.test_mp4index import FRAGMENTED, index, record
from transcribe.audio import iter_audio
from transcribe.errors import TranscribeError
from transcribe.models import Lack, LackKind
from transcribe.wholeness import Wholeness, known_so_far

S = 1_000_000_000
pytestmark = pytest.mark.expect_log


def lacks(media: Path, stream: int | None = None, *, start_s: float = 0.0, t0_ns: int = 0) -> tuple[Lack, ...]:
    wholeness = Wholeness()
    for _ in range(2):  # it is read twice; what counts is one reading
        for _block in iter_audio(media, stream, start_s=start_s, wholeness=wholeness):
            pass
    return wholeness.lacks("mic", t0_ns)


def cut(path: Path, part: float) -> Path:
    content = path.read_bytes()
    target = path.with_name(f"cut_{path.name}")
    target.write_bytes(content[: int(len(content) * part)])
    return target


def spoilt(path: Path, first: float, last: float, fill: int) -> Path:
    """The same size, and other bytes from one part of it to another, as a bad disk or a broken copy leaves it."""
    content = bytearray(path.read_bytes())
    a, b = int(len(content) * first), int(len(content) * last)
    content[a:b] = random.Random(1).randbytes(b - a) if fill < 0 else bytes([fill]) * (b - a)
    target = path.with_name(f"spoilt_{path.name}")
    target.write_bytes(content)
    return target


@pytest.mark.parametrize("name", ["call.mp4", "call.mov", "call.mkv", "call.webm"])
def test_a_file_that_ends_before_it_says_so_is_found(tmp_path: Path, name: str) -> None:
    options = {"movflags": "faststart"} if name.endswith(("mp4", "mov")) else {}
    webm = name.endswith("webm")
    film = Film(
        options=options,
        codec="libvpx" if webm else "libx264",
        sounds=(Sound("libopus" if webm else "aac"),),
    )
    path = write_film(tmp_path / name, film)
    assert lacks(path) == ()
    (found,) = lacks(cut(path, 0.5), t0_ns=60 * S)
    assert found.kind is LackKind.BREAKS_OFF
    assert 60.5 * S < found.t_ns < 63 * S
    assert abs(found.t_ns + found.lost_ns - 64 * S) < 0.1 * S, "where the file says that it ends"
    assert lacks(cut(path, 0.5), start_s=1.0, t0_ns=60 * S) == (found,), "a run that goes on finds it too"


@pytest.mark.parametrize("fill", [0x00, 0xFF, -1], ids=["zeros", "ones", "noise"])
def test_damage_in_the_middle_costs_what_is_damaged_and_is_told(tmp_path: Path, fill: int) -> None:
    path = spoilt(write(tmp_path / "talk.mp4", [(0.0, tone(20.0))], codec="aac"), 0.4, 0.6, fill)
    (found,) = lacks(path)
    assert found.kind is LackKind.DAMAGED
    assert 6 * S < found.t_ns < 10 * S
    assert 1 * S < found.lost_ns < 6 * S
    assert max(block.start + len(block.samples) for block in iter_audio(path)) > 19.9 * 16_000, "what follows is heard"


def test_a_recording_of_ours_that_was_killed_anywhere_is_no_alarm(tmp_path: Path) -> None:
    path = record(tmp_path / "screen.mp4", FRAGMENTED, 5)
    dice = random.Random(1)
    read = 0
    for _ in range(30):
        try:
            assert lacks(cut(path, dice.random()), 1) == ()
            read += 1
        except TranscribeError:
            continue  # it holds nothing yet, or has to be recovered first
    assert read > 10
    assert lacks(path, 1) == lacks(path, 2) == ()
    mended = tmp_path / "screen.mp4.part"
    remux(cut(path, 0.5), mended)
    assert lacks(mended, 1) == lacks(mended, 2) == ()
    index(path)
    assert lacks(path, 1) == lacks(path, 2) == ()


def test_sound_that_is_shorter_than_its_picture_or_begins_late_is_no_alarm(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.mov"):
        film = Film(sounds=(Sound(end_s=1.5), Sound(start_s=2.0, end_s=3.0, beeps=(2.5,))))
        path = write_film(tmp_path / name, film)
        assert lacks(path, 1) == lacks(path, 2) == (), name


@pytest.mark.parametrize("promised", [0, 0xFFFFFFFF, None], ids=["0", "ffffffff", "whole"])
def test_a_wave_file_that_was_streamed_is_no_alarm(tmp_path: Path, promised: int | None) -> None:
    path = write(tmp_path / "a.wav", [(0.0, tone(5.0))])
    content = bytearray(path.read_bytes())
    if promised is not None:
        place = content.index(b"data") + 4
        content[4:8] = content[place : place + 4] = promised.to_bytes(4, "little")
        path.write_bytes(content)
    assert lacks(path) == ()


def test_a_bit_rate_that_varies_is_no_alarm(tmp_path: Path) -> None:
    import av
    import numpy as np

    path = tmp_path / "vbr.mp3"
    with av.open(str(path), "w", options={"write_xing": "0"}) as out:
        stream = out.add_stream("libmp3lame", rate=16_000, layout="mono", options={"q": "4", "compression_level": "9"})
        noise = np.random.default_rng(1).normal(0, 0.2, 160_000)
        for sound in (noise, np.zeros(480_000)):
            for at in range(0, len(sound), stream.codec_context.frame_size or 576):
                part = sound[at : at + (stream.codec_context.frame_size or 576)].astype(np.float32)[None]
                frame = av.AudioFrame.from_ndarray(part, "fltp", "mono")
                frame.sample_rate = 16_000
                out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert lacks(path) == ()


def test_what_an_earlier_run_found_damaged_stays_known() -> None:
    damaged, off = Lack(LackKind.DAMAGED, "mic", 1, S), Lack(LackKind.BREAKS_OFF, "mic", 9 * S, 5 * S)
    late = Lack(LackKind.DAMAGED, "mic", 4 * S, S)
    assert known_so_far((), (late, off)) == (late, off)
    assert known_so_far((damaged, off), (late, off)) == (damaged, off)
    assert known_so_far((damaged, off), ()) == (damaged,), "the file has been put right since"
