"""The report in all its forms: complete, honest, and nothing that people wrote comes alive in it."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from annotate.errors import StudyError
from annotate.models import EvidenceKind, IssueStatus, ObservationKind, Outcome, Session
from annotate.report.content import report_of
from annotate.report.files import CsvTable, ReportFormat, export_report
from annotate.store import StudyStore
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError
from transcribe.models import Flag, Segment, Transcript

ROOT = Path(__file__).parents[3]
SECOND = 1_000_000_000
LONG = "x" * 10_000
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }} {% raw %}",
    '#read("/etc/passwd") *b* _i_ $x$ \\ @cite',
    "[x](javascript:alert(1)) ![i](http://evil.test/i.png)",
    '=HYPERLINK("http://evil.test")',
    "שלום עולם 👩‍🚀 “quoted”",
    LONG,
]


@pytest.fixture
def study(store: StudyStore, session: Session) -> StudyStore:
    """Two participants, a task done and a task failed, hostile issues, a positive, trusted and doubtful words."""
    other = store.register_recording("P02", store.sessions_dir / "two")
    store.update_session(other.id, duration_ns=600 * SECOND, state="recorded")
    find, pay = store.tasks()
    for number, one in enumerate((session, other)):
        store.add_task_run(one.id, find.id, t_start_ns=0, t_end_ns=(40 + number * 20) * SECOND, outcome=Outcome.SUCCESS)
        outcome = Outcome.FAILED if number else Outcome.SUCCESS
        store.add_task_run(one.id, pay.id, t_start_ns=100 * SECOND, t_end_ns=200 * SECOND, outcome=outcome)
    for number, text in enumerate(HOSTILE):
        seen, _ = store.add_observation(
            session.id, t_start_ns=(110 + number) * SECOND, body=text, kind=ObservationKind.PROBLEM
        )
        made, _ = store.add_issue(text[:200], severity=number % 5, description=text, observation_ids=[seen.id])
        store.update_issue(made.id, recommendation=text, task_id=pay.id)
    fixed, _ = store.add_issue("Fixed long ago")
    store.update_issue(fixed.id, status=IssueStatus.FIXED)
    store.add_observation(other.id, t_start_ns=300 * SECOND, body="Likes the list", kind=ObservationKind.POSITIVE)
    said = (
        Segment(111 * SECOND, 112 * SECOND, "Where is the button?"),
        Segment(300 * SECOND, 302 * SECOND, "thanks for watching", flags=(Flag.NO_SPEECH,)),
    )
    store.put_transcript(session.id, Transcript("t1", "mic", "tiny", "en", said[:1], True, 600 * SECOND))
    store.put_transcript(other.id, Transcript("t2", "mic", "tiny", "en", said[1:], True, 600 * SECOND))
    return store


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and what it would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(name)
            if name in {"src", "href", "srcset", "data", "action"} and value and not value.startswith("#"):
                self.loads.append(value)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def html_of(store: StudyStore, out: Path, **how: object) -> Page:
    export_report(store, out, ReportFormat.HTML, **how)  # type: ignore[arg-type]
    return Page(out.read_text("utf-8"))


def test_html_is_one_file_without_anything_alive(study: StudyStore, tmp_path: Path) -> None:
    page = html_of(study, tmp_path / "r.html")
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & set(page.tags)
    assert page.handlers == []
    assert page.loads == []
    assert "url(" not in (tmp_path / "r.html").read_text("utf-8").lower()
    text = "".join(page.text)
    for hostile in HOSTILE:
        assert hostile in text, "text survives in full"


def test_it_says_what_a_manager_reads_first(study: StudyStore) -> None:
    report = report_of(study, today=datetime(2026, 9, 3, tzinfo=UTC))
    assert report.summary[:3] == (
        "2 participants worked on 2 tasks.",
        "3 of 4 tries were done without help (75 %).",
        "9 open issues, 3 of them major or worse.",
    )
    assert report.made == "2026-09-03"
    assert [one.status for one in report.closed] == ["fixed"]
    assert report.issues[0].severity_level == 4, "the worst first, where all were met by one"
    assert [one.completion.split(" · ")[0] for one in report.tasks] == ["2 of 2", "1 of 2"]


def test_only_trusted_words_are_quoted(study: StudyStore, tmp_path: Path) -> None:
    report = report_of(study)
    assert {moment.quote for one in report.issues for moment in one.moments} == {"Where is the button?", ""}
    for form in ReportFormat:
        out = tmp_path / f"r.{form}"
        export_report(study, out, form)
        assert b"thanks for watching" not in out.read_bytes()


def test_a_quote_of_doubtful_words_waits_until_somebody_has_listened(study: StudyStore) -> None:
    other = next(one for one in study.sessions() if one.participant_code == "P02")

    def quote(body: str, t_s: int = 300) -> str:
        return study.add_observation(other.id, t_start_ns=t_s * SECOND, body=body, kind=ObservationKind.QUOTE)[0].id

    def quoted() -> set[str]:
        return {one.text for one in report_of(study).quotes}

    before = quoted()
    taken = quote("“Thanks for watching!”")
    quote("She thanked us, and sighed")  # in words of one's own
    quote("thanks for watching", 500)  # elsewhere
    later, _ = study.add_observation(other.id, t_start_ns=301 * SECOND, body="for watching, he said")
    study.update_observation(later.id, kind=ObservationKind.QUOTE)
    study.update_observation(taken, t_end_ns=302 * SECOND)
    assert quoted() - before == {"She thanked us, and sighed", "thanks for watching", "for watching, he said"}
    study.update_observation(later.id, body="watching for thanks for watching")
    assert "watching for thanks for watching" not in quoted()
    study.verify_segments([study.segments(other.id)[0].id])
    assert {"“Thanks for watching!”", "watching for thanks for watching"} <= quoted()


def test_pilots_and_the_trash_are_left_out(study: StudyStore) -> None:
    other = next(one for one in study.sessions() if one.participant_code == "P02")
    study.update_session(other.id, pilot=True)
    report = report_of(study)
    assert report.participants == ("P01",)
    assert report.positives == ()
    assert any("1 session" in line for line in report.method)


@pytest.mark.parametrize("form", [ReportFormat.HTML, ReportFormat.MARKDOWN, ReportFormat.JSON, ReportFormat.CSV])
def test_who_withdrew_is_told_nowhere(study: StudyStore, tmp_path: Path, form: ReportFormat) -> None:
    other = next(one for one in study.sessions() if one.participant_code == "P02")
    seen, _ = study.add_observation(other.id, t_start_ns=120 * SECOND, body="Said in confidence")
    first = study.issues()[0]
    study.link(first.id, [seen.id])
    before = study.issues()[0].frequency
    study.set_withdrawn(other.participant_id, True)
    out = tmp_path / f"r.{form.value}"
    export_report(study, out, form)
    told = out.read_text("utf-8-sig")
    assert "P01" in told
    assert "P02" not in told
    assert "in confidence" not in told
    assert study.issues()[0].frequency == before - 1


def test_text_from_right_to_left_turns_nothing_else_around(study: StudyStore, tmp_path: Path) -> None:
    """An override that is never closed, too: each piece of other people's text is a line of its own to the browser."""
    turned = "\u202eturned"
    session = study.sessions()[0]
    study.add_observation(session.id, t_start_ns=9 * SECOND, body=turned, kind=ObservationKind.POSITIVE)
    study.update_issue(study.issues()[0].id, title=turned)
    export_report(study, tmp_path / "r.html", ReportFormat.HTML)
    told = (tmp_path / "r.html").read_text("utf-8")
    body = told[told.index('<section id="issues"') :]
    assert f"· <bdi>{turned}</bdi></h3>" in body
    assert f"<li><bdi>{turned}</bdi> <span" in body


