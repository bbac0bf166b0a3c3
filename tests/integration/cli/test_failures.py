"""Whatever goes wrong is told in one line that says what to do, and nothing is left behind or lost."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


@pytest.mark.parametrize(
    "arguments",
    [
        ["record"],
        ["record", "S"],
        ["record", "S", "--participant", "P1", "--fps", "0"],
        ["record", "S", "--participant", "P1", "--fps", "fast"],
        ["record", "S", "--participant", "P1", "--region", "1,2,3"],
        ["record", "S", "--participant", "P1", "--display", "0", "--region", "0,0,100,100"],
        ["record", "S", "--participant", "P1", "--keys", "text"],
        ["annotate", "B", "--at", "soon", "--text", "x"],
        ["annotate", "B", "--at", "-1", "--text", "x"],
        ["annotate", "B", "--at", "nan", "--text", "x"],
        ["annotate", "B", "--at", "1", "--text", "x", "--severity", "5"],
        ["export", "S", "--out", "x"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2(moderato: Moderato, arguments: list[str]) -> None:
    done = moderato(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "usage:" in done.stderr


def test_no_display(moderato: Moderato, tmp_path: Path) -> None:
    line = assert_told_in_one_line(moderato("record", tmp_path / "S", "--participant", "P1", DISPLAY=""))
    assert "screen" in line
    assert not list((tmp_path / "S.moderato" / "sessions").glob("*")), "a refused start leaves no half bundle"


def test_display_that_is_not_there(moderato: Moderato, tmp_path: Path) -> None:
    assert "7" in assert_told_in_one_line(moderato("record", tmp_path / "S", "--participant", "P1", "--display", "7"))


def test_window_that_is_not_there(moderato: Moderato, tmp_path: Path) -> None:
    line = assert_told_in_one_line(moderato("record", tmp_path / "S", "--participant", "P1", "--window", "12345"))
    assert "nothing was recorded" in line


def test_unknown_microphone(moderato: Moderato, tmp_path: Path) -> None:
    line = assert_told_in_one_line(moderato("record", tmp_path / "S", "--participant", "P1", "--mic", "gramophone"))
    assert "gramophone" in line


def test_no_sound_server(moderato: Moderato, tmp_path: Path) -> None:
    line = assert_told_in_one_line(
        moderato("record", tmp_path / "S", "--participant", "P1", PULSE_SERVER="unix:/nowhere/at/all")
    )
    assert "microphone" in line.lower()


def test_consent_version_that_is_not_in_the_study(moderato: Moderato, tmp_path: Path) -> None:
    line = assert_told_in_one_line(moderato("record", tmp_path / "S", "--participant", "P1", "--consent", "9"))
    assert "consent" in line.lower()
    assert not list((tmp_path / "S.moderato" / "sessions").glob("*"))


@pytest.mark.parametrize("name", ["export", "info", "recover", "transcribe"])
def test_nothing_there(moderato: Moderato, tmp_path: Path, name: str) -> None:
    extra = ["--to", "csv", "--out", tmp_path / "x.csv"] if name == "export" else []
    assert "nowhere" in assert_told_in_one_line(moderato(name, tmp_path / "nowhere", *extra))


@pytest.mark.parametrize("name", ["info", "transcribe", "annotate"])
def test_foreign_folder(moderato: Moderato, tmp_path: Path, name: str) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.txt").write_text("sun")
    extra = ["--at", "1", "--text", "x"] if name == "annotate" else []
    assert_told_in_one_line(moderato(name, tmp_path / "holiday", *extra))
    assert [f.name for f in (tmp_path / "holiday").iterdir()] == ["photo.txt"]


@pytest.fixture
def bundle(moderato: Moderato, tmp_path: Path) -> Path:
    """A short real recording without sound."""
    done = moderato("record", tmp_path / "S", "--participant", "P1", "--seconds", "1", "--mic", "none")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def test_recording_without_sound_cannot_be_transcribed(moderato: Moderato, bundle: Path) -> None:
    assert "no sound" in assert_told_in_one_line(moderato("transcribe", bundle, "--model", "tiny.en"))


def test_wrong_model_folder_and_name(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert "model.bin" in assert_told_in_one_line(moderato("transcribe", bundle, "--model", tmp_path / "model"))
    assert "gigantic" in assert_told_in_one_line(moderato("transcribe", bundle, "--model", "gigantic"))


def test_no_model_and_no_network(moderato: Moderato, bundle: Path) -> None:
    nobody = "http://127.0.0.1:9"
    line = assert_told_in_one_line(moderato("transcribe", bundle, "--model", "base", HF_ENDPOINT=nobody))
    assert "network" in line


def test_moment_beyond_the_end(moderato: Moderato, bundle: Path) -> None:
    assert "end" in assert_told_in_one_line(moderato("annotate", bundle, "--at", "5000", "--text", "x"))


def test_bundle_without_manifest(moderato: Moderato, bundle: Path) -> None:
    (bundle / "manifest.json").unlink()
    assert "recover" in assert_told_in_one_line(moderato("info", bundle))
    done = moderato("recover", bundle)
    assert done.returncode == 0, done.stderr
    facts = json.loads(moderato("info", bundle, "--json").stdout)
    assert facts["state"] == "recovered"
    assert facts["duration_s"] >= 0.5


def test_study_from_a_newer_version(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "S.moderato" / "study.sqlite3"
    with sqlite3.connect(file) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES('study', 'm9999_future', '')"
        )
    db.close()
    before = file.read_bytes()
    out = tmp_path / "x.csv"
    assert "newer" in assert_told_in_one_line(moderato("export", tmp_path / "S", "--to", "csv", "--out", out))
    assert file.read_bytes() == before
    assert not out.exists()


def test_damaged_study(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "S.moderato" / "study.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    assert "damaged" in assert_told_in_one_line(moderato("info", tmp_path / "S"))


def test_export_to_a_folder_that_is_not_there(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "no" / "such" / "x.csv"
    assert str(out) in assert_told_in_one_line(moderato("export", tmp_path / "S", "--to", "csv", "--out", out))


def test_doctor_tells_what_is_there_and_what_to_do(moderato: Moderato) -> None:
    facts = json.loads(moderato("doctor", "--json").stdout)
    assert set(facts) - {"windows"} == {"displays", "microphones", "cameras", "permissions", "disk", "model", "voices"}
    assert facts["displays"]["ok"]
    assert facts["displays"]["items"][0]["width"] == 1920
    assert "mic" in [microphone["id"] for microphone in facts["microphones"]["items"]]

    facts = json.loads(moderato("doctor", "--json", DISPLAY="", PULSE_SERVER="unix:/nowhere").stdout)
    for name in ("displays", "microphones", "permissions"):
        assert not facts[name]["ok"]
        assert facts[name]["advice"]


@pytest.mark.parametrize("name", ["record", "transcribe", "annotate", "export", "info", "recover", "doctor", "demo"])
def test_every_command_explains_itself(moderato: Moderato, name: str) -> None:
    done = moderato(name, "--help")
    assert done.returncode == 0
    assert "usage: moderato" in done.stdout


@pytest.mark.parametrize("code", ["", "   ", "x" * 41, "P\n1"], ids=["empty", "blank", "long", "newline"])
def test_participant_code_that_is_none_is_refused_before_anything_is_recorded(
    moderato: Moderato, tmp_path: Path, code: str
) -> None:
    done = moderato("record", tmp_path / "S", "--participant", code)
    assert done.returncode == 2
    assert not (tmp_path / "S.moderato").exists()


def test_a_recording_that_the_study_cannot_take_does_not_run_on(
    moderato: Moderato, bundle: Path, tmp_path: Path
) -> None:
    file = tmp_path / "S.moderato" / "study.sqlite3"
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")  # somebody holds the study for longer than anybody waits
    try:
        done = moderato("record", tmp_path / "S", "--participant", "P2")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        # Before it the alarms of an empty desktop: black, and silent.
        assert "Another program is writing to the study" in done.stderr.splitlines()[-1]
    finally:
        db.execute("ROLLBACK")
        db.close()


def test_export_takes_the_place_of_a_table_only(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    study = tmp_path / "S.moderato" / "study.sqlite3"
    before = study.read_bytes()
    for out in (study, bundle / "screen.mp4", tmp_path / "S.moderato" / "x.csv", tmp_path / "letter.txt", tmp_path):
        assert_told_in_one_line(moderato("export", tmp_path / "S", "--to", "csv", "--out", out))
    assert study.read_bytes() == before
    assert (tmp_path / "letter.txt").read_text() == "dear"
    for _ in range(2):
        assert moderato("export", tmp_path / "S", "--to", "csv", "--out", tmp_path / "x.csv").returncode == 0


def test_recording_that_ended_alone_is_taken_in(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "S.moderato" / "study.sqlite3") as db:  # as if the client had been killed
        db.execute("UPDATE session SET state = 'recording', duration_ns = NULL")
    db.close()
    facts = json.loads(moderato("info", tmp_path / "S", "--json").stdout)
    assert [session["state"] for session in facts["sessions"]] == ["recorded"]


def test_a_study_may_be_named_from_inside(bundle: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "moderato", "info", "."],
        cwd=tmp_path / "S.moderato", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", ["/", "x" * 300])
def test_paths_that_cannot_be_studies(moderato: Moderato, path: str) -> None:
    assert_told_in_one_line(moderato("info", path))
    assert_told_in_one_line(moderato("record", path, "--participant", "P1"))


def test_annotate_wants_a_recording_and_times_in_order(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    assert moderato("annotate", tmp_path / "S", "--at", "0", "--text", "x").returncode == 2
    assert moderato("annotate", bundle, "--at", "0.5", "--until", "0.2", "--text", "x").returncode == 2
    assert moderato("annotate", bundle, "--at", "0.5", "--text", "  ").returncode == 2


def test_transcript_that_is_not_there(moderato: Moderato, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.srt"
    text = assert_told_in_one_line(moderato("export", tmp_path / "S", "--to", "srt", "--out", out))
    assert "transcript" in text
    unknown = moderato("export", tmp_path / "S", "--to", "srt", "--session", "P77", "--out", out)
    assert "P77" in assert_told_in_one_line(unknown)
    assert not out.exists()
