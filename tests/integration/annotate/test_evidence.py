"""Stills, clips and reels, decoded again: the exact frame, sound in step, captions to be seen, nothing half done."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from annotate.errors import StudyCode, StudyError
from annotate.evidence import sound
from annotate.evidence.make import evidence_path, make_clip, make_reel, make_still, sweep
from annotate.evidence.spec import Captions, ClipSpec, StillSpec
from annotate.models import EvidenceKind, Reel, ReelItem
from annotate.store import StudyStore
from capture.events import Button, ButtonState, MarkKind, PointerMove
from tests.helpers.bundles import make_mark
from tests.helpers.foreign_media import Film, Sound, spoil_sound, write_film
from tests.helpers.review_data import (
    BITS,
    SECOND,
    Recorded,
    add_session,
    barcode,
    make_study,
    transcript_of,
    uneven_pts,
    write_video,
)
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError

TICKS = 90_000
FLASHES_S = (2.0, 3.6, 6.4)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StudyStore, Recorded]]:
    with make_study(tmp_path_factory.mktemp("study")) as store:
        events = [
            PointerMove(SECOND, 300, 500),
            PointerMove(3 * SECOND, 640, 400),
            Button(4 * SECOND, 640, 400, "left", ButtonState.DOWN),
            Button(4 * SECOND + 80_000_000, 640, 400, "left", ButtonState.UP),
        ]
        recorded = add_session(store, "P01", pts=uneven_pts(120), events=events, pauses=[(6.0, 7.0)])
        said = transcript_of([(0.2, "Where is the invoice?"), (3.0, "It is not in this list at all.")])
        store.put_transcript(recorded.session.id, said)
        yield store, recorded


def shown(path: Path) -> list[tuple[int, NDArray[np.uint8]]]:
    """All pictures of a file: time in ns and I420."""
    with av.open(str(path)) as container:
        return [
            (int(Fraction(frame.pts or 0) * (frame.time_base or 1) * SECOND), frame.to_ndarray(format="yuv420p"))
            for frame in container.decode(video=0)
        ]


def number_of(picture: NDArray[np.uint8]) -> int:
    """The frame's number, as `barcode` drew it."""
    bar = (1280 - 40) // BITS
    return sum(1 << bit for bit in range(BITS) if picture[70, 20 + bit * bar + bar // 2] > 128)


def frame_at(recorded: Recorded, t_ns: int) -> int:
    return int(np.searchsorted(recorded.pts_ns, t_ns, side="right")) - 1


def facts(path: Path) -> tuple[str, str, float]:
    with av.open(str(path)) as container:
        video = container.streams.video[0].codec_context
        return video.name, video.pix_fmt or "", (container.duration or 0) / 1e6


PLAIN = {"captions": Captions.NONE, "pointer": False}


@pytest.mark.parametrize(
    ("start", "end"), [(0, 2 * SECOND), (1_234_567_890, 4_321_098_765), (5 * SECOND, 5_400_000_000)]
)
def test_a_clip_begins_and_ends_at_the_exact_frame(study: tuple[StudyStore, Recorded], start: int, end: int) -> None:
    store, recorded = study
    made = make_clip(store, recorded.session.id, ClipSpec(start, end, **PLAIN))  # type: ignore[arg-type]
    path = recorded.bundle.path / made.path
    pictures = shown(path)
    assert pictures[0][0] == 0
    assert number_of(pictures[0][1]) == frame_at(recorded, start)
    assert number_of(pictures[-1][1]) == frame_at(recorded, end - 1)
    for t_ns, picture in pictures:
        # The file counts in 1/90000 s.
        assert number_of(picture) in {frame_at(recorded, start + t_ns), frame_at(recorded, start + t_ns + 12_000)}
    own = {0, *(t - start for t in recorded.pts_ns if start < t < end)}
    assert all(min(abs(t_ns - t) for t, _ in pictures) < 12_000 for t_ns in own), "each keeps its own time"
    codec, pixels, length = facts(path)
    assert (codec, pixels) == ("h264", "yuv420p")
    assert abs(length - (end - start) / SECOND) < 0.03
    head = path.read_bytes()
    assert 0 < head.index(b"moov") < head.index(b"mdat"), "what plays while it loads has its index in front"
    assert path.stat().st_mode & 0o777 == 0o600


def flashing(path: Path, seconds: float) -> list[int]:
    """A film of 15 pictures a second that flashes while it beeps; returns its PTS."""
    pts = list(range(0, int(seconds * TICKS), TICKS // 15))

    def picture(_number: int, t_ns: int) -> NDArray[np.uint8]:
        lit = any(0 <= t_ns / SECOND - flash < 0.2 for flash in FLASHES_S)
        made = np.full((360 * 3 // 2, 640), 128, np.uint8)
        made[:360] = 235 if lit else 16
        return made

    silent = path.with_name("silent.mp4")
    write_video(silent, pts, picture, sound=False)
    rate = 48_000
    with av.open(str(silent)) as source, av.open(str(path), "w") as target:
        video = target.add_stream_from_template(source.streams.video[0])
        tracks = [target.add_stream("aac", rate=rate, layout="mono") for _ in range(2)]
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                target.mux(packet)
        beat = np.arange(int(seconds * rate)) / rate
        for number, track in enumerate(tracks):
            # The first flash is heard on one track, the others on the other: both must be there.
            mine = FLASHES_S[:1] if number == 0 else FLASHES_S[1:]
            loud = sum(((beat >= flash) & (beat < flash + 0.2)).astype(np.float32) for flash in mine)
            samples = (0.5 * np.sin(2 * np.pi * 1000 * beat) * loud).astype(np.float32)
            for first in range(0, len(samples) - 1024, 1024):
                frame = av.AudioFrame.from_ndarray(samples[None, first : first + 1024], format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
                target.mux(track.encode(frame))
            target.mux(track.encode(None))
    silent.unlink()
    return pts


def onsets(path: Path) -> tuple[list[float], list[float]]:
    """Seconds at which it becomes light, and at which it becomes loud."""
    pictures = shown(path)
    light = [t_ns / SECOND for t_ns, picture in pictures if picture[:300, :300].mean() > 120]
    with sound.Mixer(path, 0) as mixer:
        heard = np.abs(mixer.read(int((pictures[-1][0] / SECOND + 0.5) * sound.RATE)))
    loud = np.flatnonzero(heard > 0.1) / sound.RATE
    return _begins(light, 0.5), _begins(loud.tolist(), 0.5)


@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_what_comes_behind_damaged_sound_is_heard_in_clips(tmp_path: Path, fill: int) -> None:
    film = write_film(tmp_path / "talk.mp4", Film(sounds=(Sound(beeps=(1.0, 3.5)),)))
    spoil_sound(film, 2, 3, fill)
    with sound.Mixer(film, 0) as mixer:
        loud = np.flatnonzero(np.abs(mixer.read(4 * sound.RATE)) > 0.1) / sound.RATE
    assert _begins(loud.tolist(), 0.5) == pytest.approx([1.0, 3.5], abs=0.03)


def _begins(times: list[float], apart: float) -> list[float]:
    return [t for n, t in enumerate(times) if n == 0 or t - times[n - 1] > apart]


def test_flash_and_beep_stay_together_in_clip_and_reel_and_pauses_stay_silent(tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        recorded = add_session(store, "P02", pts=range(0, 9 * TICKS, TICKS // 15), video=False, pauses=[(6.0, 8.0)])
        flashing(recorded.bundle.screen_path, 9)
        made = make_clip(store, recorded.session.id, ClipSpec(1_300_000_000, 8 * SECOND, **PLAIN))  # type: ignore[arg-type]
        clip = recorded.bundle.path / made.path
        light, loud = onsets(clip)
        assert loud == pytest.approx([0.7, 2.3], abs=0.012), "the third lies in a private pause"
        assert light[:2] == pytest.approx([0.7, 2.3], abs=0.001)
        evidence, _ = made.listed(store)
        reel, _ = store.add_reel("The best", [ReelItem(evidence.id, "Two lists"), ReelItem(None, "Thanks")])
        film = store.folder / make_reel(store, reel)
        light, loud = onsets(film)
        assert loud == pytest.approx([6.7, 8.3], abs=0.02), "two cards of three seconds come before"
        assert light[:2] == pytest.approx([6.7, 8.3], abs=0.002)
        assert facts(film)[2] == pytest.approx(3 + 3 + 6.7 + 3, abs=0.1)


def test_captions_are_to_be_seen_while_they_are_said(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    session = recorded.session.id
    spec = ClipSpec(2 * SECOND, 5 * SECOND, pointer=False)
    captioned = shown(recorded.bundle.path / make_clip(store, session, spec).path)
    bare = shown(recorded.bundle.path / make_clip(store, session, replace(spec, captions=Captions.NONE)).path)

    def bright(pictures: list[tuple[int, NDArray[np.uint8]]], at_s: float) -> int:
        picture = [p for t_ns, p in pictures if t_ns <= at_s * SECOND][-1]
        return int((picture[640:700] > 200).sum())

    assert bright(bare, 1.5) == 0
    assert bright(captioned, 0.5) == 0, "nobody speaks yet"
    assert bright(captioned, 1.5) > 500
    begins = next(t_ns for t_ns, picture in captioned if (picture[640:700] > 200).any())
    assert begins == pytest.approx(SECOND, abs=12_000), "also where the picture stands still"


@pytest.mark.parametrize(("form", "first"), [(Captions.SRT, "00:00:01,000"), (Captions.VTT, "00:00:01.000")])
def test_captions_can_lie_beside_the_clip(study: tuple[StudyStore, Recorded], form: Captions, first: str) -> None:
    store, recorded = study
    made = make_clip(store, recorded.session.id, ClipSpec(2 * SECOND, 5 * SECOND, form, pointer=False))
    text = (recorded.bundle.path / made.path).with_suffix(f".{form}").read_text()
    assert first in text, "times are the clip's own"
    assert "It is not in this list" in text
    assert "Where" not in text


def test_clicks_and_the_pointer_are_drawn_where_they_were(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    session = recorded.session.id
    spec = ClipSpec(3_500_000_000, 5 * SECOND, Captions.NONE)
    drawn = shown(recorded.bundle.path / make_clip(store, session, spec).path)
    bare = shown(recorded.bundle.path / make_clip(store, session, replace(spec, pointer=False)).path)

    def changed(at_s: float) -> tuple[int, int, int]:
        """How much differs, and the middle of what does."""
        one, other = ([p for t_ns, p in film if t_ns <= at_s * SECOND][-1] for film in (drawn, bare))
        rows, columns = np.nonzero(np.abs(one[:720].astype(int) - other[:720]) > 12)
        return len(rows), round(float(np.mean(columns))), round(float(np.mean(rows)))

    halo, ring = changed(0.3), changed(0.75)
    assert halo[1:] == pytest.approx((640, 400), abs=3)
    assert ring[1:] == pytest.approx((640, 400), abs=3)
    assert changed(1.3)[0] == pytest.approx(halo[0], rel=0.2), "the ring is over"


def test_a_still_is_the_very_frame(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    t_ns = 4_100_000_000
    store.add_observation(recorded.session.id, t_start_ns=t_ns, x=200, y=600)
    plain, marked = (
        Image.open(recorded.bundle.path / make_still(store, recorded.session.id, spec).path)
        for spec in (StillSpec(t_ns, pointer=False), StillSpec(t_ns, marks=True))
    )
    grey = np.asarray(plain.convert("L"))
    assert plain.size == (1280, 720)
    assert number_of(grey) == frame_at(recorded, t_ns)
    # The whole path back to RGB: dark is dark, light is light.
    light = barcode(frame_at(recorded, t_ns), 0)[:720] > 200
    assert grey[light].mean() > 240
    apart = np.abs(grey.astype(int) - np.asarray(marked.convert("L")))
    rows, columns = np.nonzero(apart > 12)
    assert {(bool(x < 300), bool(y > 500)) for x, y in zip(columns, rows, strict=True)} == {
        (True, True),
        (False, False),
    }


def test_a_cancel_leaves_nothing(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    folder = recorded.bundle.evidence_dir
    before = set(folder.iterdir()) if folder.exists() else set()
    cancel = CancelToken()

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            cancel.cancel()

    with pytest.raises(TranscribeError) as caught:
        make_clip(store, recorded.session.id, ClipSpec(0, 5 * SECOND), cancel=cancel, progress=stop)
    assert caught.value.code is TranscribeCode.CANCELLED
    assert set(folder.iterdir()) == before


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        recorded = add_session(store, "P01", pts=uneven_pts(60))
        folder = recorded.bundle.evidence_dir
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a small disk can't be mounted here")
        try:
            noise = np.random.default_rng(1)
            write_video(
                recorded.bundle.screen_path,
                uneven_pts(60),
                lambda _n, _t: noise.integers(0, 255, (540, 640), np.uint8),
            )
            with pytest.raises(StudyError) as caught:
                make_clip(store, recorded.session.id, ClipSpec(0, 3 * SECOND))
            assert caught.value.code is StudyCode.DISK_FULL
            assert list(folder.iterdir()) == []
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def test_what_cannot_be_cut_is_told(study: tuple[StudyStore, Recorded], tmp_path: Path) -> None:
    store, recorded = study

    def refused(session: str, spec: ClipSpec) -> StudyCode:
        with pytest.raises(StudyError) as caught:
            make_clip(store, session, spec)
        return caught.value.code

    length = recorded.session.duration_ns or 0
    assert refused(recorded.session.id, ClipSpec(length, length + SECOND)) is StudyCode.BEYOND_END
    with pytest.raises(StudyError) as caught:
        ClipSpec(SECOND, SECOND)
    assert caught.value.code is StudyCode.CLIP_LENGTH
    with make_study(tmp_path, "Other") as other:
        gone = add_session(other, "P01", pts=uneven_pts(20), video=False)
        with pytest.raises(StudyError) as caught:
            make_clip(other, gone.session.id, ClipSpec(0, SECOND))
        assert caught.value.code is StudyCode.NO_MEDIA
        gone.bundle.screen_path.write_bytes(b"not a film")
        with pytest.raises(StudyError) as caught:
            make_still(other, gone.session.id, StillSpec(0))
        assert caught.value.code is StudyCode.NO_FRAMES
        assert list(gone.bundle.evidence_dir.iterdir()) == []
        empty = Reel("r", "Nothing", None, ())
        with pytest.raises(StudyError) as caught:
            make_reel(other, empty)
        assert caught.value.code is StudyCode.REEL_EMPTY


def test_a_session_without_sound_gives_a_clip_without_sound(tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        recorded = add_session(store, "P01", pts=uneven_pts(40), sound=False)
        path = recorded.bundle.path / make_clip(store, recorded.session.id, ClipSpec(0, 2 * SECOND)).path
        with av.open(str(path)) as container:
            assert not container.streams.audio
        evidence, _ = make_clip(store, recorded.session.id, ClipSpec(0, SECOND)).listed(store)
        reel, _ = store.add_reel("Quiet", [ReelItem(evidence.id)])
        assert facts(store.folder / make_reel(store, reel))[2] == pytest.approx(4, abs=0.1)


def test_only_what_consent_covers_is_told(tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        consent = make_mark(MarkKind.CONSENT, 0.0, payload={"version": 1, "method": "screen", "scopes": ["screen"]})
        recorded = add_session(store, "P01", pts=uneven_pts(40), marks=[consent])
        store.put_transcript(recorded.session.id, transcript_of([(0.5, "Hello there")]))
        made = make_clip(store, recorded.session.id, ClipSpec(0, 2 * SECOND))
        assert made.silent
        with av.open(str(recorded.bundle.path / made.path)) as container:
            assert not container.streams.audio
        assert not any((picture[640:700] > 200).any() for _, picture in shown(recorded.bundle.path / made.path))
        # A clip that was cut while more was agreed to doesn't get into a reel.
        evidence, _ = made.listed(store)
        loud, _ = replace(made, spec={**made.spec, "sound": True}).listed(store)
        reel, _ = store.add_reel("Fine", [ReelItem(evidence.id)])
        make_reel(store, reel)
        reel, _ = store.add_reel("Too much", [ReelItem(loud.id)])
        with pytest.raises(StudyError) as caught:
            make_reel(store, reel)
        assert caught.value.code is StudyCode.NOT_CONSENTED
        refused = make_mark(MarkKind.CONSENT, 0.0, payload={"version": 1, "method": "screen", "scopes": ["voice"]})
        other = add_session(store, "P02", pts=uneven_pts(40), marks=[refused])
        with pytest.raises(StudyError) as caught:
            make_still(store, other.session.id, StillSpec(0))
        assert caught.value.code is StudyCode.NOT_CONSENTED


def test_lines_in_doubt_are_not_put_into_anybody_s_mouth(tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        recorded = add_session(store, "P01", pts=uneven_pts(40))
        said = transcript_of([(0.5, "Hello there")])
        from transcribe.models import Flag

        store.put_transcript(
            recorded.session.id,
            replace(said, segments=tuple(replace(one, flags=(Flag.LOOP,)) for one in said.segments)),
        )
        made = make_clip(store, recorded.session.id, ClipSpec(0, 2 * SECOND, Captions.SRT))
        assert made.doubtful == 1
        assert (recorded.bundle.path / made.path).with_suffix(".srt").read_text() == ""


def test_evidence_is_listed_kept_for_undo_and_swept_later(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    evidence, _ = make_still(store, recorded.session.id, StillSpec(SECOND)).listed(store)
    assert evidence.kind is EvidenceKind.STILL
    assert evidence_path(store, evidence).is_file()
    assert evidence in store.evidence(recorded.session.id)
    change = store.remove_evidence(evidence.id)
    assert evidence not in store.evidence()
    assert evidence_path(store, evidence) not in sweep(store, recorded.session.id)
    store.apply_inverse(change)
    assert evidence in store.evidence()
    sweep(store, recorded.session.id, older_than_s=-1)
    assert evidence_path(store, evidence).is_file()
    store.remove_evidence(evidence.id)
    assert evidence_path(store, evidence) in sweep(store, recorded.session.id, older_than_s=-1)


def test_a_reel_keeps_its_order(study: tuple[StudyStore, Recorded]) -> None:
    store, recorded = study
    clips = [
        make_clip(store, recorded.session.id, ClipSpec(n * SECOND, n * SECOND + SECOND // 2, **PLAIN)).listed(store)[0]  # type: ignore[arg-type]
        for n in range(3)
    ]
    reel, _ = store.add_reel("Three", [ReelItem(one.id) for one in clips])
    change = store.set_reel_items(reel.id, [ReelItem(clips[2].id), ReelItem(clips[0].id, "Before")])
    film = store.folder / make_reel(store, store.reel(reel.id))
    numbers = [number_of(picture) for t_ns, picture in shown(film) if t_ns >= 3 * SECOND]
    assert numbers[0] == frame_at(recorded, 2 * SECOND)
    assert numbers[-1] == frame_at(recorded, SECOND // 2 - 1)
    store.apply_inverse(change)
    assert [item.evidence_id for item in store.reel(reel.id).items] == [one.id for one in clips]
    removed = store.remove_evidence(clips[1].id)
    assert [item.evidence_id for item in store.reel(reel.id).items] == [clips[0].id, clips[2].id]
    store.apply_inverse(removed)
    assert [item.evidence_id for item in store.reel(reel.id).items] == [one.id for one in clips]
