"""The report as one HTML file that opens anywhere: no script, nothing loaded from elsewhere, media beside it.

Everything that people wrote goes through Jinja's escaping; the file's own policy forbids scripts besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from annotate.charts.chart import Chart, ChartColors, Look
from annotate.charts.gallery import charts_of
from annotate.figures.study import StudyFigures
from annotate.report.content import Report

DARK = ChartColors(
    ground="#16171D",
    text="#E9EAF0",
    muted="#A4A8B8",
    line="#343744",
    accent="#A5A4FF",
    accent_soft="#2A2B52",
    success="#5CCB8F",
    warning="#E0B64A",
    danger="#FF7A7E",
    severity=("#A4A8B8", "#7DB8EE", "#E0B64A", "#FF9A5C", "#FF7D9C"),
)


@dataclass(frozen=True, slots=True)
class _Shown:
    title: str
    summary: str
    light: Any
    dark: Any
    table: Any


def report_html(report: Report, figures: StudyFigures, media: str = "") -> str:
    """Writes it.

    Args:
        report: what it says.
        figures: what the charts are drawn of.
        media: the name of the folder beside the file that holds stills and clips; empty: it shows none.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols"],
    )
    template = environment.from_string(files("annotate.report").joinpath("report.html.j2").read_text("utf-8"))
    light, dark = charts_of(figures), charts_of(figures, Look(DARK))

    def shown(one: Chart, other: Chart) -> _Shown:
        # The charts' own code made the pictures, and escaped the words in them.
        return _Shown(
            one.title,
            one.summary,
            Markup(one.svg),  # noqa: S704
            Markup(_with_own_ids(other)),  # noqa: S704
            one.table,
        )

    pairs = zip(light, dark, strict=True)
    return template.render(r=report, media=media, charts=[shown(one, other) for one, other in pairs if not one.empty])


def _with_own_ids(chart: Chart) -> str:
    """The picture's title and description under other ids than those of its light twin."""
    head, sign, rest = chart.svg.partition("<rect")
    for part in ("title", "desc"):
        head = head.replace(f"{chart.name}-{part}", f"{chart.name}-dark-{part}")
    return head + sign + rest
