"""A recording whose sound is cut off or damaged is transcribed as far as it goes, and whoever reads it is told."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from pytestqt.qtbot import QtBot

from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.cli import run
from app.main_window import Place
from app.settings import settings
from app.views.review import ReviewPage
from tests.helpers.foreign_media import spoil_sound
from tests.helpers.review_data import make_study
from tests.helpers.shell import opened, wait_for
from tests.helpers.spoken import needs_model, spoken_session
from transcribe.models import LackKind

pytestmark = [needs_model, pytest.mark.timeout(300), pytest.mark.expect_log]


def cut_off(film: Path, part: float) -> None:
    """Puts the index in front, as other programs leave it, and takes the end away."""
    whole = film.with_name("whole.mp4")
    film.rename(whole)
    with (
        av.open(str(whole)) as source,
        av.open(str(film), "w", options={"movflags": "faststart"}) as target,
    ):
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    whole.unlink()
    content = film.read_bytes()
    film.write_bytes(content[: int(len(content) * part)])


def test_damaged_sound_is_told_when_it_is_transcribed_and_in_the_review(
    app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    settings().model = "tiny.en"
    with make_study(paths.studies_dir(), "Talk") as store:
        recorded = spoken_session(store, tmp_path)
    spoil_sound(recorded.bundle.screen_path, 2.0, 4.5)
    context = opened(qtbot, app, store.folder, "sessions")
    app.transcribe(recorded.session.id)
    with qtbot.waitSignal(app.transcription.done, timeout=100_000):
        pass
    told = app.window.messages.words.text()
    assert "P03 is ready" in told
    assert "The microphone’s sound is damaged" in told
    assert "could not be read, the first at 00:0" in told
    text = " ".join(segment.text for segment in context.store.segments(recorded.session.id)).lower()
    assert "settings menu" in text, "what follows the damage is heard"
    app.review(recorded.session.id)
    page = app.window.page(Place.REVIEW)
    assert isinstance(page, ReviewPage)
    wait_for(qtbot, lambda: "is damaged" in page.transcript.view.lacking_words)
    assert page.transcript.view._lacking.isVisible()


def test_sound_that_breaks_off_is_told_on_the_terminal_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with make_study(tmp_path / "studies", "Talk") as store:
        recorded = spoken_session(store, tmp_path, times=2)
        cut_off(recorded.bundle.screen_path, 0.6)
        base = str(tmp_path / "base")
        assert run(["--temp-basedir", base, "transcribe", str(recorded.bundle.path), "--model", "tiny.en"]) == 0
        err = capsys.readouterr().err
        assert f"moderato: {recorded.bundle.path.name}: The microphone’s sound breaks off at 00:" in err
        assert "that its file promises" in err
    with StudyStore.open(store.folder, author="tester") as again:
        stored = again.transcript(recorded.session.id)
        assert stored is not None
        assert stored.state == "done"
        assert [one.kind for one in stored.lacks] == [LackKind.BREAKS_OFF]
        assert "shopping cart" in " ".join(segment.text for segment in again.segments(recorded.session.id)).lower()
