"""How a study is to be transcribed, and the moderator's kept voice, on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotate.ingest import ingest
from annotate.models import Wishes
from annotate.store import StudyStore
from annotate.voices import alike, alike_to_label
from app import paths
from app.cli import run
from app.transcription import request_for
from app.transcription_wishes import kept_voice
from capture.bundle import SessionBundle
from capture.manifest import StreamInfo
from tests.helpers.bundles import RecordedBundle
from tests.helpers.review_data import make_study
from transcribe.journal import JournalWriter
from transcribe.models import Role, Segment, Voice, Word
from transcribe.parts import Part
from transcribe.voice_print import SIZE, VoicePrint

S = 1_000_000_000


@pytest.fixture
def study(tmp_path: Path) -> StudyStore:
    return make_study(tmp_path / "studies")


def moderato_here(tmp_path: Path, *arguments: object) -> int:
    """One command within this process: quick, and the same code."""
    return run(["--temp-basedir", str(tmp_path / "base"), *(str(argument) for argument in arguments)])


def recorded(study: StudyStore) -> SessionBundle:
    """A session of four turns of three seconds, A B A B, the third of which was given to the wrong speaker."""
    bundle = RecordedBundle(study.sessions_dir, context={"participant": "P01"}).finish()
    screen = bundle.manifest().streams[0]
    bundle.write_manifest(
        replace(bundle.manifest(), streams=(screen, StreamInfo(2, "mixed", "screen.mp4", 1, None, {})))
    )
    journal = JournalWriter(bundle.transcripts_dir / "j.jsonl", transcript_id="t", track="mixed", model="m")
    journal.language("de")
    for n in range(4):
        start, end = 3 * n * S, 3 * (n + 1) * S
        journal.segment(Segment(start, end, f"turn {n}", (Word(start, end, f"turn {n}", 0.9),), track="mixed"))
        journal.translation(Segment(start, end, f"english {n}", track="mixed"))
        for at in (start, start + S):
            levels = np.random.default_rng(at).integers(0, 60, SIZE).astype(np.uint8)
            levels[(n % 2) * 40 : (n % 2) * 40 + 40] = 250
            journal.voice(VoicePrint("mixed", at, at + 16 * S // 10, levels.tobytes()))
    journal.piece(12 * S)
    voices = [Voice(Role.MODERATOR), Voice(Role.PARTICIPANT)]
    journal.settle(voices, [Part(n, 0, 1 if n == 2 else n % 2) for n in range(4)])
    journal.end(done=True)
    return bundle


def test_what_a_study_wishes_reaches_the_transcriber(
    tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = recorded(study)
    assert moderato_here(tmp_path, "vocabulary", study.folder) == 0
    assert "found for each session" in capsys.readouterr().out
    arguments = ("--add", "Moderato", "--add", "SUS score", "--language", "de", "--translate", "yes")
    assert moderato_here(tmp_path, "vocabulary", study.folder, *arguments) == 0
    assert "SUS score" in capsys.readouterr().out
    assert study.wishes() == Wishes("de", ("Moderato", "SUS score"), True)
    request = request_for(bundle, model_dir=tmp_path, model_name="base", language=None)
    assert (request.language, request.vocabulary, request.translate) == ("de", ("Moderato", "SUS score"), True)
    assert request_for(bundle, model_dir=tmp_path, model_name="base", language="fr").language == "fr"
    moderato_here(tmp_path, "vocabulary", study.folder, "--remove", "moderato", "--language", "auto")
    assert study.wishes() == Wishes(None, ("SUS score",), True)


def test_a_turn_and_all_that_sound_like_it_are_corrected_at_once(study: StudyStore) -> None:
    session = ingest(study, recorded(study)).session
    moderator, participant = study.speakers(session.id)
    segments = study.segments(session.id)
    assert [one.speaker_id for one in segments] == [moderator.id, participant.id, participant.id, participant.id]
    assert alike(study, session.id, segments[0].id) == [segments[0].id, segments[2].id]
    change = study.set_speaker(alike_to_label(study, session.id, segments[0].id), moderator.id)
    wanted = [moderator.id, participant.id, moderator.id, participant.id]
    assert [one.speaker_id for one in study.segments(session.id)] == wanted
    study.apply_inverse(change)
    study.set_speaker([segments[2].id], participant.id)
    study.set_speaker(alike_to_label(study, session.id, segments[0].id), moderator.id)
    assert study.segments(session.id)[2].speaker_id == participant.id, "a person said so"
    beside = study.translation(session.id)
    assert beside is not None
    assert [one.text for one in study.segments_of(beside.id)] == [f"english {n}" for n in range(4)]


def test_the_moderators_voice_is_kept_in_no_study(
    tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(study, recorded(study))
    before = set(study.folder.rglob("*"))
    assert moderato_here(tmp_path, "voice", "keep", study.folder, "--session", "P01") != 0, "too little was heard"
    assert "five seconds" in capsys.readouterr().err
    (session,) = study.sessions()
    moderator, _participant = study.speakers(session.id)
    study.set_speaker([one.id for one in study.segments(session.id)], moderator.id)
    assert moderato_here(tmp_path, "voice", "keep", study.folder, "--session", "P01") == 0
    assert set(study.folder.rglob("*")) == before
    kept = kept_voice()
    assert kept is not None
    assert kept.is_relative_to(paths.data_dir())
    assert len(json.loads(kept.read_text())["vector"]) == SIZE
    assert moderato_here(tmp_path, "voice", "forget") == 0
    assert kept_voice() is None
    assert moderato_here(tmp_path, "voice", "keep", study.folder, "--session", "P99") != 0
