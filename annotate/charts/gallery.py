"""All charts of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from annotate.charts.chart import Chart, Look
from annotate.charts.completion import completion_chart
from annotate.charts.matrix import matrix_chart
from annotate.charts.quadrant import quadrant_chart
from annotate.charts.severity import severity_chart
from annotate.charts.times import times_chart
from annotate.figures.study import StudyFigures

CHARTS: Mapping[str, Callable[[StudyFigures, Look], Chart]] = {
    "completion": completion_chart,
    "times": times_chart,
    "matrix": matrix_chart,
    "quadrant": quadrant_chart,
    "severity": severity_chart,
}
"""By name, in the order in which they tell a study."""


def charts_of(figures: StudyFigures, look: Look | None = None) -> list[Chart]:
    """Every chart of a study; by default as for paper."""
    return [draw(figures, look or Look()) for draw in CHARTS.values()]
