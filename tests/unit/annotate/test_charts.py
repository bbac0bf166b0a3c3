"""Charts: well-formed, self-contained, in words too, readable without colour, and safe whatever people wrote."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.charts.chart import PRINT, Chart, Look, Table
from annotate.charts.gallery import CHARTS, charts_of
from annotate.charts.marks import draw_cell, draw_outcome, draw_severity
from annotate.charts.matrix import MAX_ROWS
from annotate.charts.quadrant import MAX_SIGNS
from annotate.charts.svg import Svg, elided, text_width, wrapped
from annotate.figures.matrix import CellKind
from annotate.figures.study import StudyFigures, TimesOf, study_figures
from annotate.models import Outcome, Severity
from annotate.store import StudyStore
from app.palette import LIGHT, Role
from benchmarks.findings_study import make_findings_study

HOSTILE = '<script>alert(1)</script> & "quotes" \' \x00\x1b עברית 日本語 🙂 ' + "x" * 10_000


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudyFigures]:
    with make_findings_study(tmp_path_factory.mktemp("study")) as store:
        yield study_figures(store, TimesOf.ALL)


def check(chart: Chart) -> ET.Element:
    """What holds of every chart: one that breaks it can't be shown, read aloud or handed on."""
    root = ET.fromstring(chart.svg)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "desc", "g", "rect", "line", "circle", "polygon", "path", "text"}
    assert root.attrib["role"] == "img"
    labelled = root.attrib["aria-labelledby"].split()
    ids = {element.attrib["id"]: element.text for element in root.iter() if "id" in element.attrib}
    assert [ids[one] for one in labelled] == [chart.title, re.sub("[\x00\x1b]", "", chart.summary)]
    assert all("href" not in name and not name.startswith("on") for e in root.iter() for name in e.attrib)
    assert re.findall(r"https?://[^\"' ]+", chart.svg) == ["http://www.w3.org/2000/svg"]
    assert chart.table.headers
    assert all(len(row) == len(chart.table.headers) for row in chart.table.rows)
    for spot in chart.spots:
        assert spot.words
        assert 0 <= spot.x <= spot.x + spot.width <= chart.width + 1
        assert 0 <= spot.y <= spot.y + spot.height <= chart.height + 1
    return root


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_a_picture_and_a_table(figures: StudyFigures, name: str) -> None:
    chart = CHARTS[name](figures, Look())
    root = check(chart)
    assert not chart.empty
    assert chart.spots
    assert chart.name == name
    used = set(re.findall(r"#[0-9A-Fa-f]{6}", chart.svg))
    assert used <= {*PRINT.severity, PRINT.ground, PRINT.text, PRINT.muted, PRINT.line, PRINT.accent,
                    PRINT.accent_soft, PRINT.success, PRINT.warning, PRINT.danger}  # fmt: skip
    assert chart.title in texts(root)
    narrow = check(CHARTS[name](figures, Look(width=560)))
    assert len(texts(narrow)) >= 5


def test_numbers_are_in_the_picture_and_in_the_table(figures: StudyFigures) -> None:
    completion, times, matrix, quadrant, severity = charts_of(figures)
    voucher = figures.tasks[2]
    done = voucher.completion
    assert f"{done.count} of {done.n} · {100 * done.count / done.n:.0f} %" in texts(ET.fromstring(completion.svg))
    assert completion.table.rows[2][0] == voucher.task.title
    assert f"n = {voucher.gross.n}" in " ".join(texts(ET.fromstring(times.svg)))
    assert times.table.rows[2][5].count("P") == voucher.gross.n
    assert len(matrix.table.rows) == 20
    assert {f"#{one.row.issue.number}" for one in figures.priorities if one.row.issue.effort} <= {
        spot.words.split()[0] for spot in quadrant.spots
    }
    assert sum(int(row[-1]) for row in severity.table.rows) == 20


def test_every_participant_is_a_sign_of_its_own(figures: StudyFigures) -> None:
    times = CHARTS["times"](figures, Look())
    single = [spot for spot in times.spots if re.match(r"P\d\d: ", spot.words)]
    assert len(single) == sum(len(one.runs) for one in figures.tasks)
    assert all(spot.observation is not None for spot in single)


def shapes(svg: Svg) -> str:
    """What is drawn, without its colours."""
    drawn = svg.finish(1, "", "", Table(("sign",), ())).svg
    return re.sub(r'(fill|stroke)="[^"]*"', "", drawn)


def test_nothing_hangs_on_colour_alone() -> None:
    drawn: dict[str, str] = {}
    for severity in (*Severity, None):
        svg = Svg("x", Look())
        draw_severity(svg, 50, 50, severity)
        drawn[f"severity {severity}"] = shapes(svg)
    for outcome in (Outcome.SUCCESS, Outcome.WITH_HELP, Outcome.FAILED):
        svg = Svg("x", Look())
        draw_outcome(svg, 50, 50, outcome)
        drawn[outcome.value] = shapes(svg)
    assert len(set(drawn.values())) == len(drawn)
    cells: set[str] = set()
    for kind in CellKind:
        svg = Svg("x", Look())
        draw_cell(svg, 50, 50, kind, None, 24)
        cells.add(shapes(svg))
    assert len(cells) == len(CellKind)


def test_paper_has_the_light_theme() -> None:
    for name in ("text", "line", "accent", "accent_soft", "success", "warning", "danger"):
        assert getattr(PRINT, name) == LIGHT[Role(name)]
    assert PRINT.muted == LIGHT[Role.TEXT_MUTED]
    assert PRINT.severity == tuple(LIGHT[Role(f"severity_{number}")] for number in range(5))


def test_words_of_others_stay_words(tmp_path: Path) -> None:
    with make_findings_study(tmp_path, participants=3, issues=4) as store:
        for issue in store.issues():
            store.update_issue(issue.id, title=HOSTILE)
        for task in store.tasks():
            store.update_task(task.id, title=HOSTILE)
        with store._db.write() as tx:
            for person in store.participants():
                tx.update("participant", (("id", person.id),), {"code": f"<b>{person.code}</b>&"})
        for chart in charts_of(study_figures(store)):
            check(chart)
            assert "<script" not in chart.svg
            assert max(len(words) for words in texts(ET.fromstring(chart.svg))) < 200


def test_charts_of_nothing_say_so(store: StudyStore) -> None:
    for chart in charts_of(study_figures(store)):
        root = check(chart)
        assert chart.empty
        assert chart.summary in texts(root)


def test_a_large_study_is_cut_in_the_picture_and_whole_in_the_table(tmp_path: Path) -> None:
    with make_findings_study(tmp_path, participants=26, issues=62) as store:
        figures = study_figures(store)
    charts = {chart.name: chart for chart in charts_of(figures)}
    for chart in charts.values():
        check(chart)
    titles = [words for words in texts(ET.fromstring(charts["matrix"].svg)) if re.match(r"#\d+ ", words)]
    assert len(titles) == MAX_ROWS
    assert len(charts["matrix"].table.rows) == 62
    assert len(charts["quadrant"].spots) <= MAX_SIGNS
    assert charts["matrix"].width > 760  # so many participants need more room


def test_words_are_cut_to_their_room() -> None:
    assert elided("short", 500, 12) == "short"
    cut = elided("word " * 80, 120, 12)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 120
    assert wrapped("one two three four five", 60, 12, 2)[0].startswith("one")
    assert len(wrapped("word " * 50, 60, 12, 3)) == 3
    assert wrapped("", 60, 12, 2) == []
