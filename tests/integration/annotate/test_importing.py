"""A recording made elsewhere becomes a session: on one clock, to the frame, and never at the cost of the file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.frames import FrameIndex
from annotate.importing import Imported, ImportRequest, import_recording, imported_before
from annotate.info import bundle_info
from annotate.store import StudyStore
from app.media_words import sound_words
from capture.bundle import SessionBundle
from capture.config import Scope
from capture.errors import CaptureCode, CaptureError
from capture.foreign import probe_media
from capture.foreign_scan import in_order
from tests.helpers.foreign_media import (
    HEIGHT,
    WIDTH,
    Film,
    Sound,
    beeps_in,
    number_of,
    numbered,
    pictures_in,
    spoil_sound,
    write_film,
)
from tests.helpers.review_data import SECOND, make_study
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError

NEAR_S = 0.01
MP3_RUN_IN_S = 0.03


@pytest.fixture
def study(tmp_path: Path) -> StudyStore:
    return make_study(tmp_path / "studies", tasks=["Find it"])


def take(study: StudyStore, path: Path, **fields: object) -> tuple[Imported, SessionBundle]:
    made = import_recording(study, ImportRequest(probe_media(path), "P01", **fields))  # type: ignore[arg-type]
    return made, SessionBundle.open(study.bundle_dir(made.session))


UNEVEN = (0.0, 0.1, 0.5, 0.534, 2.0, 2.04, 3.9)
FILMS = {
    "call.mp4": (Film(), True),
    "reordered.mp4": (Film(reordered=True), False),
    "reordered.mkv": (Film(times=UNEVEN, reordered=True), False),
    "obs.mkv": (Film(sounds=(Sound(title="Mic"), Sound(title="Desktop Audio", beeps=(2.0,)))), True),
    "uneven.mkv": (Film(times=UNEVEN), True),
    "uneven.webm": (Film(codec="libvpx", times=UNEVEN, sounds=(Sound("libopus"),), ticks=1000), False),
    "late.mov": (Film(sounds=(Sound(start_s=1.5, beeps=(2.0, 3.0)),)), True),
    "late_picture.mkv": (Film(times=[2 + n / 25 for n in range(40)], sounds=(Sound(start_s=0.5, beeps=(2.5,)),)), True),
    "offset.ts": (Film(), True),
    "silent.mp4": (Film(sounds=()), True),
    "old.mov": (Film(codec="mpeg4", sounds=(Sound("libmp3lame"),), ticks=1000), False),
}


@pytest.mark.parametrize("name", FILMS)
def test_picture_and_sound_lie_where_they_were(study: StudyStore, tmp_path: Path, name: str) -> None:
    film, copied = FILMS[name]
    path = write_film(tmp_path / name, film)
    before = path.read_bytes()
    made, bundle = take(study, path)
    assert path.read_bytes() == before, "the file is only read"
    assert made.copied is copied

    heard = min((sound.start_s for sound in film.sounds), default=film.times[0])
    zero = min(film.times[0], heard)
    shown = pictures_in(bundle.screen_path)
    assert [number for _, number in shown] == list(range(len(film.times)))
    lag = shown[0][0] - (film.times[0] - zero)
    assert abs(lag) < MP3_RUN_IN_S, "an encoder's run-in may come before zero, and moves all alike"
    for (t, _), wanted in zip(shown, film.times, strict=True):
        assert t == pytest.approx(wanted - zero + lag, abs=0.0012)
    for sound, stream in zip(film.sounds, bundle.manifest().streams[1:], strict=True):
        assert stream.track is not None
        found = beeps_in(bundle.screen_path, stream.track)
        assert found == pytest.approx([beep - zero + lag for beep in sound.beeps], abs=MP3_RUN_IN_S), name
        if sound.codec != "libmp3lame":
            assert found == pytest.approx([beep - zero + lag for beep in sound.beeps], abs=NEAR_S)

    index = FrameIndex.from_bundle(bundle)
    ticks = [round(t * 90_000) for t, _ in shown]
    assert [index.t_ns(n) for n in range(len(index))] == [tick * 100_000 // 9 for tick in ticks]
    session = made.session
    assert (session.origin, session.state, session.observation_count) == ("imported", "recorded", 0)
    assert session.duration_ns == pytest.approx(
        (max(film.times[-1], 4.0 if film.sounds else 0) - zero) * SECOND, rel=0.03
    )
    info = bundle_info(bundle.path)
    assert info["events"] == {}
    assert bundle.manifest().files[0].name == "screen.mp4"


def test_tracks_get_the_roles_their_names_tell(study: StudyStore, tmp_path: Path) -> None:
    path = write_film(tmp_path / "obs.mkv", FILMS["obs.mkv"][0])
    _, bundle = take(study, path)
    assert [(one.kind, one.track) for one in bundle.manifest().streams] == [("screen", 0), ("mic", 1), ("system", 2)]
    made, bundle = take(study, path, sounds={2: "mixed"})
    assert [(one.kind, one.track) for one in bundle.manifest().streams] == [("screen", 0), ("mixed", 1)]
    assert beeps_in(bundle.screen_path, 1) == pytest.approx([2.0], abs=NEAR_S)
    assert [one.kind for one in study.media(made.session.id)] == ["screen", "mixed"]
    assert len(imported_before(study, path)) == 2
    assert imported_before(study, write_film(tmp_path / "other.mp4")) == []


def test_a_turned_picture_is_put_upright(study: StudyStore, tmp_path: Path) -> None:
    path = write_film(tmp_path / "phone.mov", Film(sounds=()))
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12 8.3.2: the matrix of version 0
    data[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, HEIGHT << 16, 0, 1 << 30)
    path.write_bytes(bytes(data))
    assert probe_media(path).pictures[0].rotation == 270
    made, bundle = take(study, path)
    assert not made.copied
    with av.open(str(bundle.screen_path)) as film:
        frames = list(film.decode(video=0))
    assert (frames[0].width, frames[0].height) == (HEIGHT, WIDTH)
    column = frames[5].to_ndarray(format="gray")[:, HEIGHT // 2]
    bits = [column[bit * WIDTH // 8 + WIDTH // 16] > 120 for bit in range(8)]
    assert sum(1 << bit for bit, light in enumerate(bits) if light) == 5, "clockwise: the left side is up now"


def _growing(path: Path) -> Path:
    """A call that begins small: 320×180, then 640×360, then, for a while, upright."""
    sizes = [(320, 180), (640, 360), (180, 320)]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx", rate=25)
        video.width, video.height, video.pix_fmt = *sizes[0], "yuv420p"
        for part, (width, height) in enumerate(sizes):
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.time_base, encoder.framerate = Fraction(1, 1000), Fraction(25)
            frames = [numbered(part * 5 + n, width, height).reformat(format="yuv420p") for n in range(5)]
            for n, frame in enumerate(frames):
                frame.pts, frame.time_base = (part * 5 + n) * 100, Fraction(1, 1000)
            for packet in [one for frame in [*frames, None] for one in encoder.encode(frame)]:
                packet.stream = video
                container.mux(packet)
    return path


def test_a_picture_that_grows_keeps_its_largest_size(study: StudyStore, tmp_path: Path) -> None:
    made, bundle = take(study, _growing(tmp_path / "call.webm"))
    assert not made.copied
    shown = pictures_in(bundle.screen_path)
    assert [number for _, number in shown[:10]] == list(range(10))
    assert len(shown) == 15
    with av.open(str(bundle.screen_path)) as film:
        frames = list(film.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360)}
    upright = frames[14].to_ndarray(format="gray")
    assert upright[:, 210:].max() < 30, "its shape is kept; beside it, it is black"


def test_a_clock_that_begins_anew_goes_on(study: StudyStore, tmp_path: Path) -> None:
    """Two recordings of a call, one after the other in one file, the second one's clock from zero again."""
    one = write_film(tmp_path / "1.ts", Film(times=[n / 25 for n in range(50)], sounds=()))
    two = write_film(tmp_path / "2.ts", Film(times=[n / 25 for n in range(50)], sounds=()))
    path = tmp_path / "both.ts"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    made, bundle = take(study, path)
    shown = pictures_in(bundle.screen_path)
    times = [t for t, _ in shown]
    assert times == sorted(set(times))
    assert [number for _, number in shown][-50:] == list(range(50))
    assert made.session.duration_ns == pytest.approx(4 * SECOND, rel=0.05)


