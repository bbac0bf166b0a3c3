"""The report as slides (PPTX), through python-pptx: summary, charts, the first issues, next steps."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from annotate.charts.chart import Chart
from annotate.charts.gallery import charts_of
from annotate.figures.study import StudyFigures
from annotate.report.content import Report, ReportIssue

_ISSUES = 10
_TEXT_MOST = 600
_INCH = 914_400
"""English Metric Units, in which slides are measured."""


def report_slides(report: Report, figures: StudyFigures, *, media: bool = False) -> bytes:
    """Makes them; `media`: with a still for each issue that has one which consent covers."""
    from pptx import Presentation
    from pptx.util import Emu

    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(round(13.333 * _INCH)), Emu(round(7.5 * _INCH))
    title = deck.slides.add_slide(deck.slide_layouts[0])
    title.shapes.title.text = _cleaned(report.study)
    title.placeholders[1].text = _cleaned(f"{report.product}\nUsability report, {report.made}".strip())
    _bullets(deck, "Summary", report.summary)
    if report.top:
        lines = [
            f"{one.severity_level if one.severity_level is not None else '–'}  {one.title} – {one.found}"
            for one in report.top
        ]
        _bullets(deck, "What to fix first", lines)
    for chart in charts_of(figures):
        if not chart.empty:
            _picture(deck, chart)
    for issue in report.issues[:_ISSUES]:
        _issue(deck, issue, media=media)
    if report.positives:
        _bullets(deck, "What works", [f"{one.text} ({one.participant}, {one.time})" for one in report.positives[:8]])
    _bullets(deck, "Next steps", report.next_steps or ("Nothing is left to decide.",))
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _bullets(deck: Any, title: str, lines: Any) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = _cleaned(title)
    body = slide.placeholders[1]
    body.width = round(12 * _INCH)
    frame = body.text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = _cleaned(str(line))
    return slide


def _issue(deck: Any, issue: ReportIssue, *, media: bool) -> None:
    facts = f"{issue.severity} · met by {issue.found} · rank {issue.rank}"
    quote = next((f"“{one.quote}” ({one.participant}, {one.time})" for one in issue.moments if one.quote), "")
    lines = [facts, issue.description, quote, issue.recommendation and f"Recommendation: {issue.recommendation}"]
    slide = _bullets(deck, f"{issue.number} · {issue.title}", [line for line in lines if line])
    still = next((one for one in issue.files if one.kind == "still" and Path(one.source).is_file()), None)
    if media and still is not None:
        slide.placeholders[1].width = round(6 * _INCH)
        slide.shapes.add_picture(still.source, round(7 * _INCH), round(1.8 * _INCH), width=round(5.8 * _INCH))


def _picture(deck: Any, chart: Chart) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = _cleaned(chart.title)
    wide, high = 11.5 * _INCH, 5.4 * _INCH
    scale = min(wide / chart.width, high / chart.height)
    left = round((13.333 * _INCH - chart.width * scale) / 2)
    shape = slide.shapes.add_picture(
        io.BytesIO(_png(chart)), left, round(1.6 * _INCH), width=round(chart.width * scale)
    )
    shape._element._nvXxPr.cNvPr.set("descr", _cleaned(chart.summary))  # noqa: SLF001 - python-pptx has no name for it


def _png(chart: Chart) -> bytes:
    """The chart as a picture of points, which every program for slides shows."""
    import typst

    with tempfile.TemporaryDirectory(prefix="moderato-slides-") as name:
        folder = Path(name)
        (folder / "chart.svg").write_text(chart.svg, "utf-8")
        (folder / "chart.typ").write_text(
            '#set page(width: auto, height: auto, margin: 0pt)\n#image("chart.svg")\n', "utf-8"
        )
        made = typst.compile(str(folder / "chart.typ"), root=str(folder), format="png", ppi=160)
    assert isinstance(made, bytes)
    return made


def _cleaned(text: str) -> str:
    """What XML can hold, cut where a slide would overflow."""
    kept = "".join(c for c in text if c in "\n\t" or (c.isprintable() and not "\ud800" <= c <= "\udfff"))
    return kept if len(kept) <= _TEXT_MOST else kept[: _TEXT_MOST - 1].rstrip() + "…"
