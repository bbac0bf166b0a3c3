"""`moderato export --to html|pdf|markdown|json|csv`: a study's report without a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Shop.moderato"
    with StudyStore.create(folder, "Shop", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "one")
        store.update_session(session.id, duration_ns=600_000_000_000, state="recorded")
        seen, _ = store.add_observation(session.id, t_start_ns=43_000_000_000, body="Clicks thrice")
        store.add_issue("Buy gives no feedback", severity=3, observation_ids=[seen.id])
    return folder


def test_every_form_is_written(moderato: Moderato, study: Path, tmp_path: Path) -> None:
    begins = {"html": "<!doctype html>", "pdf": "%PDF-", "markdown": "# Shop", "json": "{", "csv": "\ufeffissue_number"}
    for form, start in begins.items():
        out = tmp_path / f"out.{form}"
        done = moderato("export", study, "--to", form, "--out", out)
        assert done.returncode == 0, done.stderr
        assert f"written to {out}" in done.stdout
        assert out.read_bytes().startswith(start.encode())


def test_a_transcript_needs_its_session(moderato: Moderato, study: Path, tmp_path: Path) -> None:
    line = assert_told_in_one_line(
        moderato("export", study, "--to", "json", "--session", "P01", "--out", tmp_path / "t")
    )
    assert "transcript" in line
    nowhere = moderato("export", study, "--to", "html")
    assert nowhere.returncode == 2
    assert "--out is needed" in nowhere.stderr
