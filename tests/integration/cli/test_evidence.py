"""Stills, clips, reels and history through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import av
from PIL import Image

from annotate.models import ObservationKind
from annotate.store import StudyStore
from tests.helpers.review_data import add_session, make_study, transcript_of, uneven_pts
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


def test_evidence_from_a_recording_to_a_reel(moderato: Moderato, tmp_path: Path) -> None:
    with make_study(tmp_path) as store:
        recorded = add_session(store, "P01", pts=uneven_pts(60))
        store.put_transcript(recorded.session.id, transcript_of([(0.5, "Where is it?")]))
        study, bundle = store.folder, recorded.bundle.path

    still = moderato("still", bundle, "--at", "1.5", "--marks")
    assert still.returncode == 0, still.stderr
    with Image.open(still.stdout.splitlines()[-1]) as picture:
        assert picture.size == (1280, 720)

    copy = tmp_path / "first.mp4"
    clip = moderato("clip", bundle, "--from", "0.4", "--until", "1.9", "--captions", "srt", "--out", copy)
    assert clip.returncode == 0, clip.stderr
    assert clip.stdout.splitlines()[-1] == str(copy)
    assert "Where is it?" in copy.with_suffix(".srt").read_text()
    second = moderato("clip", bundle, "--from", "2", "--until", "2.5", "--no-sound", "--no-pointer")
    assert second.returncode == 0, second.stderr

    seen = moderato("annotate", bundle, "--at", "1", "--text", "At once", "--kind", "positive", "--heuristic", "4")
    assert seen.returncode == 0, seen.stderr
    with StudyStore.open(study, author="test") as store:
        (made,) = store.observations()
    assert (made.kind, made.heuristic) == (ObservationKind.POSITIVE, "nielsen-4")

    facts = json.loads(moderato("evidence", study, "--json").stdout)
    assert [one["kind"] for one in facts["evidence"]] == ["clip", "still", "clip"]
    names = [Path(one["path"]).name for one in facts["evidence"]]
    reel = moderato(
        "reel", study, "--title", "Best of", "--clip", names[2], "--card", "Two lists", "--clip", names[0]
    )  # fmt: skip
    assert reel.returncode == 0, reel.stderr
    with av.open(reel.stdout.splitlines()[-1]) as container:
        assert abs((container.duration or 0) / 1e6 - (3 + 0.5 + 3 + 1.5)) < 0.1
    listed = moderato("evidence", study).stdout
    assert "Best of, 3 parts" in listed
    history = moderato("history", study, "--session", "P01").stdout.splitlines()
    assert any(": clip at 00:02: made" in line for line in history)

    assert "nowhere" in assert_told_in_one_line(moderato("reel", study, "--title", "No", "--clip", "nowhere"))
    assert_told_in_one_line(moderato("clip", bundle, "--from", "1", "--until", "500"))
    assert "--until" in moderato("clip", bundle, "--from", "2", "--until", "1").stderr
