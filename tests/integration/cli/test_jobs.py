"""`moderato jobs`: the queue, told and changed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.review_data import add_session, make_study
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


def test_the_queue_is_told_and_changed(moderato: Moderato, tmp_path: Path) -> None:
    with make_study(tmp_path, "Talk") as study:
        for code in ("P01", "P02"):
            session = add_session(study, code, frames=30, video=False).session
            study.add_job(session.id, {"model": "base", "language": None})
        folder = study.folder
    assert moderato("jobs", folder).stdout == "1. P01 waits\n2. P02 waits\n"
    assert moderato("jobs", folder, "up", "--session", "P02").stdout == "1. P02 waits\n2. P01 waits\n"
    paused = moderato("jobs", folder, "pause", "--session", "P01", "--json")
    assert [(job["participant"], job["state"], job["model"]) for job in json.loads(paused.stdout)] == [
        ("P02", "queued", "base"),
        ("P01", "paused", "base"),
    ]
    assert moderato("jobs", folder, "resume").stdout == "1. P02 waits\n2. P01 waits\n"
    assert moderato("jobs", folder, "cancel").stdout == "Nothing is being transcribed and nothing waits.\n"
    told = assert_told_in_one_line(moderato("jobs", folder, "up", "--session", "P01"))
    assert "P01 is not in the queue" in told
