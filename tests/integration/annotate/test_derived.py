"""Waveforms and thumbnails are made of the real file, kept beside it, and made anew when the file is another."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annotate import derived
from annotate.derived import load_peaks, load_thumbs, make_missing, sound_tracks
from annotate.store import StudyStore
from tests.helpers.review_data import SECOND, Recorded, add_session, barcode, make_study, uneven_pts, write_video
from transcribe.cancel import CancelToken


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    with make_study(tmp_path) as store:
        return _session(store)


def _session(store: StudyStore) -> Recorded:
    return add_session(store, "P01", pts=uneven_pts(160))


def test_made_by_the_process_and_found_again(recorded: Recorded) -> None:
    bundle = recorded.bundle
    (track,) = sound_tracks(bundle)
    assert (track.kind, track.stream, track.number) == ("mic", 1, 0)
    assert load_peaks(bundle, track) is None
    assert load_thumbs(bundle) is None
    done = subprocess.run(
        [sys.executable, "-P", "-m", "annotate.derived", str(bundle.path)], capture_output=True, text=True, check=True
    )
    assert '{"peaks": 0}' in done.stdout
    assert done.stdout.endswith('{"thumbs": true}\n')
    peaks = load_peaks(bundle, track)
    assert peaks is not None
    assert abs(len(peaks.peaks) * 10_000_000 - recorded.pts_ns[-1]) < SECOND
    assert 8 < np.median(peaks.peaks) < 16  # a tone of 1500 of 32768
    thumbs = load_thumbs(bundle)
    assert thumbs is not None
    assert len(thumbs) >= 3
    assert thumbs.t_ns[0] == 0
    for number in (0, len(thumbs) - 1):
        with av.open(_file(thumbs.jpeg(number))) as picture:
            frame = next(picture.decode(video=0))
            assert (frame.width, frame.height) == (128, 72)
        assert int(thumbs.t_ns[number]) in recorded.pts_ns


def test_another_file_in_its_place_is_drawn_anew_and_a_damaged_cache_is_none(recorded: Recorded) -> None:
    bundle = recorded.bundle
    make_missing(bundle, CancelToken(), lambda _what: None)
    (track,) = sound_tracks(bundle)
    kept = bundle.derived_dir / "waveform-0.npz"
    kept.write_bytes(kept.read_bytes()[:100])
    assert load_peaks(bundle, track) is None
    bundle.screen_path.chmod(0o600)
    write_video(bundle.screen_path, uneven_pts(60, seed=9), barcode)
    assert load_thumbs(bundle) is None
    make_missing(bundle, CancelToken(), lambda _what: None)
    assert load_peaks(bundle, track) is not None
    assert load_thumbs(bundle) is not None


def test_a_folder_that_cannot_be_written_and_a_file_without_picture_are_no_fault(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(derived, "write_atomically", full)
    make_missing(recorded.bundle, CancelToken(), lambda _what: None)
    monkeypatch.undo()
    recorded.bundle.screen_path.unlink()
    assert sound_tracks(recorded.bundle) == []
    make_missing(recorded.bundle, CancelToken(), lambda _what: None)


def test_a_sound_track_that_begins_late_is_late_in_the_waveform(recorded: Recorded) -> None:
    path = recorded.bundle.screen_path
    path.chmod(0o600)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        picture = np.full((270, 320), 128, np.uint8)
        for number in range(80):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        tone = (np.sin(np.arange(4 * 16_000) * 0.3) * 12_000).astype(np.int16)
        for first in range(0, len(tone), 1024):
            block = av.AudioFrame.from_ndarray(tone[None, first : first + 1024].copy(), format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = 16_000, 3 * 16_000 + first, Fraction(1, 16_000)
            container.mux(audio.encode(block))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    make_missing(recorded.bundle, CancelToken(), lambda _what: None)
    (track,) = sound_tracks(recorded.bundle)
    peaks = load_peaks(recorded.bundle, track)
    assert peaks is not None
    assert peaks.peaks[:285].max() <= 2
    assert peaks.peaks[315:680].min() > 60


def _file(data: bytes) -> object:
    import io

    return io.BytesIO(data)
