"""Decoding: every sample where its time stamp puts it, and a code for every kind of bad file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.integration.transcribe.media import Samples, quiet, tone, write, write_pictures_only
from transcribe.audio import SAMPLE_RATE, iter_audio, load_audio, silence
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError


def _loud(audio: Samples) -> list[tuple[float, float]]:
    """Spans of seconds in which there is sound, found in steps of 10 ms."""
    step = SAMPLE_RATE // 100
    loud = [bool(np.abs(audio[i : i + step]).max() > 0.05) for i in range(0, len(audio), step)]
    edges = np.flatnonzero(np.diff([0, *loud, 0]))
    return [(a / 100, b / 100) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _near(found: list[tuple[float, float]], wanted: list[tuple[float, float]], within: float = 0.03) -> bool:
    return len(found) == len(wanted) and bool(np.allclose(found, wanted, atol=within))


def _code(media: Path, stream: int | None = None) -> TranscribeCode:
    with pytest.raises(TranscribeError) as caught:
        load_audio(media, stream)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("8k.wav", "pcm_s16le", 8000, "mono"),
        ("96k.flac", "flac", 96000, "stereo"),
        ("44k.mp4", "aac", 44100, "mono"),
        ("surround.mkv", "aac", 48000, "5.1"),
        ("opus.webm", "libopus", 48000, "stereo"),
        ("mp3.mp3", "libmp3lame", 44100, "mono"),
    ],
)
def test_every_rate_layout_and_codec_becomes_16_khz_mono(
    tmp_path: Path, name: str, codec: str, rate: int, layout: str
) -> None:
    sound = np.concatenate([np.zeros(rate, np.float32), tone(2.0, rate=rate)])
    audio = load_audio(write(tmp_path / name, [(0.0, sound)], codec=codec, rate=rate, layout=layout))
    assert audio.dtype == np.float32
    assert audio.ndim == 1
    assert _near(_loud(audio), [(1.0, 3.0)])


def test_late_start_is_silence_before_the_sound(tmp_path: Path) -> None:
    media = write(tmp_path / "late.mp4", [(2.5, tone(1.0))], codec="aac", pictures=True)
    assert _near(_loud(load_audio(media)), [(2.5, 3.5)])


def test_holes_between_time_stamps_become_silence(tmp_path: Path) -> None:
    media = write(tmp_path / "holes.mkv", [(0.5, tone(1.0)), (4.0, tone(0.5)), (64.5, tone(0.5))])
    blocks = list(iter_audio(media))
    assert sum(len(block.samples) for block in blocks) == 2 * SAMPLE_RATE  # the holes take no memory
    assert _near(_loud(load_audio(media)), [(0.5, 1.5), (4.0, 4.5), (64.5, 65.0)], within=0.011)


def test_overlapping_time_stamps_keep_later_sound_in_its_place(tmp_path: Path) -> None:
    media = write(tmp_path / "overlap.mkv", [(0.0, quiet(1.024)), (0.965, tone(1.0)), (3.0, tone(0.5))])
    blocks = list(iter_audio(media))
    ends = [0, *(block.start + len(block.samples) for block in blocks)]
    assert all(block.start >= end for block, end in zip(blocks, ends, strict=False))
    assert _near(_loud(load_audio(media)), [(1.024, 1.965), (3.0, 3.5)], within=0.011)


def test_a_clock_that_begins_anew_loses_no_sound(tmp_path: Path) -> None:
    part = [(0.0, np.concatenate([quiet(3.0), tone(1.0)]))]
    once = write(tmp_path / "cast.ts", part, codec="mp2", container="mpegts").read_bytes()
    (tmp_path / "twice.ts").write_bytes(once * 2)
    assert _near(_loud(load_audio(tmp_path / "twice.ts")), [(3.0, 4.0), (7.0, 8.0)], within=0.15)


def test_slow_drift_of_the_time_stamps_is_followed(tmp_path: Path) -> None:
    # A sound card 0.5 % slow: each second of samples lies 1.005 s after the last.
    pieces = [(second * 1.005, tone(0.2) if second % 30 == 29 else quiet(1.0)) for second in range(60)]
    found = _loud(load_audio(write(tmp_path / "drift.mkv", pieces)))
    assert _near(found, [(29.145, 29.345), (59.295, 59.495)])


def test_broadcast_files_start_where_players_start(tmp_path: Path) -> None:
    sound = [(0.0, np.concatenate([quiet(1.0), tone(1.0)]))]
    media = write(tmp_path / "cast.ts", sound, codec="mp2", rate=16000, container="mpegts")
    assert _near(_loud(load_audio(media)), [(1.0, 2.0)], within=0.06)


def test_the_stream_asked_for_is_decoded(tmp_path: Path) -> None:
    media = write(tmp_path / "two.mkv", [(0.0, tone(1.0))], pictures=True, tracks=2)
    assert not _loud(load_audio(media, 1))
    assert _near(_loud(load_audio(media, 2)), [(0.0, 1.0)])
    assert not _loud(load_audio(media))
    assert _code(media, 0) is TranscribeCode.NO_SOUND  # the pictures
    assert _code(media, 7) is TranscribeCode.NO_SOUND


def test_skipped_spans_are_zeros(tmp_path: Path) -> None:
    audio = load_audio(write(tmp_path / "tone.wav", [(0.0, tone(4.0))]))
    t0 = 10_000_000_000
    silence(audio, ((t0 + 1_000_000_000, t0 + 2_000_000_000), (0, t0 + 500_000_000), (t0 * 3, t0 * 4)), t0)
    assert _near(_loud(audio), [(0.5, 1.0), (2.0, 4.0)], within=0.011)


def test_bad_files_have_codes(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "foreign.mp4").write_text("Dear diary, this is no film.\n" * 50)
    whole = write(tmp_path / "whole.mp4", [(0.0, tone(5.0))], codec="aac").read_bytes()
    (tmp_path / "truncated.mp4").write_bytes(whole[: len(whole) // 2])  # its index was at the end
    (tmp_path / "folder.mp4").mkdir()
    assert _code(tmp_path / "absent.mp4") is TranscribeCode.MEDIA_MISSING
    for name in ("empty.mp4", "foreign.mp4", "truncated.mp4", "folder.mp4"):
        assert _code(tmp_path / name) is TranscribeCode.MEDIA_BROKEN, name
    assert _code(write_pictures_only(tmp_path / "film.mp4")) is TranscribeCode.NO_SOUND


@pytest.mark.expect_log
def test_a_file_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mkv", [(0.0, tone(5.0))]).read_bytes()
    (tmp_path / "half.mkv").write_bytes(whole[: len(whole) // 2])
    ((start, end),) = _loud(load_audio(tmp_path / "half.mkv"))
    assert start == 0.0
    assert 2.0 < end < 3.0


def test_cancel_ends_the_decoding(tmp_path: Path) -> None:
    media = write(tmp_path / "tone.wav", [(0.0, tone(10.0))])
    cancel = CancelToken()
    blocks = iter_audio(media, cancel=cancel)
    next(blocks)
    cancel.cancel()
    with pytest.raises(TranscribeError) as caught:
        list(blocks)
    assert caught.value.code is TranscribeCode.CANCELLED
