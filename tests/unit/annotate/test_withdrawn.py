"""A participant withdraws consent: nothing of theirs is told any more, nothing is deleted, and it can be taken back."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from annotate.backlog.collect import exported_ids, findings
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.plan import Action, Blocked, RemoteRef, TargetConfig
from annotate.backlog.planning import check_told, plan_of
from annotate.backlog.targets import opened
from annotate.duplicates import suggest
from annotate.errors import StudyCode, StudyError
from annotate.evidence.make import evidence_path, make_reel
from annotate.export.transcript import TranscriptFormat, export_transcript
from annotate.figures.as_json import figures_json
from annotate.figures.study import study_figures
from annotate.library import Library
from annotate.merging import merge
from annotate.models import EvidenceKind, Issue, ObservationKind, ReelItem, Session
from annotate.packing import PACK_SUFFIX, STUDY_FILE, pack
from annotate.report.files import CsvTable, ReportFormat, export_report
from annotate.search import Query, search
from annotate.store import StudyStore
from transcribe.cancel import CancelToken
from transcribe.models import Segment, Transcript

SECOND = 1_000_000_000
TOLD = ("Confided", "Murmured", "P02")


@pytest.fixture
def other(store: StudyStore, session: Session) -> Session:
    """P02, beside P01: an issue that both met, one that P02 alone did, words, a clip and a reel of it."""
    other = store.register_recording("P02", store.sessions_dir / "two")
    store.update_session(other.id, duration_ns=600 * SECOND, state="recorded")
    mine, _ = store.add_observation(session.id, t_start_ns=10 * SECOND, body="Clicks", kind=ObservationKind.PROBLEM)
    theirs = [
        store.add_observation(other.id, t_start_ns=t * SECOND, body=f"Confided {t}", kind=ObservationKind.PROBLEM)[0]
        for t in (20, 30)
    ]
    store.add_issue("Both", severity=3, observation_ids=[mine.id, theirs[0].id])
    store.add_issue("Theirs", severity=3, observation_ids=[theirs[1].id])
    said = (Segment(20 * SECOND, 22 * SECOND, "Murmured words"),)
    store.put_transcript(other.id, Transcript("t", "mic", "tiny", "en", said, True, 600 * SECOND))
    clip, _ = store.add_evidence(
        other.id, EvidenceKind.CLIP, t_start_ns=20 * SECOND, t_end_ns=21 * SECOND, path="evidence/c.mp4",
        sha256="0a" * 32, spec={"sound": True}, observation_id=theirs[0].id,
    )  # fmt: skip
    path = evidence_path(store, clip)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"film")
    reel, _ = store.add_reel("Highlights", [ReelItem(clip.id)])
    store.update_reel(reel.id, path="reels/h.mp4")
    return store.session(other.id)


def titles(issues: list[Issue]) -> list[str]:
    return [one.title for one in issues]


def rows_of(store: StudyStore) -> dict[str, int]:
    tables = ("observation", "issue_observation", "evidence", "reel_item", "segment", "session", "consent")
    return {name: store._db.all(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in tables}


def test_it_is_set_and_taken_back_and_nothing_is_deleted(store: StudyStore, other: Session) -> None:
    before, seen = rows_of(store), store.issues()
    change = store.set_withdrawn(other.participant_id, True)
    assert [one.withdrawn for one in store.sessions()] == [False, True]
    assert not store.set_withdrawn(other.participant_id, True).rows, "said twice, done once"
    assert [(one.withdrawn, one.frequency) for one in store.issues()] == [(False, 1), (True, 0)]
    assert len(store.observations(other.id)) == 2, "the session itself still has all of it"
    assert rows_of(store) == before
    store.apply_inverse(change)
    assert store.issues() == seen
    store.set_withdrawn(other.participant_id, True)
    store.set_withdrawn(other.participant_id, False)
    assert store.issues() == seen
    assert rows_of(store) == before
    assert {one.code: one.status for one in store.participants()}["P02"] == "recorded"
    with pytest.raises(StudyError) as caught:
        store.set_withdrawn("nobody", True)
    assert caught.value.code is StudyCode.ROW_MISSING


def test_figures_leave_them_out(store: StudyStore, other: Session) -> None:
    store.set_withdrawn(other.participant_id, True)
    figures = study_figures(store)
    assert [one.code for one in figures.people] == ["P01"]
    assert [row.issue.title for row in figures.matrix.rows] == ["Both"]
    assert [one.row.issue.title for one in figures.priorities] == ["Both"]
    told = json.dumps(figures_json(figures))
    assert not [word for word in (*TOLD, "Theirs") if word in told]


@pytest.mark.parametrize("form", [one for one in ReportFormat if one is not ReportFormat.CSV])
def test_no_report_tells_of_them(store: StudyStore, other: Session, tmp_path: Path, form: ReportFormat) -> None:
    store.set_withdrawn(other.participant_id, True)
    out = tmp_path / f"r.{'md' if form is ReportFormat.MARKDOWN else form.value}"
    if form.value == "cif":
        out = out.with_suffix(".html")
    export_report(store, out, form, media=True)
    told = out.read_bytes()
    if form is ReportFormat.PPTX:
        with zipfile.ZipFile(out) as slides:
            told = b"".join(slides.read(name) for name in slides.namelist())
    assert not [word for word in TOLD if word.encode() in told]
    assert not list(tmp_path.rglob("*.mp4")) or all("two" in str(one) for one in tmp_path.rglob("*.mp4"))


@pytest.mark.parametrize("table", list(CsvTable))
def test_no_table_tells_of_them(store: StudyStore, other: Session, tmp_path: Path, table: CsvTable) -> None:
    store.set_withdrawn(other.participant_id, True)
    export_report(store, tmp_path / "t.csv", ReportFormat.CSV, table=table)
    told = (tmp_path / "t.csv").read_text("utf-8-sig")
    assert not [word for word in (*TOLD, "Theirs") if word in told]


def test_evidence_reels_and_transcripts_stay_here(store: StudyStore, other: Session, tmp_path: Path) -> None:
    store.set_withdrawn(other.participant_id, True)
    assert store.evidence() == []
    [reel] = store.reels()
    assert (reel.path, len(reel.items)) == (None, 1), "the film that shows them is nobody's to open"
    for act in (
        lambda: make_reel(store, reel),
        lambda: export_transcript(store, other.id, tmp_path / "t.srt", TranscriptFormat.SRT),
    ):
        with pytest.raises(StudyError) as caught:
            act()
        assert caught.value.code is StudyCode.CONSENT_WITHDRAWN
    store.set_withdrawn(other.participant_id, False)
    assert len(store.evidence()) == 1
    assert store.reels()[0].path == "reels/h.mp4"


def test_search_forgets_them(store: StudyStore, other: Session, tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite3") as library:
        library.update([store.folder])
        assert {one.participant for one in search(library, Query("confided")).hits} == {"P02"}
        store.set_withdrawn(other.participant_id, True)
        library.update()
        words = ("confided", "murmured", "theirs", "both")
        assert [search(library, Query(word)).total for word in words] == [0, 0, 0, 1]
    for path in tmp_path.glob("library.sqlite3*"):
        assert b"Murmured" not in path.read_bytes()


def test_the_backlog_gets_nothing_of_them(store: StudyStore, other: Session, tmp_path: Path) -> None:
    config = store.put_target(TargetConfig("", "jira-csv", "CSV", "", "", ""))
    links, out = store.links(config.id), tmp_path / "b.csv"
    with opened(config, "", CancelToken(), out=out) as target:
        old = plan_of(target, findings(store, exported_ids(store, config.id)), links, files=True)
        store.set_withdrawn(other.participant_id, True)
        with pytest.raises(BacklogError) as caught:
            check_told(store, old)
        assert caught.value.code is BacklogCode.PLAN_STALE
        plan = plan_of(target, findings(store, exported_ids(store, config.id)), links, files=True)
        assert [(one.finding.title, one.action, one.blocked) for one in plan.items] == [
            ("Both", Action.CREATE, None),
            ("Theirs", Action.BLOCKED, Blocked.WITHDRAWN),
        ]
        check_told(store, plan)
        both = plan.items[0].finding
        assert ([one.participant for one in both.moments], both.files, both.withheld) == (["P01"], (), ())
        assert (both.found_by, both.participants) == (1, 1)
        list(target.apply(plan, links))
    told = out.read_text()
    assert "Both" in told
    assert not [word for word in (*TOLD, "Theirs") if word in told]
    theirs = store.issues()[1]
    links.done(theirs.id, RemoteRef("7", "UX-7", ""), "hash", {}, "Open")
    with opened(config, "", CancelToken(), out=out) as target:
        blocked = plan_of(target, findings(store, {theirs.id}), links).items[0]
    assert blocked.ref is not None, "where it is, so that it can be taken out there"
    assert blocked.ref.key == "UX-7"


def test_no_duplicate_is_suggested_for_their_words(store: StudyStore, other: Session, session: Session) -> None:
    words = "voucher field hidden behind basket drawer"
    for one, title in ((session, "Alpha"), (other, "Omega")):
        seen, _ = store.add_observation(one.id, t_start_ns=90 * SECOND, body=words)
        store.add_issue(title, observation_ids=[seen.id])
    assert len(suggest(store)) == 2
    store.set_withdrawn(other.participant_id, True)
    assert suggest(store) == []


def test_a_pack_leaves_them_out_and_tells_that_they_withdrew(store: StudyStore, other: Session, tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "Bo", "Shop", author="Bo") as bo:
        merge(bo, store.folder)
        assert len(bo.sessions()) == 2
        store.set_withdrawn(other.participant_id, True)
        out = tmp_path / f"shop{PACK_SUFFIX}"
        assert pack(store, out, media=False).left_out == 1
        with zipfile.ZipFile(out) as content:
            told = content.read(STUDY_FILE)
        assert not [word for word in TOLD[:2] if word.encode() in told]
        assert len(store.sessions()) == 2
        merge(bo, out)
        assert [one.withdrawn for one in bo.sessions()] == [False, True], "whoever withdrew here has withdrawn there"
        store.set_withdrawn(other.participant_id, False)
        merge(bo, store.folder)
        assert [one.withdrawn for one in bo.sessions()] == [False, True], "and nobody takes it back for them unasked"