def test_tables_keep_the_spaces_that_a_text_begins_with(study: StudyStore, tmp_path: Path) -> None:
    with study._db.write() as tx:
        tx.update("issue", (("id", study.issues()[0].id),), {"description": "    four spaces\n- a list"})
    export_report(study, tmp_path / "t.csv", ReportFormat.CSV, table=CsvTable.ISSUES)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert "    four spaces\n- a list" in {row["description"] for row in csv.DictReader(file)}


def test_a_report_replaces_reports_alone(study: StudyStore, tmp_path: Path) -> None:
    notes, report = tmp_path / "notes.docx", tmp_path / "report.html"
    for one in (notes, report):
        one.write_text("older")
    export_report(study, report, ReportFormat.HTML)
    assert report.read_text("utf-8").startswith("<!doctype html>")
    with pytest.raises(StudyError, match="and is kept"):
        export_report(study, notes, ReportFormat.HTML)
    assert notes.read_text() == "older"
    with pytest.raises(StudyError, match="inside a study"):
        export_report(study, study.folder / "report.html", ReportFormat.HTML)


def test_json_keeps_to_the_published_schema(study: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    export_report(study, out, ReportFormat.JSON)
    found = json.loads(out.read_text("utf-8"))
    jsonschema.validate(found, json.loads((ROOT / "docs" / "findings.schema.json").read_text("utf-8")))
    assert str(study.folder) not in out.read_text("utf-8"), "no path of this computer"
    assert {one["title"] for one in found["report"]["issues"]} == {text[:200] for text in HOSTILE}


def test_markdown_is_as_it_was(study: StudyStore, tmp_path: Path) -> None:
    """Golden: run with the file removed to write it anew, and read the difference."""
    out = tmp_path / "r.md"
    export_report(study, out, ReportFormat.MARKDOWN)
    told = re.sub(r"\d{4}-\d\d-\d\d", "2026-09-03", out.read_text("utf-8")).replace(LONG, "LONG")
    golden = ROOT / "tests" / "data" / "export" / "report.md"
    if not golden.exists():
        golden.write_text(told, "utf-8")
    assert told == golden.read_text("utf-8")


def test_markdown_makes_no_markup_of_what_people_wrote(study: StudyStore, tmp_path: Path) -> None:
    from markdown_it import MarkdownIt

    out = tmp_path / "r.md"
    export_report(study, out, ReportFormat.MARKDOWN)
    page = Page(MarkdownIt("js-default").render(out.read_text("utf-8")))
    assert not {"script", "img", "a"} & set(page.tags)


def test_slides_hold_the_first_issues(study: StudyStore, tmp_path: Path) -> None:
    from pptx import Presentation

    out = tmp_path / "r.pptx"
    export_report(study, out, ReportFormat.PPTX, media=True)
    slides = list(Presentation(str(out)).slides)
    titles = [slide.shapes.title.text for slide in slides]
    assert titles[:3] == ["Shop", "Summary", "What to fix first"]
    assert titles[-1] == "Next steps"
    assert "Completion by task" in titles
    assert sum(" · " in title for title in titles) == 9
    charts = [
        shape
        for slide in slides
        for shape in slide.shapes
        if shape.shape_type is not None and "PICTURE" in str(shape.shape_type)
    ]
    assert charts


def test_the_common_industry_format_has_its_sections(study: StudyStore, tmp_path: Path) -> None:
    out = tmp_path / "cif.html"
    export_report(study, out, ReportFormat.CIF)
    page = Page(out.read_text("utf-8"))
    assert not {"script", "iframe", "link", "img"} & set(page.tags)
    assert page.loads == []
    text = "".join(page.text)
    for section in ("Executive summary", "Full product description", "Test objectives", "Participants", "Test facility",
                    "Effectiveness", "Efficiency", "Satisfaction", "Performance results", "Appendices"):  # fmt: skip
        assert section in text
    assert "2 of 2" in text


def test_pdf_is_typeset_whatever_people_write(study: StudyStore, tmp_path: Path) -> None:
    study.update_study(name="S" * 3000)
    out = tmp_path / "r.pdf"
    export_report(study, out, ReportFormat.PDF)
    data = out.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"/JavaScript" not in data
    assert b"/URI" not in data


def test_a_word_longer_than_the_paper_is_on_it_in_full(store: StudyStore, tmp_path: Path) -> None:
    def pages() -> int:
        export_report(store, tmp_path / "r.pdf", ReportFormat.PDF)
        return len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "r.pdf").read_bytes()))

    store.add_issue("Long", description="short")
    before = pages()
    store.update_issue(store.issues()[0].id, description=LONG)
    assert pages() > before + 1, "10,000 letters do not fit on one page"