def test_what_was_not_agreed_to_is_not_taken_in(study: StudyStore, tmp_path: Path) -> None:
    path = write_film(tmp_path / "call.mp4")
    made, bundle = take(study, path, consent_version=1, scopes=(Scope.SCREEN,))
    assert made.left_out
    with av.open(str(bundle.screen_path)) as film:
        assert not film.streams.audio
    assert made.session.consent_version == 1
    assert made.session.consent_scopes == (Scope.SCREEN,)
    for scopes in ((Scope.VOICE,), ()):
        with pytest.raises(StudyError):
            take(study, path, consent_version=1, scopes=scopes)
    with pytest.raises(StudyError):
        take(study, path, consent_version=9)
    assert len(list(study.sessions_dir.iterdir())) == 1


def _cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def _encrypted(path: Path) -> Path:
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "11" * 16, "encryption_kid": "22" * 16}
    return write_film(path, Film(options=keys))


def _sound_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        track = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return path


def _text(path: Path, text: str = "no film at all\n" * 50) -> Path:
    path.write_text(text)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


BAD: dict[str, tuple[Callable[[Path], Path], CaptureCode]] = {
    "empty.mp4": (lambda path: _text(path, ""), CaptureCode.IMPORT_EMPTY),
    "text.mp4": (_text, CaptureCode.IMPORT_NOT_MEDIA),
    "folder.mp4": (_folder, CaptureCode.IMPORT_NOT_MEDIA),
    "none.mp4": (lambda path: path, CaptureCode.IMPORT_UNREADABLE),
    "list.m3u8": (
        lambda path: _text(path, "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        CaptureCode.IMPORT_NOT_MEDIA,
    ),
    "list.ffconcat": (lambda path: _text(path, "ffconcat version 1.0\nfile a.mp4\n"), CaptureCode.IMPORT_NOT_MEDIA),
    "cut.mp4": (lambda path: _cut(write_film(path), 0.6), CaptureCode.IMPORT_CUT_OFF),
    "cut_early.mkv": (lambda path: _cut(write_film(path), 0.004), CaptureCode.IMPORT_NOT_MEDIA),
    "sound.m4a": (_sound_only, CaptureCode.IMPORT_NO_PICTURE),
    "protected.mp4": (_encrypted, CaptureCode.IMPORT_ENCRYPTED),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_imported_is_told(tmp_path: Path, name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(CaptureError) as caught:
        probe_media(make(tmp_path / name))
    assert caught.value.code is code
    assert caught.value.detail == name


def test_a_file_that_breaks_off_gives_what_it_has(study: StudyStore, tmp_path: Path) -> None:
    path = _cut(write_film(tmp_path / "call.mkv", Film(sounds=())), 0.5)
    made, bundle = take(study, path)
    assert 0.5 < (made.session.duration_ns or 0) / SECOND < 3.9
    assert pictures_in(bundle.screen_path)[0] == (0.0, 0)
    assert made.breaks_off_ns == made.session.duration_ns


@pytest.mark.parametrize("name", ["call.mp4", "call.mov", "call.mkv", "call.webm"])
def test_a_file_that_ends_before_it_says_so_is_told(study: StudyStore, tmp_path: Path, name: str) -> None:
    """With its index in front, or without one, nothing but its own word tells that its end is missing."""
    options = {"movflags": "faststart"} if name.endswith(("mp4", "mov")) else {}
    film = Film(options=options, codec="libvpx" if name.endswith("webm") else "libx264", sounds=())
    path = write_film(tmp_path / name, film)
    assert take(study, path)[0].breaks_off_ns is None
    made, bundle = take(study, _cut(path, 0.6))
    assert made.breaks_off_ns == made.session.duration_ns
    assert pictures_in(bundle.screen_path)[0] == (0.0, 0)


@pytest.mark.parametrize("form", [Film(codec="flv1"), Film(codec="mpeg4")], ids=["flv", "avi"])
def test_older_forms_that_end_early_are_told_too(study: StudyStore, tmp_path: Path, form: Film) -> None:
    film = replace(form, ticks=1000, sounds=(Sound("libmp3lame"),))
    path = write_film(tmp_path / ("call.flv" if form.codec == "flv1" else "call.avi"), film)
    assert take(study, path)[0].breaks_off_ns is None
    made, bundle = take(study, _cut(path, 0.6))
    assert made.breaks_off_ns is not None
    assert pictures_in(bundle.screen_path)[0] == (0.0, 0)
    assert "breaks off at 00:0" in sound_words(made)


def test_a_film_whose_writer_never_went_back_to_its_lengths_is_no_alarm(study: StudyStore, tmp_path: Path) -> None:
    film = Film(codec="mpeg4", ticks=1000, sounds=(Sound("libmp3lame"),))
    path = write_film(tmp_path / "call.avi", film)
    content = path.read_bytes()
    place = content.index(b"movi") - 4
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        path.write_bytes(content[:4] + length + content[8:place] + length + content[place + 4 :])
        assert take(study, path)[0].breaks_off_ns is None, length
    path.write_bytes(content[: content.index(b"idx1") + 20])
    assert take(study, path)[0].breaks_off_ns is None, "only its index is cut"
    live = replace(film, codec="flv1", options={"flvflags": "no_duration_filesize"})
    assert take(study, write_film(tmp_path / "live.flv", live))[0].breaks_off_ns is None


@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_damaged_sound_that_is_encoded_anew_is_told(study: StudyStore, tmp_path: Path, fill: int) -> None:
    """Copied sound isn't decoded here: its damage is told when it is transcribed."""
    path = write_film(tmp_path / "call.mp4", Film(sounds=(Sound("flac"),)))
    assert take(study, path)[0].unread_ns == 0
    spoil_sound(path, 2, 3, fill)
    made, bundle = take(study, path)
    assert 0.8 * SECOND < made.unread_ns < 1.2 * SECOND
    assert "of the sound are damaged" in sound_words(made)
    assert beeps_in(bundle.screen_path, 1) == pytest.approx([1.0], abs=0.05)


def test_a_version_of_the_consent_form_that_is_not_there_is_named(study: StudyStore, tmp_path: Path) -> None:
    path = write_film(tmp_path / "old.mkv", Film(codec="mpeg4", ticks=1000))
    with pytest.raises(StudyError) as caught:
        take(study, path, consent_version=9)
    assert (caught.value.code, caught.value.detail) == (StudyCode.VALUE_INVALID, "consent version 9")
    assert list(study.sessions_dir.iterdir()) == []


def test_giving_up_and_a_full_disk_leave_nothing_behind(
    study: StudyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_film(tmp_path / "old.mkv", Film(codec="mpeg4", ticks=1000))
    cancel = CancelToken()

    def give_up(fraction: float) -> None:
        if fraction > 0.4:
            cancel.cancel()
        cancel.check()

    with pytest.raises(TranscribeError):
        import_recording(study, ImportRequest(probe_media(path), "P01"), give_up)
    assert list(study.sessions_dir.iterdir()) == []
    assert study.sessions() == []

    class Full:
        free = 1_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Full)
    with pytest.raises(CaptureError) as caught:
        take(study, path)
    assert caught.value.code is CaptureCode.IMPORT_NO_ROOM
    assert list(study.sessions_dir.iterdir()) == []


def test_what_a_killed_import_left_goes_with_the_next_one(study: StudyStore, tmp_path: Path) -> None:
    left = study.sessions_dir / ".importing-1-abcd"
    left.mkdir()
    (left / "screen.mp4").write_bytes(b"half")
    take(study, write_film(tmp_path / "call.mp4", Film(times=(0, 0.5), sounds=())))
    assert not left.exists()


@given(st.lists(st.integers(0, 40), max_size=8))
def test_only_pictures_in_order_are_copied(order: Sequence[int]) -> None:
    assert in_order(order) == (list(order) == sorted(set(order)))


def test_number_of_reads_what_was_written(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", Film(times=[n / 25 for n in range(5)], sounds=()))
    with av.open(str(path)) as film:
        assert [number_of(frame) for frame in film.decode(video=0)] == list(range(5))
