"""Record, transcribe, annotate, export: the main job through the command line, on real input."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from app.demo.participant import Hands
from app.demo.speech import Voice
from app.sync_words import sync_words
from app.wording import code_sentence
from capture.errors import CaptureCode
from capture.store import CaptureStore
from tests.integration.cli.conftest import ROOT, Moderato, command

SAID = "I want to buy two tickets for Saturday."


def wait_for_recording(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if "Recording" in line:
            return
    pytest.fail("the recording did not start")


def understood(text: str) -> bool:
    """Whether most of what was said is there: the smallest model needn't catch each word of a made voice."""
    said, heard = (set(re.findall(r"[a-z]+", one.lower())) for one in (SAID, text))
    return len(said & heard) > len(said) / 2


def test_main_job(moderato: Moderato, tmp_path: Path) -> None:
    study = tmp_path / "Ticket shop"
    recording = subprocess.Popen(
        command("--temp-basedir", tmp_path / "base", "record", study, "--participant", "P01", "--consent", "1"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for_recording(recording)
    voice = Voice(tmp_path)
    voice.say(SAID)
    hands = Hands()
    hands.move_to(600, 300)
    hands.click(2)
    hands.type("secret")
    hands.close()
    voice.finish()
    time.sleep(1)
    recording.send_signal(signal.SIGINT)
    out, err = recording.communicate(timeout=60)
    assert recording.returncode == 0, err
    bundle = Path(out.splitlines()[-1])
    assert bundle.is_dir()
    assert bundle.stat().st_mode & 0o777 == 0o700
    assert {f.stat().st_mode & 0o777 for f in bundle.rglob("*") if f.is_file()} == {0o600}

    facts = json.loads(moderato("info", bundle, "--json").stdout)
    assert facts["state"] == "finalized"
    assert facts["duration_s"] > 3
    assert {stream["kind"] for stream in facts["streams"]} >= {"screen", "mic"}
    assert facts["events"]["button_down"] == 2
    assert facts["events"]["key_down"] == len("secret")
    assert [mark["kind"] for mark in facts["marks"]] == ["consent"]
    assert b"secret" not in (bundle / "capture.sqlite3").read_bytes()

    done = moderato("transcribe", bundle, "--model", "tiny.en", timeout=119)
    assert done.returncode == 0, done.stderr
    assert "breaks off" not in done.stderr
    assert "damaged" not in done.stderr
    facts = json.loads(moderato("info", bundle, "--json").stdout)
    text = facts["transcript"]["text"]
    assert understood(text), text

    done = moderato(
        "annotate", bundle, "--at", "1.5", "--until", "2.25", "--text", "Buy seems dead", "--severity", "3",
        "--tag", "Feedback", "--issue", "Buy gives no feedback",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    subtitles = tmp_path / "p01.srt"
    done = moderato("export", study, "--to", "srt", "--session", "P01", "--out", subtitles)
    assert done.returncode == 0, done.stderr
    assert understood(subtitles.read_text()), subtitles.read_text()
    assert "1\n00:00:0" in subtitles.read_text()

    out_file = tmp_path / "findings.csv"
    done = moderato("export", study, "--to", "csv", "--out", out_file)
    assert done.returncode == 0, done.stderr
    with out_file.open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert row["issue_title"] == "Buy gives no feedback"
    assert row["participant"] == "P01"
    assert row["start"] == "00:00:01.500"
    assert row["end"] == "00:00:02.250"
    assert row["severity"] == "3"
    assert row["quote"]
    assert row["quote"] in text

    facts = json.loads(moderato("info", study, "--json").stdout)
    assert [session["participant"] for session in facts["sessions"]] == ["P01"]
    assert [issue["title"] for issue in facts["issues"]] == ["Buy gives no feedback"]


def test_killed_recorder_is_told_and_mended(moderato: Moderato, tmp_path: Path) -> None:
    recording = subprocess.Popen(
        command("record", tmp_path / "Study", "--participant", "P01", "--mic", "none"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for_recording(recording)
    time.sleep(3)
    (bundle,) = (tmp_path / "Study.moderato" / "sessions").iterdir()
    os.kill(recorder_pid(bundle), signal.SIGKILL)
    _, err = recording.communicate(timeout=60)
    assert recording.returncode == 1
    assert "Traceback" not in err
    assert "recover" in err

    done = moderato("recover", tmp_path / "Study.moderato")
    assert done.returncode == 0, done.stderr
    facts = json.loads(moderato("info", bundle, "--json").stdout)
    assert facts["state"] == "recovered"
    assert facts["duration_s"] > 2
    assert "Nothing needs mending" in moderato("recover", tmp_path / "Study.moderato").stdout


def recorder_pid(bundle: Path) -> int:
    """The recorder of a bundle, found as any user would: by what it was started for."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parts = (folder / "cmdline").read_bytes().split(b"\0")
                links = {str(link.readlink()) for link in (folder / "fd").iterdir()}
            except OSError:
                continue
            if b"capture.process" in parts and any(link.startswith(str(bundle)) for link in links):
                return int(folder.name)
    pytest.fail("no recorder runs for the bundle")


def test_seconds_ends_by_itself(moderato: Moderato, tmp_path: Path) -> None:
    done = moderato(
        "record", tmp_path / "S", "--participant", "P1", "--seconds", "2", "--mic", "none", "--keys", "off",
        "--region", "100,100,320,240",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    facts = json.loads(moderato("info", done.stdout.splitlines()[-1], "--json").stdout)
    assert 1.5 <= facts["duration_s"] <= 6
    assert "key_down" not in facts["events"]


def test_sync_is_checked_at_the_start(moderato: Moderato, tmp_path: Path) -> None:
    """The recording lasts until the check is done, and keeps its certificate."""
    done = moderato(
        "record", tmp_path / "S", "--participant", "P1", "--consent", "1", "--scopes", "screen,voice,keys",
        "--seconds", "1", "--synccheck",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    bundle = Path(done.stdout.splitlines()[-1])
    with CaptureStore.open_read(bundle / "capture.sqlite3") as store:
        [found] = store.sync_checks()
    assert found.audio_offset_ns is not None
    assert sync_words(found) in done.stderr
    told = moderato("info", tmp_path / "S.moderato")
    assert "agreed to: screen, voice, kinds of keys" in told.stdout
    facts = json.loads(moderato("info", tmp_path / "S.moderato", "--json").stdout)
    assert facts["sessions"][0]["consent_scopes"] == ["screen", "voice", "keys"]


def test_a_sync_check_that_cannot_be_made_is_told_and_the_recording_goes_on(moderato: Moderato, tmp_path: Path) -> None:
    done = moderato(
        "record", tmp_path / "S", "--participant", "P1", "--seconds", "3", "--mic", "none", "--synccheck",
        "--region", "100,100,200,200",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert code_sentence(CaptureCode.SYNC_UNMEASURED, "200x200") in done.stderr
    facts = json.loads(moderato("info", done.stdout.splitlines()[-1], "--json").stdout)
    assert facts["duration_s"] > 2