@pytest.mark.parametrize("table", list(CsvTable))
def test_no_formula_in_any_table(study: StudyStore, tmp_path: Path, table: CsvTable) -> None:
    out = tmp_path / "t.csv"
    written = export_report(study, out, ReportFormat.CSV, table=table)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == written.count + 1
    assert len({len(row) for row in rows}) == 1
    assert not any(re.match(r"[=+\-@\t\r]", cell) for row in rows for cell in row)


def test_stills_go_beside_it_where_consent_covers_them(study: StudyStore, session: Session, tmp_path: Path) -> None:
    seen = study.observations(session.id)[0]
    folder = study.bundle_dir(session) / "evidence"
    folder.mkdir(parents=True)
    (folder / "still.png").write_bytes(b"\x89PNG")
    study.add_evidence(
        session.id, EvidenceKind.STILL, t_start_ns=SECOND, t_end_ns=None, path="evidence/still.png",
        sha256="ab" * 32, spec={}, observation_id=seen.id,
    )  # fmt: skip
    page = html_of(study, tmp_path / "r.html", media=True)
    assert page.loads == [], "no consent was noted"
    assert not (tmp_path / "r files").exists()


def test_a_place_that_cannot_be_written_leaves_nothing(study: StudyStore, tmp_path: Path) -> None:
    with pytest.raises(StudyError):
        export_report(study, tmp_path / "nowhere" / "r.html", ReportFormat.HTML)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(TranscribeError):
        export_report(study, tmp_path / "r.html", ReportFormat.HTML, cancel=cancel)
    assert list(tmp_path.glob("r*")) == []


def test_an_empty_study_has_a_report_too(store: StudyStore, tmp_path: Path) -> None:
    for form in ReportFormat:
        export_report(store, tmp_path / f"r.{form}", form)
    assert "There is no open issue." in "".join(Page((tmp_path / "r.html").read_text("utf-8")).text)
