"""What is said of a session as a whole, on the command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from annotate.store import StudyStore
from app.cli import run
from tests.helpers.foreign_media import Film, Sound, write_film
from tests.helpers.review_data import SECOND, add_session, make_study
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


@pytest.fixture
def study(tmp_path: Path) -> StudyStore:
    return make_study(tmp_path / "studies")


def moderato_here(tmp_path: Path, *arguments: object) -> int:
    """One command within this process: quick, and the same code."""
    return run(["--temp-basedir", str(tmp_path / "base"), *(str(argument) for argument in arguments)])


def test_trim_pilot_trash_and_back(tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str]) -> None:
    session_id = add_session(study, "P01", video=False).session.id
    folder = study.folder
    assert moderato_here(tmp_path, "session", folder, "--starts", "1.5", "--ends", "4", "--pilot") == 0
    session = study.session(session_id)
    assert (session.trim_start_ns, session.trim_end_ns, session.pilot) == (1_500_000_000, 4 * SECOND, True)
    assert "pilot" in capsys.readouterr().out
    assert moderato_here(tmp_path, "session", folder, "--whole", "--no-pilot", "--trash") == 0
    session = study.session(session_id)
    assert (session.trim_start_ns, session.trim_end_ns, session.pilot) == (None, None, False)
    assert study.sessions() == []
    assert moderato_here(tmp_path, "session", folder, "--restore") == 0
    assert len(study.sessions()) == 1
    assert moderato_here(tmp_path, "session", folder, "--trash", "--session", "P01") == 0
    capsys.readouterr()
    assert moderato_here(tmp_path, "trash", folder, "--empty") == 0
    assert "1 session" in capsys.readouterr().out
    assert len(study.trashed_sessions()) == 1, "without --yes nothing is removed"
    assert moderato_here(tmp_path, "trash", folder, "--empty", "--yes") == 0
    assert study.trashed_sessions() == []
    assert list(study.sessions_dir.iterdir()) == []
    assert moderato_here(tmp_path, "trash", folder) == 0
    assert "empty" in capsys.readouterr().out


def test_a_participant_withdraws_on_the_command_line(
    tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    session = add_session(study, "P01", video=False).session
    seen, _ = study.add_observation(session.id, t_start_ns=SECOND, body="Confided")
    study.add_issue("Theirs alone", observation_ids=[seen.id])
    folder = study.folder
    assert moderato_here(tmp_path, "session", folder, "--withdrawn") == 0
    assert "P01, withdrawn" in capsys.readouterr().out
    assert moderato_here(tmp_path, "issues", folder, "list", "--json") == 0
    [issue] = json.loads(capsys.readouterr().out)
    assert (issue["observations"], issue["met_by"], issue["withdrawn"]) == ([], 0, True)
    assert moderato_here(tmp_path, "info", folder, "--json") == 0
    told = capsys.readouterr().out
    assert '"withdrawn": true' in told
    assert "Confided" not in told
    assert moderato_here(tmp_path, "export", folder, "--to", "csv", "--out", tmp_path / "t.csv") == 0
    assert "Theirs" not in (tmp_path / "t.csv").read_text("utf-8-sig")
    assert (
        moderato_here(tmp_path, "export", folder, "--to", "srt", "--session", "P01", "--out", tmp_path / "t.srt") == 1
    )
    assert "withdrawn consent" in capsys.readouterr().err
    assert moderato_here(tmp_path, "history", folder) == 0
    assert "has withdrawn consent" in capsys.readouterr().out
    assert moderato_here(tmp_path, "session", folder, "--no-withdrawn") == 0
    assert study.issues()[0].frequency == 1


def test_a_missing_recording_is_found_and_copied(tmp_path: Path, study: StudyStore) -> None:
    recorded = add_session(study, "P01", frames=10)
    elsewhere = tmp_path / "usb" / "old"
    elsewhere.parent.mkdir()
    recorded.bundle.path.rename(elsewhere)
    before = {path.relative_to(elsewhere): path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    assert moderato_here(tmp_path, "session", study.folder, "--find", tmp_path) == 1
    assert moderato_here(tmp_path, "session", study.folder, "--find", elsewhere) == 0
    now = study.bundle_dir(study.session(recorded.session.id))
    assert now.parent == study.sessions_dir
    for name, data in before.items():
        assert (elsewhere / name).read_bytes() == data, "the folder that was found stays as it is"
        assert name.name == "recorder.lock" or (now / name).read_bytes() == data


def test_a_session_that_is_not_there_is_told(moderato: Moderato, study: StudyStore) -> None:
    add_session(study, "P01", video=False)
    assert "P09" in assert_told_in_one_line(moderato("session", study.folder, "--session", "P09", "--pilot"))
    assert "beyond the end" in assert_told_in_one_line(moderato("session", study.folder, "--starts", "5000"))


def test_a_call_is_imported_with_its_consent(
    tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    call = write_film(tmp_path / "Call with Jane Doe.mkv", Film(sounds=(Sound(title="Mic"), Sound(title="Desktop"))))
    assert moderato_here(tmp_path, "import", call, "--list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 3
    assert "320×180" in listed[0]
    assert "Desktop" in listed[2]
    arguments = ["import", call, "--study", study.folder, "--participant", "P07", "--consent", "1"]
    more = ["--scopes", "screen,voice", "--sound", "1=mic", "--started", "2026-09-03T14:05+02:00", "--pilot"]
    assert moderato_here(tmp_path, *arguments, *more) == 0
    bundle = Path(capsys.readouterr().out.splitlines()[-1])
    assert bundle.parent == study.sessions_dir
    [session] = study.sessions()
    assert (session.participant_code, session.started_utc) == ("P07", "2026-09-03T12:05:00+00:00")
    assert (session.consent_version, session.pilot) == (1, True)
    assert [scope.value for scope in session.consent_scopes or ()] == ["screen", "voice"]
    told = bundle.joinpath("manifest.json").read_text()
    assert "Jane" not in told, "the file's name may be a person's"
    assert moderato_here(tmp_path, *arguments) == 0
    assert "imported before" in capsys.readouterr().out
    assert moderato_here(tmp_path, *arguments[:-1], "9") == 1
    assert len(study.sessions()) == 2


def test_what_is_no_recording_is_told(moderato: Moderato, tmp_path: Path, study: StudyStore) -> None:
    (tmp_path / "notes.mp4").write_text("no film")
    line = assert_told_in_one_line(
        moderato("import", tmp_path / "notes.mp4", "--study", study.folder, "--participant", "P1")
    )
    assert "notes.mp4 is not a recording" in line
    assert moderato("import", tmp_path / "notes.mp4", "--study", study.folder).returncode in {1, 2}


def test_a_study_is_packed_unpacked_and_merged_back(
    tmp_path: Path, study: StudyStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    add_session(study, "P01", video=False)
    assert moderato_here(tmp_path, "pack", study.folder, "--out", "plan", "--no-media") == 0
    assert Path(capsys.readouterr().out.splitlines()[-1]) == Path("plan.moderatopack")
    assert moderato_here(tmp_path, "pack", study.folder, "--out", "plan") == 1, "never written over"
    assert moderato_here(tmp_path, "unpack", "plan.moderatopack", "--to", "other/laptop") == 0
    other = Path(capsys.readouterr().out.splitlines()[-1])
    assert other == tmp_path / "other" / "laptop.moderato"
    assert moderato_here(tmp_path, "unpack", "plan.moderatopack", "--to", "other/laptop") == 1
    with StudyStore.open(other, author="Bo") as there:
        add_session(there, "P02", video=False)
    capsys.readouterr()
    assert moderato_here(tmp_path, "merge", study.folder, other, "--preview") == 0
    told = capsys.readouterr().out
    assert "1 new session: P02." in told
    assert "Nothing was changed yet." in told
    assert len(study.sessions()) == 1
    assert moderato_here(tmp_path, "merge", study.folder, other) == 0
    assert len(study.sessions()) == 2
    capsys.readouterr()
    assert moderato_here(tmp_path, "merge", study.folder, other) == 0
    assert "Everything of it is here already" in capsys.readouterr().out
    assert moderato_here(tmp_path, "merge", study.folder, study.folder) == 1
    assert "into itself" in capsys.readouterr().err
    (tmp_path / "notes.moderatopack").write_text("no pack")
    assert moderato_here(tmp_path, "unpack", "notes.moderatopack") == 1
    assert "not a packed study" in capsys.readouterr().err


def test_the_commands_of_the_page_on_sharing_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line of docs/sharing.md, in a folder that has what the page speaks of."""
    page = Path(__file__).resolve().parents[3] / "docs" / "sharing.md"
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert len(lines) >= 7
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "call.mkv", Film(sounds=(Sound(title="Mic"), Sound(title="Desktop"))))
    with make_study(tmp_path, "Ticket shop") as store:
        recorded = add_session(store, "P01", frames=20, video=False)
        store.update_session(recorded.session.id, duration_ns=3600 * SECOND)
    for line in lines:
        command, *arguments = shlex.split(line)
        assert command == "moderato"
        assert moderato_here(tmp_path, *arguments) == 0, (line, capsys.readouterr())
