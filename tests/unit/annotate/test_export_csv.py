"""The findings as CSV."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import stat
import unicodedata
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate._part import id_key
from annotate.errors import StudyCode, StudyError
from annotate.export.csv import COLUMNS, _cell, export_csv
from annotate.models import NewTag, NewTask, ObservationKind, ObservationOrigin
from annotate.store import StudyStore
from transcribe.models import Flag, Segment, Transcript

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "data" / "export" / "findings.csv"
SECOND = 1_000_000_000


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def said(*segments: tuple[float, float, str]) -> Transcript:
    rows = tuple(Segment(round(a * SECOND), round(b * SECOND), text) for a, b, text in segments)
    return Transcript("t", "mic", "tiny.en", "en", rows, True, 0)


@pytest.fixture
def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyStore:
    """Three participants, four observations, three issues: every kind of row."""
    numbers = count(1)
    for module in ("store", "_study", "_tags", "_sessions", "_observations", "_issues"):
        monkeypatch.setattr(f"annotate.{module}.new_id", lambda: f"id-{next(numbers):02}")
    store = StudyStore.create(
        tmp_path / "S", "S", author="Ada", tasks=[NewTask("Find the invoice")], tags=[NewTag("Form"), NewTag("Trust")]
    )
    form, trust = store.tags()
    sessions = [
        store.register_recording(f"P0{n}", store.sessions_dir / f"s{n}", started_utc=f"2026-09-0{n}T10:00:00+00:00")
        for n in (1, 2, 3)
    ]
    for each in sessions:
        store.update_session(each.id, state="recorded", duration_ns=7200 * SECOND)
    with store._db.write() as tx:
        run = {"id": "r", "session_id": sessions[0].id, "task_id": store.tasks()[0].id, "t_start_ns": 0}
        tx.insert("task_run", {**run, "t_end_ns": 100 * SECOND, "outcome": "failed"})
    store.put_transcript(
        sessions[0].id,
        said((0, 4, " Where is it?"), (4, 9, ' I don\'t see, "pay".'), (9, 12, " Hm."), (300, 304, " Never mind.")),
    )
    one, _ = store.add_observation(
        sessions[0].id,
        t_start_ns=5 * SECOND,
        t_end_ns=10 * SECOND,
        kind=ObservationKind.PROBLEM,
        severity=3,
        body='Looks for "Pay", ünïcode 🙂\nsecond line',
        tag_ids=[trust.id, form.id],
    )
    two, _ = store.add_observation(
        sessions[1].id, t_start_ns=3_723_004_000_000, body="=HYPERLINK(1)", origin=ObservationOrigin.CLI
    )
    three, _ = store.add_observation(sessions[0].id, t_start_ns=308 * SECOND, kind=ObservationKind.POSITIVE)
    store.add_observation(sessions[0].id, t_start_ns=200 * SECOND, body="far from any word")
    both, _ = store.add_issue("Pay hides", severity=4, description="Under the fold", observation_ids=[one.id, two.id])
    store.update_issue(both.id, recommendation="+ Show it", status="accepted")
    store.add_issue("Nobody saw this", severity=0)
    store.add_issue("@Wording", observation_ids=[one.id])
    assert three.id
    return store


def test_the_export_is_the_golden_file(findings: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    report = export_csv(findings, out)
    assert (report.path, report.rows, report.observations, report.issues) == (out, 6, 4, 3)
    if os.environ.get("MODERATO_WRITE_GOLDEN"):
        GOLDEN.write_bytes(out.read_bytes())
    assert out.read_bytes() == GOLDEN.read_bytes()
    export_csv(findings, out)
    assert out.read_bytes() == GOLDEN.read_bytes(), "the same study gives the same bytes"
    findings.close()


def test_the_rows_say_what_was_found(findings: StudyStore, tmp_path: Path) -> None:
    export_csv(findings, tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert [(row["issue_number"], row["participant"], row["start"]) for row in rows] == [
        ("1", "P01", "00:00:05.000"),
        ("1", "P02", "01:02:03.004"),
        ("2", "", ""),
        ("3", "P01", "00:00:05.000"),
        ("", "P01", "00:03:20.000"),
        ("", "P01", "00:05:08.000"),
    ]
    first, cli, alone, again, far, near = rows
    assert (first["issue_frequency"], alone["issue_frequency"], far["issue_frequency"]) == ("2 of 3", "0 of 3", "")
    assert (first["issue_severity"], first["issue_severity_word"]) == ("4", "catastrophe")
    assert (first["severity"], first["severity_word"]) == ("3", "major")
    assert (alone["issue_severity"], alone["issue_severity_word"]) == ("0", "not a problem")
    assert (first["task"], first["task_outcome"]) == ("Find the invoice", "failed")
    assert (far["task"], far["task_outcome"]) == ("", "")
    assert first["tags"] == "Form; Trust"
    assert first["quote"] == 'I don\'t see, "pay". Hm.'
    assert (far["quote"], near["quote"], cli["quote"]) == ("", "Never mind.", "")
    assert first["observation"] == 'Looks for "Pay", ünïcode 🙂\nsecond line'
    assert (cli["observation"], cli["origin"]) == ("'=HYPERLINK(1)", "cli")
    assert (first["issue_recommendation"], again["issue_title"]) == ("'+ Show it", "'@Wording")
    assert (first["end"], first["end_ns"], cli["end"]) == ("00:00:10.000", "10000000000", cli["start"])
    assert first["observation_id"] == again["observation_id"] != ""
    assert (first["bundle"], first["author"]) == ("sessions/s1", "Ada")
    assert first["session_started_utc"] == "2026-09-01T10:00:00+00:00"
    findings.close()


def test_heuristic_place_and_the_moment_of_the_press_are_told(findings: StudyStore, tmp_path: Path) -> None:
    session = findings.sessions()[2]
    late, _ = findings.add_observation(session.id, t_start_ns=4 * SECOND, heuristic="nielsen-4", x=0, y=612)
    with findings._db.write() as tx:
        tx.update("observation", id_key(late.id), {"t_original_ns": 6_500_000_000})
    export_csv(findings, tmp_path / "out.csv")
    rows = {row["observation_id"]: row for row in read(tmp_path / "out.csv")}
    told = [rows[late.id][name] for name in ("heuristic", "x", "y", "start", "pressed_at")]
    assert told == ["nielsen-4", "0", "612", "00:00:04.000", "00:00:06.500"]
    plain = next(row for row in rows.values() if row["observation"] == "far from any word")
    assert [plain[name] for name in ("heuristic", "x", "y", "pressed_at")] == ["", "", "", ""]
    findings.close()


def test_the_file_is_for_spreadsheets_and_for_its_owner(findings: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    out.chmod(0o666)
    export_csv(findings, out)
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfissue_number,")
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"").replace(b"\nsecond", b"")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["S.moderato", "out.csv"]
    findings.close()


def test_an_empty_study_gives_the_heading(store: StudyStore, tmp_path: Path) -> None:
    assert export_csv(store, tmp_path / "out.csv").rows == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines() == [",".join(COLUMNS)]


def test_the_documentation_names_every_column() -> None:
    text = (ROOT / "docs" / "csv.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert tuple(documented) == COLUMNS


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\u00a0-", "\t", "\r", "\n", " \t@", "\t x"]
)
def test_formulas_do_not_come_alive(start: str) -> None:
    assert _cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\x7f\x85", " \x00"])
def test_what_a_spreadsheet_drops_hides_no_formula(hidden: str) -> None:
    """LibreOffice runs `NUL=1+1`."""
    assert _cell(f"{hidden}=1+1") in {"'=1+1", "' =1+1"}


@pytest.mark.parametrize("text", ["", "a=1", "1-2", " plain", "'=1", "#1", "…"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert _cell(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_text_survives_in_full(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow([*(_cell(text) for text in texts), "end"])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    for cell, text in zip(row, texts, strict=False):
        kept = "".join(c for c in text if c in "\t\r\n" or unicodedata.category(c) != "Cc")
        assert cell in {kept, f"'{kept}"}
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_a_place_that_cannot_be_written_is_told(store: StudyStore, tmp_path: Path) -> None:
    for out in (tmp_path / "nowhere" / "out.csv", tmp_path):
        with pytest.raises(StudyError) as caught:
            export_csv(store, out)
        assert caught.value.code is StudyCode.EXPORT_UNWRITABLE


def test_a_full_disk_is_told_and_the_old_file_stays(
    store: StudyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "out.csv"
    out.write_text("old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StudyError) as caught:
            export_csv(store, out)
    assert caught.value.code is StudyCode.DISK_FULL
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Shop.moderato", "out.csv"]


def test_a_planted_link_is_not_followed(store: StudyStore, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".out.csv.{os.getpid()}.part").symlink_to(victim)
    export_csv(store, tmp_path / "out.csv")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "out.csv").is_symlink()


def test_what_nobody_has_listened_to_is_quoted_nowhere(findings: StudyStore, tmp_path: Path) -> None:
    session = findings.sessions()[1]
    doubtful = Segment(0, 9 * SECOND, " Thank you for watching.", flags=(Flag.LOOP,))
    findings.put_transcript(session.id, Transcript("d", "mic", "tiny.en", "en", (doubtful,), True, 0))
    findings.add_observation(session.id, t_start_ns=SECOND, body="Odd")

    def quote() -> str:
        export_csv(findings, tmp_path / "q.csv")
        return next(row["quote"] for row in read(tmp_path / "q.csv") if row["observation"] == "Odd")

    assert quote() == ""
    findings.verify_segments([findings.segments(session.id)[0].id])
    assert quote() == "Thank you for watching."
