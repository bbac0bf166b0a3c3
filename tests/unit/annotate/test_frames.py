"""Which frame is shown when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.frames import FrameIndex
from capture.bundle import SessionBundle
from capture.writer import FrameRow
from tests.helpers.bundles import RecordedBundle

PTS = st.lists(st.integers(0, 10**13), min_size=1, max_size=50)
ANY_TIME = st.integers(-(10**9), 2 * 10**13)


@given(PTS, ANY_TIME)
def test_the_frame_shown_is_the_last_one_begun(pts: list[int], t_ns: int) -> None:
    index = FrameIndex(pts)
    times = sorted(set(pts))
    assert len(index) == len(times)
    begun = [i for i, start in enumerate(times) if start <= t_ns]
    assert index.nearest(t_ns) == (begun[-1] if begun else 0)


@given(PTS)
def test_seeking_to_the_middle_of_a_frame_shows_it(pts: list[int]) -> None:
    index = FrameIndex(pts)
    for i in range(len(index)):
        middle = index.mid_frame_ns(i)
        assert index.nearest(middle) == i
        assert index.nearest(index.t_ns(i)) == i
        if i + 1 < len(index):
            assert index.t_ns(i) <= middle < index.t_ns(i + 1)


@given(PTS, ANY_TIME, st.integers(-100, 100))
def test_steps_stay_within_the_recording(pts: list[int], t_ns: int, n: int) -> None:
    index = FrameIndex(pts)
    assert index.step(t_ns, n) == min(max(index.nearest(t_ns) + n, 0), len(index) - 1)
    assert index.step(index.mid_frame_ns(0), 1) == min(1, len(index) - 1)


def test_no_frames_is_told() -> None:
    with pytest.raises(StudyError) as caught:
        FrameIndex([])
    assert caught.value.code is StudyCode.NO_FRAMES


def test_the_recorder_s_notes_are_used_in_the_file_s_own_times(tmp_path: Path) -> None:
    made = RecordedBundle(tmp_path)
    made.add_events([], [FrameRow(1, pts, pts * 100_000 // 9 + 3, "new", True, None) for pts in (0, 6_000, 96_000)])
    index = FrameIndex.from_bundle(made.finish())
    assert [index.t_ns(i) for i in range(len(index))] == [0, 66_666_666, 1_066_666_666]


def write_movie(path: Path, pts: list[int]) -> None:
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.time_base = stream.codec_context.time_base = __import__("fractions").Fraction(1, 90_000)
        for at in pts:
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = at, stream.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.mark.parametrize("with_capture", [True, False])
def test_without_notes_the_file_itself_is_asked(tmp_path: Path, with_capture: bool) -> None:
    made = RecordedBundle(tmp_path)
    bundle = made.finish()
    if not with_capture:
        bundle.capture_path.unlink()
    write_movie(bundle.screen_path, [0, 6_000, 96_000])
    index = FrameIndex.from_bundle(bundle)
    assert [index.t_ns(i) for i in range(len(index))] == [0, 66_666_666, 1_066_666_666]


@pytest.mark.parametrize("content", [None, b"", b"no movie at all"])
def test_a_bundle_without_a_picture_has_no_frames(tmp_path: Path, content: bytes | None) -> None:
    bundle = SessionBundle(tmp_path)
    if content is not None:
        bundle.screen_path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        FrameIndex.from_bundle(bundle)
    assert caught.value.code is StudyCode.NO_FRAMES
