"""Files for trackers' importers: as their rules want them, once, and no formula in any."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.files import IMPORTERS, FileTarget, _cell
from annotate.backlog.finding import Finding
from annotate.backlog.plan import Action, Blocked, Outcome, TargetConfig
from annotate.models import Severity
from annotate.store import StudyStore
from tests.unit.annotate.backlog.conftest import finding
from transcribe.cancel import CancelToken

GOLDEN = Path(__file__).parents[3] / "data" / "backlog"
KINDS = sorted(IMPORTERS)
HOSTILE = '=HYPERLINK("http://x") @SUM(A1)\n+cmd|\' /C calc\'!A0\n-2+3\nשלום 👩‍🚀 "quoted", comma; semicolon'


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def target(store: StudyStore, kind: str, out: Path | None) -> FileTarget:
    found = [one for one in store.targets() if one.kind == kind]
    config = found[0] if found else store.put_target(TargetConfig("", kind, kind, "", "", "", {}))
    return FileTarget(config, out, CancelToken())


def export(store: StudyStore, kind: str, out: Path, findings: list[Finding], **how: object) -> list[Outcome]:
    one = target(store, kind, out)
    links = store.links(one.id)
    return [result.outcome for result in one.apply(one.plan(findings, links, **how), links)]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_as_the_importer_wants_it(
    store: StudyStore, issues: list[Finding], kind: str, tmp_path: Path
) -> None:
    """Golden: run with the file removed to write it anew, and read the difference."""
    out = tmp_path / "out.csv"
    hostile = finding(
        issues[1].issue_id, 2, HOSTILE, task=None, severity=None, tags=("=1", "a, b; c"), description=HOSTILE
    )
    assert export(store, kind, out, [issues[0], hostile]) == [Outcome.WRITTEN] * 2
    told = out.read_bytes().decode()
    assert "\ufeff" not in told, "importers take it for a part of the first heading"
    for number, one in enumerate(issues, 1):
        told = told.replace(one.issue_id, f"id-{number}")
    golden = GOLDEN / f"{kind}.csv"
    if not golden.exists():
        golden.write_bytes(told.encode())
    assert told == golden.read_bytes().decode()
    for row in rows_of(out):
        assert not any(re.match(r"[=+\-@\t\r]", cell) for cell in row)


def test_written_once(store: StudyStore, issues: list[Finding], tmp_path: Path) -> None:
    assert export(store, "jira-csv", tmp_path / "a.csv", issues) == [Outcome.WRITTEN] * 3
    assert export(store, "jira-csv", tmp_path / "b.csv", issues) == [Outcome.UNCHANGED] * 3
    assert not (tmp_path / "b.csv").exists()
    changed = finding(issues[0].issue_id, 1, "Another title")
    one = target(store, "jira-csv", None)
    item = one.plan([changed], store.links(one.id)).items[0]
    assert (item.action, item.blocked) == (Action.BLOCKED, Blocked.IN_A_FILE)
    again = frozenset({changed.issue_id})
    assert export(store, "jira-csv", tmp_path / "c.csv", [changed], again=again) == [Outcome.WRITTEN]


def test_a_file_holds_250_issues_at_most(store: StudyStore, tmp_path: Path) -> None:
    many = [store.add_issue(f"Issue {n}")[0] for n in range(260)]
    found = [finding(one.id, one.number, one.title, tags=("a",) * (one.number % 3)) for one in many]
    export(store, "jira-csv", tmp_path / "all.csv", found)
    first, second = rows_of(tmp_path / "all.csv"), rows_of(tmp_path / "all-2.csv")
    assert (len(first), len(second)) == (251, 11)
    assert first[0] == ["Summary", "Issue Type", "Priority", "Description", "Labels", "Labels"]
    assert {len(row) for row in first} == {6}, "commas for empty cells may not be left out"


def test_without_a_place_nothing_is_written(store: StudyStore, issues: list[Finding]) -> None:
    one = target(store, "jira-csv", None)
    links = store.links(one.id)
    with pytest.raises(BacklogError) as refused:
        list(one.apply(one.plan(issues, links), links))
    assert refused.value.code is BacklogCode.OUT_NEEDED
    assert links.link(issues[0].issue_id) is None


@given(st.text(max_size=60))
def test_no_cell_is_a_formula_and_text_survives(text: str) -> None:
    cell = _cell(text)
    assert not re.match(r"[=+\-@＝＋－＠\t\r\n]", cell)
    kept = "".join(c for c in text if c.isprintable())
    assert (
        "".join(c for c in cell if c.isprintable()).removeprefix("'").strip() == kept.strip().removeprefix("'")
        or kept[:1] == "'"
    )


@pytest.mark.parametrize(("severity", "word"), [(4, "Highest"), (3, "High"), (2, "Medium"), (1, "Low"), (0, "Lowest")])
def test_priorities_by_severity(store: StudyStore, tmp_path: Path, severity: int, word: str) -> None:
    made = store.add_issue("x")[0]
    export(store, "jira-csv", tmp_path / "x.csv", [finding(made.id, 1, "x", severity=Severity(severity))])
    heading, row = rows_of(tmp_path / "x.csv")
    assert dict(zip(heading, row, strict=True))["Priority"] == word
